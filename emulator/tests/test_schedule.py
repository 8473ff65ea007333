# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a schedule starts its job; and that it does, where the switch says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.defaults import FULL_WEEK, MONTHS, WEEK, ClockTime
from veeam_em_emulator.estate.schedule import continuous, follows, next_start

from .client import GOLD, NAMESPACE, Api, advance
from .test_runs import COPY, SILVER, act

SILVER_UID = f"urn:veeam:Job:{SILVER}"
IMMEDIATE = "6c0e2a48-b5f7-4d13-8e96-0a2c4e6f8b1d"
HOUR = 3600


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def block(name: str, **values: Any) -> dict[str, Any]:
    return {"Standart": {name: {"Enabled": True, **values}}}


def hours(*allowed: int) -> list[dict[str, str]]:
    text = ",".join("1" if hour in allowed else "0" for hour in range(24))
    return [{"Name": day, "Value": text} for day in WEEK]


TEN = ClockTime("22:00:00", 1)
FIRST_MONDAY = {"DayNumberInMonth": "First", "DayOfWeek": "Monday", "Months": MONTHS, "Time": TEN}


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        # 22:00 at +01:00 is 21:00 in UTC; 5 January 2026 is a Monday
        (block("OptionsDaily", Kind="Everyday", Time=TEN), "2026-01-05T20:59:59", "2026-01-05T21:00"),
        (block("OptionsDaily", Kind="Everyday", Time=TEN), "2026-01-05T21:00:00", "2026-01-06T21:00"),
        (block("OptionsDaily", Kind="WeekDays", Time=TEN), "2026-01-09T21:00:00", "2026-01-12T21:00"),
        (block("OptionsDaily", Kind="SelectedDays", Days=("Sunday",), Time=TEN),
         "2026-01-05T10:00", "2026-01-11T21:00"),
        # a day of the block's own offset
        (block("OptionsDaily", Kind="SelectedDays", Days=("Tuesday",), Time=ClockTime("01:00:00", 5)),
         "2026-01-05T10:00", "2026-01-05T20:00"),
        (block("OptionsDaily", Kind="SelectedDays", Days=(), Time=TEN), "2026-01-05T10:00", None),
        (block("OptionsMonthly", **FIRST_MONDAY), "2026-01-05T22:00", "2026-02-02T21:00"),
        (block("OptionsMonthly", **{**FIRST_MONDAY, "DayNumberInMonth": "Last"}),
         "2026-01-05T22:00", "2026-01-26T21:00"),
        (block("OptionsMonthly", **{**FIRST_MONDAY, "Months": ("July",)}), "2026-01-05T22:00", "2026-07-06T21:00"),
        (block("OptionsMonthly", **{**FIRST_MONDAY, "DayNumberInMonth": "OnDay", "DayOfMonth": 31}),
         "2026-02-01T00:00", "2026-03-31T21:00"),
        (block("OptionsPeriodically", Kind="Hours", FullPeriod=4, Schedule=FULL_WEEK),
         "2026-01-05T20:00", "2026-01-06T00:00"),
        (block("OptionsPeriodically", Kind="Minutes", FullPeriod=30, Schedule=hours(3, 4)),
         "2026-01-05T04:30", "2026-01-06T03:00"),
        (block("OptionsPeriodically", Kind="Minutes", FullPeriod=30, Schedule=hours()), "2026-01-05T04:30", None),
        ({"Standart": {"OptionsDaily": {"Enabled": False, "Kind": "Everyday", "Time": TEN}}}, "2026-01-05T10:00", None),
        ({"ImmediateCopyMode": {}}, "2026-01-05T10:00", None),
    ],
)  # fmt: skip
def test_next_start(schedule: dict[str, Any], after: str, expected: str | None) -> None:
    assert next_start(schedule, at(after)) == (at(expected) if expected else None)


def test_schedules_without_times() -> None:
    assert follows(block("OptionsDaisyChaining", PreviousJobUid=SILVER_UID)) == SILVER_UID
    assert follows({"Standart": {"OptionsDaisyChaining": {"Enabled": False, "PreviousJobUid": SILVER_UID}}}) is None
    assert continuous(block("OptionsContinuous", Schedule=hours(3)), at("2026-01-05T03:59"))
    assert not continuous(block("OptionsContinuous", Schedule=hours(3)), at("2026-01-05T04:00"))


# It fires


@pytest.fixture(scope="module")
def _frozen() -> Iterator[Emulator]:
    switches = {"run_length": "600s", "schedule_fires": True}
    with Emulator(product="12", clock=ManualClock(), switches=switches, idle_timeout=1e9) as em:
        yield em


@pytest.fixture
def em(_frozen: Emulator) -> Emulator:
    """Its time stands still at ten in the morning; only TPL Gold starts by itself, every day at 21:00 UTC."""
    _frozen.reset()
    _frozen.world.state.past_runs.clear()
    for job in _frozen.world.state.jobs.values():
        job.schedule_enabled = job.id == GOLD
    now = _frozen.clock.utc()
    advance(_frozen, (10 * HOUR - now.hour * HOUR - now.minute * 60 - now.second) % (24 * HOUR))
    return _frozen


def fired(em: Emulator, job: str = "TPL Gold") -> list[tuple[str, str]]:
    return [(item.created[11:16], item.result) for item in em.sessions(job)]


def test_nothing_starts_unless_the_switch_says_so(em: Emulator) -> None:
    em.switches["schedule_fires"] = False
    advance(em, 48 * HOUR)
    assert fired(em) == []
    # what was due before it was switched on is not made up for
    em.switches["schedule_fires"] = True
    assert fired(em) == []
    advance(em, 24 * HOUR)
    assert fired(em) == [("21:00", "Success")]


def test_a_due_schedule_starts_the_job(em: Emulator) -> None:
    advance(em, 11 * HOUR - 1)
    assert fired(em) == []
    advance(em, 1)
    assert fired(em) == [("21:00", "None")]
    assert em.sessions()[0].scheduled
    advance(em, 3 * 24 * HOUR)
    assert fired(em) == [("21:00", "Success")] * 3 + [("21:00", "None")]
    api = Api(em)
    api.log_on()
    entity = api.get(f"/jobs/{GOLD}", format="Entity")
    assert str(entity.first("v:NextRun"))[11:] == "21:00:00Z"
    assert str(entity.first("v:NextRun")) > em.sessions()[-1].created


@pytest.mark.parametrize("attribute", ["schedule_enabled", "schedule_configured"])
def test_a_disabled_job_does_not_start(em: Emulator, attribute: str) -> None:
    setattr(em.world.state.jobs[GOLD], attribute, False)
    advance(em, 48 * HOUR)
    assert em.sessions() == []


def test_a_new_schedule_counts_from_its_edit(em: Emulator) -> None:
    """A playbook that schedules a job lets it run, and a test can see it."""
    api = Api(em)
    api.log_on()
    daily = "<OptionsDaily Enabled='true'><Kind>Everyday</Kind><Time>12:00:00.0000000+00:00</Time>"
    standard = f"<Standart>{daily}<TimeOffsetUtc>0</TimeOffsetUtc></OptionsDaily></Standart>"
    body = f'<Job xmlns="{NAMESPACE}"><JobScheduleOptions>{standard}</JobScheduleOptions></Job>'
    api.request("PUT", f"/api/jobs/{GOLD}?action=edit", body)
    assert api.finish().success
    advance(em, 24 * HOUR)
    assert fired(em) == [("12:00", "Success")]


def test_a_job_that_runs_is_not_started_again(em: Emulator) -> None:
    em.plan_runs(GOLD, {"length": "100000s"})
    advance(em, 11 * HOUR + 24 * HOUR + 60)
    assert fired(em) == [("21:00", "None")]


@pytest.mark.parametrize(("rule", "by_hand", "by_schedule"), [("scheduled", 1, 4), ("all", 4, 4), ("none", 1, 1)])
def test_failed_runs_are_tried_again(em: Emulator, rule: str, by_hand: int, by_schedule: int) -> None:
    """Three times, ten minutes after each, as the job's options say."""
    em.switches["automatic_retries"] = rule
    em.plan_runs(GOLD, always="Failed")
    em.start_run(GOLD)
    advance(em, 2 * HOUR)
    found = em.sessions()
    assert len(found) == by_hand
    assert [item.is_retry for item in found] == [False, True, True, True][:by_hand]
    advance(em, 12 * HOUR)
    assert [time for time, _unused in fired(em)][by_hand:] == ["21:00", "21:20", "21:40", "22:00"][:by_schedule]


def test_a_job_after_another(em: Emulator) -> None:
    silver = em.world.state.jobs[SILVER]
    silver.schedule_enabled = True
    silver.schedule = block("OptionsDaisyChaining", PreviousJobUid=f"urn:veeam:Job:{GOLD}")
    em.plan_runs(GOLD, {"result": "Failed"})
    advance(em, 24 * HOUR)
    # after the retry, not after the run that has failed
    assert fired(em) == [("21:00", "Failed"), ("21:20", "Success")]
    assert fired(em, "TPL Silver") == [("21:30", "Success")]


def test_a_job_that_begins_again(em: Emulator) -> None:
    em.world.state.jobs[GOLD].schedule = block("OptionsContinuous", Schedule=hours(10))
    em.sessions()
    advance(em, 24 * HOUR)
    assert [time for time, _unused in fired(em)] == ["10:00", "10:10", "10:20", "10:30", "10:40", "10:50"]


def test_copies_are_made_of_what_has_run(em: Emulator) -> None:
    em.world.state.jobs[IMMEDIATE].schedule_enabled = True
    em.plan_runs(GOLD, "Success", "Failed", "Success")
    advance(em, 35 * HOUR + 600)
    em.sessions()
    advance(em, 24 * HOUR)
    workers = [item for item in em.sessions() if item.job_type == "ImmediateBackupCopyWorker"]
    assert [item.created[11:16] for item in workers] == ["21:10", "21:30", "21:10"]
    containers = em.sessions("TPL Copy Immediate")
    assert [item.state for item in containers] == ["Working"]


def test_a_periodic_copy_job_has_a_schedule_too(em: Emulator) -> None:
    legacy = next(job for job in em.world.state.jobs.values() if job.job_type == "BackupCopy")
    legacy.schedule_enabled = True
    advance(em, 24 * HOUR)
    assert [(item.job_type, len(item.machines)) for item in em.sessions(legacy.id)] == [("BackupCopy", 1)]


def test_a_copy_job_is_still_synchronised_by_hand(em: Emulator) -> None:
    api = Api(em)
    api.log_on()
    act(api, "sync", COPY)
    advance(em, 600)
    assert [item.job_type for item in em.sessions()] == ["ImmediateBackupCopy", "ImmediateBackupCopyWorker"]
