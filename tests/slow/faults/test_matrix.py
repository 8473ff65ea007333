# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every request: what comes of it, what it leaves behind, and that the next run makes it good.

All cells in virtual time; and each fault at one request over HTTPS, in real time. With VEEAM_TEST_CELLS=all every cell
that hits once goes over HTTPS.
"""

from __future__ import annotations

import itertools
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from helpers.fault_cells import (
    ALLOWED,
    ALWAYS,
    BATCH,
    FAULTS,
    JOBS,
    JSON,
    LOGON,
    LOGOUT,
    MADE,
    NOTHING,
    ONCE,
    OTHER,
    READ_BACK,
    REFUSED,
    REPOSITORY,
    REQUESTS,
    SINGLE,
    UNKNOWN,
    XML,
    Cell,
    cells,
    expected,
    session_may_stay,
)
from veeam_em_emulator import Emulator

from . import runs

REFUSALS = ("task_failed", "http_400", "http_500")
#: Requests that all the clones of a task have in common.
COMMON = {LOGON, JOBS, REPOSITORY, READ_BACK, LOGOUT}


def duplicates(cell: Cell) -> str:
    """How the server takes a second job of a name; the three ways to refuse it are spread over the cells."""
    if cell.duplicates == ALLOWED:
        return "allowed"
    return REFUSALS[zlib.crc32(cell.name.encode()) % len(REFUSALS)]


def sample() -> Iterator[Cell]:
    """Each fault at one request, in turn in each way of running it; with VEEAM_TEST_CELLS=all at each in every way."""
    if os.environ.get("VEEAM_TEST_CELLS") == "all":
        yield from (cell for cell in cells() if cell.how_long == ONCE)
        return
    ways = itertools.cycle(itertools.product((XML, JSON), (SINGLE, BATCH), (REFUSED, ALLOWED)))
    for number, fault in enumerate(FAULTS):
        requests = [request for request in REQUESTS.values() if request.name in fault.at]
        yield Cell(fault, requests[number % len(requests)], *next(ways), ONCE)


def mixed(chosen: Iterable[Cell]) -> list[Cell]:
    """Those that wait among those that compute, always in the same order, so that many at once share the time well."""
    return sorted(chosen, key=lambda cell: zlib.crc32(cell.name[::-1].encode()))


def groups() -> Iterator[Any]:
    """All ways of running it for each fault at each request: a test for each cell would take longer than the cells."""
    for (fault, request), ways in itertools.groupby(cells(), lambda cell: (cell.fault.name, cell.request.name)):
        yield pytest.param(list(ways), id=f"{fault.replace(' ', '_')}-{request.replace(' ', '_')}")


@pytest.mark.parametrize("ways", list(groups()))
def test_cells(ways: list[Cell], virtual_em: Emulator, record_property: Any) -> None:
    check_each(ways, virtual_em, runs.times, record_property)


@pytest.mark.parametrize("cell", mixed(sample()), ids=lambda cell: cell.name)
def test_over_https(cell: Cell, em: Emulator, record_property: Any) -> None:
    check_each([cell], em, runs.ample_times, record_property)


def check_each(cells_: list[Cell], em: Emulator, times: Callable[[Cell], tuple[float, float]], record: Any) -> None:
    """Cells of one fault, each on an emulator as if just started; the table at the end has how many held."""
    held = 0
    try:
        for cell in cells_:
            em.reset()
            try:
                check(cell, em, times(cell))
            except Exception as error:
                raise AssertionError(cell.name) from error
            held += 1
    finally:
        record("cells", [cells_[0].fault.name, len(cells_), held])


def check(cell: Cell, em: Emulator, times: tuple[float, float]) -> None:
    em.switches["duplicate_name"] = duplicates(cell)
    em.add_fault(**cell.spec())
    first = runs.run(em, runs.options(em, cell.names, cell.form == SINGLE, times, 0.05, media_type=cell.media))
    assert em.fired_faults(), "the fault did not hit anything: %s" % [(e.method, e.path) for e in first.journal]
    outcomes = runs.check_promises(em, first, times)
    # Everything that the task names is there, and no fault proves the contrary.
    assert not re.search("there is no (job|repository)", first.text), first.text
    may_be = expected(cell)
    hit_all = cell.form == SINGLE or cell.how_long == ALWAYS or cell.request.name in COMMON
    if not hit_all:
        # Only one of the clones is hit; what it has in common with the others, such as the session, may hit these too.
        assert may_be & set(outcomes.values()), (outcomes, may_be)
        may_be |= {MADE}
    assert set(outcomes.values()) <= may_be, f"{outcomes} instead of {set(may_be)}: {first.result['msg']}"
    if not session_may_stay(cell):
        assert em.open_sessions() == [], f"a session stays open: {first.warnings}"
    converge(em, cell, first, outcomes)


def converge(em: Emulator, cell: Cell, first: runs.Run, outcomes: dict[str, str]) -> None:
    """The same task again, without the fault, ends with exactly one job of each name."""
    em.clear_faults()
    before = set(em.open_sessions())
    if cell.duplicates == ALLOWED:
        # A server that refuses nothing is told apart from one that does by what two runs at once make of it. So here
        # the server ends what it has begun, as it does by the time that somebody runs a task again.
        runs.finish_tasks(em)
    params = runs.options(em, cell.names, cell.form == SINGLE, runs.AMPLE, media_type=cell.media)
    second = runs.run(em, params)
    again = runs.check_promises(em, second, runs.AMPLE)
    assert set(again.values()) == {MADE}, second.result
    assert not second.failed, second.result
    assert set(em.open_sessions()) == before, "the second run leaves a session open"
    for name in cell.names:
        item = second.items[name]
        sent = runs.clone_requests(second.journal, name)
        if outcomes[name] == MADE:
            # A refusal with 500 proves nothing: a job that shows after it counts as made.
            open_refusal = bool(sent) and em.switches["duplicate_name"] == "http_500"
            assert open_refusal or not item["changed"], item
            # A job that EM does not show yet can only be asked for again; the server's refusal then leads to it.
            assert not sent or cell.fault.kind == "late_job", "a job that is there was cloned again"
            assert item["job_href"] == first.items[name]["job_href"]
        elif outcomes[name] in (NOTHING, OTHER):
            assert item["changed"], item
            assert len(sent) == 1
        else:
            assert outcomes[name] == UNKNOWN
    if not any(sent for name in cell.names for sent in runs.clone_requests(second.journal, name)):
        assert not second.result["changed"], second.result
