# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that are odd, but legal: every one gets an answer, and never one that the emulator itself has broken."""

from __future__ import annotations

from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.api.routes import QUERY_TYPES
from veeam_em_emulator.wire.dialects import PRODUCTS

from .client import GOLD, JSON, XML, MemoryApi, advance

LISTS = [
    "", "/jobs", "/jobs?format=Entity", "/vmRestorePoints", "/agents/agentRestorePoints", "/agents", "/nas/jobs",
    "/cdpPolicies", "/backupServers", "/security/accounts", "/reports/summary", "/querySvc", "/logonSessions",
    "/catalog/vms", "/restoreSessions", "/failoverPlans", "/query?type=VmRestorePoint&format=Entities", "/none",
]  # fmt: skip
#: What clients say that they take -> what they get: JSON where it is named at all.
ACCEPTS = {
    "*/*": XML, "": XML, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": XML, "image/png": XML,
    "application/json;q=0.5, application/xml": JSON, "APPLICATION/JSON": JSON, "application/json; charset=utf-8": JSON,
    "application/*": XML, ",,,": XML, "é": XML, "a" * 5000: XML,
}  # fmt: skip
PARAMETERS = [
    "pageSize=1", "pageSize=1&page=2", "pageSize=0", "pageSize=-1", "pageSize=1.5", "pageSize=", "pageSize=٣",
    "pageSize=99999999999999999999", "pageSize=2&page=99999999999", "page=x", "format=", "format=Bogus", "sortAsc=",
    "sortAsc=Nope", "sortAsc=name&sortDesc=Name", "sortDesc=CreationTime", "action=paint", "%", "=", ";&&=&", "a",
    "FORMAT=entities&PAGESIZE=1", "filter=%ff%fe", "filter=%", "filter=a%00b==c",
]  # fmt: skip
FILTERS = [
    "", " ", "Name", "Name==", "==", 'Name=="', 'Name==""', 'Name=="a"";', "(((", 'Name=="*"', 'Name!="x";UID!="y"',
    'Name>"a",Name<"b"', "Name==a b", f'Name=="{"x" * 20000}"', "(" * 60 + "Name==b" + ")" * 60,
    'CreationTime>="0001-01-01T00:00:00+14:00"', 'CreationTime<="9999-12-31T23:59:59.9999999Z"',
    'CreationTime<="9999-12-31T23:59:59-14:00"', 'CreationTime<"9999-12-31"', 'CreationTime>="yesterday"',
    'EndTime<="9999-12-31T23:59:59.9999999Z"', 'CreationTimeUTC<="9999-12-31T23:59:59.9999999Z"',
    'HierarchyObjRef==""', 'VmDisplayName=="Ünï\u2028"', "JobUid==x", "BackupUid==x", "JobSessionUid==x",
    "Type==Full;Type==Increment", "BackupSize>=1e400", "BackupSize>=nan", "FreeSpace<99999999999999999999999",
]  # fmt: skip


@pytest.fixture(scope="module", params=[PRODUCTS[0], PRODUCTS[-1]])
def api(request: Any) -> MemoryApi:
    em = Emulator(product=request.param, clock=ManualClock(), idle_timeout=1e9)
    api = MemoryApi(em, JSON)
    api.log_on()
    em.start_run(GOLD)
    advance(em, 3600)
    return api


def judged(api: MemoryApi, method: str, target: str, accept: str = JSON) -> int:
    """The status, which is none of a server that has broken down."""
    done = api.request(method, f"/api{target}", headers={"Accept": accept})
    assert done.status < 500 or done.status == 501, (method, target, accept, done.text)
    return done.status


def test_what_they_take(api: MemoryApi) -> None:
    for path, (accept, media) in product(LISTS, ACCEPTS.items()):
        assert judged(api, "GET", path, accept) in (200, 404), path
        done = api.request("GET", f"/api{path}", headers={"Accept": accept})
        assert done.headers["content-type"].startswith(media), (path, accept)


def test_methods(api: MemoryApi) -> None:
    for path in LISTS:
        expected = judged(api, "GET", path)
        assert judged(api, "HEAD", path) == expected
        done = api.request("HEAD", f"/api{path}")
        assert done.body == b"" and int(done.headers["content-length"]) > 0
        for method in ("OPTIONS", "PATCH", "TRACE"):
            assert judged(api, method, path) in (404, 405), (method, path)


def test_parameters(api: MemoryApi) -> None:
    for number, (path, extra) in enumerate(product(LISTS, PARAMETERS)):
        accept = (JSON, XML)[number % 2]
        judged(api, "GET", f"{path}{'&' if '?' in path else '?'}{extra}", accept)


# filters are the same on every product
@pytest.mark.parametrize("api", PRODUCTS[-1:], indirect=True)
def test_filters(api: MemoryApi) -> None:
    for kind, text in product(QUERY_TYPES, FILTERS):
        judged(api, "GET", f"/query?type={kind}&format=Entities&filter={quote(text)}")
    for path, text in product(LISTS, ("Name==x", "Nope==1", 'CreationTime<="9999-12-31T23:59:59.9999999Z"')):
        judged(api, "GET", f"{path}{'&' if '?' in path else '?'}filter={quote(text)}")


def test_a_window_without_an_end(api: MemoryApi) -> None:
    everything = api.query(type="VmRestorePoint").json
    for end in ("9999-12-31", "9999-12-31T23:59:59.9999999Z"):
        found = api.query(type="VmRestorePoint", filter=f'CreationTime>="0001-01-01";CreationTime<="{end}"').json
        assert len(str(found)) == pytest.approx(len(str(everything)), rel=0.2)


def test_points_that_go_while_somebody_turns_pages() -> None:
    """Retention takes one away between two pages: what follows moves up, and nothing is there twice."""
    document = {
        "backup_servers": [{"name": "s"}], "repositories": [{"name": "r"}],
        "hierarchy_roots": [{"name": "vc", "objects": ["web01"]}],
        "jobs": [{"name": "Daily", "repository": "r", "objects": ["web01"]}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}], "switches": {"run_length": "60s"},
    }  # fmt: skip
    em = Emulator(document, clock=ManualClock(), idle_timeout=1e9)
    em.world.state.jobs_named("Daily")[0].retention = {"RetainLimitType": "Cycles", "RetainCycles": 4}
    api = MemoryApi(em, JSON)
    api.log_on()

    def run() -> None:
        em.start_run("Daily")
        advance(em, 3600)

    def page(number: int) -> list[str]:
        answer = api.query(type="VmRestorePoint", sortAsc="CreationTime", pageSize=2, page=number).json
        refs = answer["refs"]["refs"] if answer["refs"] else []
        return [item["uid"] for item in refs]

    for _unused in range(4):
        run()
    first = page(1)
    run()
    second = page(2)
    third = page(3)
    assert (len(first), len(second), third) == (2, 2, [])
    assert not set(first) & set(second)
    gone = first[0].rpartition(":")[2]
    assert api.get(f"/vmRestorePoints/{gone}").status == 404
    for way in ("action=restore", ""):
        assert api.request("POST", f"/api/vmRestorePoints/{gone}?{way}", "{}").status == 404
    assert api.get(f"/vmRestorePoints/{gone}/mounts").status == 404
