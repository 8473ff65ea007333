# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of a restore request, in the documented order (EM reference: post_vmrestorepoints_id_actionrestore).

Both flags are always sent: a request without a body restores too, with defaults that are documented nowhere.
"""

from __future__ import annotations

import typing as t

from .._em import tree
from .._em.tree import FLAG, Field, block

_POWER_ON = Field("PowerOnAfterRestore", FLAG)
_QUICK = Field("QuickRollback", FLAG)
#: vSphere and Hyper-V. KeepOriginalVM is in the documentation of 13 alone, and in no older schema.
_MACHINE = block("VmRestoreSpec", _POWER_ON, _QUICK, Field("KeepOriginalVM", FLAG))
_VCLOUD = block(
    "VmRestoreSpec",
    _POWER_ON,
    Field("HierarchyRootUid"),
    _QUICK,
    block("VmRestoreParameters", Field("VmRestorePointUid"), Field("VmNewName")),
)


class RestoreSpec(t.NamedTuple):
    """What is sent. keep: None where the server is older than 13, which does not know it. root_id: of Cloud Director,
    whose body names the point and the new name; None for the other platforms."""

    power_on: bool
    quick_rollback: bool
    keep: bool | None
    root_id: str | None = None
    point_uid: str | None = None
    new_name: str | None = None


def write(spec: RestoreSpec, media_type: str) -> bytes:
    """The body of the request."""
    values: dict[str, t.Any] = {"PowerOnAfterRestore": spec.power_on, "QuickRollback": spec.quick_rollback}
    if spec.root_id is None:
        if spec.keep is not None:
            values["KeepOriginalVM"] = spec.keep
        return tree.write("RestoreSpec", {"VmRestoreSpec": values}, [_MACHINE], media_type)
    parameters = {"VmRestorePointUid": spec.point_uid}
    if spec.new_name is not None:
        parameters["VmNewName"] = spec.new_name
    values["HierarchyRootUid"] = f"urn:veeam:HierarchyRoot:{spec.root_id}"
    values["VmRestoreParameters"] = parameters
    return tree.write("RestoreSpec", {"VmRestoreSpec": values}, [_VCLOUD], media_type)
