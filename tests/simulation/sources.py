# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of the event source: jobs run for hours while it polls, is stopped, killed and started again.

What it must have told is what the emulator knows of the ends of sessions; `play()` raises Broken where a session was
told twice, or not at all. A plan is plain data, drawn from a seed.
"""

from __future__ import annotations

import json
import random
import re
import typing as t
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._em.moments import read_date, write
from ansible_collections.backupops.veeam.plugins.module_utils._events import state_file
from ansible_collections.backupops.veeam.plugins.module_utils._events.options import settings
from ansible_collections.backupops.veeam.plugins.module_utils._events.source import GAP, RARELY, Source
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from veeam_em_emulator import Emulator, SessionView

from .connection import HOSTNAME, PORT, MemoryConnection, VirtualClock
from .history import PASSWORD, SPECS, USERNAME, Broken
from .player import Player, Playing

SERVERS = ("vbr01.example.test", "vbr02.example.test")
JOBS = {
    "web": ("job", {"type": "Backup", "backup_server": SERVERS[0]}),
    "app": ("job", {"type": "Backup", "backup_server": SERVERS[1]}),
    "web replica": ("job", {"type": "Replica", "backup_server": SERVERS[0], "vm_suffix": "_r"}),
    "windows": ("agent", {"backup_server": SERVERS[1], "objects": ["sql01"]}),
    "shares": ("nas", {"backup_server": SERVERS[0]}),
}
#: What runs of jobs that are over before the source begins there are.
PAST = 20
#: How much later than the last session shows the source is watched, in seconds: a look of an hour's depth, and one
#: that looks further back.
TAIL = 4800.0


def state(ahead: float) -> dict[str, Any]:
    """ahead: seconds by which the clock of the second backup server is ahead."""
    root = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
    machine = {"name": "web01", "ref": f"urn:VMware:Vm:{root}.vm-1"}
    jobs = [
        {"name": name, "platform": "VMware", "objects": [machine], **entry}
        for name, (kind, entry) in JOBS.items()
        if kind == "job"
    ]
    return {
        "backup_servers": [{"name": SERVERS[0]}, {"name": SERVERS[1], "clock_ahead": ahead}],
        "repositories": [{"name": "Default", "backup_server": server} for server in SERVERS],
        "accounts": [{"user": USERNAME, "password": PASSWORD, "role": "Portal User"}],
        "hierarchy_roots": [{"name": "vc", "id": root, "backup_server": SERVERS[0], "objects": [machine]}],
        "jobs": jobs,
        "computers": [{"name": "sql01", "backup_server": SERVERS[1], "protection_group": "Windows"}],
        "agent_jobs": [{"name": "windows", **JOBS["windows"][1]}],
        "file_servers": [{"name": r"\\files", "backup_server": SERVERS[0]}],
        "nas_jobs": [{"name": "shares", **JOBS["shares"][1], "objects": [r"\\files\home"]}],
        "sessions": [{"job": "web", "days": PAST, "length": "60s", "results": ["Success", "Failed"]}],
    }


@dataclass(frozen=True)
class Ran:
    """A run of a job. after: seconds. length: in seconds."""

    after: float
    job: str
    length: float
    result: str


@dataclass(frozen=True)
class SourcePlan:
    """Everything that happens in a history.

    ahead: as in state(). behind: seconds by which the clock of EM is behind its data. travel: longest time of a request
    to the server. start_from: seconds before the source is started, None for now. steps: (after seconds, what, for how
    many seconds): ``restart`` and ``kill`` the source, which is started again so much later; EM is ``away``; the logon
    sessions ``expire``. faults: specifications, each from a moment on.
    """

    seed: int
    product: str = "13"
    media_type: str = "xml"
    switches: dict[str, Any] = field(default_factory=dict)
    ahead: float = 0.0
    behind: float = 0.0
    travel: float = 0.0
    interval: int = 300
    start_from: float | None = None
    chosen: dict[str, Any] = field(default_factory=dict)
    runs: tuple[Ran, ...] = ()
    steps: tuple[tuple[float, str, float], ...] = ()
    faults: tuple[tuple[float, dict[str, Any]], ...] = ()


_SWITCHES: dict[str, tuple[Any, ...]] = {
    "show_session_after": ("2", "900s", "3600s", "9000s"),
    "session_lag": (60.0, 900.0),
    "show_computers_after": ("0", "600s"),
    "agent_task_sessions": ("all",),
    "agent_session_job_uid": ("AgentBackupJob",),
    "database": ("sql_server",),
    "max_page_size": (1, 2, 7, 50, 999),
    "session_order": ("oldest_first",),
    "token_in_every_response": (True,),
    "unauthorized_body": ("empty", "html"),
    "max_sessions": (4,),
}
#: A logon that is refused ends the source, and rightly.
_FAULTS = tuple(spec for spec in SPECS if spec.get("code") not in (400, 401))


def draw(seed: int) -> SourcePlan:
    """A plan of one to four hours."""
    source = random.Random(seed)
    hours = source.choice((1, 2, 4))
    end = hours * 3600.0
    switches = {name: source.choice(_SWITCHES[name]) for name in source.sample(sorted(_SWITCHES), source.randrange(3))}
    runs = []
    for _unused in range(source.choice((0, 1, 5, 20))):
        after = source.uniform(-1200, end)
        job, length = source.choice(sorted(JOBS)), source.choice((20.0, 300.0, 1500.0))
        runs.append(Ran(after, job, length, source.choice(("Success", "Warning", "Failed"))))
    if source.random() < 0.3:
        # Several that end in the same instant, sometimes more than are on a page.
        at = source.uniform(0, end)
        runs += [Ran(at, job, 60.0, "Failed") for job in source.sample(sorted(JOBS), 3)]
        if source.random() < 0.5:
            switches["max_page_size"] = source.choice((1, 2))
    steps = []
    for _unused in range(source.choice((0, 0, 1, 2, 4))):
        what = source.choice(("restart", "kill", "away", "expire"))
        lasts = {"away": (30.0, 600.0, 1500.0, 5400.0)}.get(what, (0.0, 60.0, 3000.0))
        steps.append((source.uniform(0, end), what, source.choice(lasts)))
    if source.random() < 0.15:
        # When it is started, EM is away, and a job runs.
        steps.append((-1.0, "away", source.choice((1500.0, 2000.0))))
        runs.append(Ran(700.0, source.choice(sorted(JOBS)), 20.0, "Success"))
    faults: list[tuple[float, dict[str, Any]]] = []
    for _unused in range(source.choice((0, 0, 1, 3, 6))):
        spec = dict(source.choice(_FAULTS))
        spec.update(source.choice(({"path": "/query"}, {"path": "sessionMngr"}, {"path": "askSessions"}, {})))
        spec.update(count=source.choice((1, 2, 5, 9)))
        faults.append((source.uniform(0, end), spec))
    if source.random() < 0.15:
        # Nothing says why the next run failed, for a while.
        faults.append((0.0, {"fault": "status", "code": 503, "path": "askSessions", "count": source.choice((5, 9))}))
    chosen: dict[str, Any] = {}
    if source.random() < 0.3:
        chosen = source.choice(
            ({"results": ["Failed"]}, {"kinds": ["agent", "nas"]}, {"jobs": ["web", "windows"]}, {"kinds": ["job"]})
        )
    start_from = source.choice((None, None, 0.0, 40000.0, 5 * 86400.0))
    ahead = source.choice((0.0, -1500.0, 1500.0, 7200.0))
    if source.random() < 0.2:
        # Nothing gets in its way: it has to be in time, whatever the clock of a backup server says.
        switches, steps, faults, start_from = {}, [], [], None
        ahead = source.choice((ahead, 7200.0))
        runs += [Ran(source.uniform(0, end), job, 20.0, "Success") for job in sorted(JOBS)]
    return SourcePlan(
        seed,
        source.choice(("9.5u4", "11", "12", "13")),
        source.choice(("xml", "json")),
        switches,
        ahead,
        source.choice((0.0, 0.0, 400.0, -400.0)),
        source.choice((0.0, 0.3, 2.0)),
        source.choice((120, 300, 300, 900)),
        start_from,
        chosen,
        tuple(runs),
        tuple(steps),
        tuple(faults),
    )


class Disk:
    """The state file, as text. full: nothing can be written."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.writes = 0
        self.full = False

    def load(self) -> state_file.State | None:
        return state_file.read(self.text, "the file", f"{HOSTNAME}:{PORT}") if self.text is not None else None

    def save(self, saved: state_file.State) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.writes += 1
        self.text = state_file.written(saved, f"{HOSTNAME}:{PORT}")


class _Connection(MemoryConnection):
    """Its answers have the Date of a clock that is behind."""

    behind = 0.0

    def exchange(self, request: Request, deadline: float, began: float | None = None) -> Response:
        response = super().exchange(request, deadline, began)
        at = read_date(response.headers.get("date"))
        if at is None or not self.behind:
            return response
        text = datetime.fromtimestamp(at - self.behind, timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response._replace(headers={**response.headers, "date": text})


class Watched:
    """An emulator, a source that watches it, and the time that both are in.

    events: what was told, with the moment by the virtual clock. sent: what came of each request.
    """

    def __init__(self, em: Emulator, plan: SourcePlan) -> None:
        assert isinstance(em.clock, VirtualClock)
        self.em = em
        self.plan = plan
        self.clock: VirtualClock = em.clock
        self.random = random.Random(plan.seed)
        random.seed(plan.seed)
        travel = plan.travel
        self.player = Player(self.clock, self.random, (lambda: self.random.uniform(0, travel)) if travel else float)
        self.player.log = self._log
        self.disk = Disk()
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.warnings: list[str] = []
        self.rows: list[tuple[float, str, str, str, str]] = []
        self.source: Playing | None = None
        self.began = self.clock.utc().timestamp()
        self.killed = 0

    def _log(self, who: str, what: str, fault: str, outcome: str) -> None:
        self.rows.append((self.clock.monotonic(), who, what, fault, outcome))

    # -- the source --------------------------------------------------------------------------------------------------

    def start(self, **options: Any) -> Playing:
        """Start it, as a process that was not there before."""
        if self.source is not None and not self.source.ended:
            if self.source.stop.number is not None:
                # It is still logging out.
                self.player.at(1.0, self.start)
            return self.source
        given = {
            "hostname": HOSTNAME, "port": PORT, "username": USERNAME, "password": PASSWORD, "use_proxy": False,
            "interval": self.plan.interval, "media_type": self.plan.media_type, **self.plan.chosen, **options,
        }  # fmt: skip
        if self.plan.start_from is not None:
            given["start_from"] = write(self.began - self.plan.start_from)
        chosen = settings(given)
        told = self._teller()
        flow = Source(
            chosen, told, self.warnings.append, self.clock.monotonic, lambda: self.clock.utc().timestamp(), self.disk
        ).flow()

        def connect() -> MemoryConnection:
            connection = _Connection(chosen.connection.endpoint, self.em, self.clock.monotonic)
            connection.behind = self.plan.behind
            return connection

        self.source = self.player.add("source", flow, connect)
        return self.source

    def _teller(self) -> Callable[[dict[str, Any]], None]:
        generation = self.killed

        def tell(event: dict[str, Any]) -> None:
            if self.killed != generation:
                raise Interrupted(9, "killed")
            self.events.append((self.clock.monotonic(), json.loads(json.dumps(event))))
            self._log("source", "tells", "", _brief(event))

        return tell

    def stop(self) -> None:
        if self.source is not None:
            self.source.strike()

    def kill(self) -> None:
        """Without a chance to save anything, or to log out."""
        if self.source is None or self.source.ended:
            return
        self.killed += 1
        kept, self.disk = self.disk.text, Disk()
        self.disk.text = kept
        for flight in self.source.flights:
            flight.over = True
        self.source.abandon()

    # -- the history ---------------------------------------------------------------------------------------------

    def play(self, plan: SourcePlan) -> None:
        """Raises Broken where a promise is."""
        for ran in plan.runs:
            self.player.at(1300 + ran.after, lambda ran=ran: self.run(ran))
        self.player.at(1300, self.start)
        last = 1300.0
        for after, what, lasts in plan.steps:
            self.player.at(1300 + after, lambda what=what, lasts=lasts: self._step(what, lasts))
            last = max(last, 1300 + after + lasts)
        for after, spec in plan.faults:
            self.player.at(1300 + after, lambda spec=spec: self.em.add_fault(**spec))
            last = max(last, 1300 + after)
        last = max([last, *(1300 + ran.after + ran.length for ran in plan.runs)])
        late = max(_seconds(plan.switches.get("show_session_after")), plan.switches.get("session_lag", 0.0))
        self.player.at(last, self.em.clear_faults)
        # Later than the last of them that waits for another to log out.
        self.player.at(last + late + TAIL + 2 * plan.interval, self.stop)
        self.began += 1300
        self.player.play()
        self.judge()

    def run(self, ran: Ran) -> None:
        """Somebody starts a job."""
        self.em.plan_runs(ran.job, {"length": f"{ran.length}s", "result": ran.result, "reason": "no space"})
        try:
            self.em.start_run(ran.job)
        except Exception as error:  # it is running
            self._log("", f"{ran.job} does not start", "", str(error))
            return
        # Its end shows when somebody looks; here, at that moment.
        self.player.at(ran.length, lambda: self.em.sessions())

    def _step(self, what: str, lasts: float) -> None:
        self._log("", what, "", f"{lasts} s")
        if what == "expire":
            self.em.expire_sessions()
        elif what == "away":
            fault = self.em.add_fault(fault="status", code=503, count=0)
            self.player.at(lasts, lambda: self._gone(fault))
        else:
            self.stop() if what == "restart" else self.kill()
            self.player.at(lasts, self.start)

    def _gone(self, fault: int) -> None:
        if any(fired["id"] == fault for fired in self.em.fired_faults()):
            self.em.remove_fault(fault)

    # -- the judgement -----------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Of the end of a history."""
        text = json.dumps(self.events)
        if PASSWORD in text or any(PASSWORD in warning for warning in self.warnings):
            raise Broken("secret", "the password was told")
        assert self.source is not None
        error = self.source.error
        if isinstance(error, VeeamError):
            if getattr(error, "permanent", False) and self.disk.text is None and not self.events:
                # What it meets at the very first is as wrong as an option.
                return
            raise Broken("goes on", f"the source ended: {error}")
        told = Counter(event["session"]["id"] for _at, event in self.events if "session" in event)
        twice = [identity for identity, times in told.items() if times > 1]
        if twice:
            raise Broken("once", f"told {told[twice[0]]} times: {twice[0]}")
        sessions = {session.id: session for session in self.em.sessions(past=True)}
        for session in sessions.values():
            must, may = self._must(session)
            if must and session.id not in told:
                raise Broken("nothing lost", f"not told: {session.id} of {session.job_name}, ended {session.ended}")
            if told[session.id] and not may:
                raise Broken("only what is asked for", f"told: {session.id} of {session.job_name}")
        for _at, event in self.events:
            if "session" in event:
                self._compare(event, sessions[event["session"]["id"]])
        self._judge_gaps()
        self._judge_delays(sessions)
        if not self.killed and self.em.open_sessions():
            raise Broken("session", "a logon session was left open")

    def _must(self, session: SessionView) -> tuple[bool, bool]:
        """Whether there must be an event of the session, and whether there may be one."""
        if session.ended is None or session.parent is not None or session.job_type == "ImmediateBackupCopyWorker":
            return False, False
        chosen = self.plan.chosen
        kind = {"AgentBackup": "agent", "NasBackup": "nas"}.get(session.job_type, "job")
        if kind not in chosen.get("kinds", [kind]) or session.result not in chosen.get("results", [session.result]):
            return False, False
        if session.job_name not in chosen.get("jobs", [session.job_name]):
            return False, False
        by_its_clock = _moment(session.ended)
        ended = self._end(session)
        if self.plan.start_from is not None:
            # To the second, as the option has it.
            begin = int(self.began - self.plan.start_from)
            return by_its_clock >= begin + 1, by_its_clock >= begin - 1
        behind = abs(self.plan.behind) + 60
        if self._has_late or self.plan.steps or self.plan.faults:
            # What ended up to an hour before may be told where it showed late, or EM was away at the start.
            return ended > self.began + behind, by_its_clock > self.began - 3600 - behind
        return ended > self.began + behind, ended > self.began - 60

    def _end(self, session: SessionView) -> float:
        """When it really ended: what EM says is by the clock of its backup server."""
        return _moment(t.cast(str, session.ended)) - (self.plan.ahead if session.server == SERVERS[1] else 0.0)

    def _compare(self, event: dict[str, Any], session: SessionView) -> None:
        said, job = event["session"], event["job"]
        right = (said["result"], job["name"], job["id"], job["backup_server"]["name"]) == (
            session.result,
            session.job_name,
            session.job_id,
            session.server,
        )
        if not right or said["state"] != "Stopped":
            raise Broken("true", f"told: {event}")

    def _judge_gaps(self) -> None:
        gaps = [(at, event["missed"]) for at, event in self.events if "missed" in event]
        for number, (_at, gap) in enumerate(gaps):
            begins = number % 2 == 0
            if (gap["to"] is None) != begins:
                raise Broken("gaps", f"begin and end do not alternate: {gaps}")
            if not begins and gap["from"] != gaps[number - 1][1]["from"]:
                raise Broken("gaps", f"the end is of another gap: {gaps}")
        if len(gaps) % 2:
            raise Broken("gaps", f"no end: {gaps}")
        restless = any(what in ("restart", "kill") for _at, what, _lasts in self.plan.steps)
        longest = max([lasts for _at, what, lasts in self.plan.steps if what == "away"], default=0.0)
        if longest > GAP + 2 * max(60, self.plan.interval) + 120 and not restless and not gaps:
            raise Broken("gaps", f"{longest} seconds were not told")
        if gaps and not longest and not self.plan.faults and not restless and self.plan.interval < GAP:
            raise Broken("gaps", f"there was none: {gaps}")

    @property
    def _has_late(self) -> bool:
        """Whether sessions show late."""
        return bool({"show_session_after", "session_lag", "show_computers_after"} & self.plan.switches.keys())

    def _judge_delays(self, sessions: dict[str, SessionView]) -> None:
        """Where nothing shows late and nothing fails, the next poll tells."""
        plan = self.plan
        if plan.steps or plan.faults or self._has_late or plan.start_from is not None:
            return
        for at, event in self.events:
            session = sessions[event["session"]["id"]]
            ended = self._end(session) - (self.clock.utc().timestamp() - self.clock.monotonic())
            most = plan.interval + (RARELY + plan.interval if session.job_type == "Replica" else 0) + 60
            if at - max(ended, 1300.0) > most:
                raise Broken("in time", f"{session.id} of {session.job_name} ended at {ended}, and was told at {at}")

    def table(self) -> str:
        """What happened, for a person."""
        lines = [f"seed {self.plan.seed}: {self.plan}"]
        for at, who, what, fault, outcome in self.rows:
            lines.append("%10.2f  %-7s %-70s %-16s %s" % (at, who, what[:70], fault, outcome[:90]))
        return "\n".join(lines)


def _brief(event: dict[str, Any]) -> str:
    if "missed" in event:
        return str(event["missed"])
    return f"{event['job']['name']} {event['session']['result']} {event['session']['end']} {event['session']['id'][:8]}"


def _seconds(text: Any) -> float:
    match = re.fullmatch(r"([0-9.]+)s", str(text))
    return float(match.group(1)) if match else 0.0


def _moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Emulators:
    """Emulators by what they are started with; making one reads its state, a reset is quick."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, float], Emulator] = {}

    def get(self, plan: SourcePlan) -> Emulator:
        key = (plan.product, plan.ahead)
        if key not in self._made:
            self._made[key] = Emulator(product=plan.product, state=state(plan.ahead), clock=VirtualClock(), seed=1)
        em = self._made[key]
        assert isinstance(em.clock, VirtualClock)
        em.clock.start_again()
        em.reset()
        for name, value in plan.switches.items():
            em.switches[name] = value
        return em


def failure(plan: SourcePlan, emulators: Emulators) -> tuple[Broken | None, Watched]:
    """What the plan breaks, if anything, and what happened."""
    watched = Watched(emulators.get(plan), plan)
    try:
        watched.play(plan)
    except Broken as broken:
        return broken, watched
    return None, watched
