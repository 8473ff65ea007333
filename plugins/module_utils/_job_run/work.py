# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job that is started or stopped: what is known of it, what was sent for it, and how that ends."""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._resources.job import Job
from .._resources.job_session import JobSession, TaskSession
from . import plan

#: Seconds after which a session that does not show will not: EM reads its backup servers at least that often.
LAG = 900.0
#: Longest pause, in seconds, between two looks at what should show soon.
SOON = 5.0


class RunWait(t.NamedTuple):
    """The wait options; times in seconds. wait: also for the end of the session."""

    wait: bool
    wait_for_retries: bool
    accept: tuple[str, ...]
    wait_timeout: float
    poll_interval: float


class Ran(t.NamedTuple):
    """How it ended well. tasks: what was done with each machine, where the run did not end in Success."""

    job: Job
    changed: bool
    session: JobSession | None
    tasks: t.Sequence[TaskSession]
    msg: str
    warnings: t.Sequence[str] = ()


class RunFailed(OrderFailed):
    """A job that could not be started or stopped, or whose run failed; its msg says which.

    session and tasks: as in Ran.
    """

    def __init__(
        self,
        msg: str,
        changed: bool,
        cause: ExchangeError | dict[str, t.Any] | None = None,
        session: JobSession | None = None,
        tasks: t.Sequence[TaskSession] = (),
    ) -> None:
        super().__init__(msg, changed, cause)
        self.session = session
        self.tasks = tasks


#: Hears of each look at the session that is waited for.
Watch = t.Callable[[JobSession], None]


class RunWork:
    """deadline: monotonic seconds."""

    def __init__(
        self,
        em: EnterpriseManager,
        job: Job,
        if_running: str,
        waiting: RunWait,
        deadline: float,
        watch: Watch,
    ) -> None:
        self.em = em
        self.job = job
        self.if_running = if_running
        self.waiting = waiting
        self.deadline = deadline
        self.watch = watch
        self.began = em.clock()
        #: Something was sent that the server took, or may have taken.
        self.changed = False
        self.session: JobSession | None = None
        self.trouble: ExchangeError | None = None
        self.warnings: list[str] = []
        #: What happened on the way that the user should know; a sentence.
        self.remark = ""

    @property
    def title(self) -> str:
        return quoted(self.job.name)

    @property
    def patience(self) -> tasks.Patience:
        """A task only tells that something was triggered; the session tells the rest."""
        until = min(self.deadline, self.em.clock() + LAG)
        return tasks.Patience(until, min(SOON, self.waiting.poll_interval), tasks.last_look(self.waiting.wait_timeout))

    def send(self, action: str) -> Flow[order.Accepted | order.Unaccepted]:
        """Send the request, and know of it what its answer says."""
        until = self.deadline - tasks.last_look(self.waiting.wait_timeout)
        request = self.em.order("POST", f"{self.job.path}?action={action}", self.job.name, until)
        sent = yield from order.send(self.em, request, self.deadline)
        if isinstance(sent, order.Accepted):
            self.changed = True
        elif sent.how == order.NOT_SENT:
            error = sent.error
            sentence = f"The request to {plan.TO[action]} job {self.title} was not sent: {error.reason}. {error.hint}"
            raise self.failed(sentence.rstrip(), error) from error
        elif sent.locked_out is not None:
            why = sent.locked_out
            sentence = f"The request to {plan.TO[action]} job {self.title} was refused: {why.msg}"
            raise self.failed(sentence, sent.error) from why
        elif sent.how == order.UNANSWERED:
            # What was sent may have arrived.
            self.changed, self.trouble = True, sent.error
        return sent

    # -- how it ends -----------------------------------------------------------------------------------------------

    def ran(self, msg: str, machines: t.Sequence[TaskSession] = ()) -> Ran:
        if self.remark:
            msg = f"{msg} {self.remark}"
        return Ran(self.job, self.changed, self.session, machines, msg, tuple(self.warnings))

    def failed(
        self, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None, machines: t.Sequence[TaskSession] = ()
    ) -> RunFailed:
        if self.remark:
            msg = f"{msg} {self.remark}"
        return RunFailed(msg, self.changed, cause, self.session, machines)

    def refused(self, action: str, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = "") -> RunFailed:
        sentence = f"Enterprise Manager refused to {plan.TO[action]} job {self.title}: {said.rstrip('.')}. {hint}"
        return self.failed(sentence.rstrip(), cause)

    def unknown(self, action: str) -> RunFailed:
        why = f" ({self.trouble.reason})" if self.trouble is not None else ""
        if action == plan.STOP:
            seen = "its session is still running as far as is known"
        else:
            seen = "no session of it has shown since"
        return self.failed(
            f"The request to {plan.TO[action]} job {self.title} was sent, but its outcome is not known{why}: "
            f"{seen}. Look at its sessions before "
            "you run the same task again.",
            self.trouble,
        )
