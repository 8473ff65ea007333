# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job: start, stop or retry it once, find the session that came of it, and wait for its end.

A start has no request id. After a lost answer it is never sent again: a session that is newer than the newest one from
before tells whether it arrived. A session is there for every logon, so waiting goes on in a new one (EM reference:
post_jobs_id_actionstart, get_backupsessions_id).
"""

from __future__ import annotations

import typing as t

from .._em import job_session as sessions
from .._em import task as tasks
from .._em.calls import EnterpriseManager
from .._em.find import quoted
from .._em.job import option_words
from .._em.job_session import JobSession, TaskSession
from .._em.kinds import WHOLE_JOB
from .._em.model import Job, Task
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, NotSent, Refused, Unauthorized, VeeamError
from .._http.retry import POLL, READ
from . import plan
from .plan import Decision

#: Seconds after which a session that does not show will not: EM reads its backup servers at least that often.
LAG = 900.0
#: Longest pause, in seconds, between two looks at what should show soon.
SOON = 5.0


class Waiting(t.NamedTuple):
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


class RunFailed(VeeamError):
    """A job that could not be started or stopped, or whose run failed; its msg says which.

    cause: the exchange that failed, or the key error of the result. session and tasks: as in Ran.
    """

    def __init__(
        self,
        msg: str,
        changed: bool,
        cause: ExchangeError | dict[str, t.Any] | None = None,
        session: JobSession | None = None,
        tasks: t.Sequence[TaskSession] = (),
    ) -> None:
        super().__init__(msg, changed=changed)
        self.cause = cause
        self.session = session
        self.tasks = tasks

    def result(self) -> dict[str, t.Any]:
        result = super().result()
        if isinstance(self.cause, ExchangeError):
            result["error"] = self.cause.result()["error"]
        elif self.cause is not None:
            result["error"] = self.cause
        return result


#: Hears of each look at the session that is waited for.
Watch = t.Callable[[JobSession], None]


def run(
    em: EnterpriseManager, job: Job, state: str, if_running: str, waiting: Waiting, deadline: float, watch: Watch
) -> Flow[Ran]:
    """Bring the job into the state. Raises VeeamError, mostly RunFailed. deadline: monotonic seconds."""
    return (yield from _One(em, job, state, if_running, waiting, deadline, watch).run())


def predict(em: EnterpriseManager, job: Job, state: str, if_running: str, deadline: float) -> Flow[Ran]:
    """What run() would do, from what can be read."""
    newest = yield from sessions.newest(em, job, deadline)
    try:
        decision = plan.decide(job, newest, state, if_running)
    except VeeamError as error:
        raise RunFailed(error.msg, False, session=newest) from error
    if decision.action is None:
        return Ran(job, False, newest, (), decision.msg)
    msg = "%s job %s." % (plan.WOULD[decision.action], quoted(job.name))
    return Ran(job, True, newest if decision.action == plan.STOP else None, (), msg)


class _One:
    def __init__(
        self,
        em: EnterpriseManager,
        job: Job,
        state: str,
        if_running: str,
        waiting: Waiting,
        deadline: float,
        watch: Watch,
    ) -> None:
        self.em = em
        self.job = job
        self.state = state
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

    def run(self) -> Flow[Ran]:
        try:
            newest = yield from sessions.newest(self.em, self.job, self.deadline)
        except ExchangeError as error:
            raise self._failed("Nothing was sent for job %s: %s" % (self._title, error.msg), error) from error
        try:
            decision = plan.decide(self.job, newest, self.state, self.if_running)
        except VeeamError as error:
            self.session = newest
            raise self._failed(error.msg) from error
        if decision.action is None:
            return (yield from self._without_sending(decision))
        if decision.action == plan.STOP:
            return (yield from self._stop(t.cast(JobSession, newest)))
        if decision.action == plan.SYNC:
            return (yield from self._sync(decision))
        return (yield from self._start(decision))

    def _without_sending(self, decision: Decision) -> Flow[Ran]:
        self.session = decision.before
        if not (decision.joins and self.waiting.wait):
            return self._ran(decision.msg)
        return (yield from self._to_the_end())

    # -- start and retry -------------------------------------------------------------------------------------------

    def _start(self, decision: Decision) -> Flow[Ran]:
        action, before = t.cast(str, decision.action), decision.before
        token = self.em.token
        try:
            task = yield from self._order(action)
        except NotSent as error:
            raise self._not_sent(action, error) from error
        except Refused as error:
            if error.from_api or error.status < 500:
                return (yield from self._after_refusal(action, before, error.reason, error))
            found = yield from self._look(before, LAG, error)
        except ExchangeError as error:
            found = yield from self._look(before, LAG, error)
        else:
            self.changed = True

            def glance(task: Task) -> Flow[JobSession | None]:
                return (yield from self._newer(before))

            followed = yield from tasks.follow(self.em, task, self._patience, token, glance)
            if followed.how == tasks.FAILED:
                self.changed = False
                said = followed.task.message or "without a message"
                return (yield from self._after_refusal(action, before, said, _error_of(followed.task)))
            found = yield from self._session_of(followed, before)
        if found is None:
            if not self.waiting.wait and self.trouble is None:
                return self._ran("Job %s was %s; its session does not show yet." % (self._title, plan.DID[action]))
            raise self._unknown(action)
        self.changed, self.session = True, found
        if not self.waiting.wait:
            return self._ran("Job %s was %s; the task did not wait for its end." % (self._title, plan.DID[action]))
        return (yield from self._to_the_end())

    def _session_of(self, followed: tasks.Followed, before: JobSession | None) -> Flow[JobSession | None]:
        """The session that the task of a start led to."""
        if followed.how == tasks.SEEN:
            return t.cast(JobSession, followed.seen)
        for kind, identifier in followed.task.sessions:
            if before is not None and identifier == before.id:
                continue
            try:
                found = yield from sessions.one(self.em, sessions.KINDS[kind], identifier, self.deadline)
            except ExchangeError as error:
                # It may show a little later, and then as the newest one.
                self.trouble = error
                continue
            if found.job_id in (self.job.id, None):
                return found
        if followed.how == tasks.SUCCEEDED:
            self.trouble = None
            return (yield from self._look(before, LAG if self.waiting.wait else 0.0, None))
        self.trouble = followed.trouble
        if followed.how in (tasks.LOCKED_OUT, tasks.TIMED_OUT):
            return None
        # The task cannot tell any more, or does not; the sessions can.
        return (yield from self._look(before, LAG, followed.trouble))

    def _newer(self, before: JobSession | None, purpose: str = READ) -> Flow[JobSession | None]:
        found = yield from sessions.newest(self.em, self.job, self.deadline, purpose)
        return found if plan.is_newer(found, before) else None

    def _look(
        self, before: JobSession | None, patience: float, trouble: ExchangeError | None
    ) -> Flow[JobSession | None]:
        """Look for a session newer than that one for so many seconds, at least once."""
        self.trouble = trouble
        # What was sent may have arrived.
        self.changed = True
        until = min(self.deadline, self.em.clock() + patience)
        for pause in tasks.pauses(min(SOON, self.waiting.poll_interval)):
            try:
                found = yield from self._newer(before)
            except ExchangeError as error:
                found = None
                self.trouble = tasks.telling(error, self.trouble)
                if error.permanent or error.status in (401, 403):
                    return None
            if found is not None:
                if trouble is not None:
                    self.remark = "Its session was found although %s." % trouble.reason
                return found
            if self.em.clock() + pause >= until:
                return None
            yield Pause(pause)
        return None

    def _after_refusal(
        self, action: str, before: JobSession | None, said: str, cause: ExchangeError | dict[str, t.Any]
    ) -> Flow[Ran]:
        """It was refused. Somebody else may have started the job in the meantime."""
        hint = cause.hint if isinstance(cause, ExchangeError) else ""
        if isinstance(cause, Unauthorized):
            yield from self._renew(action, cause)
            hint = (
                "A new session was opened, but a request to %s a job is sent only once: run the same task again."
                % action
            )
        try:
            found = yield from self._newer(before)
        except ExchangeError:
            found = None
        if found is not None and not found.has_ended:
            self.remark, self.session = "Somebody else started it meanwhile.", found
            try:
                decision = plan.when_running(self.job, found, self.if_running)
            except VeeamError as error:
                raise self._failed(error.msg) from error
            return (yield from self._without_sending(decision))
        sentence = "Enterprise Manager refused to %s job %s: %s. %s" % (action, self._title, said.rstrip("."), hint)
        raise self._failed(sentence.rstrip(), cause)

    def _renew(self, action: str, refusal: Unauthorized) -> Flow[None]:
        try:
            yield from self.em.renew(self.em.token, self.deadline, refusal.request)
        except ExchangeError as error:
            raise self._failed(
                "The request to %s job %s was refused: %s" % (action, self._title, error.msg), refusal
            ) from error

    # -- copy jobs -------------------------------------------------------------------------------------------------

    def _sync(self, decision: Decision) -> Flow[Ran]:
        token = self.em.token
        try:
            task = yield from self._order(plan.SYNC)
        except NotSent as error:
            raise self._not_sent("synchronise", error) from error
        except Refused as error:
            if error.from_api or error.status < 500:
                raise self._refused(error) from error
            followed = None
            self.trouble = error
        except ExchangeError as error:
            followed = None
            self.trouble = error
        else:
            self.changed = True
            followed = yield from tasks.follow(self.em, task, self._patience, token, _is_done)
            if followed.how == tasks.FAILED:
                self.changed = False
                said = followed.task.message or "without a message"
                sentence = "Enterprise Manager refused to synchronise job %s: %s." % (self._title, said.rstrip("."))
                raise self._failed(sentence, _error_of(followed.task))
            if followed.how in (tasks.SUCCEEDED, tasks.SEEN):
                self.session = yield from self._seen_at_once(decision.before)
                return self._ran(
                    "A synchronisation of job %s was started; how it ends is not known here." % self._title
                )
            self.trouble = followed.trouble
        found = yield from self._look(decision.before, tasks.grace(SOON), self.trouble)
        if found is None:
            raise self._unknown("synchronise")
        self.session = found
        return self._ran("A synchronisation of job %s was started; how it ends is not known here." % self._title)

    def _seen_at_once(self, before: JobSession | None) -> Flow[JobSession | None]:
        try:
            return (yield from self._newer(before))
        except ExchangeError:
            return None

    # -- stop ------------------------------------------------------------------------------------------------------

    def _stop(self, running: JobSession) -> Flow[Ran]:
        """Stop the session that is running. A stop may be sent again as long as that one still runs."""
        self.session = running
        for last in (False, True):
            token = self.em.token
            try:
                task = yield from self._order(plan.STOP)
            except NotSent as error:
                raise self._not_sent("stop", error) from error
            except Refused as error:
                if isinstance(error, Unauthorized):
                    yield from self._renew("stop", error)
                ended = yield from self._has_ended()
                if ended or last or (error.from_api and not isinstance(error, Unauthorized)):
                    if ended:
                        return self._ran("Job %s is no longer running." % self._title)
                    raise self._refused(error) from error
                continue
            except ExchangeError as error:
                self.changed, self.trouble = True, error
                if (yield from self._has_ended()):
                    self.remark = "The answer to the stop was lost (%s)." % error.reason
                    return self._stopped()
                if last:
                    raise self._unknown("stop") from error
                continue
            break
        self.changed = True
        followed = yield from tasks.follow(self.em, task, self._patience, token, self._glance_at_the_end)
        if followed.how == tasks.FAILED and not (yield from self._has_ended()):
            self.changed = False
            said = (followed.task.message or "without a message").rstrip(".")
            sentence = "Enterprise Manager refused to stop job %s: %s." % (self._title, said)
            raise self._failed(sentence, _error_of(followed.task))
        if not self.waiting.wait:
            yield from self._has_ended()
            return self._ran("Job %s was asked to stop; the task did not wait for its end." % self._title)
        yield from self._follow_session()
        return self._stopped()

    def _stopped(self) -> Ran:
        return self._ran("Stopped job %s." % self._title)

    def _glance_at_the_end(self, task: Task) -> Flow[bool | None]:
        return (yield from self._has_ended()) or None

    def _has_ended(self) -> Flow[bool]:
        """Look at the session once more; it has not ended as far as is known where that fails."""
        session = t.cast(JobSession, self.session)
        try:
            self.session = yield from sessions.one(self.em, session.kind, session.id, self.deadline)
        except ExchangeError as error:
            self.trouble = tasks.telling(error, self.trouble)
            return False
        return self.session.has_ended

    # -- waiting ---------------------------------------------------------------------------------------------------

    def _to_the_end(self) -> Flow[Ran]:
        """Wait for the end of the session, and of the retries after it where that is asked for; then judge it."""
        yield from self._follow_session()
        if self.waiting.wait_for_retries:
            yield from self._follow_retries()
        session = t.cast(JobSession, self.session)
        told: list[TaskSession] = []
        if session.result != "Success":
            try:
                told = yield from sessions.task_sessions(self.em, session, self._time_for_reasons)
            except ExchangeError as error:
                self.warnings.append(
                    "Why the run of job %s ended as it did could not be read: %s." % (self._title, error.reason)
                )
        reasons = plan.why(session, told)
        because = ": %s." % reasons if reasons else "."
        if session.result in self.waiting.accept:
            what = "The run of job %s ended: %s" % (self._title, session.result)
            return self._ran(what + (because if session.result != "Success" else "."), told)
        if session.result is None:
            what = "The run of job %s ended without a result" % self._title
        else:
            what = "The run of job %s ended: %s" % (self._title, session.result)
        cause = {"request": "GET %s" % session.path, "status": 200, "message": reasons or session.result}
        raise self._failed(what + because, cause, told)

    @property
    def _time_for_reasons(self) -> float:
        """The run has ended, perhaps just before the deadline; its reasons are worth one more request."""
        return max(self.deadline, self.em.clock() + 30.0)

    def _follow_session(self) -> Flow[None]:
        """Look at the session until it has ended, through every outage. Raises RunFailed when the time is up."""
        gone = 0
        unsettled: float | None = None
        self.trouble = None
        for pause in tasks.pauses(self.waiting.poll_interval):
            session = t.cast(JobSession, self.session)
            now = self.em.clock()
            if session.has_ended:
                # It may have stopped a moment before EM knows how.
                unsettled = now if unsettled is None else unsettled
                if session.result is not None or now - unsettled >= tasks.grace(SOON):
                    return
            self.watch(session)
            trouble: ExchangeError | None = self.trouble
            if trouble is not None and trouble.retry_after is not None:
                pause = max(pause, min(trouble.retry_after, (self.deadline - now) / 2))
            room = self.deadline - now
            if room < tasks.FIRST_PAUSE:
                raise self._too_late()
            yield Pause(min(pause, room))
            try:
                self.session = yield from sessions.one(self.em, session.kind, session.id, self._time_for_a_look, POLL)
                gone, self.trouble = 0, None
            except ExchangeError as error:
                self.trouble = tasks.telling(error, trouble)
                gone = gone + 1 if error.status in (400, 404) else 0
                if error.status in (401, 403) or gone > 1:
                    raise self._lost_sight(error) from error
                self.em.will_repeat(session.path, error)

    @property
    def _time_for_a_look(self) -> float:
        """The last pause ends with the deadline, and there is one more look after it."""
        return max(self.deadline, self.em.clock() + 5.0)

    def _follow_retries(self) -> Flow[None]:
        """After a failed session, wait for the one in which the job runs again by itself, and for its end."""
        pause, left = yield from self._retries()
        while left > 0 and t.cast(JobSession, self.session).result == "Failed":
            left -= 1
            failed = self.session
            until = min(self.deadline, self.em.clock() + pause + self.waiting.poll_interval)
            again = yield from self._look_for_retry(failed, until)
            if again is None:
                return
            self.session = again
            yield from self._follow_session()

    def _retries(self) -> Flow[tuple[float, int]]:
        """Seconds that the job waits before it runs again by itself, and how often it does."""
        if t.cast(JobSession, self.session).result != "Failed":
            return 0.0, 0
        try:
            whole = yield from self.em.one(WHOLE_JOB, self.job.id, self.deadline)
        except ExchangeError as error:
            self.warnings.append(
                "Whether job %s retries by itself could not be read: %s." % (self._title, error.reason)
            )
            return 0.0, 0
        retry = option_words(whole, {})["retry"] or {}
        return 60.0 * (retry.get("wait") or 0), retry.get("times") or 0

    def _look_for_retry(self, failed: JobSession | None, until: float) -> Flow[JobSession | None]:
        for pause in tasks.pauses(self.waiting.poll_interval):
            try:
                found = yield from self._newer(failed)
            except ExchangeError as error:
                found = None
                if error.permanent or error.status in (401, 403):
                    raise self._lost_sight(error) from error
            if found is not None:
                # One that is no retry was started by somebody else, and this run is over.
                return found if found.retry else None
            room = until - self.em.clock()
            if room < tasks.FIRST_PAUSE:
                return None
            self.watch(t.cast(JobSession, failed))
            yield Pause(min(pause, room))
        return None

    # -- the words -------------------------------------------------------------------------------------------------

    @property
    def _title(self) -> str:
        return quoted(self.job.name)

    @property
    def _patience(self) -> tasks.Patience:
        """A task only tells that something was triggered; the session tells the rest."""
        until = min(self.deadline, self.em.clock() + LAG)
        return tasks.Patience(until, min(SOON, self.waiting.poll_interval), tasks.last_look(self.waiting.wait_timeout))

    def _order(self, action: str) -> Flow[Task]:
        until = self.deadline - tasks.last_look(self.waiting.wait_timeout)
        return self.em.order("POST", "%s?action=%s" % (self.job.path, action), self.job.name, until)

    def _ran(self, msg: str, told: t.Sequence[TaskSession] = ()) -> Ran:
        if self.remark:
            msg = "%s %s" % (msg, self.remark)
        return Ran(self.job, self.changed, self.session, told, msg, tuple(self.warnings))

    def _failed(
        self, msg: str, cause: ExchangeError | dict[str, t.Any] | None = None, told: t.Sequence[TaskSession] = ()
    ) -> RunFailed:
        if self.remark:
            msg = "%s %s" % (msg, self.remark)
        return RunFailed(msg, self.changed, cause, self.session, told)

    def _not_sent(self, action: str, error: NotSent) -> RunFailed:
        sentence = "The request to %s job %s was not sent: %s. %s" % (action, self._title, error.reason, error.hint)
        return self._failed(sentence.rstrip(), error)

    def _refused(self, error: Refused) -> RunFailed:
        action = "stop" if self.state == "stopped" else "synchronise"
        sentence = "Enterprise Manager refused to %s job %s: %s. %s" % (action, self._title, error.reason, error.hint)
        return self._failed(sentence.rstrip(), error)

    def _unknown(self, action: str) -> RunFailed:
        why = " (%s)" % self.trouble.reason if self.trouble is not None else ""
        if action == plan.STOP:
            seen = "its session is still running as far as is known"
        else:
            seen = "no session of it has shown since"
        return self._failed(
            "The request to %s job %s was sent, but its outcome is not known%s: %s. Look at its sessions before "
            "you run the same task again." % (action, self._title, why, seen),
            self.trouble,
        )

    def _too_late(self) -> RunFailed:
        session = t.cast(JobSession, self.session)
        sentence = "The run of job %s has not ended within wait_timeout (%g seconds): its session %s is %s." % (
            self._title,
            self.waiting.wait_timeout,
            session.id,
            plan.how_far(session),
        )
        if self.trouble is not None:
            sentence += " The last request failed: %s." % self.trouble.reason
        return self._failed(
            "%s It goes on; run the same task again to wait for it." % sentence,
            self.trouble,
        )

    def _lost_sight(self, error: ExchangeError) -> RunFailed:
        session = t.cast(JobSession, self.session)
        return self._failed(
            "The run of job %s could not be followed to its end, it was %s (session %s) after %.0f seconds: %s"
            % (self._title, plan.how_far(session), session.id, self.em.clock() - self.began, error.msg),
            error,
        )


def _is_done(task: Task) -> Flow[bool | None]:
    """A synchronisation may stay in this state for as long as it runs."""
    yield from ()
    return True if tasks.operation_is_finished(task) and task.success else None


def _error_of(task: Task) -> dict[str, t.Any]:
    return {"request": "GET %s" % task.path, "status": 200, "message": task.message}
