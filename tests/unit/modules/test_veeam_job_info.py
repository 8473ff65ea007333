# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs as scripts: which requests the options lead to, and what is left out of the answers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Refused, VeeamError
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_info import MODULE
from helpers.cast import VBR02, other_id
from helpers.entities import COPY, GOLD, OLD_COPY, REPLICA, WEB
from helpers.script import Script, listing, query

BRIEF = ["name", "id", "uid", "href", "kind", "backup_server"]
ALL, ALL_REFS = listing(entities=True), listing()


def filtered(conditions: str, entities: bool = True) -> str:
    return (ALL if entities else ALL_REFS).replace("&sortAsc", f"&filter={conditions}&sortAsc")


def names(result: dict[str, t.Any]) -> list[str]:
    return [job["name"] for job in result["jobs"]]


def test_all_of_them_by_server_and_name(script: Script) -> None:
    script.expect(ALL, script.write.jobs(WEB, COPY, GOLD, OLD_COPY))
    result = script.run_module(MODULE)
    assert names(result) == [GOLD.name, WEB.name, COPY.name, OLD_COPY.name]
    assert (result["changed"], result["msg"]) == (False, "Found 4 jobs.")
    assert result["jobs"][0]["type"] == "Backup"


def test_without_details_references_are_read(script: Script) -> None:
    script.expect(ALL_REFS, script.write.job_refs(GOLD, COPY))
    result = script.run_module(MODULE, details=False)
    assert [list(job) for job in result["jobs"]] == [BRIEF, BRIEF]


@pytest.mark.parametrize(
    ("options", "request_", "refs"),
    [
        ({"type": "Backup"}, filtered("JobType==Backup"), False),
        ({"type": "Backup", "platform": "VMware"}, filtered("JobType==Backup;Platform==VMware"), False),
        ({"type": "Backup", "details": False}, filtered("JobType==Backup", entities=False), True),
        ({"platform": "VMware", "details": False}, filtered("Platform==VMware", entities=False), True),
        # EM documents no such value for a filter, so the type of each job has to be looked at.
        ({"platform": "CustomPlatform", "details": False}, ALL, False),
        ({"gather": ["last_session"], "type": "Backup", "name": [], "details": False}, None, False),
    ],
)
def test_what_em_is_asked_to_leave_out(
    script: Script, options: dict[str, t.Any], request_: str | None, refs: bool
) -> None:
    if request_ is not None:
        script.expect(request_, script.write.job_refs() if refs else script.write.jobs())
    assert script.run_module(MODULE, logs_on=request_ is not None, **options)["jobs"] == []


def test_what_em_should_have_left_out_is_left_out_here(script: Script) -> None:
    script.expect(filtered("JobType==Replica"), script.write.jobs(GOLD, REPLICA, COPY))
    assert names(script.run_module(MODULE, type="Replica")) == [REPLICA.name]


@pytest.mark.parametrize("status", [400, 500])
def test_a_filter_that_em_does_not_take(script: Script, status: int) -> None:
    wanted = filtered("JobType==Replica", entities=False)
    script.expect(wanted, script.write.error(status, "Cannot parse"), many=True)
    script.expect(ALL, script.write.jobs(GOLD, REPLICA))
    result = script.run_module(MODULE, type="Replica", details=False)
    assert [list(job) for job in result["jobs"]] == [BRIEF]
    assert names(result) == [REPLICA.name]


def test_a_refusal_of_everything_is_a_failure(script: Script) -> None:
    script.expect(filtered("JobType==Replica"), script.write.error(403, "Access denied"))
    with pytest.raises(VeeamError, match="Portal Administrator"):
        script.run_module(MODULE, type="Replica")


def test_names_are_filtered_here(script: Script) -> None:
    """A look-up by name has no room for more conditions; a reference would not tell the type."""
    script.expect(query(GOLD.name, REPLICA.name), script.write.jobs(GOLD, REPLICA))
    result = script.run_module(MODULE, name=[GOLD.name, REPLICA.name], type="Replica", details=False)
    assert names(result) == [REPLICA.name]


def test_what_does_not_exist_is_left_out(script: Script) -> None:
    script.expect(f"GET /api/jobs/{other_id(1)}?format=Entity", script.write.error(404, "Cannot find job"))
    script.expect(query("no such"), script.write.jobs())
    assert script.run_module(MODULE, name=["no such", other_id(1)])["jobs"] == []


def test_one_that_cannot_be_read_is_a_failure(script: Script) -> None:
    script.expect(f"GET /api/jobs/{GOLD.id}?format=Entity", script.write.error(403, "Access denied"))
    with pytest.raises(VeeamError) as raised:
        script.run_module(MODULE, name=[GOLD.id])
    assert isinstance(raised.value.__cause__, Refused)


def test_only_those_on_a_backup_server(script: Script) -> None:
    script.expect(ALL_REFS, script.write.job_refs(GOLD, COPY))
    assert names(script.run_module(MODULE, backup_server=VBR02, details=False)) == [COPY.name]


def test_a_job_on_two_pages_is_there_once(script: Script) -> None:
    """Somebody made a job while the pages were read."""
    script.expect(listing(page=1), script.write.job_refs(GOLD, WEB, page=1, pages=2))
    script.expect(listing(page=2), script.write.job_refs(WEB, COPY, page=2, pages=2))
    assert names(script.run_module(MODULE, details=False)) == [GOLD.name, WEB.name, COPY.name]
