# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password may be a word that results are made of. Results keep all their keys; names from outside do not."""

from __future__ import annotations

import importlib
import typing as t

import pytest
from helpers.cast import DEFAULT_REPOSITORY, GOLD, VBR01
from helpers.emulated_jobs import Emulated

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
CASES: dict[str, dict[str, t.Any]] = {
    "veeam_job_clone": {**CLONE, "name": "new"},
    "veeam_job": {**CLONE, "name": "new", "objects": [{"name": "web02"}], "schedule": {"daily": {"at": "22:00"}}},
    "veeam_job_run": {"job": GOLD},
    "veeam_job_info": {"kind": ["job", "agent", "nas"], "gather": ["last_session", "repository"]},
    "veeam_backup_server": {"backup_server": VBR01},
    "veeam_repository_info": {},
    "veeam_backup_server_info": {},
    "veeam_quick_backup": {"machines": ["web02"]},
    "veeam_restore_point_info": {"gather": ["backup"]},
    "veeam_failover_plan_info": {"name": []},
    "veeam_protection_info": {},
    "veeam_session": {},
}
WORDS = [
    "veeam",
    "backup",
    "machine",
    "restore_point",
    "changed",
    "job_href",
    "server",
    "name",
    "task",
    "steps",
    "msg",
    "retries",
]


def run(module_name: str, password: str, **options: t.Any) -> dict[str, t.Any]:
    module = importlib.import_module(f"ansible_collections.backupops.veeam.plugins.modules.{module_name}").MODULE
    emulated = Emulated(module)
    for account in emulated.em.world.state.accounts:
        object.__setattr__(account, "password", password)
    # The session that veeam_session hands out stays open.
    return emulated.one(**options, password=password, nested=True).result


def keys(value: t.Any) -> t.Any:
    """What there is of keys in a result. Of lists the first item will do."""
    if isinstance(value, dict):
        return {key: keys(member) for key, member in value.items()}
    return [keys(item) for item in value[:1]] if isinstance(value, list) else None


@pytest.mark.parametrize("name", CASES)
def test_the_keys_of_a_result_do_not_depend_on_the_password(name: str) -> None:
    usual = run(name, "Passw0rd!", **CASES[name])
    for word in (word for word in WORDS if word in str(keys(usual))):
        result = run(name, word, **CASES[name])
        assert keys(result) == keys(usual), word
        assert result["changed"] is usual["changed"], word


@pytest.mark.parametrize("name", ["veeam_job_clone", "veeam_job"])
def test_a_name_that_holds_the_password_is_masked_where_it_is_a_key(name: str) -> None:
    result = run(name, "Passw0rd!", **{**CASES[name], "name": "kept Passw0rd! here"})
    assert list(result["ansible_facts"]["veeam_job_hrefs"]) == ["kept ******** here"]
