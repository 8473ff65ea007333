# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole job of any kind: how the entities of agent and file share jobs differ from those of the others. Pure.

EM reference: get_agents_jobs_id, get_nas_jobs_id.
"""

from __future__ import annotations

import typing as t

from .._em import tree, wire
from .._em.kind import Kind
from .._em.tree import Tree, block
from .._em.wire import GUID
from . import job as jobs
from . import job_entity, job_kind
from .job_entity import GFS, RETENTION, JobEntity, ObjectInJob

#: Right under JobInfo, where other jobs have a level for their kind.
_AGENT_FIELDS = tuple(
    block("JobInfo", GFS, RETENTION) if field.name == "JobInfo" else field for field in job_entity.FIELDS
)
_NAS_FIELDS = tuple(field for field in job_entity.FIELDS if field.name != "JobInfo")


def _agent_job(record: wire.Record, off: bool) -> JobEntity:
    blocks: Tree = tree.read(record, _AGENT_FIELDS, off)
    if "JobInfo" in blocks:
        blocks["JobInfo"] = {"BackupJobInfo": blocks["JobInfo"]}
    info = tree.member(record, "JobInfo")
    held = info.children("Includes", "ObjectInAgentBackupJob") if info is not None else []
    objects = tuple(ObjectInJob(_id(item), "", item.text("Name") or item.text("DisplayName") or "") for item in held)
    return _entity(record, job_kind.AGENT, blocks, objects)


def _nas_job(record: wire.Record, off: bool) -> JobEntity:
    objects = tuple(
        ObjectInJob(_id(item), (item.text("HierarchyObjRef") or "").strip(), item.text("FileOrFolder") or "")
        for item in record.children("Includes", "NASObject")
    )
    storage = tree.member(record, "StorageOptions")
    repository = ((storage and storage.text("BackupRepositoryUid")) or "").rpartition(":")[2].strip().lower()
    entity = _entity(record, job_kind.NAS, tree.read(record, _NAS_FIELDS, off), objects)
    return entity._replace(repository=repository if GUID.fullmatch(repository) else None)


def _entity(record: wire.Record, kind: str, blocks: Tree, objects: tuple[ObjectInJob, ...]) -> JobEntity:
    links = list(wire.links(record))
    return JobEntity(
        jobs.read(record, links, kind),
        blocks,
        job_entity.next_run(record),
        objects,
        None,
        frozenset(rel for rel, _kind, _href, _name in links),
    )


def _id(item: t.Any) -> str:
    return (item.text("ObjectInJobId") or "").strip().lower()


def _read(kind: str, off: bool) -> Kind:
    reader = {job_kind.AGENT: _agent_job, job_kind.NAS: _nas_job}[kind]
    return jobs.KINDS[kind]._replace(read=lambda record: reader(record, off))


#: By the word of the option kind: a job with all that EM says of it, and with what results show of it.
WHOLE = {job_kind.JOB: job_entity.WHOLE_JOB, **{kind: _read(kind, off=True) for kind in (job_kind.AGENT, job_kind.NAS)}}
SHOWN = {
    job_kind.JOB: job_entity.SHOWN_JOB,
    **{kind: _read(kind, off=False) for kind in (job_kind.AGENT, job_kind.NAS)},
}
