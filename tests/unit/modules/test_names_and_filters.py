# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of names in one text, names of nothing, and filters that name what is not there, in every module."""

from __future__ import annotations

import importlib
import importlib.resources
import re
import typing as t

import pytest
import yaml
from helpers.cast import AGENTS, GOLD, SHARES, UNKNOWN_ID, VBR01, VBR01_ID, VBR02
from helpers.emulated_jobs import Emulated

INFO = {
    "veeam_job_info": ("jobs", "Job", GOLD, "TPL Hyper-V"),
    "veeam_repository_info": ("repositories", "Repository", "Fast Repository", "S3 Offsite"),
    "veeam_backup_server_info": ("backup_servers", "BackupServer", VBR01, VBR02),
}
FILTERED = [name for name in INFO if name != "veeam_backup_server_info"]


def world(name: str) -> Emulated:
    return Emulated(importlib.import_module(f"ansible_collections.backupops.veeam.plugins.modules.{name}").MODULE)


def names(result: dict[str, t.Any], key: str) -> list[str]:
    return [item["name"] for item in result[key]]


def with_jobs(name: str, *jobs: str) -> Emulated:
    made = world(name)
    for job in jobs:
        made.em.console.create_job(job, backup_server=VBR01, type="Backup", objects=["web01"])
    return made


# -- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Berlin, Mitte", ["Berlin, Mitte"]),
        (["Berlin, Mitte"], ["Berlin, Mitte"]),
        ("Berlin", ["Berlin"]),
        ("Berlin, Web", ["Berlin", "Web"]),
        ("Berlin,Web", ["Berlin", "Web"]),
        (["Berlin, Web"], []),
        ("Berlin, Mitte, Web", ["Berlin", "Web"]),
        (["Berlin, Mitte", "Web"], ["Berlin, Mitte", "Web"]),
        (", ,", []),
    ],
)
def test_a_name_with_a_comma(given: t.Any, found: list[str]) -> None:
    em = with_jobs("veeam_job_info", "Berlin, Mitte", "Berlin", "Web")
    assert names(em.one(name=given).result, "jobs") == found
    for options in ({"details": False}, {"type": "Backup"}, {"backup_server": VBR01}):
        assert names(em.one(name=given, **options).result, "jobs") == found


@pytest.mark.parametrize(
    ("given", "ran"),
    [
        ("Berlin, Mitte", ["Berlin, Mitte"]),
        ("Berlin, Web", ["Berlin", "Web"]),
        (["Berlin, Mitte", "Web"], ["Berlin, Mitte", "Web"]),
        (f"Web,{GOLD}", ["Web", GOLD]),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_jobs_to_run_in_one_text(given: t.Any, ran: list[str], check_mode: bool) -> None:
    em = with_jobs("veeam_job_run", "Berlin, Mitte", "Berlin", "Web")
    result = em.one(check_mode=check_mode, jobs=given).result
    assert len(result["results"]) == len(ran)
    assert sorted(session.job_name for session in em.em.sessions()) == ([] if check_mode else sorted(ran))


def test_jobs_to_run_in_one_text_that_are_not_there() -> None:
    ended = with_jobs("veeam_job_run", "Web").run(jobs="Web, Berlin")
    assert [item["failed"] for item in ended.result["results"]] == [False, True]
    assert 'there is no job "Berlin"' in ended.result["results"][1]["msg"]


def with_machines(name: str, **renamed: str) -> Emulated:
    """With other names for some machines of the demo."""
    text = (importlib.resources.files("veeam_em_emulator") / "states" / "demo.yml").read_text("utf-8")
    for machine, other in renamed.items():
        text = re.sub(rf"\b{machine}\b(?!\.)", f'"{other}"', text)
    return Emulated(world(name).module, state=yaml.safe_load(text))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Berlin, Mitte", ["Berlin, Mitte"]),
        ("Berlin, web", ["Berlin", "web"]),
        (["Berlin, web"], []),
        (["Berlin, Mitte", "web"], ["Berlin, Mitte", "web"]),
        ("", []),
        ([""], []),
    ],
)
def test_machines_in_one_text(given: t.Any, found: list[str]) -> None:
    machines = {"web02": "Berlin, Mitte", "db01": "Berlin", "hv01": "web"}
    points = with_machines("veeam_restore_point_info", **machines).one(machines=given).result["restore_points"]
    assert sorted({point["machine"] for point in points}) == found
    if found:
        backed_up = with_machines("veeam_quick_backup", **machines).one(machines=given)
        assert sorted(backed_up.result["restore_points"]) == found


@pytest.mark.parametrize("name", INFO)
def test_the_name_of_nothing(name: str) -> None:
    """Where no name is given at all, everything is found; a name that is empty is that of nothing."""
    key, _kind, first, second = INFO[name]
    em = world(name)
    for given in ("", " ", [""], ["", None], []):
        ended = em.one(name=given)
        assert ended.result[key] == []
        assert ended.requests == []
    assert {first, second} <= set(names(em.one().result, key))
    assert {first, second} <= set(names(em.one(name=None).result, key))
    assert names(em.one(name=[first, ""]).result, key) == [first]


# -- filters -------------------------------------------------------------------------------------------------------

KNOWN = f'Known backup servers: "{VBR01}", "{VBR02}".'
NOT_THERE = [
    ("vbr01", f'Did you mean "{VBR01}"?'),
    ("VBR01.example.tset", f'Did you mean "{VBR01}"'),
    ("zzz", KNOWN),
    (UNKNOWN_ID, KNOWN),
    (f"urn:veeam:BackupServer:{UNKNOWN_ID}", KNOWN),
]


@pytest.mark.parametrize("name", FILTERED)
@pytest.mark.parametrize(("server", "hint"), NOT_THERE)
def test_a_filter_by_a_backup_server_that_is_not_there(name: str, server: str, hint: str) -> None:
    key, _kind, first, _second = INFO[name]
    em = world(name)
    for options in ({}, {"name": first}, {"name": "Nobody"}):
        ended = em.run(**options, backup_server=server)
        assert ended.failed
        assert ended.result["msg"].startswith(f'backup_server: there is no backup server "{server}". {hint}')
    # Of a list of nothing nothing is asked.
    assert em.one(name=[], backup_server=server).requests == []


@pytest.mark.parametrize("name", FILTERED)
@pytest.mark.parametrize("server", [VBR01, VBR01.upper(), VBR01_ID, f"urn:veeam:BackupServer:{VBR01_ID}"])
def test_a_filter_by_a_backup_server_that_is_there(name: str, server: str) -> None:
    key, kind, first, second = INFO[name]
    em = world(name)
    ended = em.one(backup_server=server)
    assert first in names(ended.result, key)
    assert second not in names(ended.result, key)
    assert all(f"type={kind}&" in request for request in ended.requests), "what is found proves that it is there"
    assert em.one(name=second, backup_server=server).result[key] == []
    assert em.one(name="Nobody", backup_server=server).result[key] == []


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("veeam_job", {"name": GOLD, "enabled": True}),
        ("veeam_job", {"name": "new", "source_job": GOLD}),
        ("veeam_job", {"name": GOLD, "state": "absent"}),
        ("veeam_job_run", {"job": GOLD}),
        ("veeam_job_run", {"jobs": [{"job": GOLD}]}),
        ("veeam_job_run", {"job": AGENTS, "kind": "agent"}),
        ("veeam_job_run", {"jobs": [{"job": SHARES, "kind": "nas"}]}),
        ("veeam_job", {"name": AGENTS, "kind": "agent", "enabled": True}),
        ("veeam_job", {"name": SHARES, "kind": "nas", "enabled": False}),
        ("veeam_job_clone", {"name": "new", "source_job": GOLD, "repository": "Fast Repository"}),
    ],
)
def test_a_job_on_a_backup_server_that_is_not_there(module: str, options: dict[str, t.Any]) -> None:
    ended = world(module).run(**options, backup_server="vbr01")
    assert ended.failed
    assert ended.writes == []
    assert VBR01 in ended.result["msg"]


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("veeam_quick_backup", {"machine": "nobody"}),
        ("veeam_quick_backup", {"machines": ["nobody", "nothing"]}),
        ("veeam_vm_restore", {"machine": "nobody", "original": "keep"}),
        ("veeam_vm_restore", {"restores": [{"machine": "nobody"}, {"machine": "nothing"}], "original": "replace"}),
        ("veeam_replica_failover", {"machine": "nobody", "no_way_back": True}),
        ("veeam_failover_plan", {"plan": "nobody", "state": "started"}),
        ("veeam_failover_plan_info", {"name": "nobody"}),
        ("veeam_restore_point_info", {"machines": ["nobody"]}),
        ("veeam_protection_info", {"machines": ["nobody"]}),
    ],
)
@pytest.mark.parametrize(("server", "hint"), NOT_THERE)
def test_a_machine_on_a_backup_server_that_is_not_there(
    module: str, options: dict[str, t.Any], server: str, hint: str
) -> None:
    ended = world(module).run(**options, backup_server=server)
    assert ended.failed
    assert ended.writes == []
    assert f'backup_server: there is no backup server "{server}". {hint}' in ended.result["msg"]
    assert sum("type=BackupServer&" in request for request in ended.requests) <= 1
