# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of veeam_job_info, and what of them EM itself can look at."""

from __future__ import annotations

import typing as t

from .._em.kind import Kind
from .._module.connection import ConnectionSettings, connection_spec
from .._module.spec import merged
from .._resources.job import JOB, Job
from .._resources.job_entity import SHOWN_JOB
from .reading import BACKUP_SERVER_SPEC, LONGEST, NAME_SPEC, CommonSettings, common_settings

#: What EM documents for a filter. CustomPlatform, that of copy jobs, is not among the platforms.
TYPES = ["Backup", "Replica", "BackupCopy", "ImmediateBackupCopy"]
_FILTERABLE = ("vmware", "vcloud", "hyperv")
SPEC = merged(
    connection_spec(),
    NAME_SPEC,
    BACKUP_SERVER_SPEC,
    {
        "type": {"type": "str", "choices": TYPES},
        "platform": {"type": "str", "choices": ["VMware", "vCloud", "HyperV", "CustomPlatform"]},
        "details": {"type": "bool", "default": True},
        "gather": {"type": "list", "elements": "str", "choices": ["last_session", "repository"], "default": []},
    },
)


class Settings(t.NamedTuple):
    """The checked options."""

    common: CommonSettings
    type: str | None
    platform: str | None
    details: bool
    gather: frozenset[str]

    @property
    def connection(self) -> ConnectionSettings:
        return self.common.connection

    @property
    def wait_timeout(self) -> float:
        return LONGEST

    @property
    def filter(self) -> str:
        """What EM itself can leave out."""
        parts = [f"JobType=={self.type}"] if self.type else []
        if self.platform and self.platform.lower() in _FILTERABLE:
            parts.append(f"Platform=={self.platform}")
        return ";".join(parts)

    @property
    def kind(self) -> Kind:
        """How jobs are read: as references where they tell enough."""
        if self.details:
            return SHOWN_JOB
        unfiltered = self.type or self.platform if self.common.names is not None else self.platform == "CustomPlatform"
        return JOB if unfiltered or "last_session" in self.gather else JOB.as_references

    def picks(self, job: Job) -> bool:
        """Whether the result has this job. A reference has no type; EM has looked at it then."""
        server = self.common.server
        return (
            (server is None or server.is_server(job.server))
            and _agree(self.type, job.type)
            and _agree(self.platform, job.platform)
        )


def _agree(wanted: str | None, known: str | None) -> bool:
    return wanted is None or known is None or wanted.lower() == known.lower()


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    gather = frozenset(params["gather"] or ())
    return Settings(common_settings(params, JOB), params["type"], params["platform"], params["details"], gather)
