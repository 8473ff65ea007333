# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files of a guest are shown (em_rest vmrestorepoints_id_mounts..., printed for agents by 13.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ..estate.guest import Folder, GuestFile
from ..wire.links import Link
from ..wire.types import PAGING_INFO, Field, Type, fields
from ..work.guest_files import Mount

_DIRECTORY_ENTRY = Type(fields("Path", "Name"), base="resource")
FILE_ENTRY = Type(
    (*fields("Path", "Name", "Size", "Owner", "ModifiedDateUTC"), Field("Actions", "json")), base="resource"
)


def _directories(name: str) -> Field:
    return Field(name, "list", _DIRECTORY_ENTRY, item="DirectoryEntry", plural="DirectoryEntries")


MOUNT = Type((_directories("FSRoots"),), base="resource")
FILE_SYSTEM_ENTRIES = Type(
    (
        Field("Files", "list", FILE_ENTRY, item="FileEntry", plural="FileEntries"),
        _directories("Directories"),
        Field("PagingInfo", "object", PAGING_INFO),
    ),
    base="resource",
)
#: Entries on a page where the client does not say, by action.
USUAL_SIZE = {"listall": 100, "listdirs": 10, "listfiles": 10}
_SPELLED = {"listall": "listAll", "listdirs": "listDirs", "listfiles": "listFiles"}


def address(base: str, path: str) -> str:
    """Of a file or folder below a mount."""
    return f"{base}/{quote(path, safe='/:')}"


def listing(base: str, path: str, action: str = "listall", size: int | None = None, page: int = 1) -> str:
    """Href of a list of what is in a folder."""
    return f"{address(base, path)}?action={_SPELLED[action]}&pageSize={size or USUAL_SIZE[action]}&page={page}"


def _up(base: str, path: str) -> Link:
    """To the folder that something is in; from a volume to what has the volumes."""
    above = path.rpartition("/")[0]
    return Link("Up", listing(base, above) if above else base)


def mount(item: Mount) -> dict[str, Any]:
    """Its volumes have no links."""
    return {
        "Type": item.kind,
        "Href": item.path,
        "Links": (Link("Delete", item.path),),
        "FSRoots": [
            {
                "Type": "DirectoryEntry",
                "Href": address(item.path, folder.path),
                "Path": folder.path,
                "Name": folder.name,
            }
            for folder in item.tree.inside("")[1]
        ],
    }


def file_entry(base: str, file: GuestFile, size: int) -> dict[str, Any]:
    href = address(base, file.path)
    return {
        "Type": "FileEntry",
        "Href": href,
        "Links": (_up(base, file.path), Link("Restore", f"{href}?action=restore")),
        "Path": file.path,
        "Name": file.name,
        "Size": size,
        "Owner": file.owner,
        "ModifiedDateUTC": file.modified,
    }


def directory_entry(base: str, folder: Folder) -> dict[str, Any]:
    href = address(base, folder.path)
    return {
        "Type": "DirectoryEntry",
        "Href": href,
        "Links": (
            _up(base, folder.path),
            *(Link("Down", listing(base, folder.path, action)) for action in USUAL_SIZE),
            Link("Restore", f"{href}?action=restore"),
        ),
        "Path": folder.path,
        "Name": folder.name,
    }


def entries(
    base: str, path: str, href: str, shown: list[GuestFile | Folder], size_of: Callable[[GuestFile], int], paging: Any
) -> dict[str, Any]:
    """One page of what is in a folder: the files come first. size_of: of a file, in bytes."""
    return {
        "Href": href,
        "Links": (_up(base, path),) if path else (),
        "Files": [file_entry(base, item, size_of(item)) for item in shown if isinstance(item, GuestFile)],
        "Directories": [directory_entry(base, item) for item in shown if isinstance(item, Folder)],
        "PagingInfo": paging.values(),
    }
