# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of CDP policies (em_rest cdpreplicasessions_id, cdpreplicatasksessions_id): one lasts for a day, or until
the policy is disabled, and the next one follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ..estate.cdp import CdpPolicy
from ..estate.ids import derived
from ..estate.jobs import JobObject
from ..estate.run_plans import RunPlan
from ..estate.servers import BackupServer
from ..estate.state import State
from .lasting import STOPPED, WORKING
from .view import View

TASK_IDS = 1
DAY, KEPT = timedelta(days=1), timedelta(days=30)
# How many sessions there have been before the start
PAST = 3


@dataclass(eq=False)
class CdpSession:
    """ended: None while it goes on."""

    view: View
    id: str
    server: BackupServer
    policy_id: str
    policy_name: str
    created: datetime
    machines: tuple[JobObject, ...]
    plan: RunPlan
    ended: datetime | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:CdpReplicaSession:{self.id}"

    @property
    def policy_uid(self) -> str:
        return f"urn:veeam:CdpPolicy:{self.policy_id}"

    @property
    def name(self) -> str:
        return f"{self.policy_name}@{self.view.stamp(self.created)}"

    @property
    def created_text(self) -> str:
        return self.view.text(self.created)

    @property
    def end_text(self) -> str:
        return self.view.text(self.ended) if self.ended is not None else ""

    @property
    def state(self) -> str:
        return WORKING if self.ended is None else STOPPED

    @property
    def result(self) -> str:
        return "None" if self.ended is None else self.plan.result or "Success"


@dataclass(eq=False)
class CdpTaskSession:
    """A machine in a session."""

    session: CdpSession
    number: int

    @property
    def id(self) -> str:
        return derived(self.session.id, TASK_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:CdpReplicaTaskSession:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.session.server

    @property
    def machine(self) -> JobObject:
        return self.session.machines[self.number]

    @property
    def name(self) -> str:
        return f"{self.machine.name}@{self.session.view.stamp(self.session.created)}"

    @property
    def state(self) -> str:
        return "InProgress" if self.session.ended is None else "Completed"

    @property
    def result(self) -> str:
        """As printed it is a success while it goes on."""
        return self.session.plan.machine(self.machine.name).result

    @property
    def reason(self) -> str:
        return self.session.plan.machine(self.machine.name).reason

    @property
    def size(self) -> int:
        return self.session.plan.machine(self.machine.name).size


class CdpSessions:
    """all: oldest first."""

    def __init__(self, state: State, view: View) -> None:
        self.state = state
        self.view = view
        self.all: list[CdpSession] = []
        self._open: dict[str, CdpSession] = {}
        now = view.utc()
        for policy in self._policies():
            latest = _latest(policy, now)
            for back in range(PAST, 0, -1):
                self._begin(policy, latest - DAY * back)
                self._end(policy.id, latest - DAY * (back - 1))
            if policy.schedule_enabled:
                self._begin(policy, latest)
        self.all.sort(key=lambda session: session.created)

    def _policies(self) -> list[CdpPolicy]:
        return [job for job in self.state.jobs.values() if isinstance(job, CdpPolicy)]

    def recent(self) -> list[CdpSession]:
        oldest = self.view.utc() - KEPT
        return [session for session in self.all if session.created >= oldest]

    def machines_of(self, session: CdpSession) -> list[CdpTaskSession]:
        return [CdpTaskSession(session, number) for number in range(len(session.machines))]

    def tick(self) -> None:
        now = self.view.utc()
        policies = {policy.id: policy for policy in self._policies()}
        for identity in [identity for identity in self._open if identity not in policies]:
            self._end(identity, now)
        for policy in policies.values():
            session = self._open.get(policy.id)
            if not policy.schedule_enabled:
                if session is not None:
                    self._end(policy.id, now)
            elif session is None:
                self._begin(policy, now)
            else:
                self._follow(policy, session, now)

    def _follow(self, policy: CdpPolicy, session: CdpSession, now: datetime) -> None:
        """A day after its begin the next one takes its place."""
        while session.created + DAY <= now:
            following = session.created + DAY
            if now - following > KEPT:
                # nobody can see those before
                following += DAY * ((now - following - KEPT) // DAY)
            self._end(policy.id, session.created + DAY)
            session = self._begin(policy, following)

    def _begin(self, policy: CdpPolicy, at: datetime) -> CdpSession:
        identity = str(uuid5(UUID(policy.id), f"session {at.isoformat()}"))
        session = CdpSession(
            self.view, identity, policy.server, policy.id, policy.name, at, policy.objects, policy.runs or RunPlan()
        )
        self.all.append(session)
        self._open[policy.id] = session
        policy.next_run = self.view.text(at + DAY)
        policy.changed()
        return session

    def _end(self, policy_id: str, at: datetime) -> None:
        self._open.pop(policy_id).ended = at


def _latest(policy: CdpPolicy, now: datetime) -> datetime:
    """When the session of that time began."""
    begin = datetime.fromisoformat(f"{now:%Y-%m-%d}T{policy.session_at}+00:00")
    return begin if begin <= now else begin - DAY
