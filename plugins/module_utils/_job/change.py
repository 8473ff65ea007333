# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job from what it is to what is wanted: the first steps of the plan, then it is read again, and planned again.

What is done twice if it is sent twice (a clone, an object, a toggle) is sent once in a task, whatever becomes of its
answer. After a lost answer the job itself tells, until the deadline (EM reference: put_jobs_id_actionedit,
post_jobs_id_includes, delete_jobs_id_includes_id).
"""

from __future__ import annotations

import typing as t

from .._clone.clone import clone
from .._clone.plan import Plan
from .._clone.prove import Unverified
from .._clone.work import CloneFailed, Made
from .._em import follow_task as tasks
from .._em import order, wait
from .._em.reference import quoted
from .._em.task import ENDED, FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._resources.guest_processing import addition_body
from .._resources.job import Job
from .._resources.job_entity import WHOLE_JOB, JobEntity, edit_body
from .._resources.whole_job import WHOLE
from . import plan
from .plan import Step, Target
from .work import RUN_AGAIN, Attempt, Changed, ChangeFailed, JobWork, Known, Taken

#: How often a step that is safe to repeat is sent in one task.
MAX_SENDS = 3
#: A job that was read so many poll intervals ago is read again before the first step.
STALE_AFTER_POLLS = 2
#: So many poll intervals a change may take to show before something else is done.
POLLS_TO_SHOW = 6
#: So many seconds an edit that the server says it made may take to show.
SECONDS_TO_SHOW = 30.0

#: Makes of a new clone, and of the target, the target that fits its kind.
Settle = t.Callable[[JobEntity, Target], Target]


def change(work: JobWork, job: JobEntity, target: Target, read_at: float) -> Flow[Changed]:
    """Take step after step until the job is as wanted. Raises ChangeFailed.

    job: as it was read. read_at: when it was, monotonic seconds.
    """
    known = Known(job)
    if work.em.clock() - read_at > STALE_AFTER_POLLS * work.waiting.poll_interval:
        known = yield from _read_anew(work, known)
    known = yield from _bring_to(work, known, plan.with_end(known.read, target))
    return work.ended(known, known.job)


def make(work: JobWork, cloning: Plan, target: Target, settle: Settle) -> Flow[Changed]:
    """Clone the job as planned, and bring the clone to what is wanted. Raises ChangeFailed."""
    known, made = yield from work.guarded(Known(None), _clone(work, cloning))
    # Another run's job is an existing one.
    target = settle(known.read, target._replace(made=made.changed))
    found = None if made.changed else known.job
    target = plan.with_end(known.read, target)
    known = yield from _bring_to(work, known, target)
    return work.ended(known, known.job)._replace(found=found, target=target)


def _bring_to(work: JobWork, known: Known, target: Target) -> Flow[Known]:
    todo = plan.steps(known.read, target)
    if _has_toggles(known, todo):
        # A toggle flips what is there, whatever was read a while ago.
        known = yield from _read_anew(work, known)
        todo = plan.steps(known.read, target)
    while todo:
        part = plan.phase(todo)
        for step in part:
            known = yield from work.guarded(known, _take(work, known, step))
        known = yield from work.guarded(known, _until_it_shows(work, known, part))
        todo = plan.steps(known.read, target)
    return known


# -- the clone -----------------------------------------------------------------------------------------------------


def _clone(work: JobWork, cloning: Plan) -> Flow[tuple[Known, Made]]:
    """Make the job, and know it as a whole. The first thing that is asked is what EM made of it."""
    step = Step(plan.CLONE, cloning.source.name)
    sent = len(work.em.sent)
    job: JobEntity | None = None
    try:
        cloned = yield from clone(work.em, cloning, work.waiting, work.deadline)
        made, job = (yield from _proved(work, cloned)) if isinstance(cloned, Unverified) else (cloned, None)
    except CloneFailed as error:
        taken = (Taken(step, error.facts.get("task_report")),) if len(work.em.sent) > sent else ()
        known = Known(None, taken, bool(error.facts.get("changed")))
        raise work.failed(known, error.msg, error.cause) from error
    known = Known(
        job,
        (Taken(step, made.task),) if made.changed or made.task is not None else (),
        made.changed,
        made.warnings,
        made.msg if made.looked_up or not made.changed else "",
    )
    if job is None:
        known = yield from work.guarded(known, _read_clone(work, known, t.cast(Job, made.job)))
    return known, made


def _proved(work: JobWork, unverified: Unverified) -> Flow[tuple[Made, JobEntity | None]]:
    """Prove that there is exactly one job by the same query that reads it as a whole."""
    try:
        found: list[JobEntity] = yield from work.em.named(WHOLE_JOB, [unverified.name], work.deadline)
    except ExchangeError:
        found = []
    made = unverified.proved_by([job.job for job in found])
    if isinstance(made, Unverified):
        return (yield from made.prove_alone()), None
    (job,) = [job for job in found if job.job == made.job]
    return made, job


def _read_clone(work: JobWork, known: Known, job: Job) -> Flow[Known]:
    """Read a new job as a whole, which EM may not show at once."""

    def look() -> Flow[JobEntity]:
        return (yield from work.em.one(WHOLE_JOB, job.id, work.deadline))

    waited = yield from wait.until_shown(work.em.clock, look, work.patience.until, work.waiting.poll_interval)
    if waited.value is not None:
        return known._replace(job=waited.value)
    error = t.cast(ExchangeError, waited.trouble)
    raise work.failed(
        known,
        f"Job {quoted(job.name)} was cloned, but it cannot be read: {error.reason}. It may have the template's "
        f"content and be enabled. {RUN_AGAIN}",
        error,
    ) from error


# -- reading -------------------------------------------------------------------------------------------------------


def _read(work: JobWork, known: Known) -> Flow[JobEntity]:
    return (yield from work.em.one(WHOLE[known.read.kind], known.read.id, work.deadline))


def _read_again(work: JobWork, known: Known) -> Flow[Known]:
    return known._replace(job=(yield from _read(work, known)))


def _read_anew(work: JobWork, known: Known) -> Flow[Known]:
    try:
        return (yield from _read_again(work, known))
    except ExchangeError as error:
        raise work.failed(known, f"{work.heading(known)} cannot be read: {error.msg}", error) from error


def _until_it_shows(work: JobWork, known: Known, part: t.Sequence[Step]) -> Flow[Known]:
    """Read the job until it shows what was sent. Raises ChangeFailed where it does not."""
    began, undone = work.em.clock(), list(part)

    def look() -> Flow[JobEntity | None]:
        nonlocal known, undone
        known = yield from _read_again(work, known)
        undone = [step for step in part if not plan.is_done(step, known.read)]
        return known.job if not undone else None

    waited = yield from wait.until_shown(
        work.em.clock,
        look,
        lambda: _time_to_show(work, known, undone, began),
        work.waiting.poll_interval,
        wait.TO_CHANGE,
    )
    if waited.value is not None:
        return known
    if waited.trouble is None and all(_may_be_sent_again(known, step) for step in undone):
        # It is safe to repeat, and its answer was lost: the plan has it once more.
        return known
    raise _not_shown(work, known, undone, waited.trouble)


def _not_shown(work: JobWork, known: Known, undone: t.Sequence[Step], trouble: ExchangeError | None) -> ChangeFailed:
    """The steps were sent, and the job does not show them. trouble: what kept it from being read."""
    what = ", ".join(_in_words(step, known.job) for step in undone)
    why = "; ".join(sorted({lost for step in undone if (lost := known.attempt(step).lost) is not None}))
    if trouble is not None:
        sentence = f"Whether this was done for {work.title(known)} could not be read ({trouble.reason}): {what}."
    elif why:
        sentence = f"Whether this was done for {work.title(known)} is not known: {what}. The job does not show it yet."
    else:
        sentence = f"Enterprise Manager says that this is done, but {work.title(known)} does not show it: {what}."
    if why:
        sentence += f" The reason: {why}."
    met = [trouble, *(known.attempt(step).trouble for step in undone)]
    cause = next((error for error in met if error is not None), None)
    return work.failed(known, f"{sentence} {RUN_AGAIN}", cause)


def _time_to_show(work: JobWork, known: Known, undone: t.Sequence[Step], began: float) -> float:
    """How long these steps are waited for: as long as there is time, unless something else can be done."""
    end, a_while = work.patience.until, POLLS_TO_SHOW * work.waiting.poll_interval
    rest = [step for step in undone if not _may_be_sent_again(known, step)]
    if not rest:
        return min(end, began + a_while)
    if all(step.action == plan.EDIT for step in rest):
        # What does not stick will not by waiting. But EM may show it late.
        return min(end, began + max(SECONDS_TO_SHOW, a_while))
    return end


def _is_sent_once(known: Known, step: Step) -> bool:
    return step.action in plan.NEVER_AGAIN or _has_toggles(known, [step])


def _may_be_sent_again(known: Known, step: Step) -> bool:
    attempt = known.attempt(step)
    return not _is_sent_once(known, step) and attempt.lost is not None and attempt.times < MAX_SENDS


def _has_toggles(known: Known, todo: t.Sequence[Step]) -> bool:
    return not known.read.can_be_edited and any(step.action in (plan.ENABLE, plan.DISABLE) for step in todo)


# -- one step ------------------------------------------------------------------------------------------------------


def _take(work: JobWork, known: Known, step: Step) -> Flow[Known]:
    """Send the request of a step and follow its task. What becomes of it is seen when the job is read."""
    times = known.attempt(step).times
    if times and (_is_sent_once(known, step) or times >= MAX_SENDS):
        raise work.failed(
            known,
            f"{work.heading(known)} does not stay as it was made: {_in_words(step, known.job)}. Is somebody else "
            f"changing it? {RUN_AGAIN}",
        )
    if step.added is not None and step.added.add_ref is None:
        # What is in the job already is not looked up.
        raise work.failed(
            known,
            f"{work.heading(known)}: {step.added.title} was in it when it was read first, and somebody has taken it "
            f"out since. {RUN_AGAIN}",
        )
    known = known.with_attempt(step, Attempt(times + 1))
    return (yield from work.guarded(known.with_step(step), _send(work, known, step)))


def _send(work: JobWork, known: Known, step: Step) -> Flow[Known]:
    """known: without the step, which is taken back where the server did not do it."""
    taking, began = known.with_step(step), work.em.clock()
    sent = yield from order.send(work.em, _request(work, known, step), work.deadline)
    if isinstance(sent, order.Unaccepted):
        return (yield from _after_no_task(work, known, step, sent))

    def glance(unused: Task) -> Flow[JobEntity | None]:
        job = yield from _read(work, known)
        return job if plan.is_done(step, job) else None

    followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
    taking = taking.with_report(followed, (followed.ended_at or work.em.clock()) - began)
    if followed.how in (SUCCEEDED, tasks.SEEN):
        return taking
    if followed.how == FAILED:
        said, cause = order.reason_of(followed.task), order.failure_of(followed.task)
        return (yield from _shown_all_the_same(work, taking._replace(changed=known.changed), step, said, cause))
    if followed.how == tasks.LOCKED_OUT:
        error = t.cast(ExchangeError, followed.trouble)
        raise work.failed(
            taking,
            f"Whether this was done for {work.title(taking)} is not known: {_in_words(step, taking.job)} "
            f"({error.reason}). {RUN_AGAIN}",
            error,
        )
    task = sent.task.id
    lost = {
        ENDED: f"{task} finished without saying how",
        tasks.LOST: f"{task} cannot be read any more",
        tasks.SESSION_OVER: f"the logon session ended while {task} ran",
        tasks.TIMED_OUT: f"{task} was still {followed.task.state} when the time was up",
    }[followed.how]
    return _lose(taking, step, lost, followed.trouble)


def _after_no_task(work: JobWork, known: Known, step: Step, sent: order.Unaccepted) -> Flow[Known]:
    error, what = sent.error, _in_words(step, known.job)
    if sent.how == order.NOT_SENT:
        msg = f"Nothing was sent to {what} for {work.title(known)}: {error.msg}"
        raise work.failed(known, msg, error) from error
    if sent.locked_out is not None:
        msg = f"Enterprise Manager refused to {what} for {work.title(known)}: {sent.locked_out.msg}"
        raise work.failed(known, msg, error) from sent.locked_out
    if sent.is_error_of_em:
        return (yield from _after_error(work, known, step, sent))
    if sent.how == order.REFUSED:
        return (yield from _shown_all_the_same(work, known, step, error.reason, error, error.hint))
    if sent.how == order.EXPIRED:
        return _lose(known, step, "the logon session ended", error)
    return _lose(known.with_step(step), step, f"the answer was lost ({error.reason})", error)


def _lose(known: Known, step: Step, why: str, trouble: ExchangeError | None) -> Known:
    """The outcome of the step is not known."""
    return known.with_attempt(step, Attempt(known.attempt(step).times, why, trouble))


def _after_error(work: JobWork, known: Known, step: Step, sent: order.Unaccepted) -> Flow[Known]:
    """Enterprise Manager answered 5xx, which proves nothing: what the job shows soon was done by this task."""
    error = sent.error
    looked = yield from _look_for(work, known, step)
    if looked.shows:
        remark = f"{known.remark} {sent.all_the_same}".lstrip()
        return looked.known.with_step(step)._replace(remark=remark)
    if looked.trouble is not None:
        known = _lose(looked.known.with_step(step), step, error.reason, looked.trouble)
        raise _not_shown(work, known, [step], looked.trouble)
    raise _not_done(work, looked.known, step, error.reason, error, error.hint)


def _shown_all_the_same(
    work: JobWork, known: Known, step: Step, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = ""
) -> Flow[Known]:
    """The server did not do it. If the job shows it all the same, somebody else has; if not, that is raised."""
    looked = yield from _look_for(work, known, step)
    if looked.shows:
        return looked.known
    raise _not_done(work, looked.known, step, said, cause, hint)


class _Looked(t.NamedTuple):
    """shows: whether the job does. trouble: what kept it from being read last."""

    known: Known
    shows: bool
    trouble: ExchangeError | None


def _look_for(work: JobWork, known: Known, step: Step) -> Flow[_Looked]:
    """Read the job until it shows the step, for a little while."""

    def look() -> Flow[JobEntity | None]:
        nonlocal known
        known = yield from _read_again(work, known)
        return known.job if plan.is_done(step, known.read) else None

    poll_interval = work.waiting.poll_interval
    until = min(work.patience.until, work.em.clock() + wait.grace(poll_interval))
    waited = yield from wait.until_shown(work.em.clock, look, until, poll_interval, wait.TO_CHANGE)
    return _Looked(known, waited.value is not None, waited.trouble)


def _not_done(
    work: JobWork, known: Known, step: Step, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = ""
) -> ChangeFailed:
    what = _in_words(step, known.job)
    sentence = f"Enterprise Manager did not {what} for {work.title(known)}: {said.rstrip('.')}. {hint}"
    return work.failed(known, sentence.rstrip(), cause)


def _request(work: JobWork, known: Known, step: Step) -> Flow[Task]:
    job = known.read
    path, body, method = job.path, None, "POST"
    if step.added is not None:
        path += "/includes"
        added = step.added
        body = addition_body(added.add_ref or "", added.add_name or "", added.guest, work.em.media_type)
    elif step.removed is not None:
        method, path = "DELETE", f"{path}/includes/{step.removed.id}"
    elif _has_toggles(known, [step]):
        path = job.job.action("toggleScheduleEnabled")
    else:
        method, path = "PUT", path + "?action=edit"
        body = edit_body(plan.body_of(step, job), work.em.media_type)
    return (yield from work.em.order(method, path, job.name, work.patience.until, body))


def _in_words(step: Step, job: JobEntity | None) -> str:
    """A step as sentences have it: add object "web01"."""
    if step.action == plan.EDIT:
        options = plan.unmet(step, job) if job is not None else []
        return f"change {', '.join(options or [step.what])}"
    return {
        plan.ADD: f"add object {quoted(step.what)}",
        plan.REMOVE: f"remove object {quoted(step.what)}",
        plan.ENABLE: "enable it",
        plan.DISABLE: "disable it",
    }[step.action]
