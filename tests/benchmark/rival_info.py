# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: every job with its details, read as XML with asyncio, httpx and lxml, without Ansible; printed as JSON.

As the collection does it: pages of a listing, four in flight, each parsed when it comes.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from typing import Any

import httpx
from lxml import etree

PAGE, AT_ONCE = int(os.environ.get("PAGE_SIZE", "500")), 4
RETENTION = ("SimpleRetentionPolicy", "GfsRetentionPolicy")
NS = "{http://www.veeam.com/ent/v1.0}"


def text(node: Any, path: str) -> str | None:
    found = node.findtext("/".join(NS + part for part in path.split("/")))
    return None if found is None else str(found)


def every(node: Any, path: str) -> Any:
    """Whatever is in a block: attributes, texts, and blocks in it."""
    found = node.find("/".join(NS + part for part in path.split("/")))
    return None if found is None else whole(found)


def whole(node: Any) -> Any:
    inside = {child.tag.removeprefix(NS): whole(child) for child in node}
    return {**node.attrib, **inside} if inside or node.attrib else node.text


def words(job: Any) -> dict[str, Any]:
    """One job as a dict of what somebody may ask for."""
    server = next(link for link in job.find(NS + "Links") if link.get("Rel") == "Up")
    options = job.find("%sJobScheduleOptions/%sStandart" % (NS, NS))
    schedule = None
    for kind in ("OptionsDaily", "OptionsMonthly", "OptionsPeriodically", "OptionsContinuous"):
        node = options.find(NS + kind) if options is not None else None
        if node is not None and (node.get("Enabled") or text(node, "Enabled")) == "true":
            schedule = {kind: {child.tag.removeprefix(NS): child.text for child in node if not len(child)}}
    return {
        "name": job.get("Name"),
        "uid": job.get("UID"),
        "id": job.get("UID").rpartition(":")[2],
        "href": job.get("Href"),
        "backup_server": {"name": server.get("Name"), "href": server.get("Href")},
        "type": text(job, "JobType"),
        "platform": text(job, "Platform"),
        "description": text(job, "Description"),
        "enabled": text(job, "ScheduleEnabled") == "true",
        "run_automatically": text(job, "ScheduleConfigured") == "true",
        "next_run": text(job, "NextRun"),
        "schedule": schedule,
        **{name: every(options, name) for name in ("RetryOptions", "BackupWindow") if options is not None},
        **{
            name: every(job, "JobInfo/BackupJobInfo/" + name)
            for name in ("SimpleRetentionPolicy", "GfsRetentionPolicy")
        },
        "objects": [
            {"id": text(item, "ObjectInJobId"), "ref": text(item, "HierarchyObjRef"), "name": text(item, "Name")}
            for item in job.iter(NS + "ObjectInJob")
        ],
    }


async def main() -> None:
    url = "https://%s:%s" % (os.environ["VEEAM_EM_HOSTNAME"], os.environ["VEEAM_EM_PORT"])
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
        free = asyncio.Semaphore(AT_ONCE)

        async def page(number: int) -> tuple[int, list[dict[str, Any]]]:
            async with free:
                path = "/api/query?type=Job&format=Entities&sortAsc=Name&pageSize=%d&page=%d" % (PAGE, number)
                answer = await client.get(path)
                answer.raise_for_status()
                root = etree.fromstring(answer.content)
                paging = root.find(NS + "PagingInfo")
                return int(paging.get("PagesCount")), [words(job) for job in root.iter(NS + "Job")]

        count, found = await page(1)
        for _count, more in await asyncio.gather(*(page(number) for number in range(2, count + 1))):
            found += more
        await client.delete("/api/logonSessions/%s" % session)
    json.dump({"jobs": found}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
