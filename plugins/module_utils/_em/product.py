# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Enterprise Manager is 13 or newer, told by the case of the keys in its JSON.

REST 1.7 is spoken by 12 too, so its version says nothing. The root of the API needs no session (EM reference: api,
em_web_api_specifications).
"""

from __future__ import annotations

import json

from .._http.effects import Flow
from .._http.errors import BadAnswer, Refused
from .._http.retry import READ
from .._http.transport import Request, Response
from . import answers
from .calls import EnterpriseManager
from .wire import CONTENT_TYPES, Unreadable

ROOT = "/api/"


def is_13_or_newer(em: EnterpriseManager, deadline: float) -> Flow[bool]:
    """Ask the root of the API, in JSON whatever the task speaks. What cannot be read counts as older."""
    request = Request("GET", ROOT, headers={"Accept": CONTENT_TYPES["json"], "User-Agent": "backupops.veeam"})

    def read(response: Response) -> bool:
        return answers.read(request, response, "json", (200,), _camel_case)

    try:
        return (yield from em.anonymously(request, READ, deadline, read))
    except (BadAnswer, Refused):
        return False


def _camel_case(body: bytes, media_type: str) -> bool:
    """Whether every key of the document begins with a small letter. Raises Unreadable."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not well-formed JSON") from error
    if not isinstance(document, dict) or not document:
        raise Unreadable("it is not a JSON object with members")
    return all(key[:1].islower() for key in document)
