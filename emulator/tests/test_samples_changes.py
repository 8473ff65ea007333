# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes a job, against its samples: request bodies, tasks, the object that was added."""

from __future__ import annotations

from typing import Any

import pytest

from .client import GOLD, JSON, XML, Api
from .sample_cast import CLONE, COPY, SAMPLES, client, same, stop_all

FORMATS = [("xml", XML, "12"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13")]


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


REQUESTS = [
    ("create-object-in-job-guest", "POST", f"/jobs/{GOLD}/includes"),
    ("create-object-in-job-hyperv", "POST", f"/jobs/{GOLD}/includes"),
    ("create-object-in-job-vcloud", "POST", f"/jobs/{GOLD}/includes"),
    ("edit-job-enabled", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-manual", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-includes", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-retention", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-schedule-daily", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-schedule-monthly", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-schedule-periodically", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-schedule-after", "PUT", f"/jobs/{CLONE}?action=edit"),
    ("edit-job-immediatecopy", "PUT", f"/jobs/{COPY}?action=edit"),
]
BODIES = [
    (method, path, f"{name}.{suffix}")
    for name, method, path in REQUESTS
    for suffix in ("xml", "json")
    if (SAMPLES / f"{name}.{suffix}").exists()
]


@pytest.mark.parametrize(("method", "path", "sample"), BODIES, ids=[case[2] for case in BODIES])
@pytest.mark.parametrize("product", ["12", "13"])
def test_request_bodies_are_carried_out(method: str, path: str, sample: str, product: str) -> None:
    api = client(product, XML if sample.endswith("xml") else JSON)
    body = (SAMPLES / sample).read_text(encoding="utf-8")
    assert api.request(method, f"/api{path}", body).status == 202
    assert api.finish().success is True
    # the body for the copy job says what is the case already
    assert len(api.em.history()) == (0 if "immediatecopy" in sample else 2)


def add_web02(api: Api) -> None:
    name = "xml" if api.accept == XML else "json"
    body = (SAMPLES / f"create-object-in-job.{name}").read_text(encoding="utf-8")
    assert api.request("POST", f"/api/jobs/{CLONE}/includes", body).status == 202


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_tasks(suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    add_web02(api)
    same(api.get("/tasks/task-1").text, f"task-update-job-running.{suffix}", task_11="task-1")
    same(api.finish("task-1").answer.text, f"task-update-job.{suffix}", task_11="task-1")
    edit = (SAMPLES / f"edit-job-enabled.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    api.request("PUT", f"/api/jobs/{CLONE}?action=edit", edit)
    same(api.finish("task-2").answer.text, f"task-edit-job.{suffix}", task_12="task-2")
    api.request("DELETE", f"/api/jobs/{CLONE}")
    same(api.finish("task-3").answer.text, f"task-delete-job.{suffix}", task_4="task-3")


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_the_last_object(suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    identity = api.em.world.state.jobs[GOLD].objects[0].id
    api.request("DELETE", f"/api/jobs/{GOLD}/includes/{identity}")
    task = api.finish("task-1")
    assert task.message is not None and "only one object" in task.message
    text = task.answer.text.replace("&lt;", "<").replace("&gt;", ">").replace(task.message, "… only one object …")
    same(text, f"task-delete-last-object.{suffix}", task_13="task-1")


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_an_added_object(suffix: str, accept: str, product: str) -> None:
    """A sample spells FsFileExcludeOptions; the job entities that were printed have FSFileExcludeOptions."""
    api = client(product, accept)
    add_web02(api)
    api.finish("task-1")
    identity = api.em.world.state.jobs[CLONE].objects[1].id
    text = api.get(f"/jobs/{CLONE}/includes/{identity}").text
    text = text.replace(identity, "f5b8dae2-4c63-4071-9e8f-0d1c2b3a4f5e")
    same(text.replace("FSFileExcludeOptions", "FsFileExcludeOptions"), f"object-in-job.{suffix}")
