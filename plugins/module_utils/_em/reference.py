# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a user names a resource: a reference read once, names as sentences show them, and names that look alike. Pure."""

from __future__ import annotations

import difflib
import re
import typing as t
from urllib.parse import urlsplit

from .._http.errors import ExchangeError, OptionError, Refused
from .kind import Kind
from .texts import check_name, folded
from .wire import GUID

T = t.TypeVar("T")

#: So many names are listed where there may be many.
_MOST_NAMED = 5
_UID = re.compile(r"urn:veeam:([A-Za-z]+):(.+)")


class Named(t.Protocol):
    """Something with an id and a name, such as a backup server."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


class Reference(t.NamedTuple):
    """How a user named a resource: by id (from an id, UID or href) or by name. text: in the user's own words."""

    text: str
    id: str | None
    name: str | None

    def picks(self, items: t.Iterable[T]) -> list[T]:
        """The resources that it means. Names compare exactly."""
        wanted = self.id if self.id is not None else self.name
        key = "id" if self.id is not None else "name"
        return [item for item in items if getattr(item, key) == wanted]

    def is_server(self, server: Named | None) -> bool:
        """Whether it means this backup server. Host names compare without letter case."""
        if server is None:
            return False
        if self.id is not None:
            return server.id == self.id
        return server.name.lower() == (self.name or "").lower()


def reference(option: str, value: str, kind: Kind, place: str = "") -> Reference:
    """Read a name, id, UID or href of a resource of that kind. Raises OptionError, with the place before the option."""
    check_name(option, value, place)
    uid = _UID.fullmatch(value)
    if uid:
        types = {name.lower() for name in (kind.name, *kind.more_uids)}
        if uid.group(1).lower() not in types or not GUID.fullmatch(uid.group(2)):
            raise OptionError(f"{place}{option}: {value} is not a UID of a {kind.words} (urn:veeam:{kind.name}:…).")
        return Reference(value, uid.group(2).lower(), None)
    if re.match(r"https?://", value, re.IGNORECASE) or value.startswith("/api/"):
        # The host in an href is EM's idea of its own name, so only the path counts.
        try:
            path, _slash, identifier = urlsplit(value).path.rstrip("/").rpartition("/")
        except ValueError:
            path, identifier = "", ""
        folders = (kind.collection, *kind.more_hrefs)
        is_there = any(path.lower().endswith(f"/api/{folder}".lower()) for folder in folders)
        if not is_there or not GUID.fullmatch(identifier):
            raise OptionError(
                f"{place}{option}: {value} is not an href of a {kind.words} (…/api/{kind.collection}/{{id}})."
            )
        return Reference(value, identifier.lower(), None)
    if GUID.fullmatch(value):
        return Reference(value, value.lower(), None)
    return Reference(value, None, value)


def says_unknown(what: str, error: Refused) -> ExchangeError:
    """The error for an id that EM does not know; what: such as "source_job: there is no job"."""
    identifier = error.request.rpartition("/")[2]
    message = (error.message or "").rstrip(".")
    said = f": {message}" if message else ""
    return ExchangeError(f"{what} with id {identifier}{said}.", error.request, error.status, error.message)


def quoted(name: str) -> str:
    """A name as sentences show it."""
    return f'"{name}"'


def near_names(wanted: str, names: t.Iterable[str]) -> list[str]:
    """Up to five names that look like the wanted one: most of its letters, or its first words, as of a host's name.

    Names that differ only in what nobody sees, or in letter case, are all among them.
    """
    by_folded: dict[str, list[str]] = {}
    for name in names:
        by_folded.setdefault(folded(name), []).append(name)
    own = folded(wanted)
    begins = re.compile(re.escape(own) + r"\b") if own else None
    near = [name for name in sorted(by_folded) if begins is not None and begins.match(name)]
    near = sorted(near, key=len) + difflib.get_close_matches(own, list(by_folded), 5, 0.6)
    return [name for found in dict.fromkeys(near) for name in dict.fromkeys(by_folded[found])][:5]


def near_hint(wanted: str, names: t.Iterable[str]) -> str:
    """A sentence that asks for the names that are near, to follow another one; nothing where none is."""
    near = near_names(wanted, names)
    if not near:
        return ""
    *others, last = [quoted(name) for name in near]
    return f" Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"


def hint(wanted: str, names: t.Iterable[str], what: str) -> str:
    """The same for what there is little of: where none is near, it says what is known. what: such as "repositories"."""
    names = sorted(set(names))
    shown = [quoted(name) for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        shown.append(f"and {len(names) - _MOST_NAMED} more")
    return near_hint(wanted, names) or (f" Known {what}: {', '.join(shown)}." if shown else "")
