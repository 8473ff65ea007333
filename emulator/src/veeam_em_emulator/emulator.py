# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator as a Python object: a real HTTPS server in a thread of the calling process, or no socket at all."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .control.console import Console
from .control.hypervisor import Hypervisor
from .control.interface import Control
from .control.views import (
    JobView,
    MachineView,
    PointView,
    RestoreSessionView,
    SessionView,
    SystemSessionView,
    TaskView,
    job_view,
    machine_view,
    point_views,
    restore_session_view,
    session_view,
    system_session_view,
    task_view,
)
from .doors.certificates import check_kind, server_context
from .doors.memory import Exchange, MemoryConnection
from .doors.server import Server
from .estate.history import JobChange
from .estate.machines import MachineEvent
from .pipeline.pipeline import Pipeline
from .tester.clock import Clock, OffsetClock
from .tester.journal import Entry
from .tester.switches import Switches
from .work.world import Options, World


class Emulator:
    """Veeam Backup Enterprise Manager's REST API on ``https://127.0.0.1:port/api/``, once it is started; and in memory
    by ``connect()`` and ``exchange()``, started or not.

    state: path, name of a shipped state, mapping, or None for ``demo``. product: ``9.5u4``, ``10`` ... ``13``.
    port: 0 picks one. task_steps: see ``tasks.parse_steps``; None is what the product does. latency, idle_timeout:
    seconds. switches: name -> value.
    faults: specifications as for ``add_fault``. hostname: the name that EM believes to have; hrefs carry it, and the
    certificate covers it. jobs, machines: number of generated ones. certificate: ``default``, ``other_name``,
    ``expired``, ``self_signed``. clock: asked for every time (default: an ``OffsetClock``). seed: makes ids and tokens
    the same in every run.

        with Emulator(product="12", switches={"duplicate_name": "http_400"}) as em:
            run_client(em.host, em.port, em.ca_file)
            assert [entry.method for entry in em.journal] == ["POST", "GET", "DELETE"]
    """

    def __init__(
        self,
        state: str | Path | Mapping[str, Any] | None = None,
        product: str = "13",
        port: int = 0,
        task_steps: str | None = None,
        latency: float = 0.0,
        switches: Mapping[str, Any] | None = None,
        hostname: str = "em01.example.test",
        jobs: int = 0,
        machines: int = 0,
        *,
        host: str = "127.0.0.1",
        idle_timeout: float = 900.0,
        certificate: str = "default",
        faults: list[Mapping[str, Any]] | None = None,
        clock: Clock | None = None,
        seed: int | None = None,
    ) -> None:
        self.world = World(
            Options(
                state=state, product=product, task_steps=task_steps, latency=latency, switches=dict(switches or {}),
                hostname=hostname, jobs=jobs, machines=machines, idle_timeout=idle_timeout, faults=tuple(faults or ()),
                clock=clock or OffsetClock(), seed=seed,
            )
        )  # fmt: skip
        self.host = host
        self._port = port
        self._certificate = (hostname, check_kind(certificate))
        self._server: Server | None = None
        self._pipeline = Pipeline(self.world)
        self.console = Console(self.world)
        self.hypervisor = Hypervisor(self.world)
        self._control = Control(self.world, self.reset, self.console, self.hypervisor).application()

    # Life

    def start(self) -> Emulator:
        """Listen; returns when connections are accepted. After ``stop`` it starts again on the same port."""
        if self._server is None:
            self._server = Server(self.world, self._application, self.host, self._port, self._context)
            self._port = self._server.port
            self._server.start()
        return self

    def stop(self) -> None:
        """Drop every connection and close the port; state and journal stay readable."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/_emulator"):
            await self._control(scope, receive, send)
        else:
            await self._pipeline(scope, receive, send)

    # Where it is

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}/api/"

    @property
    def _context(self) -> ssl.SSLContext:
        return server_context(*self._certificate).context

    @property
    def ca_file(self) -> str:
        """Path of the CA certificate that a client has to trust."""
        return server_context(*self._certificate).ca_file

    # Without a socket

    def connect(self) -> MemoryConnection:
        """A connection in memory. ConnectionResetError where a fault refuses it."""
        return MemoryConnection(self._pipeline)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Exchange:
        """One request over a connection of its own in memory; see ``MemoryConnection.exchange``."""
        return self.connect().exchange(method, target, headers, body)

    # What happened

    @property
    def journal(self) -> list[Entry]:
        """Every request so far, oldest first. The list is a copy, its entries are live."""
        with self.world.lock:
            return list(self.world.journal)

    def clear_journal(self) -> None:
        with self.world.lock:
            self.world.journal.clear()

    def open_sessions(self) -> list[str]:
        """SessionIds that are neither logged out nor expired."""
        with self.world.lock:
            self.world.tick()
            return [session.id for session in self.world.sessions.all_open()]

    def jobs(self, name: str | None = None, server: str | None = None, kind: str | None = "job") -> list[JobView]:
        """Jobs on the backup servers, shown by EM or not; name and server (name or id) compare exactly.

        kind: ``job``, ``agent``, ``nas``, ``cdp``, or None for all.
        """
        with self.world.lock:
            self.world.tick()
            jobs = self.world.state.jobs.values() if name is None else self.world.state.jobs_named(name)
            return [
                job_view(self.world, job)
                for job in jobs
                if kind in (None, job.kind)
                and name in (None, job.name)
                and server in (None, job.server.name, job.server.id)
            ]

    def history(self, job: str | None = None) -> list[JobChange]:
        """The changes of the jobs on the backup servers, oldest first: one entry for each change, with the state after
        it and the number of the request that made it; each job's state at the start before its first change.

        job: only of the jobs that ever had this name, or of the one with this id.
        """
        with self.world.lock:
            self.world.tick()
            history = self.world.history
            return list(history.changes) if job is None else history.of(job)

    def machines(self, name: str | None = None) -> list[MachineView]:
        """Machines as they are, those that are deleted too: of all inventories and of the jobs' objects.

        name: only those of that name, or of that reference.
        """
        with self.world.lock:
            self.world.tick()
            machines = self.world.machines
            return [
                machine_view(self.world, item) for item in (machines.all() if name is None else machines.named(name))
            ]

    def machine(self, named: str) -> MachineView:
        """The one machine of that name or reference that exists. MachineError (a ValueError)."""
        with self.world.lock:
            self.world.tick()
            return machine_view(self.world, self.world.machines.one(named))

    def machine_history(self, machine: str | None = None) -> list[MachineEvent]:
        """What became of machines since the start, oldest first: changed, backed up, restored, by whom.

        machine: only of those that ever had this name or reference.
        """
        with self.world.lock:
            self.world.tick()
            machines = self.world.machines
            return list(machines.events) if machine is None else machines.of_machine(machine)

    def points(self, machine: str | None = None, *, kind: str = "vm") -> list[PointView]:
        """Restore points of machines that EM shows, oldest first, with what was on the machines' disks.

        machine: only those of that name (when it was backed up) or of that reference. kind: of virtual machines
        (``vm``), of computers with an agent (``agent``), or those of replicas (``replica``). ValueError.
        """
        with self.world.lock:
            self.world.tick()
            return point_views(self.world, machine, kind)

    def tasks(self) -> list[TaskView]:
        """All tasks of all sessions, oldest first."""
        with self.world.lock:
            self.world.tick()
            return [task_view(task) for task in self.world.tasks.all]

    def sessions(self, job: str | None = None, server: str | None = None, *, past: bool = False) -> list[SessionView]:
        """Sessions of jobs since the start, shown by EM or not, oldest first.

        job: name or id; server: name or id of its server. past: those before the start too (from the state file).
        """
        with self.world.lock:
            self.world.tick()
            runs = self.world.runs
            runs.update_view()
            found = sorted(runs.visible.all.values(), key=lambda session: session.created)
            return [
                session_view(session)
                for session in found
                if (past or session.created >= runs.began)
                and job in (None, session.job_name, session.job_id)
                and server in (None, session.server.name, session.server.id)
            ]

    def restore_sessions(self, machine: str | None = None) -> list[RestoreSessionView]:
        """Restores, failovers and restores of files since the start, shown by EM or not, oldest first.

        machine: only those of the machine of that name.
        """
        with self.world.lock:
            self.world.tick()
            self.world.restores.update_view()
            found = self.world.restores.all.values()
            return [restore_session_view(session) for session in found if machine in (None, session.machine)]

    # Control

    def plan_restores(self, *following: Any, machine: str | None = None, always: Any = None) -> None:
        """How the next restores and failovers go, one after the other, whatever they concern.

        machine: only those of the machine of that name; always: how all others of it go. Each is ``{"length": 2,
        "result": "Failed", "reason": "..."}`` with as much of it as is not the default, or the text of its result
        alone. RunError (a ValueError).
        """
        with self.world.lock:
            self.world.plan_restores(following, machine, always)

    def start_restore(self, point: str, *, keep: bool = False, power_on: bool = False) -> RestoreSessionView:
        """A restore that somebody else has started. point: id of a machine's restore point. keep: the original stays,
        the restored machine stands beside it. KeyError."""
        with self.world.lock:
            self.world.tick()
            return restore_session_view(self.world.start_restore(point, keep=keep, power_on=power_on))

    def plan_runs(self, job: str, *following: Any, always: Any = None, server: str | None = None) -> None:
        """What the next runs of a job will be, one after the other, and how all others go.

        A run is ``{"length": 2, "result": "Failed", "reason": "...", "machines": {"web01": "Failed"}, "retries":
        ["Success"]}`` with as much of it as is not the default, or the text of its result alone; see the README.
        job: name or id. KeyError, RunError (a ValueError).
        """
        with self.world.lock:
            self.world.plan_runs(job, server, following, always)

    def start_run(self, job: str, server: str | None = None) -> SessionView:
        """A run that somebody else has started, on the backup server. KeyError."""
        with self.world.lock:
            self.world.tick()
            runs = self.world.runs
            session = runs.start(self.world.job_to_run(job, server))
            runs.update_view()
            return session_view(session)

    def set_online(self, server: str, online: bool) -> None:
        """Whether EM reaches a backup server (name or id); see the switch ``offline_server``. KeyError."""
        with self.world.lock:
            self.world.set_online(server, online)

    def reset(self) -> None:
        """State, switches, faults, sessions, tasks and journal back to the start; held connections are dropped."""
        self.world.reset()
        if self._server is not None:
            self._server.drop_held()

    @property
    def switches(self) -> Switches:
        return self.world.switches

    def add_fault(self, **spec: Any) -> int:
        """Specification as in the README: ``fault``, ``method``, ``path``, ``on``, ``count`` and parameters. Its id."""
        with self.world.lock:
            return self.world.faults.add(spec)

    def remove_fault(self, identity: int) -> None:
        with self.world.lock:
            self.world.faults.remove(identity)

    def clear_faults(self) -> None:
        """No active faults any more; the record of those that fired stays."""
        with self.world.lock:
            self.world.faults.clear()

    def fired_faults(self) -> list[dict[str, Any]]:
        """One dict for each time that a fault hit: id, fault, request (number in the journal), method, path."""
        with self.world.lock:
            return [dict(record) for record in self.world.faults.fired]

    def expire_sessions(self) -> list[str]:
        """End every open session as if it had been idle; their SessionIds."""
        with self.world.lock:
            return self.world.expire_sessions()

    def add_to_inventory(self, name: str, **spec: Any) -> str:
        """A machine (or ``type``) that lookups find from now on, or ``after`` some look-ups (``3``) or seconds
        (``1.5s``). root: name or id of its hierarchy root; backup_server: where that is not enough. Its reference."""
        with self.world.lock:
            return self.world.add_to_inventory({"name": name, **spec}).reference

    def remove_from_inventory(self, reference: str) -> None:
        """Lookups do not find it any more; jobs that hold it are as they were. KeyError where there is none."""
        with self.world.lock:
            if not self.world.inventory.remove(reference):
                raise KeyError(reference)

    @property
    def clock(self) -> Clock:
        """The clock that it was given; an ``OffsetClock`` or a ``ManualClock`` can be advanced."""
        return self.world.clock

    def system_sessions(self, *, past: bool = False) -> list[SystemSessionView]:
        """Sessions of EM itself, data collections among them, oldest first. past: those before the start too."""
        with self.world.lock:
            self.world.tick()
            collector = self.world.collector
            return [
                system_session_view(session)
                for session in collector.sessions
                if past or session.created >= collector.began
            ]

    def refresh(self) -> None:
        """EM reads everything from its backup servers, as after a data collection, at once and without a session."""
        with self.world.lock:
            self.world.tick()
            self.world.collector.at_once()
