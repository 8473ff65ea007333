# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM has and this emulator has not: 501 that names it, never 404 or 405, which say that there is no such thing.

What EM has is in ``documented.txt``: every request that the reference prints.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import parse_qsl

from ..resources.call import Call
from ..wire.errors import ApiError, not_known
from .table import first_part


@dataclass(frozen=True)
class Documented:
    """A request of the reference. path: below /api, ids as ``{ID}``. action, query_type: in the query string, or
    empty."""

    method: str
    path: str
    action: str
    query_type: str

    @property
    def text(self) -> str:
        return f"{self.method} {self.path}" + (f"?action={self.action}" if self.action else "")

    @property
    def first(self) -> str:
        return first_part(self.path)

    def fits(self, path: str) -> bool:
        return _pattern(self.path).fullmatch(path.rstrip("/")) is not None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", path)
    fixed = ("[^/]+" if part == "{ID}" else ".+" if part.startswith("{") else re.escape(part) for part in parts)
    return re.compile("".join(fixed), re.IGNORECASE)


@cache
def documented() -> tuple[Documented, ...]:
    text = (resources.files("veeam_em_emulator") / "api" / "documented.txt").read_text(encoding="utf-8")
    return tuple(map(parse, (line for line in text.splitlines() if line and not line.startswith("#"))))


def parse(line: str) -> Documented:
    """``POST /jobs/{ID}?action=start``."""
    method, _unused, target = line.partition(" ")
    path, _unused, query = target.partition("?")
    given = {name.lower(): value for name, value in parse_qsl(query)}
    return Documented(method, path.rstrip("/") if path != "/" else "", given.get("action", ""), given.get("type", ""))


def _at(path: str) -> Iterator[Documented]:
    return (item for item in documented() if item.fits(path))


def missing(what: str) -> ApiError:
    """501 for what the emulator does not have."""
    return ApiError(501, not_known(f"this emulator does not have {what}"))


def missing_request(call: Call) -> ApiError | None:
    """The same, where the reference prints this request, with this method and action."""
    for item in _at(call.path):
        if item.method == call.method and item.action.lower() == call.action:
            return missing(item.text)
    return None


def missing_action(call: Call, what: str) -> ApiError:
    """For an action that a resource does not have here: 501 where EM has it. what: ``a job``."""
    return missing_request(call) or ApiError(400, not_known(f"{what} has no such action"))


def missing_path(call: Call, present: Container[str]) -> ApiError:
    """For a path of which the emulator has nothing. present: first parts of the paths that it has; below a resource of
    which it has no path at all, everything is missing."""
    request = missing_request(call)
    if request is not None:
        return request
    first = first_part(call.path)
    if first not in present and any(item.first == first for item in documented()):
        action = call.param("action")
        return missing(f"{call.method} {named(call.path)}" + (f"?action={action}" if action else ""))
    return no_resource()


def no_resource() -> ApiError:
    return ApiError(404, not_known("there is no such resource"))


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:[^/]+", re.IGNORECASE)


def named(path: str) -> str:
    """The resource of a path: ids as ``{ID}``."""
    return "/".join("{ID}" if _ID.fullmatch(part) else part for part in path.rstrip("/").split("/"))


def query_type(kind: str) -> str | None:
    """Name of a type of the query service (em_rest query_type), given in any letter case."""
    return next((item.query_type for item in documented() if item.query_type.lower() == kind.lower()), None)
