# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented request on every product: answered, refused by name, or not there because it came later."""

from __future__ import annotations

import re

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.wire.dialects import PRODUCTS

from .documented import ANSWERED, BODIES, REQUESTS, UNKNOWN, judged, prepared

#: What came with which product (em_web_api_versions, change lists of the archived references); all else was there.
SINCE = {
    r"/nas\b|/query\?type=(NasJob|NasObject|FileServer)$": "10",
    r"/cdpPolicies|/cdpReplica(Task)?Sessions|/query\?type=Cdp(Policy|ReplicaSession|ReplicaTaskSession)$": "11",
    r"/agents/jobs/\{ID\}/includes$": "11",
    r"/systemSessions": "12",
}


def there(product: str, path: str) -> bool:
    since = next((value for pattern, value in SINCE.items() if re.match(pattern, path)), PRODUCTS[0])
    return PRODUCTS.index(product) >= PRODUCTS.index(since)


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_each_product_reads(product: str) -> None:
    client, wrong = prepared(Emulator(product=product, task_steps="")), []
    for method, path in REQUESTS:
        if method != "GET":
            continue
        status, text = client.request(method, client.fill(method, path))
        if not there(product, path):
            if status != (400 if "query?" in path else 404):
                wrong.append(f"{path} {status} is newer")
        elif judged(status, text, path) == UNKNOWN:
            wrong.append(f"{path} {status} {text[-200:]}")
    assert wrong == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_each_product_changes(product: str) -> None:
    """One after the other, so that some meet what is not there any more: that is never a server that breaks down."""
    client, done = prepared(Emulator(product=product, task_steps="")), 0
    changes = [
        (method, path, client.fill(method, path))
        for method, path in sorted(REQUESTS, key=lambda request: request[0] == "DELETE")
        if method != "GET" and "sessionMngr" not in path and "logonSessions" not in path
    ]
    for method, path, target in changes:
        status, text = client.request(method, target, BODIES.get(f"{method} {path}", ""))
        missing_node = status == 500 and "Object reference not set" in text
        assert status < 500 or status == 501 or missing_node, (method, path, text)
        done += judged(status, text, path) == ANSWERED
    assert done > (40 if product == "13" else 30)
