# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every place where a test looks at the clock on the wall, or waits by it, and why it may: nothing depends on how busy
the machine is.

A test that waits for something waits until it is there. Where it would wait in vain, the limit of every test ends it
(pytest-timeout, see pyproject.toml). So what is left are bounds, and the few places whose matter is real time.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests", "emulator/tests")

BOUND = "a bound that only ends a thread or process that would hang, minutes where it takes moments"
LOOK = "looks again every hundredth of a second at what no event tells; nothing depends on its length"
AS_LONG = "goes on for as long as whoever calls it asks for; what it finds does not depend on it"
DEADLINE = "the transport takes a deadline; what has to run out is not measured, and what has not is far away"

#: File and kind of call to the reason.
WAITS = {
    ("tests/helpers/servers.py", "join"): BOUND,
    ("tests/helpers/servers.py", "settimeout"): BOUND,
    (
        "tests/helpers/servers.py",
        "wait",
    ): "the pause between two bytes of a server that drips; the client gives up before",
    ("tests/simulation/mutations.py", "clock"): AS_LONG,
    ("tests/simulation/simulate.py", "clock"): AS_LONG,
    ("tests/slow/simulation/test_connection.py", "clock"): DEADLINE,
    ("tests/slow/action/test_parent.py", "select"): BOUND,
    (
        "tests/slow/security/listener.py",
        "settimeout",
    ): "a connection on which nothing comes; there is none unless it fails",
    ("tests/slow/events/test_plugin.py", "wait"): "asyncio's, until one of two is there",
    ("tests/slow/events/test_plugin.py", "sleep"): LOOK,
    ("tests/slow/events/test_rulebook.py", "wait"): f"{LOOK}; and {BOUND}",
    ("tests/slow/signals/stopping.py", "clock"): BOUND,
    ("tests/slow/signals/stopping.py", "sleep"): LOOK,
    ("tests/slow/signals/stopping.py", "wait"): BOUND,
    ("tests/unit/modules/test_veeam_job_clone.py", "clock"): "deadlines are far away; pauses are skipped",
    ("tests/unit/test_scheduler.py", "join"): BOUND,
    ("tests/unit/test_scheduler.py", "wait"): BOUND,
    ("tests/unit/test_transport.py", "clock"): DEADLINE,
    ("tests/unit/test_transport.py", "join"): BOUND,
    ("tests/unit/test_transport.py", "wait"): BOUND,
    ("tests/unit/test_wait.py", "wait"): "the client's own wait, on a clock that is given",
    ("emulator/tests/test_cli.py", "sleep"): LOOK,
    ("emulator/tests/test_faults.py", "settimeout"): "looks whether a byte is there before it advances the given clock",
    ("emulator/tests/test_uvicorn.py", "wait"): BOUND,
}
_CLOCKS = {"monotonic", "time", "perf_counter", "monotonic_ns", "time_ns"}
_WAITS = {"sleep", "settimeout", "setitimer", "alarm"}
#: Only with an argument: without, they wait until it is there.
_BOUNDED = {"wait", "join", "select"}
#: Most files have none of these words, and need not be parsed.
_MAY_WAIT = re.compile(r"""\btime\.|\btimeout\b|(?<!["'])\.(?:sleep|settimeout|setitimer|alarm|wait|join|select)\(""")


def waits(text: str) -> Iterator[tuple[str, int]]:
    """The kind and line of each call that looks at the clock or waits by it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            if node.attr in _CLOCKS:
                yield "clock", node.lineno
            elif node.attr in _WAITS:
                yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, on = node.func.attr, node.func.value
            of_text = isinstance(on, ast.Constant) or name == "join" and ast.unparse(on).endswith(("path", "pathsep"))
            bounded = name in _BOUNDED and (node.args or node.keywords) and not of_text
            timed = name in ("communicate", "run", "wait", "join", "acquire") and any(
                keyword.arg == "timeout" for keyword in node.keywords
            )
            if (name in _WAITS and ast.unparse(on) != "time") or bounded or timed:
                yield name, node.lineno


FILES = {
    path.relative_to(ROOT).as_posix(): path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "benchmark" not in path.parts
}


@functools.cache
def found() -> list[tuple[str, str, int]]:
    texts = {name: path.read_text("utf-8") for name, path in FILES.items()}
    return [(name, *wait) for name, text in texts.items() if _MAY_WAIT.search(text) for wait in waits(text)]


def test_every_wait_by_the_clock_has_its_reason() -> None:
    new = [f"{name}:{line}: {kind}" for name, kind, line in found() if (name, kind) not in WAITS]
    assert new == [], (
        "wait until something is there, or give the clock; else say why in WAITS of tests/unit/test_waits.py"
    )


def test_no_reason_is_left_over() -> None:
    assert set(WAITS) - {(name, kind) for name, kind, _line in found()} == set()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("import time\ntime.sleep(1)", ["sleep"]),
        ("began = time.monotonic()", ["clock"]),
        ("event.wait(3)", ["wait"]),
        ("event.wait()", []),
        ("thread.join(5)", ["join"]),
        ("', '.join(names)", []),
        ("os.path.join(a, b)", []),
        ("process.communicate(timeout=3)", ["communicate"]),
        ("em.clock.monotonic()", []),
    ],
)
def test_waits_are_found(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _line in waits(text)] == kinds
