# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read around a clone, against its samples: inventory, credentials, sessions, backups."""

from __future__ import annotations

from typing import Any

import pytest

from .client import JSON, VBR01, XML, Api
from .sample_cast import CLONE, COPY, SAMPLES, client, same, stop_all

VCENTER = "urn:veeam:HierarchyRoot:a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
HYPERV = "urn:veeam:HierarchyRoot:8e7fef9f-87a8-48b4-bed1-632c3035a1a1"
VCLOUD = "urn:veeam:HierarchyRoot:fa099d3b-7376-49b1-884c-bb6fa47c7b1e"


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


# path, query, sample without suffix
READ = [
    (f"/hierarchyRoots/{VCENTER.rpartition(':')[2]}", {"format": "Entity"}, "hierarchy-root-entity"),
    ("/hierarchyRoots", {"format": "Entity"}, "hierarchy-roots-entities"),
    (
        "/query",
        {"type": "HierarchyRoot", "format": "Entities", "filter": 'Name=="vcenter01.example.test"'},
        "query-hierarchyroots",
    ),
    ("/lookup", {"host": VCENTER, "name": "*", "type": "Tag"}, "lookup-tags"),
    ("/lookup", {"host": HYPERV, "name": "SQLsrv03", "type": "vm"}, "lookup-hyperv"),
    ("/lookup", {"host": VCLOUD, "name": "dc", "type": "Vm"}, "lookup-vcloud"),
    ("/lookup", {"host": VCENTER, "name": "none", "type": "Vm"}, "lookup-empty"),
    (f"/backupServers/{VBR01}/credentials", {}, "credentials"),
]
CASES = [
    (path, query, sample, accept, product)
    for path, query, name in READ
    for sample, accept, product in (
        (f"{name}.xml", XML, "12"), (f"{name}.v12.json", JSON, "12"), (f"{name}.v13.json", JSON, "13"),
    )
    if (SAMPLES / sample).exists()
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), CASES, ids=[case[2] for case in CASES])
def test_reading(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    answer = client(product, accept).get(path, **query)
    assert answer.status == 200
    same(answer.text, sample)


@pytest.mark.parametrize(
    ("sample", "accept", "product"),
    [("lookupsvc.xml", XML, "12"), ("lookupsvc.v12.json", JSON, "12"), ("lookupsvc.v13.json", JSON, "13")],
)
def test_lookup_service(sample: str, accept: str, product: str) -> None:
    """The sample leaves out the second root of the vCenter and has the Hyper-V host last."""
    api: Api = client(product, accept)
    inventory = api.em.world.state.roots
    del inventory["b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"]
    inventory[HYPERV.rpartition(":")[2]] = inventory.pop(HYPERV.rpartition(":")[2])
    same(api.get("/lookupSvc").text, sample)


LINKED_JOB = ("64d63522-92a0-491c-af3b-e428019fbfd4", CLONE)
LINKED_REPOSITORY = ("961c9350-dc5a-43d6-8efa-867995e9404e", "0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f")


def test_linked_objects_of_a_copy_job() -> None:
    api = client("12", XML)
    job = api.em.world.state.jobs[COPY]
    job.linked_jobs, job.linked_repositories = (LINKED_JOB,), (LINKED_REPOSITORY,)
    same(api.get(f"/jobs/{COPY}/linkedJobs").text, "linked-jobs.xml")
    same(api.get(f"/jobs/{COPY}/linkedBackupRepositories").text, "linked-repositories.xml")
