# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole job: what EM says of it, the words that results and options have for that, and edits. Pure.

EM reference: get_jobs_id, jobinfo, put_jobs_id_actionedit.
"""

from __future__ import annotations

import re
import typing as t

from .._em import tree, wire
from .._em.tree import ENABLED, FLAG, NUMBER, Field, Tree, block
from . import job as jobs
from . import job_kind
from . import job_schedule as schedule
from .backup_server import BackupServer
from .job import BACKUP, JOB, REPLICA, Job
from .machine import type_of

RETRY = block(
    "RetryOptions",
    Field("RetryTimes", NUMBER),
    Field("RetryTimeout", NUMBER),
    # Answers say RetrySpecified1 in JSON, requests RetrySpecified. Which of them a server reads is not known.
    Field("RetrySpecified", FLAG, json=("RetrySpecified", "RetrySpecified1")),
)
GFS_PARTS = {"Weekly": "SelectedDay", "Monthly": "SelectedWeek", "Yearly": "SelectedMonth"}
GFS = block(
    "GfsRetentionPolicy",
    ENABLED,
    *(
        block(part, Field("Enabled", FLAG), Field("RetentionPeriod", NUMBER), Field(which))
        for part, which in GFS_PARTS.items()
    ),
)
RETENTION = block(
    "SimpleRetentionPolicy",
    Field("RetainCycles", NUMBER),
    Field("RetainDaysToKeep", NUMBER),
    Field("RetainLimitType"),
)
#: What of a job can be edited, in the order of the entity, which is that of the request too.
FIELDS = (
    Field("Description"),
    Field("ScheduleConfigured", FLAG),
    Field("ScheduleEnabled", FLAG),
    block(
        "JobScheduleOptions",
        block("Standart", RETRY, *schedule.FIELDS),
        block("ImmediateCopyMode", schedule.CONTINUOUS),
    ),
    block("JobInfo", block("BackupJobInfo", GFS, RETENTION)),
)
#: The options that an edit can fulfil, in the order in which they are compared and named.
EDITABLE = (
    "description",
    "run_automatically",
    "schedule",
    "retry",
    "backup_window",
    "retention",
    "gfs",
)
_LIMITS = {"days": ("Days", "RetainDaysToKeep"), "restore_points": ("Cycles", "RetainCycles")}
#: Words of the settings of a gfs part.
GFS_WORDS = {"weekly": ("Weekly", "day"), "monthly": ("Monthly", "week"), "yearly": ("Yearly", "month")}
#: What EM itself shows where nothing was chosen.
GFS_DEFAULTS = {"weekly": "sunday", "monthly": "first", "yearly": "january"}


# -- what EM says --------------------------------------------------------------------------------------------------


class ObjectInJob(t.NamedTuple):
    """What a job protects. id: ObjectInJobId, which a removal wants. ref: a reference into the inventory."""

    id: str
    ref: str
    name: str

    @property
    def type(self) -> str:
        return type_of(self.ref)


class JobEntity(t.NamedTuple):
    """A job as a whole.

    tree: its editable blocks. objects: None for copy jobs, linked (ids of jobs) for others. links: the Rel of each of
    its links, in lower case. repository: its id, which only file share jobs show.
    """

    job: Job
    tree: Tree
    next_run: str | None
    objects: tuple[ObjectInJob, ...] | None
    linked: tuple[str, ...] | None
    links: frozenset[str]
    repository: str | None = None

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def name(self) -> str:
        return self.job.name

    @property
    def server(self) -> BackupServer | None:
        return self.job.server

    @property
    def type(self) -> str | None:
        return self.job.type

    @property
    def path(self) -> str:
        return self.job.path

    @property
    def kind(self) -> str:
        return self.job.kind

    @property
    def enabled(self) -> bool:
        return bool(self.tree.get("ScheduleEnabled"))

    @property
    def run_automatically(self) -> bool:
        return bool(self.tree.get("ScheduleConfigured"))

    @property
    def can_be_edited(self) -> bool:
        """Copy jobs cannot; a job that shows links, but none to edit it, cannot either."""
        return self.type in (BACKUP, REPLICA) and ("edit" in self.links or not self.links)

    @property
    def blocks(self) -> Tree:
        """The blocks of its schedule."""
        options = self.tree.get("JobScheduleOptions", {})
        return t.cast(Tree, options.get("Standart") or options.get("ImmediateCopyMode") or {})

    @property
    def info(self) -> Tree:
        """The blocks of its retention."""
        return t.cast(Tree, self.tree.get("JobInfo", {}).get("BackupJobInfo", {}))

    @property
    def previous(self) -> str | None:
        """The id of the job after which it runs, where it does."""
        words = schedule.schedule_words(self.blocks)
        return words.get("after_job") if words else None


def read_job_entity(record: wire.Record) -> JobEntity:
    """A job from its entity. Raises Unreadable."""
    links = list(wire.links(record))
    return JobEntity(
        jobs.read(record, links),
        tree.read(record, FIELDS),
        next_run(record),
        _objects(record),
        _linked(record),
        frozenset(rel for rel, _kind, _href, _name in links),
    )


def read_shown_job(record: wire.Record) -> JobEntity:
    """As much of it as results show: no links, and nothing of a schedule that is off. Takes half the time."""
    shown = tree.read(record, FIELDS, off=False)
    return JobEntity(jobs.read(record), shown, next_run(record), _objects(record), _linked(record), frozenset())


class JobHoldings(t.NamedTuple):
    """What a job protects, and whether it does so by itself. objects: none for copy jobs."""

    job: Job
    enabled: bool
    run_automatically: bool
    objects: tuple[ObjectInJob, ...]

    @property
    def id(self) -> str:
        return self.job.id


def read_holdings(record: wire.Record) -> JobHoldings:
    """As much of a job as tells whom it protects. Raises Unreadable."""
    enabled, configured = (
        (record.text(name) or "").strip().lower() == "true" for name in ("ScheduleEnabled", "ScheduleConfigured")
    )
    return JobHoldings(jobs.read(record), enabled, configured, _objects(record) or ())


#: A job with whom it protects.
HOLDING_JOB = JOB._replace(read=read_holdings)
#: A job with all that EM says of it, and with what results show of it.
WHOLE_JOB = JOB._replace(read=read_job_entity)
SHOWN_JOB = JOB._replace(read=read_shown_job)


def next_run(record: wire.Record) -> str | None:
    """When the job runs next, in UTC."""
    text = (record.text("NextRun") or "").strip() or None
    return text + "Z" if text and re.fullmatch(r"[0-9T:.-]+", text) else text


def _objects(record: wire.Record) -> tuple[ObjectInJob, ...] | None:
    for info in ("BackupJobInfo", "ReplicaJobInfo"):
        own = tree.member(record, "JobInfo", info)
        if own is not None:
            return tuple(
                ObjectInJob(
                    (item.text("ObjectInJobId") or "").strip().lower(),
                    (item.text("HierarchyObjRef") or "").strip(),
                    item.text("Name") or item.text("DisplayName") or "",
                )
                for item in own.children("Includes", "ObjectInJob")
            )
    return None


def _linked(record: wire.Record) -> tuple[str, ...] | None:
    for info in ("ImmediateBackupCopyJobInfo", "BackupCopyJobInfo"):
        own = tree.member(record, "JobInfo", info)
        if own is not None:
            uids = (item.text("LinkedJobUid") for item in own.children("LinkedJobIncludes", "LinkedJobObject"))
            return tuple(filter(None, map(schedule.job_id, uids)))
    return None


# -- words ---------------------------------------------------------------------------------------------------------


def object_words(entity: JobEntity) -> list[dict[str, t.Any]] | None:
    """The objects as results show them."""
    if entity.objects is None:
        return None
    if entity.job.kind != job_kind.JOB:
        # Computers have no reference, and that of a path is of its file server.
        return [{"name": item.name, "ref": item.ref or None, "type": None, "id": item.id} for item in entity.objects]
    return [{"name": item.name, "ref": item.ref, "type": item.type, "id": item.id} for item in entity.objects]


def option_words(entity: JobEntity, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    """What an edit can change, in the words of the options."""
    words = schedule.schedule_words(entity.blocks)
    if words is not None and words.get("after_job"):
        words = {**words, "after_job": names.get(words["after_job"], words["after_job"])}
    return {
        "description": entity.tree.get("Description") or "",
        "run_automatically": entity.run_automatically,
        "schedule": words,
        "retry": _retry_words(entity),
        "backup_window": schedule.window_words(entity.blocks),
        "retention": _retention_words(entity),
        "gfs": _gfs_words(entity),
    }


def _retry_words(entity: JobEntity) -> dict[str, t.Any] | None:
    own = entity.blocks.get("RetryOptions")
    if not own or own.get("RetrySpecified") is False:
        return None
    return {"times": own.get("RetryTimes"), "wait": own.get("RetryTimeout")}


def _retention_words(entity: JobEntity) -> dict[str, t.Any] | None:
    own = entity.info.get("SimpleRetentionPolicy")
    if not own:
        return None
    limit = own.get("RetainLimitType", "")
    kind = "restore_points" if limit.lower() == "cycles" else limit.lower()
    return {"type": kind, "count": own.get(_LIMITS.get(kind, ("", ""))[1])}


def _gfs_words(entity: JobEntity) -> dict[str, t.Any] | None:
    own = entity.info.get("GfsRetentionPolicy")
    if not own or not own.get("Enabled"):
        return None
    words: dict[str, t.Any] = {}
    for word, (name, which) in GFS_WORDS.items():
        part = own.get(name, {})
        chosen = part.get(GFS_PARTS[name], "").lower()
        words[word] = {"keep": part.get("RetentionPeriod"), which: chosen} if part.get("Enabled") else None
    return words


# -- edits ---------------------------------------------------------------------------------------------------------


def settled(entity: JobEntity, option: str, wanted: t.Any) -> t.Any:
    """The wanted value of an editable option, with what was left open taken from the job.

    It equals that of option_words() where nothing is to be changed. after_job is an id in both.
    """
    if option == "schedule":
        return schedule.settled(entity.blocks, wanted)
    if option == "retry":
        given = {word: value for word, value in wanted.items() if value is not None}
        own = entity.blocks.get("RetryOptions", {})
        return {"times": own.get("RetryTimes"), "wait": own.get("RetryTimeout"), **given} if given else None
    if option == "gfs":
        return _settled_gfs(entity, wanted)
    if option == "backup_window":
        return wanted or None
    return wanted


def is_same(option: str, one: t.Any, other: t.Any) -> bool:
    """Whether two values of an editable option, both settled, are the same.

    A server may trim a description, and write its line breaks in its own way.
    """
    if option == "description":
        one, other = (("\n".join((text or "").splitlines())).rstrip() for text in (one, other))
    return bool(one == other)


def _settled_gfs(entity: JobEntity, wanted: dict[str, t.Any]) -> dict[str, t.Any] | None:
    if not any(wanted.values()):
        return None
    own = entity.info.get("GfsRetentionPolicy", {})
    words: dict[str, t.Any] = {}
    for word, (name, which) in GFS_WORDS.items():
        part = wanted.get(word)
        if part is not None:
            chosen = part.get(which) or own.get(name, {}).get(GFS_PARTS[name], "").lower() or GFS_DEFAULTS[word]
            part = {"keep": part["keep"], which: chosen}
        words[word] = part
    return words


def edit_tree(entity: JobEntity, wanted: t.Mapping[str, t.Any]) -> Tree:
    """What a request must hold to make these settled options so: the blocks that they touch, each of them complete."""
    body: Tree = {}
    blocks: Tree = {}
    info: Tree = {}
    for option, words in wanted.items():
        if option == "description":
            body["Description"] = words
        elif option == "run_automatically":
            body["ScheduleConfigured"] = words
        elif option == "schedule":
            blocks.update(schedule.schedule_blocks(entity.blocks, words))
        elif option == "backup_window":
            blocks.update(schedule.window_block(entity.blocks, words))
        elif option == "retry":
            blocks["RetryOptions"] = _retry_block(entity, words)
        elif option == "retention":
            info["SimpleRetentionPolicy"] = _retention_block(entity, words)
        elif option == "gfs":
            info["GfsRetentionPolicy"] = _gfs_block(entity, words)
    if blocks:
        body["JobScheduleOptions"] = {"Standart": blocks}
    if info:
        body["JobInfo"] = {"BackupJobInfo": info}
    return body


def edit_body(body: Tree, media_type: str) -> bytes:
    """The body of an edit (EM reference: put_jobs_id_actionedit)."""
    return tree.write("Job", body, FIELDS, media_type, kind="Job")


def _retry_block(entity: JobEntity, words: dict[str, t.Any] | None) -> Tree:
    own = {**entity.blocks.get("RetryOptions", {}), "RetrySpecified": words is not None}
    for name, word in (("RetryTimes", "times"), ("RetryTimeout", "wait")):
        if words is not None and words[word] is not None:
            own[name] = words[word]
    return own


def _retention_block(entity: JobEntity, words: dict[str, t.Any]) -> Tree:
    limit, count = _LIMITS[words["type"]]
    return {**entity.info.get("SimpleRetentionPolicy", {}), count: words["count"], "RetainLimitType": limit}


def _gfs_block(entity: JobEntity, words: dict[str, t.Any] | None) -> Tree:
    own = {**entity.info.get("GfsRetentionPolicy", {}), "Enabled": words is not None}
    for word, (name, which) in GFS_WORDS.items():
        part = (words or {}).get(word)
        if part is not None:
            own[name] = {"Enabled": True, "RetentionPeriod": part["keep"], GFS_PARTS[name]: part[which].capitalize()}
        elif words is not None:
            own[name] = {**own.get(name, {}), "Enabled": False}
    return own
