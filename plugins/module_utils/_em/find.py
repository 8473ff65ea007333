# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a user names a resource: a reference read once, names as sentences show them, and names that look alike. Pure."""

from __future__ import annotations

import difflib
import re
import typing as t
from urllib.parse import urlsplit

from .._http.errors import OptionError
from .wire import GUID

_UID = re.compile(r"urn:veeam:([A-Za-z]+):(.+)")
_COLLECTIONS = {"Job": "jobs", "Repository": "repositories", "BackupServer": "backupServers"}


class Reference(t.NamedTuple):
    """How a user named a resource: by id (from an id, UID or href) or by name."""

    id: str | None
    name: str | None


def reference(option: str, value: str, kind: str, place: str = "") -> Reference:
    """Read a name, id, UID or href of a resource of that kind (Job, Repository, BackupServer)."""
    uid = _UID.fullmatch(value)
    if uid:
        if uid.group(1).lower() != kind.lower() or not GUID.fullmatch(uid.group(2)):
            raise OptionError("%s%s: %s is no UID of a %s (urn:veeam:%s:…)." % (place, option, value, kind, kind))
        return Reference(uid.group(2).lower(), None)
    if re.match(r"https?://", value, re.IGNORECASE) or value.startswith("/api/"):
        # The host in an href is EM's idea of its own name, so only the path counts.
        try:
            parts = urlsplit(value).path.rstrip("/").split("/")
        except ValueError:
            parts = []
        if len(parts) < 2 or parts[-2].lower() != _COLLECTIONS[kind].lower() or not GUID.fullmatch(parts[-1]):
            raise OptionError(
                "%s%s: %s is no href of a %s (…/api/%s/{id})." % (place, option, value, kind, _COLLECTIONS[kind])
            )
        return Reference(parts[-1].lower(), None)
    if GUID.fullmatch(value):
        return Reference(value.lower(), None)
    return Reference(None, value)


def quoted(name: str) -> str:
    """A name as sentences show it."""
    return '"%s"' % name


def near_names(wanted: str, names: t.Iterable[str]) -> list[str]:
    """Up to five names that look like the wanted one. Names that differ only in letter case are all among them."""
    by_folded: dict[str, list[str]] = {}
    for name in names:
        by_folded.setdefault(name.lower(), []).append(name)
    near = difflib.get_close_matches(wanted.lower(), list(by_folded), 5, 0.6)
    return [name for folded in near for name in dict.fromkeys(by_folded[folded])][:5]


def near_hint(names: list[str]) -> str:
    return " There is: %s." % ", ".join(quoted(name) for name in names) if names else ""
