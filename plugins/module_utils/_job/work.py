# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job under way: what is known of it so far, and how it ends."""

from __future__ import annotations

import traceback
import typing as t

from .._clone.work import CloneWait
from .._em import wait
from .._em.calls import EnterpriseManager
from .._em.follow_task import Followed, Patience
from .._em.order import OrderFailed, TaskReport
from .._em.reference import quoted
from .._em.task import FAILED, verdict
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError, own_mistake
from .._resources.job_entity import JobEntity
from .plan import Step, Target

T = t.TypeVar("T")

RUN_AGAIN = "Run the same task again: it goes on from what is there."


class Taken(t.NamedTuple):
    """A step that was sent, or that check mode predicts; report: the last that was seen of its task."""

    step: Step
    report: TaskReport | None = None


def done(taken: t.Iterable[Taken]) -> list[Taken]:
    """Without the steps whose tasks failed: if the job shows one all the same, somebody else has done it."""
    return [item for item in taken if item.report is None or verdict(item.report.task) != FAILED]


class Attempt(t.NamedTuple):
    """What became of a step so far.

    times: how often it was sent. lost: why its outcome is not known from its answer or its task, None where it is.
    trouble: what kept it from being known.
    """

    times: int = 0
    lost: str | None = None
    trouble: ExchangeError | None = None


class Known(t.NamedTuple):
    """What is known of the job so far.

    job: as it was last read, None where it is not there yet. changed: something was sent that the server took, or may
    have taken. remark: what else there is to say. attempts: by the key of the step.
    """

    job: JobEntity | None
    taken: tuple[Taken, ...] = ()
    changed: bool = False
    warnings: tuple[str, ...] = ()
    remark: str = ""
    attempts: t.Mapping[tuple[str, str], Attempt] = {}

    @property
    def read(self) -> JobEntity:
        """The job, where it is there."""
        return t.cast(JobEntity, self.job)

    def attempt(self, step: Step) -> Attempt:
        return self.attempts.get(step.key, Attempt())

    def with_attempt(self, step: Step, attempt: Attempt) -> Known:
        return self._replace(attempts={**self.attempts, step.key: attempt})

    def with_step(self, step: Step) -> Known:
        """The step is sent, and not known to have been refused."""
        return self._replace(taken=(*self.taken, Taken(step)), changed=True)

    def with_report(self, followed: Followed, elapsed: float) -> Known:
        """The task of the last step was followed. elapsed: seconds."""
        last = self.taken[-1]._replace(report=TaskReport(followed.task, round(elapsed, 3)))
        return self._replace(taken=(*self.taken[:-1], last))


class Changed(t.NamedTuple):
    """How it ended well.

    job: None where it is gone. found, target: the job as somebody else made it while this run was about to, and what
    it should be; None where nobody did.
    """

    job: JobEntity | None
    taken: tuple[Taken, ...]
    changed: bool
    warnings: tuple[str, ...] = ()
    remark: str = ""
    found: JobEntity | None = None
    target: Target | None = None


class ChangeFailed(OrderFailed):
    """A job that is not as wanted. taken: what was sent up to then. job: as it was last read, None if it never was."""

    def __init__(
        self,
        msg: str,
        changed: bool,
        cause: ExchangeError | dict[str, t.Any] | None = None,
        taken: tuple[Taken, ...] = (),
        job: JobEntity | None = None,
        warnings: tuple[str, ...] = (),
        **facts: t.Any,
    ) -> None:
        super().__init__(msg, changed, cause, **facts)
        self.taken = taken
        self.job = job
        self.warnings = warnings


class JobWork(t.NamedTuple):
    """The job that is to be brought to what is wanted. name: the one that was given. deadline: monotonic seconds."""

    em: EnterpriseManager
    name: str
    waiting: CloneWait
    deadline: float

    @property
    def patience(self) -> Patience:
        return Patience(self.deadline, self.waiting.poll_interval, wait.last_look(self.waiting.wait_timeout))

    def title(self, known: Known) -> str:
        """The job inside a sentence."""
        return f"job {self._quoted(known)}"

    def heading(self, known: Known) -> str:
        """The job at the beginning of a sentence."""
        return f"Job {self._quoted(known)}"

    def _quoted(self, known: Known) -> str:
        return quoted(self.name if known.job is None else known.job.name)

    def guarded(self, known: Known, flow: Flow[T]) -> Flow[T]:
        """The flow; a mistake in this collection must neither take the other jobs along nor hide what was sent."""
        try:
            return (yield from flow)
        except VeeamError:
            raise
        except Exception as error:
            trace = traceback.format_exc()
            raise self.failed(known, f"{own_mistake(error)} {RUN_AGAIN}", exception=trace) from error

    # -- how it ends -----------------------------------------------------------------------------------------------

    def ended(self, known: Known, job: JobEntity | None) -> Changed:
        return Changed(job, known.taken, known.changed, known.warnings, known.remark)

    def failed(
        self, known: Known, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None, **facts: t.Any
    ) -> ChangeFailed:
        return ChangeFailed(msg, known.changed, cause, known.taken, known.job, known.warnings, **facts)
