# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore scopes: an account below administrator may be narrowed to machines and containers, and then sees what belongs
to these alone; its lists are shorter, and nothing says so (em/veeam_backup_em_restore_scope).

What a container holds is found out when the scopes are built: once a day, or on demand. A machine that is new in it is
missing until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..estate.accounts import PROCESSED, UNPROCESSED, Account, Scope
from ..estate.failover_plans import FailoverPlan
from ..estate.inventory import Inventory, InventoryObject, reference_key
from ..estate.roles import ADMINISTRATOR
from ..estate.state import State
from .catalog import CatalogVmRestorePoint
from .replicas import Replica, VmReplicaPoint
from .restore_points import AgentRestorePoint, Backup, BackupFile, RestorePoint, VAppRestorePoint, VmRestorePoint
from .restore_sessions import RestoreSession
from .run_sessions import ReplicaTaskSession, TaskSession

_DAILY = timedelta(days=1)


def _of_machine(item: Any) -> Iterable[str]:
    return (item.machine.reference,)


def _of_point(point: RestorePoint) -> Iterable[str]:
    return (item.reference for item in point.machines)


def _of_plan(plan: FailoverPlan) -> Iterable[str]:
    return (machine.reference for machine in plan.machines)


#: What an entity is about: references of machines. Whatever is not here is not narrowed.
_ABOUT: Mapping[type, Callable[[Any], Iterable[str]]] = {
    # an imported point of a machine that EM does not know is in no scope
    VmRestorePoint: lambda item: (item.reference,),
    AgentRestorePoint: _of_machine,
    VAppRestorePoint: lambda item: (item.reference, *(machine.reference for machine in item.machines)),
    RestorePoint: _of_point,
    Backup: lambda item: (
        reference for backup in (item, *item.children) for point in backup.points for reference in _of_point(point)
    ),
    BackupFile: lambda item: () if item.point is None else _of_point(item.point),
    CatalogVmRestorePoint: lambda item: (item.point.reference,),
    VmReplicaPoint: _of_machine,
    Replica: lambda item: (point.machine.reference for point in item.points),
    FailoverPlan: _of_plan,
    RestoreSession: lambda item: (item.reference,),
    TaskSession: _of_machine,
    ReplicaTaskSession: _of_machine,
    InventoryObject: lambda item: (item.reference,),
}


@dataclass(frozen=True)
class Sight:
    """What a narrowed account sees: keys of references."""

    keys: frozenset[tuple[str, ...]]

    def reference(self, reference: str) -> bool:
        return reference_key(reference) in self.keys

    def sees(self, item: Any) -> bool:
        about = _ABOUT.get(type(item))
        return about is None or any(map(self.reference, about(item)))


class Scopes:
    """built: of each scope that counts, by id, what it held when the scopes were built."""

    def __init__(self, state: State, inventory: Inventory, utc: Callable[[], datetime]) -> None:
        self.state = state
        self.inventory = inventory
        self.utc = utc
        self._built: dict[str, frozenset[tuple[str, ...]]] = {}
        self._sights: dict[tuple[str, ...], Sight] = {}
        self._at = utc()
        for account in self.state.accounts:
            self._build(scope for scope in account.scopes if scope.state == PROCESSED)

    def of(self, account: Account) -> Sight | None:
        """None: everything."""
        if account.restores_all or ADMINISTRATOR in account.roles:
            return None
        ids = tuple(scope.id for scope in account.scopes)
        sight = self._sights.get(ids)
        if sight is None:
            keys = frozenset().union(*(self._built.get(identity, frozenset()) for identity in ids))
            sight = self._sights[ids] = Sight(keys)
        return sight

    def rebuild(self, account_id: str | None = None, unprocessed_alone: bool = False) -> None:
        """account_id: only those of that account."""
        for account in list(self.state.accounts):
            if account_id not in (None, account.id) or not account.scopes:
                continue
            self._build(scope for scope in account.scopes if not unprocessed_alone or scope.state == UNPROCESSED)
            done = (replace(item, state=PROCESSED) if item.state == UNPROCESSED else item for item in account.scopes)
            self.state.change_account(account, scopes=tuple(done))

    def tick(self) -> bool:
        """Whether the scopes were built, because a day is over."""
        now = self.utc()
        if now - self._at < _DAILY:
            return False
        self._at = now
        if not any(account.scopes for account in self.state.accounts):
            return False
        self.rebuild()
        return True

    def _build(self, scopes: Iterable[Scope]) -> None:
        for scope in scopes:
            held = (scope.reference, *self._held(scope.reference))
            self._built[scope.id] = frozenset(map(reference_key, held))
            self._sights.clear()

    def _held(self, reference: str) -> Iterable[str]:
        """What a container holds, or a protection group."""
        kind, own = reference_key(reference).kind, reference_key(reference).own
        if kind == "agentprotectiongroup":
            return [
                computer.reference
                for computer in self.state.computers.values()
                if any(group.object_id == own for group in computer.groups)
            ]
        return [item.reference for item in self.inventory.machines_in(reference) or ()]
