# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover plans, as the state file describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .entries import check_keys, identity_of, need, server_of
from .failover_plans import FailoveredVm, FailoverPlan
from .job_entries import listed_reference
from .state import State, StateError

PLAN_KEYS = {"name", "id", "backup_server", "description", "machines"}


def plan_of_entry(state: State, entry: Mapping[str, Any], place: str) -> FailoverPlan:
    """machines: each a name, or {name, id, ref}."""
    name, server = need(entry, "name", place), server_of(state, entry, place)
    identity = identity_of(entry, "failover plan", server.name, name)
    given = entry.get("machines") or ()
    if not isinstance(given, (list, tuple)):
        raise StateError(f"{place}, machines: a list is expected")
    machines = []
    for item in given:
        values = {"name": item} if isinstance(item, str) else item
        where = f"{place}, machines"
        check_keys(values, ("name", "id", "ref"), where)
        label = need(values, "name", where)
        reference = values.get("ref") or _replicated(state, server.name, label)
        reference = reference or listed_reference(state, server, "VMware", label)
        if reference is None:
            raise StateError(f"{where}: {label!r} is in no replication job of {server.name}: give its ref")
        machines.append(FailoveredVm(identity_of(values, "failover", identity, label), label, str(reference)))
    return FailoverPlan(identity, name, server, str(entry.get("description") or ""), tuple(machines))


def _replicated(state: State, server: str, name: str) -> str | None:
    """Of a machine that a replication job has."""
    for job in state.jobs.values():
        if job.job_type == "Replica" and job.server.name == server:
            for machine in job.objects:
                if machine.name == name:
                    return machine.reference
    return None
