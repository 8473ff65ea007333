# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_job: what they come to, and what is refused before any logon, with the item's place."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._job import options as _options
from ansible_collections.backupops.veeam.plugins.module_utils._job.options import Settings, Wish
from ansible_collections.backupops.veeam.plugins.modules.veeam_job import MODULE
from helpers.entities import GOLD, VBR01
from helpers.options import as_ansible_does

CONNECTION = {"hostname": "em01.example.test", "username": "EM01\\svc", "password": "Passw0rd!"}
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
REF = f"urn:VMware:Vm:{ROOT}.vm-4711"


def settings(**options: t.Any) -> Settings:
    return _options.settings(as_ansible_does(MODULE, {**CONNECTION, **options}))


def wish(**options: t.Any) -> Wish:
    (only,) = settings(name="web-prod-daily", **options).jobs
    return only


def refusal(**options: t.Any) -> str:
    with pytest.raises(OptionError) as raised:
        settings(**options)
    assert "Passw0rd!" not in raised.value.msg
    return raised.value.msg


# -- what they come to ---------------------------------------------------------------------------------------------


def test_what_is_not_given_is_not_wanted() -> None:
    only = wish()
    assert (only.objects, only.enabled, only.options, only.purge, only.wait_for_objects) == (None, None, {}, True, 0)
    assert (only.absent, only.force, only.source_job, only.backup_server) == (False, False, None, None)
    assert only.explicit == {"name", "kind", "state", "purge_objects", "wait_for_objects", "force"}


def test_a_job_by_any_of_its_names() -> None:
    for name in (GOLD.id, GOLD.uid, f"https://em01.example.test:9398/api/jobs/{GOLD.id}?format=Entity"):
        (only,) = settings(name=name, backup_server=VBR01.id).jobs
        assert (only.name.id, only.name.name) == (GOLD.id, None)
    assert wish().name.name == "web-prod-daily"


ALL_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"daily": {"at": "22:00"}}, {"daily": {"at": "22:00", "days": ALL_DAYS}}),
        ({"daily": {"at": "6:30:00", "days": "everyday"}}, {"daily": {"at": "06:30", "days": ALL_DAYS}}),
        ({"daily": {"at": "06:30:05", "days": ["weekdays"]}}, {"daily": {"at": "06:30:05", "days": ALL_DAYS[:5]}}),
        (
            {"daily": {"at": "22:00", "days": ["Sunday", "monday", "monday"]}, "utc_offset": -7},
            {"daily": {"at": "22:00", "days": ["monday", "sunday"]}, "utc_offset": -7},
        ),
        (
            {"monthly": {"at": "23:00", "week": "last", "day": "sunday", "months": ["July", "january"]}},
            {"monthly": {"at": "23:00", "week": "last", "day": "sunday", "months": ["january", "july"]}},
        ),
        ({"periodically": {"every": 30, "unit": "minutes"}}, {"every": 30, "unit": "minutes"}),
        (
            {"continuously": {"hours": {"Monday": [3, "2", 3], "sunday": []}}},
            {"continuously": {"hours": {"monday": [2, 3]}}},
        ),
    ],
)
def test_a_schedule_in_the_words_of_results(given: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    words = wish(schedule=given).options["schedule"]
    if "periodically" in given:
        assert words["periodically"].pop("hours") == dict.fromkeys(ALL_DAYS, list(range(24)))
        words = words["periodically"]
    assert words == expected


def test_a_result_can_be_given_back_as_an_option() -> None:
    """What veeam_job_info returns is what veeam_job takes."""
    schedule = {"daily": {"at": "22:00", "days": ["monday"]}, "utc_offset": 1}
    assert wish(schedule=schedule).options["schedule"] == schedule
    continuously = {"continuously": {"hours": {"monday": [1]}}, "utc_offset": None}
    assert wish(schedule=continuously).options["schedule"] == {"continuously": {"hours": {"monday": [1]}}}
    gfs = {"weekly": {"keep": 4, "day": "sunday"}, "monthly": None, "yearly": None}
    assert wish(gfs=gfs).options["gfs"] == gfs


def test_empty_dictionaries_turn_things_off() -> None:
    options = wish(retry={}, backup_window={}, gfs={}).options
    assert options["retry"] == {"times": None, "wait": None}
    assert options["backup_window"] == {}
    assert options["gfs"] == {"weekly": None, "monthly": None, "yearly": None}


def test_objects() -> None:
    given = [
        {"name": "web01"},
        {"name": "web01"},
        {"name": "gold", "type": "Tag", "host": ROOT},
        {"ref": REF, "guest_processing": {"vss_snapshot_options": {"vss_snapshot_mode": "Disabled"}}},
    ]
    objects = wish(objects=given).objects
    assert objects is not None
    assert [(item.name, item.type, item.ref) for item in objects] == [
        ("web01", "Vm", None),
        ("gold", "Tag", None),
        (None, "Vm", REF),
    ]
    assert objects[1].host is not None
    assert objects[1].host.id == ROOT
    assert objects[2].guest == {"VssSnapshotOptions": {"VssSnapshotMode": "Disabled"}}


def test_guest_processing_in_snake_case() -> None:
    guest = {
        "vss_snapshot_options": {"vss_snapshot_mode": "RequireSuccess", "is_copy_only": "no"},
        "windows_guest_fs_indexing_options": {"excluded_indexing_folders": ["%windir%"]},
        "sql_backup_options": {"backup_logs_frequency_min": "15", "use_db_backup_retention": True},
        "fs_file_exclude_options": {"backup_scope": 2, "exclude_list": "C:/TMP"},
        "oracle_backup_options": {"archived_logs_max_size_mb": 10240, "sysdba_creds_id": ROOT},
        "windows_credentials_id": ROOT,
    }
    objects = wish(objects=[{"name": "web01", "guest_processing": guest}]).objects
    assert objects is not None
    assert objects[0].guest == {
        "VssSnapshotOptions": {"VssSnapshotMode": "RequireSuccess", "IsCopyOnly": False},
        "WindowsGuestFSIndexingOptions": {"ExcludedIndexingFolders": ["%windir%"]},
        "SqlBackupOptions": {"BackupLogsFrequencyMin": 15, "UseDbBackupRetention": True},
        "WindowsCredentialsId": ROOT,
        "FSFileExcludeOptions": {"BackupScope": 2, "ExcludeList": ["C:/TMP"]},
        "OracleBackupOptions": {"ArchivedLogsMaxSizeMb": 10240, "SysdbaCredsId": ROOT},
    }


# -- a list --------------------------------------------------------------------------------------------------------


def test_the_top_is_the_default_of_the_items() -> None:
    chosen = settings(
        source_job="TPL Gold",
        enabled=True,
        purge_objects=False,
        retention={"type": "days", "count": 7},
        jobs=[
            {"name": "a"},
            {"name": "b", "enabled": False, "retention": {"type": "days", "count": 9}, "source_job": ""},
        ],
    )
    first, second = chosen.jobs
    assert not chosen.single
    assert (first.enabled, first.purge, first.options["retention"]["count"]) == (True, False, 7)
    assert (second.enabled, second.purge, second.options["retention"]["count"]) == (False, False, 9)
    assert "retention" not in first.explicit
    assert "retention" in second.explicit
    # What a survey leaves empty is not given.
    assert second.source_job is not None
    assert second.source_job.text == "TPL Gold"
    assert [item.place for item in chosen.jobs] == ['job "a" (jobs, item 1): ', 'job "b" (jobs, item 2): ']


def test_an_empty_list_is_a_list() -> None:
    assert settings(jobs=[]).jobs == []


# -- what is refused -----------------------------------------------------------------------------------------------

DAILY = {"daily": {"at": "22:00"}}
MISTAKES: list[tuple[dict[str, t.Any], str]] = [
    ({"name": " "}, "name: is empty; name the job."),
    ({"name": "a\x07"}, "name: contains a control character"),
    ({"name": f"urn:veeam:Repository:{ROOT}"}, "is not a UID of a job"),
    ({"objects": []}, "objects: is empty; a job protects at least one object."),
    ({"objects": [{}]}, "objects, item 1: give either name or ref."),
    ({"objects": [{"name": "a"}, {"name": "a", "ref": REF}]}, "objects, item 2: give either name or ref."),
    ({"objects": [{"ref": "vm-4711"}]}, "objects, item 1, ref: vm-4711 is not a reference"),
    ({"objects": [{"ref": REF, "host": "vc"}]}, "objects, item 1, host: a reference names its host itself"),
    ({"objects": [{"name": "a", "guest_processing": {"vss": 1}}]}, "vss: is not a setting; the settings are "),
    (
        {"objects": [{"name": "a", "guest_processing": {"sql_backup_options": {"retain_days": "long"}}}]},
        "sql_backup_options.retain_days: long is not a whole number.",
    ),
    ({"wait_for_objects": -1}, "wait_for_objects: -1 is below zero"),
    ({"schedule": {}}, "schedule: has no kind; give one of daily, monthly"),
    ({"schedule": {**DAILY, "continuously": {}}}, "schedule: daily and continuously are given; give one of"),
    ({"schedule": {"daily": {}}}, "schedule, daily, at: is missing"),
    ({"schedule": {"daily": {"at": 1320}}}, 'schedule, daily, at: 1320 is not a time; write it as "22:00"'),
    ({"schedule": {"daily": {"at": "24:00"}}}, "schedule, daily, at: 24:00 is not a time"),
    ({"schedule": {"daily": {"at": "22:00", "days": ["someday"]}}}, "schedule, daily, days: someday is not a day"),
    ({"schedule": {**DAILY, "utc_offset": 15}}, "schedule, utc_offset: 15 is not between -12 and 14."),
    ({"schedule": {"monthly": {"at": "22:00"}}}, "schedule, monthly: give either week and day, or day_of_month."),
    ({"schedule": {"monthly": {"at": "22:00", "week": "last"}}}, "week and day belong together; give both."),
    ({"schedule": {"monthly": {"at": "22:00", "day_of_month": 32}}}, "day_of_month: 32 is not between 1 and 31."),
    (
        {"schedule": {"monthly": {"at": "22:00", "day_of_month": 1, "months": ["brumaire"]}}},
        "schedule, monthly, months: brumaire is not a month",
    ),
    ({"schedule": {"periodically": {}}}, "schedule, periodically, every: is missing; give a number from 1 to 24."),
    ({"schedule": {"periodically": {"every": 25}}}, "schedule, periodically, every: 25 is not between 1 and 24."),
    ({"schedule": {"continuously": {"hours": {"monday": [24]}}}}, "hours: monday: 24 is not an hour"),
    ({"schedule": {"continuously": {"hours": {"noday": [1]}}}}, "hours: noday is not a day of the week."),
    ({"schedule": {"after_job": "web-prod-daily"}}, 'schedule, after_job: job "web-prod-daily" would wait for itself.'),
    ({"backup_window": {"monday": []}}, "backup_window: allows no hour at all"),
    ({"retry": {"times": 0}}, "retry, times: 0 is not between 1 and 999."),
    ({"retention": {"count": 7}}, "retention, type: is missing"),
    ({"retention": {"type": "days"}}, "retention, count: is missing"),
    ({"gfs": {"weekly": {"day": "sunday"}}}, "gfs, weekly, keep: is missing"),
    ({"max_parallel": 33}, "max_parallel: 33 is not between 1 and 32."),
    ({"poll_interval": 0}, "poll_interval: 0 is not above zero"),
]


@pytest.mark.parametrize(("options", "sentence"), MISTAKES, ids=[sentence for _options, sentence in MISTAKES])
def test_what_is_refused(options: dict[str, t.Any], sentence: str) -> None:
    assert sentence in refusal(**{"name": "web-prod-daily", **options})


#: What concerns the whole task has no place in an item.
@pytest.mark.parametrize(
    ("options", "sentence"),
    [mistake for mistake in MISTAKES if not {"max_parallel", "poll_interval", "name"} & mistake[0].keys()],
)
def test_the_place_of_an_item_is_named(options: dict[str, t.Any], sentence: str) -> None:
    msg = refusal(jobs=[{"name": "other"}, {"name": "web-prod-daily", **options}])
    assert sentence in msg
    assert msg.startswith('job "web-prod-daily" (jobs, item 2): ')


def test_what_is_wrong_with_the_whole() -> None:
    assert refusal() == "name, jobs: neither is given; give name for one job, or jobs for several."
    assert refusal(name="a", jobs=[]) == "name, jobs: both are given; name is for one job, jobs for several."
    assert refusal(jobs=[{}]) == "jobs, item 1: name: is missing; name the job."
    twice = refusal(jobs=[{"name": "a"}, {"name": "b"}, {"name": "a"}])
    assert twice == 'job "a" (jobs, item 3): name: "a" is already used by item 1; names must be unique.'
    circle = [{"name": name, "schedule": {"after_job": after}} for name, after in (("a", "b"), ("b", "c"), ("c", "a"))]
    assert refusal(jobs=circle) == 'job "a" (jobs, item 1): schedule, after_job: job "a" would wait for itself.'


def test_a_name_that_is_too_long_to_be_made_may_still_be_there() -> None:
    assert wish().name.name
    assert settings(name="x" * 51).jobs[0].name.name == "x" * 51
    assert settings(name="x" * 51, source_job="TPL Gold", state="absent").jobs[0].absent
