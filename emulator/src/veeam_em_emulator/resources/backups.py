# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files as EM's resources (em_rest backups_id, restorepoints_id, vmrestorepoints_id,
vapprestorepoints_id, backupfiles_id; references recorded on 9.5 U4, entities of machines on 11 and 12)."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..wire.types import Type, fields
from ..work.restore_points import AgentRestorePoint, Backup, BackupFile, RestorePoint, VAppRestorePoint, VmRestorePoint
from .kind import Kind, Style
from .links import up_to_server

_BACKUP = Type(fields("Platform", "BackupType"), base="entity")
_RESTORE_POINT = Type(fields("BackupDateUTC"), base="entity")
_VM_RESTORE_POINT = Type(
    fields("CreationTimeUTC", "VmName", "Algorithm", "PointType", "HierarchyObjRef"),
    fields("VmDisplayName"),
    base="entity",
)
_AGENT_RESTORE_POINT = Type(fields("CreationTimeUTC", "Algorithm", "PointType"), base="entity")
_VAPP_RESTORE_POINT = Type(
    fields("CreationTimeUTC", "VAppName", "Algorithm", "PointType", "HierarchyObjRef"),
    fields("VAppDisplayName"),
    base="entity",
)
_BACKUP_FILE = Type(
    fields(
        "FilePath", "BackupSize", "DataSize", "DeduplicationRatio", "CompressRatio", "CreationTimeUtc", "FileType"
    ),
    base="entity",
)  # fmt: skip
# What the links between points and files call their lists: one name for both is recorded up to 12 and printed up to
# 13.0.1, 13.1 prints each by what it holds
_LIST_OF_FILES = {"recorded": "RestorePointReferenceList", "by_content": "BackupFileReferenceList"}
_LIST_OF_POINTS = "RestorePointReferenceList"
# Of what is still being written; recorded is only that it is not `Up`
_NOT_READY = "Related"


def _common(item: Any, kind: str, path: str, entity: bool) -> dict[str, Any]:
    """path: its last part is the id of the item."""
    return {
        "Type": kind if entity else f"{kind}Reference",
        "Href": f"{path}?format=Entity" if entity else path,
        "Name": item.name,
        "UID": f"urn:veeam:{kind}:{path.rpartition('/')[2]}",
    }


def _alternate(common: dict[str, Any], path: str, entity: bool) -> Link:
    """To the other form."""
    kind = common["Type"]
    if entity:
        return Link("Alternate", path, common["Name"], f"{kind}Reference")
    return Link("Alternate", f"{path}?format=Entity", common["Name"], kind.removesuffix("Reference"))


def _backup_link(backup: Backup) -> Link:
    return Link("Up", f"/backups/{backup.id}", backup.name, "BackupReference")


def _pair(entity: bool, parent: Link, server: Link) -> tuple[Link, Link]:
    """Entities name what they belong to before their server, references after it."""
    return (parent, server) if entity else (server, parent)


def _backup(backup: Backup, entity: bool) -> dict[str, Any]:
    path, repository = f"/backups/{backup.id}", backup.repository
    common = _common(backup, "Backup", path, entity)
    above = Link("Up", f"/repositories/{repository.id}", repository.name, "RepositoryReference")
    links = [*_pair(entity, above, up_to_server(backup.server)), _alternate(common, path, entity)]
    if backup.parent is not None:
        # so it is printed, for the way up too
        links.append(Link("Up", f"/backups/{backup.parent.id}/childbackups?format=Entity", type="BackupList"))
    if backup.backup_type == "ParentBackup":
        links.append(Link("Down", f"{path}/childbackups", type="BackupReferenceList"))
    else:
        links.append(Link("Down", f"{path}/restorePoints", type=_LIST_OF_POINTS))
        links.append(Link("Down", f"{path}/backupFiles", type="BackupFileReferenceList"))
    return {**common, "Links": tuple(links)}


def _backup_reference(backup: Backup, _style: Style) -> dict[str, Any]:
    return _backup(backup, entity=False)


def _backup_entity(backup: Backup, _style: Style) -> dict[str, Any]:
    return {**_backup(backup, entity=True), "Platform": backup.platform, "BackupType": backup.backup_type}


def _machines_links(point: RestorePoint, path: str) -> list[Link]:
    """To what is in a point or its file: machines, computers, or both."""
    links = []
    if point.virtual_machines:
        links.append(Link("Down", f"{path}/vmRestorePoints", type="VmRestorePointReferenceList"))
    if point.computers:
        links.append(Link("Down", f"{path}/agentRestorePoints", type="AgentRestorePointReferenceList"))
    return links


def _point(point: RestorePoint, entity: bool) -> dict[str, Any]:
    path = f"/restorePoints/{point.id}"
    common = _common(point, "RestorePoint", path, entity)
    links = [
        *_pair(entity, _backup_link(point.backup), up_to_server(point.server)),
        _alternate(common, path, entity),
        *_machines_links(point, path),
    ]
    if point.backup.platform == "vCloud":
        links.append(Link("Down", f"{path}/vAppRestorePoints", type="VAppRestorePointReferenceList"))
    kind = _LIST_OF_FILES[point.session.view.switches["point_link_types"]]
    links.append(Link("Related", f"{path}/backupFiles", type=kind))
    return {**common, "Links": tuple(links)}


def _point_reference(point: RestorePoint, _style: Style) -> dict[str, Any]:
    return _point(point, entity=False)


def _point_entity(point: RestorePoint, _style: Style) -> dict[str, Any]:
    return {**_point(point, entity=True), "BackupDateUTC": point.created_text}


def _where(point: RestorePoint, ready: bool) -> tuple[Link, Link]:
    """To the restore point and the file; only what can be restored has them above it."""
    rel = "Up" if ready else _NOT_READY
    return (
        Link(rel, f"/restorePoints/{point.id}", point.name, "RestorePointReference"),
        Link(rel, f"/backupFiles/{point.file.id}", point.file.name, "BackupFileReference"),
    )


def _vm_point(item: VmRestorePoint, entity: bool) -> dict[str, Any]:
    path = f"/vmRestorePoints/{item.id}"
    common = _common(item, "VmRestorePoint", path, entity)
    links: tuple[Link, ...] = (
        up_to_server(item.server), *_where(item.point, item.ready), _alternate(common, path, entity),
    )  # fmt: skip
    if entity:
        links = (
            Link("Restore", f"{path}?action=restore"),
            *links,
            Link("Down", f"{path}/mounts", type="VmRestorePointMountList"),
            Link("Create", f"{path}/mounts", type="VmRestorePointMount"),
        )
    return {**common, "Links": links}


def _vm_point_reference(item: VmRestorePoint, _style: Style) -> dict[str, Any]:
    return _vm_point(item, entity=False)


def _vm_point_entity(item: VmRestorePoint, _style: Style) -> dict[str, Any]:
    """An imported one, of which EM does not know the machine, has neither its name as an element nor a reference."""
    name = item.machine.name
    return {
        **_vm_point(item, entity=True),
        "CreationTimeUTC": item.created_text,
        "VmName": name if item.has_reference else None,
        "Algorithm": item.algorithm,
        "PointType": item.point_type,
        "HierarchyObjRef": item.reference or None,
        "VmDisplayName": name,
    }


def _agent_point(item: AgentRestorePoint, entity: bool) -> dict[str, Any]:
    path = f"/agents/agentRestorePoints/{item.id}"
    common = _common(item, "AgentRestorePoint", path, entity)
    return {
        **common,
        "Links": (
            up_to_server(item.server),
            *_where(item.point, item.ready),
            _alternate(common, path, entity),
        ),
    }


def _agent_point_reference(item: AgentRestorePoint, _style: Style) -> dict[str, Any]:
    return _agent_point(item, entity=False)


def _agent_point_entity(item: AgentRestorePoint, _style: Style) -> dict[str, Any]:
    return {
        **_agent_point(item, entity=True),
        "CreationTimeUTC": item.created_text,
        "Algorithm": item.algorithm,
        "PointType": item.point_type,
    }


def _vapp_point(item: VAppRestorePoint, entity: bool) -> dict[str, Any]:
    path = f"/vAppRestorePoints/{item.id}"
    common = _common(item, "VAppRestorePoint", path, entity)
    links: tuple[Link, ...] = (
        up_to_server(item.server), *_where(item.point, item.point.ready),
        _alternate(common, path, entity),
    )  # fmt: skip
    if entity:
        links = (Link("Restore", f"{path}?action=restore"), *links)
    return {**common, "Links": links}


def _vapp_point_reference(item: VAppRestorePoint, _style: Style) -> dict[str, Any]:
    return _vapp_point(item, entity=False)


def _vapp_point_entity(item: VAppRestorePoint, _style: Style) -> dict[str, Any]:
    return {
        **_vapp_point(item, entity=True),
        "CreationTimeUTC": item.created_text,
        "VAppName": item.vapp.name,
        "Algorithm": item.algorithm,
        "PointType": item.point_type,
        "HierarchyObjRef": item.reference,
        "VAppDisplayName": item.vapp.name,
    }


def _file(file: BackupFile, entity: bool) -> dict[str, Any]:
    path = f"/backupFiles/{file.id}"
    common = _common(file, "BackupFile", path, entity)
    assert file.point is not None
    links = (
        *_pair(entity, _backup_link(file.backup), up_to_server(file.server)),
        _alternate(common, path, entity),
        Link("Related", f"{path}/restorePoints", type=_LIST_OF_POINTS),
        *_machines_links(file.point, path),
    )
    return {**common, "Links": links}


def _file_reference(file: BackupFile, _style: Style) -> dict[str, Any]:
    return _file(file, entity=False)


def _file_entity(file: BackupFile, _style: Style) -> dict[str, Any]:
    return {
        **_file(file, entity=True),
        "FilePath": file.path,
        "BackupSize": file.size,
        "DataSize": file.data_size,
        "DeduplicationRatio": file.deduplication,
        "CompressRatio": file.compression,
        "CreationTimeUtc": file.created_text,
        "FileType": file.file_type,
    }


BACKUP = Kind("Backup", "Backups", _BACKUP, _backup_entity, _backup_reference, "/backups", "backup")
RESTORE_POINT = Kind(
    "RestorePoint", "RestorePoints", _RESTORE_POINT, _point_entity, _point_reference, "/restorePoints",
    "restore point",
)  # fmt: skip
VM_RESTORE_POINT = Kind(
    "VmRestorePoint", "VmRestorePoints", _VM_RESTORE_POINT, _vm_point_entity, _vm_point_reference,
    "/vmRestorePoints", "restore point",
)  # fmt: skip
AGENT_RESTORE_POINT = Kind(
    "AgentRestorePoint", "AgentRestorePoints", _AGENT_RESTORE_POINT, _agent_point_entity, _agent_point_reference,
    "/agents/agentRestorePoints", "agent restore point",
)  # fmt: skip
VAPP_RESTORE_POINT = Kind(
    "VAppRestorePoint", "VAppRestorePoints", _VAPP_RESTORE_POINT, _vapp_point_entity, _vapp_point_reference,
    "/vAppRestorePoints", "restore point",
)  # fmt: skip
BACKUP_FILE = Kind(
    "BackupFile", "BackupFiles", _BACKUP_FILE, _file_entity, _file_reference, "/backupFiles", "backup file"
)
