# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How new Enterprise Manager is: what the root of the API shows, which needs no session.

REST 1.7 is spoken from 12 on; that it is 13 only the case of the keys in its JSON tells (EM reference: api,
em_web_api_specifications, em_web_api_versions).
"""

from __future__ import annotations

import json
import typing as t

from .._http.effects import Flow
from .._http.errors import BadAnswer, Refused
from .._http.retry import READ
from .._http.transport import Request, Response
from . import answers
from .calls import EnterpriseManager
from .wire import CONTENT_TYPES, Unreadable

ROOT = "/api/"
_SINCE_12 = "v1_7"


def is_13_or_newer(em: EnterpriseManager, deadline: float) -> Flow[bool]:
    """Ask the root of the API, in JSON whatever the task speaks. What cannot be read counts as older."""
    try:
        root = yield from _root(em, deadline)
    except (BadAnswer, Refused):
        return False
    return all(key[:1].islower() for key in root)


def is_12_or_newer(em: EnterpriseManager, deadline: float) -> Flow[bool]:
    """Whether REST 1.7 is among its versions. Raises ExchangeError."""
    return _names((yield from _root(em, deadline)), _SINCE_12)


def _root(em: EnterpriseManager, deadline: float) -> Flow[dict[str, t.Any]]:
    """The root as JSON, whatever the task speaks. Raises ExchangeError."""
    request = Request("GET", ROOT, headers={"Accept": CONTENT_TYPES["json"], "User-Agent": "backupops.veeam"})

    def read(response: Response) -> dict[str, t.Any]:
        return answers.read(request, response, "json", (200,), _members)

    return (yield from em.anonymously(request, READ, deadline, read))


def _members(body: bytes, media_type: str) -> dict[str, t.Any]:
    """The members of the document. Raises Unreadable."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not well-formed JSON") from error
    if not isinstance(document, dict) or not document:
        raise Unreadable("it is not a JSON object with members")
    return document


def _names(root: dict[str, t.Any], version: str) -> bool:
    """Whether the version is a value anywhere in it: lists of one are objects in some answers."""
    left: list[t.Any] = [root]
    while left:
        value = left.pop()
        if value == version:
            return True
        left += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return False
