# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points that are mounted, so that a client can look into their files (em_rest vmrestorepoints_id_mounts...). A mount
belongs to the logon session that has made it, and ends with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..estate.guest import GuestFile, Tree, tree
from ..estate.jobs import JobObject
from ..estate.servers import BackupServer
from ..estate.sessions import Session


class Point(Protocol):
    """A point of one machine, of whatever kind."""

    @property
    def id(self) -> str: ...

    @property
    def server(self) -> BackupServer: ...

    @property
    def machine(self) -> JobObject: ...

    @property
    def ready(self) -> bool: ...

    @property
    def name(self) -> str: ...


@dataclass(eq=False)
class Mount:
    """kind: element. collection: path of the points. number: counts up in the session, for each point. data: the word
    on the disks.

    ready: paths, in lower case, that can be downloaded.
    """

    kind: str
    collection: str
    point: Point
    number: int
    data: str
    tree: Tree
    ready: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.point.id}/mounts/{self.number}"

    @property
    def name(self) -> str:
        return f"{self.point.id}@{self.number}"

    def bytes(self, file: GuestFile) -> bytes:
        return file.bytes(self.data)


class GuestFiles:
    """The mounts of each session."""

    def __init__(self) -> None:
        self._mounts: dict[str, list[Mount]] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def mount(self, session: Session, kind: str, collection: str, point: Point, data: str, os_kind: str) -> Mount:
        key = session.id, point.id
        self._numbers[key] = number = self._numbers.get(key, 0) + 1
        mount = Mount(kind, collection, point, number, data, tree(os_kind))
        self._mounts.setdefault(session.id, []).append(mount)
        return mount

    def of(self, session: Session, point: Point) -> dict[int, Mount]:
        """Those of this session, by number."""
        return {mount.number: mount for mount in self._mounts.get(session.id, ()) if mount.point is point}

    def unmount(self, session: Session, mount: Mount) -> None:
        self._mounts[session.id].remove(mount)

    def session_over(self, session: Session) -> None:
        self._mounts.pop(session.id, None)
