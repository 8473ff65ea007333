# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever shape the server gives its answers, the result is the same and so are the requests."""

from __future__ import annotations

import pytest
from helpers.ansible_runs import job_href, job_of
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, USERNAME

CLONE = ["logon", "jobs", "repositories", "clone", "task", "jobs", "logout"]
#: Switches of the emulator, and the formats in which they change anything.
SHAPES = [
    ({"empty_refs": "null"}, "json"),
    ({"empty_refs": "missing"}, "xml json"),
    ({"empty_refs": "array"}, "json"),
    ({"refs_shape": "array"}, "json"),
    ({"refs_shape": "singular"}, "json"),
    ({"json_bom": True}, "json"),
    ({"single_link_as_object": True}, "json"),
    ({"attribute_order": "recorded"}, "xml"),
    ({"dates": "fractional"}, "json"),
    ({"header_case": "upper"}, "xml json"),
    ({"header_case": "lower"}, "json"),
    ({"token_in_every_response": True}, "xml"),
    ({"server_header": "none", "gzip": False}, "xml"),
    ({"finished_link": "doubled"}, "xml json"),
    ({"result_confirmation_members": True}, "xml json"),
    ({"task_numbering": "global"}, "xml"),
]


@pytest.mark.parametrize(("product", "media_type"), [("9.5u4", "json"), ("12", "json"), ("13", "json"), ("13", "xml")])
def test_every_shape_reads_the_same(emulators, new_play, subtests, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    start = dict(em.switches)
    cases = []
    for number, shape in enumerate(shape for shape, formats in SHAPES if media_type in formats.split()):
        options = {
            "source_job": GOLD,
            "name": "shape %d" % number,
            "repository": DEFAULT_REPOSITORY,
            "media_type": media_type,
        }
        first = play.clone(before=lambda shape=shape: em.switches.update({**start, **shape}), **options)
        cases.append((shape, options["name"], first, play.clone(**options)))
    play.run()
    for shape, name, first, second in cases:
        with subtests.test(str(shape)):
            assert first.routes == CLONE
            href = job_href(em, job_of(em, name))
            assert (first.changed, first.result["job_href"]) == (True, href)
            assert second.routes == ["logon", "jobs", "logout"]
            assert (second.changed, second.result["job_href"]) == (False, href)
            assert first.warnings == second.warnings == []


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_pages_are_followed_and_never_dropped(emulators, new_play, subtests, media_type):
    """The source is on the last page of all jobs of its name; so is a target; so is a repository."""
    servers = [{"name": "vbr%02d" % number} for number in range(1, 8)]
    em = emulators.get(
        state={
            "backup_servers": servers,
            "repositories": [{"name": "Main", "backup_server": server["name"]} for server in servers],
            "jobs": [{"name": "TPL", "backup_server": server["name"], "repository": "Main"} for server in servers],
            "accounts": [{"user": USERNAME, "password": PASSWORD}],
        }
    )
    play = new_play(em)
    cases = []
    for size in (1, 2, 3):
        for server in ("vbr01", "vbr07"):
            options = {
                "source_job": "TPL",
                "backup_server": server,
                "name": f"pages of {size}",
                "repository": "Main",
                "media_type": media_type,
            }
            first = play.clone(before=lambda size=size: em.switches.update(max_page_size=size), **options)
            cases.append((size, server, first, play.clone(**options)))
    # both servers have the job by then, so that even the short list has two pages
    again = [play.clone(**{**options, "backup_server": server}) for server in ("vbr01", "vbr07")]
    play.run()
    for size, server, first, second in cases:
        with subtests.test(size=size, server=server):
            jobs_before = 7 + (server == "vbr07")
            assert first.routes.count("jobs") == -(-jobs_before // size) + -(-(1 + (server == "vbr07")) // size)
            assert first.routes.count("repositories") == -(-7 // size)
            assert len(first.clones_sent) == 1
            href = job_href(em, job_of(em, f"pages of {size}", server))
            assert first.result["job_href"] == href
            assert not second.changed
            assert second.result["job_href"] == href
            assert second.writes == []
    for step in again:
        assert not step.changed
