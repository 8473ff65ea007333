# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which answer may be believed: status and content type are checked before the body is read as a document.

EM reference: http_response_codes, em_web_api_specifications.
"""

from __future__ import annotations

import typing as t

from .._http.errors import shortened
from .._http.transport import Request, Response
from .http_status import expect_status, unusable
from .wire import CONTENT_TYPES, Unreadable

T = t.TypeVar("T")


def read(
    request: Request, response: Response, media_type: str, statuses: tuple[int, ...], parse: t.Callable[[bytes, str], T]
) -> T:
    """The parsed body of an answer with an expected status. Raises Refused or BadAnswer."""
    expect_status(request, response, *statuses)
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not matches(content_type, media_type):
        raise unusable(request, response, f"its content type is {shortened(content_type, 60) or 'missing'}")
    try:
        return parse(response.body, media_type)
    except Unreadable as error:
        raise unusable(request, response, str(error), error.hint, error.permanent) from error


def matches(content_type: str, media_type: str) -> bool:
    """Whether that content type is the asked format; text/xml and application/vnd.x+json count too."""
    return content_type == CONTENT_TYPES[media_type] or content_type.endswith(("/" + media_type, "+" + media_type))
