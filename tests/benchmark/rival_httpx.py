# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: what somebody who knows asyncio, httpx and this API writes in an afternoon, without Ansible.

    rival_httpx.py SOURCE REPOSITORY PARALLEL NAME...

It sends the requests that the collection sends, in JSON: logon, all names in as few queries as fit, the repository, the
clones with PARALLEL in flight, the tasks in growing pauses, the new jobs read back, logout. It checks the certificate
and that each name is there once at the end, and has no retries. Prints name and href of each job as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from typing import Any
from urllib.parse import quote

import httpx

CHUNK = 50


class EnterpriseManager:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def __aenter__(self) -> EnterpriseManager:
        auth = httpx.BasicAuth(os.environ["VEEAM_EM_USERNAME"], os.environ["VEEAM_EM_PASSWORD"])
        answer = await self.client.post("/api/sessionMngr/?v=latest", auth=auth)
        answer.raise_for_status()
        self.session = answer.json()["sessionId"]
        self.client.headers["X-RestSvcSessionId"] = answer.headers["X-RestSvcSessionId"]
        self.client.cookies.clear()
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.client.delete(f"/api/logonSessions/{self.session}")

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        answer.raise_for_status()
        return answer.json()

    async def named(self, kind: str, names: list[str], entities: bool = False) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(names), CHUNK):
            wanted = ",".join(f'Name=="{name}"' for name in names[start : start + CHUNK])
            path = f"/api/query?type={kind}&filter={quote(wanted, safe='')}&pageSize=100"
            answer = await self.get(path + "&format=Entities" if entities else path)
            if entities:
                found += answer["entities"]["jobs"]["jobs"]
            else:
                found += answer["refs"]["refs"] if isinstance(answer["refs"], dict) else answer["refs"]
        return found

    async def clone(self, source: dict[str, Any], name: str, repository: str) -> None:
        info = {"JobName": name, "FolderName": name, "RepositoryUid": repository}
        identifier = source["uid"].rpartition(":")[2]
        body = {"BackupJobCloneInfo": info}
        answer = await self.client.post(f"/api/jobs/{identifier}?action=clone", json=body)
        answer.raise_for_status()
        task = answer.json()
        pause = 0.02
        while task["state"] != "Finished":
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 5.0)
            task = await self.get(f"/api/tasks/{task['taskId']}")
        if not task["result"]["success"]:
            raise RuntimeError(f"{name}: {task['result']['message']}")


def server_of(item: dict[str, Any]) -> str:
    return next(str(link["href"]).rpartition("/")[2].partition("?")[0] for link in item["links"] if link["rel"] == "Up")


async def main(source_name: str, repository_name: str, parallel: int, names: list[str]) -> dict[str, str]:
    url = f"https://{os.environ['VEEAM_EM_HOSTNAME']}:{os.environ['VEEAM_EM_PORT']}"
    context = ssl.create_default_context(cafile=os.environ["VEEAM_EM_CA_PATH"])
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
    headers = {"Accept": "application/json"}
    client = httpx.AsyncClient(base_url=url, verify=context, limits=limits, headers=headers, timeout=30)
    async with client, EnterpriseManager(client) as em:
        jobs = {job["name"]: job for job in await em.named("Job", [source_name, *names], entities=True)}
        missing = [name for name in names if name not in jobs]
        if missing:
            source = jobs[source_name]
            repositories = await em.named("Repository", [repository_name])
            repository = next(item for item in repositories if server_of(item) == server_of(source))
            free = asyncio.Semaphore(parallel)

            async def one(name: str) -> None:
                async with free:
                    await em.clone(source, name, repository["uid"])

            await asyncio.gather(*(one(name) for name in missing))
            made = await em.named("Job", missing, entities=True)
            if sorted(job["name"] for job in made) != sorted(missing):
                raise RuntimeError("not every name is there once")
            jobs.update((job["name"], job) for job in made)
    return {name: jobs[name]["href"] for name in names}


if __name__ == "__main__":
    hrefs = asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
    print(json.dumps(hrefs))
