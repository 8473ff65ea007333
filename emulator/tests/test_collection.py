# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data collection takes time, has a session, and shows what the backup servers had when it began."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.state import StateError

from .client import GOLD, JSON, NAMESPACE, VBR01, VBR02, XML, Api, MemoryApi, advance

DOORS = {"https": Api, "memory": MemoryApi}


@pytest.fixture(params=DOORS)
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    em = Emulator(
        clock=ManualClock(), idle_timeout=1e6, product="12",
        switches={"show_console_change_after": "refresh", "collect_length": "20s"},
    )  # fmt: skip
    if request.param == "https":
        em.start()
    found = DOORS[request.param](em, XML)
    found.log_on()
    yield found
    em.stop()


def in_memory(em: Emulator, accept: str) -> MemoryApi:
    api = MemoryApi(em, accept)
    api.log_on()
    return api


def collect(api: Api, server: str = VBR01) -> None:
    answer = api.request("POST", f"/api/backupServers/{server}?action=collect")
    assert (answer.status, answer.first("v:Operation")) == (202, "CollectingBackupServer")
    task = api.finish(str(answer.first("v:TaskId")))
    assert (task.success, task.message) == (True, "Data collection started. To view results, go to Sessions.")


def states(api: Api) -> list[str | None]:
    """Of the data collections since the start, oldest first."""
    return [session.state for session in api.em.system_sessions()]


def description(api: Api, job: str = GOLD) -> str | None:
    return api.get(f"/jobs/{job}", format="Entity").first("v:Description")


def test_a_change_at_the_console_shows_when_the_collection_is_over(api: Api) -> None:
    api.em.console.edit_job("TPL Gold", description="new")
    collect(api)
    listed = api.get("/systemSessions")
    newest = listed.xml[0]
    assert newest.get("Type") == "SystemSession" and newest.get("UID").startswith("urn:veeam:SystemSession:")
    assert [child.text for child in newest][1:] == ["CollectJob", newest[2].text, "InProgress"]
    assert (states(api), description(api)) == (["InProgress"], "Template, do not run")
    advance(api.em, 19)
    assert description(api) == "Template, do not run"
    advance(api.em, 1)
    assert (states(api), description(api)) == (["CompletedSuccessfully"], "new")
    identity = newest.get("UID").rpartition(":")[2]
    entity = api.get(f"/systemSessions/{identity}", format="Entity")
    assert entity.first("v:State") == "CompletedSuccessfully" and entity.first("v:Result/v:IsCanceled") == "false"
    reference = api.get(f"/systemSessions/{identity}")
    assert reference.xml.get("Href") == f"https://em01.example.test:9398/api/systemSessions/{identity}"
    events = api.get(f"/systemSessions/{identity}/events")
    assert [event.text for event in events.xml.iter("{*}Message")] == [
        "Starting data collection job...",
        "Job successfully started.",
        "Preparing to collect data from vbr01.example.test",
        "Preparing to collect data from vbr02.example.test",
        "Data collection from vbr01.example.test completed successfully.",
        "Data collection from vbr02.example.test completed successfully.",
        "Data collection job finished.",
    ]


def test_what_changes_while_it_goes_on_is_not_in_it(api: Api) -> None:
    collect(api)
    api.em.console.edit_job("TPL Gold", description="new")
    api.em.console.create_job("web", backup_server="vbr01.example.test")
    advance(api.em, 20)
    assert (description(api), api.names(api.get("/jobs", filter="Name==web"))) == ("Template, do not run", [])
    collect(api)
    advance(api.em, 20)
    assert (description(api), api.names(api.get("/jobs", filter="Name==web"))) == ("new", ["web"])


def test_collections_beside_each_other(api: Api) -> None:
    api.em.switches["collect_while_running"] = "new_session"
    collect(api)
    advance(api.em, 5)
    api.em.console.edit_job("TPL Gold", description="new")
    collect(api)
    assert states(api) == ["InProgress", "InProgress"]
    advance(api.em, 15)
    assert (states(api), description(api)) == (["CompletedSuccessfully", "InProgress"], "Template, do not run")
    advance(api.em, 5)
    assert (states(api), description(api)) == (["CompletedSuccessfully"] * 2, "new")
    api.em.switches["collect_while_running"] = "ignored"
    collect(api)
    collect(api)
    assert len(states(api)) == 3
    advance(api.em, 20)
    collect(api)
    assert len(states(api)) == 4


def test_of_one_server_alone(api: Api) -> None:
    copy = next(job.id for job in api.em.jobs("Copy to Offsite"))
    for job, text in (("TPL Gold", "one"), ("Copy to Offsite", "two")):
        api.em.console.edit_job(job, description=text)
    for scope, shown in (("server", "Template, do not run"), ("all", "one")):
        api.em.switches["collect_scope"] = scope
        collect(api, VBR02)
        advance(api.em, 20)
        assert (description(api, copy), description(api)) == ("two", shown)


def test_a_server_that_is_not_reached(api: Api) -> None:
    api.em.set_online("vbr01.example.test", False)
    api.em.console.edit_job("TPL Gold", description="new")
    collect(api)
    advance(api.em, 20)
    assert (states(api), description(api)) == (["CompletedWarning"], "Template, do not run")
    failed = [text for text in api.em.system_sessions()[0].events if "vbr01" in text]
    assert failed[-1].startswith("<") and "cannot be reached" in failed[-1]
    api.em.set_online("vbr02.example.test", False)
    collect(api)
    advance(api.em, 20)
    assert states(api) == ["CompletedWarning", "Failed"]
    for server in ("vbr01.example.test", "vbr02.example.test"):
        api.em.set_online(server, True)
    collect(api)
    advance(api.em, 20)
    assert (states(api)[-1], description(api)) == ("CompletedSuccessfully", "new")


@pytest.mark.parametrize(
    ("rule", "state", "shown"),
    [("breaks_collection", "Failed", "Template, do not run"), ("accepted", "CompletedSuccessfully", "new")],
)
def test_a_user_name_that_is_too_long_for_the_database(api: Api, rule: str, state: str, shown: str) -> None:
    api.em.switches["long_user_name"] = rule
    body = f'<CredentialsInfoSpec xmlns="{NAMESPACE}"><Username>{"u" * 256}</Username></CredentialsInfoSpec>'
    assert api.request("POST", f"/api/backupServers/{VBR01}/credentials?action=create", body).status == 201
    api.em.console.edit_job("TPL Gold", description="new")
    collect(api)
    advance(api.em, 20)
    assert (states(api), description(api)) == ([state], shown)


def test_by_reads_and_never(api: Api) -> None:
    api.em.console.edit_job("TPL Gold", description="new")
    api.em.switches["collect_length"] = "2"
    collect(api)
    shown = []
    for _unused in range(3):
        newest = api.get("/systemSessions").xml[0]
        shown.append((newest.findtext("{*}State"), description(api)))
    assert shown == [("InProgress", "Template, do not run")] * 2 + [("CompletedSuccessfully", "new")]
    api.em.switches["collect_length"] = "never"
    collect(api)
    advance(api.em, 9000)
    api.get("/systemSessions")
    assert states(api)[-1] == "InProgress"
    api.em.switches["collect_length"] = "0"
    api.em.console.edit_job("TPL Gold", description="newer")
    collect(api)
    assert (states(api)[-1], description(api)) == ("CompletedSuccessfully", "newer")


@pytest.mark.parametrize("product", ["10", "11"])
def test_before_12_there_are_no_sessions_to_see(product: str) -> None:
    em = Emulator(product=product, clock=ManualClock(), switches={"show_console_change_after": "refresh"})
    api = in_memory(em, XML)
    assert api.get("/systemSessions").status == 404
    em.console.edit_job("TPL Gold", description="new")
    collect(api)
    assert description(api) == "Template, do not run"
    advance(em, 3)
    assert description(api) == "new"
    # no client can read what lasts a number of reads
    em.switches["collect_length"] = "5"
    em.console.edit_job("TPL Gold", description="newer")
    collect(api)
    assert description(api) == "newer"


def test_em_collects_by_itself(api: Api) -> None:
    api.em.switches["collect_interval"] = 900
    api.em.console.edit_job("TPL Gold", description="new")
    advance(api.em, 900)
    assert (states(api), description(api)) == (["InProgress"], "Template, do not run")
    # a client that finds it does not know whether it has what it waits for
    api.em.console.edit_job("TPL Gold", description="newer")
    advance(api.em, 20)
    assert description(api) == "new"
    advance(api.em, 9 * 900)
    created = [session.created for session in api.em.system_sessions()]
    assert len(created) == 10 and created == sorted(created) and description(api) == "newer"
    api.em.switches["collect_length"] = "3000s"
    advance(api.em, 9000)
    # one at a time
    assert len(states(api)) == 13
    advance(api.em, 400 * 24 * 3600)
    assert len(api.get("/systemSessions").xml) < 30 * 24 * 4


def test_who_may_read_them(api: Api) -> None:
    user = type(api)(api.em, XML)
    user.log_on("portal-user")
    api.em.switches["system_sessions_role"] = "user"
    assert [user.get(path).status for path in ("/systemSessions", "/systemSessions/x/events")] == [200, 400]
    api.em.switches["system_sessions_role"] = "administrator"
    assert [who.get("/systemSessions").status for who in (user, api)] == [403, 200]


def test_the_thirty_days_and_the_order() -> None:
    em = Emulator(clock=ManualClock(), product="13")
    api = in_memory(em, JSON)
    found = [item["sessionType"] for item in api.get("/systemSessions").json["sessions"]]
    assert found == ["CollectJob", "CatalogReplicationJob", "DatabaseMaintenance"]
    em.switches["session_order"] = "oldest_first"
    assert [item["sessionType"] for item in api.get("/systemSessions").json["sessions"]] == found[::-1]
    assert [session.session_type for session in em.system_sessions(past=True)] == found[::-1]
    assert em.system_sessions() == []
    advance(em, 31 * 24 * 3600)
    api.log_on()
    assert api.get("/systemSessions").json["sessions"] == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"type": "Collect", "ago": 5}, "type 'Collect' is not one of CatalogConsolidation,"),
        ({"ago": 5, "state": "Good"}, "state 'Good' is not one of InProgress,"),
        ({}, "either ago or created is expected"),
        ({"ago": 5, "created": "2026-01-01T00:00:00Z"}, "either ago or created is expected"),
        ({"ago": "long"}, "ago: 'long' is not a number of seconds"),
        ({"ago": 1, "length": -1}, "length: -1 is not a number of seconds"),
        ({"ago": 1, "events": ["x"]}, "events: a mapping"),
        ({"ago": 1, "name": "x"}, "unknown key name"),
    ],
)
def test_mistakes_in_the_state_file(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(StateError, match="system_sessions, entry 1: ") as failed:
        Emulator({"backup_servers": [{"name": "s"}], "system_sessions": [entry]})
    assert told in str(failed.value)
