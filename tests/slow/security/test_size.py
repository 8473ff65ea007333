# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that would fill the memory or the time of whoever reads them: a gibibyte, a bomb, no end. Measured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers.fault_cells import REQUESTS
from veeam_em_emulator import Emulator

from slow.faults import runs

from .measured import in_own_process

GIB, MIB = 1 << 30, 1 << 20
NAME = "web-prod"
#: Requests whose answer has a body that is read.
WITH_BODY = [request for request in REQUESTS.values() if request.name != "logout"]


def options(em: Emulator, times: tuple[float, float] = runs.LONG, **more: Any) -> dict[str, Any]:
    return runs.options(em, [NAME], True, times, **more)


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("fault", ["entities", "deep_json"])
def test_bombs_for_parsers(em: Emulator, fault: str, media: str) -> None:
    """Entities that would be 10 GB, and nesting of 100,000 levels, at the first query and for ever."""
    em.add_fault(fault=fault, method="GET", path="type=Job", count=0)
    ended = in_own_process(options(em, media_type=media))
    assert ended["result"]["failed"]
    assert "cannot be used" in ended["result"]["msg"]
    assert ended["grown"] < 100
    assert em.open_sessions() == []


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("limit", [1, 64])
def test_a_body_of_a_gibibyte_is_not_read_further_than_allowed(em: Emulator, media: str, limit: int) -> None:
    em.add_fault(fault="huge_body", size=GIB, method="GET", path="type=Job")
    ended = in_own_process(options(em, runs.AMPLE, media_type=media, max_response_size=limit))
    assert ended["result"]["failed"]
    assert "max_response_size (%d MiB)" % limit in ended["result"]["msg"]
    (entry,) = [entry for entry in em.journal if entry.fault == "huge_body"]
    # what the buffers between the two take in is little beside it
    assert entry.bytes_sent < (limit + 32) * MIB
    assert ended["grown"] < 2 * limit + 64
    assert em.open_sessions() == []


@pytest.mark.parametrize("media", ["xml", "json"])
def test_a_gibibyte_that_travels_as_a_megabyte(em: Emulator, media: str) -> None:
    em.add_fault(fault="gzip_bomb", size=GIB, method="GET", path="type=Job", count=0)
    ended = in_own_process(options(em, runs.AMPLE, media_type=media, max_response_size=64))
    assert "max_response_size (64 MiB)" in ended["result"]["msg"]
    assert ended["grown"] < 2 * 64 + 64
    assert em.open_sessions() == []


@pytest.mark.parametrize("fault", ["endless_body", "endless_headers", "endless_pages"])
@pytest.mark.parametrize("media", ["xml", "json"])
def test_endless_answers_end(em: Emulator, fault: str, media: str) -> None:
    em.add_fault(fault=fault, method="GET", path="type=Job", count=0)
    ended = in_own_process(options(em, media_type=media, max_response_size=8))
    assert ended["result"]["failed"]
    assert "othing was created" in ended["result"]["msg"]
    assert ended["grown"] < 100
    assert em.open_sessions() == []


@pytest.mark.parametrize("request_", WITH_BODY, ids=lambda request: request.name)
def test_an_error_page_is_measured_as_well(em: Emulator, request_: Any) -> None:
    """The body of a failure may be as large as that of a success; here it is the message that is too long to show."""
    em.add_fault(fault="status", code=500, message="x" * (2 * MIB), method=request_.method, path=request_.path, count=0)
    done = runs.run(em, options(em, runs.SHORT))
    runs.check_promises(em, done, runs.SHORT)
    assert len(json.dumps(done.result)) < 20_000
