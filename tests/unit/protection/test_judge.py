# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of statuses: each rule, each pair of neighbours, and what holds of all of them."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._protection.exclude import Exclusions
from ansible_collections.backupops.veeam.plugins.module_utils._protection.facts import (
    ABSENT,
    CONTAINER,
    FAILED,
    HIDDEN,
    OBJECT,
    Facts,
    Held,
    Job,
    LastRun,
    Point,
    Question,
)
from ansible_collections.backupops.veeam.plugins.module_utils._protection.judge import STATUSES, judge

#: 2026-01-08 17:31:07 UTC
NOW = 1767893467.0
HOUR = 3600
REF = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711"
FRESH, OLD = Point(NOW - 3 * HOUR), Point(NOW - 72 * HOUR)
WEB = Job("web-prod-daily", "c7e19a42", "Backup", True, True)
DISABLED = WEB._replace(name="old", id="old", enabled=False)
BY_HAND = WEB._replace(name="by hand", id="hand", run_automatically=False)
REPLICA = WEB._replace(name="dr", id="dr", type="Replica")
AGENT = WEB._replace(name="agents", id="agents", type="AgentBackup")


def run(hours_ago: float, result: str = "Failed", reason: str | None = "Out of space.") -> LastRun:
    return LastRun("web-prod-daily", result, NOW - hours_ago * HOUR, reason)


def held(*jobs: Job, by: str = OBJECT) -> tuple[Held, ...]:
    return tuple(Held(job, by, "gold" if by == CONTAINER else None) for job in jobs)


def machine(**facts: t.Any) -> Facts:
    return Facts("web01", (REF,), **facts)


def question(*exclude: str, within: int = 24 * HOUR) -> Question:
    return Question(within, NOW, Exclusions(exclude))


def status(facts: Facts, *exclude: str) -> str:
    return judge(facts, question(*exclude)).status


#: One machine for each rule, in their order: what only the named rule makes of it.
RULES: dict[str, tuple[str, Facts, str]] = {
    "points failed": (
        "unknown",
        machine(points=FAILED),
        "its restore points could not be read",
    ),
    "inventory failed": (
        "unknown",
        machine(inventory=FAILED, newest=FRESH),
        "the inventory that it would be in could not be read; restore point of 2026-01-08T14:31:07Z, 3 hours old",
    ),
    "runs failed": (
        "unknown",
        machine(runs=FAILED, newest=FRESH),
        "its runs could not be read, so it is not known whether it fails; restore point of 2026-01-08T14:31:07Z, "
        "3 hours old",
    ),
    "operator, not named": (
        "unknown",
        machine(inventory=HIDDEN, runs=HIDDEN, jobs=HIDDEN, newest=FRESH),
        "the role of the account sees restore points only; restore point of 2026-01-08T14:31:07Z, 3 hours old",
    ),
    "operator, named, old": (
        "unknown",
        machine(inventory=HIDDEN, runs=HIDDEN, jobs=HIDDEN, newest=OLD, is_named=True),
        "the role of the account sees restore points only; restore point of 2026-01-05T17:31:07Z, 3 days old",
    ),
    "registered anew": (
        "unknown",
        machine(foreign=FRESH, held=held(WEB)),
        "restore point of 2026-01-08T14:31:07Z, 3 hours old, has its name but not its reference: it may have been "
        "registered again, or restored beside the original",
    ),
    "in no inventory": (
        "unknown",
        machine(inventory=ABSENT, newest=FRESH, is_named=True),
        "it is in no inventory; restore point of 2026-01-08T14:31:07Z, 3 hours old",
    ),
    "failing": (
        "failing",
        machine(newest=FRESH, last_run=run(1), held=held(WEB)),
        'the run of job "web-prod-daily" that ended 2026-01-08T16:31:07Z failed: Out of space; restore point of '
        "2026-01-08T14:31:07Z, 3 hours old",
    ),
    "failing for a Portal User": (
        "unknown",
        machine(newest=FRESH, last_run=run(1), jobs=HIDDEN),
        'the run of job "web-prod-daily" that ended 2026-01-08T16:31:07Z failed: Out of space; restore point of '
        "2026-01-08T14:31:07Z, 3 hours old; the role of the account does not see jobs",
    ),
    "perhaps failing": (
        "unknown",
        machine(newest=FRESH, doubtful=run(1, reason=None)),
        'the run of job "web-prod-daily" that ended 2026-01-08T16:31:07Z failed; restore point of '
        "2026-01-08T14:31:07Z, 3 hours old; that run may be of another machine of its name",
    ),
    "protected": ("protected", machine(newest=FRESH), "restore point of 2026-01-08T14:31:07Z, 3 hours old"),
    "protected for a Portal User": (
        "protected",
        machine(newest=FRESH, last_run=run(2, "Success"), jobs=HIDDEN),
        "restore point of 2026-01-08T14:31:07Z, 3 hours old",
    ),
    "protected for an operator": (
        "protected",
        machine(inventory=HIDDEN, runs=HIDDEN, jobs=HIDDEN, newest=FRESH, is_named=True),
        "restore point of 2026-01-08T14:31:07Z, 3 hours old",
    ),
    "jobs failed": (
        "unknown",
        machine(newest=OLD, jobs=FAILED),
        "restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 hours; the jobs that may hold it could not "
        "be read",
    ),
    "old for a Portal User": (
        "unknown",
        machine(newest=OLD, jobs=HIDDEN),
        "restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 hours; the jobs that may hold it are not "
        "shown to the role of the account",
    ),
    "paused": (
        "paused",
        machine(newest=OLD, held=held(DISABLED, BY_HAND, REPLICA)),
        'restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 hours; job "by hand", job "old" do not run '
        "by themselves",
    ),
    "late": (
        "late",
        machine(newest=OLD, held=held(DISABLED, WEB)),
        "restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 hours",
    ),
    "never backed up": (
        "late",
        machine(held=held(DISABLED)),
        'no restore point, although job "old" holds it',
    ),
    "in a container": (
        "unknown",
        machine(held=held(WEB, by=CONTAINER)),
        'no restore point and no job by its name, but it may be in "gold" in job "web-prod-daily"',
    ),
    "unprotected": ("unprotected", machine(), "no restore point, and no job that holds it"),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule(rule: str) -> None:
    expected, facts, reason = RULES[rule]
    verdict = judge(facts, question())
    assert (verdict.status, verdict.reason) == (expected, reason)


@pytest.mark.parametrize("rule", RULES)
def test_what_is_excluded_is_excluded_first(rule: str) -> None:
    facts = RULES[rule][1]
    assert judge(facts, question("db01", "web*")) == ("excluded", 'exclude has "web*"')


#: What has to change for the neighbour to come of it: (facts, status, changed facts, status).
FAILING, PAUSED, LATE = RULES["failing"][1], RULES["paused"][1], RULES["late"][1]
NEIGHBOURS: list[tuple[str, Facts, str, Facts, str]] = [
    ("a read", machine(newest=FRESH, points=FAILED), "unknown", machine(newest=FRESH), "protected"),
    ("the inventory", FAILING._replace(inventory=ABSENT), "unknown", FAILING, "failing"),
    ("its own point", machine(foreign=FRESH), "unknown", machine(foreign=FRESH, newest=FRESH), "protected"),
    ("its own old point", machine(foreign=FRESH), "unknown", machine(foreign=FRESH, newest=OLD), "late"),
    ("a newer point", FAILING, "failing", FAILING._replace(newest=Point(NOW - 0.9 * HOUR)), "protected"),
    ("a point just at the end of the run", FAILING, "failing", FAILING._replace(newest=Point(NOW - HOUR)), "failing"),
    ("a newer point that is old", machine(newest=OLD, last_run=run(71)), "failing",
     machine(newest=OLD, last_run=run(73)), "late"),
    ("a warning", FAILING, "failing", FAILING._replace(last_run=run(1, "Warning")), "protected"),
    ("no result", FAILING, "failing", FAILING._replace(last_run=run(1, "")), "protected"),
    ("no run", FAILING, "failing", FAILING._replace(last_run=None), "protected"),
    ("no point at all", machine(last_run=run(1), held=held(WEB)), "failing", machine(held=held(WEB)), "late"),
    ("the limit", machine(newest=Point(NOW - 24 * HOUR)), "protected", machine(newest=Point(NOW - 24 * HOUR - 1)),
     "late"),
    ("a point of the future", machine(newest=Point(NOW + 60)), "protected", machine(newest=OLD), "late"),
    ("an enabled job", PAUSED, "paused", PAUSED._replace(held=PAUSED.held + held(WEB)), "late"),
    ("an enabled agent job", PAUSED, "paused", PAUSED._replace(held=PAUSED.held + held(AGENT)), "late"),
    ("an enabled replica", PAUSED, "paused", PAUSED._replace(held=PAUSED.held + held(REPLICA)), "paused"),
    ("no job", PAUSED, "paused", PAUSED._replace(held=()), "late"),
    ("only a replica", PAUSED, "paused", PAUSED._replace(held=held(REPLICA)), "late"),
    ("only by a container", PAUSED, "paused", PAUSED._replace(held=held(DISABLED, by=CONTAINER)), "late"),
    ("a disabled job and no point", machine(held=held(DISABLED)), "late",
     machine(held=held(DISABLED, by=CONTAINER)), "unknown"),
    ("a container", machine(held=held(WEB, by=CONTAINER)), "unknown", machine(), "unprotected"),
    ("a replica by itself", machine(held=held(WEB)), "late", machine(held=held(REPLICA)), "unprotected"),
    ("a container of a replica", machine(held=held(WEB, by=CONTAINER)), "unknown",
     machine(held=held(REPLICA, by=CONTAINER)), "unprotected"),
    ("jobs", machine(jobs=FAILED), "unknown", machine(), "unprotected"),
    ("a name for the operator", RULES["operator, not named"][1], "unknown",
     RULES["operator, not named"][1]._replace(is_named=True), "protected"),
]  # fmt: skip


@pytest.mark.parametrize("case", NEIGHBOURS, ids=[case[0] for case in NEIGHBOURS])
def test_neighbours(case: tuple[str, Facts, str, Facts, str]) -> None:
    _name, before, first, after, second = case
    assert (status(before), status(after)) == (first, second)


def test_each_pair_of_neighbours_of_the_table_is_there() -> None:
    """In the order of the table a status and the next one are told apart by some case, and every status is in it."""
    pairs = {frozenset((first, second)) for _name, _before, first, _after, second in NEIGHBOURS}
    table = ["unknown", "failing", "protected", "paused", "late", "unknown", "unprotected"]
    neighbours = {frozenset(pair) for pair in itertools.pairwise(table)}
    # Between protected and paused there is the age: that of late, which needs no job, stands for it.
    neighbours.discard(frozenset(("protected", "paused")))
    assert neighbours <= pairs
    assert {*table, "excluded"} == set(STATUSES)
    protected = PAUSED._replace(newest=FRESH)
    assert (status(PAUSED), status(protected)) == ("paused", "protected")


@pytest.mark.parametrize(
    ("jobs", "twice"),
    [
        (held(WEB), False),
        (held(WEB, AGENT), True),
        (held(WEB, BY_HAND), True),
        (held(WEB, DISABLED), False),
        (held(WEB, REPLICA), False),
        (held(WEB) + held(AGENT, by=CONTAINER), False),
        ((), False),
    ],
)
def test_twice(jobs: tuple[Held, ...], twice: bool) -> None:
    assert machine(held=jobs).twice is twice


def test_many_jobs_are_counted_in_the_reason() -> None:
    jobs = [DISABLED._replace(name=f"job {number}", id=str(number)) for number in range(5)]
    reason = judge(machine(newest=OLD, held=held(*jobs)), question()).reason
    assert reason.endswith('; job "job 0", job "job 1", job "job 2" and 2 more do not run by themselves')


def test_what_a_server_says_stays_one_short_line() -> None:
    facts = machine(newest=FRESH, last_run=run(1, reason="a\nb\t" + "c" * 5000))
    reason = judge(facts, question()).reason
    assert "failed: a b ccc" in reason
    assert len(reason) < 500


# -- exclusions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "is_named"),
    [
        ("web01", "web01", True),
        ("web01", "Web01", False),
        ("web01", "web010", False),
        ("web*", "web01", True),
        ("web*", "web", True),
        ("*", "", True),
        ("*-tmp", "x-tmp", True),
        ("*-tmp", "x-tmp-1", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "ac", False),
        ("a**b", "ab", True),
        ("w?b01", "web01", False),
        ("[w]eb*", "web01", False),
        ("[w]eb*", "[w]eb01", True),
        ("a.*", "abc", False),
        ("web*", "web01\n", True),
        ("*01", "web01\n", False),
        (REF, "web01", True),
        (REF.upper(), "web01", True),
        (REF + "2", "web01", False),
    ],
)
def test_exclusions(text: str, name: str, is_named: bool) -> None:
    found = Exclusions(["nothing", text]).naming(name, [REF])
    assert found == (text if is_named else None)
