# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client in memory, for tests of what the emulator does rather than how that is written."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from veeam_em_emulator import Emulator, Exchange

from .client import JSON, PASSWORD, USER


def low(value: Any) -> Any:
    """Keys in lower case: 13 writes them in another case than the others."""
    if isinstance(value, dict):
        return {key.lower(): low(item) for key, item in value.items()}
    return [low(item) for item in value] if isinstance(value, list) else value


class Memory:
    """Logged on; answers are JSON with keys in lower case."""

    def __init__(self, em: Emulator, user: str = USER, media: str = JSON) -> None:
        self.em = em
        given = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {given}", "Content-Length": "0", "Accept": media}
        logon = em.exchange("POST", "/api/sessionMngr/?v=latest", headers)
        assert logon.status == 201, logon.body
        found = {name.lower(): value for name, value in logon.headers}
        self.headers = {"X-RestSvcSessionId": found["x-restsvcsessionid"], "Accept": media, "Content-Type": media}

    def request(self, method: str, path: str, body: str = "", **params: Any) -> Exchange:
        query = urlencode(params, quote_via=quote)
        headers = {**self.headers, "Content-Length": str(len(body.encode()))}
        separator = "&" if "?" in path else "?"
        target = f"/api{path}" + (f"{separator}{query}" if query else "")
        return self.em.exchange(method, target, headers, body.encode())

    def text(self, path: str, **params: Any) -> str:
        """The answer as it is."""
        done = self.request("GET", path, **params)
        assert done.status == 200, (path, done.status, done.body)
        return done.body.decode("utf-8")

    def get(self, path: str, **params: Any) -> Any:
        done = self.request("GET", path, **params)
        assert done.status == 200, (path, done.status, done.body)
        return low(json.loads(done.body))

    def post(self, path: str, value: Any = None) -> tuple[int, Any]:
        done = self.request("POST", path, "" if value is None else json.dumps(value))
        assert done.status is not None
        return done.status, low(json.loads(done.body))

    def task(self, path: str, value: Any = None) -> Any:
        """The finished task of a request."""
        status, task = self.post(path, value)
        assert status == 202, (status, task)
        for _unused in range(10):
            task = self.get(f"/tasks/{task['taskid']}")
            if task["state"] == "Finished":
                return task
        raise AssertionError(f"task is still {task['state']}")

    def query(self, kind: str, text: str = "", plural: str = "", **params: Any) -> list[Any]:
        """Entities."""
        if text:
            params["filter"] = text
        answer = self.get("/query", type=kind, format="Entities", **params)
        found: list[Any] = answer["entities"][(plural or f"{kind}s").lower()][(plural or f"{kind}s").lower()]
        return found


def below_api(href: str) -> str:
    """The path of a link."""
    return href.partition("/api")[2]


def links(entity: Any, rel: str | None = None, kind: str | None = None) -> list[Any]:
    return [link for link in entity["links"] if rel in (None, link["rel"]) and kind in (None, link["type"])]


def ready(point: Any) -> bool:
    """As CloudStack's client judges it."""
    kinds = ("RestorePointReference", "BackupFileReference")
    return all(link["rel"] == "Up" for link in point["links"] if link["type"] in kinds)
