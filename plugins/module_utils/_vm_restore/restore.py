# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore: read once more, sent once, followed to its end.

EM reference: post_vmrestorepoints_id_actionrestore, restoresessions_id.
"""

from __future__ import annotations

import typing as t

from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused, VeeamError
from .._machine import order
from .._machine.order import Order, Work
from .._machine.outcome import Done
from .._machine.pick import when
from .._machine.points import Roots
from .._module import render
from .._resources import restore_session
from .._resources.restore_point import RESTORE_POINT, RestorePoint
from .._resources.restore_session import RestoreSession
from . import plan
from .plan import Decision
from .prove import read_running
from .spec import write

#: What EM calls the task of a restore (EM reference: post_vmrestorepoints_id_actionrestore).
OPERATION = "StartVMRestore"


def words(work: Work, decision: Decision, session: RestoreSession | None = None) -> dict[str, t.Any]:
    """The keys of a result."""
    return {
        "restore_point": render.restore_point(work.url, decision.point, work.em.server_clock.now()),
        "session": render.restore_session(work.url, session) if session is not None else None,
        "original": decision.request.original,
    }


def predict(work: Work, decision: Decision) -> Done:
    """What restore() would do."""
    if decision.joins is not None:
        what = f"the restore point of {decision.title} of {when(decision.point)}"
        return Done(changed=False, msg=f"A restore from {what} is already running.", words=words(work, decision))
    from_point = f"{decision.title} from its restore point of {when(decision.point)}"
    return Done(
        changed=True, msg=f"Would restore {from_point} {plan.what_happens(decision)}.", words=words(work, decision)
    )


def restore(work: Work, decision: Decision, roots: Roots, deadline: float) -> Flow[Done]:
    """Restore it, or wait for the restore that runs already. Raises OrderFailed. deadline: monotonic seconds."""
    what = Order(
        decision.point.machine,
        "restore",
        "nothing was restored",
        OPERATION,
        f"{decision.point.path}?action=restore",
        write(decision.spec, work.em.media_type),
        decision.point.id,
        decision.point.server,
        plan.is_restore,
        lambda session: words(work, decision, session),
        decision.request.place,
    )
    joined = decision.joins
    before: set[str] = set()
    if joined is None:
        before, joined = yield from _prove_again(work, decision, what, roots, deadline)
    if joined is not None:
        if not work.waiting.wait:
            msg = f"A restore of {decision.title} from this restore point is already running."
            return Done(changed=False, msg=msg, words=words(work, decision))
        ended = yield from order.follow(work, what, joined, changed=False, deadline=deadline)
        return Done(
            changed=False, msg=_ended("Waited for the restore of", decision, ended), words=words(work, decision, ended)
        )
    sent = yield from order.send(work, what, before, deadline)
    remark = f" Its session was found although {sent.trouble.reason}." if sent.trouble is not None else ""
    if sent.session is None and (sent.trouble is not None or work.waiting.wait):
        raise order.unknown(what, sent)
    if sent.session is None or not work.waiting.wait:
        msg = f"The restore of {decision.title} has begun; the task did not wait for its end.{remark}"
        return Done(changed=True, msg=msg, words=words(work, decision))
    ended = yield from order.follow(work, what, sent.session, changed=True, deadline=deadline)
    return Done(changed=True, msg=_ended("Restored", decision, ended) + remark, words=words(work, decision, ended))


def _ended(did: str, decision: Decision, ended: RestoreSession) -> str:
    warning = " It ended with a warning." if ended.result == "Warning" else ""
    how = plan.what_happens(decision)
    return f"{did} {decision.title} from its restore point of {when(decision.point)} {how}.{warning}"


def _prove_again(
    work: Work, decision: Decision, what: Order, roots: Roots, deadline: float
) -> Flow[tuple[set[str], RestoreSession | None]]:
    """Read the point and what runs right before it is sent: since the proof minutes may have passed.

    Returns the ids of the sessions of this machine's name that are there before, and the restore to be waited for, if
    one runs. Raises OrderFailed where it must not be sent any more.
    """
    em, proved = work.em, decision.point
    read: RestorePoint | None = None
    try:
        read = yield from em.one(RESTORE_POINT, proved.id, deadline)
        before = yield from restore_session.of_machine(em, proved.machine, deadline)
        running, others = yield from read_running(em, deadline)
    except ExchangeError as error:
        sentence = f"Nothing was restored for {decision.title}: {error.msg}"
        if read is None and isinstance(error, Refused) and error.status == 404:
            sentence = (
                f"The restore point of {decision.title} of {when(proved)} is gone: retention may have removed it. "
                "Nothing was restored."
            )
        raise what.failed(sentence, error, changed=False) from error
    if not plan.same_as_proved(proved, read):
        sentence = (
            f"The restore point of {decision.title} of {when(proved)} is not what it was when the task began; nothing "
            "was restored. Run the task again."
        )
        raise what.failed(sentence, None, changed=False)
    try:
        joined = plan.when_running(decision.request, proved, running, others, roots)
    except VeeamError as error:
        raise what._replace(place="").failed(error.msg, None, changed=False) from error
    return {session.id for session in before}, joined
