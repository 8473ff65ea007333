# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: steps from Running over OperationFinished to Finished (em_rest tasks_id, get_tasks_id).

A step lasts a number of polls or a number of seconds. What counts as a poll of a task: a GET of it or of ``/tasks`` in
its session. A client that cannot poll a task looks for its job instead, or reads the job; so that counts as well when
it comes from another session, or when the answer that carries the task id never reached the client.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..estate.machines import CONSOLE
from ..estate.sessions import Session
from ..tester.clock import Clock
from ..tester.switches import Switches
from ..wire.links import Link

RUNNING, OPERATION_FINISHED, FINISHED = "Running", "OperationFinished", "Finished"
_ORDER = {RUNNING: 0, OPERATION_FINISHED: 1, FINISHED: 2}
_STEP_NAMES = {"running": RUNNING, "operation_finished": OPERATION_FINISHED}


@dataclass(frozen=True)
class Step:
    """polls or seconds, the other one is None."""

    state: str
    polls: int | None = None
    seconds: float | None = None


def parse_steps(text: str) -> tuple[Step, ...]:
    """``running:2,operation_finished:0.5s``; a step that is not named is not shown."""
    steps = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _unused, amount = part.partition(":")
        if name not in _STEP_NAMES:
            raise ValueError(f"task step {name!r} is not one of {', '.join(_STEP_NAMES)}")
        state = _STEP_NAMES[name]
        try:
            if amount.endswith("s"):
                step = Step(state, seconds=float(amount[:-1]))
            else:
                step = Step(state, polls=int(amount or 1))
        except ValueError:
            raise ValueError(f"task step {part!r}: a number of polls (2) or of seconds (0.5s) is expected") from None
        steps.append(step)
    return tuple(steps)


def default_steps(product: str) -> str:
    """OperationFinished is on the pages from 10 on; those of 9.0 and 9.5 know Running and Finished only."""
    return "running:1" if product == "9.5u4" else "running:1,operation_finished:1"


class JobName(NamedTuple):
    """id: None where the job is still to be made."""

    name: str
    id: str | None


class Work:
    """What a task does. Subclasses override; the defaults do nothing and succeed. cause: whose request it is of."""

    message: str | None = "Ok"  # of a task that has succeeded
    cause = CONSOLE
    vanished = False  # EM forgets the task with what it worked on

    def of_job(self) -> JobName | None:
        """The job that it is about."""
        return None

    def operate(self) -> str | None:
        """The work on the backup server; called once, when Running ends. A text is the message of a failure."""
        return None

    def finish(self) -> tuple[Link, ...]:
        """EM reads the result into its database; called once, after operate(). Related links of the task."""
        return ()

    def cancel(self) -> None:
        """The task was stopped before operate()."""


@dataclass(eq=False)
class Task:
    """polls: GETs that read it. orphan: nobody can poll it, job look-ups do. hold: state that it shows for ever.

    freeze: with hold, the work does not go on either. lost: EM has forgotten it, the work goes on.
    """

    id: str
    session: Session
    operation: str
    steps: tuple[Step, ...]
    work: Work
    switches: Switches
    clock: Clock
    polls: int = 0
    orphan: bool = False
    hold: str | None = None
    freeze: bool = False
    lost: bool = False
    no_link: bool = False
    cancelled: bool = False
    real_state: str = RUNNING
    failure: str | None = None
    related: tuple[Link, ...] = ()
    polls_when_finished: int = 0
    _step: int = 0
    _shown: int = 0

    def __post_init__(self) -> None:
        self._entered = self.clock.monotonic()

    @property
    def active(self) -> bool:
        return self.real_state != FINISHED and not self.cancelled

    @property
    def state(self) -> str:
        if self.hold == RUNNING:
            return RUNNING
        if self.hold == OPERATION_FINISHED and self.real_state == FINISHED and self.failure is None:
            return OPERATION_FINISHED
        return self.real_state

    def advance(self, poll: bool) -> None:
        """Move on by one poll (or only by time) to the state that the next answer shows."""
        now = self.clock.monotonic()
        while self.active:
            if self._step >= len(self.steps):
                self._enter(FINISHED)
                return
            step = self.steps[self._step]
            if step.state != self.real_state and not (self._enter(step.state) and self.active):
                return
            if step.seconds is not None:
                if now - self._entered < step.seconds:
                    return
                self._entered += step.seconds
            elif self._shown < (step.polls or 0):
                self._shown += poll
                return
            elif self._shown and not poll:
                return
            else:
                self._entered = now
            self._step, self._shown = self._step + 1, 0

    def run_to_end(self) -> None:
        """Nobody will ask again: finish now; work that never ends is given up."""
        if self.freeze:
            self.cancel()
        elif self.active:
            self._enter(FINISHED)

    def cancel(self) -> None:
        """Stop before the work is done; work that is done on the backup server cannot be taken back."""
        if not self.active:
            return
        if self.real_state == RUNNING:
            self.cancelled = True
            self.work.cancel()
        else:
            self.freeze = False
            self._enter(FINISHED)

    def _enter(self, state: str) -> bool:
        """Whether the task moved; a frozen task goes no further than the state that it holds."""
        if self.freeze and self.hold is not None and _ORDER[state] > _ORDER[self.hold]:
            state = self.hold
        if state == self.real_state:
            return False
        if self.real_state == RUNNING:
            self.failure = self.work.operate()
            if self.failure is not None and self.switches["failed_task_operation_finished"] == "skipped":
                state = FINISHED
        self.real_state = state
        if state == FINISHED:
            self.polls_when_finished = self.polls
            if self.failure is None:
                self.related = self.work.finish()
        return True

    def links(self) -> tuple[Link, ...]:
        if self.state != FINISHED or self.no_link:
            return ()
        choice = self.switches["finished_link"]
        if choice == "absent":
            return ()
        if choice == "other_name":
            return tuple(link._replace(name=f"{link.name} 2026-01-05") for link in self.related)
        return self.related * (2 if choice == "doubled" else 1)

    def result(self) -> dict[str, Any] | None:
        if self.state == RUNNING:
            return None
        if self.state == OPERATION_FINISHED and self.failure is None:
            if self.switches["operation_finished_success"] == "missing":
                return None
            result: dict[str, Any] = {"Message": "OperationFinished", "Success": True}
        elif self.state == OPERATION_FINISHED:
            good = self.switches["failed_task_operation_finished"] == "true"
            result = {"Message": "OperationFinished" if good else self.failure, "Success": good}
        elif self.failure is not None:
            result = {"Message": self.failure, "Success": False}
        else:
            result = {"Message": self.work.message, "Success": True}
        if self.switches["result_confirmation_members"]:
            result.update(CredentialsNeeded=False, ConfirmationNeeded=False)
        return result


class Tasks:
    """All tasks of all sessions. Ids count up per session or over all, by switch."""

    def __init__(self, steps: tuple[Step, ...], switches: Switches, clock: Clock) -> None:
        self.steps = steps
        self.switches = switches
        self.clock = clock
        self.all: list[Task] = []
        self._active: list[Task] = []
        self._by_key: dict[tuple[str, str], Task] = {}
        self._counts: dict[str, int] = {}

    def start(self, session: Session, operation: str, work: Work, at_once: bool = False) -> Task:
        scope = session.id if self.switches["task_numbering"] == "session" else ""
        self._counts[scope] = number = self._counts.get(scope, 0) + 1
        steps = () if at_once else self.steps
        task = Task(f"task-{number}", session, operation, steps, work, self.switches, self.clock)
        self.all.append(task)
        self._active.append(task)
        self._by_key[session.id, task.id] = task
        return task

    def find(self, session: Session, identity: str) -> Task | None:
        """The task as this session may see it, or None."""
        task = self._by_key.get((session.id, identity))
        if task is None and self.switches["task_of_other_session"] == "visible":
            task = next((item for item in self.all if item.id == identity), None)
        if task is None or task.lost or task.work.vanished:
            return None
        retention = self.switches["task_retention"]
        if retention and task.state == FINISHED and task.polls - task.polls_when_finished >= retention:
            return None
        return task

    def of_session(self, session: Session) -> list[Task]:
        own = [task for (owner, _unused), task in self._by_key.items() if owner == session.id]
        return [task for task in own if self.find(session, task.id)]

    def poll(self, task: Task) -> None:
        task.polls += 1
        task.orphan = False
        task.advance(poll=True)

    def remove(self, task: Task) -> None:
        self._by_key.pop((task.session.id, task.id), None)

    def active(self) -> Iterable[Task]:
        self._active = [task for task in self._active if task.active]
        return self._active

    def tick(self) -> None:
        """Steps that last seconds go on although nobody asks."""
        for task in list(self.active()):
            if task.steps and task.steps[min(task._step, len(task.steps) - 1)].seconds is not None:
                task.advance(poll=False)

    def job_lookup(self, session: Session) -> None:
        for task in list(self.active()):
            if task.orphan or task.lost or not task.session.open or task.session is not session:
                task.advance(poll=True)

    def session_over(self, session: Session, logged_out: bool) -> None:
        """Nobody will poll the tasks of this session any more. A logout completes them (or stops them, by switch);
        after an expiry they go on with the look-ups of other sessions."""
        for task in list(self.active()):
            if task.session is not session:
                continue
            if self.switches["tasks_after_logout"] == "stop":
                task.cancel()
            elif task.freeze or logged_out and all(step.seconds is None for step in task.steps):
                task.run_to_end()
