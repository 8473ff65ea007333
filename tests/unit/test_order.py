# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a request that is sent once: whether its answer was a no, or is lost."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import order as _order
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import NoAnswer, Unauthorized
from helpers.entities import WEB
from helpers.script import LOGON_AGAIN, Script, garbage, lost, unreachable

STOP = f"POST /api/jobs/{WEB.id}?action=stop"


def sent(script: Script) -> _order.Accepted | _order.Unaccepted:
    deadline = script.clock() + 60
    request = script.em.order("POST", f"/api/jobs/{WEB.id}?action=stop", WEB.name, deadline)
    outcome = script.run(_order.send(script.em, request, deadline))
    assert script.em.sent == [WEB.name]
    return t.cast("_order.Accepted | _order.Unaccepted", outcome)


def unaccepted(script: Script) -> _order.Unaccepted:
    outcome = sent(script)
    assert isinstance(outcome, _order.Unaccepted)
    return outcome


def test_accepted(script: Script) -> None:
    script.expect(STOP, script.write.task("Running", status=202))
    outcome = sent(script)
    assert isinstance(outcome, _order.Accepted)
    assert (outcome.task.id, outcome.token) == ("task-1", "token")


def test_not_sent(script: Script) -> None:
    script.expect(STOP, unreachable, many=True)
    assert unaccepted(script).how == _order.NOT_SENT


@pytest.mark.parametrize("answer", [lost, garbage])
def test_unanswered(script: Script, answer: t.Any) -> None:
    script.expect(STOP, answer)
    assert unaccepted(script).how == _order.UNANSWERED


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_the_server_itself_refuses_was_not_done(script: Script, status: int) -> None:
    script.expect(STOP, script.write.error(status, "No"))
    refusal = unaccepted(script)
    assert (refusal.how, refusal.is_error_of_em) == (_order.REFUSED, False)


@pytest.mark.parametrize("status", [500, 501, 503])
def test_an_error_of_the_server_proves_nothing(script: Script, status: int) -> None:
    script.expect(STOP, script.write.error(status, "No"))
    error = unaccepted(script)
    assert (error.how, error.is_error_of_em) == (_order.UNANSWERED, True)
    assert error.all_the_same == f"It is there although the server answered HTTP {status}: No."


def test_a_proxy_that_refuses_knows_nothing_of_the_server(script: Script) -> None:
    script.expect(STOP, script.write.response(502, "<html>Bad Gateway</html>"))
    error = unaccepted(script)
    assert (error.how, error.is_error_of_em) == (_order.UNANSWERED, False)


def test_an_ended_session_is_renewed_and_the_request_not_repeated(script: Script) -> None:
    script.expect(STOP, script.write.error(401, "Unauthorized"))
    script.expect(LOGON_AGAIN, script.write.session())
    refusal = unaccepted(script)
    assert (refusal.how, refusal.locked_out) == (_order.EXPIRED, None)
    assert isinstance(refusal.error, Unauthorized)


def test_an_ended_session_that_cannot_be_renewed(script: Script) -> None:
    script.expect(STOP, script.write.error(401, "Unauthorized"))
    script.may_log_on_again = NoAnswer("Enterprise Manager does not answer.", "POST /api/sessionMngr/")
    script.expect(LOGON_AGAIN, script.write.session())
    refusal = unaccepted(script)
    assert refusal.how == _order.EXPIRED
    assert refusal.locked_out is script.may_log_on_again
