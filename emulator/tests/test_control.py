# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface over HTTP."""

from __future__ import annotations

import json
from typing import Any

from .client import Api, Response


def call(api: Api, method: str, path: str, value: Any = None) -> Response:
    body = None if value is None else json.dumps(value)
    return api.request(
        method, f"/_emulator{path}", body, {"X-RestSvcSessionId": None, "Content-Type": "application/json"}
    )


def test_journal(api: Api) -> None:
    entries = call(api, "GET", "/journal").json
    assert [(entry["method"], entry["path"], entry["status"]) for entry in entries] == [
        ("POST", "/api/sessionMngr/", 201)
    ]
    assert call(api, "DELETE", "/journal").status == 204
    # the control interface itself is never in it
    assert call(api, "GET", "/journal").json == []
    assert api.em.journal == []


def test_state(api: Api) -> None:
    api.clone("web")
    state = call(api, "GET", "/state").json
    assert state["sessions"] == [{"id": api.session, "user": "EM01\\svc-ansible"}]
    assert [task["id"] for task in state["tasks"]] == ["task-1"]
    assert len(state["jobs"]) == 9
    assert state["jobs"][0]["server"] == "vbr01.example.test"
    assert len(state["repositories"]) == 4 and len(state["backup_servers"]) == 2
    assert api.token not in json.dumps(state)


def test_state_of_all_that_is_backed_up(api: Api) -> None:
    api.em.start_run("Agents Daily", "vbr01.example.test")
    state = call(api, "GET", "/state").json
    assert "laptop01.example.test" in [item["name"] for item in state["computers"]]
    assert "Windows Servers" in [item["name"] for item in state["protection_groups"]]
    assert state["file_servers"] and state["failover_plans"] and state["accounts"]
    assert state["points"] == {kind: len(api.em.points(kind=kind)) for kind in ("vm", "agent", "replica")}
    assert {"laptop01.example.test", "web01"} <= {item["name"] for item in state["machines"]}
    assert "Passw0rd" not in json.dumps(state)


def test_points_of_each_kind(api: Api) -> None:
    for kind, job in (("vm", "TPL Gold"), ("agent", "Agents Daily"), ("replica", "TPL Replica")):
        before = [point["id"] for point in call(api, "GET", f"/points?kind={kind}").json]
        api.em.plan_runs(job, {"length": "0s"}, server="vbr01.example.test")
        api.em.start_run(job, "vbr01.example.test")
        points = call(api, "GET", f"/points?kind={kind}").json
        newest = points[-1]
        assert newest["id"] not in before and {point["kind"] for point in points} == {kind}
        named = call(api, "GET", f"/points?kind={kind}&machine={newest['machine']}").json
        assert newest in named and {point["machine"] for point in named} == {newest["machine"]}
        assert newest in call(api, "GET", f"/points?kind={kind}&machine={newest['ref']}").json
        assert (newest["data"], newest["ready"]) == ("original", True)
    wrong = call(api, "GET", "/points?kind=tape")
    assert wrong.status == 400 and "vm, agent, replica" in wrong.text


def test_reset(api: Api) -> None:
    assert call(api, "POST", "/reset").status == 204
    assert api.em.open_sessions() == []


def test_switches(api: Api) -> None:
    assert call(api, "GET", "/switches").json["json_bom"] is False
    changed = call(api, "PATCH", "/switches", {"json_bom": True, "duplicate_name": "allowed"})
    assert (changed.status, changed.json["json_bom"]) == (200, True)
    assert api.em.switches["duplicate_name"] == "allowed"


def test_bad_switches_change_nothing(api: Api) -> None:
    for value, part in (
        ({"json_bom": True, "duplicate_name": "maybe"}, "duplicate_name"),
        ({"json_bom": True, "nonsense": 1}, "nonsense"),
        (["json_bom"], "object"),
    ):
        answer = call(api, "PATCH", "/switches", value)
        assert answer.status == 400
        assert part in answer.json["error"]
        assert api.em.switches["json_bom"] is False


def test_faults(api: Api) -> None:
    one = call(api, "POST", "/faults", {"fault": "status", "code": 503, "path": "/jobs"})
    assert (one.status, one.json) == (201, {"ids": [1], "id": 1})
    more = call(api, "POST", "/faults", [{"fault": "html", "path": "/tasks"}, {"fault": "bom", "path": "/tasks"}])
    assert more.json["ids"] == [2, 3]
    assert api.get("/jobs").status == 503
    active = call(api, "GET", "/faults").json
    assert [(fault["fault"], fault["matched"], fault["fired"]) for fault in active] == [
        ("status", 1, 1), ("html", 0, 0), ("bom", 0, 0),
    ]  # fmt: skip
    assert [fault["fault"] for fault in call(api, "GET", "/faults/fired").json] == ["status"]
    assert call(api, "DELETE", "/faults/2").status == 204
    assert call(api, "DELETE", "/faults/2").status == 404
    assert call(api, "DELETE", "/faults").status == 204
    assert call(api, "GET", "/faults").json == []


def test_bad_faults(api: Api) -> None:
    for value in ({"fault": "nonsense"}, [1], {"fault": "status"}):
        assert call(api, "POST", "/faults", value).status == 400
    assert call(api, "POST", "/faults").status == 400


def test_expire(api: Api) -> None:
    assert call(api, "POST", "/expire").json == {"expired": [api.session]}
    assert api.get("/jobs").status == 401


def test_unknown_paths_and_methods(api: Api) -> None:
    assert call(api, "GET", "/nonsense").status == 404
    assert call(api, "PUT", "/journal").status == 405
