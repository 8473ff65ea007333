# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of veeam_protection_info to make reports of: one machine of each status, and one with hostile names."""

from __future__ import annotations

import typing as t

AS_OF = "2026-01-08T17:31:07Z"
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
ASKED: dict[str, t.Any] = {"hostname": "em01.example.test", "within": "24h", "exclude": ["*-tmp-*"]}


def job(name: str, **words: t.Any) -> dict[str, t.Any]:
    return {
        "name": name,
        "id": name,
        "type": "Backup",
        "enabled": True,
        "run_automatically": True,
        "by": "object",
        **words,
    }


def run(result: str | None, end: str, of: str | None = "web-prod-daily", reason: str | None = None) -> dict[str, t.Any]:
    return {"job": of, "result": result, "end": end, "reason": reason}


def machine(name: str, status: str, reason: str, created: str | None = None, **words: t.Any) -> dict[str, t.Any]:
    point = {"name": name, "created": created, "type": "Increment", "ready": True} if created else None
    return {
        "name": name,
        "ref": f"urn:VMware:Vm:{ROOT}.vm-{abs(hash(name)) % 9000}" if "ref" not in words else words["ref"],
        "platform": "VMware",
        "host": {"name": "vcenter01.example.test", "id": ROOT},
        "status": status,
        "reason": reason,
        "restore_point": point,
        "last_run": None,
        "jobs": [],
        "twice": False,
        **words,
    }


def found(*machines: dict[str, t.Any], **words: t.Any) -> dict[str, t.Any]:
    """The result of the module."""
    summary = dict.fromkeys(("unprotected", "failing", "late", "paused", "unknown", "protected", "excluded"), 0)
    for one in machines:
        summary[one["status"]] += 1
    return {"as_of": AS_OF, "complete": True, "notes": [], "summary": summary, "machines": list(machines), **words}


#: One machine of each status, in the order of the module: by host and name.
EACH = (
    machine(
        "app01",
        "failing",
        'the run of job "app-daily" that ended 2026-01-08T10:06:52Z failed: Processing app01 Error: Cannot freeze the '
        "guest; restore point of 2026-01-07T22:00:10Z, 19 hours old",
        "2026-01-07T22:00:10.42Z",
        last_run=run(
            "Failed", "2026-01-08T10:06:52.03Z", "app-daily", "Processing app01 Error: Cannot freeze the guest"
        ),
        jobs=[job("app-daily")],
    ),
    machine("build-tmp-4", "excluded", 'exclude has "*-tmp-*"'),
    machine(
        "db01",
        "late",
        "restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 hours",
        "2026-01-05T17:31:07Z",
        last_run=run("Success", "2026-01-05T17:40:00Z", "db-daily"),
        jobs=[job("db-daily")],
    ),
    machine("jump01", "unprotected", "no restore point, and no job that holds it"),
    machine(
        "legacy07",
        "paused",
        'restore point of 2025-11-30T21:00:04Z, 38 days old, older than 24 hours; job "old" does not run by itself',
        "2025-11-30T21:00:04.5Z",
        jobs=[job("old", enabled=False)],
    ),
    machine(
        "web01",
        "protected",
        "restore point of 2026-01-08T14:31:07Z, 3 hours old",
        "2026-01-08T14:31:07.42Z",
        last_run=run("Success", "2026-01-08T14:33:02.9Z"),
        jobs=[job("web-prod-daily")],
    ),
    machine(
        "web02",
        "protected",
        "restore point of 2026-01-08T10:05:49Z, 7 hours old",
        "2026-01-08T10:05:49.377Z",
        last_run=run("Warning", "2026-01-08T10:08:41.77Z"),
        jobs=[job("all linux", run_automatically=False), job("web-prod-daily")],
        twice=True,
    ),
    machine(
        "cache03",
        "unknown",
        'no restore point and no job by its name, but it may be in "gold" in job "TPL Gold"',
        host={"name": "vcenter02.example.test", "id": "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"},
        jobs=[job("TPL Gold", by="container")],
    ),
)
NOTES = [
    "Jobs are not shown to the role of the account; what they decide is unknown.",
    "1 inventory could not be read.",
]

#: Names that somebody may give a machine who means no good: what a browser, a Markdown reader and a spreadsheet make of
#: a text, and what turns the text around it.
HOSTILE = (
    "<script>window.broken=1</script>",
    "</title><script>window.broken=2</script>",
    "</style><script>window.broken=3</script>",
    "<img src=x onerror=window.broken=4>",
    "\"><svg onload=window.broken=5>",
    "' onmouseover='window.broken=6",
    "<!--", "-->", "]]>", "&lt;b&gt;", "&#60;script&#62;window.broken=7&#60;/script&#62;",
    "<a href='https://evil.example.test/'>click</a>",
    "<link rel=stylesheet href=//evil.example.test/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example.test/'>",
    "<base href=https://evil.example.test/>",
    "{{ 7 * 7 }}", "{% raw %}", "{# x #}", "${7*7}", "%s %(x)s {0}",
    "=HYPERLINK(\"https://evil.example.test/\",\"x\")", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201", "=cmd|' /C calc'!A0", "DDE(\"cmd\";\"/C calc\";\"x\")",
    "a|b", "a\\|b", "`code`", "``two``", "**bold**", "[x](https://evil.example.test/)",
    "![x](//evil.example.test/x.png)", "https://evil.example.test/", "www.evil.example.test", "@everybody", "#123",
    "# heading", "| --- |",
    "<details>",
    "\u202egnp.exe", "\u2066isolate", "a\u2028b", "a\u0000b", "a\u0007b", "a\nb", "a\r\nb,c", "\ud83d", "\U0001f600",
    "quote\"in", "comma,in", "semi;colon", "", " ", "\u00a0",
)  # fmt: skip


def hostile() -> dict[str, t.Any]:
    """The same machine under each hostile name, and the name wherever the server has a text."""
    return found(
        *(
            machine(
                name,
                "late",
                f"a reason with {name}",
                "2026-01-05T17:31:07Z",
                ref=f"urn:VMware:Vm:{name}",
                platform=name,
                host={"name": name, "id": name},
                last_run=run(name, "2026-01-05T17:40:00Z", name, name),
                jobs=[job(name, type=name)],
            )
            for name in HOSTILE
        ),
        notes=list(HOSTILE),
        complete=False,
    )


ASKED_HOSTILE: dict[str, t.Any] = {
    "hostname": "em01.example.test",
    "within": "24h",
    "machines": list(HOSTILE),
    "host": list(HOSTILE),
    "backup_server": HOSTILE[0],
    "exclude": list(HOSTILE),
}
