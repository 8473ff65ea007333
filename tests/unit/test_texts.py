# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What names may hold, in every option of every module that takes one; and jobs whose names only look alike."""

from __future__ import annotations

import copy
import importlib
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.texts import difference, folded
from ansible_collections.backupops.veeam.plugins.modules import veeam_job, veeam_job_clone
from helpers.cast import DEFAULT_REPOSITORY, GOLD, VBR01
from helpers.emulated_jobs import Emulated

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
#: Stands where the name goes.
HERE = "HERE"
DAISY = {"after_job": HERE}
NAMED_B = {**CLONE, "name": "b"}
PLACES: list[tuple[str, str, dict[str, t.Any]]] = [
    ("veeam_job_clone", "name", {**CLONE, "name": HERE}),
    ("veeam_job_clone", "source_job", {**CLONE, "name": "a", "source_job": HERE}),
    ("veeam_job_clone", "repository", {**CLONE, "name": "a", "repository": HERE}),
    ("veeam_job_clone", "backup_server", {**CLONE, "name": "a", "backup_server": HERE}),
    ("veeam_job_clone", "folder_name", {**CLONE, "name": "a", "folder_name": HERE}),
    ("veeam_job_clone", "vm_suffix", {**CLONE, "name": "a", "vm_suffix": HERE}),
    ("veeam_job_clone", "clones, item 1: name", {**CLONE, "clones": [{"name": HERE}]}),
    ("veeam_job_clone", 'job "b" (clones, item 1): folder_name', {"clones": [{**NAMED_B, "folder_name": HERE}]}),
    ("veeam_job", "name", {"name": HERE}),
    ("veeam_job", "name", {"name": HERE, "state": "absent"}),
    ("veeam_job", "source_job", {"name": "a", "source_job": HERE}),
    ("veeam_job", "repository", {"name": "a", "repository": HERE}),
    ("veeam_job", "backup_server", {"name": "a", "backup_server": HERE}),
    ("veeam_job", "folder_name", {"name": "a", "folder_name": HERE}),
    ("veeam_job", "vm_suffix", {"name": "a", "vm_suffix": HERE}),
    ("veeam_job", "schedule, after_job", {"name": "a", "schedule": DAISY}),
    ("veeam_job", "objects, item 1, name", {"name": "a", "objects": [{"name": HERE}]}),
    ("veeam_job", "objects, item 1, host", {"name": "a", "objects": [{"name": "web01", "host": HERE}]}),
    ("veeam_job", "objects, item 1, ref", {"name": "a", "objects": [{"ref": f"urn:VMware:Vm:root.{HERE}"}]}),
    ("veeam_job", "objects, item 1, type", {"name": "a", "objects": [{"name": "web01", "type": HERE}]}),
    ("veeam_job", "jobs, item 1: name", {"jobs": [{"name": HERE}]}),
    ("veeam_job", 'job "b" (jobs, item 1): objects, item 1, ref', {"jobs": [{**NAMED_B, "objects": [{"ref": HERE}]}]}),
    ("veeam_job", 'job "a" (jobs, item 1): schedule, after_job', {"jobs": [{"name": "a", "schedule": DAISY}]}),
    ("veeam_job_run", "job", {"job": HERE}),
    ("veeam_job_run", "backup_server", {"job": "a", "backup_server": HERE}),
    ("veeam_job_run", "jobs, item 2: job", {"jobs": ["a", HERE]}),
    ("veeam_job_run", 'job "a" (jobs, item 1): backup_server', {"jobs": [{"job": "a", "backup_server": HERE}]}),
    ("veeam_job_info", "name", {"name": ["a", HERE]}),
    ("veeam_job_info", "backup_server", {"backup_server": HERE}),
    ("veeam_repository_info", "name", {"name": [HERE]}),
    ("veeam_repository_info", "backup_server", {"backup_server": HERE}),
    ("veeam_backup_server_info", "name", {"name": [HERE]}),
    ("veeam_quick_backup", "machine", {"machine": HERE}),
    ("veeam_quick_backup", "host", {"machine": "a", "host": HERE}),
    ("veeam_quick_backup", "machines, item 2: machine", {"machines": ["a", HERE]}),
    ("veeam_quick_backup", 'machine "a" (machines, item 1): host', {"machines": [{"machine": "a", "host": HERE}]}),
    ("veeam_restore_point_info", "machines", {"machines": ["a", HERE]}),
    ("veeam_restore_point_info", "job", {"job": HERE}),
    ("veeam_vm_restore", "machine", {"machine": HERE, "original": "keep"}),
    ("veeam_vm_restore", "restore_point", {"restore_point": HERE, "original": "keep"}),
    ("veeam_vm_restore", "new_name", {"machine": "a", "original": "keep", "new_name": HERE}),
    ("veeam_vm_restore", "restores, item 1: machine", {"restores": [{"machine": HERE, "original": "keep"}]}),
    ("veeam_replica_failover", "machine", {"machine": HERE, "no_way_back": True}),
    ("veeam_replica_failover", "job", {"machine": "a", "job": HERE, "no_way_back": True}),
    ("veeam_failover_plan", "plan", {"plan": HERE, "state": "started"}),
    ("veeam_failover_plan_info", "name", {"name": [HERE]}),
    ("veeam_protection_info", "machines", {"machines": [HERE]}),
    ("veeam_protection_info", "host", {"host": [HERE]}),
    ("veeam_protection_info", "exclude", {"exclude": [HERE]}),
    ("veeam_session", "username", {"username": HERE}),
    ("veeam_session", "password", {"password": HERE}),
    ("veeam_job", "name", {"name": HERE, "kind": "agent"}),
    ("veeam_job", "jobs, item 1: name", {"jobs": [{"name": HERE, "kind": "nas"}]}),
    ("veeam_job_run", "job", {"job": HERE, "kind": "nas"}),
    ("veeam_job_run", "jobs, item 1: job", {"jobs": [{"job": HERE, "kind": "agent"}]}),
    ("veeam_job_info", "name", {"name": [HERE], "kind": ["job", "agent", "nas"]}),
    ("veeam_backup_server", "backup_server", {"backup_server": HERE}),
    ("veeam_job_info", "username", {"username": HERE}),
    ("veeam_job_info", "password", {"password": HERE}),
]  # fmt: skip
CHARACTERS = {
    "\n": "a line break",
    "\r": "a carriage return",
    "\t": "a tab",
    "\b": "a backspace",
    "\x85": "a line break",
    "\u2028": "a line break",
    "\x00": "a control character (U+0000)",
    "\x1b": "a control character (U+001B)",
    "\x7f": "a control character (U+007F)",
    "\ud800": "a control character (U+D800)",
}


def filled(value: t.Any, name: str) -> t.Any:
    if isinstance(value, dict):
        return {key: filled(member, name) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    return value.replace(HERE, name) if isinstance(value, str) else value


def module(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.backupops.veeam.plugins.modules.{name}").MODULE


@pytest.mark.parametrize(("name", "option", "options"), PLACES)
def test_no_name_holds_a_control_character(name: str, option: str, options: dict[str, t.Any]) -> None:
    world = Emulated(module(name))
    for char, word in CHARACTERS.items():
        for text, where in (
            (f"Web{char}Shop", ""),
            (f"Web Shop{char}", " at its end"),
            (f"Web Shop{char}\n", " at its end"),
        ):
            ended = world.run(**filled(copy.deepcopy(options), text))
            assert ended.failed
            assert f"{option}: contains {word}{where}, which no " in ended.result["msg"]
            assert text not in ended.result["msg"]
    assert world.em.journal == [], "it is refused before logon"


@pytest.mark.parametrize(
    ("char", "escape"), [("\b", "\\b"), ("\t", "\\t"), ("\n", "\\n"), ("\a", "\\a"), ("\x1b", "\\e")]
)
def test_a_backslash_in_double_quotes_is_explained(char: str, escape: str) -> None:
    ended = Emulated(module("veeam_session")).run(username=f"EM01{char}ackup")
    assert f"YAML reads {escape} as that" in ended.result["msg"]


@pytest.mark.parametrize("name", ["veeam_job_clone", "veeam_job"])
def test_descriptions_may_have_several_lines(name: str) -> None:
    world = Emulated(module(name))
    text = "two\n\tlines\r\nand a third"
    assert world.one(name="new", **CLONE, description=text).result["job"]["description"] == text
    refused = world.run(name="other", **CLONE, description="\a bell")
    assert "description: contains a control character (U+0007), which cannot be sent" in refused.result["msg"]


# -- what is to be made --------------------------------------------------------------------------------------------

BLANKS = {" ": "a blank", "\xa0": "a no-break space", "\u202f": "a blank (U+202F)", "\u3000": "a blank (U+3000)"}


@pytest.mark.parametrize("made_by", [veeam_job_clone, veeam_job])
@pytest.mark.parametrize("option", ["name", "folder_name", "vm_suffix"])
def test_what_is_made_has_no_blanks_at_the_ends_of_its_name(made_by: t.Any, option: str) -> None:
    world = Emulated(made_by.MODULE)
    source = {"source_job": "TPL Replica"} if option == "vm_suffix" else CLONE
    for blank, word in BLANKS.items():
        for text, how in ((f"{blank}web", "begins"), (f"web{blank}", "ends")):
            for check_mode in (True, False):
                ended = world.run(check_mode=check_mode, **{"name": "new", **source, option: text})
                assert ended.failed
                assert ended.result["msg"].startswith(f'{option}: "{text}" {how} with {word}')
                assert ended.writes == []


@pytest.mark.parametrize("made_by", [veeam_job_clone, veeam_job])
def test_one_name_that_cannot_be_made_stops_no_other(made_by: t.Any) -> None:
    world = Emulated(made_by.MODULE)
    form = "clones" if made_by is veeam_job_clone else "jobs"
    names = ["a", "x" * 51, "b ", "c", "x" * 50]
    ended = world.run(**CLONE, **{form: [{"name": name} for name in names]})
    assert [item["failed"] for item in ended.result["results"]] == [False, True, True, False, False]
    assert "has 51 characters; Enterprise Manager allows 50 for a new job." in ended.result["results"][1]["msg"]
    assert set(ended.result["job_hrefs"]) == {"a", "c", "x" * 50}


@pytest.mark.parametrize("made_by", [veeam_job_clone, veeam_job])
@pytest.mark.parametrize("name", ["A job that somebody made at the console, with a name of 70 characters.", " odd\xa0"])
def test_a_job_that_is_there_is_managed_whatever_its_name(made_by: t.Any, name: str) -> None:
    world = Emulated(made_by.MODULE)
    world.em.console.create_job(name, backup_server=VBR01, type="Backup", objects=["web01"])
    form = "clones" if made_by is veeam_job_clone else "jobs"
    assert world.one(**CLONE, name=name).result["changed"] is False
    ended = world.one(**CLONE, **{form: [{"name": name}, {"name": "new"}]})
    assert [item["changed"] for item in ended.result["results"]] == [False, True]
    # A folder or a suffix is not compared for a job that is there.
    assert world.one(**CLONE, name=name, folder_name="odd ").result["changed"] is False


# -- names that look alike -----------------------------------------------------------------------------------------

ALIKE = [
    ("TPL Gold", "tpl gold", "letter case"),
    ("TPL Gold", "TPL\xa0Gold", "the kind or number of blanks"),
    ("TPL Gold", "TPL  Gold", "the kind or number of blanks"),
    ("TPL Gold", "TPL\u200b Gold", "a character that cannot be seen"),
    ("TPL Gold", "TPL Gold\ufeff", "a character that cannot be seen"),
    ("B\xfcro", "Bu\u0308ro", "the encoding of accents"),
    ("Bu\u0308ro", "B\xfcro", "the encoding of accents"),
    ("B\xfcro Ost", "bu\u0308ro\xa0ost", "letter case and the encoding of accents and the kind or number of blanks"),
    ("Stra\xdfe", "STRASSE", "letter case"),
]


@pytest.mark.parametrize(("there", "new", "what"), ALIKE)
def test_names_that_look_alike(there: str, new: str, what: str) -> None:
    assert folded(there) == folded(new)
    assert difference(there, new) == difference(new, there) == what
    assert folded(there) != folded(new + "2")


@pytest.mark.parametrize("made_by", [veeam_job_clone, veeam_job])
@pytest.mark.parametrize(("there", "new", "what"), ALIKE[:-1])
def test_a_warning_names_the_job_that_looks_the_same(made_by: t.Any, there: str, new: str, what: str) -> None:
    world = Emulated(made_by.MODULE)
    if there != GOLD:
        world.em.console.create_job(there, backup_server=VBR01, type="Backup", objects=["web01"])
    (job,) = world.em.jobs(there)
    said = (
        f'The name of the new job "{new}" differs only in {what} from that of job "{there}" ({job.id}) on the same '
        "backup server."
    )
    wish = {**CLONE, "name": new, **({"enabled": True} if made_by is veeam_job else {})}
    assert world.run(check_mode=True, **wish).warnings == [said]
    assert world.one(**wish).warnings == [said]
    # Once it is there nobody has to be told.
    assert world.one(**wish).warnings == []


def test_a_job_on_another_backup_server_does_not_count() -> None:
    world = Emulated(veeam_job_clone.MODULE)
    assert world.one(**CLONE, name="tpl hyper-v").warnings == []
