# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module with the least role that its documentation names, and with roles that may not do it.

What real playbooks see of it is in tests/slow/integration/test_roles.py.
"""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.backupops.veeam.plugins.module_utils._em.least_role import least_role
from helpers.emulated_jobs import Emulated
from helpers.every_module import CASES as EVERY_CASE
from helpers.every_module import MODULES, POLLING
from helpers.roles import CASES, DOCUMENTED, Case, check_nothing_happened
from veeam_em_emulator.api.routes import QUERY_TYPES, ROUTES

ROOT = Path(__file__).resolve().parents[3]
#: The roles that the client tells apart, the least first.
LEAST_FIRST = ("VM Restore Operator", "Portal User", "Portal Administrator")
#: Who may read them is in no table of Veeam's; the emulator has a switch for it, and the client names who surely may.
UNKNOWN = "/api/systemSessions"


def plugin(module: str) -> t.Any:
    return importlib.import_module("ansible_collections.backupops.veeam.plugins.modules." + module)


def test_every_module_has_its_role() -> None:
    assert set(DOCUMENTED) == MODULES
    assert {case.module for case in CASES} == MODULES


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_documentation_names_the_role(module: str) -> None:
    documentation = yaml.safe_load(plugin(module).DOCUMENTATION)
    described = " ".join([*documentation["description"], *documentation.get("notes", ())])
    said = re.findall(r"\b(?:The role (?:Portal|VM)[\w ]+ is (?:enough|needed)|Any role is enough)\b", described)
    assert said == [DOCUMENTED[module]] or (not said and DOCUMENTED[module] in described)


def test_the_guide_names_the_same_roles() -> None:
    guide = (
        (ROOT / "docs" / "bring_back.md").read_text("utf-8").partition("## Roles and licences")[2].partition("\n## ")[0]
    )
    rows = re.findall(r"^\| (`veeam_.*?) \| ([\w ]+)", guide, re.MULTILINE)
    said = {module: role.strip() for modules, role in rows for module in re.findall(r"`(\w+)`", modules)}
    assert len(said) == 6
    assert {module: DOCUMENTED[module] for module in said} == {
        module: f"The role {role} is enough" for module, role in said.items()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_role_is_enough(case: Case) -> None:
    world = Emulated(plugin(case.module).MODULE)
    ended = world.run(username=case.user, nested=case.module == "veeam_session", **case.options)
    assert not ended.failed, ended.result["msg"]
    assert ended.result["changed"] is ("info" not in case.module)
    refused = [entry for entry in world.em.journal if entry.status == 403]
    # What only an administrator sees may be asked for, where the rest does without.
    assert not [entry for entry in refused if entry.method != "GET"]


@pytest.mark.parametrize(
    ("case", "user"), [(case, user) for case in CASES for user in case.refused], ids=lambda value: str(value)
)
def test_another_role_is_refused_and_nothing_happens(case: Case, user: str) -> None:
    world = Emulated(plugin(case.module).MODULE)
    ended = world.run(username=user, **case.options)
    assert ended.failed
    assert ended.result["changed"] is False
    assert f"The account's role in Enterprise Manager does not allow it; {case.role} does." in ended.result["msg"]
    check_nothing_happened(world.em)


def test_a_collection_that_the_role_cannot_follow_is_not_asked_for() -> None:
    world = Emulated(plugin("veeam_backup_server").MODULE)
    world.em.switches["system_sessions_role"] = "administrator"
    ended = world.run(username="portal-user", backup_server="vbr01.example.test")
    assert (ended.failed, ended.result["changed"], ended.writes) == (True, False, [])
    assert "Portal Administrator does." in ended.result["msg"]


def allowed(method: str, path: str, query: dict[str, str]) -> frozenset[str]:
    """Who may send that, by the emulator's own table."""
    row = next(row for row in ROUTES if row.pattern.fullmatch(path.removeprefix("/api")))
    return QUERY_TYPES[query["type"]].roles if path == "/api/query" else row.allowed(method)


def test_the_role_that_a_refusal_names_is_the_least_that_may_send_the_request() -> None:
    """Every request that the modules send in their cases, by an administrator, against the emulator's table."""
    seen: dict[tuple[str, str], set[str]] = {}
    cases = [(case.module, case.options, case.before) for case in EVERY_CASE if "session_token" not in case.options]
    for module, options, before in [*cases, *((case.module, case.options, None) for case in CASES)]:
        world = Emulated(plugin(module).MODULE)
        if before is not None:
            before(world.em)
        times = {"poll_interval": 1.0} if module in POLLING else {}
        world.run(nested=True, **{**times, **options})
        for entry in world.em.journal:
            path = entry.path + ("?" + entry.query_string if entry.query_string else "")
            if "sessionMngr" in path or path == "/api/" or path.startswith(UNKNOWN):
                continue
            may = allowed(entry.method, entry.path, entry.query)
            least = next(role for role in LEAST_FIRST if role in may)
            word = re.sub(r"[0-9a-f-]{36}|task-\d+|&.*", "", f"{entry.method} {path}")
            seen.setdefault((word, least), set()).add(least_role(entry.method, path))
    assert {request: said for request, said in seen.items() if said != {request[1]}} == {}
    assert {least for _word, least in seen} == set(LEAST_FIRST)
