# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that try to become something else on the wire: a header, a request, a query parameter, an element."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import options as _options
from veeam_em_emulator import Emulator

from slow.faults import runs

NAME = "web-prod"
BREAKS = (
    "x\r\nX-Injected: 1",
    "x\nX-Injected: 1",
    "x\rX-Injected: 1",
    "x\r\n\r\nDELETE /api/jobs/5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8 HTTP/1.1\r\nHost: x\r\n\r\n",
    "x\u2028X-Injected: 1",
    "x\u010d\u010aX-Injected: 1",
    "x\x00X-Injected: 1",
    "x HTTP/1.1\r\nX-Injected: 1\r\nX: ",
    "x%0d%0aX-Injected: 1",
    "x\x85X-Injected: 1",
)
#: What the client sends with every request, and what HTTP adds to it.
HEADERS = {
    "host", "accept", "accept-encoding", "user-agent", "content-type", "content-length", "authorization",
    "x-restsvcsessionid", "connection",
}  # fmt: skip
ROUTES = ("/api/sessionMngr", "/api/logonSessions/", "/api/query", "/api/jobs/", "/api/tasks/", "/api/repositories/")
TEXT_OPTIONS = [name for name, spec in _options.SPEC.options.items() if spec.get("type") in ("str", "path")]


def harmless(em: Emulator) -> None:
    """Nothing but the client's own headers and requests has arrived."""
    for entry in em.journal:
        assert set(entry.headers) <= HEADERS, entry.headers
        assert entry.path.startswith(ROUTES), (entry.method, entry.path)
        assert "Injected" not in json.dumps(entry.headers)
        if entry.method == "DELETE":
            assert entry.path.startswith("/api/logonSessions/")
        if "/api/query" in entry.path:
            assert set(entry.query) <= {"type", "filter", "format", "sortAsc", "pageSize", "page"}, entry.query
            assert entry.query["type"] in ("Job", "Repository")
    assert "TPL Gold" in [job.name for job in em.jobs()]
    assert em.open_sessions() == []


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("option", TEXT_OPTIONS)
def test_no_option_breaks_out_of_its_place(em: Emulator, option: str, media: str) -> None:
    for text in BREAKS:
        params = runs.options(em, [NAME], True, runs.AMPLE, media_type=media)
        params[option] = text
        done = runs.run(em, params)
        if option == "session_id":
            assert done.failed
        for secret in (runs.PASSWORD, "UGFzc3c"):
            assert secret not in done.text
        harmless(em)
        em.reset()


@pytest.mark.parametrize("option", ["source_job", "backup_server", "name", "description", "folder_name", "repository"])
@pytest.mark.parametrize("text", BREAKS)
def test_no_option_of_a_list_breaks_out_of_its_place(em: Emulator, option: str, text: str) -> None:
    params = runs.options(em, [NAME], False, runs.AMPLE)
    params["clones"][0][option] = text
    runs.run(em, params)
    harmless(em)


@pytest.mark.parametrize(
    "text",
    [
        'x";Name=="TPL Gold',
        'x",Name=="TPL Gold',
        "x&type=Repository",
        "x&format=Entity#",
        "x;JobType==Backup",
        "x)(",
        "x%22%2cName%3d%3d%22TPL Gold",
        "../../jobs",
        "x?action=clone",
    ],
)
def test_no_name_changes_the_question(em: Emulator, text: str) -> None:
    """A name is compared as it is, whatever a server makes of it in a filter."""
    for option in ("source_job", "repository"):
        params = runs.options(em, [NAME], True, runs.AMPLE)
        params[option] = text
        done = runs.run(em, params)
        assert done.failed
        assert "there is no" in done.result["msg"], done.result
        assert runs.clone_requests(done.journal, NAME) == []
    done = runs.run(em, runs.options(em, [text], True, runs.AMPLE))
    assert not done.failed, done.result
    assert done.result["job"]["name"] == text
    harmless(em)


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize(
    "text",
    [
        "x</Description><JobName>other</JobName><Description>",
        "]]><JobName>other</JobName>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>&e;',
        '","JobName":"other',
        "&lt;&#x41;&amp;amp;",
        "\\u0041\\n",
        "line one\nline two\ttab",
        "{{ 7 * 7 }}",
    ],
)
def test_no_text_becomes_an_element(em: Emulator, media: str, text: str) -> None:
    params: dict[str, Any] = runs.options(em, [NAME], True, runs.AMPLE, media_type=media)
    # No folder's name holds a line break or a tab.
    folder = " ".join(text.split())
    params.update(description=text, folder_name=folder)
    done = runs.run(em, params)
    assert not done.failed, done.result
    (job,) = em.jobs(name=NAME)
    assert (job.description, job.folder_name) == (text, folder)
    assert done.result["job"]["description"] == text
