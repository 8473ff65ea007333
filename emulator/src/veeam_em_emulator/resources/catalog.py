# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the catalog is shown (em_rest catalog_vms_vmname, catalog_vms_vmname_vmrestorepoints_id)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..wire.links import Link
from ..wire.types import Type, fields
from ..work.catalog import CatalogVm, CatalogVmRestorePoint
from .kind import Kind, Style

_CATALOG_VM = Type(base="entity")
_CATALOG_POINT = Type(fields("BackupDateUTC"), base="entity")


def vm_path(name: str) -> str:
    return f"/catalog/vms/{quote(name, safe='')}"


def point_path(item: CatalogVmRestorePoint) -> str:
    return f"{vm_path(item.name)}/vmRestorePoints/{item.id}"


def _vm(item: CatalogVm, entity: bool) -> dict[str, Any]:
    path = vm_path(item.name)
    other = (
        Link("Alternate", path, item.name, "CatalogVmReference")
        if entity
        else Link("Alternate", f"{path}?format=Entity", item.name, "CatalogVm")
    )
    return {
        "Type": "CatalogVm" if entity else "CatalogVmReference",
        "Href": f"{path}?format=Entity" if entity else path,
        "Name": item.name,
        "UID": item.uid,
        "Links": (other, Link("Down", f"{path}/vmRestorePoints", type="CatalogVmRestorePointReferenceList")),
    }


def _point_reference(item: CatalogVmRestorePoint, _style: Style) -> dict[str, Any]:
    path = point_path(item)
    return {
        "Type": "CatalogVmRestorePointReference",
        "Href": path,
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Alternate", f"{path}?format=Entity", item.name, "CatalogVmRestorePoint"),
            Link("Up", f"{vm_path(item.name)}?format=Entity", item.name, "CatalogVm"),
        ),
    }


def _point_entity(item: CatalogVmRestorePoint, _style: Style) -> dict[str, Any]:
    path = point_path(item)
    return {
        "Type": "CatalogVmRestorePoint",
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Alternate", path, item.name, "CatalogVmRestorePointReference"),
            Link("Up", f"{vm_path(item.name)}?format=Entity", item.name, "CatalogVm"),
            Link("Browse", f"{path}?action=browse"),
            Link("Related", f"/vmRestorePoints/{item.id}?format=Entity", item.name, "VmRestorePoint"),
        ),
        "BackupDateUTC": item.point.created_text,
    }


CATALOG_VM = Kind(
    "CatalogVm", "CatalogVms", _CATALOG_VM, lambda item, _style: _vm(item, entity=True),
    lambda item, _style: _vm(item, entity=False), "/catalog/vms", "machine in the catalog",
)  # fmt: skip
CATALOG_POINT = Kind(
    "CatalogVmRestorePoint", "CatalogVmRestorePoints", _CATALOG_POINT, _point_entity, _point_reference,
    "/catalog/vms", "restore point in the catalog",
)  # fmt: skip
