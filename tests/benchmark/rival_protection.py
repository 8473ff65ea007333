# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: what is protected, read as XML with asyncio, httpx and lxml, without Ansible; printed as JSON.

As the collection does it: inventories, jobs, the restore points and runs of a day in pages of 2,000, four in flight,
and those without a point asked for by name and by reference; the same words of each machine. With "inventory" as
argument: the machines as ansible-inventory takes them from a script.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx
from lxml import etree

PAGE, AT_ONCE, GROUP, WITHIN = 2000, 4, 50, timedelta(hours=24)
NS = "{http://www.veeam.com/ent/v1.0}"
Key = tuple[str, str]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> datetime:
    return datetime.strptime(text.partition(".")[0].rstrip("Z"), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def id_of(node: Any) -> str:
    return str(node.get("UID").rpartition(":")[2])


def up(node: Any, kind: str) -> Any:
    return next(link for link in node.find(NS + "Links") if link.get("Type") == kind)


def ago(seconds: float) -> str:
    count, unit = (int(seconds // 3600), "hour") if seconds < 2 * 86400 else (int(seconds // 86400), "day")
    if seconds < 3600:
        count, unit = int(seconds // 60), "minute"
    return f"{count} {unit}{'' if count == 1 else 's'}"


class Rival:
    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client, self.url, self.free = client, url, asyncio.Semaphore(AT_ONCE)
        self.now = datetime.now(timezone.utc)

    async def get(self, path: str) -> Any:
        async with self.free:
            answer = await self.client.get(path)
            answer.raise_for_status()
            self.now = parsedate_to_datetime(answer.headers["Date"])
            return etree.fromstring(answer.content)

    async def pages(self, kind: str, more: str, take: Callable[[Any], None], size: int = PAGE) -> None:
        path = f"/api/query?type={kind}&format=Entities&pageSize={size}{more}&page="

        async def page(number: int) -> int:
            root = await self.get(f"{path}{number}")
            for node in root.iter(NS + kind):
                take(node)
            return int(root.find(NS + "PagingInfo").get("PagesCount"))

        count = await page(1)
        await asyncio.gather(*(page(number) for number in range(2, count + 1)))

    def server(self, node: Any) -> dict[str, Any]:
        link = up(node, "BackupServerReference")
        id_ = link.get("Href").rpartition("/")[2]
        return {"name": link.get("Name"), "id": id_, "href": f"{self.url}/api/backupServers/{id_}"}

    async def machines(self) -> tuple[dict[Key, dict[str, Any]], dict[str, str]]:
        """By host and object, each with its references; and the id of each root to that of its host."""
        roots: list[Any] = []
        await self.pages("HierarchyRoot", "&sortAsc=Name", roots.append, 100)
        hosts = {id_of(root): root.findtext(NS + "UniqueId") or id_of(root) for root in roots}
        first: dict[str, dict[str, Any]] = {}
        for root in sorted(roots, key=lambda one: (self.server(one)["name"], id_of(one))):
            first.setdefault(hosts[id_of(root)], {"name": root.get("Name"), "id": id_of(root)})
        found: dict[Key, dict[str, Any]] = {}

        async def one(root: Any) -> None:
            answer = await self.get(f"/api/lookup?host={quote(root.get('UID'))}&name=*&type=Vm")
            for item in answer.iter(NS + "HierarchyItem"):
                ref = item.findtext(NS + "ObjectRef")
                key = self.key(ref, hosts)
                machine = found.setdefault(
                    key, {"name": item.findtext(NS + "ObjectName"), "refs": [], "host": first[key[0]], "servers": []}
                )
                machine["refs"].append(ref)
                machine["servers"].append(self.server(root)["name"])

        await asyncio.gather(*(one(root) for root in roots))
        return found, hosts

    @staticmethod
    def key(ref: str, hosts: dict[str, str]) -> Key:
        root, _dot, moref = ref.split(":", 3)[3].partition(".")
        return hosts.get(root, root), moref

    async def jobs(
        self, hosts: dict[str, str]
    ) -> tuple[dict[Key, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
        """By object, and by the host of a container."""
        held: dict[Key, list[dict[str, Any]]] = {}
        inside: dict[str, list[dict[str, Any]]] = {}

        def take(job: Any) -> None:
            words = {
                "name": job.get("Name"),
                "id": id_of(job),
                "type": job.findtext(NS + "JobType"),
                "enabled": job.findtext(NS + "ScheduleEnabled") == "true",
                "run_automatically": job.findtext(NS + "ScheduleConfigured") == "true",
            }
            for item in job.iter(NS + "ObjectInJob"):
                ref = item.findtext(NS + "HierarchyObjRef")
                key = self.key(ref, hosts)
                if ref.split(":")[2].lower() == "vm":
                    held.setdefault(key, []).append({**words, "by": "object"})
                else:
                    inside.setdefault(key[0], []).append({**words, "by": "container"})

        await asyncio.gather(
            self.pages("Job", "&sortAsc=Name", take, 500), self.pages("AgentBackupJob", "", lambda _: None, 500)
        )
        return held, inside

    def point(self, node: Any) -> dict[str, Any]:
        ref = node.findtext(NS + "HierarchyObjRef")
        created = read(node.findtext(NS + "CreationTimeUTC"))
        id_ = id_of(node)
        return {
            "id": id_,
            "uid": node.get("UID"),
            "href": f"{self.url}/api/vmRestorePoints/{id_}",
            "name": node.get("Name"),
            "machine": node.get("VmDisplayName"),
            "ref": ref,
            "platform": ref.split(":")[1] if ref else None,
            "created": created,
            "type": node.findtext(NS + "PointType"),
            "algorithm": node.findtext(NS + "Algorithm"),
            "ready": any(link.get("Rel") == "Restore" for link in node.find(NS + "Links")),
            "backup": None,
            "repository": None,
            "backup_server": self.server(node),
        }

    async def protection(self) -> dict[str, Any]:
        machines, hosts = await self.machines()
        held, inside = await self.jobs(hosts)
        points: dict[Key, dict[str, Any]] = {}
        runs: dict[Key, dict[str, Any]] = {}

        def take_point(node: Any) -> None:
            ref = node.findtext(NS + "HierarchyObjRef")
            key = self.key(ref, hosts) if ref else ("", "")
            if key not in machines:
                return
            created = read(node.findtext(NS + "CreationTimeUTC"))
            if key not in points or points[key]["created"] < created:
                point = self.point(node)
                if point["ready"]:
                    points[key] = point

        def take_run(node: Any) -> None:
            ref = node.findtext(NS + "VmUid")
            key = self.key(ref, hosts) if ref else ("", "")
            if key not in machines or node.findtext(NS + "State") != "Completed":
                return
            end = read(node.findtext(NS + "EndTimeUTC"))
            if key not in runs or runs[key]["end"] < end:
                job = up(node, "BackupJobSessionReference").get("Name").rpartition("@")[0]
                reason = node.findtext(NS + "Reason") or None
                runs[key] = {"job": job, "result": node.findtext(NS + "Result"), "end": end, "reason": reason}

        since, until = stamp(self.now - WITHIN), stamp(self.now + timedelta(hours=1))

        def window(field: str) -> str:
            filter_ = quote(f'{field}>="{since}";{field}<="{until}"')
            return f"&sortDesc={field}&filter={filter_}"

        await asyncio.gather(
            self.pages("VmRestorePoint", window("CreationTime"), take_point),
            self.pages("BackupTaskSession", window("EndTime"), take_run),
        )

        def asked(field: str, texts: list[str], sort: str) -> Iterable[str]:
            for start in range(0, len(texts), GROUP):
                filter_ = ",".join(f'{field}=="{text}"' for text in texts[start : start + GROUP])
                yield f"&sortDesc={sort}&filter={quote(filter_)}"

        names = sorted({machine["name"] for key, machine in machines.items() if key not in points})
        await asyncio.gather(
            *(self.pages("VmRestorePoint", more, take_point) for more in asked("VmDisplayName", names, "CreationTime")),
            *(self.pages("BackupTaskSession", more, take_run) for more in asked("VmDisplayName", names, "EndTime")),
        )
        refs = [ref for key, machine in machines.items() if key not in points for ref in machine["refs"]]
        for more in asked("HierarchyObjRef", refs, "CreationTime"):
            await self.pages("VmRestorePoint", more, take_point)
        found = [
            self.words(machine, points.get(key), runs.get(key), held.get(key, []), inside.get(key[0], []))
            for key, machine in machines.items()
        ]
        found.sort(key=lambda one: (one["host"]["name"], one["host"]["id"], one["name"], one["ref"]))
        summary: dict[str, int] = {}
        for one in found:
            summary[one["status"]] = summary.get(one["status"], 0) + 1
        return {"machines": found, "summary": summary, "as_of": stamp(self.now)}

    def words(
        self, machine: dict[str, Any], point: dict[str, Any] | None, run: dict[str, Any] | None,
        held: list[dict[str, Any]], inside: list[dict[str, Any]],
    ) -> dict[str, Any]:  # fmt: skip
        ref = min(machine["refs"])
        newest, age = "no restore point", 0
        if point is not None:
            age = int((self.now - point["created"]).total_seconds())
            newest = f"restore point of {stamp(point['created'])}, {ago(age)} old"
        deciding = [job for job in held if job["type"] == "Backup"]
        if run is not None and run["result"] == "Failed" and (point is None or point["created"] <= run["end"]):
            status, reason = "failing", f'the run of job "{run["job"]}" that ended {stamp(run["end"])} failed; {newest}'
        elif point is not None and age <= WITHIN.total_seconds():
            status, reason = "protected", newest
        elif point is not None:
            rests = deciding and all(not (job["enabled"] and job["run_automatically"]) for job in deciding)
            status, reason = "paused" if rests else "late", f"{newest}, older than 24 hours"
        elif deciding:
            status, reason = "late", f'{newest}, although job "{deciding[0]["name"]}" holds it'
        elif any(job["type"] == "Backup" for job in inside):
            status, reason = "unknown", f"{newest} and no job by its name"
        else:
            status, reason = "unprotected", f"{newest}, and no job that holds it"
        return {
            "name": machine["name"],
            "ref": ref,
            "platform": ref.split(":")[1],
            "host": machine["host"],
            "status": status,
            "reason": reason,
            "restore_point": {**point, "created": stamp(point["created"]), "age": age} if point else None,
            "last_run": {**run, "end": stamp(run["end"])} if run else None,
            "jobs": sorted(held + inside, key=lambda job: (job["by"] != "object", job["name"])),
            "twice": sum(job["enabled"] for job in deciding) > 1,
        }

    async def inventory(self) -> dict[str, Any]:
        machines, hosts = await self.machines()
        held, _inside = await self.jobs(hosts)
        variables = {
            machine["name"]: {
                "veeam_name": machine["name"],
                "veeam_ref": min(machine["refs"]),
                "veeam_platform": machine["refs"][0].split(":")[1],
                "veeam_host": machine["host"],
                "veeam_backup_servers": sorted(machine["servers"]),
                "veeam_jobs": sorted(job["name"] for job in held.get(key, ())),
            }
            for key, machine in machines.items()
        }
        return {"_meta": {"hostvars": variables}, "all": {"hosts": list(variables)}}


async def main() -> None:
    url = f"https://{os.environ['VEEAM_EM_HOSTNAME']}:{os.environ['VEEAM_EM_PORT']}"
    context = ssl.create_default_context(cafile=os.environ["VEEAM_EM_CA_PATH"])
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    headers = {"Accept": "application/xml"}
    async with httpx.AsyncClient(base_url=url, verify=context, limits=limits, headers=headers, timeout=60) as client:
        auth = httpx.BasicAuth(os.environ["VEEAM_EM_USERNAME"], os.environ["VEEAM_EM_PASSWORD"])
        answer = await client.post("/api/sessionMngr/?v=latest", auth=auth)
        answer.raise_for_status()
        session = etree.fromstring(answer.content).findtext(NS + "SessionId")
        client.headers["X-RestSvcSessionId"] = answer.headers["X-RestSvcSessionId"]
        client.cookies.clear()
        rival = Rival(client, url)
        found = await (rival.inventory() if "inventory" in sys.argv[1:] else rival.protection())
        await client.delete(f"/api/logonSessions/{session}")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
