# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that one emulator holds, and the rules that join its parts. All calls are made under ``lock``."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..estate import generated
from ..estate.em_view import EmView
from ..estate.history import By, History
from ..estate.inventory import Inventory, InventoryError, InventoryObject
from ..estate.jobs import Job
from ..estate.machines import CONSOLE, Machines
from ..estate.new_records import NewRecords
from ..estate.run_plans import RunError, parse_plan
from ..estate.sessions import Session, Sessions
from ..estate.state import State, StateError, not_one
from ..estate.state_file import inventory_object, read_state
from ..tester.clock import Clock, OffsetClock
from ..tester.faults import Faults
from ..tester.journal import Entry
from ..tester.switches import Switches
from ..wire.dialects import DIALECTS, PRODUCTS
from .cdp_sessions import CdpSessions
from .collection import Collector
from .failovers import Failovers
from .guest_files import GuestFiles
from .machine_restores import MachineRestores, Manner
from .restore_sessions import RestoreSession, RestoreSessions
from .runs import Runs
from .scopes import Scopes
from .tasks import Tasks, default_steps, parse_steps


@dataclass(frozen=True)
class Options:
    """What the emulator was started with; ``reset`` goes back to it, but never turns the clock back. Seconds where not
    said otherwise. task_steps: None is what the product does.
    seed: of ids and tokens, so that they come out the same in every run; None draws them.
    """

    state: Any = None
    product: str = "13"
    task_steps: str | None = None
    latency: float = 0.0
    switches: Mapping[str, Any] = field(default_factory=dict)
    hostname: str = "em01.example.test"
    jobs: int = 0
    machines: int = 0
    idle_timeout: float = 900.0
    faults: tuple[Mapping[str, Any], ...] = ()
    clock: Clock = field(default_factory=OffsetClock)
    seed: int | None = None


class World:
    """generation: goes up with each reset, so that a request from before it can be recognised.

    clock: what everything in the emulator asks for the time. random: source of ids and tokens.
    """

    def __init__(self, options: Options) -> None:
        if options.product not in PRODUCTS:
            raise ValueError(f"product {options.product!r} is not one of {', '.join(PRODUCTS)}")
        self.options = options
        self.dialect = DIALECTS[options.product]
        self.clock = options.clock
        self.lock = threading.RLock()
        self.generation = 0
        self._pristine, document = read_state(options.state, options.product)
        generated.add_jobs(self._pristine, options.jobs)
        generated.add_machines(self._pristine, options.machines)
        steps = options.task_steps
        self._steps = parse_steps(default_steps(options.product) if steps is None else steps)
        self._switches = {**(document.get("switches") or {}), **options.switches}
        self._faults = [*(document.get("faults") or []), *options.faults]
        self.reset()

    def reset(self) -> None:
        """State, switches, faults, sessions, tasks and journal back to the start."""
        switches = Switches(self._switches)
        faults = Faults()
        for spec in self._faults:
            faults.add(spec)
        with self.lock:
            self.generation += 1
            seed = self.options.seed
            self.random = random.SystemRandom() if seed is None else random.Random(seed)
            self.state: State = self._pristine.copy()
            self.switches = switches
            self.faults = faults
            self.inventory = Inventory(
                ((root.id, root.objects) for root in self.state.roots.values()), now=self.clock.monotonic
            )
            self.machines = Machines(self.state, self.inventory, self.clock, self.new_id)
            self.sessions = Sessions(self.options.idle_timeout, self.clock, self.random)
            self.tasks = Tasks(self._steps, switches, self.clock)
            self.offline = {server.id for server in self.state.servers.values() if not server.online}
            self.runs = Runs(self.state, switches, self.clock.utc, self.new_id, self.options.product, self.machines)
            self.journal: list[Entry] = []
            self.view = EmView(self.state, self.clock)
            self.restores = RestoreSessions(self.runs.view, self.new_id)
            self.new_records = NewRecords(self.clock)
            self.collector = Collector(
                self.state, switches, self.clock.utc, self.new_id, self.offline,
                (self.view, self.runs.visible, self.runs.backups, self.new_records, self.restores),
                has_sessions=PRODUCTS.index(self.options.product) >= PRODUCTS.index("12"),
            )  # fmt: skip
            self.history = History(self.clock)
            self.failovers = Failovers(self.runs.view, self.runs.replicas, self.restores)
            self.machine_restores = MachineRestores(
                switches, self.state, self.inventory, self.machines, self.runs.backups, self.restores
            )
            self.guest_files = GuestFiles()
            self.scopes = Scopes(self.state, self.inventory, self.clock.utc)
            self.cdp_sessions = CdpSessions(self.state, self.runs.view)
            self.reserved: list[tuple[str, str]] = []
            self.failed_logons: dict[str, int] = {}
            self.requests = 0
            self.answers = 0

    @property
    def base_url(self) -> str:
        """What EM believes to be its own address; hrefs begin with it, whatever the client used."""
        return f"https://{self.options.hostname}:9398/api"

    def new_id(self) -> str:
        """A GUID that nothing else has."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def older_than_em(self, major: int) -> bool:
        return major < int(float(self.options.product.replace("u4", "")))

    # Sessions

    def end_session(self, session: Session, logged_out: bool) -> None:
        if session.open:
            self.sessions.close(session)
            self.tasks.session_over(session, logged_out)
            self.guest_files.session_over(session)

    def expire_due_sessions(self) -> None:
        for session in self.sessions.all_open():
            if self.sessions.due(session, self.switches["session_lifetime"]):
                self.end_session(session, logged_out=False)

    # Jobs

    def job_fitting(self, named: str, server: str | None = None) -> Job:
        """The job of that name or id on its backup server. KeyError where there is none, or more than one."""
        fitting = [
            job
            for job in ([self.state.jobs[named]] if named in self.state.jobs else self.state.jobs_named(named))
            if named in (job.name, job.id) and server in (None, job.server.name, job.server.id)
        ]
        if len(fitting) != 1:
            raise KeyError(not_one(fitting, named, server))
        return fitting[0]

    def job_to_run(self, named: str, server: str | None = None) -> Job:
        """The same; a CDP policy has no runs. KeyError."""
        job = self.job_fitting(named, server)
        if job.kind == "cdp":
            raise KeyError(f"{named!r} is a CDP policy, which has no runs")
        return job

    def add_job(self, job: Job, by: By) -> None:
        self.state.add_job(job)
        self.history.note(job, by, "created")

    def change_job(self, job: Job, by: By, action: str, changes: Mapping[str, Any]) -> None:
        """changes: attribute -> new value, made on the backup server. Nothing is noted where nothing changes."""
        if all(getattr(job, name) == value for name, value in changes.items()):
            return
        self.history.note_start(job)
        self.state.change_job(job, changes)
        self.history.note(job, by, action)

    def remove_job(self, job: Job, by: By) -> None:
        self.history.note_start(job)
        self.state.remove_job(job)
        self.history.note(job, by, "deleted", exists=False)

    def hide(self, job: Job, delay: str) -> None:
        """EM does not show this new job yet. delay: number of look-ups, ``1.5s``, or ``refresh``."""
        self.view.release(self.view.hold(job.id, None), delay)

    # Inventory

    def add_to_inventory(self, spec: Mapping[str, Any]) -> InventoryObject:
        """spec: ``name``, and ``root`` (name or id), ``backup_server`` as far as needed; what else the state file has
        of an object.

        InventoryError where it cannot be done.
        """
        values = dict(spec)
        named, server = values.pop("root", None), values.pop("backup_server", None)
        fitting = [
            root
            for root in self.state.roots.values()
            if named in (None, root.name, root.id) and server in (None, root.server.name, root.server.id)
        ]
        if len(fitting) != 1:
            raise InventoryError(f"{len(fitting) or 'no'} hierarchy roots fit: give root, or backup_server, or both")
        root = fitting[0]
        number = 9000 + self.inventory.count(root.id)
        try:
            item = inventory_object(root.id, root.host_type, values, number, "object")
        except StateError as error:
            raise InventoryError(str(error)) from None
        self.runs.recall()
        self.inventory.add(root.id, item)
        self.machines.came(item, CONSOLE)
        return item

    # Backup servers

    def set_online(self, named: str, online: bool) -> None:
        """EM reaches a backup server (name or id) or not. KeyError where there is none."""
        server = next((item for item in self.state.servers.values() if named in (item.name, item.id)), None)
        if server is None:
            raise KeyError(f"there is no backup server {named!r}")
        if online:
            self.offline.discard(server.id)
        else:
            self.offline.add(server.id)

    # Runs of jobs

    def plan_runs(self, named: str, server: str | None, following: Sequence[Any], always: Any) -> None:
        """What the next runs of a job (name or id) will be, and all others. KeyError, RunError."""
        job = self.job_to_run(named, server)
        plans = [parse_plan(plan) for plan in following]
        if always is not None:
            job.runs = parse_plan(always)
        self.runs.plan_next(job.id, plans)

    def plan_restores(self, following: Sequence[Any], machine: str | None = None, always: Any = None) -> None:
        """How the next restores and failovers go, whatever they concern: length, result and reason. RunError.

        machine: only those of a machine (by name); always: how all others of it go.
        """
        if always is not None and machine is None:
            raise RunError("always: a machine is expected beside it")
        plans = [parse_plan(plan) for plan in following]
        self.restores.plan_next(plans, machine, None if always is None else parse_plan(always))

    def start_restore(self, point: str, *, keep: bool = False, power_on: bool = False) -> RestoreSession:
        """A restore that somebody else has started. point: id of a machine's restore point. KeyError."""
        self.runs.update_view()
        self.runs.backups.settle()
        found = self.runs.backups.vm_point(point)
        if found is None:
            raise KeyError(f"there is no restore point {point!r}")
        return self.machine_restores.begin(found, Manner(power_on, keep), CONSOLE)

    def tick(self) -> None:
        """Whatever happens by time alone."""
        self.expire_due_sessions()
        self.tasks.tick()
        self.runs.tick()
        self.restores.tick()
        self.view.tick()
        self.cdp_sessions.tick()
        self.collector.tick()
        if self.scopes.tick():
            self.collector.note_session("SecurityScopesRebuild")

    def job_lookup(self, session: Session) -> None:
        """A client is about to read a list of jobs."""
        self.view.look_up()
        self.tasks.job_lookup(session)

    def expire_sessions(self) -> list[str]:
        """Every open session ends as if it had been idle; their SessionIds."""
        expired = self.sessions.all_open()
        for session in expired:
            self.end_session(session, logged_out=False)
        return [session.id for session in expired]
