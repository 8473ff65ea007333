# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What restore points and runs say of the machines of an inventory, as they come, page by page.

Kept is the newest of each machine and nothing else, so that it takes no more memory than what is returned. The order in
which they come changes nothing. No sockets, no clock.
"""

from __future__ import annotations

import typing as t

from .._resources.backup_server import BackupServer
from .._resources.machine import parse_ref, same_object
from .._resources.restore_point import RestorePoint
from .._resources.task_session import BackupTaskSession
from .facts import LastRun, Point

#: What all references to one machine have in common: machine.same_object().
Key = tuple[str, str, str]
K = t.TypeVar("K")


class Host(t.NamedTuple):
    """Where an inventory begins. key: the same for one vCenter on two backup servers. servers: ids of these."""

    id: str | None
    name: str | None
    key: str
    servers: frozenset[str] = frozenset()


class Machine(t.NamedTuple):
    """A machine of an inventory. refs: all its references."""

    name: str
    refs: tuple[str, ...]
    host: Host


class Scope(t.NamedTuple):
    """What is looked at.

    unique_ids: id of a root to what is the same for all roots of one host. unread: the roots whose inventory could not
    be read, by their key; None where none could. elsewhere: keys of hosts that are not asked for. server: only what is
    on this backup server counts. apart: names and keys that are asked for and in no inventory.
    """

    unique_ids: t.Mapping[str, str]
    unread: frozenset[str] | None = frozenset()
    elsewhere: frozenset[str] = frozenset()
    is_here: t.Callable[[BackupServer | None], bool] = lambda server: True
    apart: frozenset[str | Key] = frozenset()

    def key(self, ref: str) -> Key:
        return same_object(ref, self.unique_ids)


class Evidence:
    """The newest restore points and runs of machines.

    machines: by their keys. copies: names of jobs whose runs say nothing of backups, by backup server.
    """

    def __init__(
        self, scope: Scope, machines: t.Mapping[Key, Machine], copies: t.Collection[tuple[str, str]] = frozenset()
    ) -> None:
        self.scope = scope
        self.machines = machines
        self._copies = copies
        #: Of each machine of an inventory, by its own reference.
        self.newest: dict[Key, RestorePoint] = {}
        #: Of machines that are in no inventory, or whose inventory could not be read.
        self.apart: dict[Key, RestorePoint] = {}
        #: Points whose reference leads nowhere, by the name that the machine had.
        self._loose: dict[str, RestorePoint] = {}
        #: Points of machines that bore the name of another one on the same host.
        self._lent: dict[tuple[str, str], RestorePoint] = {}
        self._runs: dict[Key, BackupTaskSession] = {}
        #: Runs without a reference, by backup server and name: the newest, and the newest that failed.
        self._named_runs: dict[tuple[str | None, str], BackupTaskSession] = {}
        self._named_failures: dict[tuple[str | None, str], BackupTaskSession] = {}
        self._names: dict[str, list[Key]] = {}
        self._on_host: dict[tuple[str, str], int] = {}
        for key, machine in machines.items():
            self._names.setdefault(machine.name, []).append(key)
            place = (machine.name, machine.host.key)
            self._on_host[place] = self._on_host.get(place, 0) + 1

    # -- restore points --------------------------------------------------------------------------------------------

    def take_point(self, point: RestorePoint) -> None:
        """Note a restore point. One that is being written, or has no moment, proves nothing."""
        if not point.ready or point.created is None or not self.scope.is_here(point.server):
            return
        if point.ref is None:
            return self._take_loose(point, ("", "", point.machine))
        key = self.scope.key(point.ref)
        machine = self.machines.get(key)
        if machine is not None:
            _keep(self.newest, key, point, _point_order)
            if self._on_host.get((point.machine, machine.host.key), 0) > (point.machine == machine.name):
                _keep(self._lent, (point.machine, machine.host.key), point, _point_order)
        elif key[1] not in self.scope.elsewhere:
            self._take_loose(point, key)

    def _take_loose(self, point: RestorePoint, key: Key) -> None:
        if point.machine in self._names:
            _keep(self._loose, point.machine, point, _point_order)
        unread = self.scope.unread
        if unread is None or key[1] in unread or point.machine in self.scope.apart or key in self.scope.apart:
            _keep(self.apart, key, point, _point_order)

    def point_of(self, key: Key) -> Point | None:
        """The newest ready restore point of a machine."""
        return as_point(self.newest.get(key))

    def foreign_of(self, key: Key) -> Point | None:
        """The newest point of its name that is not its own, and that no machine of another host accounts for."""
        machine = self.machines[key]
        found = [self._loose.get(machine.name), self._lent.get((machine.name, machine.host.key))]
        return as_point(max((point for point in found if point is not None), key=_point_order, default=None))

    # -- runs ------------------------------------------------------------------------------------------------------

    def take_run(self, run: BackupTaskSession) -> None:
        """Note what a run did with a machine. One that is not over says nothing, whatever its result is."""
        if not run.has_completed or run.ended is None or not self.scope.is_here(run.server) or self._is_copy(run):
            return
        if run.ref is not None:
            key = self.scope.key(run.ref)
            if key in self.machines or key in self.scope.apart:
                _keep(self._runs, key, run, _run_order)
            return
        place = (run.server.id if run.server else None, run.machine)
        if run.machine in self._names or run.machine in self.scope.apart:
            _keep(self._named_runs, place, run, _run_order)
            if _has_failed(run):
                _keep(self._named_failures, place, run, _run_order)

    def _is_copy(self, run: BackupTaskSession) -> bool:
        """Whether it is of a copy job: what that fails at is there all the same. Its workers are called job\\source."""
        if run.job is None or not self._copies:
            return False
        server = run.server.id if run.server else ""
        return (server, run.job) in self._copies or (server, run.job.partition("\\")[0]) in self._copies

    def runs_of(self, key: Key) -> tuple[LastRun | None, LastRun | None]:
        """The newest completed run of a machine, and a failed one that may be its own or another's of its name."""
        machine = self.machines[key]
        own = [self._runs.get(key)]
        doubtful: list[BackupTaskSession | None] = []
        for server in (*machine.host.servers, None):
            place = (server, machine.name)
            if self._bearers(machine.name, server) == 1:
                own.append(self._named_runs.get(place))
            else:
                doubtful.append(self._named_failures.get(place))
        return _last(own), _last(doubtful)

    def run_apart(self, key: Key) -> LastRun | None:
        """The newest completed run of what is in no inventory."""
        return _last([self._runs.get(key)])

    def _bearers(self, name: str, server: str | None) -> int:
        """How many machines bear the name where a backup server can see them."""
        keys = self._names.get(name, ())
        return sum(server is None or server in self.machines[key].host.servers for key in keys)


# -- the newest of something -------------------------------------------------------------------------------------------


def _keep(kept: dict[K, t.Any], place: K, item: t.Any, order: t.Callable[[t.Any], t.Any]) -> None:
    before = kept.get(place)
    if before is None or order(before) < order(item):
        kept[place] = item


def _point_order(point: RestorePoint) -> tuple[float, str]:
    return point.age_key, point.id


def _run_order(run: BackupTaskSession) -> tuple[float, bool, str]:
    # Of two that ended at the same moment the one that failed counts.
    return t.cast(float, run.ended), _has_failed(run), run.id


def _has_failed(run: BackupTaskSession) -> bool:
    return (run.result or "").lower() == "failed"


def _last(runs: t.Iterable[BackupTaskSession | None]) -> LastRun | None:
    found = max((run for run in runs if run is not None), key=_run_order, default=None)
    return as_run(found) if found is not None else None


def as_run(run: BackupTaskSession) -> LastRun:
    return LastRun(run.job, run.result, t.cast(float, run.ended), run.reason)


def as_point(point: RestorePoint | None) -> Point | None:
    return Point(point.age_key, point) if point is not None else None


def root_of(ref: str) -> str:
    """The id of the root that a reference begins at, in lower case."""
    return parse_ref(ref).root
