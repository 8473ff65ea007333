# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source against the emulator in memory and in virtual time. tests/simulation has what comes of many things
that go wrong at once.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    ExchangeError,
    Interrupted,
    OptionError,
    Unauthorized,
)
from simulation.sources import JOBS, PASSWORD, SERVERS, Ran, SourcePlan, Watched, state
from veeam_em_emulator import Emulator

from simulation.connection import VirtualClock  # isort: skip


def watched(plan: SourcePlan | None = None, **state_: t.Any) -> Watched:
    plan = plan or SourcePlan(1, interval=60)
    em = Emulator(product=plan.product, state={**state(0.0), **state_}, clock=VirtualClock(), seed=1)
    for name, value in plan.switches.items():
        em.switches[name] = value
    return Watched(em, plan)


def play(world: Watched, seconds: float, **options: t.Any) -> None:
    """Start the source now, and stop it after so many seconds."""
    world.start(**options)
    world.player.at(seconds, world.stop)
    world.player.play()


def requests(world: Watched) -> list[str]:
    return [f"{entry.method} {entry.path} {entry.query.get('type', '')}".strip() for entry in world.em.journal]


def told(world: Watched) -> list[dict[str, t.Any]]:
    return [event for _at, event in world.events]


def ended(world: Watched) -> list[str]:
    return [event["session"]["id"] for event in told(world) if "session" in event]


POLL, REPLICAS = "GET /api/query BackupJobSession", "GET /api/query ReplicaJobSession"


# -- what an event says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_an_event(product: str, media_type: str) -> None:
    world = watched(SourcePlan(1, product, media_type, interval=60))
    world.player.at(100, lambda: world.run(Ran(0, "web", 60.0, "Failed")))
    play(world, 400)
    (event,) = told(world)
    session = world.em.sessions("web")[-1]
    job = world.em.jobs("web")[0]
    url = "https://em.example.test:9398/api"
    assert event == {
        "session": {
            "id": session.id,
            "uid": f"urn:veeam:BackupJobSession:{session.id}",
            "href": f"{url}/backupSessions/{session.id}",
            "state": "Stopped",
            "result": "Failed",
            "progress": 100,
            "start": event["session"]["start"],
            "end": event["session"]["end"],
            "retry": False,
            "reasons": ["web01: no space"],
            "task_sessions": [{"name": "web01", "state": "Completed", "result": "Failed", "reason": "no space"}],
        },
        "job": {
            "name": "web",
            "id": job.id,
            "kind": "job",
            "type": "Backup",
            "backup_server": {
                "name": SERVERS[0],
                "id": event["job"]["backup_server"]["id"],
                "href": f"{url}/backupServers/{event['job']['backup_server']['id']}",
            },
        },
        "enterprise_manager": "em.example.test",
    }
    began, end = moments.read(event["session"]["start"]), moments.read(event["session"]["end"])
    assert began is not None and end is not None and end - began == pytest.approx(60, abs=0.01)


def test_every_kind_of_job_is_told_and_named() -> None:
    world = watched()
    for number, job in enumerate(JOBS):
        world.player.at(100 + number, lambda job=job: world.run(Ran(0, job, 60.0, "Success")))
    play(world, 1200)
    assert {event["job"]["name"]: event["job"]["kind"] for event in told(world)} == {
        name: kind for name, (kind, _entry) in JOBS.items()
    }
    assert all(event["session"]["task_sessions"] == [] for event in told(world))


def test_reasons_that_cannot_be_read_keep_no_event_back() -> None:
    world = watched()
    world.em.add_fault(fault="status", code=500, path="taskSessions", count=0)
    world.player.at(100, lambda: world.run(Ran(0, "web", 60.0, "Failed")))
    play(world, 1200)
    (event,) = told(world)
    assert event["session"]["task_sessions"] is None and event["session"]["reasons"] == []
    assert any('Why the run of "web" did not succeed cannot be read' in warning for warning in world.warnings)


# -- how often EM is asked -------------------------------------------------------------------------------------------


def test_a_poll_in_which_nothing_ended_is_one_request() -> None:
    world = watched(sessions=[{"job": "web", "days": 20, "length": "60s"}])
    play(world, 3600 - 30)
    sent = requests(world)
    assert sent.count(POLL) == 60
    # Where no replication job has ever run, they are asked for every five minutes.
    assert sent.count(REPLICAS) <= 12
    assert len(sent) == 60 + sent.count(REPLICAS) + len(["logon", "logout"])
    assert not world.em.open_sessions()


def test_a_thousand_that_ended_while_nobody_looked_are_three_requests() -> None:
    runs = {"job": "web", "days": 22, "every": 0.5, "length": "60s"}
    world = watched(SourcePlan(1, interval=60, start_from=23 * 86400.0), sessions=[runs])
    play(world, 30)
    assert len(ended(world)) == len(set(ended(world))) >= 1000
    ends = [event["session"]["end"] for event in told(world)]
    assert ends == sorted(ends)
    assert len([request for request in requests(world) if "query" in request]) <= 3
    # Killed in the middle of it, it would tell no more than twenty again.
    assert len(ended(world)) / 20 <= world.disk.writes <= len(ended(world)) / 20 + 3


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_a_server_that_answers_small_pages_is_read_to_the_end(limit: int) -> None:
    runs = [{"job": job, "days": 20, "every": 12, "length": "60s"} for job in ("web", "app")]
    plan = SourcePlan(1, interval=60, start_from=22 * 86400.0, switches={"max_page_size": limit})
    world = watched(plan, sessions=runs)
    play(world, 30)
    assert len(ended(world)) == len(set(ended(world))) == len(world.em.sessions(past=True))


def test_a_long_interval_keeps_no_logon_session_open() -> None:
    world = watched(SourcePlan(1, interval=1800))
    open_between: list[int] = []
    for at in (900, 2700, 4500):
        world.player.at(at, lambda: open_between.append(len(world.em.open_sessions())))
    play(world, 5000)
    assert open_between == [0, 0, 0]
    assert sum(request.startswith("POST") for request in requests(world)) == 3


def test_a_logon_session_that_ended_is_replaced_by_one() -> None:
    world = watched()
    for at in (90, 1000, 1001, 2000):
        world.player.at(at, world.em.expire_sessions)
    world.player.at(1100, lambda: world.run(Ran(0, "web", 60.0, "Success")))
    play(world, 3000)
    assert len(ended(world)) == 1
    # The one that was renewed is closed with the one before it, and another is opened.
    assert sum(request.startswith("POST") for request in requests(world)) == 7
    assert not world.em.open_sessions()


# -- when it is started again ----------------------------------------------------------------------------------------


def test_what_ended_before_it_was_started_is_not_told() -> None:
    world = watched(sessions=[{"job": "web", "days": 3, "every": 1, "length": "60s"}])
    play(world, 600)
    assert told(world) == []


def test_a_restart_neither_doubles_nor_loses() -> None:
    world = watched()
    for at in (100, 1000, 3000):
        world.player.at(at, lambda: world.run(Ran(0, "web", 60.0, "Success")))
    # At 1000 it ends while nobody looks, and at 3000 it runs at the end.
    world.player.at(900, world.stop)
    world.player.at(2000, world.start)
    world.start()
    world.player.at(3030, world.stop)
    world.player.at(3035, world.start)
    world.player.at(3200, world.stop)
    world.player.play()
    assert len(ended(world)) == len(set(ended(world))) == 3


def test_without_a_state_file_a_restart_begins_anew() -> None:
    world = watched(SourcePlan(1, interval=60, start_from=600.0))
    world.run(Ran(0, "web", 60.0, "Success"))
    world.player.at(90, lambda: play_again(world))
    play(world, 80)
    assert len(ended(world)) == 2


def play_again(world: Watched) -> None:
    world.disk.text = None
    world.start()
    world.player.at(80, world.stop)


def test_a_disk_that_is_full_is_said_once_and_ends_nothing() -> None:
    world = watched()
    world.disk.full = True
    for at in (100, 500):
        world.player.at(at, lambda: world.run(Ran(0, "web", 60.0, "Success")))
    play(world, 800)
    assert len(ended(world)) == 2
    assert [warning for warning in world.warnings if "cannot be written" in warning] == [
        "state_file: None cannot be written (No space left on device); after a restart, sessions may be reported again."
    ]


def test_nobody_who_takes_the_event_any_more_is_told_it_after_the_restart() -> None:
    world = watched(sessions=[{"job": "web", "days": 5, "length": "60s"}])
    world.plan = SourcePlan(1, interval=60, start_from=86400.0 * 30)
    taken = 3

    def tell(event: dict[str, t.Any]) -> None:
        if len(world.events) == taken:
            raise Interrupted(15, "SIGTERM")
        world.events.append((0.0, event))

    world._teller = lambda: tell  # type: ignore[method-assign]
    play(world, 30)
    assert len(ended(world)) == 3 and not world.em.open_sessions()
    taken = 100
    play(world, 30)
    assert len(ended(world)) == len(set(ended(world))) == 5


# -- when it cannot be read ------------------------------------------------------------------------------------------


def test_a_gap_is_told_after_a_quarter_of_an_hour_and_so_is_its_end() -> None:
    world = watched()
    away = world.clock.monotonic() + 600
    world.player.at(600, lambda: world._step("away", 3000.0))
    play(world, 5000)
    begin, end = told(world)
    assert begin["missed"]["to"] is None and begin["missed"]["from"] == end["missed"]["from"]
    assert begin["enterprise_manager"] == "em.example.test"
    assert "503" in begin["missed"]["reason"]
    first, last = (at - away for at, _event in world.events)
    assert 900 - 60 <= first <= 900 + 120 and 3000 <= last <= 3000 + 120


def test_a_short_gap_is_none() -> None:
    world = watched()
    world.player.at(600, lambda: world._step("away", 700.0))
    play(world, 3000)
    assert told(world) == [] and world.warnings


def test_a_gap_that_was_told_ends_after_a_restart_too() -> None:
    world = watched()
    world.player.at(100, lambda: world._step("away", 3000.0))
    world.player.at(2000, world.stop)
    world.player.at(2500, world.start)
    world.start()
    world.player.at(4000, world.stop)
    world.player.play()
    begin, end = told(world)
    assert begin["missed"]["to"] is None and end["missed"]["to"] is not None
    assert begin["missed"]["from"] == end["missed"]["from"]


def test_a_gap_that_was_there_from_the_start_ends_after_a_restart_too() -> None:
    world = watched()
    world.em.add_fault(fault="status", code=503, count=0)
    world.player.at(1500, world.stop)
    world.player.at(1600, world.start)
    world.player.at(2000, world.em.clear_faults)
    play(world, 2400)
    begin, end = told(world)
    assert begin["missed"]["to"] is None and end["missed"]["to"] is not None
    assert begin["missed"]["from"] == end["missed"]["from"]


def test_what_ended_in_a_gap_from_the_start_is_told_after_a_restart_much_later() -> None:
    world = watched()
    world.em.add_fault(fault="status", code=503, count=0)
    world.player.at(700, lambda: world.run(Ran(0, "web", 60.0, "Success")))
    world.player.at(1500, world.stop)
    world.player.at(9000, world.start)
    world.player.at(9100, world.em.clear_faults)
    play(world, 9400)
    assert len(ended(world)) == 1


def test_a_refused_password_ends_it_after_one_try() -> None:
    world = watched()
    play(world, 5000, password="wrong-password")
    error = t.cast(t.Any, world.source).error
    assert isinstance(error, Unauthorized)
    assert "refused the logon of EM01\\svc-ansible" in error.msg and "wrong-password" not in error.msg
    assert requests(world) == ["POST /api/sessionMngr/"]


def test_a_password_that_is_refused_later_ends_it_after_one_try() -> None:
    world = watched()
    world.player.at(600, lambda: world.em.add_fault(fault="status", code=401, path="sessionMngr", count=0))
    world.player.at(601, world.em.expire_sessions)
    play(world, 5000)
    assert isinstance(t.cast(t.Any, world.source).error, Unauthorized)
    assert sum(request.startswith("POST") for request in requests(world)) == 2


def test_a_given_session_that_ends_ends_it() -> None:
    world = watched()
    play(world, 5000, username=None, password=None, session_id="bm8gc2Vzc2lvbg==")
    error = t.cast(t.Any, world.source).error
    assert isinstance(error, Unauthorized) and "given in session_id is not valid" in error.msg


def test_what_is_wrong_for_good_at_the_first_look_ends_it() -> None:
    world = watched()
    world.em.add_fault(fault="status", code=404, path="sessionMngr", count=0)
    play(world, 5000)
    assert isinstance(t.cast(t.Any, world.source).error, ExchangeError)


def test_what_looks_wrong_for_good_after_it_was_waited_for_ends_nothing() -> None:
    world = watched()
    world.em.add_fault(fault="status", code=503, path="sessionMngr", count=0)
    world.player.at(600, world.em.clear_faults)
    world.player.at(600, lambda: world.em.add_fault(fault="status", code=404, path="sessionMngr", count=3))
    world.player.at(1200, lambda: world.run(Ran(0, "web", 60.0, "Success")))
    play(world, 2000)
    assert len(ended(world)) == 1 and not isinstance(t.cast(t.Any, world.source).error, ExchangeError)


def test_no_secret_is_told() -> None:
    world = watched(SourcePlan(1, interval=60))
    message = f"EM01\\svc-ansible:{PASSWORD} is not right"
    world.player.at(50, lambda: world.em.add_fault(fault="status", code=503, count=0, message=message))
    world.player.at(3000, world.em.clear_faults)
    world.player.at(3100, lambda: world.run(Ran(0, "web", 60.0, "Failed")))
    play(world, 3400)
    assert len(told(world)) == 3
    assert (
        PASSWORD not in str(world.events)
        and PASSWORD not in str(world.warnings)
        and PASSWORD not in str(world.disk.text)
    )


# -- over a long time ------------------------------------------------------------------------------------------------


def test_a_state_file_that_cannot_be_used_ends_it_before_the_logon() -> None:
    world = watched()
    world.disk.text = "{"
    play(world, 100)
    assert isinstance(t.cast(t.Any, world.source).error, OptionError)
    assert requests(world) == []
