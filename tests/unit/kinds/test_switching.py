# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agent and file share jobs that are enabled and disabled: a toggle flips whatever is there, so it is sent once."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_job import MODULE
from helpers.cast import AGENTS, AGENTS_ID, FAST_REPOSITORY, GOLD, SHARES, SHARES_ID, VBR01
from helpers.emulated_jobs import Emulated, Failure

NAMED = {
    "agent": {"kind": "agent", "name": AGENTS, "backup_server": VBR01},
    "nas": {"kind": "nas", "name": SHARES},
}
TOGGLE = {
    "agent": f"POST /api/agents/jobs/{AGENTS_ID}?action=toggleScheduleEnabled",
    "nas": f"POST /api/nas/jobs/{SHARES_ID}/toggleScheduleEnabled",
}
BOTH = pytest.mark.parametrize("kind", list(NAMED))


def world(product: str = "13", **switches: t.Any) -> Emulated:
    return Emulated(MODULE, product=product, switches=switches)


def enabled(emulated: Emulated, kind: str) -> bool:
    (job,) = emulated.em.jobs(NAMED[kind]["name"], VBR01, kind=kind)
    return bool(job.schedule_enabled)


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "10", "11", "12", "13"])
@BOTH
def test_off_and_on_again(product: str, media_type: str, kind: str) -> None:
    if (product, kind) == ("9.5u4", "nas"):
        ended = world(product=product).run(**NAMED[kind], enabled=False)
        assert ended.result["msg"].startswith("kind: this Enterprise Manager has no file share jobs")
        return
    emulated = world(product=product)
    options = {**NAMED[kind], "media_type": media_type}
    for wish, writes in ((False, [TOGGLE[kind]]), (False, []), (True, [TOGGLE[kind]]), (True, [])):
        ended = emulated.one(**options, enabled=wish)
        assert (ended.writes, ended.result["changed"], enabled(emulated, kind)) == (writes, bool(writes), wish)
        assert (ended.result["job"]["kind"], ended.result["job"]["enabled"]) == (kind, wish)


@BOTH
def test_check_mode_and_diff_foretell_it(kind: str) -> None:
    emulated = world()
    ended = emulated.one(**NAMED[kind], enabled=False, check_mode=True)
    assert (ended.writes, ended.actions, ended.result["changed"]) == ([], ["disable"], True)
    diff = ended.result["diff"]
    assert (diff["before"], diff["after"]) == ({"enabled": True}, {"enabled": False})
    assert enabled(emulated, kind)


@BOTH
def test_it_is_read_right_before_it_is_toggled(kind: str) -> None:
    """Somebody at the console was faster."""
    emulated = world()
    reads = len(emulated.one(**NAMED[kind], enabled=False, check_mode=True).requests)

    def before(number: int, request: t.Any) -> None:
        if number == reads:
            emulated.em.console.edit_job(NAMED[kind]["name"], backup_server=VBR01, enabled=False)

    ended = emulated.one(**NAMED[kind], enabled=False, before=before)
    assert (ended.writes, enabled(emulated, kind)) == ([], False)


@BOTH
@pytest.mark.parametrize("fault", ["lost", "lost after", "page after", "502 after", "expired", "503"])
def test_a_toggle_is_never_sent_twice(kind: str, fault: str) -> None:
    emulated = world()
    whole = world().one(**NAMED[kind], enabled=False).requests
    ended = emulated.run(**NAMED[kind], enabled=False, failure=Failure(fault, whole.index(TOGGLE[kind])))
    assert ended.writes in ([TOGGLE[kind]], [])
    assert ended.result["changed"] or enabled(emulated, kind)
    # The next run ends as wanted, whatever became of that one.
    emulated.one(**NAMED[kind], enabled=False)
    assert enabled(emulated, kind) is False


@BOTH
def test_a_change_that_shows_late_is_waited_for(kind: str) -> None:
    emulated = world(show_change_after="3")
    ended = emulated.one(**NAMED[kind], enabled=False)
    assert (ended.writes, ended.result["job"]["enabled"]) == ([TOGGLE[kind]], False)


def test_present_alone_only_looks() -> None:
    ended = world().one(**NAMED["nas"])
    assert (ended.writes, ended.result["msg"]) == ([], f'Job "{SHARES}" needs no change.')
    assert ended.result["job"]["repository"]["name"] == FAST_REPOSITORY
    assert [item["name"] for item in ended.result["job"]["objects"]] == [r"\\nas01.example.test\home"]


def test_all_kinds_in_one_task() -> None:
    emulated = world()
    jobs = [{"name": GOLD}, {"name": AGENTS_ID, "kind": "agent"}, {"name": SHARES, "kind": "nas"}]
    ended = emulated.one(jobs=jobs, enabled=False)
    assert [item["job"]["kind"] for item in ended.result["results"]] == ["job", "agent", "nas"]
    assert [item["changed"] for item in ended.result["results"]] == [True, True, True]
    assert ended.result["msg"] == "Changed 3 of 3 jobs."


def test_defaults_of_a_list_that_a_kind_has_no_place_for_are_left_out() -> None:
    jobs = [{"name": SHARES, "kind": "nas"}]
    ended = world().one(jobs=jobs, enabled=False, description="all", objects=["web01"], wait_for_objects=5)
    assert ended.writes == [TOGGLE["nas"]]


ONLY = "Enterprise Manager cannot change this for file share jobs, only enable and disable them; remove the option."


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"description": "new"}, f"description: {ONLY}"),
        ({"source_job": GOLD}, f"source_job: {ONLY}"),
        ({"retention": {"type": "days", "count": 3}}, f"retention: {ONLY}"),
        ({"objects": ["web01"]}, f"objects: {ONLY}"),
        ({"run_automatically": True}, f"run_automatically: {ONLY}"),
        ({"force": True}, f"force: {ONLY}"),
        (
            {"state": "absent"},
            "state: Enterprise Manager cannot delete file share jobs, only enable and disable them.",
        ),
    ],
)
def test_everything_else_is_refused_before_logon(options: dict[str, t.Any], says: str) -> None:
    emulated = world()
    ended = emulated.run(**NAMED["nas"], **options)
    assert (ended.result["msg"], ended.requests) == (says, [])
    item = emulated.run(jobs=[{**NAMED["nas"], **options}])
    assert item.result["msg"] == f'job "{SHARES}" (jobs, item 1): {says}'


def test_absent_at_the_top_is_no_default_to_be_left_out() -> None:
    ended = world().run(jobs=[NAMED["nas"]], state="absent")
    assert "cannot delete file share jobs" in ended.result["msg"]


def test_what_is_not_there() -> None:
    assert 'there is no agent job "Nobody"' in world().run(kind="agent", name="Nobody").result["msg"]
    near = world().run(kind="nas", name="Home Share").result["msg"]
    assert near.endswith(f'Did you mean "{SHARES}"?')
