# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making one clone: send it once, follow its task, and prove by name that exactly one job came of it.

Whatever breaks after the request has gone out ends in a look-up by name on the right backup server until the
deadline: EM has no request id, and a task is lost with its session (EM reference: post_jobs_id_actionclone, tasks).
"""

from __future__ import annotations

import traceback
import typing as t

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed, TaskReport
from .._em.reference import quoted
from .._em.task import ENDED, FAILED, SUCCEEDED, Task
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, VeeamError, own_mistake, telling
from .._http.retry import LOOK, READ
from .._resources.job import JOB, Job
from .plan import Plan
from .spec import write

T = t.TypeVar("T")

_RUN_AGAIN = "Run the same task again: it finds the job, or makes it."


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


class Unverified(t.NamedTuple):
    """A clone whose task succeeded and links to the new job; that there is exactly one job is still to be proved."""

    clone: _Clone

    def read_back(self) -> Flow[Made]:
        """Prove it for this one alone, with the patience that its deadline allows."""
        return (yield from self.clone.guarded(self.clone.read_back))


def clone(em: EnterpriseManager, plan: Plan, waiting: CloneWait, deadline: float) -> Flow[Made | Unverified]:
    """Clone as planned. Raises CloneFailed, whose msg says what is known: sent or not, task, state, where to look.

    deadline: monotonic time up to which the outcome is waited for.
    """
    one = _Clone(em, plan, waiting, deadline)
    return (yield from one.guarded(one.run))


def prove(em: EnterpriseManager, unverified: t.Sequence[Unverified]) -> Flow[list[Made | Unverified]]:
    """Read all the new jobs back by name, in as few queries as possible.

    Those for which EM shows exactly the linked job are made; the others remain for read_back().
    """
    deadline = max(item.clone.deadline for item in unverified)
    for item in unverified:
        # What is left to do could not begin before the last of them had ended.
        item.clone.deadline = deadline
    try:
        jobs = yield from em.named(JOB, [item.clone.name for item in unverified], deadline)
    except Exception:  # pylint: disable=broad-except
        # Whatever it was, each of them is looked at alone.
        return list(unverified)
    by_name: dict[str, list[Job]] = {}
    for job in jobs:
        by_name.setdefault(job.name, []).append(job)
    return [item.clone.proved_by(by_name.get(item.clone.name, [])) or item for item in unverified]


class _Clone:
    def __init__(self, em: EnterpriseManager, plan: Plan, waiting: CloneWait, deadline: float) -> None:
        self.em = em
        self.plan = plan
        self.waiting = waiting
        self.deadline = deadline
        self.patience = tasks.Patience(deadline, waiting.poll_interval, wait.last_look(waiting.wait_timeout))
        self.name = plan.request.name
        self.sent_at = em.clock()
        self.ended_at: float | None = None
        self.task: Task | None = None
        self.trouble: ExchangeError | None = None
        self.warnings: list[str] = []
        #: What a look together with others showed of the name, for when there is no time for another.
        self.shown: list[Job] = []

    # -- the way ---------------------------------------------------------------------------------------------------

    def guarded(self, flow: t.Callable[[], Flow[T]]) -> Flow[T]:
        """The flow; a mistake in this collection must neither take the other clones along nor hide what was sent."""
        try:
            return (yield from flow())
        except VeeamError:
            raise
        except Exception as error:
            raise CloneFailed(
                f"{own_mistake(error)} The clone {self._title} may have been sent: look for the job on backup "
                f"server {self.plan.server.name}. {_RUN_AGAIN}",
                True,
                task_report=self._report(),
                exception=traceback.format_exc(),
            ) from error

    def run(self) -> Flow[Made | Unverified]:
        self.sent_at = self.em.clock()
        # Never sent twice once a byte of it has gone out.
        path, body = f"{self.plan.source.path}?action=clone", write(self.plan.spec, self.em.media_type)
        request = self.em.order("POST", path, self.name, self.patience.until, body)
        sent = yield from order.send(self.em, request, self.deadline)
        if isinstance(sent, order.Unaccepted):
            if sent.how == order.NOT_SENT:
                raise self._not_sent(sent.error) from sent.error
            if sent.is_error_of_em:
                return (yield from self._after_error(sent))
            if sent.how == order.UNANSWERED:
                return (yield from self._after_lost_answer(sent.error))
            return (yield from self._after_refusal(sent))
        self.task = sent.task
        if not self.waiting.wait:
            return self._made(
                True,
                None,
                f"Enterprise Manager accepted the clone {self._title} as {self.task.id}; the task did not "
                "wait for its end.",
            )
        return (yield from self._watch(sent.task, sent.token))

    def _watch(self, task: Task, token: str | None) -> Flow[Made | Unverified]:
        """Follow the task to its end, or to a look-up by name where it has none."""
        followed = yield from tasks.follow(self.em, task, self.patience, token, self._glance)
        self.task, self.trouble, self.ended_at = followed.task, followed.trouble, followed.ended_at
        if followed.how == SUCCEEDED:
            if self._linked is not None and self._other_name is None:
                return Unverified(self)
            return (yield from self.read_back())
        if followed.how == FAILED:
            return (yield from self._after_failed_task())
        if followed.how == ENDED:
            return (yield from self._find(f"{task.id} finished without saying how"))
        if followed.how == tasks.SEEN:
            self.warnings.append(f"{task.id} of clone {self._title} is still {self.task.state}, but the job is there.")
            return self._one_of(followed.seen)
        if followed.how == tasks.SESSION_OVER:
            return (yield from self._find(self._session_over))
        if followed.how == tasks.TIMED_OUT:
            return (yield from self._after_timeout())
        trouble = t.cast(ExchangeError, followed.trouble)
        if followed.how == tasks.LOST:
            return (yield from self._find(f"{task.id} cannot be read any more ({trouble.reason})"))
        raise self._unknown(trouble) from trouble

    def _glance(self, task: Task) -> Flow[list[Job] | None]:
        """The jobs that are there under the wanted name, although the task has not ended."""
        return self._on_server((yield from self.em.named(JOB, [self.name], self.deadline))) or None

    # -- looking by name -------------------------------------------------------------------------------------------

    def _look_once(self, purpose: str = READ) -> Flow[list[Job]]:
        """Jobs of the wanted name on the source's backup server. Where EM cannot be asked: trouble, and those shown."""
        before, self.trouble = self.trouble, None
        try:
            jobs = yield from self.em.named(JOB, [self.name], self.deadline, purpose)
        except ExchangeError as error:
            self.trouble = telling(error, before)
            return self.shown
        return self._on_server(jobs)

    def _on_server(self, jobs: t.Iterable[Job]) -> list[Job]:
        return [job for job in jobs if job.server is not None and job.server.id == self.plan.server.id]

    def _look(self, until: float) -> Flow[list[Job]]:
        """Look until there is one, at least once."""
        until = min(until, self.deadline)
        purpose = LOOK if until == self.deadline else READ
        for pause in wait.pauses(self.waiting.poll_interval):
            jobs = yield from self._look_once(purpose)
            trouble = self.trouble
            hopeless = trouble is not None and (trouble.permanent or trouble.status in (401, 403))
            if jobs or hopeless or self.em.clock() + pause >= until:
                return jobs
            yield Pause(pause)
        return []

    def _find(self, why: str) -> Flow[Made]:
        """The outcome is not known from the task: the job itself decides, looked for until the deadline."""
        cause = self.trouble
        jobs = yield from self._look(self.deadline)
        if jobs:
            made = self._one_of(jobs)
            return made._replace(msg=f"{made.msg} (Looked up by name, because {why}.)", looked_up=True)
        raise self._unknown(cause or self.trouble, why)

    # -- the ends --------------------------------------------------------------------------------------------------

    def _not_sent(self, error: ExchangeError) -> CloneFailed:
        if self.em.clock() >= self.patience.until:
            why = f"the look-ups before it had taken all of wait_timeout ({self.waiting.wait_timeout:g} seconds)"
        else:
            why = error.reason
        sentence = f"The clone {self._title} was not sent, nothing was created: {why}. {error.hint}"
        return self._failed(sentence.rstrip(), False, error)

    def _after_lost_answer(self, error: ExchangeError) -> Flow[Made]:
        self.trouble = error
        return (yield from self._find(f"the answer to the clone request was lost ({error.reason})"))

    def _after_error(self, sent: order.Unaccepted) -> Flow[Made]:
        """Enterprise Manager answered 5xx, which proves nothing."""
        error = sent.error
        jobs = yield from self._look(self.em.clock() + wait.grace(self.waiting.poll_interval))
        if jobs:
            made = self._one_of(jobs)
            return made._replace(msg=f"{made.msg} {sent.all_the_same}", looked_up=True)
        if self.trouble is not None:
            raise self._unknown(error, error.reason)
        raise self._failed(
            f"Enterprise Manager refused the clone {self._title}: {error.reason}. Nothing was created as far as is "
            f"known, no such job is on backup server {self.plan.server.name}. {error.hint}".rstrip(),
            False,
            error,
        )

    def _after_refusal(self, refusal: order.Unaccepted) -> Flow[Made]:
        """The request was refused. Another run may have been faster; if not, nothing was created."""
        error, locked_out = refusal.error, refusal.locked_out
        if locked_out is not None:
            sentence = f"The clone {self._title} was refused, nothing was created: {locked_out.msg}"
            raise self._failed(sentence, False, error) from locked_out
        if refusal.how == order.EXPIRED:
            hint = "A new session was opened, but a clone is sent only once: run the same task again."
        else:
            hint = error.hint
        return (yield from self._unchanged_or_failed(f"refused the clone {self._title}", error.reason, error, hint))

    def _after_failed_task(self) -> Flow[Made]:
        task = t.cast(Task, self.task)
        said = task.message or "without a message"
        what = f"could not make the clone {self._title} ({task.id} failed)"
        return (yield from self._unchanged_or_failed(what, said, order.failure_of(task)))

    def _unchanged_or_failed(
        self, what: str, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = ""
    ) -> Flow[Made]:
        jobs = yield from self._look(self.em.clock() + wait.grace(self.waiting.poll_interval))
        if jobs:
            self._refuse_several(jobs, changed=False)
            return self._made(
                False,
                jobs[0],
                "Enterprise Manager {}, but job {} is on {} by now, made by somebody else: {}.".format(
                    what, quoted(self.name), self.plan.server.name, said.rstrip(".")
                ),
            )
        known = (
            "Nothing was created."
            if self.trouble is None
            else f"Whether a job was made all the same could not be read ({self.trouble.reason})."
        )
        sentence = f"Enterprise Manager {what}: {said.rstrip('.')}. {known} {hint}"
        raise self._failed(sentence.rstrip(), False, cause)

    @property
    def _linked(self) -> tuple[str, str | None] | None:
        """Id and name of the job that the task links to, None where it links to none or to several."""
        related = self.task.related if self.task else ()
        return related[0] if len(related) == 1 else None

    @property
    def _other_name(self) -> str | None:
        """What the task's link calls the new job, where that is not the wanted name."""
        name = self._linked[1] if self._linked is not None else None
        return None if name == self.name else name

    def proved_by(self, jobs: t.Iterable[Job]) -> Made | None:
        """How it ended if the jobs of this name are exactly the one that the task links to."""
        self.shown = self._on_server(jobs)
        if self._linked is None or [job.id for job in self.shown] != [self._linked[0]]:
            return None
        return self._made(True, self.shown[0], self._cloned)

    def read_back(self) -> Flow[Made]:
        """After success, read the new job by name: that proves there is exactly one, and tells what EM made of it."""
        linked, other_name = self._linked, self._other_name
        by_id: Job | None = None
        sure = linked is not None
        if linked is not None and other_name is not None:
            # The reference's own example links to a job under another name, so the job itself is asked.
            by_id = yield from self._job(linked[0])
            sure = by_id is not None
        until = self.em.clock() + wait.grace(self.waiting.poll_interval) if sure else self.deadline
        jobs = yield from self._look(until)
        if jobs:
            return (yield from self._check_link(jobs, linked, by_id))
        if linked is None:
            raise self._unknown(self.trouble, "the task succeeded without a link to the job")
        by_id = by_id or (yield from self._job(linked[0]))
        if by_id is not None and by_id.name != self.name:
            raise self._failed(
                f"Enterprise Manager made the clone {self._title} under another name: job "
                f"{quoted(by_id.name)} ({self.em.href(by_id.path)}). Rename it, or delete it and run "
                "the task again.",
                True,
            )
        if by_id is None:
            if other_name is not None:
                named = f"the task succeeded with a link to a job named {quoted(other_name)}, which could not be read"
                raise self._unknown(self.trouble, named)
            why = f" ({self.trouble.reason})" if self.trouble else ""
            self.warnings.append(
                f"The task for job {quoted(self.name)} succeeded, but Enterprise Manager does not show the "
                f"job yet{why}."
            )
            spec = self.plan.spec
            by_id = Job(
                linked[0],
                self.name,
                self.plan.server,
                spec.job_type,
                self.plan.source.platform,
                spec.values.get("Description"),
            )
        return self._made(True, by_id, self._cloned)

    def _check_link(self, jobs: list[Job], linked: tuple[str, str | None] | None, by_id: Job | None) -> Flow[Made]:
        """The task's link and the look-up by name must mean the same job."""
        if linked is not None and linked[0] not in {job.id for job in jobs}:
            by_id = by_id or (yield from self._job(linked[0]))
            if by_id is not None:
                self._refuse_several([*jobs, by_id])
        return self._one_of(jobs)

    def _job(self, identifier: str) -> Flow[Job | None]:
        try:
            return (yield from self.em.one(JOB, identifier, self.deadline))
        except ExchangeError as error:
            self.trouble = telling(error, self.trouble)
            return None

    def _one_of(self, jobs: list[Job]) -> Made:
        self._refuse_several(jobs)
        return self._made(True, jobs[0], self._cloned)

    def _refuse_several(self, jobs: list[Job], changed: bool = True) -> None:
        """Two runs at once, on a server that lets both through. changed: whether one of them may be this task's."""
        everything = {job.id: job for job in jobs}
        if len(everything) > 1:
            listed = ", ".join(f"{quoted(job.name)} ({self.em.href(job.path)})" for job in everything.values())
            raise self._failed(
                "There are %d jobs now where one was wanted, on backup server %s: %s. Two runs at once may have made "
                "them; delete all but one." % (len(everything), self.plan.server.name, listed),
                changed,
            )

    def _after_timeout(self) -> Flow[Made]:
        self.task = t.cast(Task, self.task)
        sentence = (
            f"The clone {self._title} was accepted, but not finished within wait_timeout "
            f"({self.waiting.wait_timeout:g} seconds): {self.task.id} is {self.task.state} after "
            f"{self._elapsed:.1f} seconds."
        )
        if self.trouble is not None:
            sentence += f" The last request failed: {self.trouble.reason}."
        if self.waiting.cancel_on_timeout:
            try:
                # Half of one request's time; the logout has the other half.
                yield from self.em.cancel(self.task, self.em.clock() + self.waiting.timeout / 2)
            except ExchangeError as error:
                sentence += f" Cancelling {self.task.id} failed: {error.reason}."
            else:
                sentence += f" {self.task.id} was removed, as on_timeout asks."
        raise self._failed(
            f"{sentence} It may still appear on backup server {self.plan.server.name}. {_RUN_AGAIN}",
            True,
            self.trouble,
        )

    def _unknown(self, cause: ExchangeError | None, why: str | None = None) -> CloneFailed:
        reason = why or (cause.reason if cause else "Enterprise Manager did not say")
        task = f"Its task is {self.task.id}, last seen {self.task.state}" if self.task else "No task of it is known"
        server = self.plan.server.name
        if self.trouble is None:
            seconds = self.em.clock() - self.sent_at
            seen = f"no job of that name was found on backup server {server} within {seconds:.1f} seconds"
        else:
            why_not = f" ({self.trouble.reason})" if self.trouble is not cause else ""
            seen = f"whether the job is on backup server {server} could not be read{why_not}"
        return self._failed(
            f"The clone {self._title} was sent, but its outcome is unknown: {reason}. {task}, and {seen}; it "
            f"may still appear. {_RUN_AGAIN}",
            True,
            cause,
        )

    # -- the words -------------------------------------------------------------------------------------------------

    @property
    def _title(self) -> str:
        return f"{quoted(self.name)} of job {quoted(self.plan.source.name)}"

    @property
    def _cloned(self) -> str:
        return (
            f"Cloned job {quoted(self.plan.source.name)} to {quoted(self.name)} on backup server "
            f"{self.plan.server.name}."
        )

    @property
    def _session_over(self) -> str:
        self.task = t.cast(Task, self.task)
        return f"the logon session ended while {self.task.id} was {self.task.state}"

    @property
    def _elapsed(self) -> float:
        return round((self.ended_at or self.em.clock()) - self.sent_at, 3)

    def _report(self) -> TaskReport | None:
        return TaskReport(self.task, self._elapsed) if self.task else None

    def _made(self, changed: bool, job: Job | None, msg: str) -> Made:
        return Made(self.plan, changed, job, self._report(), msg, tuple(self.warnings))

    def _failed(self, msg: str, changed: bool, cause: ExchangeError | dict[str, t.Any] | None = None) -> CloneFailed:
        return CloneFailed(msg, changed, cause, task_report=self._report())
