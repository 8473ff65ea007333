# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that changes something is sent once: what became of it, and the failure of what it was sent for.

EM has no request id, so what is sent twice is done twice, and after a lost answer only a look at the thing itself
tells. Whether the answer is lost, or was a no, is the same question for every such request; what to look at is the
caller's (EM reference: post_jobs_id_actionclone, tasks).
"""

from __future__ import annotations

import typing as t

from .._http.effects import Flow
from .._http.errors import ExchangeError, NotSent, Refused, Unauthorized, VeeamError
from .calls import EnterpriseManager
from .task import Task

#: How a request was not accepted. not_sent: no byte of it went out. refused: the server said no, so nothing was done.
#: expired: it said so because the logon session is over. unanswered: it went out, and it may have been done; an answer
#: with status 5xx proves nothing, Enterprise Manager's own included.
NOT_SENT, REFUSED, EXPIRED, UNANSWERED = "not_sent", "refused", "expired", "unanswered"


class Accepted(t.NamedTuple):
    """token: that of the session in which the task runs."""

    task: Task
    token: str | None


class Unaccepted(t.NamedTuple):
    """how: one of the words above. locked_out: why no new session could be opened, where one was needed."""

    how: str
    error: ExchangeError
    locked_out: ExchangeError | None = None

    @property
    def is_error_of_em(self) -> bool:
        """Whether Enterprise Manager itself answered 5xx: it rarely did what was asked for, so a short look will do.

        What that finds counts as done by this request.
        """
        return self.how == UNANSWERED and isinstance(self.error, Refused) and self.error.from_api

    @property
    def all_the_same(self) -> str:
        """The sentence for what is there although the server answered 5xx."""
        return f"It is there although {self.error.reason}."


def send(em: EnterpriseManager, request: Flow[Task], deadline: float) -> Flow[Accepted | Unaccepted]:
    """Send the request. Where the logon session is over, open a new one, but do not send it again."""
    token = em.token
    try:
        task = yield from request
    except NotSent as error:
        return Unaccepted(NOT_SENT, error)
    except Unauthorized as error:
        try:
            yield from em.renew(token, deadline, error.request)
        except ExchangeError as refusal:
            return Unaccepted(EXPIRED, error, refusal)
        return Unaccepted(EXPIRED, error)
    except Refused as error:
        return Unaccepted(REFUSED if error.status < 500 else UNANSWERED, error)
    except ExchangeError as error:
        return Unaccepted(UNANSWERED, error)
    return Accepted(task, token)


class TaskReport(t.NamedTuple):
    """The last that was seen of a task, and the seconds since its request was sent."""

    task: Task
    elapsed: float


def failure_of(task: Task) -> dict[str, t.Any]:
    """The key error of the result where the task failed."""
    return {"request": f"GET {task.path}", "status": 200, "message": task.message}


def reason_of(task: Task) -> str:
    """Why the task failed, for a sentence."""
    return task.message or f"{task.id} failed without a message"


class OrderFailed(VeeamError):
    """What was ordered did not come about. cause: the exchange that failed, or the key error of the result."""

    def __init__(
        self, msg: str, changed: bool, cause: ExchangeError | dict[str, t.Any] | None = None, **facts: t.Any
    ) -> None:
        super().__init__(msg, changed=changed, **facts)
        self.cause = cause

    def result(self) -> dict[str, t.Any]:
        result = super().result()
        if isinstance(self.cause, ExchangeError):
            result["error"] = self.cause.result()["error"]
        elif self.cause is not None:
            result["error"] = self.cause
        return result
