# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what it holds, and what it must not hold."""

from __future__ import annotations

import gzip
import json
from urllib.parse import quote

import pytest
from veeam_em_emulator import Emulator

from .client import GOLD, JSON, PASSWORD, USER, Api, basic, raw_connection
from .conftest import Start


def test_entries(api: Api) -> None:
    api.em.clear_journal()
    path = "/query?type=Job&filter=" + quote('Name=="TPL Gold"')
    answer = api.get(path)
    api.clone("web")
    first, second = api.em.journal
    assert (first.number, second.number) == (2, 3)
    assert (first.method, first.path, first.status, first.processed, first.fault) == (
        "GET",
        "/api/query",
        200,
        True,
        None,
    )
    assert first.query == {"type": "Job", "filter": 'Name=="TPL Gold"'}
    assert first.query_string == "type=Job&filter=Name%3D%3D%22TPL%20Gold%22"
    assert (first.session, first.user, first.authorization_present) == (api.session, USER, False)
    assert first.headers["x-restsvcsessionid"] == "<token>"
    assert first.connection == second.connection
    assert first.bytes_sent > len(answer.body)
    assert 100 < first.bytes_received < 1000
    assert (second.status, second.query) == (202, {"action": "clone"})
    assert "<JobName>web</JobName>" in second.body
    assert json.dumps(second.as_dict())


def test_bytes_sent_are_all_that_were_sent(em: Emulator) -> None:
    with raw_connection(em) as tls:
        request = b"GET /api/ HTTP/1.1\r\nHost: em\r\nConnection: close\r\n\r\n"
        tls.sendall(request)
        received = b""
        while part := tls.recv(65536):
            received += part
    assert (em.journal[0].bytes_sent, em.journal[0].bytes_received) == (len(received), len(request))


def test_connections_have_numbers(em: Emulator) -> None:
    one, two = Api(em), Api(em)
    one.get("/")
    two.get("/")
    one.get("/")
    numbers = [entry.connection for entry in em.journal]
    assert numbers[0] == numbers[2] != numbers[1]


def everything(em: Emulator) -> str:
    return json.dumps([entry.as_dict() for entry in em.journal], ensure_ascii=False)


@pytest.mark.parametrize("product", ["12", "13"])
def test_no_secret_is_kept(start: Start, product: str) -> None:
    """Wherever a client puts them: headers, cookie, query, path, body; right or wrong ones. 12 has other tokens."""
    em = start(product=product)
    api = Api(em)
    api.log_on()
    token = str(api.token)
    em.add_fault(fault="content_type", path="/", count=0)
    spaced = token.replace("+", " ")
    api.log_on(password="other secret")
    api.request("POST", "/api/sessionMngr/", headers={"Authorization": basic("portal-user", "wrong:one")})
    api.request("GET", "/api/jobs", headers={"Cookie": f"a=1; X-RestSvcSessionId={token}; b={quote(token)}"})
    api.request("GET", f"/api/jobs?filter={quote(token, safe='')}&x={token}&password={quote(PASSWORD, safe='')}")
    api.request("DELETE", f"/api/logonSessions/{quote(token, safe='')}")
    api.request("GET", "/api/jobs", headers={"X-Other": token, "Authorization": basic()})
    api.request("POST", f"/api/jobs/{GOLD}?action=clone", f"<x>{token} {PASSWORD}</x>")
    api.request("GET", f"/api/jobs?filter=a{token}{token}b")
    api.request("POST", "/api/sessionMngr/", "<LoginSpec><Password>tenant secret</Password></LoginSpec>")
    api.request("POST", "/api/sessionMngr/", json.dumps({"TenantCredentials": {"Password": "tenant secret"}}))
    text = everything(em) + str(em.fired_faults())
    secrets = [token, spaced, quote(token, safe=""), PASSWORD, "other secret", "wrong:one", "tenant secret"]
    for secret in (*secrets, basic().split()[1]):
        assert secret not in text, secret
    assert "<token>" in text and "<password>" in text and "<credentials>" in text
    assert [entry.authorization_present for entry in em.journal][:3] == [True, True, True]
    assert em.journal[3].headers["cookie"].startswith("a=1; X-RestSvcSessionId=<token>; b=")


def test_unknown_tokens_in_their_header_are_hidden_too(em: Emulator) -> None:
    api = Api(em)
    api.token = "made up by the user"
    api.get("/jobs")
    assert "made up" not in everything(em)
    assert em.journal[0].headers["x-restsvcsessionid"] == "<token>"


def test_compressed_bodies_are_decoded(api: Api) -> None:
    body = gzip.compress(api.body("BackupJobCloneInfo", JobName="packed", RepositoryUid="x").encode())
    api.request("POST", f"/api/jobs/{GOLD}?action=clone", body, {"Content-Encoding": "gzip"})
    assert "<JobName>packed</JobName>" in api.em.journal[-1].body
    assert api.em.journal[-1].status == 202


def test_a_request_that_is_cut_by_the_client_is_kept(em: Emulator) -> None:
    with raw_connection(em) as tls:
        tls.sendall(b"POST /api/sessionMngr/ HTTP/1.1\r\nHost: em\r\nContent-Length: 50\r\n\r\n<half")
    while not em.journal:
        pass
    entry = em.journal[0]
    assert (entry.body, entry.status, entry.processed) == ("<half", None, False)


def test_reset(api: Api) -> None:
    em = api.em
    em.switches["duplicate_name"] = "allowed"
    em.add_fault(fault="html")
    api.clone("web")
    em.reset()
    assert (em.journal, em.tasks(), em.open_sessions(), em.fired_faults()) == ([], [], [], [])
    assert em.switches["duplicate_name"] == "task_failed"
    assert Api(em, JSON).get("/").status == 200
    assert len(em.jobs()) == 9
    assert em.journal[0].number == 1
    assert api.get("/jobs").status == 401
