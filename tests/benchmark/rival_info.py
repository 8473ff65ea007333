# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rival: every job with its details, read as XML with asyncio, httpx and lxml, without Ansible; printed as JSON.

As the collection does it: pages of a listing, four in flight, each parsed when it comes, the same words of each job.
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
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NS = "{http://www.veeam.com/ent/v1.0}"


def tags(names: str) -> str:
    return "/".join(NS + name for name in names.split("/"))


def text(node: Any, path: str) -> str | None:
    found = node.findtext(tags(path))
    return None if found is None else str(found)


def is_on(node: Any) -> bool:
    return node is not None and (node.get("Enabled") or text(node, "Enabled")) == "true"


def number(node: Any, path: str) -> int | None:
    found = text(node, path)
    return int(found) if found else None


def hours(node: Any) -> dict[str, list[int]] | None:
    """The hours that are allowed, of the days that have any."""
    if node is None:
        return None
    days = {day.get("Name").lower(): day.text.split(",") for day in node}
    allowed = {day: [hour for hour, flag in enumerate(days.get(day, ())) if flag == "1"] for day in WEEK}
    return {day: found for day, found in allowed.items() if found}


def clock(node: Any) -> str:
    """Times are in the zone of the block, or in UTC."""
    time, offset = text(node, "Time") or "", number(node, "TimeOffsetUtc") or 0
    hour, minute = int(time[:2]), time[3:5]
    return "%02d:%s" % ((hour + offset) % 24 if time.endswith("Z") else hour, minute)


def texts(node: Any, name: str) -> list[str]:
    return [(found.text or "").lower() for found in node.iterfind(NS + name)]


def schedule(options: Any) -> dict[str, Any] | None:
    daily = options.find(NS + "OptionsDaily")
    if is_on(daily):
        chosen = texts(daily, "Days")
        kind = text(daily, "Kind")
        days = {"Everyday": WEEK, "WeekDays": WEEK[:5]}.get(kind or "") or [day for day in WEEK if day in chosen]
        return {"daily": {"at": clock(daily), "days": days}, "utc_offset": number(daily, "TimeOffsetUtc")}
    monthly = options.find(NS + "OptionsMonthly")
    if is_on(monthly):
        words: dict[str, Any] = {"at": clock(monthly)}
        if text(monthly, "DayNumberInMonth") == "OnDay":
            words["day_of_month"] = number(monthly, "DayOfMonth")
        else:
            words["week"] = (text(monthly, "DayNumberInMonth") or "").lower()
            words["day"] = (text(monthly, "DayOfWeek") or "").lower()
        words["months"] = texts(monthly, "Months")
        return {"monthly": words, "utc_offset": number(monthly, "TimeOffsetUtc")}
    periodic = options.find(NS + "OptionsPeriodically")
    if is_on(periodic):
        every = {"every": number(periodic, "FullPeriod"), "unit": (text(periodic, "Kind") or "").lower()}
        return {"periodically": {**every, "hours": hours(periodic.find(NS + "Schedule"))}, "utc_offset": None}
    continuous = options.find(NS + "OptionsContinuous")
    if is_on(continuous):
        return {"continuously": {"hours": hours(continuous.find(NS + "Schedule"))}, "utc_offset": None}
    chained = options.find(NS + "OptionsDaisyChaining")
    if is_on(chained):
        return {"after_job": (text(chained, "PreviousJobUid") or "").rpartition(":")[2], "utc_offset": None}
    return None


def gfs(job: Any) -> dict[str, Any] | None:
    own = job.find(tags("JobInfo/BackupJobInfo/GfsRetentionPolicy"))
    if not is_on(own):
        return None
    result: dict[str, Any] = {}
    for word, which, name in (("weekly", "day", "Day"), ("monthly", "week", "Week"), ("yearly", "month", "Month")):
        part = own.find(NS + word.capitalize())
        chosen = (text(part, "Selected" + name) or "").lower() if part is not None else ""
        result[word] = {"keep": number(part, "RetentionPeriod"), which: chosen} if is_on(part) else None
    return result


def words(url: str, job: Any) -> dict[str, Any]:
    """One job as veeam_job_info has it."""
    uid = job.get("UID")
    id_ = uid.rpartition(":")[2]
    up = next(link for link in job.find(NS + "Links") if link.get("Rel") == "Up")
    server = up.get("Href").rpartition("/")[2]
    options = job.find(tags("JobScheduleOptions/Standart"))
    if options is None:
        options = job.find(tags("JobScheduleOptions/ImmediateCopyMode"))
    retry = options.find(NS + "RetryOptions") if options is not None else None
    window = options.find(NS + "OptionsBackupWindow") if options is not None else None
    simple = job.find(tags("JobInfo/BackupJobInfo/SimpleRetentionPolicy"))
    retention = None
    if simple is not None:
        days = text(simple, "RetainLimitType") == "Days"
        count = number(simple, "RetainDaysToKeep" if days else "RetainCycles")
        retention = {"type": "days" if days else "restore_points", "count": count}
    objects = linked = None
    for info in job.find(NS + "JobInfo"):
        if info.tag in (NS + "BackupJobInfo", NS + "ReplicaJobInfo"):
            objects = [
                {
                    "name": text(item, "Name"),
                    "ref": text(item, "HierarchyObjRef"),
                    "type": (text(item, "HierarchyObjRef") or "").split(":")[2].replace("VM", "Vm"),
                    "id": text(item, "ObjectInJobId"),
                }
                for item in info.iterfind(tags("Includes/ObjectInJob"))
            ]
        else:
            found = info.iterfind(tags("LinkedJobIncludes/LinkedJobObject"))
            linked = [(text(item, "LinkedJobUid") or "").rpartition(":")[2] for item in found]
    next_run = text(job, "NextRun")
    return {
        "name": job.get("Name"),
        "id": id_,
        "uid": uid,
        "href": url + "/api/jobs/" + id_,
        "kind": "job",
        "type": text(job, "JobType"),
        "platform": text(job, "Platform"),
        "description": text(job, "Description"),
        "backup_server": {"name": up.get("Name"), "id": server, "href": url + "/api/backupServers/" + server},
        "enabled": text(job, "ScheduleEnabled") == "true",
        "run_automatically": text(job, "ScheduleConfigured") == "true",
        "next_run": next_run + "Z" if next_run and not next_run.endswith("Z") else next_run,
        "schedule": schedule(options) if options is not None else None,
        "retry": {"times": number(retry, "RetryTimes"), "wait": number(retry, "RetryTimeout")}
        if retry is not None and text(retry, "RetrySpecified") != "false"
        else None,
        "backup_window": hours(window.find(NS + "TimePeriods")) if window is not None and is_on(window) else None,
        "retention": retention,
        "gfs": gfs(job),
        "objects": objects,
        "linked_jobs": linked,
        "repository": None,
    }


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
        free = asyncio.Semaphore(AT_ONCE)

        async def page(number: int) -> tuple[int, list[dict[str, Any]]]:
            async with free:
                path = "/api/query?type=Job&format=Entities&sortAsc=Name&pageSize=%d&page=%d" % (PAGE, number)
                answer = await client.get(path)
                answer.raise_for_status()
                root = etree.fromstring(answer.content)
                paging = root.find(NS + "PagingInfo")
                return int(paging.get("PagesCount")), [words(url, job) for job in root.iter(NS + "Job")]

        count, found = await page(1)
        for _count, more in await asyncio.gather(*(page(number) for number in range(2, count + 1))):
            found += more
        await client.delete(f"/api/logonSessions/{session}")
    json.dump({"jobs": found}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
