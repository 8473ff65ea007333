# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of each kind, in both formats, on every product: what is sent, what is returned, what is then on the server."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from helpers.ansible_runs import job_href, job_of
from helpers.assertions import own_keys
from helpers.cast import (
    DEFAULT_REPOSITORY,
    DEFAULT_REPOSITORY_ON_VBR01_ID,
    DEFAULT_REPOSITORY_ON_VBR02_ID,
    GOLD,
    REPLICA,
    S3_ID,
    VBR01,
    VBR01_ID,
    VBR02,
    VBR02_ID,
)

from .bodies import elements_sent

CONTENT_TYPES = {"xml": "application/xml", "json": "application/json"}


class Kind(NamedTuple):
    """A template, the options of its clone, and the elements that the server has to get, in the documented order."""

    job_type: str
    source: str
    platform: str
    server: str
    server_id: str
    options: dict[str, str]
    element: str
    order: tuple[str, ...]
    values: dict[str, str]


def repository_uid(identity: str) -> str:
    return "urn:veeam:Repository:" + identity


KINDS = (
    Kind(
        "Backup",
        GOLD,
        "VMware",
        VBR01,
        VBR01_ID,
        {"repository": DEFAULT_REPOSITORY, "folder_name": "web folder"},
        "BackupJobCloneInfo",
        ("JobName", "FolderName", "RepositoryUid", "Description"),
        {"FolderName": "web folder", "RepositoryUid": repository_uid(DEFAULT_REPOSITORY_ON_VBR01_ID)},
    ),
    Kind(
        "Replica",
        REPLICA,
        "VMware",
        VBR01,
        VBR01_ID,
        {"vm_suffix": "_standby"},
        "ReplicaJobCloneInfo",
        ("JobName", "VmSuffix", "Description"),
        {"VmSuffix": "_standby"},
    ),
    Kind(
        "BackupCopy",
        "TPL Copy Legacy",
        "CustomPlatform",
        VBR02,
        VBR02_ID,
        {"repository": DEFAULT_REPOSITORY, "folder_name": "copy folder"},
        "BackupCopyJobCloneInfo",
        ("JobName", "JobFileName", "RepositoryUid", "Description"),
        {"JobFileName": "copy folder", "RepositoryUid": repository_uid(DEFAULT_REPOSITORY_ON_VBR02_ID)},
    ),
    Kind(
        "ImmediateBackupCopy",
        "Copy to Offsite",
        "CustomPlatform",
        VBR02,
        VBR02_ID,
        {"repository": "S3 Offsite", "folder_name": "offsite folder"},
        "ImmediateBackupCopyJobCloneInfo",
        ("JobName", "Description", "RepositoryUid", "JobFileName"),
        {"JobFileName": "offsite folder", "RepositoryUid": repository_uid(S3_ID)},
    ),
)
RESULT_KEYS = {"changed", "job_href", "job", "task", "msg", "retries", "ansible_facts"}
REPOSITORY_REQUESTS = {"Replica": []}


@pytest.mark.parametrize("product", ["12", "13"])
def test_every_kind_in_both_formats(emulators, new_play, subtests, product):
    em = emulators.get(product=product, task_steps="running:1,operation_finished:1")
    play = new_play(em)
    cases = []
    for media_type in CONTENT_TYPES:
        for kind in KINDS:
            options = {
                **kind.options,
                "source_job": kind.source,
                "name": f"{kind.job_type} by {media_type}",
                "description": f"Made as {media_type} <&> «ü»",
                "media_type": media_type,
            }
            cases.append((kind, media_type, options, play.clone(**options), play.clone(**options)))
    run = play.run()
    assert "WARNING" not in run.output, run.output
    for kind, media_type, options, first, second in cases:
        with subtests.test(kind=kind.job_type, media_type=media_type):
            # what went over the wire
            lookups = ["jobs"] if kind.job_type == "Replica" else ["jobs", "repositories"]
            assert first.routes == ["logon", *lookups, "clone", "task", "task", "task", "jobs", "logout"]
            assert {entry.headers["accept"] for entry in first.journal} == {CONTENT_TYPES[media_type]}
            (clone,) = first.clones_sent
            assert clone.headers["content-type"] == CONTENT_TYPES[media_type]
            assert clone.status == 202
            element, members = elements_sent(clone.body, media_type)
            assert element == kind.element
            values = {**kind.values, "JobName": options["name"], "Description": options["description"]}
            assert members == [(name, values[name]) for name in kind.order]

            # what is on the server
            job = job_of(em, options["name"], kind.server)
            assert job.job_type == kind.job_type
            assert job.description == options["description"]
            assert job.cloned_from
            if kind.job_type == "Replica":
                assert job.vm_suffix == "_standby"
            else:
                assert job.repository == options["repository"]
                assert job.folder_name == options["folder_name"]

            # what the playbook gets
            href = job_href(em, job)
            result = first.result
            assert own_keys(result) == RESULT_KEYS
            assert result["changed"] is True
            assert result["job_href"] == href
            assert result["job"] == {
                "name": options["name"],
                "id": job.id,
                "uid": "urn:veeam:Job:" + job.id,
                "href": href,
                "type": kind.job_type,
                "platform": kind.platform,
                "description": options["description"],
                "backup_server": {
                    "name": kind.server,
                    "id": kind.server_id,
                    "href": f"https://{em.host}:{em.port}/api/backupServers/{kind.server_id}",
                },
            }
            task = dict(result["task"])
            assert task.pop("elapsed") > 0
            assert task == {
                "id": "task-1",
                "href": f"https://{em.host}:{em.port}/api/tasks/task-1",
                "state": "Finished",
                "operation": "CloneJob",
                "success": True,
                "message": "Ok",
            }
            assert result["retries"] == 0
            assert result["ansible_facts"] == {
                "veeam_job_href": href,
                "veeam_job_hrefs": {options["name"]: href},
            }
            assert all(word in result["msg"] for word in (kind.source, options["name"], kind.server))
            assert first.warnings == []

            # the second run finds it
            assert second.routes == ["logon", "jobs", "logout"]
            assert second.result["changed"] is False
            assert second.result["job_href"] == href
            assert second.result["job"] == result["job"]
            assert own_keys(second.result) == RESULT_KEYS - {"task"}
            assert second.result["ansible_facts"] == result["ansible_facts"]
            assert options["name"] in second.msg
            assert second.warnings == []


@pytest.mark.parametrize("product", ["9.5u4", "10", "11"])
def test_older_products(emulators, new_play, subtests, product):
    em = emulators.get(product=product)
    play = new_play(em)
    cases = []
    for media_type in CONTENT_TYPES:
        options = {"source_job": GOLD, "name": f"by {media_type}", "repository": DEFAULT_REPOSITORY}
        cases.append((play.clone(**options, media_type=media_type), play.clone(**options, media_type=media_type)))
    play.run()
    for media_type, (first, second) in zip(CONTENT_TYPES, cases, strict=True):
        with subtests.test(media_type=media_type):
            assert first.routes == ["logon", "jobs", "repositories", "clone", "task", "jobs", "logout"]
            href = job_href(em, job_of(em, f"by {media_type}"))
            assert (first.changed, first.result["job_href"]) == (True, href)
            assert second.routes == ["logon", "jobs", "logout"]
            assert (second.changed, second.result["job_href"]) == (False, href)


def test_every_platform(em, play, subtests):
    cases = [
        (platform, server, play.clone(source_job=source, name=source + " 2", repository=DEFAULT_REPOSITORY))
        for source, platform, server in (
            ("TPL Hyper-V", "HyperV", VBR02),
            ("TPL Cloud Director", "vCloud", VBR01),
        )
    ]
    play.run()
    for platform, server, step in cases:
        with subtests.test(platform=platform):
            assert step.changed
            assert step.result["job"]["platform"] == platform
            assert step.result["job"]["backup_server"]["name"] == server
            job_of(em, step.result["job"]["name"], server)


def test_what_is_sent_where_options_are_left_out(em, play, subtests):
    """Default folder name and suffix; no Description unless it is given, and an empty one if that is given."""
    odd = 'a/b\\c:d*e?f"g<h>i(j)k|l m'
    cases = {
        "folder name from the name": (
            play.clone(source_job=GOLD, name=odd, repository=DEFAULT_REPOSITORY),
            [
                ("JobName", odd),
                ("FolderName", "a_b_c_d_e_f_g_h_i_j_k_l m"),
                ("RepositoryUid", repository_uid(DEFAULT_REPOSITORY_ON_VBR01_ID)),
            ],
        ),
        "job file name from the name": (
            play.clone(source_job="Copy to Offsite", name="copy (2)", repository="S3 Offsite"),
            [("JobName", "copy (2)"), ("RepositoryUid", repository_uid(S3_ID)), ("JobFileName", "copy _2_")],
        ),
        "folder name as given": (
            play.clone(source_job=GOLD, name="kept", repository=DEFAULT_REPOSITORY, folder_name="a (b)"),
            [
                ("JobName", "kept"),
                ("FolderName", "a (b)"),
                ("RepositoryUid", repository_uid(DEFAULT_REPOSITORY_ON_VBR01_ID)),
            ],
        ),
        "suffix": (
            play.clone(source_job=REPLICA, name="replica"),
            [("JobName", "replica"), ("VmSuffix", "_replica")],
        ),
        "empty description": (
            play.clone(source_job=REPLICA, name="undescribed", description=""),
            [("JobName", "undescribed"), ("VmSuffix", "_replica"), ("Description", "")],
        ),
    }
    play.run()
    for what, (step, members) in cases.items():
        with subtests.test(what):
            assert step.changed
            (clone,) = step.clones_sent
            assert elements_sent(clone.body, "xml")[1] == members
    # no default in the specification: only so can "set on purpose" be told
    assert cases["suffix"][0].result["invocation"]["module_args"]["vm_suffix"] is None


@pytest.mark.parametrize("media_type", CONTENT_TYPES)
def test_description_is_the_one_that_the_server_made(em, play, media_type):
    """What a server puts where none is sent is not known; the result tells what came of it."""
    steps = {}
    for variant in ("source", "empty"):
        steps[variant] = play.clone(
            before=lambda variant=variant: em.switches.update(clone_description_omitted=variant),
            source_job=GOLD,
            name=variant,
            repository=DEFAULT_REPOSITORY,
            media_type=media_type,
        )
    play.run()
    assert steps["source"].result["job"]["description"] == "Template, do not run"
    assert not steps["empty"].result["job"]["description"]


def test_api_version_goes_into_the_logon(em, play, subtests):
    """Keys of JSON may then be in either case."""
    steps = {}
    for version in ("latest", "v1_5", "v1_6", "v1_7"):
        for casing in ("camel", "pascal"):
            steps[version, casing] = play.clone(
                before=lambda casing=casing: em.switches.update(old_version_casing=casing),
                source_job=GOLD,
                name=f"{version} {casing}",
                repository=DEFAULT_REPOSITORY,
                api_version=version,
                media_type="json",
            )
    play.run()
    for (version, casing), step in steps.items():
        with subtests.test(version=version, casing=casing):
            assert step.changed
            assert step.journal[0].query == {"v": version}
            assert step.result["job_href"] == job_href(em, job_of(em, f"{version} {casing}"))
