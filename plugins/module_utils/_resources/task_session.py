# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did with one machine, as a query over all runs tells it: of which machine and job, and how it ended.

EM reference: backuptasksessions_id, get_query_backuptasksession. Runs of copy jobs and agents are among them, those of
replication jobs are not.
"""

from __future__ import annotations

import typing as t

from .._em import moments, wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer


class BackupTaskSession(t.NamedTuple):
    """The part of a run that is about one machine.

    ref: of the machine; None from versions that do not tell it. result: Success, Warning or Failed, None where there is
    none. While it is in progress it may say Success already, so only has_completed tells. began, ended: seconds
    since 1970. session_id: of the run. job: name of the job, which the link to its session begins with. point_id: the
    restore point that it made.
    """

    id: str
    machine: str
    ref: str | None
    state: str
    result: str | None
    reason: str | None
    began: float | None
    ended: float | None
    server: BackupServer | None
    session_id: str | None
    job: str | None
    point_id: str | None

    @property
    def has_completed(self) -> bool:
        return self.state.lower() == "completed"


def read(record: wire.Record) -> BackupTaskSession:
    """A task session, from its entity. Raises Unreadable."""
    links = list(wire.links(record))
    job = point_id = None
    session_id = wire.href_id((record.text("JobSessionUid") or "").replace(":", "/"))
    for rel, kind, href, name in links:
        if rel == "up" and kind in ("backupjobsessionreference", "backupjobsession") and name:
            # A name may hold @ itself; the moment at its end does not.
            job = name.rpartition("@")[0] or name
            session_id = session_id or wire.href_id(href)
        elif rel == "related" and kind in ("vmrestorepoint", "vmrestorepointreference"):
            point_id = wire.href_id(href)
    own = wire.name_of(record)
    result = (record.text("Result") or "").strip()
    return BackupTaskSession(
        wire.identifier(record, "backupTaskSessions"),
        record.text("VmDisplayName") or own.rpartition("@")[0] or own,
        (record.text("VmUid") or "").strip() or None,
        (record.text("State") or "").strip(),
        result if result and result.lower() != "none" else None,
        (record.text("Reason") or "").strip() or None,
        moments.read(record.text("CreationTimeUTC")),
        moments.read(record.text("EndTimeUTC")),
        backup_server.of_link(record, links),
        session_id,
        job,
        point_id,
    )


#: EM reference: backuptasksessions_id, get_query_backuptasksession.
TASK_SESSION = Kind("BackupTaskSession", "BackupTaskSessions", "backupTaskSessions", read, entities=True)


def read_list(body: bytes, media_type: str) -> list[BackupTaskSession]:
    """The task sessions of one run. Raises Unreadable."""
    record = wire.parse(body, media_type, (TASK_SESSION.plural,), (TASK_SESSION.plural,))
    # XML has them right under the root, JSON in a member of its name.
    return [read(item) for item in record.children(TASK_SESSION.name if media_type == "xml" else TASK_SESSION.plural)]
