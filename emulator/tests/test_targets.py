# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request targets as clients send them: absolute, with slashes in a row."""

from __future__ import annotations

import pytest
from veeam_em_emulator import Emulator

from .client import GOLD, XML, Api, raw_exchange
from .conftest import Start
from .test_edit import logged_on


def status(em: Emulator, api: Api, target: str) -> bytes:
    head = f"GET {target} HTTP/1.1\r\nHost: x\r\nX-RestSvcSessionId: {api.token}\r\nConnection: close\r\n\r\n"
    return raw_exchange(em, head.encode()).partition(b"\r\n")[0].split()[1]


@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_absolute_form(start: Start, product: str) -> None:
    """RFC 9112, 3.2.2: a server must accept it. Proxies send it, and some clients."""
    em = start(product=product)
    api = logged_on(em, XML)
    for target in (
        f"https://{em.host}:{em.port}/api/jobs/{GOLD}?format=Entity", "HTTP://elsewhere.example.test/api/jobs",
        "https://em01.example.test:9398/api//jobs",
    ):  # fmt: skip
        assert status(em, api, target) == b"200", target
    assert status(em, api, "https://em01.example.test/api/none") == b"404"
    assert status(em, api, "https://em01.example.test") == b"404"
    # the journal has the path alone, and faults are looked for in it
    assert [entry.path for entry in em.journal][1:3] == [f"/api/jobs/{GOLD}", "/api/jobs"]
    em.add_fault(fault="status", code=503, path=r"^/api/jobs\?x=1$")
    assert status(em, api, "https://em01.example.test/api/jobs?x=1") == b"503"


@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_slashes_in_a_row(start: Start, product: str) -> None:
    api = logged_on(start(product=product), XML)
    for path in ("/api//jobs", "//api/jobs", f"/api/jobs//{GOLD}///includes", "/api/jobs//?format=Entity"):
        assert api.request("GET", path).status == 200, path
    assert api.request("GET", "/api//nonsense").status == 404
    # only in the path
    assert api.get("/jobs", filter='Name=="a//b"').status == 200
    assert api.em.journal[-1].query["filter"] == 'Name=="a//b"'


def test_in_memory_too(em: Emulator) -> None:
    assert em.exchange("GET", "https://em01.example.test:9398/api//").status == 200
