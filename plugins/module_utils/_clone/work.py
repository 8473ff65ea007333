# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One clone under way: what is asked for, what is known of it so far, and how it ends."""

from __future__ import annotations

import traceback
import typing as t

from .._em import wait
from .._em.calls import EnterpriseManager
from .._em.follow_task import Patience
from .._em.order import OrderFailed, TaskReport
from .._em.reference import quoted
from .._em.task import Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError, own_mistake
from .._resources.job import Job
from .plan import Plan

T = t.TypeVar("T")

RUN_AGAIN = "Run the same task again: it finds the job, or makes it."


class CloneWait(t.NamedTuple):
    """The module's wait options; times in seconds. timeout is that of one request."""

    wait: bool
    wait_timeout: float
    poll_interval: float
    cancel_on_timeout: bool
    timeout: float


class CloneFailed(OrderFailed):
    """A clone that did not end in exactly one job; its msg says whether it was sent."""


class Made(t.NamedTuple):
    """How a clone ended well. changed is false where somebody else made the job in the meantime.

    looked_up: its task did not tell, the job was found by its name; msg says why.
    """

    plan: Plan
    changed: bool
    job: Job | None
    task: TaskReport | None
    msg: str
    warnings: tuple[str, ...] = ()
    looked_up: bool = False


class Known(t.NamedTuple):
    """What is known of the clone so far.

    task: the last that was seen of it, None where no answer told of one. ended_at: when it was seen to have ended,
    monotonic seconds. warnings: for the user.
    """

    task: Task | None = None
    ended_at: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def linked(self) -> tuple[str, str | None] | None:
        """Id and name of the job that the task links to, None where it links to none or to several."""
        related = self.task.related if self.task else ()
        return related[0] if len(related) == 1 else None


class CloneWork(t.NamedTuple):
    """What is asked for. deadline, sent_at: monotonic seconds."""

    em: EnterpriseManager
    plan: Plan
    waiting: CloneWait
    deadline: float
    sent_at: float

    @property
    def name(self) -> str:
        return self.plan.request.name

    @property
    def server(self) -> str:
        """The name of the backup server on which the job is made."""
        return self.plan.server.name

    @property
    def patience(self) -> Patience:
        return Patience(self.deadline, self.waiting.poll_interval, wait.last_look(self.waiting.wait_timeout))

    @property
    def title(self) -> str:
        return f"{quoted(self.name)} of job {quoted(self.plan.source.name)}"

    def other_name(self, known: Known) -> str | None:
        """What the task's link calls the new job, where that is not the wanted name."""
        name = known.linked[1] if known.linked is not None else None
        return None if name == self.name else name

    def on_server(self, jobs: t.Iterable[Job]) -> list[Job]:
        """Those on the backup server of the source."""
        return [job for job in jobs if job.server is not None and job.server.id == self.plan.server.id]

    def guarded(self, known: Known, flow: Flow[T]) -> Flow[T]:
        """The flow; a mistake in this collection must neither take the other clones along nor hide what was sent."""
        try:
            return (yield from flow)
        except VeeamError:
            raise
        except Exception as error:
            raise CloneFailed(
                f"{own_mistake(error)} The clone {self.title} may have been sent: look for the job on backup "
                f"server {self.server}. {RUN_AGAIN}",
                changed=True,
                task_report=self.report(known),
                exception=traceback.format_exc(),
            ) from error

    # -- how it ends -----------------------------------------------------------------------------------------------

    def elapsed(self, known: Known) -> float:
        """Seconds from the request to the end of the task, or until now."""
        return round((known.ended_at or self.em.clock()) - self.sent_at, 3)

    def report(self, known: Known) -> TaskReport | None:
        return TaskReport(known.task, self.elapsed(known)) if known.task else None

    def accepted(self, known: Known) -> Made:
        """Nobody waits for the end of the task."""
        task = t.cast(Task, known.task)
        msg = f"Enterprise Manager accepted the clone {self.title} as {task.id}; the task did not wait for its end."
        return self._made(known, msg, changed=True)

    def made(self, known: Known, job: Job) -> Made:
        """This task made the job."""
        msg = f"Cloned job {quoted(self.plan.source.name)} to {quoted(self.name)} on backup server {self.server}."
        return self._made(known, msg, changed=True, job=job)

    def made_by_somebody_else(self, known: Known, job: Job, what: str, said: str) -> Made:
        """what: what EM did instead, said: why."""
        msg = (
            f"Enterprise Manager {what}: {said.rstrip('.')}. But job {quoted(self.name)} is on backup server "
            f"{self.server} by now, made by somebody else."
        )
        return self._made(known, msg, changed=False, job=job)

    def _made(self, known: Known, msg: str, *, changed: bool, job: Job | None = None) -> Made:
        return Made(self.plan, changed, job, self.report(known), msg, known.warnings)

    def not_made(self, known: Known, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None) -> CloneFailed:
        """Nothing was created, as far as is known."""
        return CloneFailed(msg, changed=False, cause=cause, task_report=self.report(known))

    def went_wrong(self, known: Known, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None) -> CloneFailed:
        """Something was or may have been created."""
        return CloneFailed(msg, changed=True, cause=cause, task_report=self.report(known))

    def unknown(
        self, known: Known, cause: ExchangeError | None, trouble: ExchangeError | None, why: str | None = None
    ) -> CloneFailed:
        """cause: what kept the answer from being known. trouble: what kept the job from being looked for."""
        reason = why or (cause.reason if cause else "Enterprise Manager did not say")
        task = f"Its task is {known.task.id}, last seen {known.task.state}" if known.task else "No task of it is known"
        if trouble is None:
            seconds = self.em.clock() - self.sent_at
            seen = f"no job of that name was found on backup server {self.server} within {seconds:.1f} seconds"
        else:
            why_not = f" ({trouble.reason})" if trouble is not cause else ""
            seen = f"whether the job is on backup server {self.server} could not be read{why_not}"
        return self.went_wrong(
            known,
            f"The clone {self.title} was sent, but its outcome is unknown: {reason}. {task}, and {seen}; it may still "
            f"appear. {RUN_AGAIN}",
            cause,
        )
