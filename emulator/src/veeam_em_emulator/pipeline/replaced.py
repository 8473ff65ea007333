# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that put another answer in the place of the real one."""

from __future__ import annotations

from typing import Any

from ..resources import documents
from ..resources.call import Answer, Call
from ..tester.faults import Fault
from ..wire.errors import ApiError, not_known
from ..wire.xml_writer import DECLARATION, NAMESPACE


def replacement(call: Call, fault: Fault) -> Answer | None:
    """The answer that a replacing fault gives in place of the real one; None if it writes it by itself."""
    values = fault.parameters
    if fault.fault == "html":
        return documents.html_page(200, "Veeam Backup Enterprise Manager")
    if fault.fault == "empty":
        return Answer(200, "", call.media)
    if fault.fault == "redirect":
        answer = Answer(int(values.get("code", 302)), "", "text/html")
        answer.headers.append(("Location", str(values["location"])))
        return answer
    if fault.fault == "status":
        return _status(call, int(values["code"]), values)
    if fault.fault == "dtd":
        name = str(values.get("system", "file:///etc/hostname"))
        return Answer(200, _with_doctype(f'<!ENTITY x SYSTEM "{name}">', "x"), "xml")
    if fault.fault == "entities":
        return Answer(200, _many_entities(int(values.get("depth", 9))), "xml")
    if fault.fault == "deep_json":
        depth = int(values.get("depth", 100_000))
        if call.media == "json":
            return Answer(200, '{"Links":' + "[" * depth + "]" * depth + "}", "json")
        nested = "<a>" * depth + "</a>" * depth
        return Answer(200, f'{DECLARATION}<Links xmlns="{NAMESPACE}">{nested}</Links>', "xml")
    return None


def _status(call: Call, code: int, values: dict[str, Any]) -> Answer:
    kind = values.get("body", "error")
    if kind == "html":
        answer = documents.html_page(code, f"{code}")
    elif kind == "empty" or code in (204, 304):
        answer = Answer(code, "" if code not in (204, 304) else None, call.media)
    else:
        answer = documents.error(call, ApiError(code, str(values.get("message") or not_known("answer of a fault"))))
    if code == 401:
        answer.headers.append(("WWW-Authenticate", "Basic Realm=RestSvc"))
    if values.get("retry_after") is not None:
        answer.headers.append(("Retry-After", str(values["retry_after"])))
    return answer


def _many_entities(depth: int) -> str:
    """Ten times as much with every level."""
    lines = ['<!ENTITY a0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, depth + 1)]
    return _with_doctype("".join(lines), f"a{depth}")


def _with_doctype(declarations: str, entity: str) -> str:
    task = f'<Task xmlns="{NAMESPACE}"><TaskId>&{entity};</TaskId></Task>'
    return f"{DECLARATION}<!DOCTYPE Task [{declarations}]>{task}"
