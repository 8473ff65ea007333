# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_restore_point_info: its flow. What is dropped is dropped as its page comes, so memory is that of the result."""

from __future__ import annotations

import bisect
import typing as t

from .._em import moments
from .._em.kind import Kind
from .._em.query import Query, any_of
from .._em.reference import Reference, quoted
from .._http.effects import Flow
from .._http.errors import Forbidden, NotFound, OptionError
from .._machine import points as machine_points
from .._machine.pick import narrowing
from .._machine.points import AT_ONCE, Roots
from .._module import render
from .._module.run import Run
from .._resources.backup import BACKUP as BACKUP_KIND
from .._resources.backup_server import BACKUP_SERVER, no_server
from .._resources.job import JOB, the_one
from .._resources.machine import same_object
from .._resources.restore_point import BACKUP_FILE, POINT_PARENT, RestorePoint, newest_first
from .reading import result
from .restore_point_options import BACKUP, FILES, Settings


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run."""
    found = [] if run.chosen.machines == [] else (yield from run.logged_on(_read(run)))
    return result(found, "restore_points", "restore point", "restore points")


class _Kept:
    """The points that are wanted, of each machine no more than the newest so many."""

    def __init__(self, roots: Roots, newest: int | None) -> None:
        self._roots, self._newest = roots, newest
        self._machines: dict[t.Any, list[tuple[tuple[float, str], RestorePoint]]] = {}

    def add(self, point: RestorePoint) -> None:
        key = (
            same_object(point.ref, self._roots.unique)
            if point.ref
            else (point.machine, point.server.id if point.server is not None else None)
        )
        own = self._machines.setdefault(key, [])
        entry = ((-point.age_key, point.id), point)
        place = bisect.bisect_left(own, entry[0], key=lambda item: item[0])
        if place < len(own) and own[place][0] == entry[0]:
            # Pages shift while points are made, so one may come twice.
            return
        own.insert(place, entry)
        if self._newest is not None:
            del own[self._newest :]

    def in_order(self) -> list[RestorePoint]:
        """By machine, newest first."""
        groups = [[point for _key, point in own] for own in self._machines.values() if own]
        return [
            point
            for group in sorted(groups, key=lambda own: (own[0].machine, own[0].ref or "", own[0].id))
            for point in newest_first(group)
        ]


def _read(run: Run) -> Flow[list[dict[str, t.Any]]]:
    em, chosen, deadline = run.em, t.cast(Settings, run.chosen), run.deadline
    roots = yield from machine_points.read_roots(em, deadline)
    servers = yield from _check_server(run, chosen)
    parents = yield from _parents_of_job(run, chosen.job) if chosen.job is not None else _none()
    now = em.server_clock.now()
    window = _window(chosen, now)
    fits = narrowing(chosen.everywhere, roots)
    kept = _Kept(roots, chosen.newest)

    def keep(point: RestorePoint) -> None:
        after, before = window
        created = point.created if point.created is not None else float("-inf")
        if (
            (point.ready or not chosen.ready)
            and (after is None or created >= after)
            and (before is None or created <= before)
            and (parents is None or point.point_id in parents)
            and fits(point)
        ):
            kept.add(point)

    if chosen.machines is None:
        yield from machine_points.listing(em, _condition(window), deadline, keep)
    else:
        names = [request.name for request in chosen.machines if request.name is not None]
        refs = [request.ref for request in chosen.machines if request.ref is not None]
        names += [chosen.whole] if chosen.whole is not None else []
        found, alike = yield from machine_points.read(em, names, refs, roots, deadline)
        hidden = next(filter(fits, alike), None)
        if hidden is not None:
            raise OptionError(
                f"machines: {machine_points.there_too(hidden)} Give its name or both references, or set backup_server."
            )
        for point in [point for point in found if point.machine == chosen.whole] or found:
            keep(point)
    points = kept.in_order()
    if servers is None and chosen.everywhere.server is not None and not points:
        raise NotFound(
            f"backup_server: no restore point on backup server {quoted(chosen.everywhere.server.text)} is visible to "
            "this account, whose role does not see backup servers themselves."
        )
    entries = [render.restore_point(chosen.url, point, em.server_clock.now()) for point in points]
    if chosen.gather:
        yield from _gather(run, chosen, points, entries)
    return entries


def _none() -> Flow[None]:
    return None
    yield  # pylint: disable=unreachable


def _window(chosen: Settings, now: float | None) -> tuple[float | None, float | None]:
    """Seconds since 1970. Raises OptionError where a duration has nothing to count from."""
    bounds: list[float | None] = []
    for option, at in (("created_after", chosen.after), ("created_before", chosen.before)):
        if at is not None and at.before is not None and now is None:
            raise OptionError(f"{option}: the server does not say what time it is; give a moment instead.")
        bounds.append(at.at(now if now is not None else 0.0) if at is not None else None)
    return bounds[0], bounds[1]


def _condition(window: tuple[float | None, float | None]) -> str:
    after, before = window
    parts = [f'CreationTime>="{moments.write(after)}"'] if after is not None else []
    if before is not None:
        # Written in whole seconds, so the one that it is in counts too; it is looked at again here.
        parts.append(f'CreationTime<"{moments.write(before + 1)}"')
    return ";".join(parts)


def _check_server(run: Run, chosen: Settings) -> Flow[list[t.Any] | None]:
    """The backup server that is named; None where the role does not see it. Raises NotFound where it is not there."""
    wanted = chosen.everywhere.server
    if wanted is None:
        return None
    try:
        known = yield from run.em.all(BACKUP_SERVER.as_references, run.deadline)
    except Forbidden:
        return None
    picked = [server for server in known if wanted.is_server(server)]
    if not picked:
        raise t.cast(NotFound, no_server(wanted, known))
    return picked


def _parents_of_job(run: Run, wanted: Reference) -> Flow[set[str]]:
    """The ids of the RestorePoints in the backups of the job. A point itself has no link to it."""
    em, deadline = run.em, run.deadline
    found = yield from em.referred(JOB.as_references, [wanted], deadline)
    job = the_one("job", wanted, run.chosen.everywhere.server, found.items)
    backups = yield from em.query(Query(BACKUP_KIND, f'JobUid=="{job.uid}"'), deadline)
    uids = [f"urn:veeam:Backup:{backup.id}" for backup in backups]
    parents: set[str] = set()
    for start in range(0, len(uids), AT_ONCE):
        query = Query(POINT_PARENT, any_of("BackupUid", uids[start : start + AT_ONCE]), "sortAsc=Name", 500)
        parents.update(parent.id for parent in (yield from em.query(query, deadline)))
    return parents


def _by_uid(run: Run, kind: Kind, ids: t.Iterable[str | None]) -> Flow[dict[str, t.Any]]:
    """The resources with these ids, by id."""
    wanted = [identifier for identifier in dict.fromkeys(ids) if identifier is not None]
    found: dict[str, t.Any] = {}
    for start in range(0, len(wanted), AT_ONCE):
        uids = [f"urn:veeam:{kind.name}:{identifier}" for identifier in wanted[start : start + AT_ONCE]]
        for item in (yield from run.em.query(Query(kind, any_of("UID", uids)), run.deadline)):
            found[item.id] = item
    return found


def _gather(
    run: Run, chosen: Settings, points: t.Sequence[RestorePoint], entries: t.Sequence[dict[str, t.Any]]
) -> Flow[None]:
    """Put what costs further requests into the entries."""
    if BACKUP in chosen.gather:
        parents = yield from _by_uid(run, POINT_PARENT, (point.point_id for point in points))
        backups = yield from _by_uid(run, BACKUP_KIND, (parent.backup_id for parent in parents.values()))
        for point, words in zip(points, entries):
            parent = parents.get(point.point_id or "")
            backup = backups.get(parent.backup_id or "") if parent is not None else None
            if backup is not None:
                words["backup"] = {"id": backup.id, "uid": f"urn:veeam:Backup:{backup.id}", "name": backup.name}
                repository = backup.repository
                words["repository"] = render.repository_brief(repository) if repository is not None else None
    if FILES in chosen.gather:
        files = yield from _by_uid(run, BACKUP_FILE, (point.file_id for point in points))
        for point, words in zip(points, entries):
            file = files.get(point.file_id or "")
            words["files"] = [render.backup_file(file)] if file is not None else []
