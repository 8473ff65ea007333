# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the guest: mount a point, look into it, restore and download a file, unmount (em_rest
vmrestorepoints_id_mountpoints..., agents_agentrestorepoints_id_mounts..., the same below replica points)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from ..estate.guest import OS_KINDS, WINDOWS, Folder, GuestFile
from ..estate.roles import FILE_RESTORERS, RESTORERS
from ..query.paging import page
from ..resources import documents
from ..resources import guest_files as resources
from ..resources.call import Answer, Call
from ..wire.bodies import text_of
from ..wire.errors import ApiError, not_known, refused
from ..wire.links import Link
from ..work.file_restores import HowToRestore, RestoreFiles
from ..work.guest_files import Mount, Point
from ..work.tasks import Work
from ..work.world import World
from . import agent_points, backups, elsewhere, replicas
from .common import body_values, check_online, start_task
from .table import Route, route

_SPEC_NAMES = (
    "ForDirectDownload", "ToOriginalLocation", "GuestCredentials", "UserName", "Password", "Overwrite",
    "PermissionsOnly",
)  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """Points that can be mounted. element: of one. find: the point of an id. data: gives the word on the disks of
    one."""

    collection: str
    element: str
    find: Callable[[Call, str], Any]
    data: Callable[[World], Callable[[Any], str]]

    @property
    def mount(self) -> str:
        return f"{self.element}Mount"


class StartMount(Work):
    def __init__(self, call: Call, holder: Holder, point: Point, os_kind: str) -> None:
        assert call.session is not None
        self.world = call.world
        self.session = call.session
        self.holder = holder
        self.point = point
        self.os_kind = os_kind

    def operate(self) -> str | None:
        return None if self.point.ready else refused("the point is not ready")

    def finish(self) -> tuple[Link, ...]:
        holder = self.holder
        mount = self.world.guest_files.mount(
            self.session, holder.mount, holder.collection, self.point, holder.data(self.world)(self.point), self.os_kind
        )
        return (Link("Related", mount.path, mount.name, holder.mount),)


class Download(Work):
    """Makes a file, or a folder, ready to be downloaded."""

    def __init__(self, mount: Mount, path: str) -> None:
        self.mount = mount
        self.path = path

    def finish(self) -> tuple[Link, ...]:
        # EM writes this path in lower case
        path = self.path.lower()
        self.mount.ready.add(path)
        return (Link("Download", f"{resources.address(self.mount.path, path)}?action=download"),)


def _body(call: Call, root: str, names: tuple[str, ...]) -> dict[str, object]:
    """A body that may be left out."""
    return body_values(call, root, {}, names) if call.body.strip() else {}


def start(holder: Holder, call: Call, id: str) -> Answer:
    point = holder.find(call, id)
    os_kind = text_of(_body(call, "StartMountSpec", ("OsKind",)), "OsKind") or WINDOWS
    if os_kind not in OS_KINDS:
        raise ApiError(400, not_known("there is no such kind of operating system"))
    check_online(call, point.server)
    return start_task(call, "MountRestorePoint", StartMount(call, holder, point, os_kind))


def _mounts(holder: Holder, call: Call, id: str) -> dict[int, Mount]:
    assert call.session is not None
    return call.world.guest_files.of(call.session, holder.find(call, id))


def _mount(holder: Holder, call: Call, id: str, number: str) -> Mount:
    mount = _mounts(holder, call, id).get(int(number)) if number.isdecimal() else None
    if mount is None:
        raise ApiError(404, not_known("this session has no such mount"))
    return mount


def mounts(holder: Holder, call: Call, id: str) -> Answer:
    items = map(resources.mount, _mounts(holder, call, id).values())
    return documents.resource_list(call, f"{holder.mount}s", holder.mount, f"{holder.mount}s", resources.MOUNT, items)


def read(holder: Holder, call: Call, id: str, number: str) -> Answer:
    values = resources.mount(_mount(holder, call, id, number))
    return documents.resource(call, holder.mount, resources.MOUNT, values)


def unmount(holder: Holder, call: Call, id: str, number: str) -> Answer:
    assert call.session is not None
    call.world.guest_files.unmount(call.session, _mount(holder, call, id, number))
    return Answer(204)


def _entry(mount: Mount, path: str) -> GuestFile | Folder:
    found = mount.tree.file(path) or mount.tree.folder(path)
    if found is None:
        raise ApiError(404, not_known("there is no such file or folder"))
    return found


def browse(holder: Holder, call: Call, id: str, number: str, path: str) -> Answer:
    mount = _mount(holder, call, id, number)
    entry = _entry(mount, path)
    if call.action == "download":
        return download(mount, entry)
    return look_into(call, mount, mount.path, entry, "FileSystemEntries")


def look_into(call: Call, mount: Mount, base: str, entry: GuestFile | Folder, root: str) -> Answer:
    """What is in a folder; of a file, its entry. base: path below which it lies. root: element of the document."""

    def size_of(file: GuestFile) -> int:
        return len(mount.bytes(file))

    if isinstance(entry, GuestFile):
        values = resources.file_entry(base, entry, size_of(entry))
        return documents.resource(call, "FileEntry", resources.FILE_ENTRY, values)
    action = call.action or "listall"
    if action not in resources.USUAL_SIZE:
        raise ApiError(400, not_known("a folder has no such action"))
    files, folders = mount.tree.inside(entry.path)
    shown: list[GuestFile | Folder] = []
    if action != "listdirs":
        shown += files
    if action != "listfiles":
        shown += folders
    address = resources.listing(base, entry.path, action).partition("&")[0]
    chosen, paging = page(call, address, shown, always=True, usual=resources.USUAL_SIZE[action], own_query=True)
    assert paging is not None
    href = resources.listing(base, entry.path, action, paging.size, paging.number)
    values = resources.entries(base, entry.path, href, list(chosen), size_of, paging)
    return documents.resource(call, root, resources.FILE_SYSTEM_ENTRIES, values)


def download(mount: Mount, entry: GuestFile | Folder) -> Answer:
    """The file itself, a folder as an archive, once a restore has made it ready."""
    if entry.path.lower() not in mount.ready:
        raise ApiError(404, not_known("it was not made ready for a download"))
    name = entry.name.rstrip(":") if isinstance(entry, GuestFile) else f"{entry.name.rstrip(':')}.zip"
    content = mount.bytes(entry) if isinstance(entry, GuestFile) else _archive(mount, entry)
    answer = Answer(200, content, "application/octet-stream")
    answer.headers.append(("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}"))
    return answer


def _archive(mount: Mount, folder: Folder) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for file in mount.tree.below(folder.path):
            archive.writestr(zipfile.ZipInfo(file.path[len(folder.path) + 1 :]), mount.bytes(file))
    return kept.getvalue()


def restore(holder: Holder, call: Call, id: str, number: str, path: str) -> Answer:
    """em_rest post_vmrestorepoints_id_mountpoints_id_filepath_actionrestore."""
    mount = _mount(holder, call, id, number)
    entry = _entry(mount, path)
    if call.action != "restore":
        raise elsewhere.missing_action(call, "a file")
    values = body_values(call, "FileRestoreSpec", {}, _SPEC_NAMES)
    given = [name for name in ("ForDirectDownload", "ToOriginalLocation") if values.get(name) is not None]
    if len(given) != 1:
        raise ApiError(400, not_known("one of ForDirectDownload and ToOriginalLocation is expected"))
    if given == ["ForDirectDownload"]:
        return start_task(call, "FileRestoreFromMountPoint", Download(mount, entry.path))
    return start_task(call, "FileRestoreFromMountPoint", to_original(call, mount, entry, values["ToOriginalLocation"]))


def to_original(call: Call, mount: Mount, entry: GuestFile | Folder, given: Any) -> RestoreFiles:
    """Which credentials the guest wants is nothing that the emulator could know."""
    values = given if isinstance(given, dict) else {}

    def flag(name: str) -> bool:
        text = str(values.get(name, False)).lower()
        if text not in ("true", "false"):
            raise ApiError(400, not_known(f"value of {name} is not valid"))
        return text == "true"

    files = [entry] if isinstance(entry, GuestFile) else list(mount.tree.below(entry.path))
    how = HowToRestore(flag("Overwrite"), flag("PermissionsOnly"))
    return RestoreFiles(call.world, mount, entry.path, files, how)


def routes(holder: Holder) -> tuple[Route, ...]:
    base = f"{holder.collection}/{{id}}/mounts"

    def of(handler: Callable[..., Answer]) -> Callable[..., Answer]:
        return partial(handler, holder)

    return (
        route(base, FILE_RESTORERS, GET=of(mounts), POST=of(start)),
        route(f"{base}/{{number}}", FILE_RESTORERS, GET=of(read), DELETE=of(unmount)),
        route(f"{base}/{{number}}/{{path*}}", RESTORERS, FILE_RESTORERS, GET=of(browse), POST=of(restore)),
    )


HOLDERS = (
    Holder("/vmRestorePoints", "VmRestorePoint", backups.find_vm_point, lambda world: world.runs.backups.data_of),
    Holder(
        "/agents/agentRestorePoints", "AgentRestorePoint", agent_points.find_point,
        lambda world: world.runs.backups.data_of,
    ),
    Holder("/vmReplicaPoints", "VmReplicaPoint", replicas.find_point, lambda world: world.runs.replicas.data_of),
)  # fmt: skip
ROUTES = tuple(row for holder in HOLDERS for row in routes(holder))
