# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports, and what a protection report reads of the inventory, against the samples on every product. What is counted
is another matter than in the samples: here it is how that is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from .client import JSON, XML
from .sample_cast import SAMPLES, client, stop_all

FORMATS = [
    *(("xml", XML, product) for product in ("9.5u4", "10", "11", "12", "13")),
    *(("v12.json", JSON, product) for product in ("9.5u4", "10", "11", "12")),
    ("v13.json", JSON, "13"),
]
VCENTER = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
READ: list[tuple[str, dict[str, Any], str]] = [
    ("/reports/summary", {}, "reports-summary"),
    ("/reports/summary/overview", {}, "report-overview"),
    ("/reports/summary/vms_overview", {}, "report-vms-overview"),
    ("/reports/summary/job_statistics", {}, "report-job-statistics"),
    ("/reports/summary/processed_vms", {}, "report-processed-vms"),
    ("/reports/summary/repository", {}, "report-repository"),
    (f"/managedServers/{VCENTER}", {"format": "Entity"}, "managed-server"),
    ("/lookup", {"host": f"urn:veeam:HierarchyRoot:{VCENTER}", "name": "*", "type": "Vm"}, "lookup-all-vms"),
    ("/query", {"type": "ObjectInJob", "format": "Entities", "pageSize": 999, "page": 1}, "query-objects-containers"),
]


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


#: Of objects: up to 11, and what the samples leave out.
_MORE = ("Order", "GuestProcessingOptions")


def xml_names(element: Any) -> Any:
    """Names of elements and attributes; of what is repeated, the first."""
    inside: dict[str, Any] = {}
    for child in element:
        if etree.QName(child).localname in _MORE:
            continue
        inside.setdefault(str(child.tag), xml_names(child))
    return (element.tag, sorted(element.attrib), list(inside.values()))


def json_names(value: Any, nulls: bool) -> Any:
    """Keys in their order, and what kind of value they have; of a list, the first. nulls: they are written."""
    if isinstance(value, dict):
        return [
            (key, json_names(item, nulls))
            for key, item in value.items()
            if (nulls or item is not None) and key[:1].upper() + key[1:] not in _MORE
        ]
    if isinstance(value, list):
        return [json_names(item, nulls) for item in value[:1]]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
@pytest.mark.parametrize(("path", "query", "name"), READ, ids=[row[2] for row in READ])
def test_shape(path: str, query: dict[str, Any], name: str, suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.em.switches["resources_shape"] = "array"
    answer = api.get(path, **query)
    assert answer.status == 200, answer.text
    sample = (SAMPLES / f"{name}.{suffix}").read_text(encoding="utf-8")
    if suffix == "xml":
        assert xml_names(etree.fromstring(answer.body)) == xml_names(etree.fromstring(sample.encode()))
    else:
        nulls = product != "9.5u4"
        assert json_names(json.loads(answer.text), nulls) == json_names(json.loads(sample), nulls)
