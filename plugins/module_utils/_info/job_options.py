# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of veeam_job_info, and what of them EM itself can look at."""

from __future__ import annotations

import functools
import typing as t

from .._em.kind import Kind
from .._em.reference import Reference
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_spec
from .._module.spec import merged
from .._resources import job_kind
from .._resources.job import KINDS, Job, is_one, job_reference
from .._resources.whole_job import SHOWN
from .reading import BACKUP_SERVER_SPEC, LONGEST, NAME_SPEC, CommonSettings, common_settings

#: What EM documents for a filter. CustomPlatform, that of copy jobs, is not among the platforms.
TYPES = ["Backup", "Replica", "BackupCopy", "ImmediateBackupCopy"]
_FILTERABLE = ("vmware", "vcloud", "hyperv")
SPEC = merged(
    connection_spec(),
    NAME_SPEC,
    BACKUP_SERVER_SPEC,
    {
        "kind": {
            "type": "list",
            "elements": "str",
            "choices": list(job_kind.WORDS),
            "default": [job_kind.JOB],
        },
        "type": {"type": "str", "choices": TYPES},
        "platform": {"type": "str", "choices": ["VMware", "vCloud", "HyperV", "CustomPlatform"]},
        "details": {"type": "bool", "default": True},
        "gather": {"type": "list", "elements": "str", "choices": ["last_session", "repository"], "default": []},
    },
)


class Settings(t.NamedTuple):
    """The checked options. common: by the words of the kinds that are wanted, with the names as each has them."""

    common: dict[str, CommonSettings]
    type: str | None
    platform: str | None
    details: bool
    gather: frozenset[str]

    @property
    def connection(self) -> ConnectionSettings:
        return self.any.connection

    @property
    def any(self) -> CommonSettings:
        """Those of any kind, which differ in the names alone."""
        return next(iter(self.common.values()))

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

    def resource(self, kind: str) -> Kind:
        """How jobs of that kind are read: as references where they tell enough."""
        if self.details:
            return SHOWN[kind]
        unfiltered = self.type or self.platform if self.any.names is not None else self.platform == "CustomPlatform"
        needs_type = kind == job_kind.JOB and "last_session" in self.gather
        return KINDS[kind] if unfiltered or needs_type else KINDS[kind].as_references

    def picks(self, job: Job) -> bool:
        """Whether the result has this job. A reference has no type; EM has looked at it then."""
        server = self.any.server
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
    kinds = list(dict.fromkeys(params["kind"] or ()))
    if not kinds:
        raise OptionError(f"kind: is empty; name one or several of {', '.join(job_kind.WORDS)}.")
    others = [job_kind.ROWS[word].titles for word in kinds if word != job_kind.JOB]
    for option in ("type", "platform"):
        if params[option] and others:
            raise OptionError(f"{option}: is for kind job alone; {' and '.join(others)} have no such {option}.")
    common: dict[str, CommonSettings] = {}
    for word in kinds:
        common[word] = common_settings(params, functools.partial(_named, kind=word, kinds=kinds))
    return Settings(common, params["type"], params["platform"], params["details"], gather)


def _named(option: str, value: str, kind: str, kinds: t.Sequence[str]) -> Reference | None:
    """How a user names a job. None where that is an href or a UID of one of the other kinds that are wanted."""
    try:
        return job_reference(option, value, kind)
    except OptionError:
        for other in kinds:
            if other != kind and is_one(option, value, other):
                return None
        raise
