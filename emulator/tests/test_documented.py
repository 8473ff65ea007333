# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request that the public documentation and the vendor's own collection of requests print: none is answered as if
there were no such thing. The page says of each whether it is carried out, or 501 with its name."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.api.elsewhere import documented
from veeam_em_emulator.api.routes import ROUTES
from veeam_em_emulator.control.views import state_view

from .client import GOLD, VBR01
from .documented import ANSWERED, PAGE, REFUSED, REQUESTS, RESOURCES, UNKNOWN, judged, outcomes, prepared, rows

LISTED = rows(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def em() -> Emulator:
    return Emulator(product="13", task_steps="")


def test_the_page_has_each() -> None:
    assert len(set(REQUESTS)) == len(REQUESTS) == len(documented()) == 368
    assert list(LISTED) == sorted(LISTED, key=list(LISTED).index)
    assert set(LISTED) == {f"{method} {path}" for method, path in REQUESTS}, "scripts/emulator_requests.py"
    counts = [sum(outcome == wanted for outcome in LISTED.values()) for wanted in (ANSWERED, REFUSED, UNKNOWN)]
    text = PAGE.read_text(encoding="utf-8")
    assert f"answers **{counts[0]}**, and refuses {counts[1]} by name" in text and counts[2] == 0


@pytest.mark.parametrize("name", RESOURCES)
def test_the_page_says_what_becomes_of_each(em: Emulator, name: str) -> None:
    found = outcomes(em, name)
    assert found == {request: LISTED[request] for request in found}, "scripts/emulator_requests.py"
    # what a test sees of it can be written, whatever was done
    json.dumps([state_view(em.world), [asdict(task) for task in em.tasks()]])


@pytest.mark.parametrize(
    ("status", "message", "path", "outcome"),
    [
        (202, "", "/jobs/{ID}?action=start", ANSWERED),
        (501, "does not have POST /jobs/{ID}?action=start", "/jobs/{ID}?action=start", REFUSED),
        # the action has to be named, not the path alone
        (501, "does not have POST /jobs/{ID}", "/jobs/{ID}?action=start", UNKNOWN),
        (404, "there is no such resource", "/jobs/{ID}", UNKNOWN),
        (400, "jobs", "/jobs", UNKNOWN),
    ],
)
def test_what_counts_as_named(status: int, message: str, path: str, outcome: str) -> None:
    assert judged(status, f'<Error Message="{message}"/>', path) == outcome


def test_an_action_is_named_where_no_page_prints_it(em: Emulator) -> None:
    """A request of a resource of which the emulator has nothing."""
    client = prepared(em)
    for target in (f"/cdpReplica/vApps/{GOLD}?action=failover", f"/vAppReplicaPoints/{GOLD}?action=failover"):
        status, text = client.request("POST", target)
        assert status == 501 and target.replace(GOLD, "{ID}") in text, text


def test_what_nobody_documents_is_not_there(em: Emulator) -> None:
    client = prepared(em)
    for path in ("/colours", f"/jobs/{GOLD}/colours", f"/backupServers/{VBR01}/colours", "/querySvc/x", "/reporting"):
        assert client.request("GET", path)[0] == 404, path
    assert client.request("DELETE", "/jobs")[0] == 405
    assert client.request("GET", "/query?type=Colour")[0] == 400
    assert client.request("POST", f"/jobs/{GOLD}?action=paint")[0] == 400


def test_every_path_is_found_by_its_first_part() -> None:
    """A route is looked for among those with the same first part, so that may hold no pattern."""
    assert [row.path for row in ROUTES if not row.first.isalpha()] == []
