# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs the server: requests, logons, connections, bytes. Seconds are for the benchmark."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from helpers.cast import DEFAULT_REPOSITORY, GOLD, GOLD_ID
from helpers.routes import route
from veeam_em_emulator import Emulator

from .build import connection_options, make_action

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}


@dataclass
class Cost:
    """What one task asked of the emulator."""

    result: dict[str, Any]
    journal: list[Any]

    @property
    def routes(self) -> list[str]:
        return [route(entry) for entry in self.journal]

    @property
    def count(self) -> Counter[str]:
        return Counter(self.routes)

    @property
    def connections(self) -> int:
        return len({entry.connection for entry in self.journal})

    @property
    def bytes(self) -> int:
        return sum(entry.bytes_sent + entry.bytes_received for entry in self.journal)


def run(em: Emulator, **options: Any) -> Cost:
    em.clear_journal()
    action, variables = make_action({**connection_options(em), **options})
    result = action.run(None, variables)
    assert em.open_sessions() == []
    return Cost(result, em.journal)


def clones(count: int, name: str = "clone %03d") -> list[dict[str, str]]:
    return [{"name": name % number} for number in range(count)]


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    with Emulator(task_steps="", jobs=10_000) as em:
        yield em


@pytest.fixture(scope="module")
def small() -> Iterator[Emulator]:
    with Emulator(task_steps="", jobs=10) as em:
        yield em


# -- does not grow with the server ---------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize(
    "reference",
    [
        {"source_job": "TPL Replica", "vm_suffix": "_x"},
        {"source_job": "Copy to Offsite", "repository": "S3 Offsite"},
        {"source_job": GOLD_ID, "repository": DEFAULT_REPOSITORY},
        CLONE,
    ],
)
def test_one_clone_costs_the_same_on_a_large_server(
    large: Emulator, small: Emulator, reference: dict[str, str], media_type: str
) -> None:
    name = f"{reference['source_job'][:20]} by {media_type}"
    costs = [run(em, **reference, name=name, media_type=media_type) for em in (small, large)]
    assert all(cost.result["changed"] for cost in costs)
    assert costs[0].routes == costs[1].routes
    assert costs[1].bytes <= 1.02 * costs[0].bytes
    again = [run(em, **reference, name=name, media_type=media_type) for em in (small, large)]
    assert again[0].routes == again[1].routes
    assert again[1].bytes <= 1.02 * again[0].bytes


def test_batch_costs_the_same_on_a_large_server(large: Emulator, small: Emulator) -> None:
    costs = [run(em, **CLONE, clones=clones(30, "large %03d")) for em in (small, large)]
    assert costs[0].count == costs[1].count
    assert costs[1].bytes <= 1.02 * costs[0].bytes


# -- one task ------------------------------------------------------------------------------------------------------


def test_requests_of_one_clone(em: Emulator) -> None:
    cost = run(em, **CLONE, name="web")
    assert cost.routes == ["logon", "jobs", "repositories", "clone", "task", "jobs", "logout"]
    assert cost.connections == 1


def test_requests_of_one_that_is_there(em: Emulator) -> None:
    run(em, **CLONE, name="web")
    cost = run(em, **CLONE, name="web")
    assert cost.routes == ["logon", "jobs", "logout"]
    assert cost.connections == 1


# -- batches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_parallel", [1, 4, 32])
def test_twenty_clones(em: Emulator, max_parallel: int) -> None:
    cost = run(em, **CLONE, clones=clones(20), max_parallel=max_parallel)
    assert len(cost.result["job_hrefs"]) == 20
    assert cost.count == {"logon": 1, "jobs": 2, "repositories": 1, "clone": 20, "task": 20, "logout": 1}
    assert cost.connections <= max_parallel + 1


def test_never_more_in_flight_than_allowed(em: Emulator) -> None:
    """In flight is what has been sent and has not ended: a task that is still looked at counts."""
    cost = run(em, **CLONE, clones=clones(12), max_parallel=3)
    flying = highest = 0
    for word in cost.routes:
        flying += {"clone": 1, "task": -1}.get(word, 0)
        highest = max(highest, flying)
    assert highest == 3


@pytest.mark.parametrize("count", [1, 24, 25, 26, 50, 100, 1000])
def test_again_with_all_of_them_there(em: Emulator, count: int) -> None:
    made = run(em, **CLONE, clones=clones(count, "existing job of the batch %05d"), max_parallel=16)
    assert len(made.result["job_hrefs"]) == count
    cost = run(em, **CLONE, clones=clones(count, "existing job of the batch %05d"))
    assert not cost.result["changed"]
    assert set(cost.routes) == {"logon", "jobs", "logout"}
    assert len(cost.journal) <= 2 + math.ceil(count / 25)
    assert cost.connections == 1


def test_distinct_sources_and_repositories_are_looked_up_once(em: Emulator) -> None:
    items = [
        {"name": "c%02d" % number, "source_job": source, "repository": repository}
        for number, (source, repository) in enumerate(
            [(GOLD, DEFAULT_REPOSITORY), (GOLD, "Fast Repository"), ("Copy to Offsite", "S3 Offsite")] * 6
        )
    ]
    cost = run(em, clones=items)
    assert len(cost.result["job_hrefs"]) == 18, cost.result["msg"]
    assert cost.count["jobs"] == 2
    assert cost.count["repositories"] == 1


def test_one_listing_serves_all_names_that_no_filter_can_carry(em: Emulator) -> None:
    items = [{"name": 'a "quoted" name %d' % number} for number in range(8)]
    cost = run(em, **CLONE, clones=items)
    assert len(cost.result["job_hrefs"]) == 8, cost.result["msg"]
    listings = [entry for entry in cost.journal if route(entry) == "jobs" and "filter" not in entry.query]
    # before the clones and after them
    assert len(listings) == 2


# -- on the wire ---------------------------------------------------------------------------------------------------


def test_answers_are_compressed(em: Emulator) -> None:
    cost = run(em, **CLONE, clones=clones(50))
    em.switches["gzip"] = "off"
    plain = run(em, **CLONE, clones=clones(50))
    assert len(plain.journal) == 3
    queries = [entry.bytes_sent for entry in cost.journal if route(entry) == "jobs"]
    assert max(queries) * 4 < max(entry.bytes_sent for entry in plain.journal if route(entry) == "jobs")


def test_references_where_the_kind_is_not_needed(em: Emulator) -> None:
    cost = run(em, **CLONE, name="web")
    formats = {route(entry): entry.query.get("format") for entry in cost.journal if entry.query}
    assert formats["repositories"] is None
    assert formats["jobs"] == "Entities"


@pytest.mark.parametrize("check", [lambda cost: cost.connections == 1])
def test_kept_alive_across_pauses(em: Emulator, check: Callable[[Cost], bool]) -> None:
    em.add_fault(fault="never_finish", method="POST", path="/api/jobs.*")
    cost = run(em, **CLONE, name="web", wait_timeout=6)
    assert cost.count["task"] > 2
    assert check(cost)
