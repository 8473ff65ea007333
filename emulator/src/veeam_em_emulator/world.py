# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that one emulator holds, and the rules that join its parts. All calls are made under ``lock``."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock, OffsetClock
from .dialects import DIALECTS, PRODUCTS
from .faults import Faults
from .inventory import Inventory, InventoryError, InventoryObject
from .journal import Entry
from .sessions import Session, Sessions
from .state import Job, State, StateError, inventory_object, read_state
from .switches import Switches
from .tasks import Tasks, parse_steps


@dataclass(frozen=True)
class Options:
    """What the emulator was started with; ``reset`` goes back to it, but never turns the clock back. Seconds where not
    said otherwise. seed: of ids and tokens, so that they come out the same in every run; None draws them.
    """

    state: Any = None
    product: str = "13"
    task_steps: str = "running:1,operation_finished:1"
    latency: float = 0.0
    switches: Mapping[str, Any] = field(default_factory=dict)
    hostname: str = "em01.example.test"
    jobs: int = 0
    idle_timeout: float = 900.0
    faults: tuple[Mapping[str, Any], ...] = ()
    clock: Clock = field(default_factory=OffsetClock)
    seed: int | None = None


@dataclass(eq=False)
class HiddenJob:
    """A job that the backup server has and EM does not show yet: for look-ups, until a time (``Clock.monotonic``), or
    until a refresh.
    """

    job: Job
    lookups: int | None = None
    until: float | None = None


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
        self._pristine.add_generated_jobs(options.jobs)
        self._steps = parse_steps(options.task_steps)
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
            self.sessions = Sessions(self.options.idle_timeout, self.clock, self.random)
            self.tasks = Tasks(self._steps, switches, self.clock)
            self.journal: list[Entry] = []
            self.hidden: list[HiddenJob] = []
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

    def expire_due_sessions(self) -> None:
        for session in self.sessions.all_open():
            if self.sessions.due(session, self.switches["session_lifetime"]):
                self.end_session(session, logged_out=False)

    # Jobs that EM does not show yet

    def hide(self, job: Job, delay: str) -> None:
        """delay: number of look-ups, ``1.5s``, or ``refresh``."""
        job.visible = False
        if delay == "refresh":
            self.hidden.append(HiddenJob(job))
        elif delay.endswith("s"):
            self.hidden.append(HiddenJob(job, until=self.clock.monotonic() + float(delay[:-1])))
        else:
            self.hidden.append(HiddenJob(job, lookups=int(delay)))

    def _show(self, entry: HiddenJob) -> None:
        entry.job.visible = True
        self.hidden.remove(entry)

    def refresh(self) -> None:
        """Data collection: EM reads everything from its backup servers."""
        for entry in list(self.hidden):
            self._show(entry)

    # Inventory

    def add_to_inventory(self, spec: Mapping[str, Any]) -> InventoryObject:
        """spec: ``name``, and ``root`` (name or id), ``backup_server``, ``type``, ``ref``, ``after`` as far as needed.

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
        self.inventory.add(root.id, item)
        return item

    def tick(self) -> None:
        """Whatever happens by time alone."""
        self.expire_due_sessions()
        self.tasks.tick()
        now = self.clock.monotonic()
        for entry in list(self.hidden):
            if entry.until is not None and now >= entry.until:
                self._show(entry)

    def job_lookup(self, session: Session) -> None:
        """A client is about to read a list of jobs."""
        for entry in list(self.hidden):
            if entry.lookups is not None:
                if entry.lookups == 0:
                    self._show(entry)
                else:
                    entry.lookups -= 1
        self.tasks.job_lookup(session)

    def visible_jobs(self) -> list[Job]:
        return [job for job in self.state.jobs.values() if job.visible]

    def expire_sessions(self) -> list[str]:
        """Every open session ends as if it had been idle; their SessionIds."""
        expired = self.sessions.all_open()
        for session in expired:
            self.end_session(session, logged_out=False)
        return [session.id for session in expired]
