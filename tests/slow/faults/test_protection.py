# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every read of veeam_protection_info and of the inventory plugin, in virtual time, as the bytes of a
connection: nothing looks better than it is, and what is not known is said.

A fault comes once, at every third request, in turn in XML and in JSON, or each time that its request is sent; with
VEEAM_TEST_CELLS=all at each request in both. A connection that is refused always refuses all of them.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Endpoint, Response
from ansible_collections.backupops.veeam.plugins.module_utils._inventory import hosts
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.modules import veeam_protection_info
from helpers import estate
from helpers.emulated_jobs import Emulated, Ended, Play
from helpers.fault_cells import EVERYWHERE, FAULTS, QUERIES, Fault
from simulation.connection import HOSTNAME, PORT, MemoryConnection

FAILED_RUN = {"job": "app-daily", "created": "2026-01-05T08:00:00Z", "length": "600s", "machines": {"app01": "Failed"}}
MEDIA = ("xml", "json")
#: With an answer of a MiB at most.
ENDPOINT = Endpoint(HOSTNAME, PORT, True, None, False, 5.0, 1 << 20)
#: Those that a read can suffer.
AT_READS = [fault for fault in FAULTS if fault.at in (EVERYWHERE, QUERIES)]
MODULES: dict[str, tuple[Module, dict[str, Any]]] = {
    "module": (veeam_protection_info.MODULE, {}),
    "inventory": (hosts.MODULE, {"protection": True, "agents": True}),
}


class OverTheWire(Play):
    """Its requests come as bytes over one connection, so that they can be cut, drip and be anything."""

    connection: MemoryConnection | None = None

    def send(self, effect: Send) -> Response:
        clock, em = self.world.clock, self.world.em
        if self.connection is None:
            self.connection = MemoryConnection(ENDPOINT, em, clock.monotonic)
        if "/api/sessionMngr" not in effect.request.path and "/api/logonSessions" not in effect.request.path:
            self.requests.append(f"{effect.request.method} {effect.request.path}")
        try:
            return self.connection.exchange(effect.request, effect.deadline)
        finally:
            clock.advance(max(0.0, self.connection.ends - clock.monotonic()))


def ended(name: str, media: str, faults: tuple[dict[str, Any], ...] = ()) -> Ended:
    module, options = MODULES[name]
    given = {**options, "exclude": ["*-tmp-*"], "media_type": media, "timeout": 5.0}
    world = Emulated(
        module, state=estate.state(sessions=[FAILED_RUN]), product="13", faults=list(faults), plays=OverTheWire
    )
    # A session whose logon was not answered cannot be closed.
    return world.run(nested=True, **given)


@functools.cache
def clean(name: str, media: str) -> Ended:
    found = ended(name, media)
    assert not found.failed
    return found


def judged(found: Ended) -> dict[tuple[str, str | None], str]:
    """Name and host to status."""
    if "machines" in found.result:
        return {(one["name"], one["host"]["name"]): one["status"] for one in found.result["machines"]}
    return {(one["name"], one["host"]["name"]): one["protection"]["status"] for one in found.result["hosts"]}


def check(name: str, found: Ended, whole: Ended) -> None:
    """The promise."""
    if found.failed:
        assert found.result["msg"] and "machines" not in found.result and "hosts" not in found.result
        return
    expected, seen = judged(whole), judged(found)
    for machine, status in seen.items():
        assert status in (expected.get(machine, "unknown"), "unknown"), (machine, status)
    if name == "inventory":
        assert set(seen) == set(expected), "never fewer hosts"
        assert seen == expected or found.warnings
    elif found.result["complete"]:
        assert seen == expected, "something is not known, and nobody says so"
    else:
        assert found.result["notes"]


def once(name: str, fault: Fault) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fault at one request, counted from the logon to the logout."""
    turn = AT_READS.index(fault)
    for media in MEDIA:
        for number in range(1, len(clean(name, media).requests) + 3):
            chosen = (number + turn) % 3 == 0 and media == MEDIA[(number // 3 + turn) % 2]
            if chosen or os.environ.get("VEEAM_TEST_CELLS") == "all":
                yield media, {**fault.spec, "path": "^/api/", "on": number, "count": 1}


def always(name: str, fault: Fault) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fault at a request as often as it is sent."""
    for media in MEDIA:
        if fault.kind == "refuse":
            yield media, {**fault.spec, "count": 0}
            continue
        paths = dict.fromkeys(one.partition(" ")[2].partition("&page=")[0] for one in clean(name, media).requests)
        for number, path in enumerate(paths):
            if media == MEDIA[number % 2] or os.environ.get("VEEAM_TEST_CELLS") == "all":
                yield media, {**fault.spec, "path": re.escape(path), "count": 0}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("cells", [once, always])
@pytest.mark.parametrize("fault", AT_READS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_nothing_looks_better_than_it_is(fault: Fault, cells: Any, name: str, record_property: Any) -> None:
    hit = 0
    for media, spec in cells(name, fault):
        found = ended(name, media, (spec,))
        check(name, found, clean(name, media))
        hit += 1
    assert hit
    record_property("cells", [fault.name, hit, hit])
