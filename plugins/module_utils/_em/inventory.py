# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What jobs protect, on the way to the server: inventory roots, look-ups in them, and the request that adds an object.

EM reference: hierarchyroots_id, lookup_query, post_jobs_id_includes, guestprocessingoptions.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from .._http.effects import Flow
from .._http.retry import READ
from . import tree, wire
from .model import BackupServer
from .texts import NOT_XML
from .tree import FLAG, NUMBER, PATHS, Field, Tree, block

if t.TYPE_CHECKING:
    from .calls import EnterpriseManager


def _indexing(name: str) -> Field:
    return block(
        name,
        Field("FileSystemIndexingMode"),
        Field("IncludedIndexingFolders", PATHS),
        Field("ExcludedIndexingFolders", PATHS),
    )


#: How the guest of an object is processed, in the order of the request. JSON spells some names otherwise.
GUEST = (
    block(
        "VssSnapshotOptions",
        Field("VssSnapshotMode"),
        Field("IsCopyOnly", FLAG),
        Field("UsePersistentGuestAgent", FLAG),
    ),
    _indexing("WindowsGuestFSIndexingOptions"),
    _indexing("LinuxGuestFSIndexingOptions"),
    block(
        "SqlBackupOptions",
        Field("TransactionLogsProcessing"),
        Field("BackupLogsFrequencyMin", NUMBER),
        Field("UseDbBackupRetention", FLAG),
        Field("RetainDays", NUMBER),
    ),
    Field("WindowsCredentialsId"),
    Field("LinuxCredentialsId"),
    Field(
        "FSFileExcludeOptions",
        tree.BLOCK,
        (
            Field("BackupScope", NUMBER),
            Field("IncludeList", PATHS, json=("IncludeLists",)),
            Field("ExcludeList", PATHS, json=("ExcludeLists",)),
        ),
        json=("FsFileExcludeOptions",),
    ),
    block(
        "OracleBackupOptions",
        Field("BackupLogsEnabled", FLAG),
        Field("BackupLogsFrequencyMin", NUMBER),
        Field("UseDbBackupRetention", FLAG),
        Field("RetainDays", NUMBER),
        Field("ArchivedLogsTruncation"),
        Field("ArchivedLogsMaxAgeHours", NUMBER),
        Field("ArchivedLogsMaxSizeMb", NUMBER),
        Field("SysdbaCredsId"),
        Field("ProxyAutoSelect", FLAG),
    ),
)
_ADDED = (Field("HierarchyObjRef"), Field("HierarchyObjName"), block("GuestProcessingOptions", *GUEST))


def addition_body(ref: str, name: str, guest: Tree | None, media_type: str) -> bytes:
    """The body of the request that adds an object to a job."""
    added: Tree = {"HierarchyObjRef": ref, "HierarchyObjName": name}
    if guest:
        added["GuestProcessingOptions"] = guest
    return tree.write("CreateObjectInJobSpec", added, _ADDED, media_type)


# -- guest processing in the words of options ----------------------------------------------------------------------


def snake_case(name: str) -> str:
    """vss_snapshot_mode for VssSnapshotMode, fs_file_exclude_options for FSFileExcludeOptions."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class WrongGuest(Exception):
    """Guest processing that cannot be. The text names the option and what to do."""


def guest_tree(given: t.Mapping[str, t.Any], fields: t.Sequence[Field] = GUEST, where: str = "") -> Tree:
    """Guest processing as EM wants it. Raises WrongGuest."""
    by_word = {snake_case(field.name): field for field in fields}
    unknown = sorted(set(map(str, given)) - by_word.keys())
    if unknown:
        raise WrongGuest(f"{where}{unknown[0]}: is not a setting; the settings are {', '.join(by_word)}.")
    result: Tree = {}
    for word, field in by_word.items():
        value = given.get(word)
        if value is not None:
            result[field.name] = _guest_value(value, field, where + word)
    return result


def _guest_value(value: t.Any, field: Field, where: str) -> t.Any:
    if field.kind == tree.BLOCK:
        if not isinstance(value, dict):
            raise WrongGuest(f"{where}: is not a dictionary of settings.")
        return guest_tree(value, field.fields, where + ".")
    if field.kind == PATHS:
        return [_plain(item, where) for item in (value if isinstance(value, list) else [value])]
    text = _plain(value, where)
    if field.kind == FLAG:
        flag = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
        if flag is None:
            raise WrongGuest(f"{where}: {text} is neither true nor false.")
        return flag
    if field.kind == NUMBER:
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise WrongGuest(f"{where}: {text} is not a whole number.")
        return int(text)
    return text


def _plain(value: t.Any, where: str) -> str:
    if isinstance(value, (dict, list)) or NOT_XML.search(str(value)):
        raise WrongGuest(f"{where}: is not a plain value.")
    return str(value)


# -- roots and look-ups --------------------------------------------------------------------------------------------


class Root(t.NamedTuple):
    """Where an inventory begins: a vCenter, a host. One vCenter on two backup servers is two roots."""

    id: str
    name: str
    server: BackupServer | None
    host_type: str | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:HierarchyRoot:{self.id}"


def read_root(record: wire.Record) -> Root:
    """A root from its entity or a reference. Raises Unreadable."""
    return Root(
        wire.identifier(record, "hierarchyRoots"),
        record.text("Name") or "",
        wire.server(record),
        (record.text("HostType") or "").strip() or None,
    )


class Item(t.NamedTuple):
    """Something that an inventory knows."""

    ref: str
    type: str
    name: str


def read_items(body: bytes, media_type: str) -> list[Item]:
    """What a look-up found. Raises Unreadable."""
    record = wire.parse(body, media_type, ("HierarchyItems",), ("HierarchyItems",))
    # XML has them right under the root, JSON in a member of its name.
    names = ("HierarchyItem",) if media_type == "xml" else ("HierarchyItems",)
    return [
        Item((item.text("ObjectRef") or "").strip(), item.text("ObjectType") or "", item.text("ObjectName") or "")
        for item in record.children(*names)
    ]


def look_up(em: EnterpriseManager, root: Root, name: str, kind: str, deadline: float) -> Flow[list[Item]]:
    """What the inventory below that root has of that name and type. EM may answer with more than was asked for."""
    asked = "host={}&name={}&type={}".format(*tuple(quote(text, safe="") for text in (root.uid, name, kind)))
    return (yield from em.get(f"/api/lookup?{asked}", deadline, READ, read_items))


def look_at(em: EnterpriseManager, ref: str, deadline: float) -> Flow[list[Item]]:
    """What the reference leads to."""
    asked = f"hierarchyRef={quote(ref, safe='')}"
    return (yield from em.get(f"/api/lookup?{asked}", deadline, READ, read_items))
