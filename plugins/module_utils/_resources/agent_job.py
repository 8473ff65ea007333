# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job for agents: computers and groups of computers, by name. EM reference: get_agents_jobs_id."""

from __future__ import annotations

import typing as t

from .._em import tree, wire
from . import backup_server, job, job_kind
from .backup_server import BackupServer


class AgentJob(t.NamedTuple):
    """A job for agents. names: what it holds, computers and protection groups alike; nothing tells which is which."""

    id: str
    name: str
    server: BackupServer | None
    type: str | None
    enabled: bool
    run_automatically: bool
    names: tuple[str, ...]


def read(record: wire.Record) -> AgentJob:
    """An agent job, from its entity. Raises Unreadable."""
    info = tree.member(record, "JobInfo")
    held = info.children("Includes", "ObjectInAgentBackupJob") if info is not None else []
    return AgentJob(
        wire.identifier(record, "agents/jobs"),
        wire.name_of(record),
        backup_server.of_link(record),
        record.text("JobType"),
        (record.text("ScheduleEnabled") or "").lower() == "true",
        (record.text("ScheduleConfigured") or "").lower() == "true",
        tuple(item.text("Name") or item.text("DisplayName") or "" for item in held),
    )


#: EM reference: get_query_agentbackupjob. Portal Administrator only.
AGENT_JOB = job.KINDS[job_kind.AGENT]._replace(read=read)
