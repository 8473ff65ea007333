# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of indexed guests: machines, points, files, restore to the original location (em_rest catalog_vms...)."""

from __future__ import annotations

from ..estate.guest import WINDOWS, Folder, GuestFile, Tree, tree
from ..estate.roles import EVERYBODY
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.catalog import point_path
from ..wire.errors import ApiError, not_known
from ..wire.links import Link
from ..work import catalog
from ..work.catalog import CatalogVm, CatalogVmRestorePoint
from ..work.file_restores import HowToRestore, RestoreFiles
from ..work.guest_files import Mount
from ..work.tasks import Work
from . import backups, elsewhere
from .common import check_online, listing, one, single, start_task, wants_entity
from .guest_files import look_into
from .table import route


def _machines(call: Call) -> dict[str, list[CatalogVmRestorePoint]]:
    found = backups.reading(call).vm_points()
    sight = call.sight
    return catalog.machines(found if sight is None else filter(sight.sees, found))


def _points(call: Call, name: str) -> dict[str, CatalogVmRestorePoint]:
    found = _machines(call).get(name.casefold())
    if found is None:
        raise ApiError(404, not_known("the catalog has no such machine"))
    return {item.id: item for item in found}


def vms(call: Call) -> Answer:
    return listing(call, CatalogVm, [CatalogVm(points[0].name) for points in _machines(call).values()])


def vm(call: Call, name: str) -> Answer:
    """It has no id, the name is one."""
    item = CatalogVm(next(iter(_points(call, name).values())).name)
    return documents.single(call, item, wants_entity(call))


def points(call: Call, name: str) -> Answer:
    found = _points(call, name).values()
    return listing(call, CatalogVmRestorePoint, found, f"{point_path(next(iter(found))).rpartition('/')[0]}")


def point(call: Call, name: str, id: str) -> Answer:
    return single(call, CatalogVmRestorePoint, _points(call, name), id)


class Browse(Work):
    """Finished at once, and without a word."""

    message = None

    def __init__(self, item: CatalogVmRestorePoint) -> None:
        self.item = item

    def finish(self) -> tuple[Link, ...]:
        return (Link("Down", f"{point_path(self.item)}/guestfs/", None, "FileSystemItemsList"),)


def _item(call: Call, name: str, id: str) -> CatalogVmRestorePoint:
    return one(call, CatalogVmRestorePoint, _points(call, name), id)


def browse(call: Call, name: str, id: str) -> Answer:
    item = _item(call, name, id)
    if call.action != "browse":
        raise elsewhere.missing_action(call, "a point in the catalog")
    check_online(call, item.point.server)
    answer = start_task(call, "BrowseVM", Browse(item), at_once=True)
    answer.status = int(call.world.switches["catalog_browse"])
    return answer


def _files(call: Call, item: CatalogVmRestorePoint) -> Mount:
    """What is in the index; nothing has to be mounted for it."""
    data = call.world.runs.backups.data_of(item.point)
    return Mount("VmRestorePointMount", "/vmRestorePoints", item.point, 0, data, tree(WINDOWS))


def _entry(files: Tree, path: str) -> GuestFile | Folder:
    entry = files.file(path) or files.folder(path)
    if entry is None:
        raise ApiError(404, not_known("there is no such file or folder"))
    return entry


def volumes(call: Call, name: str, id: str) -> Answer:
    item = _item(call, name, id)
    return look_into(call, _files(call, item), f"{point_path(item)}/guestfs", Folder(""), "FileSystemItems")


def look(call: Call, name: str, id: str, path: str) -> Answer:
    item = _item(call, name, id)
    files = _files(call, item)
    entry = _entry(files.tree, path)
    if isinstance(entry, GuestFile) and call.world.switches["catalog_file"] == "http_501":
        # a client of 9.x quotes it
        raise ApiError(501, "File entity view is not supported.")
    return look_into(call, files, f"{point_path(item)}/guestfs", entry, "FileSystemItems")


class RestoreFromCatalog(RestoreFiles):
    """To the original location, over what is there."""

    message = "Restore operations started successfully."

    def finish(self) -> tuple[Link, ...]:
        assert self.session is not None
        return (Link("Related", f"{self.session.path}?format=Entity", "Restore job session", "RestoreSession"),)


def restore(call: Call, name: str, id: str, path: str) -> Answer:
    item = _item(call, name, id)
    files = _files(call, item)
    entry = _entry(files.tree, path)
    if call.action != "restore":
        raise elsewhere.missing_action(call, "a file in the catalog")
    check_online(call, item.point.server)
    chosen = [entry] if isinstance(entry, GuestFile) else list(files.tree.below(entry.path))
    work = RestoreFromCatalog(call.world, files, entry.path, chosen, HowToRestore(overwrite=True))
    return start_task(call, "RestoreFile", work)


_POINT = "/catalog/vms/{name}/vmRestorePoints/{id}"
ROUTES = (
    route("/catalog/vms", EVERYBODY, GET=vms),
    route("/catalog/vms/{name}", EVERYBODY, GET=vm),
    route("/catalog/vms/{name}/vmRestorePoints", EVERYBODY, GET=points),
    route(_POINT, EVERYBODY, GET=point, POST=browse),
    route(f"{_POINT}/guestfs", EVERYBODY, GET=volumes),
    route(f"{_POINT}/guestfs/{{path*}}", EVERYBODY, GET=look, POST=restore),
)
