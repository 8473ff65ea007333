# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of every machine and every way that its reads can go."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.backupops.veeam.plugins.module_utils._protection.exclude import Exclusions
from ansible_collections.backupops.veeam.plugins.module_utils._protection.facts import (
    ABSENT,
    CONTAINER,
    FAILED,
    HIDDEN,
    OBJECT,
    READ,
    Facts,
    Held,
    Job,
    LastRun,
    Point,
    Question,
)
from ansible_collections.backupops.veeam.plugins.module_utils._protection.judge import judge
from hypothesis import given
from hypothesis import strategies as st

NOW = 1767893467.0
HOUR = 3600
QUESTION = Question(24 * HOUR, NOW, Exclusions())
REFS = ("urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711",)


def status(facts: Facts) -> str:
    return judge(facts, QUESTION).status


POINTS = st.none() | st.floats(-1, 100).map(lambda hours: Point(NOW - hours * HOUR))
RUNS = st.none() | st.builds(
    LastRun,
    st.none() | st.text(max_size=5),
    st.sampled_from(["Success", "Warning", "Failed", None]),
    st.floats(0, 100).map(lambda hours: NOW - hours * HOUR),
    st.none() | st.text(max_size=300),
)
JOBS = st.builds(
    Job,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["Backup", "Replica", "AgentBackup", "BackupCopy", None]),
    st.booleans(),
    st.booleans(),
)
HELD = st.lists(st.builds(Held, JOBS, st.sampled_from([OBJECT, CONTAINER]), st.just("gold")), max_size=4).map(tuple)
SEEN = st.builds(
    Facts,
    st.just("web01"),
    st.just(REFS),
    is_named=st.booleans(),
    newest=POINTS,
    foreign=POINTS,
    last_run=RUNS,
    doubtful=RUNS,
    held=HELD,
)
#: What a read can have become of, by the field that tells it, and what it then no longer tells.
HIDES = {
    "inventory": (FAILED,),
    "points": (FAILED, HIDDEN),
    "runs": (FAILED,),
    "jobs": (FAILED, HIDDEN),
}
LOST: dict[str, dict[str, t.Any]] = {
    "inventory": {},
    "points": {"newest": None, "foreign": None},
    "runs": {"last_run": None, "doubtful": None},
    "jobs": {"held": ()},
}


@given(SEEN, st.sets(st.sampled_from(sorted(HIDES)), min_size=1), st.data())
def test_no_read_that_failed_makes_anything_look_better(whole: Facts, fields: set[str], data: st.DataObject) -> None:
    """It leaves the status as it is, or makes it unknown. So it never makes a machine good that is not."""
    part = whole
    for field in sorted(fields):
        part = part._replace(**{field: data.draw(st.sampled_from(HIDES[field])), **LOST[field]})
    assert status(part) in (status(whole), "unknown")


@given(SEEN)
def test_an_operator_sees_nothing_good_that_was_not_named_and_has_a_point(whole: Facts) -> None:
    seen = whole._replace(inventory=HIDDEN, runs=HIDDEN, jobs=HIDDEN, last_run=None, doubtful=None, held=())
    found = status(seen)
    assert found in ("protected", "unknown")
    if found == "protected":
        assert seen.is_named and seen.newest is not None and seen.newest.created >= NOW - 24 * HOUR


@given(SEEN)
def test_a_portal_user_sees_what_is_protected_and_nothing_else(whole: Facts) -> None:
    found = status(whole._replace(jobs=HIDDEN, held=()))
    assert found == ("protected" if status(whole) == "protected" else "unknown")


#: Worst first: what a further restore point of the machine may turn into what. What is unknown may be failing.
RANK = {"unprotected": 0, "failing": 1, "unknown": 1, "late": 2, "paused": 3, "protected": 4, "excluded": 5}


@given(SEEN, POINTS.filter(lambda point: point is not None))
def test_a_point_more_never_makes_a_status_worse(facts: Facts, point: Point) -> None:
    newest = max([facts.newest, point] if facts.newest else [point], key=lambda one: one.created)
    assert RANK[status(facts._replace(newest=newest))] >= RANK[status(facts)]


@given(SEEN, st.permutations(range(4)))
def test_the_order_of_jobs_changes_nothing(facts: Facts, order: list[int]) -> None:
    mixed = tuple(facts.held[place] for place in order if place < len(facts.held))
    assert judge(facts._replace(held=mixed), QUESTION) == judge(facts, QUESTION)


@given(SEEN, st.sampled_from([READ, FAILED, HIDDEN, ABSENT]), st.sampled_from([READ, FAILED, HIDDEN]))
def test_a_reason_is_one_line(facts: Facts, inventory: str, other: str) -> None:
    reason = judge(facts._replace(inventory=inventory, runs=other, jobs=other), QUESTION).reason
    assert reason and reason == " ".join(reason.split()) and not reason.endswith(".")


@given(st.text(max_size=8), st.text("ab*", max_size=6))
def test_a_star_stands_for_anything_and_nothing_else_does(name: str, pattern: str) -> None:
    expected = fnmatch.fnmatchcase(name, pattern) if "*" in pattern else name == pattern
    assert (Exclusions([pattern]).naming(name, []) is not None) is expected
