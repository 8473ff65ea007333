# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: jobs from a template, by somebody who knows asyncio, httpx and this API, without Ansible.

    rival_jobs.py SOURCE REPOSITORY PARALLEL NAME...

It sends the requests that the collection sends for the same jobs, in JSON: each is cloned, disabled, read, given three
machines, read, relieved of the template's and scheduled, read, enabled, and read again. It has no retries, and no check
but that the schedule is the wanted one.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from typing import Any
from urllib.parse import quote

import httpx
from rival_httpx import EnterpriseManager, server_of

MACHINES = ("web02", "app01", "db01")
SCHEDULE = {"Kind": "Everyday", "Time": "23:30:00.0000000+01:00", "TimeOffsetUtc": 1, "Enabled": True}


class Jobs(EnterpriseManager):
    async def order(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send what is answered by a task, and follow that."""
        answer = await self.client.request(method, path, json=body)
        answer.raise_for_status()
        task: dict[str, Any] = answer.json()
        pause = 0.02
        while task["state"] != "Finished":
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 5.0)
            task = await self.get(f"/api/tasks/{task['taskId']}")
        if not task["result"]["success"]:
            raise RuntimeError(f"{method} {path}: {task['result']['message']}")
        return task

    async def make(self, source: dict[str, Any], name: str, repository: str, found: list[dict[str, Any]]) -> None:
        info = {"JobName": name, "FolderName": name, "RepositoryUid": repository}
        await self.order("POST", f"{path_of(source)}?action=clone", {"BackupJobCloneInfo": info})
        (job,) = await self.named("Job", [name], entities=True)
        path = path_of(job)
        await self.order("PUT", path + "?action=edit", {"ScheduleEnabled": False})
        await self.get(path + "?format=Entity")
        for item in found:
            body = {"HierarchyObjRef": item["objectRef"], "HierarchyObjName": item["objectName"]}
            await self.order("POST", path + "/includes", body)
        wanted = {item["objectRef"] for item in found}
        for included in included_in(await self.get(path + "?format=Entity")):
            if included["hierarchyObjRef"] not in wanted:
                await self.order("DELETE", f"{path}/includes/{included['objectInJobId']}")
        edit = {"ScheduleConfigured": True, "JobScheduleOptions": {"Standart": {"OptionsDaily": SCHEDULE}}}
        await self.order("PUT", path + "?action=edit", edit)
        await self.get(path + "?format=Entity")
        await self.order("PUT", path + "?action=edit", {"ScheduleEnabled": True})
        job = await self.get(path + "?format=Entity")
        if not job["scheduleEnabled"] or {item["hierarchyObjRef"] for item in included_in(job)} != wanted:
            raise RuntimeError(f"{name} is not as wanted")


def path_of(job: dict[str, Any]) -> str:
    return f"/api/jobs/{job['uid'].rpartition(':')[2]}"


def included_in(job: dict[str, Any]) -> list[dict[str, Any]]:
    included: list[dict[str, Any]] = job["jobInfo"]["backupJobInfo"]["includes"]["objectInJobs"]
    return included


async def main(source_name: str, repository_name: str, parallel: int, names: list[str]) -> None:
    url = f"https://{os.environ['VEEAM_EM_HOSTNAME']}:{os.environ['VEEAM_EM_PORT']}"
    context = ssl.create_default_context(cafile=os.environ["VEEAM_EM_CA_PATH"])
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
    headers = {"Accept": "application/json"}
    client = httpx.AsyncClient(base_url=url, verify=context, limits=limits, headers=headers, timeout=30)
    async with client, Jobs(client) as em:
        jobs = {job["name"]: job for job in await em.named("Job", [source_name, *names], entities=True)}
        source = jobs[source_name]
        repositories = await em.named("Repository", [repository_name])
        repository = next(item for item in repositories if server_of(item) == server_of(source))
        roots = (await em.get("/api/query?type=HierarchyRoot&format=Entities&sortAsc=Name"))["entities"]
        root = next(
            item
            for item in roots["hierarchyRoots"]["hierarchyRoots"]
            if item["hostType"] == "VC" and server_of(item) == server_of(source)
        )
        found = []
        for name in MACHINES:
            path = f"/api/lookup?host={quote(root['uid'], safe='')}&name={name}&type=Vm"
            found += (await em.get(path))["hierarchyItems"]
        free = asyncio.Semaphore(parallel)

        async def one(name: str) -> None:
            async with free:
                await em.make(source, name, repository["uid"], found)

        await asyncio.gather(*(one(name) for name in names if name not in jobs))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
