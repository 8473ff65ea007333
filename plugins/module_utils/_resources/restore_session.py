# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore, or a failover, while it runs and after: EM lists those of the last 30 days.

It gives no reason for a failure and cannot be stopped here (EM reference: restoresessions_id, get_restoresessions,
get_query_restoresession).
"""

from __future__ import annotations

import re
import typing as t

from .._em import moments, wire
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.query import Query, is_plain
from .._http.effects import Flow
from .._http.errors import BadAnswer, Refused
from .._http.retry import READ
from . import backup_server
from .backup_server import BackupServer

#: JobType of the restore of a whole machine, and of files. That of a failover is documented nowhere, and it may be the
#: first of these too.
RESTORE_VM = "RestoreVm"
RESTORE_FILES = "FileLevelRestore"
#: How many of the newest sessions are looked at: a restore of one machine that is under way is among them.
NEWEST = 50


class RestoreSession(t.NamedTuple):
    """A restore session. start, end: UTC, in EM's own spelling, end None while it runs.

    result: Success, Warning or Failed, None while there is none. point_ids: of the restore or replica points that it
    names; one page of the reference shows a session without. of_replica: whether that is a replica point. restored_ref:
    of the machine that came of it, where EM says.
    """

    id: str
    type: str | None
    machine: str
    state: str
    result: str | None
    start: str | None
    end: str | None
    progress: int | None
    restored_ref: str | None
    server: BackupServer | None
    point_ids: tuple[str, ...] = ()
    of_replica: bool = False

    @property
    def uid(self) -> str:
        return f"urn:veeam:RestoreSession:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/restoreSessions/{self.id}"

    @property
    def has_ended(self) -> bool:
        return self.state.lower() == "stopped"

    @property
    def began(self) -> float:
        """Seconds since 1970; 0 where EM does not say."""
        return moments.read(self.start) or 0.0


def read(record: wire.Record) -> RestoreSession:
    """A restore session, from its entity. Raises Unreadable."""
    state = (record.text("State") or "").strip()
    if not state:
        raise wire.Unreadable("a restore session has no State")
    result = (record.text("Result") or "").strip()
    progress = record.text("Progress") or ""
    name = wire.name_of(record)
    links = list(wire.links(record))
    related = [href for rel, _type, href, _name in links if rel == "related"]
    points = [wire.href_id(href) for href in related if re.search(r"/vm(restore|replica)points/", href, re.IGNORECASE)]
    return RestoreSession(
        wire.identifier(record, "restoreSessions"),
        (record.text("JobType") or "").strip() or None,
        record.text("VmDisplayName") or name.rpartition("@")[0] or name,
        state,
        result if result and result.lower() != "none" else None,
        (record.text("CreationTimeUTC") or "").strip() or None,
        (record.text("EndTimeUTC") or "").strip() or None,
        int(progress) if re.fullmatch(r"[0-9]{1,3}", progress) else None,
        (record.text("RestoredObjRef") or "").strip() or None,
        backup_server.of_link(record, links),
        tuple(dict.fromkeys(point for point in points if point)),
        any("/vmreplicapoints/" in href.lower() for href in related),
    )


def is_failover(session: RestoreSession) -> bool | None:
    """Whether it is a failover; None where EM does not tell: it may be a restore of the machine as well."""
    kind = (session.type or "").lower()
    if session.of_replica:
        return True
    if kind == RESTORE_VM.lower():
        return False if session.point_ids else None
    return kind != RESTORE_FILES.lower()


#: EM reference: restoresessions_id, get_query_restoresession. Every role may read it.
RESTORE_SESSION = Kind("RestoreSession", "RestoreSessions", "restoreSessions", read, entities=True)


def one(em: EnterpriseManager, identifier: str, deadline: float, purpose: str = READ) -> Flow[RestoreSession]:
    """The session with that id."""
    seen: RestoreSession = yield from em.one(RESTORE_SESSION, identifier, deadline, purpose)
    if seen.id != identifier:
        label = f"GET {RESTORE_SESSION.as_references.path(identifier)}"
        raise BadAnswer(f"{label}: Enterprise Manager answered with another session.", label, 200)
    return seen


def of_machine(em: EnterpriseManager, machine: str, deadline: float, purpose: str = READ) -> Flow[list[RestoreSession]]:
    """The newest sessions of machines of that name, newest first.

    How EM reads unusual characters in a filter is not known, so for such a name the newest of all are looked through.
    """
    newest = Query(RESTORE_SESSION, "", "sortDesc=CreationTime", NEWEST)
    found: list[RestoreSession] | None = None
    if is_plain(machine):
        try:
            found = yield from em.first(newest._replace(filter=f'VmDisplayName=="{machine}"'), deadline, purpose)
        except Refused as error:
            if error.status not in (400, 500):
                raise
    if found is None or any(session.machine != machine for session in found):
        found = yield from em.first(newest._replace(size=10 * NEWEST), deadline, purpose)
    return sorted(
        (session for session in found if session.machine == machine), key=lambda item: item.began, reverse=True
    )
