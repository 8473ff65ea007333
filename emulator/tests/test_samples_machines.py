# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that work on single machines, against the samples, on every product."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import JSON, VBR01, XML
from .memory import Memory
from .sample_cast import NOW, SAMPLES, STATE, same
from .test_samples_points import ROOT, formats

QUICK, ZIP = f"/backupServers/{VBR01}?action=quickbackup", f"/backupServers/{VBR01}?action=veeamzip"
TEXT = "text chosen by the backup server"
ZIPPED = "32d394ac-3f83-473d-adbc-ca9041142dae"
# The machine of the samples, in the inventory of the cast
WEB01 = {"name": "web01", "ref": f"{ROOT}.vm-4711"}


def prepared(product: str, accept: str) -> Memory:
    first, *others = STATE["hierarchy_roots"]
    state = {**STATE, "hierarchy_roots": [{**first, "objects": [*first["objects"], WEB01]}, *others]}
    em = Emulator(state=state, product=product, clock=ManualClock(NOW), task_steps="running:1")
    return Memory(em, media=accept)


def request(name: str, accept: str) -> str:
    return (SAMPLES / f"{name}.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")


def fits(text: str, sample: str, product: str, task: str, more: Mapping[str, str] | None = None) -> None:
    same(text, sample, {task: "task-1", **(more or {})}, without_nulls=product == "9.5u4")


def finished(api: Memory) -> str:
    api.text("/tasks/task-1")
    return api.text("/tasks/task-1")


@formats
def test_quick_backup(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    done = api.request("POST", QUICK, request("quickbackup-request", accept))
    assert done.status == 202, done.body
    fits(done.body.decode(), f"task-quickbackup-running.{suffix}", product, "task-41")
    text = finished(api)
    text = text.replace("refused by the backup server: the job has no restore point of that machine yet", TEXT)
    fits(text, f"task-quickbackup-failed.{suffix}", product, "task-41")


@formats
def test_veeamzip(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    done = api.request("POST", ZIP, request("veeamzip-request", accept))
    assert done.status == 202, done.body
    text = finished(api)
    fits(text, f"task-veeamzip.{suffix}", product, "task-42", {ZIPPED: api.em.sessions()[0].id})


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize("product", ["12", "13"])
def test_what_the_requests_of_the_samples_ask_for(product: str, accept: str) -> None:
    api = prepared(product, accept)
    api.em.switches["quick_backup_without_full"] = "accepted"
    for name, path, job in (
        ("quickbackup-request", QUICK, "TPL Gold"),
        ("veeamzip-request", ZIP, "web01_2026-01-08T130000"),
    ):
        assert api.request("POST", path, request(name, accept)).status == 202
        api.request("GET", f"/tasks/task-{len(api.em.tasks())}")
        api.request("GET", f"/tasks/task-{len(api.em.tasks())}")
        session = api.em.sessions()[-1]
        assert (session.job_name, [machine.name for machine in session.machines]) == (job, ["web01"])
