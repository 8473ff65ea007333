# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of veeam_job_run: defaults, and every refusal names the option and the item."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._job_run.options import SPEC, Settings, settings

CONNECTION = {"hostname": "em01.example.test", "username": "u", "password": "secret"}
GUID = "c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e"


def chosen(**options: t.Any) -> Settings:
    validated = ArgumentSpecValidator(**SPEC.arguments()).validate({**CONNECTION, **options})
    assert not validated.error_messages, validated.error_messages
    return settings(validated.validated_parameters)


def test_defaults() -> None:
    one = chosen(job="web")
    assert one.single
    assert (one.state, one.if_running, one.wait, one.wait_for_retries) == ("started", "join", None, False)
    assert (one.accept, one.wait_timeout, one.poll_interval, one.max_parallel) == (
        ("Success", "Warning"),
        14400.0,
        30.0,
        4,
    )
    assert (one.jobs[0].job.name, one.jobs[0].backup_server) == ("web", None)


def test_several_jobs() -> None:
    many = chosen(
        jobs=["web", {"job": GUID, "backup_server": "vbr02"}, {"job": "sql", "backup_server": ""}, 7],
        backup_server="vbr01",
    )
    assert not many.single
    assert [request.job.text for request in many.jobs] == ["web", GUID, "sql", "7"]
    assert many.jobs[1].job.id == GUID
    servers = [request.backup_server.text if request.backup_server else None for request in many.jobs]
    assert servers == ["vbr01", "vbr02", "vbr01", "vbr01"]


def test_no_jobs_are_no_mistake() -> None:
    assert chosen(jobs=[]).jobs == []


def test_an_empty_text_of_a_survey_is_nothing() -> None:
    assert not chosen(job="", jobs=["web"], backup_server="").single


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "job, jobs: neither is given"),
        ({"job": ""}, "job, jobs: neither is given"),
        ({"job": "a", "jobs": ["b"]}, "job, jobs: both are given"),
        ({"job": "  "}, "job: is missing"),
        ({"job": "a\x00b"}, "job: contains a control character"),
        ({"job": "urn:veeam:Repository:" + GUID}, "job: "),
        ({"job": "a", "backup_server": "urn:veeam:Job:" + GUID}, "backup_server: "),
        ({"jobs": ["a", ""]}, "jobs, item 2: job: is missing"),
        ({"jobs": ["a", None]}, "jobs, item 2: is neither"),
        ({"jobs": [["a"]]}, "jobs, item 1: is neither"),
        ({"jobs": ["a", {"backup_server": "b"}]}, "jobs, item 2: job: is missing"),
        ({"jobs": [{"job": "a", "name": "b"}]}, 'job "a" (jobs, item 1): name: is not an option here'),
        ({"jobs": [{"job": {"a": 1}}]}, "jobs, item 1: job: is not text"),
        ({"jobs": ["a", "b", {"job": "a"}]}, 'job "a" (jobs, item 3): is the same as item 1; name each once'),
        ({"job": "a", "wait_timeout": 0}, "wait_timeout: 0 is not above zero"),
        ({"job": "a", "poll_interval": -1}, "poll_interval: -1 is not above zero"),
        ({"job": "a", "max_parallel": 33}, "max_parallel: 33 is not between"),
        ({"job": "a", "accept": []}, "accept: is empty"),
        ({"job": "a", "wait": False, "wait_for_retries": True}, "wait_for_retries: "),
    ],
)
def test_refused(options: dict[str, t.Any], says: str) -> None:
    with pytest.raises(OptionError) as raised:
        chosen(**options)
    assert raised.value.msg.startswith(says)
    assert "secret" not in raised.value.msg
