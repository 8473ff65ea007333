# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One clock for everything, and it can be given."""

from __future__ import annotations

import ast
import threading
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import veeam_em_emulator
from veeam_em_emulator import Clock, Emulator, ManualClock, OffsetClock, SystemClock

from .client import Api, advance
from .test_control import call

PACKAGE = Path(veeam_em_emulator.__file__).parent
# Certificates are for clients that have the machine's clock
MAY_ASK = {"clock.py", "certificates.py"}
# Waits until the clock has come so far
MAY_WAIT = {"connection.py"}
TIME = {"time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "sleep", "now", "utcnow", "today", "localtime",
        "gmtime"}  # fmt: skip
WAITS = {"sleep", "wait_for", "timeout", "timeout_at", "call_later", "call_at"}
CHANCE = {"uuid1", "uuid4", "urandom", "token_bytes", "token_hex"}


def _asks(path: Path) -> list[str]:
    """Names in this file that ask the machine for the time, or for chance that no seed governs."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            found += [f"{path.name}:{node.lineno} {name}" for name in names & {"time", "secrets", *CHANCE}]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in TIME and owner in ("time", "datetime", "date") or node.attr in CHANCE:
                found.append(f"{path.name}:{node.lineno} {owner}.{node.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
            written = ast.unparse(node)
            if path.name not in MAY_WAIT and written != "asyncio.sleep(0)":
                found.append(f"{path.name}:{node.lineno} {written}")
    return found


def test_nothing_but_the_clock_asks_for_the_time() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.name not in MAY_ASK]
    assert len(files) > 30
    assert [place for path in files for place in _asks(path)] == []
    assert _asks(PACKAGE / "tester/clock.py") and _asks(PACKAGE / "doors/certificates.py")


@pytest.mark.parametrize("clock", [ManualClock(), OffsetClock(), SystemClock()])
def test_clocks(clock: Clock) -> None:
    assert clock.utc().utcoffset() == timedelta(0)
    first = clock.monotonic()
    assert clock.monotonic() >= first
    if isinstance(clock, (ManualClock, OffsetClock)):
        before, told = clock.utc(), []
        clock.watch(lambda: told.append(clock.monotonic()))
        clock.advance(3600)
        assert clock.monotonic() >= first + 3600
        assert clock.utc() - before >= timedelta(hours=1)
        assert told[0] >= first + 3600
        with pytest.raises(ValueError, match="not by -1"):
            clock.advance(-1)


def test_a_manual_clock_stands_still() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    clock = ManualClock(start)
    assert (clock.monotonic(), clock.utc()) == (0.0, start)
    clock.advance(1.5)
    assert (clock.monotonic(), clock.utc() - start) == (1.5, timedelta(seconds=1.5))
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 3, 1))


def test_latency_passes_on_the_clock() -> None:
    """Over HTTPS too: nothing is answered before, and an hour of it takes no time."""
    with Emulator(clock=ManualClock(), latency=3600) as em:
        got: list[int] = []
        thread = threading.Thread(target=lambda: got.append(Api(em).get("/").status))
        thread.start()
        while thread.is_alive():
            assert not got or em.clock.monotonic() >= 3600
            advance(em, 600)
        assert got == [200]
        assert em.clock.monotonic() >= 3600


@pytest.mark.parametrize("clock", [OffsetClock(), SystemClock()])
def test_latency_passes_by_itself_where_the_clock_goes(clock: Clock) -> None:
    with Emulator(clock=clock, latency=0.01) as em:
        began = clock.monotonic()
        assert Api(em).get("/").status == 200
        assert clock.monotonic() >= began + 0.01


def test_journal_and_date_header() -> None:
    with Emulator(clock=ManualClock()) as em:
        api = Api(em)
        api.log_on()
        advance(em, 90)
        answer = api.get("/jobs")
    assert parsedate_to_datetime(answer.headers["date"]) == datetime(2026, 1, 5, 10, 1, 30, tzinfo=timezone.utc)
    assert em.journal[1].time - em.journal[0].time == 90


def test_the_control_interface_lets_a_night_pass(api: Api) -> None:
    before = call(api, "GET", "/clock").json
    after = call(api, "POST", "/clock", {"advance": 28800}).json
    assert 28800 <= after["monotonic"] - before["monotonic"] < 28800 + 3600
    assert datetime.fromisoformat(after["utc"]) - datetime.fromisoformat(before["utc"]) >= timedelta(hours=8)
    # by then the session has been idle for too long
    assert api.em.open_sessions() == []


@pytest.mark.parametrize("given", [{}, [], {"advance": "3"}, {"advance": True}, {"advance": -1}])
def test_what_the_control_interface_refuses(api: Api, given: object) -> None:
    answer = call(api, "POST", "/clock", given)
    assert answer.status == 400 and "advance" in answer.json["error"]


def test_a_system_clock_cannot_be_advanced() -> None:
    with Emulator(clock=SystemClock()) as em:
        answer = call(Api(em), "POST", "/clock", {"advance": 1})
    assert (answer.status, answer.json["error"]) == (400, "the clock of this emulator cannot be advanced")


def test_a_seed_makes_ids_and_tokens_the_same() -> None:
    def run(seed: int | None) -> tuple[str | None, str | None, str]:
        with Emulator(seed=seed, product="12") as em:
            api = Api(em)
            api.log_on()
            api.clone("web")
            return api.token, api.session, api.finish().job_id

    assert run(7) == run(7)
    assert len({*run(7), *run(8), *run(None), *run(None)}) == 12
