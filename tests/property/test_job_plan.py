# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning one job: from any state and any wish the steps lead to the wish, and no state on the way is a wrong one.

A model of the server carries the steps out. After any number of them the run may be broken off; the plan of the next
run, which knows nothing of this one, leads to the same end.
"""

from __future__ import annotations

import copy
import itertools
import typing as t

from ansible_collections.backupops.veeam.plugins.module_utils._job import plan
from ansible_collections.backupops.veeam.plugins.module_utils._job.plan import Step, Target, TargetObject
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_entity import JobEntity, ObjectInJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_schedule import KINDS, WEEK, day_flags
from ansible_collections.backupops.veeam.plugins.module_utils._resources.machine import parse_ref
from helpers.cast import other_id
from helpers.entities import GOLD, WEB
from hypothesis import event, given
from hypothesis import strategies as st

ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
ALL_HOURS = {day: list(range(24)) for day in WEEK}
#: What the inventory has; two of them bear the same name.
POOL = [("vm-%d" % number, "web%02d" % min(number, 5)) for number in range(1, 7)]


def ref(item: tuple[str, str], spelling: str = "urn:VMware:Vm") -> str:
    return f"{spelling}:{ROOT}.{item[0]}"


# -- states and wishes ---------------------------------------------------------------------------------------------


def tree(kind: str | None, days: int, enabled: bool, configured: bool, window: bool) -> dict[str, t.Any]:
    flags = day_flags(ALL_HOURS)
    blocks: dict[str, t.Any] = {
        "RetryOptions": {"RetryTimes": 3, "RetryTimeout": 10, "RetrySpecified": days % 2 == 0},
        "OptionsDaily": {"Kind": "Everyday", "Days": [], "Time": "22:00:00.0000000+01:00", "TimeOffsetUtc": 1},
        "OptionsMonthly": {
            "Time": "22:00:00Z",
            "TimeOffsetUtc": 1,
            "DayNumberInMonth": "Fourth",
            "DayOfWeek": "Saturday",
            "Months": ["May"],
            "DayOfMonth": 1,
        },
        "OptionsPeriodically": {"Kind": "Hours", "FullPeriod": 1, "Schedule": flags},
        "OptionsContinuous": {"Schedule": flags},
        "OptionsBackupWindow": {"Enabled": window, "TimePeriods": flags},
        "OptionsDaisyChaining": {"PreviousJobUid": f"urn:veeam:Job:{GOLD.id}"},
    }
    for word, name in KINDS.items():
        blocks[name]["Enabled"] = word == kind
    return {
        "Description": "as it was",
        "ScheduleConfigured": configured,
        "ScheduleEnabled": enabled,
        "JobScheduleOptions": {"Standart": blocks},
        "JobInfo": {
            "BackupJobInfo": {
                "SimpleRetentionPolicy": {"RetainCycles": days, "RetainDaysToKeep": days, "RetainLimitType": "Days"},
                "GfsRetentionPolicy": {"Enabled": False},
            }
        },
    }


def in_job(items: t.Sequence[tuple[str, str]], spelling: str) -> tuple[ObjectInJob, ...]:
    return tuple(ObjectInJob(other_id(number), ref(item, spelling), item[1]) for number, item in enumerate(items, 100))


JOBS = st.builds(
    lambda items, spelling, kind, days, enabled, configured, window: JobEntity(
        WEB, tree(kind, days, enabled, configured, window), None, in_job(items, spelling), None, frozenset({"edit"})
    ),
    # Any of them, and some twice.
    st.lists(st.sampled_from(POOL), min_size=1, max_size=7),
    st.sampled_from(["urn:VMware:Vm", "urn:vmware:VM"]),
    st.sampled_from([None, *KINDS]),
    st.integers(7, 9),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
WANTED = st.one_of(
    st.sampled_from(POOL).map(lambda item: TargetObject(item[1], "Vm", add_ref=ref(item), add_name=item[1])),
    st.sampled_from(POOL).map(lambda item: TargetObject(item[1], "vm", root=ROOT, add_ref=ref(item), add_name=item[1])),
    st.sampled_from(POOL).map(
        lambda item: TargetObject(None, "Vm", ref=ref(item), add_ref=ref(item), add_name=item[1])
    ),
)
SCHEDULES = st.sampled_from(
    [
        {"daily": {"at": "22:00", "days": list(WEEK)}},
        {"daily": {"at": "06:30", "days": ["monday"]}, "utc_offset": -3},
        {"monthly": {"at": "23:00", "week": "last", "day": "sunday", "months": ["may"]}},
        {"periodically": {"every": 2, "unit": "hours", "hours": {"monday": [1]}}},
        {"continuously": {"hours": ALL_HOURS}},
        {"after_job": GOLD.id},
    ]
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "description": st.sampled_from(["as it was", "new", ""]),
        "run_automatically": st.booleans(),
        "schedule": SCHEDULES,
        "retry": st.sampled_from([{"times": None, "wait": None}, {"times": 3, "wait": None}, {"times": 5, "wait": 1}]),
        "backup_window": st.sampled_from([{}, {"monday": [1, 2]}, ALL_HOURS]),
        "retention": st.builds(
            lambda kind, count: {"type": kind, "count": count},
            st.sampled_from(["days", "restore_points"]),
            st.integers(7, 9),
        ),
        "gfs": st.sampled_from([{}, {"weekly": {"keep": 4, "day": None}}]),
    },
)
TARGETS = st.builds(
    Target,
    st.one_of(st.none(), st.lists(WANTED, min_size=1, max_size=4).map(tuple)),
    st.booleans(),
    st.sampled_from([None, True, False]),
    OPTIONS,
    st.booleans(),
)


# -- the model server ----------------------------------------------------------------------------------------------


def carried_out(job: JobEntity, step: Step) -> JobEntity:
    """The job after a step; the way of a server that knows nothing of plans."""
    objects = list(job.objects or ())
    if step.added is not None:
        assert step.added.add_ref and step.added.add_name
        new = ObjectInJob(other_id(200 + len(objects)), step.added.add_ref, step.added.add_name)
        return job._replace(objects=(*objects, new))
    if step.removed is not None:
        assert len(objects) > 1, "the last object cannot be removed"
        kept = tuple(item for item in objects if item.id != step.removed.id)
        assert len(kept) == len(objects) - 1
        return job._replace(objects=kept)
    return job._replace(tree=merged(job.tree, plan.body_of(step, job)))


LEAVES = ("Schedule", "TimePeriods")


def merged(old: dict[str, t.Any], new: dict[str, t.Any]) -> dict[str, t.Any]:
    result = copy.copy(old)
    for name, value in new.items():
        inner = isinstance(value, dict) and name not in LEAVES
        result[name] = merged(old.get(name, {}), value) if inner else value
    return result


def content(job: JobEntity, target: Target) -> tuple[t.Any, ...]:
    """What of a job is wanted or not, beside whether it is enabled."""
    return (plan.missing(job, target), plan.surplus(job, target), plan.differing(job, target))


def is_right(job: JobEntity, target: Target) -> bool:
    return not any(content(job, target))


def states(job: JobEntity, target: Target) -> list[JobEntity]:
    """The states that a run goes through, the last one being its end. The job is read again after every phase."""
    seen = [job]
    for _turn in range(10):
        todo = plan.steps(seen[-1], target)
        if not todo:
            return seen
        for step in plan.phase(todo):
            seen.append(carried_out(seen[-1], step))
    raise AssertionError("the plan does not end")


def objects_of(job: JobEntity) -> set[t.Any]:
    return {parse_ref(item.ref) for item in job.objects or ()}


# -- the properties ------------------------------------------------------------------------------------------------


@given(JOBS, TARGETS)
def test_the_steps_lead_to_the_wish_by_no_wrong_way(job: JobEntity, target: Target) -> None:
    target = plan.with_end(job, target)
    seen = states(job, target)
    event(f"{len(seen)} states")
    end = seen[-1]
    assert is_right(end, target)
    assert target.enabled is None or end.enabled is target.enabled
    assert target.enabled is not None or end.enabled is job.enabled
    for before, after in itertools.pairwise(seen):
        assert after.objects
        if after.enabled and not before.enabled:
            assert is_right(after, target), "it was enabled before it was as wanted"
        if target.made:
            assert not after.enabled or is_right(after, target), "a clone was enabled with the wrong content"
        if target.enabled is False:
            assert not after.enabled


@given(JOBS, TARGETS)
def test_all_at_once_is_the_same_as_step_by_step(job: JobEntity, target: Target) -> None:
    """What check mode shows is what the real run does."""
    target = plan.with_end(job, target)
    predicted = plan.steps(job, target)
    taken: list[Step] = []
    state = job
    while todo := plan.steps(state, target):
        for step in plan.phase(todo):
            taken.append(step)
            state = carried_out(state, step)
    assert [(step.action, step.what) for step in taken] == [(step.action, step.what) for step in predicted]
    before, after = plan.changes(job, target, {})
    assert bool(before) == bool([step for step in predicted if step.action not in (plan.DISABLE, plan.ENABLE)]) or (
        before.keys() == {"enabled"}
    )
    assert not plan.changes(state, target, {})[0]


@given(JOBS, TARGETS, JOBS, st.integers(0, 20))
def test_a_run_that_was_broken_off_is_put_right_by_the_next(
    job: JobEntity, wish: Target, source: JobEntity, stopped_after: int
) -> None:
    """wish is what the playbook says; the second run sees nothing of the first but the job."""
    source = source._replace(job=GOLD)
    first = plan.with_end(job, wish)
    whole = states(job, first)
    left = whole[min(stopped_after, len(whole) - 1)]
    second = wish._replace(made=plan.is_left_over(left, source, wish._replace(made=False)))
    end = states(left, plan.with_end(left, second))[-1]
    assert is_right(end, wish)
    assert objects_of(end) == objects_of(whole[-1])
    assert len(end.objects or ()) == len(whole[-1].objects or ())
    if wish.enabled is not None:
        assert end.enabled is wish.enabled
    else:
        # It cannot be known who disabled it, so it stays as it was found.
        assert end.enabled is left.enabled


@given(JOBS, TARGETS)
def test_a_clone_that_was_left_enabled_is_taken_for_what_it_is(template: JobEntity, wish: Target) -> None:
    """The run ended right after the clone was made: the job may fire, with the content of the template."""
    source = template._replace(job=GOLD)
    job = template
    left_over = plan.is_left_over(job, source, wish)
    differs = bool(plan.missing(job, wish) or plan.surplus(job, wish))
    assert left_over is (job.enabled and job.run_automatically and differs)
    if left_over:
        seen = states(job, plan.with_end(job, wish._replace(made=True)))
        assert not seen[1].enabled
        assert all(not state.enabled or is_right(state, wish) for state in seen[1:])
