# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: the newest restore point of every machine, read as XML with asyncio, httpx and lxml; printed as JSON.

As the collection does it: pages of what was there when it began, the newest first, four in flight, each parsed when it
comes and let go, and only the newest point of each machine kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx
from lxml import etree

PAGE, AT_ONCE = 1000, 4
NS = "{http://www.veeam.com/ent/v1.0}"


def words(url: str, point: Any, now: datetime) -> dict[str, Any]:
    """One restore point as veeam_restore_point_info has it."""
    uid = point.get("UID")
    id_ = uid.rpartition(":")[2]
    links = {link.get("Type"): link for link in point.find(NS + "Links") if link.get("Rel") == "Up"}
    server = links["BackupServerReference"]
    server_id = server.get("Href").rpartition("/")[2]
    created = datetime.fromisoformat(point.findtext(NS + "CreationTimeUTC").replace("Z", "+00:00")[:19] + "+00:00")
    ref = point.findtext(NS + "HierarchyObjRef")
    return {
        "id": id_,
        "uid": uid,
        "href": f"{url}/api/vmRestorePoints/{id_}",
        "name": point.get("Name"),
        "machine": point.get("VmDisplayName"),
        "ref": ref,
        "platform": ref.split(":")[1] if ref else None,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "age": int((now - created).total_seconds()),
        "type": point.findtext(NS + "PointType"),
        "algorithm": point.findtext(NS + "Algorithm"),
        "ready": {"RestorePointReference", "BackupFileReference"} <= set(links),
        "backup": None,
        "repository": None,
        "backup_server": {
            "name": server.get("Name"),
            "id": server_id,
            "href": f"{url}/api/backupServers/{server_id}",
        },
    }


async def main() -> None:
    url = f"https://{os.environ['VEEAM_EM_HOSTNAME']}:{os.environ['VEEAM_EM_PORT']}"
    context = ssl.create_default_context(cafile=os.environ["VEEAM_EM_CA_PATH"])
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    headers = {"Accept": "application/xml"}
    async with httpx.AsyncClient(base_url=url, verify=context, limits=limits, headers=headers, timeout=120) as client:
        auth = httpx.BasicAuth(os.environ["VEEAM_EM_USERNAME"], os.environ["VEEAM_EM_PASSWORD"])
        answer = await client.post("/api/sessionMngr/?v=latest", auth=auth)
        answer.raise_for_status()
        session = etree.fromstring(answer.content).findtext(NS + "SessionId")
        client.headers["X-RestSvcSessionId"] = answer.headers["X-RestSvcSessionId"]
        client.cookies.clear()
        now = datetime.now(timezone.utc)
        until = (now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = quote(f'CreationTime<"{until}"', safe="")
        asked = f"type=VmRestorePoint&filter={wanted}&sortDesc=CreationTime"
        free = asyncio.Semaphore(AT_ONCE)
        newest: dict[str, dict[str, Any]] = {}

        async def page(number: int) -> int:
            async with free:
                answer = await client.get(f"/api/query?{asked}&format=Entities&pageSize={PAGE}&page={number}")
                answer.raise_for_status()
                root = etree.fromstring(answer.content)
                for point in root.iter(NS + "VmRestorePoint"):
                    found = words(url, point, now)
                    key = found["ref"] or found["machine"]
                    if found["ready"] and (key not in newest or newest[key]["created"] < found["created"]):
                        newest[key] = found
                return int(root.find(NS + "PagingInfo").get("PagesCount"))

        count = await page(1)
        await asyncio.gather(*(page(number) for number in range(2, count + 1)))
        await client.delete(f"/api/logonSessions/{session}")
    points = sorted(newest.values(), key=lambda point: point["machine"])
    json.dump({"restore_points": points}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
