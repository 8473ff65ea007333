# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of a clone request: the element of the job's type, and what is in it, in the documented order.

EM reference: post_jobs_id_actionclone.
"""

from __future__ import annotations

import typing as t

from .._em import tree
from .._em.tree import Field, block
from .._resources.job import BACKUP, BACKUP_COPY, IMMEDIATE_BACKUP_COPY, REPLICA

#: Element name and order by job type: the order of the documented examples.
CLONE_ELEMENTS = {
    BACKUP: ("BackupJobCloneInfo", ("JobName", "FolderName", "RepositoryUid", "Description")),
    REPLICA: ("ReplicaJobCloneInfo", ("JobName", "VmSuffix", "Description")),
    BACKUP_COPY: ("BackupCopyJobCloneInfo", ("JobName", "JobFileName", "RepositoryUid", "Description")),
    IMMEDIATE_BACKUP_COPY: (
        "ImmediateBackupCopyJobCloneInfo",
        ("JobName", "Description", "RepositoryUid", "JobFileName"),
    ),
}


class CloneSpec(t.NamedTuple):
    """The job type and the elements with their values, None for those left out."""

    job_type: str
    values: dict[str, str | None]


def write(spec: CloneSpec, media_type: str) -> bytes:
    """The body of the clone request."""
    element, order = CLONE_ELEMENTS[spec.job_type]
    values = {name: value for name, value in spec.values.items() if value is not None}
    return tree.write("JobCloneSpec", {element: values}, [block(element, *map(Field, order))], media_type)
