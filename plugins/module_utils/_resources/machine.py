# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine by its reference, as whatever else an inventory knows: urn:Platform:Type:Root.Object.

One machine has several references: platform and type are spelled in several ways, and a vCenter that is connected to
two backup servers is two roots with one UniqueId. Pure. EM reference: constructing_hierarchyobjreftype.
"""

from __future__ import annotations

import re
import typing as t

# The root ends at the first dot; what follows may hold dots and colons, or be empty.
_REF = re.compile(r"urn:([^:.]+):([^:.]+):([^.:]+)\.(.*)", re.DOTALL)


class ObjectRef(t.NamedTuple):
    """The parts of a reference, in lower case, as they compare. object: such as a moref; all of a text that is none."""

    platform: str
    type: str
    root: str
    object: str


def parse_ref(ref: str) -> ObjectRef:
    """Two references to the same object of the same root have the same parts."""
    match = _REF.fullmatch(ref)
    if not match:
        return ObjectRef("", "", "", ref.lower())
    return ObjectRef(*(part.lower() for part in match.groups()))


def is_ref(text: str) -> bool:
    """Whether it is written as a reference, whatever it leads to."""
    return _REF.fullmatch(text) is not None


_PLATFORMS = {
    "vmware": "VMware",
    "hyperv": "HyperV",
    "vcloud": "vCloud",
    "agentforwindows": "AgentForWindows",
    "agentforlinux": "AgentForLinux",
}


def platform_of(ref: str | None) -> str | None:
    """VMware, HyperV or vCloud, in one spelling; None without a reference."""
    platform = parse_ref(ref).platform if ref else ""
    return _PLATFORMS.get(platform, platform or None)


def type_of(ref: str) -> str:
    """The type in a reference, in the spelling of most of EM's: Vm, also where it says VM or vm."""
    match = _REF.fullmatch(ref)
    kind = match.group(2) if match else ""
    return "Vm" if kind.lower() == "vm" else kind


def same_object(ref: str, unique_ids: t.Mapping[str, str]) -> tuple[str, str, str]:
    """What all references to one object have in common, whichever backup server they came from.

    unique_ids: id of a root to its UniqueId (hierarchy.unique_ids). A server may also write the UniqueId where the id
    of the root belongs. The platform is left out: HyperV and Hyperv, say, go by their roots already.
    """
    parts = parse_ref(ref)
    return parts.type, unique_ids.get(parts.root, parts.root), parts.object
