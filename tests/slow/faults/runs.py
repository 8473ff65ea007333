# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the collection's code against the emulator, in process, and what the promises say of it.

In virtual time where the emulator has a virtual clock: nothing waits then, and every bound is exact. Over HTTPS else.
"""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._http import errors as _errors
from ansible_collections.backupops.veeam.plugins.module_utils._module import play as _play
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, USERNAME, VBR01
from helpers.fault_cells import ALWAYS, MADE, NOTHING, OTHER, POLLS, UNKNOWN, Cell, expected
from simulation.connection import HOSTNAME, PORT, MemoryConnection, VirtualClock
from simulation.player import Player
from veeam_em_emulator import Emulator

SOURCE, SOURCE_SERVER, REPOSITORY = GOLD, VBR01, DEFAULT_REPOSITORY

#: (timeout, wait_timeout) where both have to run out, where the wait has to, where half of it has to (an answer that
#: keeps coming is read for so long), where the job is found at the last look, where one request has to run out, and
#: where nothing has to. What does not have to run out is so long that a busy machine does not make it.
SHORT, LONG, HALF, LAST_LOOK = (0.5, 2.4), (2.0, 3.0), (0.5, 8.0), (5.0, 10.0)
PATIENT, AMPLE = (0.5, 30.0), (20.0, 60.0)
#: The same where time passes: so much that nothing but a fault makes one run out, however busy the machine is.
_IN_REAL_TIME = {
    SHORT: (4.0, 12.0),
    LONG: (6.0, 12.0),
    HALF: (4.0, 16.0),
    LAST_LOOK: (6.0, 16.0),
    PATIENT: (4.0, 60.0),
    AMPLE: (30.0, 120.0),
}
#: Faults that go on for as long as they are waited for.
_WITHOUT_END = ("drip", "slow_headers", "endless_headers", "endless_body", "endless_pages", "late_job")
#: A machine that is busy with other work may take that much longer than the bound. Nothing waits for it, and in virtual
#: time it is nothing.
WATCHDOG = 10.0


def is_virtual(em: Emulator) -> bool:
    # A snapshot of an emulator (test_playbook.py) has no clock.
    return isinstance(getattr(em, "clock", None), VirtualClock)


def address(em: Emulator) -> tuple[str, int]:
    return (HOSTNAME, PORT) if is_virtual(em) else (em.host, em.port)


def options(
    em: Emulator,
    names: Sequence[str],
    single: bool,
    times: tuple[float, float],
    poll_interval: float = 0.5,
    **more: Any,
) -> dict[str, Any]:
    """Module options as AnsibleModule would hand them over."""
    given = {name: spec.get("default") for name, spec in veeam_job_clone.MODULE.spec.options.items()}
    host, port = address(em)
    given.update(
        hostname=host,
        port=port,
        username=USERNAME,
        password=PASSWORD,
        ca_path=None if is_virtual(em) else em.ca_file,
        use_proxy=False,
        source_job=SOURCE,
        repository=REPOSITORY,
        timeout=times[0],
        wait_timeout=times[1],
        # the first pause is short whatever it is; a server that is slow to show a job gets twice this
        poll_interval=poll_interval,
        max_response_size=1,
    )
    if single:
        given["name"] = names[0]
    else:
        given["clones"] = [{"name": name} for name in names]
    return {**given, **more}


def times(cell: Cell) -> tuple[float, float]:
    """(timeout, wait_timeout) for the run with the fault."""
    fault = cell.fault
    endless = fault.kind in _WITHOUT_END
    if UNKNOWN in expected(cell) or endless and cell.how_long == ALWAYS or fault.spec.get("retry_after") == 86400:
        return SHORT if fault.slow else LONG
    if endless and cell.request.name not in POLLS:
        return HALF
    if fault.name == "never finish, job made":
        return LAST_LOOK
    return PATIENT if fault.slow else AMPLE


def ample_times(cell: Cell) -> tuple[float, float]:
    """The same for a run over HTTPS."""
    return _IN_REAL_TIME[times(cell)]


@dataclass
class Run:
    """What one run did. items: name -> its part of the result, none where the options were refused. journal: its
    requests."""

    names: list[str]
    result: dict[str, Any]
    failed: bool
    warnings: list[str]
    journal: list[Any]
    seconds: float
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that a user could see of it."""
        return json.dumps([self.result, self.warnings], default=str)


def run(em: Emulator, params: dict[str, Any], check_mode: bool = False) -> Run:
    """Run the code of the module; an exception other than its own is a failure of the test."""
    warnings: list[str] = []
    seen = len(em.journal)
    started = em.clock.monotonic()
    try:
        if is_virtual(em):
            result = _in_no_time(em, params, check_mode, warnings.append)
        else:
            result = _play.play(veeam_job_clone.MODULE, params, check_mode=check_mode, diff=False, warn=warnings.append)
        failed = bool(result.get("failed"))
    except _errors.VeeamError as error:
        result, failed = error.result(), True
    seconds = em.clock.monotonic() - started
    names = [params["name"]] if params.get("clones") is None else [item["name"] for item in params["clones"]]
    done = Run(names, result, failed, warnings, em.journal[seen:], seconds)
    if params.get("clones") is None:
        done.items = {names[0]: {**result, "failed": failed}}
    elif "results" in result or result["changed"]:
        assert len(result["results"]) == len(names), result
        done.items = dict(zip(names, result["results"], strict=True))
    return done


def _in_no_time(em: Emulator, params: dict[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    clock = em.clock
    assert isinstance(clock, VirtualClock)
    one = _play.begin(veeam_job_clone.MODULE, params, check_mode, False, warn, clock.monotonic)
    player = Player(clock, random.Random(0))
    playing = player.add(
        "run",
        _play.whole(veeam_job_clone.MODULE, one),
        lambda: MemoryConnection(one.chosen.connection.endpoint, em, clock.monotonic),
    )
    player.play()
    if playing.error is not None:
        raise playing.error
    return playing.result


def clone_requests(journal: Sequence[Any], name: str) -> list[Any]:
    """The clone requests that ask for a job of this name."""
    posts = [entry for entry in journal if entry.method == "POST" and entry.query.get("action") == "clone"]
    return [entry for entry in posts if re.search(rf'[>"]{re.escape(name)}[<"]', entry.body)]


def outcome(em: Emulator, item: dict[str, Any], name: str) -> str:
    """What the result claims, checked against what is there."""
    there = em.jobs(name=name, server=SOURCE_SERVER)
    msg = item["msg"]
    assert msg.strip(), item
    assert "please report it" not in msg, item
    if not item["failed"]:
        assert [job.id for job in there] == [item["job"]["id"]], (item, there)
        assert item["job_href"] == "https://%s:%d/api/jobs/%s" % (*address(em), there[0].id), item
        assert item["job"]["name"] == name, item
        return MADE
    assert item["job_href"] is None, item
    if not item["changed"]:
        assert there == [], (item, there)
        assert "othing was created" in msg, f"does not say that nothing was created: {msg}"
        return NOTHING
    if "delete" in msg.lower():
        return OTHER
    assert "may still appear" in msg and SOURCE_SERVER in msg, f"does not say that the outcome is open: {msg}"
    assert len(there) <= 1, (item, there)
    return UNKNOWN


def secrets(em: Emulator) -> list[str]:
    """Whatever must not be shown: the password in both its forms, and every token and SessionId of this emulator."""
    pair = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    with em.world.lock:
        sessions = list(em.world.sessions._by_id.values())
    return [PASSWORD, pair, *(session.token for session in sessions), *(session.id for session in sessions)]


def check_promises(em: Emulator, done: Run, times: tuple[float, float], in_turn: int = 1) -> dict[str, str]:
    """The promises that hold whatever broke. in_turn: how many clones had to wait for one another. Name -> outcome."""
    bound = times[1] * in_turn + times[0]
    assert done.seconds <= bound + (0.001 if is_virtual(em) else WATCHDOG), (
        f"ran for {done.seconds:.1f} seconds, bound is {bound:.1f}"
    )
    outcomes = {name: outcome(em, item, name) for name, item in done.items.items()}
    # A request may go out on a connection that the server is just closing, and never arrive.
    may_be_lost = any(fired["fault"] == "refuse" for fired in em.fired_faults())
    for name in done.names:
        sent = clone_requests(done.journal, name)
        assert len(sent) <= 1, f"the clone request of {name} was sent {len(sent)} times"
        assert sent or outcomes[name] in (MADE, NOTHING) or may_be_lost, f"not sent, but: {done.items[name]}"
    for secret in secrets(em):
        assert secret not in done.text, f"a secret is shown: {done.text}"
    for entry in done.journal:
        assert "cookie" not in entry.headers, f"a cookie was sent back with {entry.method} {entry.path}"
    assert isinstance(done.result["retries"], int), done.result
    if done.result["retries"]:
        assert any("tried again" in warning for warning in done.warnings), done.warnings
    return outcomes


def finish_tasks(em: Emulator) -> None:
    """Let the server end everything that it has begun."""
    with em.world.lock:
        for task in list(em.world.tasks.active()):
            task.run_to_end()
    em.refresh()
