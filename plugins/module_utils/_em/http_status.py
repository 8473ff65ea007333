# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each HTTP status says where another one is expected: the error for it, and the hint, such as the role on 403.

EM reference: http_response_codes.
"""

from __future__ import annotations

import time
import typing as t

from .._http.errors import BadAnswer, ExchangeError, Forbidden, Refused, Unauthorized
from .._http.transport import Request, Response
from . import moments
from .least_role import least_role
from .wire import read_error

_NOT_THE_ROLE = "The account's role in Enterprise Manager does not allow it"
_NOT_THE_API = "Is this the REST API port of Enterprise Manager (9398), and not the web UI or a proxy?"


def expect_status(request: Request, response: Response, *expected: int) -> None:
    """Raise the error that an unexpected status stands for."""
    if response.status in expected:
        return
    if response.status < 400:
        raise unusable(request, response, f"HTTP {response.status} is not what Enterprise Manager answers here")
    raise refusal(request, response)


def refusal(request: Request, response: Response) -> Refused:
    """The error for a status of 400 or more."""
    message = read_error(response.body) if response.body else None
    details: dict[str, t.Any] = {
        "from_api": message is not None,
        "message": message or None,
        "retry_after": _retry_after(response.headers.get("retry-after")),
    }
    said = f": {message.rstrip('.')}" if message else ""
    label, status = request.label, response.status
    if status == 401:
        return Unauthorized(f"{label}: not authorised (HTTP 401){said}.", label, status, **details)
    if status == 403:
        return Forbidden(
            f"{label}: access denied (HTTP 403){said}.",
            label,
            status,
            hint=f"{_NOT_THE_ROLE}; {least_role(request.method, request.path)} does.",
            **details,
        )
    if message is None:
        said = (
            "; the answer is not from Enterprise Manager, perhaps from a proxy in front of it" if response.body else ""
        )
    sentence = f"{label}: the server answered HTTP {status}{said}."
    return Refused(sentence, label, status, hint=_HINTS.get(status, ""), **details)


#: What to do, by status.
_HINTS = {
    429: "Too many requests: try again later, or with fewer at a time.",
    503: "It may be starting or overloaded: try again later.",
}


def unusable(request: Request, response: Response, why: str, hint: str = "", permanent: bool = False) -> BadAnswer:
    """The error for an answer that is not what was asked for, whatever its status says."""
    if response.body.lstrip()[:1] == b"<" and b"<html" in response.body[:2000].lower():
        why, hint = "it is an HTML page", _NOT_THE_API
    return BadAnswer(
        f"{request.label}: the answer (HTTP {response.status}) cannot be used: {why}.",
        request.label,
        response.status,
        permanent=permanent,
        hint=hint,
    )


def not_the_api(request: Request, response: Response, hostname: str, port: int) -> ExchangeError:
    """The error for a logon that was answered, but not by EM's REST API."""
    return BadAnswer(
        f"{hostname} port {port} answered the logon without a session (HTTP {response.status}).",
        request.label,
        response.status,
        permanent=True,
        hint=_NOT_THE_API,
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or a date; None where it is neither."""
    if not value:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    moment = moments.read_date(value)
    return max(0.0, moment - time.time()) if moment is not None else None
