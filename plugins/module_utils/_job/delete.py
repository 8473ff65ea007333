# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deleting one job: it is gone when EM says so; the task of it may be gone with it (EM reference: delete_jobs_id)."""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.task import FAILED, SUCCEEDED
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, Refused, telling
from .._resources import job_session as sessions
from .._resources.job import JOB
from . import plan
from .plan import Step
from .work import RUN_AGAIN, Changed, JobWork, Taken


class Deletion(JobWork):
    """A job that is not to be there."""

    def run(self, force: bool) -> Flow[Changed]:
        """Delete the job. force: whatever it is doing."""
        job = self._known
        if not force:
            yield from self._refuse_running()
        began = self.em.clock()
        self.taken.append(Taken(Step(plan.DELETE, job.name)))
        self.changed = True
        request = self.em.order("DELETE", job.path, job.name, self.patience.until)
        sent = yield from order.send(self.em, request, self.deadline)
        if isinstance(sent, order.Unaccepted):
            return (yield from self._after_no_task(sent))
        followed = yield from tasks.follow(self.em, sent.task, self.patience, sent.token, lambda unused: self._gone())
        self._report(followed, began)
        if followed.how == FAILED:
            said = order.reason_of(followed.task)
            self.changed = False
            return (yield from self._gone_or(said, order.failure_of(followed.task)))
        known = followed.how in (SUCCEEDED, tasks.SEEN)
        return (yield from self._until_gone("" if known else "its task is not known to have ended"))

    def _after_no_task(self, sent: order.Unaccepted) -> Flow[Changed]:
        error = sent.error
        if sent.how == order.NOT_SENT:
            self._take_back(False)
            raise self._failed(f"{self._heading} was not deleted, nothing was sent: {error.msg}", error) from error
        if sent.is_error_of_em:
            return (yield from self._after_error(sent))
        if sent.how == order.UNANSWERED:
            self.trouble = error
            return (yield from self._until_gone(f"the answer was lost ({error.reason})"))
        self._take_back(False)
        if sent.locked_out is not None:
            why = sent.locked_out
            raise self._failed(f"{self._heading} was not deleted: {why.msg}", error) from why
        return (yield from self._gone_or(error.reason, error, error.hint))

    def _after_error(self, sent: order.Unaccepted) -> Flow[Changed]:
        """Enterprise Manager answered 5xx, which proves nothing."""
        error = sent.error
        until = min(self.deadline, self.em.clock() + wait.grace(self.waiting.poll_interval))
        waited = yield from wait.until_shown(self.em.clock, self._gone, until, self.waiting.poll_interval)
        if waited.value:
            self.remark = f"It is gone although {error.reason}."
            return self._ended(None)
        if waited.trouble is None:
            self._take_back(False)
        sentence = f"Enterprise Manager did not delete {self._title}: {error.reason}."
        if waited.trouble is not None:
            sentence += f" Whether it is gone all the same could not be read ({waited.trouble.reason}). {RUN_AGAIN}"
        raise self._failed(f"{sentence} {error.hint}".rstrip(), error)

    def _refuse_running(self) -> Flow[None]:
        try:
            newest = yield from sessions.newest(self.em, self._known.job, self.deadline)
        except ExchangeError as error:
            raise self._failed(
                f"Nothing was sent for {self._title}: whether it is running could not be read: {error.msg}", error
            ) from error
        if newest is not None and not newest.has_ended:
            raise self._failed(
                f"{self._heading} is running ({newest.state}), so it was not deleted. Wait for the end of the "
                "session or stop it, or set force."
            )

    def _gone(self) -> Flow[bool | None]:
        """True if EM says that there is no such job, None if there is."""
        try:
            yield from self.em.one(JOB.as_references, self._known.id, self.deadline)
        except Refused as error:
            if error.from_api and error.status in (400, 404):
                return True
            raise
        return None

    def _gone_or(self, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = "") -> Flow[Changed]:
        """It was refused. If the job is gone all the same, that is what was wanted."""
        try:
            gone = yield from self._gone()
        except ExchangeError:
            gone = None
        if gone:
            return self._ended(None)
        sentence = f"Enterprise Manager did not delete {self._title}: {said.rstrip('.')}."
        raise self._failed(f"{sentence} {hint}".rstrip(), cause)

    def _until_gone(self, why: str) -> Flow[Changed]:
        for pause in wait.pauses(self.waiting.poll_interval):
            try:
                if (yield from self._gone()):
                    return self._ended(None)
                self.trouble = None
            except ExchangeError as error:
                self.trouble = telling(error, self.trouble)
                if error.permanent or error.status in (401, 403):
                    break
            if self.em.clock() + pause >= self.deadline:
                break
            yield Pause(pause)
        seen = "it is still there" if self.trouble is None else f"it could not be read ({self.trouble.reason})"
        because = f", and {why}" if why else ""
        raise self._failed(f"The deletion of {self._title} was sent{because}, but {seen}. {RUN_AGAIN}", self.trouble)
