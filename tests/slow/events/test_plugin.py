# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source from an installed archive, run by its path as ansible-rulebook does it, over HTTPS."""

from __future__ import annotations

import asyncio
import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from helpers.cast import PASSWORD, USERNAME
from veeam_em_emulator import Emulator

SOURCE = "ansible_collections/backupops/veeam/extensions/eda/plugins/event_source/sessions.py"
Main = Callable[["asyncio.Queue[Any]", dict[str, Any]], Coroutine[Any, Any, None]]


@pytest.fixture
def main(installed: Path) -> Main:
    """As ansible-rulebook gets it."""
    namespace = runpy.run_path(str(installed / SOURCE))
    client = namespace["_client"]()
    assert Path(client.__file__).is_relative_to(installed), "it took another copy of the collection"
    return namespace["main"]


def arguments(em: Emulator, **more: Any) -> dict[str, Any]:
    return {
        "hostname": em.host, "port": em.port, "username": USERNAME, "password": PASSWORD, "ca_path": em.ca_file,
        "interval": 1, **more,
    }  # fmt: skip


def ended_run(em: Emulator, job: str = "TPL Gold", result: str = "Success") -> None:
    em.plan_runs(job, {"length": "0s", "result": result, "reason": "no space"})
    em.start_run(job)
    em.sessions()


async def first_events(main: Main, em: Emulator, count: int, **more: Any) -> list[dict[str, Any]]:
    """The first events, after which the source is cancelled."""
    queue: asyncio.Queue[Any] = asyncio.Queue(1)
    source = asyncio.create_task(main(queue, arguments(em, **more)))
    events = []
    while len(events) < count:
        taken = asyncio.ensure_future(queue.get())
        await asyncio.wait([taken, source], return_when=asyncio.FIRST_COMPLETED)
        if source.done():
            await source
        events.append(taken.result())
    source.cancel()
    with pytest.raises(asyncio.CancelledError):
        await source
    return events


def test_events_come_through_a_queue_that_is_slow(main: Main, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with Emulator() as em:
        for _unused in range(5):
            ended_run(em)
        more = {"start_from": "2020-01-01T00:00:00Z", "state_file": str(state), "jobs": ["TPL Gold"]}
        # Two are taken; the third waits in the queue, and the fourth in the source, when that is cancelled.
        first = asyncio.run(first_events(main, em, 2, **more))
        assert em.open_sessions() == []
        kept = json.loads(state.read_text(encoding="utf-8"))["sessions"]["BackupJobSession"]["ended"]
        assert {event["session"]["id"] for event in first} <= set(kept)
        ended_run(em, result="Failed")
        ours = {session.id for session in em.sessions("TPL Gold", past=True)}
        rest = asyncio.run(first_events(main, em, len(ours - set(kept)), **more))
    assert rest[-1]["session"]["result"] == "Failed" and rest[-1]["session"]["reasons"]
    told = [event["session"]["id"] for event in (*first, *rest)]
    assert len(told) == len(set(told))
    # One was in the queue, and nobody took it: it is gone with the process, as any event is that ansible-rulebook has.
    assert len(ours - set(told)) <= 1


def test_two_sources_side_by_side(main: Main) -> None:
    async def both(one: Emulator, other: Emulator) -> list[list[dict[str, Any]]]:
        since = "2020-01-01T00:00:00Z"
        return await asyncio.gather(
            first_events(main, one, 1, start_from=since, jobs=["TPL Gold"]),
            first_events(main, other, 1, start_from=since, jobs=["TPL Gold"]),
        )

    with Emulator() as one, Emulator() as other:
        ended_run(one, result="Success")
        ended_run(other, result="Failed")
        (success,), (failed,) = asyncio.run(both(one, other))
        assert one.open_sessions() == other.open_sessions() == []
    assert (success["session"]["result"], failed["session"]["result"]) == ("Success", "Failed")


def test_it_is_cancelled_while_it_waits_for_the_server(main: Main) -> None:
    async def cancelled(em: Emulator) -> None:
        source = asyncio.create_task(main(asyncio.Queue(1), arguments(em)))
        while not any(entry.path == "/api/query" for entry in em.journal):
            await asyncio.sleep(0.01)
        source.cancel()
        with pytest.raises(asyncio.CancelledError):
            await source

    with Emulator() as em:
        em.add_fault(fault="stall", path="/query", count=0)
        asyncio.run(cancelled(em))
        assert em.open_sessions() == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"password": "wrong-password"}, "refused the logon of"),
        ({"interval": "soon"}, "interval: soon is not a duration."),
        ({"ca_path": "/no/such/file"}, "ca_path: there is no file or folder /no/such/file"),
        ({"state_file": "/no/such/folder/file"}, "state_file: /no/such/folder/file cannot be written"),
    ],
)
def test_what_is_wrong_ends_it_with_one_sentence(main: Main, given: dict[str, Any], sentence: str) -> None:
    with Emulator() as em:
        with pytest.raises(Exception) as raised:
            asyncio.run(main(asyncio.Queue(1), arguments(em, **given)))
        assert sentence in str(raised.value) and "\n" not in str(raised.value)
        assert type(raised.value).__name__ == "SourceError" and raised.value.__cause__ is None
        assert PASSWORD not in str(raised.value) and "wrong-password" not in str(raised.value)
        assert sum(entry.method == "POST" for entry in em.journal) <= 1


def test_it_says_that_ansible_core_is_missing(installed: Path) -> None:
    code = f"""
import asyncio, runpy, sys
sys.modules["ansible"] = None
try:
    asyncio.run(runpy.run_path({str(installed / SOURCE)!r})["main"](asyncio.Queue(1), {{}}))
except Exception as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ansible-core is missing in the Python of ansible-rulebook; install it there: ")
