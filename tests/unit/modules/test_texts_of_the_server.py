# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text of the server is shown as it is, also where it holds what format strings are made of."""

from __future__ import annotations

import gzip
import types
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import (
    veeam_job,
    veeam_job_clone,
    veeam_job_info,
    veeam_job_run,
)
from helpers.cast import AGENTS_ID, DEFAULT_REPOSITORY, GOLD, SHARES
from helpers.emulated_jobs import Emulated

ODD = "50% of %d %s {0} {task}"
CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY, "name": "new"}
EDIT = {"name": GOLD, "description": "new"}
ADD = {"name": GOLD, "objects": [{"name": "web01"}, {"name": "web02"}]}
TOGGLE = {"name": "Copy to Offsite", "enabled": False}
DELETE = {"name": GOLD, "state": "absent"}
RUN: dict[str, t.Any] = {"job": GOLD}
NEVER = {"fault": "never_finish", "count": 0}
REFUSED = {"fault": "status", "code": 400, "message": ODD, "count": 0}


def answers_say(world: Emulated, said: str, instead: str) -> None:
    """The server has another text wherever it says this one."""
    exchange = world.em.exchange

    def changed(*request: t.Any) -> t.Any:
        done = exchange(*request)
        headers = [(name, value) for name, value in done.headers if name.lower() != "content-encoding"]
        body = gzip.decompress(done.body) if len(headers) < len(done.headers) else done.body
        return types.SimpleNamespace(
            status=done.status, headers=headers, body=body.replace(said.encode(), instead.encode())
        )

    world.em.exchange = changed  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("module", "options", "action"),
    [
        (veeam_job_clone, CLONE, "clone"),
        (veeam_job, EDIT, "edit"),
        (veeam_job, ADD, "add_object"),
        (veeam_job, TOGGLE, "toggle"),
        (veeam_job, DELETE, "delete"),
        (veeam_job_run, RUN, "start"),
        (veeam_job_run, {"job": AGENTS_ID, "kind": "agent"}, "start"),
        (veeam_job, {"name": SHARES, "kind": "nas", "enabled": False}, "toggle"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
class TestOneOfEachAction:
    def test_the_state_of_a_task_that_does_not_end(self, module: t.Any, options: dict[str, t.Any], action: str) -> None:
        world = Emulated(module.MODULE)
        world.em.add_fault(**NEVER, action=action)
        answers_say(world, "Running", ODD)
        ended = world.run(**options, wait_timeout=20)
        assert ended.failed
        # How a start or a deletion ended is looked for elsewhere than in its task.
        assert (ODD in ended.result["msg"]) is (action not in ("start", "delete"))

    def test_the_message_of_a_refusal(self, module: t.Any, options: dict[str, t.Any], action: str) -> None:
        world = Emulated(module.MODULE)
        world.em.add_fault(**REFUSED, action=action)
        ended = world.run(**options)
        assert ended.failed
        assert ODD in ended.result["msg"]
        assert ended.result["error"]["message"] == ODD


# -- characters that XML cannot carry ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "named"), [("&#xB;", "&#xB;"), ("&#11;", "&#11;"), ("&#x0;", "&#x0;"), ("\x0b", "U+000B")]
)
def test_a_character_that_xml_cannot_carry(written: str, named: str) -> None:
    """The same listing would come again, so it is not asked for again; JSON can carry it."""
    world = Emulated(veeam_job_info.MODULE)
    answers_say(world, "Template, do not run", f"Template{written}")
    ended = world.run()
    assert ended.failed
    assert ended.result["msg"] == (
        "GET /api/query: the answer (HTTP 200) cannot be used: it holds a character that XML cannot carry "
        f"({named}). It can be read with media_type: json."
    )
    assert len(ended.requests) == 1
    assert ended.result["retries"] == 0


def test_what_xml_cannot_carry_is_read_in_json() -> None:
    world = Emulated(veeam_job_info.MODULE)
    answers_say(world, "Template, do not run", "Template\\u000b")
    (job,) = world.one(media_type="json", name=GOLD).result["jobs"]
    assert job["description"] == "Template\x0b"


def test_other_damage_is_asked_for_again() -> None:
    world = Emulated(veeam_job_info.MODULE)
    answers_say(world, "Template, do not run", "Template<&#xB;")
    ended = world.run()
    assert "it is not well-formed XML" in ended.result["msg"]
    assert ended.result["retries"] == 3


# -- descriptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("two\nlines\n", "two\nlines"),
        ("two lines  ", "two lines"),
        ("two\nlines \n\n", "two\nlines"),
        ("two\r\nlines", "two\nlines"),
        (" \n", ""),
    ],
)
def test_a_server_that_trims_descriptions(sent: str, kept: str) -> None:
    """What ends in white space, as a block of YAML does, is as wanted without it."""
    world = Emulated(veeam_job.MODULE)
    written = sent.replace("\r", "&#13;")
    answers_say(world, f"<Description>{written}</Description>", f"<Description>{kept}</Description>")
    ended = world.one(name=GOLD, description=sent)
    assert ended.result["changed"] is True
    assert ended.seconds < 10
    again = world.one(name=GOLD, description=sent)
    assert (again.result["changed"], again.writes) == (False, [])
    assert world.one(name=GOLD, description=f"{sent} and more").result["changed"] is True
