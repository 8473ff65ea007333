# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of everything that was read together: inventories of several servers, pages of restore points and of runs,
and jobs, from which the result is made without a socket."""

from __future__ import annotations

import typing as t

from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import BadAnswer
from ansible_collections.backupops.veeam.plugins.module_utils._protection.evidence import Evidence
from ansible_collections.backupops.veeam.plugins.module_utils._protection.exclude import Exclusions
from ansible_collections.backupops.veeam.plugins.module_utils._protection.facts import READ
from ansible_collections.backupops.veeam.plugins.module_utils._protection.holdings import Holdings, copies_of
from ansible_collections.backupops.veeam.plugins.module_utils._protection.options import Asked
from ansible_collections.backupops.veeam.plugins.module_utils._protection.reading import Failed, Found, Reader, Roots
from ansible_collections.backupops.veeam.plugins.module_utils._protection.run import protection
from ansible_collections.backupops.veeam.plugins.module_utils._resources.agent_job import AgentJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.hierarchy import (
    HierarchyRoot,
    InventoryItem,
    unique_ids,
)
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_entity import JobHoldings, ObjectInJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_point import RestorePoint
from ansible_collections.backupops.veeam.plugins.module_utils._resources.task_session import BackupTaskSession
from helpers.entities import VBR01, VBR02
from hypothesis import given
from hypothesis import strategies as st

from .test_protection import RANK

NOW, HOUR = 1767893467.0, 3600.0
#: One vCenter on two backup servers, and another one.
ONE, ONE_AGAIN, OTHER = "a2b0c55d", "b3c1d66e", "8e7fef9f"
ROOTS = (
    HierarchyRoot(ONE, "vcenter01", VBR01, "VC", "u1"),
    HierarchyRoot(ONE_AGAIN, "vcenter01.example.test", VBR02, "VC", "u1"),
    HierarchyRoot(OTHER, "vcenter02", VBR02, "VC", "u2"),
)
UNIQUE = unique_ids(ROOTS)
NAMES, MOREFS = ("web01", "db01"), ("vm-1", "vm-2", "vm-3")
REFS = [f"urn:VMware:Vm:{root}.{moref}" for root in (ONE, ONE_AGAIN, OTHER) for moref in MOREFS]
CONTAINERS = [f"urn:VMware:Folder:{root}.group-1" for root in (ONE, ONE_AGAIN, OTHER)]
SERVERS = st.sampled_from([VBR01, VBR02])


class World(t.NamedTuple):
    """Everything that EM answers, in some order. inventories: by root; None where it could not be read."""

    inventories: tuple[tuple[HierarchyRoot, tuple[InventoryItem, ...] | None], ...]
    points: tuple[RestorePoint, ...]
    runs: tuple[BackupTaskSession, ...]
    jobs: tuple[JobHoldings, ...]
    agent_jobs: tuple[AgentJob, ...]


def _inventories(names: dict[tuple[str, str], str]) -> tuple[tuple[HierarchyRoot, tuple[InventoryItem, ...]], ...]:
    """names: of (unique id, moref). A machine is called the same on both servers."""
    return tuple(
        (
            root,
            tuple(
                InventoryItem(f"urn:VMware:Vm:{root.id}.{moref}", "Vm", name)
                for (host, moref), name in names.items()
                if host == root.unique_id
            ),
        )
        for root in ROOTS
    )


INVENTORIES = st.dictionaries(
    st.tuples(st.sampled_from(["u1", "u2"]), st.sampled_from(MOREFS)), st.sampled_from(NAMES)
).map(_inventories)
HOURS = st.integers(0, 60).map(lambda hours: NOW - hours * HOUR)
IDS = st.uuids().map(str)
POINTS = st.builds(
    RestorePoint, IDS, st.just("n"), st.sampled_from(NAMES), st.none() | st.sampled_from(REFS), HOURS, st.none(),
    st.none(), st.booleans(), SERVERS, st.none(), st.none(),
)  # fmt: skip
RUNS = st.builds(
    BackupTaskSession, IDS, st.sampled_from(NAMES), st.none() | st.sampled_from(REFS),
    st.sampled_from(["Completed", "InProgress"]), st.sampled_from(["Success", "Warning", "Failed"]), st.none(),
    st.none(), HOURS, SERVERS, st.none(), st.sampled_from(["daily", "copy", "copy\\daily"]), st.none(),
)  # fmt: skip
OBJECTS = st.lists(
    st.builds(ObjectInJob, IDS, st.sampled_from([*REFS, *CONTAINERS]), st.sampled_from([*NAMES, "gold"])), max_size=3
).map(tuple)
JOBS = st.builds(
    lambda name, id, server, type, enabled, runs, objects: JobHoldings(
        Job(name, id, server, type), enabled, runs, objects
    ),
    st.sampled_from(["daily", "copy", "nightly"]), IDS, SERVERS, st.sampled_from(["Backup", "Replica", "BackupCopy"]),
    st.booleans(), st.booleans(), OBJECTS,
)  # fmt: skip
WORLDS = st.builds(
    World, INVENTORIES, st.lists(POINTS, max_size=6).map(tuple), st.lists(RUNS, max_size=4).map(tuple),
    st.lists(JOBS, max_size=4).map(tuple), st.just(()),
)  # fmt: skip


def result(world: World) -> dict[str, t.Any]:
    """What the module returns of it, with nothing cut off by a window."""
    asked = Asked(None, (), (), int(24 * HOUR), Exclusions())
    reader = Reader(t.cast(t.Any, None), asked, 0.0)
    roots = Roots([root for root, _items in world.inventories], UNIQUE, frozenset())
    broken = Failed(BadAnswer("GET /api/lookup: broken off.", "GET /api/lookup"))
    scope, machines, hosts = reader._scope(
        roots, [broken if items is None else items for _, items in world.inventories]
    )
    evidence = Evidence(scope, machines, copies_of(world.jobs))
    for point in world.points:
        evidence.take_point(point)
    for run in world.runs:
        evidence.take_run(run)
    holdings = Holdings(UNIQUE, world.jobs, world.agent_jobs)
    nothing: frozenset[t.Any] = frozenset()
    found = Found(
        NOW, reader.asked, scope, hosts, evidence, holdings, READ, READ, READ, nothing, nothing, nothing,
        tuple(reader.notes), reader.complete,
    )  # fmt: skip
    return protection(found, "https://em.example.test:9398")


def statuses(world: World) -> dict[tuple[str, str], str]:
    """Host and the part of the reference that is the same on all servers, to status."""
    return {
        (one["host"]["name"] or "", one["ref"].rpartition(".")[2]): one["status"]
        for one in result(world)["machines"]
        if one["ref"]
    }


def mixed(data: st.DataObject, items: tuple[t.Any, ...]) -> tuple[t.Any, ...]:
    return tuple(data.draw(st.permutations(items))) if items else items


def without(world: World, lost: set[int]) -> World:
    """The world where some inventories could not be read."""
    return world._replace(
        inventories=tuple((root, None if at in lost else items) for at, (root, items) in enumerate(world.inventories))
    )


LOST = st.sets(st.integers(0, 2))


@given(st.builds(without, WORLDS, LOST), st.data())
def test_the_order_of_servers_pages_and_jobs_changes_nothing(world: World, data: st.DataObject) -> None:
    inventories = tuple(
        (root, items and mixed(data, items)) for root, items in mixed(data, t.cast(t.Any, world.inventories))
    )
    jobs = tuple(job._replace(objects=mixed(data, job.objects)) for job in mixed(data, world.jobs))
    other = World(inventories, mixed(data, world.points), mixed(data, world.runs), jobs, world.agent_jobs)
    assert result(other) == result(world)


@given(WORLDS, st.data())
def test_a_page_that_comes_twice_changes_nothing(world: World, data: st.DataObject) -> None:
    again = world._replace(points=world.points + mixed(data, world.points), runs=world.runs + mixed(data, world.runs))
    assert result(again) == result(world)


@given(WORLDS, LOST)
def test_an_inventory_that_was_not_read_makes_nothing_better(world: World, lost: set[int]) -> None:
    part = without(world, lost)
    whole, seen = statuses(world), statuses(part)
    for machine, status in seen.items():
        assert status in (whole.get(machine, "unknown"), "unknown")
    assert set(whole) == set(seen) or not result(part)["complete"]


@given(WORLDS, POINTS, st.sampled_from(REFS))
def test_a_point_more_of_a_machine_never_makes_it_worse(world: World, point: RestorePoint, ref: str) -> None:
    root, _dot, moref = ref.rpartition(":")[2].partition(".")
    more = world._replace(points=(*world.points, point._replace(ref=ref)))
    before, after = statuses(world), statuses(more)
    for machine, status in before.items():
        if machine[1] == moref and (machine[0] == "vcenter02") == (root == OTHER):
            assert RANK[after[machine]] >= RANK[status]
