# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: quick backups, by somebody who knows asyncio, httpx and this API, without Ansible.

    rival_backups.py PARALLEL MACHINE...

It sends the requests that the collection sends for the same machines, in JSON: their restore points, the runs that made
these, whether the job of each is running; then, for those of one job one after the other, the quick backup, its task,
its session, what became of the machine, and the restore point. It has no retries.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from typing import Any
from urllib.parse import quote

import httpx
from rival_httpx import CHUNK, EnterpriseManager, server_of


class Backups(EnterpriseManager):
    async def of_machines(self, kind: str, key: str, names: list[str]) -> list[dict[str, Any]]:
        """The entities of that kind of these machines, the newest first."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(names), CHUNK):
            wanted = ",".join(f'VmDisplayName=="{name}"' for name in names[start : start + CHUNK])
            path = f"/api/query?type={kind}&filter={quote(wanted, safe='')}&sortDesc=CreationTime&format=Entities"
            found += (await self.get(f"{path}&pageSize=1000&page=1"))["entities"][key][key]
        return found

    async def job_of(self, run: dict[str, Any]) -> str:
        """The job of a run of a machine. Raises RuntimeError where it is running."""
        session = await self.get(f"/api/backupSessions/{run['jobSessionUid'].rpartition(':')[2]}?format=Entity")
        wanted = quote(f'JobUid=="{session["jobUid"]}"', safe="")
        path = f"/api/query?type=BackupJobSession&filter={wanted}&sortDesc=CreationTime&format=Entities"
        (last,) = (await self.get(f"{path}&pageSize=1&page=1"))["entities"]["backupJobSessions"]["backupJobSessions"]
        if last["state"] != "Stopped":
            raise RuntimeError(f"{last['jobName']} is running")
        return str(session["jobUid"])

    async def back_up(self, newest: dict[str, Any]) -> dict[str, Any]:
        """One quick backup. newest: the machine's newest restore point. Returns the new one."""
        path = f"/api/backupServers/{server_of(newest)}?action=quickbackup"
        answer = await self.client.post(path, json={"VmRef": newest["hierarchyObjRef"]})
        answer.raise_for_status()
        task = answer.json()
        pause = 0.02
        while task["state"] != "Finished":
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 5.0)
            task = await self.get(f"/api/tasks/{task['taskId']}")
        path = path_of(next(link["href"] for link in task["links"] if link["type"] == "BackupJobSession"))
        session = await self.get(path)
        while session["state"] != "Stopped":
            await asyncio.sleep(5)
            session = await self.get(path)
        ended = await self.get(path.partition("?")[0] + "/taskSessions?format=Entity")
        (mine,) = [one for one in ended["backupTaskSessions"] if one["vmUid"] == newest["hierarchyObjRef"]]
        if mine["result"] == "Failed":
            raise RuntimeError(f"{mine['vmDisplayName']}: {mine['reason']}")
        point = next(link["href"] for link in mine["links"] if link["type"] == "VmRestorePoint")
        found: dict[str, Any] = await self.get(path_of(point))
        return found


def path_of(href: str) -> str:
    return "/api" + href.partition("/api")[2]


async def main(parallel: int, names: list[str]) -> None:
    url = f"https://{os.environ['VEEAM_EM_HOSTNAME']}:{os.environ['VEEAM_EM_PORT']}"
    context = ssl.create_default_context(cafile=os.environ["VEEAM_EM_CA_PATH"])
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
    headers = {"Accept": "application/json"}
    client = httpx.AsyncClient(base_url=url, verify=context, limits=limits, headers=headers, timeout=60)
    async with client, Backups(client) as em:
        await em.get("/api/query?type=HierarchyRoot&sortAsc=Name&format=Entities&pageSize=100&page=1")
        newest: dict[str, dict[str, Any]] = {}
        for point in await em.of_machines("VmRestorePoint", "vmRestorePoints", names):
            newest.setdefault(point["vmDisplayName"], point)
        last: dict[str, dict[str, Any]] = {}
        for run in await em.of_machines("BackupTaskSession", "backupTaskSessions", names):
            last.setdefault(run["vmDisplayName"], run)
        # machines of one run have one job
        runs = {run["jobSessionUid"]: run for run in last.values()}
        jobs = dict(zip(runs, await asyncio.gather(*(em.job_of(run) for run in runs.values())), strict=True))
        groups: dict[str, list[dict[str, Any]]] = {}
        for name in names:
            groups.setdefault(jobs[last[name]["jobSessionUid"]], []).append(newest[name])
        free = asyncio.Semaphore(parallel)

        async def one_after_the_other(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
            async with free:
                return [await em.back_up(point) for point in points]

        made = await asyncio.gather(*(one_after_the_other(points) for points in groups.values()))
        if len({point["uid"] for points in made for point in points}) != len(names):
            raise RuntimeError("not every machine has a new restore point")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
