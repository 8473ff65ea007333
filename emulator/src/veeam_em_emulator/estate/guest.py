# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files inside a machine: a few that every machine has, and one that holds the word on its disks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WINDOWS, LINUX = "Windows", "Linux"
OS_KINDS = (WINDOWS, LINUX)
_MODIFIED = "2025-12-19T09:14:02Z"


@dataclass(frozen=True)
class GuestFile:
    """path: with ``/``, and the drive of Windows before it. data: it holds the word that is on the machine's disks.
    content: of others; size: where it is not that of the content. owner: None where EM shows none.
    """

    path: str
    content: str = ""
    size: int | None = None
    modified: str = _MODIFIED
    owner: str | None = None
    data: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def bytes(self, data: str) -> bytes:
        """What is in it, on a machine whose disks hold that word."""
        content = (data if self.data else self.content).encode()
        return content if self.size is None else content[: self.size].ljust(self.size, b"\0")


_FILES = {
    WINDOWS: (
        GuestFile("C:/data.txt", data=True),
        GuestFile("C:/Windows/win.ini", "; for 16-bit app support\r\n"),
        GuestFile("E:/Shared Data/offers.docx", "offers", 48128),
        GuestFile("E:/Shared Data/2025/offers.docx", "offers of the year before", 40960),
    ),
    LINUX: (
        GuestFile("etc/hostname", "guest\n"),
        GuestFile("home/data.txt", data=True),
        GuestFile("var/log/messages", "", 1024),
    ),
}


@dataclass(frozen=True)
class Folder:
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Tree:
    """Files below their folders. Letter case does not count: EM itself writes the paths of downloads in lower case."""

    def __init__(self, files: Iterable[GuestFile]) -> None:
        self._files = {file.path.casefold(): file for file in files}

    def file(self, path: str) -> GuestFile | None:
        return self._files.get(path.strip("/").casefold())

    def folder(self, path: str) -> Folder | None:
        """As it is spelled; None where there is no such folder."""
        wanted = path.strip("/")
        for file in self._files.values():
            if file.path.casefold().startswith(f"{wanted.casefold()}/"):
                return Folder(file.path[: len(wanted)])
        return None

    def below(self, path: str) -> Iterator[GuestFile]:
        """Every file in a folder, at any depth."""
        start = f"{path.strip('/').casefold()}/"
        return (file for key, file in self._files.items() if key.startswith(start))

    def inside(self, path: str) -> tuple[list[GuestFile], list[Folder]]:
        """Files and folders of one folder, by name. An empty path stands above the volumes."""
        start = f"{path.strip('/')}/".lstrip("/")
        files, folders = [], {}
        for file in self._files.values():
            if not file.path.casefold().startswith(start.casefold()):
                continue
            name, slash, _rest = file.path[len(start) :].partition("/")
            if slash:
                folders[name.casefold()] = Folder(file.path[: len(start) + len(name)])
            else:
                files.append(file)
        return sorted(files, key=lambda item: item.path.casefold()), [folders[name] for name in sorted(folders)]


def tree(os_kind: str) -> Tree:
    return Tree(_FILES[os_kind])
