# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A history: what the seed draws, what happened, and what the promises say of it.

`draw()` makes a plan from a seed; `play()` plays it and raises Broken where a promise is broken. A plan is plain data,
so it can be made smaller until what is left of it is what breaks the promise: `shrink()`.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import random
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._module.on_signal import stopped
from ansible_collections.backupops.veeam.plugins.module_utils._module.play import begin, whole
from ansible_collections.backupops.veeam.plugins.module_utils._module.run import Run
from helpers.fault_cells import FAULTS
from helpers.names import ODD
from helpers.sentences import slips
from veeam_em_emulator import Emulator
from veeam_em_emulator.control.console import ConsoleError
from veeam_em_emulator.estate.history import JobChange
from veeam_em_emulator.estate.machines import MachineError
from veeam_em_emulator.work.run_sessions import JobSession

from .connection import HOSTNAME, PORT, MemoryConnection, VirtualClock
from .player import AT_LOGOUT, Player, Playing

USERNAME, PASSWORD = "EM01\\svc-ansible", "Passw0rd!"
SERVER = "vbr01.example.test"
#: Names that runs and the console take and give.
NAMES = ("web-1", "web-2", "web-3")
#: What the exchange of a run may last beyond its bound: the logout.
EPSILON = 0.01


class Broken(AssertionError):
    """A promise that does not hold. promise: its name, by which a smaller history is known to break the same."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(f"{promise}: {what}")
        self.promise = promise


@dataclass(frozen=True)
class RunPlan:
    """One run of a module. after: seconds until it begins. strike: the move at which a signal strikes, or AT_LOGOUT.
    server: what its kind makes of the server before.
    """

    module: str
    options: dict[str, Any]
    after: float = 0.0
    strike: int | None = None
    check_mode: bool = False
    server: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything that happens in a history, but for the order, which the seed draws while it is played.

    travel: longest time of a request to the server, in seconds. console: (after seconds, what, arguments); among them
    ``expire`` and ``collect``, which nobody does at a console. unnoticed: how probable it is that a connection is used
    that the server has just closed. compares_length: whether urllib3 is new enough to see that a body was cut.
    """

    seed: int
    product: str = "13"
    switches: dict[str, Any] = field(default_factory=dict)
    steps: str = "running:1,operation_finished:1"
    travel: float = 0.0
    unnoticed: float = 0.0
    compares_length: bool = True
    runs: tuple[RunPlan, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    console: tuple[tuple[float, str, dict[str, Any]], ...] = ()


# -- what the seed draws -------------------------------------------------------------------------------------------

PRODUCTS = ("9.5u4", "10", "11", "12", "13")
STEPS = (
    "running:1,operation_finished:1", "running:1,operation_finished:1", "running:4,operation_finished:2",
    "running:3s,operation_finished:1s", "running:0.1s", "", "running:20s,operation_finished:5s",
)  # fmt: skip
SWITCHES: dict[str, tuple[Any, ...]] = {
    "duplicate_name": ("http_400", "http_500", "allowed", "renamed"),
    "show_new_job_after": ("1", "3", "1.5s"),
    "operation_finished_success": ("missing",),
    "failed_task_operation_finished": ("true", "false"),
    "finished_link": ("absent", "other_name", "doubled"),
    "result_confirmation_members": (True,),
    "task_retention": (1, 3),
    "task_numbering": ("global",),
    "delete_running_task": ("ignored", "removed"),
    "task_of_other_session": ("error_404", "visible"),
    "string_compare": ("sensitive",),
    "empty_refs": ("null", "missing", "array"),
    "refs_shape": ("array", "singular"),
    "max_page_size": (1, 2, 50),
    "page_beyond_end": ("error", "last"),
    "json_bom": (True,),
    "single_link_as_object": (True,),
    "attribute_order": ("recorded",),
    "old_version_casing": ("pascal",),
    "gzip": (False,),
    "header_case": ("lower", "upper"),
    "token_in_every_response": (True,),
    "unauthorized_body": ("empty", "html"),
    "session_lifetime": (3.0, 20.0),
    "max_sessions": (4,),
}
#: Faults as the matrix has them, with bodies no larger than it takes. Some are as endless as they are.
_SMALLER = {"huge_body": {"size": 2 << 20}, "gzip_bomb": {"size": 3 << 20}}
SPECS: tuple[dict[str, Any], ...] = tuple(
    {**fault.spec, **_SMALLER.get(fault.kind, {})} for fault in FAULTS if fault.kind != "endless_pages"
) + (
    {"fault": "refuse"},
    {"fault": "refuse"},
    {"fault": "status", "code": 500, "process": True, "message": "Internal trouble"},
    {"fault": "status", "code": 400, "message": f"EM01\\svc-ansible:{PASSWORD} is not right"},
)
TARGETS: tuple[dict[str, Any], ...] = (
    {"method": "POST", "path": "sessionMngr"},
    {"method": "GET", "path": "type=Job&"},
    {"method": "GET", "path": "type=Repository"},
    {"method": "POST", "path": r"action="},
    {"method": "GET", "path": "/query"},
    {"method": "GET", "path": "^/api/tasks/"},
    {"method": "GET"},
    {"method": "DELETE", "path": "logonSessions"},
    {},
)


@dataclass(frozen=True)
class Trouble:
    """What is added to a plan."""

    switches: dict[str, Any] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    console: tuple[tuple[float, str, dict[str, Any]], ...] = ()


class Kind:
    """A module in the simulation: how its options are drawn, and what its results must say.

    A module is added by one of these in `kinds.py`.
    """

    module: Any
    #: Most logons of a run, and most that the server refuses: passwords that are refused lock accounts.
    logons = 6
    refused_logons = 1
    #: Whether it needs to know which sessions of jobs there were.
    about_sessions = False
    #: The state that the server starts with; None: what the emulator ships.
    estate: Callable[[], Mapping[str, Any]] | None = None
    #: The option that has the items of the list form.
    plural = "jobs"
    #: The request that must not be sent twice, of those that a run sends: (request) -> what it is for, or None.
    once: Callable[[Request], str | None] = staticmethod(lambda request: None)  # type: ignore[assignment]

    def options(self, source: random.Random) -> dict[str, Any]:
        raise NotImplementedError

    def server(self, source: random.Random) -> dict[str, Any]:
        """What prepare() needs to know."""
        return {}

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        """Something at the console that matters to it."""
        name = source.choice(NAMES)
        after = source.choice((0, 0, 2, "1.5s", "refresh"))
        what = source.choice(("create_job", "delete_job", "rename_job", "edit_job"))
        if what == "create_job":
            server = source.choice((SERVER, SERVER, "vbr02.example.test"))
            return what, {"name": name, "backup_server": server, "objects": ["db01"], "after": after}
        more: dict[str, Any] = {"rename_job": {"name": name + " old"}, "edit_job": {"description": "by hand"}}.get(
            what, {}
        )
        return what, {"job": name, "backup_server": SERVER, "after": after, **more}

    def switches(self, source: random.Random) -> dict[str, Any]:
        """What of the server matters to it more than to others."""
        return {}

    def trouble(self, source: random.Random, options: dict[str, Any]) -> Trouble:
        """What only together is hard for a run with these options."""
        return Trouble()

    def rival(self, source: random.Random, options: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """What somebody at the console does at the same time as a run with these options, and gets in its way."""
        return None

    def prepare(self, em: Emulator, plan: RunPlan) -> None:
        """Make what a run needs."""

    def resolved(self, history: History, options: dict[str, Any]) -> dict[str, Any]:
        """The options, with what only the server knows in them, such as the id of a restore point."""
        return options

    def turns(self, one: One) -> int:
        """How many of the items of a task wait for one another, each with time of its own."""
        items = len(one.plan.options.get(self.plural) or (1,))
        return -(-items // max(1, one.max_parallel))

    def begun(self, history: History, one: One) -> None:
        """A run begins, and has not sent anything."""

    def moment(self, history: History, one: One) -> None:
        """After every exchange of the run: raise Broken where something is not as it must be all the time."""

    def judge(self, history: History, one: One) -> None:
        """Raise Broken where the result says what is not so."""

    def judge_settled(self, history: History, one: One) -> None:
        """The same once the server has ended what it began."""

    def judge_stopped(self, history: History, one: One) -> None:
        """Of a run that a signal has ended."""

    def judge_prediction(self, predicted: One, real: One) -> None:
        """Of a run in check mode, and the same for real right after it, both of which succeeded."""

    def judge_clean(self, history: History, one: One) -> None:
        """The same run again, without any fault, must have come to what was wanted."""


def draw(seed: int, kinds: dict[str, Kind]) -> Plan:
    source = random.Random(seed)
    media = source.choice(("xml", "json"))
    names = source.sample(sorted(SWITCHES), source.choice((0, 0, 1, 2, 3)))
    runs = []
    for number in range(source.choice((1, 1, 1, 2, 2, 3))):
        module = source.choice(sorted(kinds))
        timeout = source.choice((5.0, 30.0))
        options = {
            "media_type": media,
            "timeout": timeout,
            "wait_timeout": source.choice((12.0, 60.0, 600.0)),
            "poll_interval": source.choice((0.5, 2.0, 10.0)),
            **kinds[module].options(source),
        }
        after = source.choice((0.0, 0.0, source.uniform(0, 8))) if number else 0.0
        strike = source.choice((AT_LOGOUT, 1, source.randrange(1, 40))) if source.random() < 0.2 else None
        server = kinds[module].server(source)
        runs.append(RunPlan(module, options, after, strike, source.random() < 0.05, server))
    faults = []
    for _unused in range(source.choice((0, 1, 1, 1, 2, 2, 3, 4, 6))):
        spec = dict(source.choice(SPECS))
        spec.update(source.choice(TARGETS))
        if source.random() < 0.05:
            spec = {"fault": "status", "code": 401, "method": "POST", "path": "sessionMngr"}
        spec["on"] = source.choice((1, 1, 2, 3, 5))
        spec["count"] = source.choice((1, 1, 1, 2, 3, 5, 0))
        if spec["fault"] == "refuse" and source.random() < 0.3:
            spec = {"fault": "refuse", "on": spec["on"], "count": max(1, spec["count"])}
        faults.append(spec)
    console = []
    for _unused in range(source.choice((0, 0, 0, 1, 2, 4))):
        after = source.choice((source.uniform(0, 1), source.uniform(0, 20)))
        what, arguments = source.choice(
            (
                kinds[runs[0].module].console(source),
                kinds[runs[-1].module].console(source),
                ("expire", {}),
                ("collect", {}),
            )
        )
        console.append((after, what, arguments))
    switches = {name: source.choice(SWITCHES[name]) for name in names}
    steps, travel = source.choice(STEPS), source.choice((0.0, 0.0, 0.01, 0.3, 2.0))
    if source.random() < 0.2:
        # Every list has several pages.
        switches["max_page_size"] = source.choice((1, 2))
    if source.random() < 0.3:
        switches.update(kinds[runs[0].module].switches(source))
    if source.random() < 0.2:
        rival = kinds[runs[0].module].rival(source, runs[0].options)
        if rival is not None:
            # In the time between the look-ups of the run and the end of what it has sent.
            steps, travel = source.choice(("running:3s,operation_finished:1s", "running:4,operation_finished:2")), 0.3
            console.append((source.uniform(0, 4), *rival))
    plan = Plan(
        seed,
        source.choice(PRODUCTS),
        switches,
        steps,
        travel,
        source.choice((0.0, 0.5)),
        source.choice((True, False)),
        tuple(runs),
        tuple(faults),
        tuple(console),
    )
    return _varied(plan, kinds, random.Random(f"{seed} varied"))


def _varied(plan: Plan, kinds: dict[str, Kind], source: random.Random) -> Plan:
    """The same with other names, or more trouble. From a source of its own, so that most seeds draw what they drew."""
    change = dataclasses.replace
    if source.random() < 0.15:
        names = dict(zip(NAMES, source.sample(ODD, len(NAMES)), strict=True))
        reading = {
            "filter_reserved": source.choice(("literal", "misparsed", "refused")),
            "quote_rule": source.choice(("doubled_inner", "doubled_outer")),
        }
        runs = tuple(change(run, options=_renamed(run.options, names)) for run in plan.runs)
        console = tuple((after, what, _renamed(arguments, names)) for after, what, arguments in plan.console)
        plan = change(plan, runs=runs, console=console, switches={**plan.switches, **reading})
    if source.random() < 0.25:
        more = kinds[plan.runs[0].module].trouble(source, plan.runs[0].options)
        plan = change(
            plan,
            switches={**plan.switches, **more.switches},
            faults=(*plan.faults, *more.faults),
            console=(*plan.console, *more.console),
        )
    return plan


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with other names, at any depth."""
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


# -- playing it ----------------------------------------------------------------------------------------------------


@dataclass
class Sent:
    """A request of a run. entry: of the journal, None where it did not arrive. error: what the flow saw instead of a
    response."""

    request: Request
    entry: Any
    response: Response | None
    error: VeeamError | None
    time: float


@dataclass
class One:
    """One run in a history."""

    name: str
    plan: RunPlan
    kind: Kind
    run: Run
    warnings: list[str]
    playing: Playing = field(init=False)
    sent: list[Sent] = field(default_factory=list)
    #: How often what must not be sent twice was sent, by what it is for; and logons.
    times: Counter[str] = field(default_factory=Counter)
    #: It has begun to log out.
    leaving: bool = False
    #: Jobs when it began, and how many of the changes of jobs, or events of machines, were looked at.
    jobs_before: list[Any] = field(default_factory=list)
    looked_at: int = 0
    #: What its kind remembers of it.
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def result(self) -> dict[str, Any]:
        if self.playing.error is not None:
            assert isinstance(self.playing.error, (VeeamError, Interrupted))
            if isinstance(self.playing.error, Interrupted):
                return {**stopped(self.kind.module, self.run, self.playing.error).result(), "failed": True}
            return {**self.playing.error.result(), "failed": True}
        return self.playing.result

    @property
    def stopped(self) -> bool:
        return isinstance(self.playing.error, Interrupted)

    @property
    def numbers(self) -> set[int]:
        """Of its requests in the journal."""
        return {sent.entry.number for sent in self.sent if sent.entry is not None}

    @property
    def max_parallel(self) -> int:
        chosen = self.run.chosen
        return getattr(chosen, "max_parallel", None) or getattr(getattr(chosen, "waiting", None), "max_parallel", 1)

    def __hash__(self) -> int:
        return id(self)


class Servers:
    """Emulators by what they are started with; making one reads its state, a reset is quick."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, Any], Emulator] = {}

    def get(self, plan: Plan, kinds: dict[str, Kind]) -> Emulator:
        estate = next((kind.estate for kind in (kinds[run.module] for run in plan.runs) if kind.estate), None)
        key = (plan.product, plan.steps, estate)
        em = self._made.get(key)
        if em is None:
            state = estate() if estate is not None else None
            em = Emulator(state, product=plan.product, task_steps=plan.steps, clock=VirtualClock())
            self._made[key] = em
        clock = em.clock
        assert isinstance(clock, VirtualClock)
        clock.start_again()
        em.world.options = dataclasses.replace(em.world.options, seed=plan.seed)
        em.reset()
        for name, value in plan.switches.items():
            em.switches[name] = value
        return em


class History:
    """A plan as it is played."""

    def __init__(self, plan: Plan, kinds: dict[str, Kind], servers: Servers) -> None:
        self.plan = plan
        self.kinds = kinds
        self.em = servers.get(plan, kinds)
        assert isinstance(self.em.clock, VirtualClock)
        self.clock: VirtualClock = self.em.clock
        self.rows: list[tuple[float, str, str, str, str]] = []
        self.random = random.Random(plan.seed)
        #: The client draws its pauses from here.
        random.seed(plan.seed)
        self.runs: list[One] = []
        self.clean: list[One] = []
        #: Ids of the sessions of jobs that were there at the start; empty where no run is about them.
        self.sessions_before: set[str] = set()
        #: What kinds remember for all runs.
        self.notes: dict[str, Any] = {}

    def log(self, who: str, what: str, fault: str, outcome: str) -> None:
        self.rows.append((self.clock.monotonic(), who, what, fault, outcome))

    # -- the way -------------------------------------------------------------------------------------------------

    def play(self) -> None:
        plan, em = self.plan, self.em
        for one in plan.runs:
            self.kinds[one.module].prepare(em, one)
        if any(self.kinds[one.module].about_sessions for one in plan.runs):
            self.sessions_before = set(self.job_sessions())
        player = self._player(plan.travel)
        for number, one in enumerate(plan.runs):
            self.runs.append(self._add(player, "run %d" % (number + 1), one, one.after, one.strike, plan.unnoticed))
        for after, what, arguments in plan.console:
            player.at(after, lambda what=what, arguments=arguments: self._at_console(what, arguments))
        for spec in plan.faults:
            em.add_fault(**spec)
        player.play()
        for one in self.runs:
            self._check_end(one)
        em.clear_faults()
        self._settle()
        for one in self.runs:
            self._check_created(one)
        self._play_clean()

    def abandon(self) -> None:
        """Play no further."""
        for one in (*self.runs, *self.clean):
            one.playing.abandon()

    def _play_clean(self) -> None:
        """Nothing breaks any more: each of the runs comes to what it wants."""
        em = self.em
        self.log("", "no faults any more", "", "")
        em.switches["session_lifetime"] = 0.0
        em.switches["max_sessions"] = 0
        if em.switches["show_change_after"] == "refresh":
            # EM reads its servers from time to time by itself.
            em.switches["show_change_after"] = "0"
        for number, plan in enumerate(self.plan.runs):
            calm = dataclasses.replace(plan, options={**plan.options, "timeout": 30.0, "wait_timeout": 3600.0})
            foretold = self._play_one("foretold %d" % (number + 1), dataclasses.replace(calm, check_mode=True))
            one = self._play_one("again %d" % (number + 1), dataclasses.replace(calm, check_mode=False))
            one.kind.judge_clean(self, one)
            if not foretold.result.get("failed") and not one.result.get("failed"):
                one.kind.judge_prediction(foretold, one)

    def _play_one(self, name: str, plan: RunPlan) -> One:
        before = set(self.em.open_sessions())
        player = self._player(0.0)
        one = self._add(player, name, plan, 0.0, None, 0.0)
        self.clean.append(one)
        one.jobs_before = self.em.jobs()
        player.play()
        self._check_end(one)
        self._settle()
        if set(self.em.open_sessions()) - before:
            raise Broken("session", f"{name} leaves a session open")
        return one

    def _settle(self) -> None:
        """The server ends what it has begun, and collects."""
        with self.em.world.lock:
            for task in list(self.em.world.tasks.active()):
                task.run_to_end()
        self.em.refresh()

    def job_sessions(self) -> dict[str, JobSession]:
        """All sessions of jobs, with those of before the start, shown by EM or not, by id. Not to be changed."""
        with self.em.world.lock:
            self.em.world.tick()
            self.em.world.runs.update_view()
            return self.em.world.runs.visible.all

    def new_changes(self, one: One) -> list[JobChange]:
        """What became of jobs by requests of this run since this was asked last."""
        changes = self.em.world.history.changes
        new, one.looked_at = changes[one.looked_at :], len(changes)
        mine = one.numbers if new else set()
        return [change for change in new if change.by in mine]

    def _player(self, travel: float) -> Player:
        player = Player(self.clock, self.random, (lambda: self.random.uniform(0, travel)) if travel else lambda: 0.0)
        player.log = self.log
        return player

    def _add(self, player: Player, name: str, plan: RunPlan, after: float, strike: int | None, unnoticed: float) -> One:
        kind = self.kinds[plan.module]
        plan = dataclasses.replace(plan, options=kind.resolved(self, plan.options))
        given = filled(
            kind.module.spec.options,
            {
                **plan.options,
                "hostname": HOSTNAME,
                "port": PORT,
                "username": USERNAME,
                "password": PASSWORD,
                "use_proxy": False,
                "max_response_size": 1,
            },
        )
        given.pop("of", None)
        warnings: list[str] = []
        run = begin(kind.module, given, plan.check_mode, True, warnings.append, self.clock.monotonic)
        one = One(name, plan, kind, run, warnings)

        def from_now_on() -> Iterator[Any]:
            # The time of a run begins with it.
            run.started = self.clock.monotonic()
            run.session.deadline = run.deadline = run.started + run.chosen.wait_timeout
            kind.begun(self, one)
            return (yield from whole(kind.module, run))

        def connect() -> MemoryConnection:
            connection = MemoryConnection(
                run.chosen.connection.endpoint, self.em, self.clock.monotonic, lambda: self.random.random() < unnoticed
            )
            connection.compares_length = self.plan.compares_length
            return connection

        one.playing = player.add(name, from_now_on(), connect, after, strike)
        one.playing.seen = lambda *what: self._seen(one, *what)
        return one

    def _at_console(self, what: str, arguments: dict[str, Any]) -> None:
        given = dict(arguments)
        following = given.pop("then", None)
        try:
            outcome = getattr(self, f"_{what}", functools.partial(self._on_site, what))(**given) or ""
        except (ConsoleError, MachineError) as error:
            outcome = str(error)
        shown = ", ".join("{}={}".format(*pair) for pair in arguments.items() if pair[0] != "backup_server")
        self.log("console", f"{what} {shown}", "", outcome)
        if following is not None:
            self._at_console(following, {"job": given["job"], "server": given.get("backup_server")})

    def _expire(self) -> None:
        self.em.expire_sessions()

    def _collect(self) -> None:
        self.em.refresh()

    def _start_run(self, job: str, server: str | None = None) -> str:
        if any(view.ended is None for view in self.em.sessions(job, server)):
            return "it is running"
        self.em.start_run(job, server)
        return ""

    def _start_restore(self, machine: str, nth: int, keep: bool) -> str:
        """nth: of the points of the machine that can be restored, oldest first."""
        points = [point for point in self.em.points(machine) if point.ready]
        if len(points) < -nth:
            return "there is no such point"
        return self.em.start_restore(points[nth].id, keep=keep).id

    def _on_site(self, what: str, **arguments: Any) -> None:
        """At the console of a backup server, or at the vCenter; a machine is named by what its reference ends in."""
        if "machine" not in arguments:
            getattr(self.em.console, what)(**arguments)
            return
        own = arguments.pop("machine")
        (found,) = [view for view in self.em.machines() if own in view.ref][:1] or [None]
        if found is None:
            raise MachineError("it is not there any more")
        getattr(self.em.hypervisor, what)(found.ref, *arguments.values())

    # -- promises about a moment ---------------------------------------------------------------------------------

    def _seen(
        self, one: One, request: Request, entry: Any, response: Response | None, error: VeeamError | None, late: bool
    ) -> None:
        """After every exchange. late: the client had broken it off before it arrived."""
        one.sent.append(Sent(request, entry, response, error, self.clock.monotonic()))
        # The pages of a listing are read side by side; what max_parallel is about are the items of a list.
        flying = [flight for flight in one.playing.flights if "/query" not in flight.effect.request.path]
        if len(flying) > max(1, one.max_parallel):
            raise Broken("in flight", "%d requests, max_parallel is %d" % (len(flying), one.max_parallel))
        if response is not None and "content-encoding" not in response.headers and request.method != "HEAD":
            announced = response.headers.get("content-length", "")
            if not request.headers_suffice and announced.isdigit() and len(response.body) < int(announced):
                raise Broken("whole", f"{one.name} takes part of the answer to {request.label} for all of it")
        what = one.kind.once(request)
        if what is not None:
            if one.plan.check_mode:
                raise Broken("check mode", f"{one.name} sent {request.label}")
            if getattr(error, "kind", "") != "not_sent":
                one.times[what] += 1
            if one.times[what] > 1:
                raise Broken("once", "%s was sent %d times by %s" % (what, one.times[what], one.name))
        if is_logon(request):
            one.leaving = one.leaving or request.method == "DELETE"
        elif one.leaving and not late:
            raise Broken("after the logout", f"{one.name} sent {request.label}")
        if request.path.startswith("/api/sessionMngr"):
            one.times["logon"] += 1
            one.times["refused logon"] += response is not None and response.status == 401
            if one.times["logon"] > one.kind.logons:
                raise Broken("logons", "%s has logged on %d times" % (one.name, one.times["logon"]))
            if one.times["refused logon"] > one.kind.refused_logons:
                raise Broken("lockout", f"{one.name} sends refused credentials again")
        one.kind.moment(self, one)

    # -- promises about the end ----------------------------------------------------------------------------------

    def _check_end(self, one: One) -> None:
        playing = one.playing
        if playing.error is not None and not isinstance(playing.error, (VeeamError, Interrupted)):
            raise playing.error
        result = one.result
        text = str(result) + str(one.warnings)
        if "please report it" in text:
            raise Broken("mistake", f"{one.name}: {result.get('exception') or result['msg']}")
        assert playing.began is not None and playing.ended_at is not None
        chosen, endpoint = one.run.chosen, one.run.chosen.connection.endpoint
        bound = chosen.wait_timeout * one.kind.turns(one) + endpoint.timeout
        if playing.ended_at - playing.began > bound + EPSILON:
            raise Broken(
                "bounded", f"{one.name} ran for {playing.ended_at - playing.began:.2f} s, bound is {bound:.2f}"
            )
        if not str(result.get("msg", "")).strip():
            raise Broken("message", f"{one.name} says nothing: {result}")
        said = slips(result, one.warnings)
        if said:
            raise Broken("message", f"{one.name} says: {said}")
        self._check_secrets(one, text)
        self._check_sessions(one)
        for sent in one.sent:
            if sent.entry is not None and "cookie" in sent.entry.headers:
                raise Broken("cookie", f"{one.name} sent one with {sent.request.label}")
        if one.stopped:
            one.kind.judge_stopped(self, one)
            return
        self._check_resilience(one, result)
        if not isinstance(result.get("retries"), int):
            raise Broken("retries", f"{one.name}: {result}")
        if result["retries"] and not any("tried again" in warning for warning in one.warnings):
            raise Broken("retries", "%s does not warn of %d" % (one.name, result["retries"]))
        one.kind.judge(self, one)

    def _check_resilience(self, one: One, result: dict[str, Any]) -> None:
        """A single look-up that fails for a moment is no reason to fail."""
        plan = self.plan
        if (
            len(plan.runs) > 1
            or plan.console
            or plan.switches
            or one.plan.strike is not None
            or not result.get("failed")
        ):
            return
        bad = [sent for sent in one.sent if sent.error is not None or sent.response and sent.response.status >= 400]
        if len(bad) != 1 or "/api/query" not in bad[0].request.path or one.run.chosen.wait_timeout < 60:
            return
        (sent,) = bad
        passing = (
            sent.response.status in (429, 502, 503, 504) if sent.response else not getattr(sent.error, "permanent", 0)
        )
        strange = any(other.entry is not None and other.entry.fault for other in one.sent if other is not sent)
        waits = sent.response is not None and float(sent.response.headers.get("retry-after", 0)) > 20
        is_why = sent.request.label in str(result)
        if passing and not strange and not waits and is_why:
            raise Broken("resilience", f"{one.name} fails for one look-up: {result['msg']}")

    def _check_secrets(self, one: One, text: str) -> None:
        sessions = list(self.em.world.sessions._by_id.values())
        secrets = [PASSWORD, *(s.token for s in sessions), *(s.id for s in sessions)]
        for secret in secrets:
            if secret in text:
                raise Broken("secret", f"{one.name} shows one: {text}")

    def _check_sessions(self, one: One) -> None:
        """What it opened and could close is closed."""
        still = set(self.em.open_sessions())
        for sent in one.sent:
            entry = sent.entry
            if not sent.request.path.startswith("/api/sessionMngr") or entry is None or entry.session not in still:
                continue
            if sent.response is None or "x-restsvcsessionid" not in sent.response.headers:
                # Its headers never came.
                continue
            if not any(header for header in (sent.response.headers["x-restsvcsessionid"],)):
                continue
            tries = [other for other in one.sent if other.request.path.endswith(entry.session)]
            unnamed = [other for other in one.sent if other.request.path == "/api/logonSessions"]
            if any(other.entry is not None and other.entry.processed for other in tries):
                raise Broken("session", f"{one.name}: a logout was carried out and the session is open")
            if not tries and not unnamed:
                raise Broken("session", f"{one.name} leaves a session open and has not tried to close it")
            if len(tries) == 1 and one.playing.ended_at is not None:
                spent = one.playing.ended_at - tries[0].time
                if spent < one.run.chosen.connection.endpoint.timeout / 8:
                    raise Broken("session", f"{one.name} tried to close its session only once")

    def _check_created(self, one: One) -> None:
        """Once the server has ended what it began: what was said not to be made is not made."""
        if not one.stopped:
            one.kind.judge_settled(self, one)

    # -- for a person --------------------------------------------------------------------------------------------

    def table(self) -> str:
        lines = ["%10s  %-8s %-58s %-18s %s" % ("seconds", "who", "request", "fault", "outcome")]
        for _same, alike in itertools.groupby(self.rows, lambda row: row[1:]):
            (when, who, what, fault, outcome), *others = alike
            lines.append(f"{when:10.3f}  {who:8} {short(what):58} {fault[:18]:18} {outcome[:150]}")
            if others:
                lines.append(f"{others[-1][0]:10.3f}  {who:8} the same for the {len(others) + 1}th time")
        for one in (*self.runs, *self.clean):
            if one.playing.result is not None or one.playing.error is not None:
                ended = one.playing.ended_at or 0.0
                lines.append(f"{ended:10.3f}  {one.name:8} ended: {str(one.result.get('msg'))[:300]}")
        return "\n".join(lines)


def filled(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options as AnsibleModule hands them over: all of them are there, those inside others too."""
    values = {name: spec.get("default") for name, spec in options.items()}
    values.update(given)
    for name, spec in options.items():
        inner, value = spec.get("options"), values[name]
        if inner and isinstance(value, list):
            values[name] = [filled(inner, item) for item in value]
        elif inner and isinstance(value, dict):
            values[name] = filled(inner, value)
    return values


def is_logon(request: Request) -> bool:
    return request.path.startswith("/api/logonSessions")


def short(what: str) -> str:
    what = re.sub(r"([0-9a-f]{8})-[0-9a-f-]{27}", r"\1..", what)
    what = what.replace("%3D", "=").replace("%22", '"').replace("%2C", ",")
    return what if len(what) <= 58 else what[:55] + "..."


def described(plan: Plan) -> str:
    """The plan as a person reads it."""
    lines = [
        "product {}, steps {!r}, travel {:g} s, unnoticed {:g}, urllib3 {}".format(
            plan.product, plan.steps, plan.travel, plan.unnoticed, "2" if plan.compares_length else "1"
        )
    ]
    if plan.switches:
        lines.append(f"switches: {plan.switches}")
    for number, run in enumerate(plan.runs):
        lines.append("run %d: %s" % (number + 1, run))
    lines += [f"fault: {spec}" for spec in plan.faults]
    lines += ["at {:.2f} s: {} {}".format(*event) for event in plan.console]
    return "\n".join(lines)


# -- finding, and making small -------------------------------------------------------------------------------------


def failure(plan: Plan, kinds: dict[str, Kind], servers: Servers) -> tuple[Broken | None, History | None]:
    """The promise that the plan breaks, if it does."""
    history = History(plan, kinds, servers)
    try:
        history.play()
    except Broken as broken:
        history.abandon()
        return broken, history
    except Exception as error:
        history.abandon()
        trace = traceback.extract_tb(error.__traceback__)[-1]
        return Broken(f"mistake {type(error).__name__}", f"{error} ({trace.filename}:{trace.lineno})"), history
    return None, None


def smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less."""
    change = dataclasses.replace
    if len(plan.runs) > 1:
        for index in range(len(plan.runs)):
            yield change(plan, runs=plan.runs[:index] + plan.runs[index + 1 :])
    for index in range(len(plan.faults)):
        yield change(plan, faults=plan.faults[:index] + plan.faults[index + 1 :])
    for index in range(len(plan.console)):
        yield change(plan, console=plan.console[:index] + plan.console[index + 1 :])
    for name in plan.switches:
        yield change(plan, switches={key: value for key, value in plan.switches.items() if key != name})
    for index, run in enumerate(plan.runs):
        easier = []
        if run.strike is not None:
            easier.append(change(run, strike=None))
        if run.after:
            easier.append(change(run, after=0.0))
        for key in ("clones", "jobs", "machines", "restores", "failovers"):
            many = run.options.get(key) or ()
            if len(many) > 1:
                fewer = [many[:index] + many[index + 1 :] for index in range(len(many))]
                easier += [change(run, options={**run.options, key: some}) for some in fewer]
        for one in easier:
            yield change(plan, runs=(*plan.runs[:index], one, *plan.runs[index + 1 :]))
    for index, spec in enumerate(plan.faults):
        for key in ("on", "count"):
            if spec.get(key, 1) != 1:
                yield change(plan, faults=(*plan.faults[:index], {**spec, key: 1}, *plan.faults[index + 1 :]))
    if plan.travel:
        yield change(plan, travel=0.0)
    if plan.unnoticed:
        yield change(plan, unnoticed=0.0)
    if not plan.compares_length:
        yield change(plan, compares_length=True)
    if plan.steps != "running:1,operation_finished:1":
        yield change(plan, steps="running:1,operation_finished:1")
    if plan.product != "13":
        yield change(plan, product="13")


def shrink(plan: Plan, promise: str, kinds: dict[str, Kind], servers: Servers, most: int = 400) -> Plan:
    """The least that still breaks the same promise."""
    tries = 0
    going = True
    while going:
        going = False
        for candidate in smaller(plan):
            tries += 1
            if tries > most:
                return plan
            broken, _unused = failure(candidate, kinds, servers)
            if broken is not None and broken.promise == promise:
                plan, going = candidate, True
                break
    return plan


def told(plan: Plan, kinds: dict[str, Kind], servers: Servers) -> str:
    """A history in which every promise holds."""
    history = History(plan, kinds, servers)
    history.play()
    return "\n".join((described(plan), "", history.table()))


def report(plan: Plan, kinds: dict[str, Kind], servers: Servers, small: bool = True) -> str:
    """What is printed of a plan that fails: its seed, the least that still fails, and that as a table."""
    broken, history = failure(plan, kinds, servers)
    if broken is None:
        return "seed %d: every promise holds" % plan.seed
    least = shrink(plan, broken.promise, kinds, servers) if small else plan
    broken, history = failure(least, kinds, servers)
    assert broken is not None and history is not None
    return "\n".join(
        ("seed %d: %s" % (plan.seed, broken), "", "the least of it that fails:", described(least), "", history.table())
    )
