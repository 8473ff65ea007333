# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for the runs of jobs: how long they last, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import Any

from ..tester.switch import parse_length
from ..wire.errors import not_known

# None is what EM says of a session that has no result yet
RESULTS = ("None", "Success", "Warning", "Failed")
GIGABYTE = 1 << 30
# recorded, 13
QUIESCING = "Processing {name} Error: An error occurred while quiescing the virtual machine."


class RunError(ValueError):
    """What is planned for a run cannot be; the message says why."""


@dataclass(frozen=True)
class MachinePlan:
    """size: bytes that the machine has."""

    result: str = "Success"
    reason: str = ""
    size: int = 20 * GIGABYTE


@dataclass(frozen=True)
class RunPlan:
    """length: reads (``2``), seconds (``600s``) or ``never``; None is what the switch ``run_length`` says.

    result: None is the worst of the machines'. reason: of every machine that has none. machines: by name. retries: the
    runs that follow a failed one by themselves, ``retry_after`` seconds later (None: what the job's options say).
    """

    length: str | None = None
    result: str | None = None
    reason: str = ""
    size: int = 20 * GIGABYTE
    machines: Mapping[str, MachinePlan] = field(default_factory=dict)
    retries: tuple[RunPlan, ...] = ()
    retry_after: float | None = None

    def machine(self, name: str) -> MachinePlan:
        """What becomes of a machine, with the reason that EM shows."""
        given = self.machines.get(name)
        if given is None:
            # a run of which single machines are known to fail is a success for the others
            given = MachinePlan("Success" if self.machines else self.result or "Success", size=self.size)
        reason = given.reason or self.reason
        if given.result == "Success":
            return replace(given, reason="")
        if not reason:
            failed = given.result == "Failed"
            reason = QUIESCING.format(name=name) if failed else not_known("a warning of the backup server")
        return replace(given, reason=reason)


def _result(value: Any) -> str:
    if value not in RESULTS[1:]:
        raise RunError(f"result {value!r} is not one of {', '.join(RESULTS[1:])}")
    return str(value)


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RunError(f"size {value!r} is not a number of bytes")
    return value


def _checked(spec: Any, kind: type, label: str) -> dict[str, Any]:
    if not isinstance(spec, Mapping):
        raise RunError(f"{label}: a mapping is expected")
    unknown = set(spec) - {item.name for item in fields(kind)}
    if unknown:
        raise RunError(f"{label}: unknown key {', '.join(sorted(map(str, unknown)))}")
    return {key: value for key, value in spec.items() if value is not None}


def parse_plan(spec: Any) -> RunPlan:
    """From the state file, the control interface or Python. RunError."""
    values = _checked({"result": spec} if isinstance(spec, str) else spec, RunPlan, "run")
    if "length" in values:
        try:
            values["length"] = parse_length(values["length"])
        except ValueError as error:
            raise RunError(str(error)) from None
    if "result" in values:
        values["result"] = _result(values["result"])
    if "size" in values:
        values["size"] = _size(values["size"])
    if "retry_after" in values:
        try:
            values["retry_after"] = float(str(values["retry_after"]).removesuffix("s"))
        except ValueError:
            raise RunError(f"retry_after {values['retry_after']!r} is not a number of seconds") from None
    machines = values.get("machines", {})
    if not isinstance(machines, Mapping):
        raise RunError("machines: a mapping of names is expected")
    values["machines"] = {
        str(name): _machine_plan(name, item, values.get("size", 20 * GIGABYTE)) for name, item in machines.items()
    }
    retries = values.get("retries", ())
    if not isinstance(retries, (list, tuple)):
        raise RunError("retries: a list is expected")
    values["retries"] = tuple(parse_plan(item) for item in retries)
    return RunPlan(**values)


def _machine_plan(name: Any, spec: Any, size: int) -> MachinePlan:
    values = _checked({"result": spec} if isinstance(spec, str) else spec, MachinePlan, f"machine {name}")
    return MachinePlan(
        result=_result(values.get("result", "Success")),
        reason=str(values.get("reason", "")),
        size=_size(values.get("size", size)),
    )


def moment_of(text: str) -> datetime:
    """From a state file: ``2026-01-05T10:05:00Z``. RunError."""
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise RunError(f"{text!r} is not a time such as 2026-01-05T10:05:00Z") from None
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
