# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which restore points, runs and jobs belong to which machine: references of two roots, names that repeat, runs without
a reference, containers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._protection.evidence import (
    Evidence,
    Host,
    Key,
    Machine,
    Scope,
)
from ansible_collections.backupops.veeam.plugins.module_utils._protection.facts import LastRun
from ansible_collections.backupops.veeam.plugins.module_utils._protection.holdings import Holdings, copies_of
from ansible_collections.backupops.veeam.plugins.module_utils._resources.agent_job import AgentJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_entity import JobHoldings, ObjectInJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_point import RestorePoint
from ansible_collections.backupops.veeam.plugins.module_utils._resources.task_session import BackupTaskSession
from helpers.entities import VBR01, VBR02

A1, A2, B = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1", "8e7fef9f"
VCENTER, OTHER = (
    Host(A1, "vcenter01", "one", frozenset({VBR01.id, VBR02.id})),
    Host(B, "vcenter02", B, frozenset({VBR02.id})),
)
UNIQUE = {A1: "one", A2: "one", B: B}
SCOPE = Scope(UNIQUE)


def ref(moref: str, root: str = A1, platform: str = "VMware") -> str:
    return f"urn:{platform}:Vm:{root}.{moref}"


def key(moref: str, root: str = A1) -> Key:
    return SCOPE.key(ref(moref, root))


def machines(*named: tuple[str, str, Host]) -> dict[Key, Machine]:
    """(name, moref, host) of each."""
    roots = {VCENTER: A1, OTHER: B}
    return {key(moref, roots[host]): Machine(name, (ref(moref, roots[host]),), host) for name, moref, host in named}


WEB = machines(("web01", "vm-1", VCENTER))


def point(of: str | None, created: float | None, machine: str = "web01", **more: t.Any) -> RestorePoint:
    fields: dict[str, t.Any] = {"ready": True, "server": VBR01, "id": f"{of}{created}", **more}
    return RestorePoint(
        fields["id"], "n", machine, of, created, None, None, fields["ready"], fields["server"], None, None
    )  # fmt: skip


def run(of: str | None, ended: float | None, result: str | None = "Success", **more: t.Any) -> BackupTaskSession:
    fields: dict[str, t.Any] = {
        "id": f"{of}{ended}{result}", "machine": "web01", "state": "Completed", "server": VBR01, "job": "daily", **more,
    }  # fmt: skip
    return BackupTaskSession(
        fields["id"],
        fields["machine"],
        of,
        fields["state"],
        result,
        None,
        None,
        ended,
        fields["server"],
        None,
        fields["job"],
        None,
    )


def evidence(
    known: dict[Key, Machine] = WEB, points: t.Iterable[RestorePoint] = (), runs: t.Iterable[BackupTaskSession] = (),
    scope: Scope = SCOPE, copies: t.Collection[tuple[str, str]] = (),
) -> Evidence:  # fmt: skip
    found = Evidence(scope, known, copies)
    for one in points:
        found.take_point(one)
    for another in runs:
        found.take_run(another)
    return found


def newest(known: dict[Key, Machine], *points: RestorePoint, of: str = "vm-1", scope: Scope = SCOPE) -> float | None:
    found = evidence(known, points, scope=scope).point_of(key(of))
    return found.created if found else None


def foreign(known: dict[Key, Machine], *points: RestorePoint, of: str = "vm-1", scope: Scope = SCOPE) -> float | None:
    found = evidence(known, points, scope=scope).foreign_of(key(of))
    return found.created if found else None


# -- restore points ------------------------------------------------------------------------------------------------


def test_the_newest_ready_point_counts() -> None:
    points = [point(ref("vm-1"), 5.0), point(ref("vm-1"), 9.0), point(ref("vm-1"), 7.0)]
    assert newest(WEB, *points) == 9.0
    assert newest(WEB, point(ref("vm-1"), 9.0, ready=False), point(ref("vm-1"), 7.0)) == 7.0
    assert newest(WEB, point(ref("vm-1"), None)) is None


@pytest.mark.parametrize(
    "spelled",
    [ref("vm-1"), ref("vm-1", A2), ref("VM-1"), ref("vm-1", A1.upper()), ref("vm-1", "one"), ref("vm-1", A1, "vmware")],
)
def test_one_machine_has_several_references(spelled: str) -> None:
    """Those of both backup servers that its vCenter is connected to, in any spelling; some builds write UniqueIds."""
    assert newest(WEB, point(spelled, 5.0)) == 5.0


def test_a_point_of_its_name_with_another_reference_is_not_its_own() -> None:
    assert newest(WEB, point(ref("vm-9"), 5.0)) is None
    assert foreign(WEB, point(ref("vm-9"), 5.0), point(ref("vm-8"), 6.0)) == 6.0
    assert foreign(WEB, point(None, 5.0)) == 5.0
    assert foreign(WEB, point(ref("vm-9"), 5.0, "web02")) is None
    assert foreign(WEB, point(ref("vm-9"), 5.0, ready=False)) is None


def test_what_another_host_accounts_for_is_none_of_its_business() -> None:
    both = machines(("web01", "vm-1", VCENTER), ("web01", "vm-7", OTHER))
    assert foreign(both, point(ref("vm-7", B), 5.0)) is None
    assert newest({**both}, point(ref("vm-7", B), 5.0)) is None
    # Gone from there, it may have come here.
    assert foreign(both, point(ref("vm-6", B), 5.0)) == 5.0
    # A host that is not asked for keeps its own.
    assert foreign(WEB, point(ref("vm-7", B), 5.0), scope=SCOPE._replace(elsewhere=frozenset({B}))) is None


def test_the_one_beside_on_the_same_host_is_in_doubt() -> None:
    """Restored beside the original, or made anew while the old one was given another name."""
    both = machines(("web01", "vm-1", VCENTER), ("web01", "vm-2", VCENTER))
    assert foreign(both, point(ref("vm-2"), 5.0)) == 5.0
    renamed = machines(("web01", "vm-1", VCENTER), ("web01-old", "vm-2", VCENTER))
    assert foreign(renamed, point(ref("vm-2"), 5.0)) == 5.0
    assert foreign(renamed, point(ref("vm-2"), 5.0, "web01-old")) is None
    assert newest(renamed, point(ref("vm-2"), 5.0), of="vm-2") == 5.0


def test_a_renamed_machine_keeps_its_points() -> None:
    assert newest(WEB, point(ref("vm-1"), 5.0, "old-name")) == 5.0


def test_only_what_is_on_the_server_counts() -> None:
    scope = SCOPE._replace(is_here=lambda server: server == VBR02)
    assert newest(WEB, point(ref("vm-1"), 5.0), point(ref("vm-1", A2), 4.0, server=VBR02), scope=scope) == 4.0
    assert evidence(runs=[run(ref("vm-1"), 5.0)], scope=scope).runs_of(key("vm-1")) == (None, None)


def test_what_is_in_no_inventory_is_kept_where_it_is_asked_for() -> None:
    gone, named = point(ref("vm-9"), 5.0, "gone"), point(None, 6.0, "imported")
    assert evidence(points=[gone, named]).apart == {}
    scope = SCOPE._replace(apart=frozenset({"gone", "imported"}))
    assert evidence(points=[gone, named], scope=scope).apart == {key("vm-9"): gone, ("", "", "imported"): named}
    assert evidence(points=[gone], scope=SCOPE._replace(apart=frozenset({key("vm-9")}))).apart == {key("vm-9"): gone}
    assert evidence(points=[gone], scope=SCOPE._replace(unread=frozenset({"one"}))).apart == {key("vm-9"): gone}
    assert evidence({}, [gone], scope=Scope({}, None)).apart == {("vm", A1, "vm-9"): gone}


# -- runs ----------------------------------------------------------------------------------------------------------


def test_the_newest_run_that_has_ended_counts() -> None:
    runs = [run(ref("vm-1"), 5.0, "Failed"), run(ref("vm-1", A2), 8.0, "Warning"), run(ref("vm-1"), 7.0)]
    assert evidence(runs=runs).runs_of(key("vm-1")) == (LastRun("daily", "Warning", 8.0), None)


@pytest.mark.parametrize("state", ["InProgress", "Pending", ""])
def test_success_of_a_run_in_progress_is_none(state: str) -> None:
    runs = [run(ref("vm-1"), 5.0, "Failed"), run(ref("vm-1"), 8.0, state=state), run(ref("vm-1"), None)]
    assert evidence(runs=runs).runs_of(key("vm-1")) == (LastRun("daily", "Failed", 5.0), None)


def test_of_two_at_the_same_moment_the_failure_counts() -> None:
    runs = [run(ref("vm-1"), 5.0, "Failed"), run(ref("vm-1"), 5.0, "Success")]
    for order in (runs, runs[::-1]):
        last, _doubtful = evidence(runs=order).runs_of(key("vm-1"))
        assert last is not None and last.has_failed


def test_a_run_without_a_reference_goes_by_its_name() -> None:
    """Versions that do not tell it. On the server that sees one machine of that name only."""
    failed = run(None, 5.0, "Failed")
    assert evidence(runs=[failed]).runs_of(key("vm-1")) == (LastRun("daily", "Failed", 5.0), None)
    assert evidence(runs=[run(None, 5.0, "Failed", server=BackupServer("x", "x"))]).runs_of(key("vm-1")) == (None, None)
    both = machines(("web01", "vm-1", VCENTER), ("web01", "vm-7", OTHER))
    # The first server sees one of them alone.
    assert evidence(both, runs=[failed]).runs_of(key("vm-1")) == (LastRun("daily", "Failed", 5.0), None)
    assert evidence(both, runs=[failed]).runs_of(key("vm-7", B)) == (None, None)
    # The second one sees both.
    there = [run(None, 5.0, "Failed", server=VBR02), run(None, 9.0, server=VBR02)]
    for moref, root in (("vm-1", A1), ("vm-7", B)):
        assert evidence(both, runs=there).runs_of(key(moref, root)) == (None, LastRun("daily", "Failed", 5.0))


def test_runs_of_copy_jobs_say_nothing() -> None:
    copies = {(VBR01.id, "Copy to Offsite")}
    runs = [
        run(ref("vm-1"), 5.0),
        run(ref("vm-1"), 8.0, "Failed", job="Copy to Offsite"),
        run(ref("vm-1"), 9.0, "Failed", job="Copy to Offsite\\daily"),
    ]
    assert evidence(runs=runs, copies=copies).runs_of(key("vm-1")) == (LastRun("daily", "Success", 5.0), None)
    elsewhere = run(ref("vm-1"), 9.0, "Failed", job="Copy to Offsite", server=VBR02)
    last, _doubtful = evidence(runs=[*runs, elsewhere], copies=copies).runs_of(key("vm-1"))
    assert last == LastRun("Copy to Offsite", "Failed", 9.0)


# -- jobs ----------------------------------------------------------------------------------------------------------


def holding(name: str, *objects: tuple[str, str], type: str = "Backup", enabled: bool = True) -> JobHoldings:
    held = tuple(ObjectInJob("id", reference, shown) for shown, reference in objects)
    return JobHoldings(Job(name, name, VBR01, type), enabled, True, held)


TAG = ("gold", f"urn:VMware:Tag:{A2}.urn:vmomi:InventoryServiceTag:9e352b82:GLOBAL")


def held(
    *jobs: JobHoldings, agents: t.Sequence[AgentJob] = (), moref: str = "vm-1"
) -> list[tuple[str, str, str | None]]:
    of = Holdings(UNIQUE, jobs, agents).of(key(moref), WEB[key("vm-1")])
    return [(one.job.name, one.by, one.container) for one in of]


def test_a_job_holds_a_machine_by_its_reference() -> None:
    assert held(holding("daily", ("web01", ref("vm-1", A2)))) == [("daily", "object", None)]
    assert held(holding("daily", ("web01", ref("vm-9")))) == []


def test_a_container_of_its_host_may_hold_it() -> None:
    elsewhere = ("bronze", f"urn:VMware:Tag:{B}.x")
    assert held(holding("tags", TAG), holding("far", elsewhere)) == [("tags", "container", "gold")]
    # One whose host cannot be told may be of any.
    assert held(holding("odd", ("odd", "no reference"))) == [("odd", "container", "odd")]


def test_a_job_that_has_it_both_ways_is_there_once() -> None:
    assert held(holding("daily", TAG, ("web01", ref("vm-1")))) == [("daily", "object", None)]


def test_objects_come_first_and_of_these_what_decides() -> None:
    jobs = [
        holding("z", ("web01", ref("vm-1"))),
        holding("a", TAG),
        holding("b", ("web01", ref("vm-1")), type="Replica"),
        holding("c", ("zinc", f"urn:VMware:Folder:{A1}.x"), TAG),
    ]
    expected = [("z", "object", None), ("b", "object", None), ("a", "container", "gold"), ("c", "container", "gold")]
    assert held(*jobs) == expected
    assert held(*reversed(jobs)) == expected


def test_a_job_for_agents_holds_by_name() -> None:
    agents = [
        AgentJob("1", "agents", VBR01, "AgentBackup", True, True, ("web01", "Windows Servers")),
        AgentJob("2", "others", VBR01, "AgentBackup", True, True, ("web02",)),
    ]
    assert held(agents=agents) == [("agents", "object", None)]
    assert Holdings(UNIQUE, [], agents).of(key("vm-1"), WEB[key("vm-1")])[0].job.decides


def test_copies_are_known_by_server_and_name() -> None:
    jobs = [holding("daily"), holding("old", type="BackupCopy"), holding("new", type="ImmediateBackupCopy")]
    assert copies_of(jobs) == {(VBR01.id, "old"), (VBR01.id, "new")}
