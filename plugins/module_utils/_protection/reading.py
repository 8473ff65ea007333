# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what decides, in few requests: inventories, jobs, restore points and runs of a window, and then those of the
machines that have no point in it.

A read that fails, or that the role does not allow, is noted; the others go on.
"""

from __future__ import annotations

import functools
import time
import typing as t

from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.moments import write
from .._em.query import Query, any_of, chunks, is_filterable, is_plain, listing
from .._em.reference import Reference, hint, quoted
from .._http.effects import Flow, Parallel
from .._http.errors import ExchangeError, Forbidden, NotFound, NotSent, Refused, Unauthorized, VeeamError
from .._resources import hierarchy
from .._resources.agent_job import AGENT_JOB, AgentJob
from .._resources.backup_server import BACKUP_SERVER, BackupServer, no_server
from .._resources.hierarchy import HIERARCHY_ROOT, HierarchyRoot, InventoryItem
from .._resources.job_entity import HOLDING_JOB, JobHoldings
from .._resources.machine import same_object
from .._resources.restore_point import RESTORE_POINT, RestorePoint
from .._resources.task_session import TASK_SESSION
from . import notes
from .evidence import Evidence, Host, Key, Machine, Scope
from .facts import FAILED, HIDDEN, READ
from .holdings import Holdings, copies_of
from .options import Asked

T = t.TypeVar("T")

#: Entries of a page, the largest that a client is known to ask for.
PAGE = 2000
#: How many reads are under way at once; each of them may have a few pages under way.
AT_ONCE = 4
#: Machines that are asked for in one request by their names.
GROUP = 50
#: As long as so many are named, they are asked for by name, and what the others have is not read.
FEW = 200
#: For so few names and hosts each inventory is asked for the name, and not for all that it has.
LOOK_UPS = 8
#: Seconds that the clock of a backup server may be ahead of that of Enterprise Manager.
AHEAD = 3600


class Found(t.NamedTuple):
    """What was read. now: the moment of it. asked: with a text of several names read as what it is.

    points, runs, jobs: how that went, as facts have it.

    failed_points, failed_runs: machines whose own could not be read, where those of others could. failed_apart: names
    of those that are in no inventory whose points could not be read.
    """

    now: float
    asked: Asked
    scope: Scope
    hosts: dict[str, Host]
    evidence: Evidence
    holdings: Holdings
    points: str
    runs: str
    jobs: str
    failed_points: frozenset[Key]
    failed_runs: frozenset[Key]
    failed_apart: frozenset[str | Key]
    notes: tuple[str, ...]
    complete: bool


class Failed(t.NamedTuple):
    """A read that failed."""

    error: ExchangeError


def attempt(flow: Flow[T]) -> Flow[T | Failed]:
    """What the flow returns, or how it failed. Where nobody is there, or the logon is refused, all of it fails."""
    try:
        return (yield from flow)
    except (Unauthorized, NotSent):
        raise
    except ExchangeError as error:
        return Failed(error)


def side_by_side(starts: t.Sequence[t.Callable[[], Flow[t.Any]]], at_once: int = AT_ONCE) -> Flow[list[t.Any]]:
    """What each of them returns. Raises what the first of them raised."""
    answers: list[t.Any] = yield Parallel(starts, at_once)
    for answer in answers:
        if isinstance(answer, VeeamError):
            raise answer
    return answers


# -- inventories ---------------------------------------------------------------------------------------------------


class Roots(t.NamedTuple):
    """The roots of inventories. chosen: those that are asked for. is_hidden: the role does not see them."""

    chosen: list[HierarchyRoot]
    unique_ids: dict[str, str]
    elsewhere: frozenset[str]
    is_hidden: bool = False


def read_roots(em: EnterpriseManager, asked: Asked, deadline: float, strict: bool = False) -> Flow[Roots]:
    """Raises NotFound for a host or a backup server that does not exist, and Forbidden where that cannot be told.

    strict: that the role does not see them is an error.
    """
    try:
        roots: list[HierarchyRoot] = yield from em.query(listing(HIERARCHY_ROOT), deadline)
    except Forbidden:
        if asked.hosts or strict:
            raise
        return Roots([], {}, frozenset(), is_hidden=True)
    unique_ids = hierarchy.unique_ids(roots)
    on_servers = list(roots)
    if asked.servers:
        yield from _check_servers(em, asked.servers, roots, deadline)
        on_servers = [root for root in roots if any(server.is_server(root.server) for server in asked.servers)]
    chosen = on_servers
    if asked.hosts:
        keys = {unique_ids[root.id] for wanted in asked.hosts for root in _picked(wanted, roots, on_servers)}
        chosen = [root for root in on_servers if unique_ids[root.id] in keys]
    looked_at = {unique_ids[root.id] for root in chosen}
    return Roots(chosen, unique_ids, frozenset(unique_ids.values()) - looked_at)


def _picked(wanted: Reference, roots: list[HierarchyRoot], on_servers: list[HierarchyRoot]) -> list[HierarchyRoot]:
    found = wanted.picks(on_servers)
    if not found:
        where = " on that backup server" if wanted.picks(roots) else ""
        there = hint(wanted.text, [root.name for root in on_servers], "hosts")
        raise NotFound(f"host: there is no host {quoted(wanted.text)}{where}.{there}")
    return found


def _check_servers(
    em: EnterpriseManager, wanted: t.Sequence[Reference], roots: list[HierarchyRoot], deadline: float
) -> Flow[None]:
    missing = [server for server in wanted if not any(server.is_server(root.server) for root in roots)]
    if not missing:
        return
    # One without an inventory is there all the same.
    servers: list[BackupServer] = yield from em.query(listing(BACKUP_SERVER), deadline)
    for server in missing:
        error = no_server(server, servers)
        if error is not None:
            raise error


def read_inventory(
    em: EnterpriseManager, root: HierarchyRoot, names: t.Sequence[str], deadline: float
) -> Flow[list[InventoryItem] | Failed]:
    """The machines of these names below a root; * is all of them."""

    def flow() -> Flow[list[InventoryItem]]:
        found: list[InventoryItem] = []
        for name in names:
            found += yield from hierarchy.look_up(em, root, name, "Vm", deadline)
        return found

    return (yield from attempt(flow()))


# -- all of it -----------------------------------------------------------------------------------------------------


class Known(t.NamedTuple):
    """The machines of the inventories that are asked for, and the jobs that hold them. jobs: how reading them went."""

    asked: Asked
    roots: Roots
    scope: Scope
    machines: dict[Key, Machine]
    hosts: dict[str, Host]
    holdings: Holdings
    copies: frozenset[tuple[str, str]]
    jobs: str


class Reader:
    """One reading of everything that decides. strict: an inventory that cannot be read is an error."""

    def __init__(self, em: EnterpriseManager, asked: Asked, deadline: float, strict: bool = False) -> None:
        self.em, self.asked, self.deadline, self.strict = em, asked, deadline, strict
        self.notes: list[str] = []
        self.complete = True

    def note(self, text: str, complete: bool = False) -> None:
        self.complete = self.complete and complete
        if text not in self.notes:
            self.notes.append(text)

    def read(self) -> Flow[Found]:
        """Read it. Raises ExchangeError where nothing can be said at all."""
        return (yield from self.evidence_of((yield from self.known())))

    def evidence_of(self, known: Known) -> Flow[Found]:
        """The restore points and runs of these machines."""
        now = self.em.server_clock.now()
        if now is None:
            now = time.time()
            self.note(notes.NO_DATE, complete=True)
        evidence = Evidence(known.scope, known.machines, known.copies)
        hidden = known.roots.is_hidden
        if hidden:
            self.note(notes.NO_INVENTORY)
        points = runs = READ
        if known.asked.machines is None or len(known.asked.machines) > FEW:
            points, runs = yield from self._window(evidence, now, hidden)
        rest = yield from self._rest(evidence, points, runs, hidden)
        return Found(
            now, known.asked, known.scope, known.hosts, evidence, known.holdings, points,
            HIDDEN if hidden else runs, known.jobs, *rest, tuple(self.notes), self.complete,
        )  # fmt: skip

    def known(self) -> Flow[Known]:
        """The machines, and who holds them."""
        roots = yield from read_roots(self.em, self.asked, self.deadline, self.strict)
        inventories, jobs, agent_jobs = yield from self._inventories_and_jobs(roots)
        scope, machines, hosts = self._scope(roots, inventories)
        seen, jobs, agent_jobs = self._seen_jobs(jobs, agent_jobs)
        holdings = Holdings(roots.unique_ids, jobs, agent_jobs)
        return Known(self.asked, roots, scope, machines, hosts, holdings, copies_of(jobs), seen)

    # -- inventories and jobs --------------------------------------------------------------------------------------

    def _inventories_and_jobs(self, roots: Roots) -> Flow[tuple[list[t.Any], t.Any, t.Any]]:
        if roots.is_hidden:
            return [], None, None
        names = [*self.asked.names, *([self.asked.whole] if self.asked.whole else [])]
        if self.asked.refs or not 0 < len(names) * len(roots.chosen) <= LOOK_UPS:
            names = ["*"]
        starts: list[t.Callable[[], Flow[t.Any]]] = [
            functools.partial(read_inventory, self.em, root, names, self.deadline) for root in roots.chosen
        ]
        starts.append(lambda: attempt(self.em.query(listing(HOLDING_JOB), self.deadline)))
        starts.append(lambda: attempt(self.em.query(listing(AGENT_JOB), self.deadline)))
        *inventories, jobs, agent_jobs = yield from side_by_side(starts)
        return inventories, jobs, agent_jobs

    def _scope(self, roots: Roots, inventories: list[t.Any]) -> tuple[Scope, dict[Key, Machine], dict[str, Host]]:
        hosts = _hosts(roots)
        unread: set[str] = set()
        read: set[str] = set()
        refs: dict[Key, dict[str, str]] = {}
        for root, items in sorted(zip(roots.chosen, inventories), key=lambda one: _place(one[0])):
            host = roots.unique_ids[root.id]
            if isinstance(items, Failed):
                if self.strict:
                    raise items.error
                unread.add(host)
                self.note(notes.inventory(root.name, root.server.name if root.server else None, items.error))
                continue
            read.add(host)
            for item in items:
                if item.type.lower() == "vm" and item.ref:
                    refs.setdefault(_key(item.ref, roots), {})[item.ref] = item.name
        there = {name for named in refs.values() for name in named.values()}
        if self.asked.whole is not None and self.asked.whole in there:
            self.asked = self.asked._replace(machines=(self.asked.whole,))
        wanted = set(self.asked.machines) if self.asked.machines is not None else None
        wanted_keys = {_key(ref, roots) for ref in self.asked.refs}
        machines: dict[Key, Machine] = {}
        for key, named in refs.items():
            # The first root by its reference says what the machine is called.
            first = min(named)
            if wanted is None or named[first] in wanted or key in wanted_keys:
                on_host = hosts.get(key[1]) or Host(None, None, key[1])
                machines[key] = Machine(named[first], tuple(sorted(named)), on_host)
        there = {machine.name for machine in machines.values()}
        apart: set[str | Key] = {name for name in self.asked.names if name not in there}
        apart |= {key for key in wanted_keys if key not in machines}
        # One vCenter on two backup servers has to be read on one of them.
        failed = None if roots.is_hidden else frozenset(unread - read)
        scope = Scope(roots.unique_ids, failed, roots.elsewhere, self._is_here, frozenset(apart))
        return scope, machines, hosts

    def _is_here(self, server: BackupServer | None) -> bool:
        return not self.asked.servers or any(wanted.is_server(server) for wanted in self.asked.servers)

    def _seen_jobs(self, jobs: t.Any, agent_jobs: t.Any) -> tuple[str, list[JobHoldings], list[AgentJob]]:
        """How reading them went, and those that are asked for."""
        seen = READ
        if jobs is None:
            return HIDDEN, [], []
        for what, found in (("Jobs", jobs), ("Jobs for agents", agent_jobs)):
            if isinstance(found, Failed) and isinstance(found.error, Forbidden):
                seen = HIDDEN
                self.note(notes.NO_JOBS)
            elif isinstance(found, Failed):
                seen = seen if seen == HIDDEN else FAILED
                self.note(notes.jobs(what, found.error))
        kept = [] if isinstance(jobs, Failed) else [one for one in jobs if self._is_here(one.job.server)]
        kept_agents = [] if isinstance(agent_jobs, Failed) else [one for one in agent_jobs if self._is_here(one.server)]
        return seen, kept, kept_agents

    # -- points and runs -------------------------------------------------------------------------------------------

    def _window(self, evidence: Evidence, now: float, without_runs: bool) -> Flow[tuple[str, str]]:
        """Those of the time that is asked for, newest first: what is made meanwhile is beyond its end."""
        since, until = write(now - self.asked.within), write(now + AHEAD)

        def within(kind: Kind, field: str) -> Query:
            return Query(kind, f'{field}>="{since}";{field}<="{until}"', f"sortDesc={field}", PAGE)

        starts = [
            lambda: attempt(self.em.each(within(RESTORE_POINT, "CreationTime"), self.deadline, evidence.take_point))
        ]
        if not without_runs:
            starts.append(
                lambda: attempt(self.em.each(within(TASK_SESSION, "EndTime"), self.deadline, evidence.take_run))
            )
        # One after the other: each has its pages in flight, and those of both at once would be held in memory.
        points, *runs = yield from side_by_side(starts, 1)
        seen = [READ, READ]
        if isinstance(points, Failed):
            self.note(notes.points(points.error))
            seen[0] = FAILED
        if runs and isinstance(runs[0], Failed):
            if isinstance(runs[0].error, Forbidden):
                self.note(notes.NO_RUNS)
                seen[1] = HIDDEN
            else:
                self.note(notes.runs(runs[0].error))
                seen[1] = FAILED
        return seen[0], seen[1]

    def _rest(
        self, evidence: Evidence, points: str, runs: str, without_runs: bool
    ) -> Flow[tuple[frozenset[Key], frozenset[Key], frozenset[str | Key]]]:
        """What machines without a point so far have, however old it is; by name, and by reference where that fails."""
        wanted = {
            key: machine
            for key, machine in evidence.machines.items()
            if key not in evidence.newest and self.asked.exclude.naming(machine.name, machine.refs) is None
        }
        names = {machine.name for machine in wanted.values()}
        names |= {name for name in evidence.scope.apart if isinstance(name, str)}
        if points != READ or not (names or evidence.scope.apart):
            return frozenset(), frozenset(), frozenset()
        starts = [
            functools.partial(self._group, RESTORE_POINT, "CreationTime", group, evidence.take_point)
            for group in chunks(RESTORE_POINT, sorted(names), "VmDisplayName", GROUP)
        ]
        if runs == READ and not without_runs:
            starts += [
                functools.partial(self._group, TASK_SESSION, "EndTime", group, evidence.take_run)
                for group in chunks(TASK_SESSION, sorted(names), "VmDisplayName", GROUP)
            ]
        unread: dict[str, set[str]] = {RESTORE_POINT.name: set(), TASK_SESSION.name: set()}
        for failed in (yield from side_by_side(starts)):
            if failed is not None:
                kind, group, error = failed
                unread[kind.name] |= set(group)
                what = "Restore points" if kind is RESTORE_POINT else "Runs"
                self.note(notes.machines(what, group, error))
        without = {key: machine for key, machine in wanted.items() if key not in evidence.newest}
        by_reference = yield from self._by_reference(evidence, without)
        doubtful = set()
        if not by_reference:
            # That a filter finds nothing proves nothing where nobody knows how it reads the name.
            doubtful = {
                machine.name
                for key, machine in without.items()
                if key not in evidence.newest and not is_plain(machine.name)
            }
            if doubtful:
                self.note(notes.unasked(doubtful))
        return (
            frozenset(key for key, machine in without.items() if machine.name in unread[RESTORE_POINT.name] | doubtful),
            frozenset(key for key, machine in wanted.items() if machine.name in unread[TASK_SESSION.name]),
            frozenset(unread[RESTORE_POINT.name]),
        )

    def _group(
        self, kind: Kind, field: str, group: list[str], take: t.Callable[[t.Any], None]
    ) -> Flow[tuple[Kind, list[str], ExchangeError] | None]:
        query = Query(kind, any_of("VmDisplayName", group), f"sortDesc={field}", PAGE)
        outcome = yield from attempt(self.em.each(query, self.deadline, take))
        return (kind, group, outcome.error) if isinstance(outcome, Failed) else None

    def _by_reference(self, evidence: Evidence, machines: dict[Key, Machine]) -> Flow[bool]:
        """Look for machines that bore another name. The field is not documented: false where the server has it not.

        One server may refuse it, another one not look at it; so what comes is held against what was asked for.
        """
        refs = sorted({ref for machine in machines.values() for ref in machine.refs})
        refs += [ref for ref in self.asked.refs if evidence.scope.key(ref) in evidence.scope.apart]
        for group in chunks(RESTORE_POINT, [ref for ref in refs if is_filterable(ref)], "HierarchyObjRef", GROUP):
            query = Query(RESTORE_POINT, any_of("HierarchyObjRef", group), "sortDesc=CreationTime", PAGE)
            asked = {evidence.scope.key(ref) for ref in group}

            def take(point: RestorePoint, asked: set[Key] = asked) -> None:
                if point.ref is None or evidence.scope.key(point.ref) not in asked:
                    raise NotAsked("Enterprise Manager does not look at HierarchyObjRef in a filter.")
                evidence.take_point(point)

            try:
                outcome = yield from attempt(self.em.each(query, self.deadline, take))
            except NotAsked:
                self.note(notes.NO_REFERENCES, complete=True)
                return False
            if isinstance(outcome, Failed):
                refused = isinstance(outcome.error, Refused) and outcome.error.status in (400, 500)
                self.note(notes.NO_REFERENCES if refused else notes.references(outcome.error), complete=refused)
                return False
        return True


class NotAsked(VeeamError):
    """The server answered with what it was not asked for."""


def _key(ref: str, roots: Roots) -> Key:
    return same_object(ref, roots.unique_ids)


def _place(root: HierarchyRoot) -> tuple[str, str]:
    """The same order of roots, whatever order EM has them in."""
    return (root.server.name if root.server else "", root.id)


def _hosts(roots: Roots) -> dict[str, Host]:
    """The hosts by their keys; what several roots have in common goes by the first of them."""
    hosts: dict[str, Host] = {}
    for root in sorted(roots.chosen, key=_place):
        key = roots.unique_ids[root.id]
        known = hosts.get(key) or Host(root.id, root.name, key)
        servers = known.servers | ({root.server.id} if root.server else set())
        hosts[key] = known._replace(servers=servers)
    return hosts
