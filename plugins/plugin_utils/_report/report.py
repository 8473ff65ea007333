# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says, before it has a format: from the result of veeam_protection_info to rows of plain text. Pure."""

from __future__ import annotations

import typing as t
import unicodedata

from ansible_collections.backupops.veeam.plugins.module_utils._em.moments import in_words, read, read_duration, write
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import counted
from ansible_collections.backupops.veeam.plugins.module_utils._protection.judge import PROTECTED, STATUSES

#: What each status means, for whoever sees a report for the first time.
MEANINGS = {
    "unprotected": "no restore point, and no job that holds it",
    "failing": "the newest run failed, and no restore point is newer",
    "late": "the newest restore point is too old, or there is none although a job holds it",
    "paused": "the newest restore point is too old, and its jobs do not run by themselves",
    "unknown": "it cannot be told; the reason says why",
    "protected": "a restore point is not older than was asked for",
    "excluded": "meant not to be protected",
}


class Row(t.NamedTuple):
    """One machine. Texts are empty and ages None where there is nothing.

    Moments are UTC, ages seconds at the time of the report.
    """

    status: str
    name: str
    host: str
    platform: str
    ref: str
    point: str
    point_type: str
    point_age: float | None
    run: str
    run_result: str
    run_job: str
    run_age: float | None
    jobs: tuple[str, ...]
    twice: bool
    reason: str

    @property
    def rank(self) -> int:
        """The worse, the smaller."""
        return STATUSES.index(self.status) if self.status in STATUSES else len(STATUSES)


class Report(t.NamedTuple):
    """rows: worst first, in them the oldest, then by host and name. asked: what was asked for, as (words, value)."""

    hostname: str
    as_of: str
    within: str
    asked: tuple[tuple[str, str], ...]
    complete: bool
    notes: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def headline(self) -> str:
        """What it comes to, in one sentence."""
        counts = dict(self.counts)
        excluded = counts.get("excluded", 0)
        good, total = counts.get(PROTECTED, 0), self.total - excluded
        beside = f"; {excluded} more {'is' if excluded == 1 else 'are'} excluded" if excluded else ""
        return (
            f"{good} of {counted(total, 'machine')} {'is' if good == 1 else 'are'} protected: a restore "
            f"point not older than {self.within}, and no failed run after it{beside}."
        )


def report(found: t.Mapping[str, t.Any], asked: t.Mapping[str, t.Any]) -> Report:
    """found: the result of veeam_protection_info. asked: hostname, and the options that it was called with."""
    now = read(found["as_of"]) or 0.0
    rows = sorted((_row(machine, now) for machine in found["machines"]), key=_worst_first)
    summary = found.get("summary") or {}
    return Report(
        plain(asked.get("hostname") or "Enterprise Manager"),
        plain(found["as_of"]),
        _within(asked.get("within")),
        tuple(_asked(asked)),
        bool(found.get("complete")),
        tuple(plain(note) for note in found.get("notes") or ()),
        tuple((status, int(summary.get(status) or 0)) for status in STATUSES),
        tuple(rows),
    )


def plain(value: t.Any) -> str:
    """A text of the server on one line, without characters that no document has. None is empty."""
    text = "" if value is None else str(value)
    return "".join(_visible(char) for char in " ".join(text.split()))


def _visible(char: str) -> str:
    return "\ufffd" if unicodedata.category(char) in ("Cc", "Cs", "Cn") else char


def _within(value: t.Any) -> str:
    seconds = read_duration(str(value or "24h"))
    return in_words(seconds) if seconds else plain(value)


def _asked(asked: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    machines = _texts(asked.get("machines"))
    yield "Machines", _shortened(machines) if machines else "all of the inventories"
    for words, option in (("Hosts", "host"), ("Backup servers", "backup_server"), ("Excluded", "exclude")):
        texts = _texts(asked.get(option))
        if texts:
            yield words, _shortened(texts)


def _texts(value: t.Any) -> list[str]:
    if value is None or value == "":
        return []
    return [plain(text) for text in (value if isinstance(value, (list, tuple)) else [value])]


def _shortened(texts: list[str]) -> str:
    more = len(texts) - 20
    return ", ".join(texts[:20]) + (f" and {more} more" if more > 0 else "")


def _row(machine: t.Mapping[str, t.Any], now: float) -> Row:
    point = machine.get("restore_point") or {}
    run = machine.get("last_run") or {}
    return Row(
        plain(machine["status"]),
        plain(machine.get("name")),
        plain((machine.get("host") or {}).get("name")),
        plain(machine.get("platform")),
        plain(machine.get("ref")),
        _moment(point.get("created")),
        plain(point.get("type")),
        _age(point.get("created"), now),
        _moment(run.get("end")),
        plain(run.get("result")),
        plain(run.get("job")),
        _age(run.get("end"), now),
        tuple(_job(job) for job in machine.get("jobs") or ()),
        bool(machine.get("twice")),
        plain(machine.get("reason")),
    )


def _job(job: t.Mapping[str, t.Any]) -> str:
    said = [] if job.get("by") == "object" else ["perhaps, by a container"]
    if (job.get("type") or "").lower() not in ("", "backup"):
        said.append(plain(job["type"]))
    if not job.get("enabled", True):
        said.append("disabled")
    elif not job.get("run_automatically", True):
        said.append("not scheduled")
    return plain(job.get("name")) + (f" ({', '.join(said)})" if said else "")


def _moment(text: t.Any) -> str:
    moment = read(text)
    return write(moment) if moment is not None else ""


def _age(text: t.Any, now: float) -> float | None:
    moment = read(text)
    return max(0.0, now - moment) if moment is not None else None


def _worst_first(row: Row) -> tuple[t.Any, ...]:
    # No point at all is older than any.
    age = row.point_age if row.point_age is not None else float("inf")
    return (row.rank, -age, row.host.lower(), row.name.lower(), row.ref)
