# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root, logon, logout (em_rest logging_on, http_authentication, post_sessionmngr, get_loginsessions)."""

from __future__ import annotations

import base64
import binascii

from ..estate.accounts import Account
from ..estate.roles import ADMINISTRATORS, EVERYBODY
from ..estate.sessions import Session
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.logon import enterprise_manager, logon_session
from ..resources.services import catalogue
from ..wire import types
from ..wire.dialects import API_VERSIONS
from ..wire.errors import ACCESS_DENIED, ApiError, not_known
from .table import route

UNAUTHORIZED_TEXT = "<body wording not known>"


def unauthorized() -> ApiError:
    return ApiError(401, UNAUTHORIZED_TEXT, headers=(("WWW-Authenticate", "Basic Realm=RestSvc"),))


def root(call: Call) -> Answer:
    values = enterprise_manager(API_VERSIONS[call.world.options.product])
    return documents.resource(call, "EnterpriseManager", types.ENTERPRISE_MANAGER, values)


def credentials(header: str) -> tuple[str, str] | None:
    """User and password of an Authorization header, or None."""
    scheme, _unused, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


def log_on(call: Call) -> Answer:
    world, switches = call.world, call.world.switches
    product = world.options.product
    form = call.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")
    if form and (switches["form_logon"] == "refused" or switches["form_logon"] == "auto" and product == "13"):
        raise ApiError(415, not_known("content type of a logon is not supported"))
    version = _version(call)
    account = _account(call)
    if switches["licence"] == "logon_refused":
        raise ApiError(403, not_known("licence edition does not include the REST API"))
    limit = switches["max_sessions"]
    if limit and len(world.sessions.all_open()) >= limit:
        raise ApiError(503, not_known("too many sessions"))
    rule = switches["session_token"]
    token_of_id = rule == "session_id" or rule == "auto" and product != "13"
    session = call.new_session = world.sessions.open(account, version, token_of_id)
    answer = documents.resource(
        call, "LogonSession", types.LOGON_SESSION, logon_session(session, catalogue(product)), 201
    )
    answer.headers += [
        ("Location", f"{call.base_url}/logonSessions/{session.id}"),
        ("Set-Cookie", f"X-RestSvcSessionId={session.token}; Path=/api;"),
    ]
    return answer


def _version(call: Call) -> str:
    """API version of the new session; without ``v`` the latest (which one EM takes is not known)."""
    known = API_VERSIONS[call.world.options.product]
    wanted = (call.param("v") or "latest").lower()
    if wanted in known:
        return wanted
    if wanted != "latest" and call.world.switches["unknown_api_version"] == "http_400":
        raise ApiError(400, not_known("API version is not supported"))
    return known[-1]


def _account(call: Call) -> Account:
    world, switches = call.world, call.world.switches
    given = credentials(call.headers.get("authorization", ""))
    if given is None:
        raise unauthorized()
    user, password = given
    account = next((a for a in world.state.accounts if user.casefold() in a.spellings()), None)
    if account is None:
        raise unauthorized()
    limit = switches["lockout_after"]
    failed = world.failed_logons.get(account.user, 0)
    if not account.password or account.password != password or (limit and failed >= limit):
        world.failed_logons[account.user] = failed + 1
        raise unauthorized()
    world.failed_logons.pop(account.user, None)
    if account.roles == ("none",):
        if switches["no_role_logon"] == "403":
            raise ApiError(403, ACCESS_DENIED)
        raise unauthorized()
    return account


def _own(call: Call, identity: str) -> Session:
    """An open session that the caller sees."""
    session = call.world.sessions.with_id(identity)
    if session is None or not session.open or not _shown(call, session):
        raise ApiError(404, not_known("there is no such session"))
    return session


def _shown(call: Call, session: Session) -> bool:
    assert call.session is not None
    return call.world.switches["logon_sessions"] == "all_users" or session.user == call.session.user


def sessions(call: Call) -> Answer:
    shown = [session for session in call.world.sessions.all_open() if _shown(call, session)]
    items = [logon_session(session) for session in shown]
    return documents.resource_list(call, "LogonSessions", "LogonSession", "LogonSessions", types.LOGON_SESSION, items)


def session(call: Call, id: str) -> Answer:
    values = logon_session(_own(call, id), catalogue(call.world.options.product))
    return documents.resource(call, "LogonSession", types.LOGON_SESSION, values)


def log_out(call: Call, id: str) -> Answer:
    assert call.session is not None
    session = _own(call, id)
    if session.user != call.session.user and not call.session.may(ADMINISTRATORS):
        raise ApiError(403, ACCESS_DENIED)
    call.world.end_session(session, logged_out=True)
    return Answer(204)


#: Before any session
OPEN = (
    route("", frozenset(), GET=root),
    route("/sessionMngr", frozenset(), POST=log_on),
)
ROUTES = (
    route("/logonSessions", EVERYBODY, GET=sessions),
    route("/logonSessions/{id}", EVERYBODY, GET=session, DELETE=log_out),
)
