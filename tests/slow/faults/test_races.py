# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once that want the same job, on servers that refuse the second one in each way, or in none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import calls as _em
from veeam_em_emulator import Emulator

from . import runs

NAME = "web-prod"
MEDIA = ("xml", "json")


@dataclass
class Race:
    """The runs of a race, in no order, and what was there in the end."""

    done: list[runs.Run]
    jobs: list[Any]

    @property
    def winners(self) -> list[runs.Run]:
        return [run for run in self.done if run.result["changed"] and not run.failed]

    @property
    def losers(self) -> list[runs.Run]:
        return [run for run in self.done if run not in self.winners]


class Starter:
    """Holds each run back right before it sends its clone, until all of them have found that the name is free."""

    def __init__(self, runners: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.barrier = threading.Barrier(runners)
        original: Callable[..., Any] = _em.EnterpriseManager.order

        def order(em: Any, method: str, path: str, *args: Any, **more: Any) -> Any:
            if "action=clone" in path:
                self.barrier.wait()
            return original(em, method, path, *args, **more)

        monkeypatch.setattr(_em.EnterpriseManager, "order", order)


def race(em: Emulator, params: list[dict[str, Any]]) -> Race:
    """Run them at once, each in a thread of its own, as two control nodes would."""
    done: list[runs.Run] = []
    wrong: list[BaseException] = []

    def one(options: dict[str, Any]) -> None:
        try:
            done.append(runs.run(em, options))
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=(options,), daemon=True) for options in params]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    return Race(done, em.jobs(server=runs.SOURCE_SERVER))


def named(jobs: list[Any], name: str = NAME) -> list[Any]:
    return [job for job in jobs if job.name == name]


def options(em: Emulator, media: str, **more: Any) -> dict[str, Any]:
    return runs.options(em, [NAME], True, runs.AMPLE, media_type=media, **more)


@pytest.fixture(params=MEDIA)
def media(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("refusal", ["http_400", "http_500", "task_failed"])
@pytest.mark.parametrize("runners", [2, 4])
def test_a_server_that_refuses_the_second(
    em: Emulator, media: str, refusal: str, runners: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One makes the job. The others end with the job of the first: unchanged, but after a 5xx, which proves nothing."""
    em.switches["duplicate_name"] = refusal
    Starter(runners, monkeypatch)
    ended = race(em, [options(em, media) for _unused in range(runners)])
    (job,) = named(ended.jobs)
    assert len(ended.winners) == (runners if refusal == "http_500" else 1)
    assert len(ended.losers) == runners - len(ended.winners)
    href = "https://%s:%d/api/jobs/%s" % (em.host, em.port, job.id)
    for run in ended.done:
        assert not run.failed, run.result
        assert run.result["job_href"] == href
    said = [run for run in ended.winners if "It is there although the server answered HTTP 500" in run.result["msg"]]
    assert len(said) == len(ended.winners) - 1
    for run in ended.losers:
        assert not run.result["changed"]
        assert f"is on backup server {runs.SOURCE_SERVER} by now" in run.result["msg"]
    assert len(runs.clone_requests(em.journal, NAME)) == runners
    assert em.open_sessions() == []


def test_a_server_that_refuses_nothing(em: Emulator, media: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both jobs are there. Whoever sees two of them fails and lists both; at the latest that is the last to look."""
    em.switches["duplicate_name"] = "allowed"
    Starter(2, monkeypatch)
    ended = race(em, [options(em, media) for _unused in range(2)])
    both = named(ended.jobs)
    assert len(both) == 2
    failed = [run for run in ended.done if run.failed]
    assert failed, [run.result for run in ended.done]
    for run in failed:
        assert run.result["changed"]
        for job in both:
            assert "https://%s:%d/api/jobs/%s" % (em.host, em.port, job.id) in run.result["msg"], run.result
    # the next run cannot choose, says so and makes no third one
    again = runs.run(em, options(em, media))
    assert again.failed
    assert not again.result["changed"]
    for job in both:
        assert job.id in again.result["msg"]
    assert runs.clone_requests(again.journal, NAME) == []
    assert em.open_sessions() == []


def test_a_server_that_renames_the_second(em: Emulator, media: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loser made a job that nobody asked for: a failure that lists it beside the one that was wanted."""
    em.switches["duplicate_name"] = "renamed"
    Starter(2, monkeypatch)
    ended = race(em, [options(em, media) for _unused in range(2)])
    (wanted,) = named(ended.jobs)
    (other,) = [job for job in ended.jobs if job.name.startswith(NAME) and job.name != NAME]
    (loser,) = [run for run in ended.done if run.failed]
    (winner,) = [run for run in ended.done if not run.failed]
    assert winner.result["job"]["id"] == wanted.id
    assert loser.result["changed"]
    assert other.id in loser.result["msg"], loser.result
    assert wanted.id in loser.result["msg"], loser.result
    again = runs.run(em, options(em, media))
    assert not again.failed
    assert not again.result["changed"]
    assert again.result["job"]["id"] == wanted.id
    assert em.open_sessions() == []


@pytest.mark.parametrize("refusal", ["http_400", "task_failed"])
def test_two_batches(em: Emulator, media: str, refusal: str) -> None:
    """Two lists that overlap, with nothing to hold them: each job once, every item of both lists has it."""
    em.switches["duplicate_name"] = refusal
    lists = (["web-1", "web-2", "web-3"], ["web-2", "web-3", "web-4"])
    ended = race(em, [runs.options(em, names, False, runs.AMPLE, media_type=media) for names in lists])
    hrefs: dict[str, set[str]] = {}
    for run in ended.done:
        assert not run.failed, run.result
        for name, href in run.result["job_hrefs"].items():
            hrefs.setdefault(name, set()).add(href)
    assert sorted(hrefs) == ["web-1", "web-2", "web-3", "web-4"]
    for name, found in hrefs.items():
        (job,) = named(ended.jobs, name)
        assert found == {"https://%s:%d/api/jobs/%s" % (em.host, em.port, job.id)}
        made = [run.items[name]["changed"] for run in ended.done if name in run.items]
        assert made.count(True) == 1, "%s was made by %d runs" % (name, made.count(True))
    assert em.open_sessions() == []


def test_a_second_run_while_the_first_waits(em: Emulator, media: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run's answer is lost, and before its job is there a second run of the same task comes along."""
    em.switches["duplicate_name"] = "task_failed"
    em.add_fault(fault="reset_after", method="POST", path="action=clone")
    Starter(2, monkeypatch)
    ended = race(em, [options(em, media) for _unused in range(2)])
    (job,) = named(ended.jobs)
    for run in ended.done:
        assert not run.failed, run.result
        assert run.result["job"]["id"] == job.id
    assert len(runs.clone_requests(em.journal, NAME)) == 2
    assert em.open_sessions() == []
