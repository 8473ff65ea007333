# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores of machines and files, and failovers: how long they go on, and what comes of them (em_rest
restoresessions_id).

A restore lasts a number of seconds on the emulator's clock, or a number of reads: every request that reads its session,
or a list of sessions, counts as one. What it does is done when it ends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..estate.machines import CONSOLE, Cause, MachineKey
from ..estate.run_plans import RunPlan
from ..estate.servers import BackupServer
from ..wire.links import Link
from ..wire.times import utc_text
from .lasting import STOPPED, Lasting
from .view import View

RESTORE_VM, FILE_LEVEL_RESTORE = "RestoreVm", "FileLevelRestore"
RESTORE_TYPES = (RESTORE_VM, FILE_LEVEL_RESTORE)
LISTED = timedelta(days=30)


def _nothing(_session: RestoreSession) -> None:
    return None


@dataclass(eq=False, slots=True, kw_only=True)
class RestoreSession(Lasting):
    """One restore or failover.

    job_type: as EM calls it, None where it says nothing. machine: its name when the point was made; reference: of the
    machine that it concerns; keys: of all machines that it works on, see ``Machine``. point: link to what is brought
    back. act: does it, and returns why it could not; failed: called in its place where the plan has it fail. reason:
    why it has failed. restored: reference of what was made. cause: who has started it. hidden_for: so many reads,
    hidden_until: so long EM does not show it; until_refresh: until it has collected data.
    """

    view: View
    id: str
    server: BackupServer
    job_type: str | None
    machine: str
    reference: str
    point: Link | None
    act: Callable[[RestoreSession], str | None]
    failed: Callable[[RestoreSession], None] = _nothing
    keys: frozenset[MachineKey] = frozenset()
    plan: RunPlan = field(default_factory=RunPlan)
    cause: Cause = CONSOLE
    reason: str | None = None
    restored: str | None = None
    hidden_for: int = 0
    hidden_until: datetime | None = None
    until_refresh: bool = False

    def __post_init__(self) -> None:
        self.created_text = self.view.text(self.created)

    @property
    def uid(self) -> str:
        return f"urn:veeam:RestoreSession:{self.id}"

    @property
    def name(self) -> str:
        name = f"FLR_[{self.machine}]" if self.job_type == FILE_LEVEL_RESTORE else self.machine
        return f"{name}@{self.view.stamp(self.created)}"

    @property
    def end_text(self) -> str:
        return self.view.text(self.ended) if self.state == STOPPED and self.ended is not None else ""

    @property
    def path(self) -> str:
        return f"/restoreSessions/{self.id}"


class RestoreSessions:
    """All of them, oldest first. new_id: a GUID. next_plans: how the next ones go, one after the other; plans_of: those
    of a machine (by name), before the others; always: how all others of a machine go."""

    def __init__(self, view: View, new_id: Callable[[], str]) -> None:
        self.view = view
        self.new_id = new_id
        self.next_plans: list[RunPlan] = []
        self.plans_of: dict[str, list[RunPlan]] = {}
        self.always: dict[str, RunPlan] = {}
        self.all: dict[str, RestoreSession] = {}
        self._live: list[RestoreSession] = []

    def plan_next(self, plans: Iterable[RunPlan], machine: str | None = None, always: RunPlan | None = None) -> None:
        """machine: only those of the machine of that name; always: how all others of it go."""
        if machine is None:
            self.next_plans.extend(plans)
            return
        self.plans_of.setdefault(machine, []).extend(plans)
        if always is not None:
            self.always[machine] = always

    def _plan(self, machine: str) -> RunPlan:
        for waiting in (self.plans_of.get(machine), self.next_plans):
            if waiting:
                return waiting.pop(0)
        return self.always.get(machine) or RunPlan()

    def start(
        self,
        *,
        job_type: str | None,
        server: BackupServer,
        machine: str,
        reference: str,
        point: Link | None,
        act: Callable[[RestoreSession], str | None],
        cause: Cause,
        begun: Callable[[RestoreSession], None] = _nothing,
        failed: Callable[[RestoreSession], None] = _nothing,
        keys: Iterable[MachineKey] = (),
        plan: RunPlan | None = None,
        delay: str | None = None,
    ) -> RestoreSession:
        """See ``RestoreSession``. begun: called before it can end. plan: what was planned where not given. delay: when
        EM shows it, as ``show_restore_session_after``."""
        plan, switches = plan or self._plan(machine), self.view.switches
        session = RestoreSession(
            view=self.view, id=self.new_id(), server=server, created=self.view.utc(), job_type=job_type,
            machine=machine, reference=reference, point=point, act=act, failed=failed, keys=frozenset(keys), plan=plan,
            cause=cause,
        )  # fmt: skip
        session.last(plan.length or switches["restore_length"])
        delay = delay or switches["show_restore_session_after"]
        session.until_refresh = delay == "refresh"
        if session.until_refresh:
            session.hidden_for = 0
        elif delay.endswith("s"):
            session.hidden_until = session.created + timedelta(seconds=float(delay[:-1]))
        else:
            session.hidden_for = int(delay)
        session.visible = delay == "0" and not switches["session_lag"]
        self.all[session.id] = session
        self._live.append(session)
        begun(session)
        if session.length_in_seconds is not None and session.length_in_seconds != float("inf"):
            session.ends_at = session.created + timedelta(seconds=session.length_in_seconds)
        if 0 in (session.length_in_seconds, session.length_in_reads):
            self._end(session, session.created)
        self.update_view()
        return session

    def tick(self) -> None:
        """Those that are over by now, in their order."""
        now = self.view.utc()
        due = [session for session in self._live if session.ends_at is not None and session.ends_at <= now]
        for session in sorted(due, key=lambda item: item.ends_at or now):
            self._end(session, session.ends_at or now)

    def _end(self, session: RestoreSession, when: datetime) -> None:
        self._live.remove(session)
        session.ended = max(when, session.created)
        if session.plan.result == "Failed":
            session.reason = session.plan.reason or None
            session.failed(session)
        else:
            session.reason = session.act(session)
        failed = session.plan.result == "Failed" or session.reason is not None
        session.final_result = "Failed" if failed else session.plan.result or "Success"
        # one of files has none even at its end (documented)
        none = failed or session.job_type == FILE_LEVEL_RESTORE or self.view.switches["restore_progress"] == "0"
        session.final_progress = 0 if none else 100

    # What EM shows

    def update_view(self) -> None:
        at = self.view.time()
        for session in self.all.values():
            due = at >= (session.hidden_until or session.created)
            if not session.visible and not session.hidden_for and not session.until_refresh and due:
                session.visible = True
            if session.state != STOPPED:
                session.update_view(at)

    def count_read(self, wanted: Callable[[RestoreSession], bool]) -> None:
        """A client is about to read these: it counts as one of the reads that restores last, or are not shown for."""
        self.update_view()
        for session in filter(wanted, list(self.all.values())):
            if session.hidden_for:
                session.hidden_for -= 1
            elif session.visible and not session.over:
                session.times_read += 1
                if session.ends_after_reads is not None and session.times_read > session.ends_after_reads:
                    self._end(session, self.view.utc())
        for session in self.all.values():
            if session.state != STOPPED:
                session.update_view(self.view.time())

    def get(self, identity: str) -> RestoreSession | None:
        """As EM shows it."""
        session = self.all.get(identity)
        return session if session is not None and session.visible else None

    def listed(self, recent: bool) -> list[RestoreSession]:
        """recent: of the last 30 days."""
        shown = [session for session in self.all.values() if session.visible]
        if not recent:
            return shown
        least = utc_text(self.view.utc() - LISTED)
        return shown[bisect_left(shown, least[:-1], key=lambda session: session.created_text[:-1]) :]

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """See ``collection.Source``."""
        read = [item for item in self.all.values() if item.until_refresh and item.server.id in servers]

        def show() -> None:
            for session in read:
                session.until_refresh = False
            self.update_view()

        return show

    def running_on(self, key: MachineKey) -> list[RestoreSession]:
        """Those that work on a machine and are not over."""
        return [session for session in self._live if key in session.keys]

    def running(self, reference: str) -> list[RestoreSession]:
        """Those of a machine that are not over. reference: as the session has it."""
        return [session for session in self._live if session.reference == reference]
