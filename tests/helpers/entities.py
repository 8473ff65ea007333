# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cast as the client's own model has it."""

from __future__ import annotations

import typing as t

from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import CloneRequest
from ansible_collections.backupops.veeam.plugins.module_utils._em.reference import reference
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import (
    BACKUP_SERVER,
    BackupServer,
)
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB, Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY, Repository

from . import cast

VBR01 = BackupServer(cast.VBR01_ID, cast.VBR01)
VBR02 = BackupServer(cast.VBR02_ID, cast.VBR02)
DEFAULT_01 = Repository(cast.DEFAULT_REPOSITORY_ON_VBR01_ID, cast.DEFAULT_REPOSITORY, VBR01)
DEFAULT_02 = Repository(cast.DEFAULT_REPOSITORY_ON_VBR02_ID, cast.DEFAULT_REPOSITORY, VBR02)
S3_OFFSITE = Repository(cast.S3_ID, cast.S3, VBR02)
GOLD = Job(cast.GOLD_ID, cast.GOLD, VBR01, "Backup", "VMware", "Template, do not run")
REPLICA = Job("11111111-aaaa-4bbb-8ccc-000000000001", cast.REPLICA, VBR01, "Replica", "VMware", None)
COPY = Job(
    "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8",
    "Copy to Offsite",
    VBR02,
    "ImmediateBackupCopy",
    "CustomPlatform",
    "Copies TPL Gold offsite",
)
OLD_COPY = Job("11111111-aaaa-4bbb-8ccc-000000000002", "TPL Copy Legacy", VBR02, "BackupCopy", "CustomPlatform", "")
WEB = Job("c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e", "web-prod-daily", VBR01, "Backup", "VMware", "Cloned from TPL Gold")


def clone_request(name: str, source_job: str, **options: t.Any) -> CloneRequest:
    """A request, with references as texts."""
    references = {"source_job": source_job, **options}
    for option, kind in (("source_job", JOB), ("backup_server", BACKUP_SERVER), ("repository", REPOSITORY)):
        text = references.get(option)
        if text is not None:
            references[option] = reference(option, text, kind)
    return CloneRequest(name, **references)
