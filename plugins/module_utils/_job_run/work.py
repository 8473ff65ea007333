# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job that is started or stopped: what is known of it, what was sent for it, and how that ends."""

from __future__ import annotations

import typing as t

from .._em import order, wait
from .._em.calls import EnterpriseManager
from .._em.follow_task import Patience
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._resources.follow_session import LAG, SOON, Watch
from .._resources.job import Job
from .._resources.job_session import JobSession, TaskSession
from . import plan


class RunWait(t.NamedTuple):
    """The wait options; times in seconds. wait: also for the end of the session. in_vain: that was asked for, but the
    job is one that cannot be waited for."""

    wait: bool
    wait_for_retries: bool
    accept: tuple[str, ...]
    wait_timeout: float
    poll_interval: float
    in_vain: bool = False


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


class Known(t.NamedTuple):
    """What is known so far of a job and its run.

    changed: something was sent that the server took, or may have taken. trouble: why no more is known. remark: what
    happened on the way that the user should know; a sentence.
    """

    changed: bool = False
    session: JobSession | None = None
    trouble: ExchangeError | None = None
    remark: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def followed(self) -> JobSession:
        """The session, where there is one."""
        return t.cast(JobSession, self.session)


class RunWork(t.NamedTuple):
    """A job, and what is asked of it. deadline, began: monotonic seconds. watch: hears of each look at the session."""

    em: EnterpriseManager
    job: Job
    if_running: str
    waiting: RunWait
    deadline: float
    watch: Watch
    began: float

    @property
    def title(self) -> str:
        return quoted(self.job.name)

    @property
    def patience(self) -> Patience:
        """A task only tells that something was triggered; the session tells the rest."""
        until = min(self.deadline, self.em.clock() + LAG)
        return Patience(until, min(SOON, self.waiting.poll_interval), wait.last_look(self.waiting.wait_timeout))

    def send(self, action: str, known: Known) -> Flow[tuple[order.Accepted | order.Unaccepted, Known]]:
        """Send the request, and know of it what its answer says."""
        until = self.deadline - wait.last_look(self.waiting.wait_timeout)
        request = self.em.order("POST", self.job.action(action), self.job.name, until)
        sent = yield from order.send(self.em, request, self.deadline)
        if isinstance(sent, order.Accepted):
            return sent, known._replace(changed=True)
        if sent.how == order.NOT_SENT:
            error = sent.error
            sentence = f"The request to {plan.TO[action]} job {self.title} was not sent: {error.reason}. {error.hint}"
            raise self.failed(known, sentence.rstrip(), error) from error
        if sent.locked_out is not None:
            why = sent.locked_out
            sentence = f"The request to {plan.TO[action]} job {self.title} was refused: {why.msg}"
            raise self.failed(known, sentence, sent.error) from why
        if sent.how == order.UNANSWERED:
            # What was sent may have arrived.
            known = known._replace(changed=True, trouble=sent.error)
        return sent, known

    # -- how it ends -----------------------------------------------------------------------------------------------

    def ran(self, known: Known, msg: str, machines: t.Sequence[TaskSession] = ()) -> Ran:
        msg = f"{msg} {known.remark}".rstrip()
        return Ran(self.job, known.changed, known.session, machines, msg, known.warnings)

    def failed(
        self,
        known: Known,
        msg: str,
        cause: ExchangeError | dict[str, t.Any] | None = None,
        machines: t.Sequence[TaskSession] = (),
    ) -> RunFailed:
        return RunFailed(f"{msg} {known.remark}".rstrip(), known.changed, cause, known.session, machines)

    def refused(
        self, known: Known, action: str, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = ""
    ) -> RunFailed:
        sentence = f"Enterprise Manager refused to {plan.TO[action]} job {self.title}: {said.rstrip('.')}. {hint}"
        return self.failed(known, sentence.rstrip(), cause)

    def unknown(self, known: Known, action: str) -> RunFailed:
        why = f" ({known.trouble.reason})" if known.trouble is not None else ""
        if action == plan.STOP:
            seen = "its session is still running as far as is known"
        else:
            seen = "no session of it has shown up since"
        return self.failed(
            known,
            f"The request to {plan.TO[action]} job {self.title} was sent, but its outcome is not known{why}: "
            f"{seen}. Look at its sessions before you run the same task again.",
            known.trouble,
        )
