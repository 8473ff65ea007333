# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing one job to what is wanted: take the first steps of the plan, read the job again, plan again.

What is done twice if it is sent twice (a clone, an object, a toggle) is sent once in a task, whatever becomes of its
answer. After a lost answer the job itself tells, until the deadline (EM reference: put_jobs_id_actionedit,
post_jobs_id_includes, delete_jobs_id_includes_id).
"""

from __future__ import annotations

import typing as t

from .._clone.clone import CloneFailed, CloneWait, Made, Unverified, clone
from .._clone.plan import Plan
from .._em import follow_task as tasks
from .._em import order, wait
from .._em.calls import EnterpriseManager
from .._em.reference import quoted
from .._em.task import ENDED, FAILED, SUCCEEDED, Task
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, Refused, telling
from .._resources.guest_processing import addition_body
from .._resources.job import Job
from .._resources.job_entity import WHOLE_JOB, JobEntity, edit_body
from . import plan
from .plan import Step, Target
from .work import RUN_AGAIN, Changed, ChangeFailed, JobWork, Taken

#: How often a step that is safe to repeat is sent in one task.
MOST = 3
#: A job that was read that many poll intervals ago is read again before the first step.
STALE = 2
#: So many poll intervals a change may take to show before something else is done.
PATIENCE = 6
#: So many seconds an edit that the server says it made may take to show.
LATE = 30.0


class Change(JobWork):
    """One job and what is wanted of it.

    job: as it was read, None where a clone is to be made as planned in cloning. read_at: when it was read; deadline:
    both monotonic seconds. settle: makes of a new clone, and of the target, the target that fits its kind.
    """

    def __init__(
        self,
        em: EnterpriseManager,
        name: str,
        job: JobEntity | None,
        target: Target,
        waiting: CloneWait,
        deadline: float,
        read_at: float,
        cloning: Plan | None = None,
        settle: t.Callable[[JobEntity, Target], Target] = lambda job, target: target,
    ) -> None:
        super().__init__(em, name, job, waiting, deadline)
        self.target = target
        self.read_at = read_at
        self.cloning = cloning
        self.settle = settle
        #: The job as somebody else made it while this run was about to.
        self.found: JobEntity | None = None
        self.times_sent: dict[tuple[str, str], int] = {}
        #: Why the outcome of a step is not known from its answer or its task.
        self.lost: dict[tuple[str, str], str] = {}

    # -- the way ---------------------------------------------------------------------------------------------------

    def run(self) -> Flow[Changed]:
        """Clone the job if it is missing, and take step after step until it is as wanted."""
        if self.job is None:
            yield from self._clone()
        elif self.em.clock() - self.read_at > STALE * self.waiting.poll_interval:
            yield from self._read_again()
        self.target = plan.with_end(self._known, self.target)
        todo = plan.steps(self._known, self.target)
        if self._has_toggles(todo):
            # A toggle flips what is there, whatever was read a while ago.
            yield from self._read_again()
            todo = plan.steps(self._known, self.target)
        while todo:
            part = plan.phase(todo)
            for step in part:
                yield from self._take(step)
            yield from self._read_back(part)
            todo = plan.steps(self._known, self.target)
        return self._ended(self.job)

    # -- the clone -------------------------------------------------------------------------------------------------

    def _clone(self) -> Flow[None]:
        """Make the job, and know it as a whole. The first thing that is asked is what EM made of it."""
        cloning = t.cast(Plan, self.cloning)
        step = Step(plan.CLONE, cloning.source.name)
        sent = len(self.em.sent)
        try:
            made = yield from clone(self.em, cloning, self.waiting, self.deadline)
            if isinstance(made, Unverified):
                made = yield from self._proved(made)
        except CloneFailed as error:
            report = error.facts.get("task_report")
            self.changed = bool(error.facts.get("changed"))
            if len(self.em.sent) > sent:
                self.taken.append(Taken(step, report))
            raise self._failed(error.msg, error.cause) from error
        if made.changed or made.task is not None:
            self.taken.append(Taken(step, made.task))
        self.changed = made.changed
        self.warnings += made.warnings
        if made.looked_up or not made.changed:
            self.remark = made.msg
        # Another run's job is an existing one.
        self.target = self.target._replace(made=made.changed)
        if self.job is None:
            yield from self._read_new(t.cast(Job, made.job))
        self.target = self.settle(self._known, self.target)
        if not made.changed:
            self.found = self.job

    def _proved(self, unverified: Unverified) -> Flow[Made]:
        """Prove that there is exactly one job by the same query that reads it as a whole."""
        try:
            found = yield from self.em.named(WHOLE_JOB, [unverified.clone.name], self.deadline)
        except ExchangeError:
            found = []
        made = unverified.clone.proved_by([job.job for job in found])
        if made is None:
            return (yield from unverified.read_back())
        (self.job,) = [job for job in found if job.job == made.job]
        return made

    def _read_new(self, job: Job) -> Flow[None]:
        """Read a new job as a whole, which EM may not show at once."""
        for pause in wait.pauses(self.waiting.poll_interval):
            try:
                self.job = yield from self.em.one(WHOLE_JOB, job.id, self.deadline)
                return
            except ExchangeError as error:
                self.trouble = error
                unknown = isinstance(error, Refused) and error.from_api and error.status in (400, 404)
                if not unknown or self.em.clock() + pause >= self.deadline:
                    raise self._failed(
                        f"Job {quoted(job.name)} was cloned, but it cannot be read: {error.reason}. It may "
                        "have the template's content and be "
                        f"enabled. {RUN_AGAIN}",
                        error,
                    ) from error
            yield Pause(pause)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> Flow[JobEntity]:
        return (yield from self.em.one(WHOLE_JOB, self._known.id, self.deadline))

    def _read_again(self) -> Flow[None]:
        try:
            self.job = yield from self._read()
        except ExchangeError as error:
            raise self._failed(f"{self._heading} cannot be read: {error.msg}", error) from error

    def _read_back(self, part: t.Sequence[Step]) -> Flow[None]:
        """Read the job until it shows what was sent. Raises ChangeFailed where it does not."""
        undone = list(part)
        began = self.em.clock()
        for pause in wait.pauses(self.waiting.poll_interval):
            trouble: ExchangeError | None = None
            try:
                self.job = yield from self._read()
                undone = [step for step in part if not plan.is_done(step, self._known)]
            except ExchangeError as error:
                trouble = telling(error, self.trouble)
            self.trouble = trouble or self.trouble
            if trouble is None and not undone:
                self.trouble = None
                return
            hopeless = trouble is not None and (trouble.permanent or trouble.status in (401, 403, 404))
            if hopeless or self.em.clock() + pause >= self._until(undone, began):
                break
            yield Pause(pause)
        if trouble is None and all(self._may_be_sent_again(step) for step in undone):
            # It is safe to repeat, and its answer was lost: the plan has it once more.
            return
        raise self._did_not_stick(undone, trouble)

    def _until(self, undone: t.Sequence[Step], began: float) -> float:
        """How long these steps are waited for: as long as there is time, unless something else can be done."""
        poll_interval = self.waiting.poll_interval
        rest = [step for step in undone if not self._may_be_sent_again(step)]
        if not rest:
            return min(self.deadline, began + PATIENCE * poll_interval)
        if all(step.action == plan.EDIT for step in rest):
            # What does not stick will not by waiting. But EM may show it late.
            return min(self.deadline, began + max(LATE, PATIENCE * poll_interval))
        return self.deadline

    def _never_again(self, step: Step) -> bool:
        return step.action in plan.NEVER_AGAIN or self._has_toggles([step])

    def _may_be_sent_again(self, step: Step) -> bool:
        return not self._never_again(step) and step.key in self.lost and self.times_sent[step.key] < MOST

    def _has_toggles(self, todo: t.Sequence[Step]) -> bool:
        return not self._known.can_be_edited and any(step.action in (plan.ENABLE, plan.DISABLE) for step in todo)

    def _did_not_stick(self, undone: t.Sequence[Step], trouble: ExchangeError | None) -> ChangeFailed:
        what = ", ".join(_words(step, self.job) for step in undone)
        why = "; ".join(sorted({self.lost[step.key] for step in undone if step.key in self.lost}))
        if trouble is not None:
            sentence = f"Whether {self._title} shows it could not be read ({trouble.reason}): {what}."
        elif why:
            sentence = f"The outcome is not known for {self._title}: {what}; it does not show yet."
        else:
            sentence = f"Enterprise Manager says that it is done, but {self._title} does not show it: {what}."
        if why:
            sentence += f" Because {why}."
        return self._failed(f"{sentence} {RUN_AGAIN}", trouble or self.trouble)

    # -- one step --------------------------------------------------------------------------------------------------

    def _take(self, step: Step) -> Flow[None]:
        """Send the request of a step and follow its task. What becomes of it is seen when the job is read."""
        times = self.times_sent.get(step.key, 0)
        if times and (self._never_again(step) or times >= MOST):
            raise self._failed(
                f"{self._heading} does not stay as it was made: {_words(step, self.job)}. Is somebody else "
                f"changing it? {RUN_AGAIN}"
            )
        if step.added is not None and step.added.add_ref is None:
            # What is in the job already is not looked up.
            raise self._failed(
                f"{self._heading}: {step.added.title} was in it when it was read first, and somebody has "
                f"taken it out since. {RUN_AGAIN}"
            )
        self.times_sent[step.key] = times + 1
        self.lost.pop(step.key, None)
        before, began = self.changed, self.em.clock()
        self.changed = True
        self.taken.append(Taken(step))
        sent = yield from order.send(self.em, self._request(step), self.deadline)
        if isinstance(sent, order.Unaccepted):
            return (yield from self._after_no_task(step, sent, before))
        followed = yield from tasks.follow(self.em, sent.task, self.patience, sent.token, self._glance(step))
        self._report(followed, began)
        if followed.how in (SUCCEEDED, tasks.SEEN):
            return None
        if followed.how == FAILED:
            said = order.reason_of(followed.task)
            self.changed = before
            return (yield from self._after_refusal(step, said, order.failure_of(followed.task)))
        if followed.how == tasks.LOCKED_OUT:
            raise self._failed(
                f"{self._words_of(step)}: whether it was done is not known: "
                f"{t.cast(ExchangeError, followed.trouble).reason}. {RUN_AGAIN}",
                followed.trouble,
            )
        task = sent.task.id
        lost = {
            ENDED: f"{task} finished without saying how",
            tasks.LOST: f"{task} cannot be read any more",
            tasks.SESSION_OVER: f"the logon session ended while {task} ran",
            tasks.TIMED_OUT: f"{task} was still {followed.task.state} when the time was up",
        }[followed.how]
        return self._lose(step, lost, followed.trouble)

    def _after_no_task(self, step: Step, sent: order.Unaccepted, before: bool) -> Flow[None]:
        """before: whether the job had been changed before this step."""
        error = sent.error
        if sent.how == order.NOT_SENT:
            self._take_back(before)
            raise self._failed(
                f"Nothing was sent to {self._words_of(step)} for {self._title}: {error.msg}", error
            ) from error
        if sent.locked_out is not None:
            raise self._failed(f"{self._words_of(step)}: {sent.locked_out.msg}", error) from sent.locked_out
        if sent.is_error_of_em:
            return (yield from self._after_error(step, sent, before))
        if sent.how == order.REFUSED:
            self._take_back(before)
            return (yield from self._after_refusal(step, error.reason, error, error.hint))
        if sent.how == order.EXPIRED:
            self._take_back(before)
            return self._lose(step, "the logon session ended", error)
        return self._lose(step, f"the answer was lost ({error.reason})", error)

    def _request(self, step: Step) -> Flow[Task]:
        job = self._known
        path, body, method = job.path, None, "POST"
        if step.added is not None:
            path += "/includes"
            wanted = step.added
            body = addition_body(wanted.add_ref or "", wanted.add_name or "", wanted.guest, self.em.media_type)
        elif step.removed is not None:
            method, path = "DELETE", f"{path}/includes/{step.removed.id}"
        elif self._has_toggles([step]):
            path += "?action=toggleScheduleEnabled"
        else:
            method, path = "PUT", path + "?action=edit"
            body = edit_body(plan.body_of(step, job), self.em.media_type)
        return (yield from self.em.order(method, path, job.name, self.patience.until, body))

    def _glance(self, step: Step) -> tasks.Glance:
        def look(task: Task) -> Flow[JobEntity | None]:
            job = yield from self._read()
            return job if plan.is_done(step, job) else None

        return look

    def _lose(self, step: Step, why: str, trouble: ExchangeError | None) -> None:
        self.lost[step.key] = why
        self.trouble = trouble or self.trouble

    def _after_refusal(
        self, step: Step, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = ""
    ) -> Flow[None]:
        """The server did not do it. If the job shows it all the same, somebody else has."""
        waited = yield from self._look_for(step)
        self.trouble = waited.trouble or self.trouble
        if waited.value is None:
            raise self._not_done(step, said, cause, hint)

    def _after_error(self, step: Step, sent: order.Unaccepted, before: bool) -> Flow[None]:
        """Enterprise Manager answered 5xx, which proves nothing. before: whether the job had been changed before."""
        error = sent.error
        waited = yield from self._look_for(step)
        if waited.value is not None:
            self.remark = f"{self.remark} {sent.all_the_same}".lstrip()
        elif waited.trouble is not None:
            self._lose(step, error.reason, waited.trouble)
            raise self._did_not_stick([step], waited.trouble)
        else:
            self._take_back(before)
            raise self._not_done(step, error.reason, error, error.hint)

    def _look_for(self, step: Step) -> Flow[wait.Waited]:
        """Read the job until it shows the step, for a little while."""
        until = min(self.deadline, self.em.clock() + wait.grace(self.waiting.poll_interval))

        def look() -> Flow[JobEntity | None]:
            self.job = yield from self._read()
            return self.job if plan.is_done(step, self._known) else None

        return (yield from wait.until_shown(self.em.clock, look, until, self.waiting.poll_interval))

    def _not_done(self, step: Step, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = "") -> ChangeFailed:
        sentence = f"Enterprise Manager did not {_words(step, self.job)} for {self._title}: {said.rstrip('.')}."
        return self._failed(f"{sentence} {hint}".rstrip(), cause)

    def _words_of(self, step: Step) -> str:
        return _words(step, self.job)


def _words(step: Step, job: JobEntity | None) -> str:
    """A step as sentences have it: add object "web01"."""
    return {
        plan.ADD: f"add object {quoted(step.what)}",
        plan.REMOVE: f"remove object {quoted(step.what)}",
        plan.EDIT: f"change {', '.join(plan.unmet(step, job) or [step.what])}" if job else f"change {step.what}",
        plan.ENABLE: "enable it",
        plan.DISABLE: "disable it",
    }[step.action]
