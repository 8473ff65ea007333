# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An object on its way into a job: the request that adds it, and how its guest is processed, from the words of options.

EM reference: post_jobs_id_includes, guestprocessingoptions.
"""

from __future__ import annotations

import re
import typing as t

from .._em import tree
from .._em.texts import NOT_XML
from .._em.tree import FLAG, NUMBER, PATHS, Field, Tree, block


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
