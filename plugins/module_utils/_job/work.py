# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job that is worked on: what is known of it, what was sent for it, and how that ends."""

from __future__ import annotations

import traceback
import typing as t

from .._clone.clone import CloneWait
from .._em import follow_task as tasks
from .._em import wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed, TaskReport
from .._em.reference import quoted
from .._em.task import FAILED, verdict
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError, own_mistake
from .._resources.job_entity import JobEntity
from .plan import Step

RUN_AGAIN = "Run the same task again: it goes on from what is there."


class Taken(t.NamedTuple):
    """A step that was sent, or that check mode predicts; report: the last that was seen of its task."""

    step: Step
    report: TaskReport | None = None


def done(taken: t.Iterable[Taken]) -> list[Taken]:
    """Without the steps whose tasks failed: if the job shows one all the same, somebody else has done it."""
    return [item for item in taken if item.report is None or verdict(item.report.task) != FAILED]


class Changed(t.NamedTuple):
    """How it ended well. job: None where it is gone."""

    job: JobEntity | None
    taken: tuple[Taken, ...]
    changed: bool
    warnings: tuple[str, ...] = ()
    remark: str = ""


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


class JobWork:
    """name: that of the job. job: as it was last read, None where it is not there yet. deadline: monotonic seconds."""

    def __init__(
        self, em: EnterpriseManager, name: str, job: JobEntity | None, waiting: CloneWait, deadline: float
    ) -> None:
        self.em = em
        self.name = name
        self.job = job
        self.waiting = waiting
        self.deadline = deadline
        self.patience = tasks.Patience(deadline, waiting.poll_interval, wait.last_look(waiting.wait_timeout))
        self.taken: list[Taken] = []
        self.changed = False
        self.warnings: list[str] = []
        self.remark = ""
        #: The last that a look at the job met.
        self.trouble: ExchangeError | None = None

    def guarded(self, flow: Flow[Changed]) -> Flow[Changed]:
        """The flow; a mistake in this collection must neither take the other jobs along nor hide what was sent."""
        try:
            return (yield from flow)
        except VeeamError:
            raise
        except Exception as error:
            raise self._failed(f"{own_mistake(error)} {RUN_AGAIN}", exception=traceback.format_exc()) from error

    @property
    def _title(self) -> str:
        return f"job {quoted(self.name if self.job is None else self.job.name)}"

    @property
    def _known(self) -> JobEntity:
        return t.cast(JobEntity, self.job)

    @property
    def _heading(self) -> str:
        return "J" + self._title[1:]

    def _ended(self, job: JobEntity | None) -> Changed:
        return Changed(job, tuple(self.taken), self.changed, tuple(self.warnings), self.remark)

    def _failed(self, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None, **facts: t.Any) -> ChangeFailed:
        return ChangeFailed(msg, self.changed, cause, tuple(self.taken), self.job, tuple(self.warnings), **facts)

    def _take_back(self, changed: bool) -> None:
        """The last step was not sent after all, or the server refused it. changed: what it was before the step."""
        self.taken.pop()
        self.changed = changed

    def _report(self, followed: tasks.Followed, began: float) -> None:
        elapsed = round((followed.ended_at or self.em.clock()) - began, 3)
        self.taken[-1] = self.taken[-1]._replace(report=TaskReport(followed.task, elapsed))
