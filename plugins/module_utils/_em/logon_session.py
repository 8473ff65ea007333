# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logon session as flows: opened once, renewed where it is over, closed on every way out.

EM reference: http_authentication, post_sessionmngr, delete_loginsessions_id.
"""

from __future__ import annotations

import base64
import time
import typing as t

from .._http.effects import Alone, Flow
from .._http.errors import ExchangeError, Forbidden, Refused, Unauthorized
from .._http.retry import LOGON, LOGOUT, persistently
from .._http.transport import Request, Response
from . import answers, http_status
from .server_clock import ServerClock
from .wire import CONTENT_TYPES, GUID, Unreadable, read_session_id, read_session_ids

T = t.TypeVar("T")

TOKEN_HEADER = "X-RestSvcSessionId"


class Credentials(t.NamedTuple):
    """username and password, or the token of a session that somebody else opened."""

    username: str | None
    password: str | None
    session_id: str | None

    def __repr__(self) -> str:
        return "Credentials(...)"


class Opened(t.NamedTuple):
    """A session that this run opened. id: None where the answer did not tell it, and it may not be open at all."""

    id: str | None
    token: str


class LogonSession:
    """logged_on(flow) logs on, plays the flow and logs out. Inside, sign() makes a request part of the session.

    note: hears of every repeated request. warn: hears of a logout that failed.
    """

    def __init__(
        self,
        credentials: Credentials,
        media_type: str,
        api_version: str,
        where: tuple[str, int],
        timeout: float,
        note: t.Callable[[Request, ExchangeError], None],
        warn: t.Callable[[str], None],
        clock: t.Callable[[], float] = time.monotonic,
        server_clock: ServerClock | None = None,
    ) -> None:
        self.server_clock = server_clock or ServerClock(clock)
        self._credentials = credentials
        self._media_type = media_type
        # The headers of the answer tell the session too: one that was opened must not be lost with its body.
        self._logon_request = Request("POST", f"/api/sessionMngr/?v={api_version}", b"", headers_suffice=True)
        self._where = where
        self._timeout = timeout
        self._note = note
        self._warn = warn
        self._clock = clock
        #: The newest comes last.
        self._opened: list[Opened] = []
        self._seen: list[str] = []
        self._handed_over: Opened | None = None
        #: The server's no to the credentials. They are not sent again: repeated wrong passwords lock accounts.
        self._refused: Unauthorized | None = None
        self._renewed_at: float | None = None
        #: Seconds after which a session that was renewed may be renewed again, None if it may not. Only a run that
        #: waits for hours needs that; for any other a second end says that something is wrong.
        self.renew_again_after: float | None = None
        self.token = credentials.session_id
        self.deadline = clock() + timeout

    @property
    def secrets(self) -> list[str]:
        """What must never be shown: the password and the form in which it travels, every token and every SessionId.

        A SessionId is no secret by itself, but up to EM 12.1 its token can be computed from it.
        """
        found = [self._credentials.password, self._credentials.session_id, *self._seen]
        if self._credentials.username is not None:
            found.append(self._basic())
        return [secret for secret in found if secret]

    @property
    def is_hopeless(self) -> bool:
        """Whether no logon can help any more: the credentials were refused."""
        return self._refused is not None

    @property
    def is_given(self) -> bool:
        """Whether somebody else opened the session, so that it cannot be opened again."""
        return self._credentials.session_id is not None

    def sign(self, request: Request, token: str | None = None) -> Request:
        """The request with its headers, with the session's token or, for the logon, with the credentials.

        token: another one than that in use.
        """
        content_type = CONTENT_TYPES[self._media_type]
        # EM picks the parser of a body by Accept, so Accept and Content-Type are one and the same single value.
        headers = {"Accept": content_type, "Accept-Encoding": "gzip", "User-Agent": "backupops.veeam"}
        if request.body is not None:
            headers["Content-Type"] = content_type
        if request is self._logon_request:
            headers["Authorization"] = "Basic " + self._basic()
        elif token is not None or self.token is not None:
            headers[TOKEN_HEADER] = token or self.token or ""
        return request._replace(headers=headers)

    def _basic(self) -> str:
        pair = f"{self._credentials.username}:{self._credentials.password}"
        return base64.b64encode(pair.encode("utf-8")).decode("ascii")

    def logged_on(self, flow: Flow[T]) -> Flow[T]:
        """Log on, play the flow and log out, whatever happens."""
        try:
            yield from self.open()
            return (yield from flow)
        finally:
            yield from self.close()

    def open(self) -> Flow[None]:
        """Log on, unless the session was given."""
        if self._credentials.session_id is None:
            yield from self._logon()

    def close(self) -> Flow[None]:
        """Log out of every session that this run opened. A session that was given is left as it is."""
        if self._opened:
            yield Alone(self._close(0), shielded=True)

    def close_others(self) -> Flow[None]:
        """Log out of all but the newest: attempts at the logon that failed may have opened some."""
        if len(self._opened) > 1:
            yield Alone(self._close(1), shielded=True)

    def _close(self, kept: int) -> Flow[None]:
        deadline = self._clock() + self._timeout / 2
        for opened in [opened for opened in self._opened if opened.id is None]:
            yield from self._name(opened, deadline)
        if self._opened:
            self.token = self._opened[-1].token
        while len(self._opened) > kept:
            # The one whose token is in use comes last: it closes the others where their own tokens do not.
            opened = self._opened.pop(0)
            try:
                yield from self._logout(t.cast(str, opened.id), opened.token, deadline)
            except ExchangeError as error:
                self._warn(
                    f"The logon session could not be closed ({error.reason}). It ends by itself after 15 idle minutes."
                )

    def _name(self, opened: Opened, deadline: float) -> Flow[None]:
        """Find the SessionId, or give the session up."""
        why = "its user has several."
        session_id = None
        try:
            session_id = yield from self._only_session(opened.token, deadline)
        except ExchangeError as error:
            why = error.msg
        place = self._opened.index(opened)
        if session_id is not None:
            self._opened[place] = opened._replace(id=session_id)
            return
        del self._opened[place]
        self._warn(
            "Enterprise Manager may have opened a logon session without naming it. It could not be "
            f"found, so it was not closed; it ends by itself after 15 idle minutes. The reason: {why}"
        )

    def hand_over(self) -> tuple[str, str]:
        """Token and SessionId of the session that was opened; whoever gets them must close it."""
        opened = self._handed_over = self._opened.pop()
        return opened.token, t.cast(str, opened.id)

    def take_back(self) -> Flow[None]:
        """Close what was handed over, because nobody gets it: the run was stopped after its last request."""
        if self._handed_over is not None:
            self._opened.append(self._handed_over)
            self._handed_over = None
        yield from self.close()

    def close_given(self, session_id: str) -> Flow[bool]:
        """Log out of a session that was opened elsewhere, whose token was given. False where it is closed already."""
        self._seen.append(session_id)
        return (yield from self._logout(session_id, t.cast(str, self.token), self._clock() + self._timeout))

    def renew(self, refused: str | None, deadline: float, request: str) -> Flow[None]:
        """Log on again after a 401 on that token, unless it was replaced in the meantime.

        Only once in a run, or once in renew_again_after. request: the label of the one that was refused, for the
        message. Raises Unauthorized if it is not possible.
        """
        if self.token != refused:
            return
        if self._credentials.session_id is not None:
            raise Unauthorized(
                "The logon session given in session_id is not valid, or no longer valid (15 idle minutes end it). "
                "Give the token of a new one.",
                request,
                401,
                permanent=True,
            )
        if self._refused is not None:
            raise self._refused
        if not self._may_renew:
            raise Unauthorized(
                f"{request}: the logon session ended a second time; giving up.", request, 401, permanent=True
            )
        if self.renew_again_after is None:
            self._renewed_at = self._clock()
        self.deadline = deadline
        yield Alone(self._logon())
        # Where it may be renewed again, a logon that found the server starting up has not used that up.
        self._renewed_at = self._clock()

    @property
    def _may_renew(self) -> bool:
        if self._renewed_at is None:
            return True
        return self.renew_again_after is not None and self._clock() - self._renewed_at >= self.renew_again_after

    def _logon(self) -> Flow[None]:
        # An attempt has an end, whatever the server does, because it is not broken off when the run is stopped: that
        # would lose a session that EM has already opened.
        yield from persistently(
            self._logon_request,
            LOGON,
            self.deadline,
            self._read_logon,
            self._clock,
            self._note,
            lambda left: self._timeout,
            self.sign,
        )

    def _read_logon(self, response: Response) -> None:
        """Take over the session, or raise what keeps that from being done."""
        hostname, port = self._where
        self.server_clock.hear(response.headers)
        token = response.headers.get(TOKEN_HEADER.lower(), "").strip()
        if token and token.isascii() and token.isprintable():
            self._seen.append(token)
            self._opened.append(Opened(None, token))
        else:
            token = ""
        if response.status == 401:
            refusal = http_status.refusal(self._logon_request, response)
            self._refused = Unauthorized(
                f"{hostname} port {port} refused the logon of {self._credentials.username}: check "
                "username and password, and that the account has a role in Enterprise Manager. Windows "
                "wants DOMAIN\\user, Linux user@domain.",
                self._logon_request.label,
                401,
                message=refusal.message,
                permanent=True,
            )
            raise self._refused
        if response.status == 403:
            raise _not_allowed(http_status.refusal(self._logon_request, response))
        if response.status == 404:
            raise http_status.not_the_api(self._logon_request, response, hostname, port)
        if response.status >= 400:
            raise http_status.refusal(self._logon_request, response)
        session_id = self._session_id(response) if token else None
        if session_id is None:
            raise http_status.not_the_api(self._logon_request, response, hostname, port)
        self._seen.append(session_id)
        self._opened[-1] = Opened(session_id, token)
        self.token = token

    def _session_id(self, response: Response) -> str | None:
        try:
            return read_session_id(response.body, self._media_type)
        except Unreadable:
            # The Location header names the same session (EM reference: em_web_api_specifications).
            location = response.headers.get("location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
            return location if GUID.fullmatch(location) else None

    def _only_session(self, token: str, deadline: float) -> Flow[str | None]:
        """The SessionId that belongs to the token, if its user has no other session but those that are known.

        Nobody can tell it from others.
        """
        request = Request("GET", "/api/logonSessions")

        def read(response: Response) -> str | None:
            found = answers.read(request, response, self._media_type, (200,), read_session_ids)
            self._seen.extend(found)
            others = [session_id for session_id in found if session_id not in {opened.id for opened in self._opened}]
            return others[0] if len(others) == 1 else None

        def sign(unsigned: Request) -> Request:
            return self.sign(unsigned, token)

        return (
            yield from persistently(
                request, LOGOUT, deadline, read, self._clock, self._note, lambda left: left / 4, sign
            )
        )

    def _logout(self, session_id: str, own: str, deadline: float) -> Flow[bool]:
        """Close it. False where it was closed already. own: its token."""
        # Up to EM 12.1 the token can be computed from the SessionId.
        request = Request("DELETE", f"/api/logonSessions/{session_id}", shown_path="/api/logonSessions/...")
        failures: list[ExchangeError] = []
        token = own

        def read(response: Response) -> bool:
            # A session that is gone already is as good as one that was closed. But the first 401 or 404 proves little:
            # believing a proxy's page would leave the session open. And a 401 on another token says nothing of it.
            gone = ((404, 401) if token == own else (404,)) if failures else ()
            http_status.expect_status(request, response, 204, *gone)
            return response.status == 204

        def note(repeated: Request, error: ExchangeError) -> None:
            nonlocal token
            failures.append(error)
            # Any session of a user may close the others. So one whose token is refused although it is open is closed
            # with the token in use; where that one is over, its own is tried once more.
            in_use = t.cast(str, self.token)
            token = in_use if token == own and error.status == 401 else own
            # The second look at a session that seems to be gone is no repetition that anybody needs to hear of.
            if error.status not in (401, 404):
                self._note(repeated, error)

        def sign(unsigned: Request) -> Request:
            return self.sign(unsigned, token)

        return (
            yield from persistently(request, LOGOUT, deadline, read, self._clock, note, lambda left: left / 2, sign)
        )


def _not_allowed(refusal: Refused) -> Forbidden:
    """The error for a logon that is denied to an account whose password is right: nothing tells why."""
    return Forbidden(
        f"{refusal.request}: {refusal.reason}.",
        refusal.request,
        403,
        from_api=refusal.from_api,
        message=refusal.message,
        hint="Either the account has no role in Enterprise Manager (jobs need Portal Administrator), or the licence "
        "does not include the REST API.",
    )
