# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fresh data: whole runs of veeam_backup_server against the emulator in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._resources.system_session import that_name
from helpers.cast import VBR01, VBR01_ID, VBR02, VBR02_ID
from helpers.collected import collect, collections, world
from helpers.documented import undocumented
from helpers.emulated_jobs import Failure

COLLECT = f"POST /api/backupServers/{VBR01_ID}?action=collect"


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["12", "13"])
def test_it_ends_when_the_collection_has_ended(product: str, media_type: str) -> None:
    emulated = world(product, collect_length="20s")
    ended = collect(emulated, media_type=media_type)
    assert ended.writes == [COLLECT]
    assert ended.result["changed"] is True
    assert ended.result["msg"] == f'Enterprise Manager has read backup server "{VBR01}".'
    assert ended.result["session"]["state"] == "CompletedSuccessfully"
    assert f"Data collection from {VBR01} completed successfully." in ended.result["session"]["events"]
    assert ended.seconds >= 20
    assert undocumented("veeam_backup_server", ended.result) == []


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "10", "11"])
def test_before_12_nothing_tells_when_it_ends(product: str, media_type: str) -> None:
    ended = collect(world(product), media_type=media_type, not_older_than="1h")
    assert (ended.writes, ended.result["changed"], ended.result["session"]) == ([COLLECT], True, None)
    assert ended.result["msg"].endswith("Versions before 12 do not say when they have.")


def test_without_waiting() -> None:
    ended = collect(world(collect_length="never"), wait=False)
    assert (ended.failed, ended.result["changed"], ended.result["session"]) == (False, True, None)


def test_check_mode_reads_only() -> None:
    ended = collect(world(), check_mode=True)
    assert (ended.writes, ended.result["changed"]) == ([], True)


# -- what is new enough --------------------------------------------------------------------------------------------


def past(ago: int, state: str = "CompletedSuccessfully", *servers: str) -> dict[str, t.Any]:
    events = {number: f"Data collection from {server} completed." for number, server in enumerate(servers, 1)}
    return {"type": "CollectJob", "ago": f"{ago}s", "length": "20s", "state": state, "events": events}


@pytest.mark.parametrize(
    ("sessions", "is_enough"),
    [
        ([past(200)], True),
        ([past(200, "CompletedWarning", VBR01)], True),
        ([past(200, "CompletedSuccessfully", VBR02, VBR01)], True),
        # It ended 299 seconds ago.
        ([past(319)], True),
        ([past(400)], False),
        ([past(200, "Failed")], False),
        ([past(200, "Failed"), past(250)], True),
        # It was of another server.
        ([past(200, "CompletedSuccessfully", VBR02)], False),
        ([{"type": "HistoryCollectJob", "ago": "100s"}], False),
        ([past(10, "InProgress")], False),
        ([], False),
    ],
)
def test_what_is_new_enough(sessions: list[dict[str, t.Any]], is_enough: bool) -> None:
    emulated = world(past=sessions)
    ended = collect(emulated, not_older_than="5m", check_mode=True)
    assert ended.result["changed"] is not is_enough
    if is_enough:
        real = collect(emulated, not_older_than="5m")
        assert (real.writes, real.result["changed"]) == ([], False)
        assert real.result["msg"].endswith("which is new enough.")


# -- which collection it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["all", "server"])
@pytest.mark.parametrize("meanwhile", ["new_session", "ignored"])
def test_one_that_was_under_way_before_does_not_count(meanwhile: str, scope: str) -> None:
    """What it has read may be older than the request."""
    emulated = world(collect_length="60s", collect_while_running=meanwhile, collect_scope=scope)
    with emulated.em.world.lock:
        emulated.em.world.collector.begin([emulated.em.world.state.servers[VBR02_ID]])
    (first,) = collections(emulated)
    emulated.clock.advance(10)
    ended = collect(emulated)
    assert not ended.failed, ended.result["msg"]
    assert ended.result["session"]["id"] not in (first.id,)
    assert set(ended.writes) == {COLLECT}


def test_a_failed_one_fails_the_task() -> None:
    emulated = world(collect_scope="server")
    emulated.em.set_online(VBR01, False)
    ended = collect(emulated)
    assert ended.failed
    assert ended.result["changed"] is True
    assert ended.result["session"]["state"] == "Failed"
    assert ended.result["msg"].startswith(f'Enterprise Manager could not read backup server "{VBR01}": ')
    # And it never counts.
    assert collect(emulated, not_older_than="1h", check_mode=True).result["changed"] is True


def test_a_warning_is_passed_on() -> None:
    emulated = world(collect_scope="all")
    emulated.em.set_online(VBR02, False)
    ended = collect(emulated)
    assert ended.result["session"]["state"] == "CompletedWarning"
    assert not ended.failed
    assert ended.warnings[0].startswith(
        f'The collection in which backup server "{VBR01}" was read ended with a warning.'
    )


def test_the_time_is_up() -> None:
    emulated = world(collect_length="never")
    ended = collect(emulated, wait_timeout=60)
    assert ended.failed
    assert "within wait_timeout (60 seconds). It goes on reading." in ended.result["msg"]
    assert ended.result["session"]["state"] == "InProgress"
    assert 55 < ended.seconds < 75


@pytest.mark.parametrize("fault", ["lost", "lost after", "502 after", "page after", "expired"])
@pytest.mark.parametrize("product", ["11", "13"])
def test_a_lost_request_is_sent_again(product: str, fault: str) -> None:
    whole = collect(world(product)).requests
    emulated = world(product)
    ended = collect(emulated, failure=Failure(fault, whole.index(COLLECT)))
    assert not ended.failed, ended.result["msg"]
    assert 1 <= len(ended.writes) <= 3
    if product == "13":
        assert ended.result["session"]["state"] == "CompletedSuccessfully"


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize(("product", "is_believed"), [("11", True), ("12", False), ("13", False)])
def test_a_404_is_believed_of_an_old_product_alone(product: str, is_believed: bool, media_type: str) -> None:
    """From 12 on, success means that the end of the collection was seen."""
    emulated = world(product)
    emulated.em.add_fault(fault="status", code=404, path="systemSessions", on=1, count=1)
    ended = collect(emulated, media_type=media_type)
    assert ended.failed is not is_believed
    assert bool(ended.writes) is is_believed


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"backup_server": " "}, "backup_server: is empty; name the backup server."),
        ({"backup_server": "vbr03"}, 'backup_server: there is no backup server "vbr03".'),
        ({"backup_server": VBR01, "not_older_than": "soon"}, "not_older_than: soon is not a duration."),
        ({"backup_server": f"urn:veeam:Job:{VBR01_ID}"}, "backup_server: urn:veeam:Job:"),
        ({"backup_server": VBR01, "wait_timeout": 0}, "wait_timeout: 0 is not above zero"),
    ],
)
def test_one_sentence(options: dict[str, t.Any], says: str) -> None:
    ended = world().run(**options)
    assert ended.failed
    assert ended.result["msg"].startswith(says)
    assert ended.writes == []


@pytest.mark.parametrize("named", [VBR01.upper(), VBR01_ID, f"/api/backupServers/{VBR01_ID}"])
def test_how_the_server_may_be_named(named: str) -> None:
    assert world().one(backup_server=named, check_mode=True).result["backup_server"]["name"] == VBR01


@pytest.mark.parametrize(
    ("message", "name", "is_named"),
    [
        ("Data collection from vbr01.example.test completed successfully.", "vbr01.example.test", True),
        ("Preparing to collect data from VBR01", "vbr01", True),
        ("Data collection from vbr01.example.test", "vbr01", False),
        ("Data collection from vbr01.example.test", "example.test", False),
        ("Data collection from vbr010", "vbr01", False),
        ("Data collection from vbr01: failed", "vbr01", True),
    ],
)
def test_a_name_in_a_message(message: str, name: str, is_named: bool) -> None:
    assert bool(that_name([message], name)) is is_named
