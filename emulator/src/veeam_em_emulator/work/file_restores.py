# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are brought back to where they were, in a session of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..estate.guest import GuestFile
from ..estate.machines import Machine
from ..wire.errors import OFFLINE, refused
from ..wire.links import Link
from .guest_files import Mount
from .restore_sessions import FILE_LEVEL_RESTORE, RestoreSession
from .tasks import Work
from .world import World

_GONE = "the machine is not there"
_OFF = "the machine is not running"
_EXISTS = "the file is there already"


@dataclass(frozen=True)
class HowToRestore:
    """overwrite: what is there. permissions_only: the files stay as they are."""

    overwrite: bool
    permissions_only: bool = False


class RestoreFiles(Work):
    """path: of the file or folder that is meant; files: all that belong to it."""

    def __init__(self, world: World, mount: Mount, path: str, files: Sequence[GuestFile], how: HowToRestore) -> None:
        self.world = world
        self.mount = mount
        self.path = path
        self.files = files
        self.how = how
        self.session: RestoreSession | None = None

    def _machine(self) -> Machine:
        thing = self.mount.point.machine
        return self.world.machines.of(thing.reference, thing.name)

    def operate(self) -> str | None:
        point, machine = self.mount.point, self._machine()
        if point.server.id in self.world.offline:
            return OFFLINE
        if not machine.exists or not machine.powered_on:
            return refused(_OFF if machine.exists else _GONE)
        element = self.mount.kind.removesuffix("Mount")
        self.session = self.world.restores.start(
            job_type=FILE_LEVEL_RESTORE, server=point.server, machine=point.machine.name,
            reference=point.machine.reference, cause=self.cause, act=self._bring_back,
            point=Link("Related", f"{self.mount.collection}/{point.id}", point.name, f"{element}Reference"),
        )  # fmt: skip
        return None

    def _bring_back(self, session: RestoreSession) -> str | None:
        machines, machine = self.world.machines, self._machine()
        if not machine.exists or not machine.powered_on:
            return refused(_OFF if machine.exists else _GONE)
        cause = replace(session.cause, session=session.id, server=session.server.name)
        beside = not (self.how.overwrite or self.how.permissions_only)
        if beside and self.world.switches["existing_file"] == "session_failed":
            machines.note(
                machine, "file_restore_failed", cause, at=session.ended, point=self.mount.point.id, detail=self.path
            )
            return refused(_EXISTS)
        if self.how.overwrite and any(file.data for file in self.files):
            machines.put(machine, self.mount.data, at=session.ended)
        event = (
            "permissions_restored"
            if self.how.permissions_only
            else "files_restored_beside"
            if beside
            else "files_restored"
        )
        machines.note(machine, event, cause, at=session.ended, point=self.mount.point.id, detail=self.path)
        return None
