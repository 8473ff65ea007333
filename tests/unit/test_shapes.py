# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that have another shape than they should: one sentence with option, item and an example, in every module."""

from __future__ import annotations

import copy
import importlib
import json
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module
from ansible_collections.backupops.veeam.plugins.module_utils._module.shapes import OneText, shaped
from ansible_collections.backupops.veeam.plugins.module_utils._module.spec import Spec
from helpers.options import as_ansible_does

from .conftest import ModuleArguments
from .test_documentation import COLLECTION, names_in

CONNECTION = {"hostname": "em01.example.test", "username": "u", "password": "Passw0rd!"}
Options = dict[str, t.Any]


def module(name: str) -> Module:
    return t.cast(Module, importlib.import_module(f"{COLLECTION}.plugins.modules.{name}").MODULE)


JOB = "veeam_job"
CASES: list[tuple[str, Options, str]] = [
    # as they were reported
    (JOB, {"name": "a", "retention": 14}, "retention: 14 is not a dictionary; write {type: days, count: 14}."),
    (JOB, {"name": "a", "retry": 3}, "retry: 3 is not a dictionary; write {times: 3, wait: 10}."),
    (JOB, {"name": "a", "gfs": True}, "gfs: true is not a dictionary; write {weekly: {keep: 4, day: sunday}}."),
    (JOB, {"name": "a", "gfs": {"weekly": 4}}, "gfs, weekly: 4 is not a dictionary; write {keep: 4, day: sunday}."),
    (JOB, {"name": "a", "schedule": 22}, 'schedule: 22 is not a dictionary; write {daily: {at: "22:00"}}.'),
    (
        JOB,
        {"name": "a", "schedule": {"daily": 1320}},
        'schedule, daily: 1320 is not a dictionary; write {at: "22:00", days: weekdays}. '
        "(YAML reads a time without quotes as a number: 22:00 is 1320.)",
    ),
    (JOB, {"name": "a", "schedule": "22:00"}, 'schedule: "22:00" is not a dictionary; write {daily: {at: "22:00"}}.'),
    (JOB, {"jobs": ["Web"]}, 'jobs, item 1: "Web" is not a dictionary; write {name: web-prod-daily, enabled: true}.'),
    ("veeam_job_clone", {"clones": ["A"]}, 'clones, item 1: "A" is not a dictionary; write {name: web-prod-daily}.'),
    # in an item
    (
        JOB,
        {"jobs": [{"name": "ok"}, {"name": "Web", "retention": 14}]},
        'job "Web" (jobs, item 2): retention: 14 is not a dictionary; write {type: days, count: 14}.',
    ),
    (
        JOB,
        {"jobs": [{"gfs": {"yearly": [1]}}]},
        "jobs, item 1: gfs, yearly: a list is not a dictionary; write {keep: 3",
    ),
    (JOB, {"jobs": [{"name": "a"}, None]}, "jobs, item 2: null is not a dictionary; write "),
    (JOB, {"jobs": [{"name": "a"}, 7]}, "jobs, item 2: 7 is not a dictionary; write "),
    (JOB, {"jobs": {"name": "a"}}, "jobs: a dictionary is not a list of dictionaries; write [{name: web-prod-daily"),
    (JOB, {"jobs": "web, db"}, 'jobs: "web, db" is not a list of dictionaries; write [{name: web-prod-daily'),
    (
        "veeam_job_clone",
        {"clones": True},
        "clones: true is not a list of dictionaries; write [{name: web-prod-daily}].",
    ),
    # objects
    (JOB, {"name": "a", "objects": [["web01"]]}, "objects, item 1: a list is not a dictionary; write {name: web01}."),
    (JOB, {"name": "a", "objects": ["web01", True]}, "objects, item 2: true is not a dictionary; write {name: web01}."),
    (JOB, {"name": "a", "objects": ["web01", ""]}, 'objects, item 2: "" is not a dictionary; write {name: web01}.'),
    (JOB, {"name": "a", "objects": {"name": "a"}}, "objects: a dictionary is not a list of dictionaries; write [{name"),
    (JOB, {"name": "a", "objects": "web01, web02"}, 'objects: "web01, web02" is not a list of dictionaries; write ['),
    (
        JOB,
        {"jobs": [{"name": "a", "objects": [{"name": "b", "guest_processing": "on"}]}]},
        'job "a" (jobs, item 1): objects, item 1, guest_processing: "on" is not a dictionary; write {vss_snapshot_opt',
    ),
    # dictionaries without fixed keys
    (JOB, {"name": "a", "backup_window": 22}, "backup_window: 22 is not a dictionary; write {saturday: [8, 9, 10]}."),
    (
        JOB,
        {"name": "a", "schedule": {"continuously": {"hours": [1, 2]}}},
        "schedule, continuously, hours: a list is not a dictionary; write {saturday: [8, 9, 10]}.",
    ),
    # texts, numbers and lists
    (JOB, {"name": ["a"]}, "name: a list is not text."),
    (JOB, {"name": {"a": "b"}}, "name: a dictionary is not text."),
    (JOB, {"name": "a", "schedule": {"daily": {"at": ["22:00"]}}}, "schedule, daily, at: a list is not text."),
    (JOB, {"name": "a", "retention": {"count": "14 days"}}, 'retention, count: "14 days" is not a whole number (int).'),
    (JOB, {"jobs": [{"name": "a", "enabled": "maybe"}]}, 'job "a" (jobs, item 1): enabled: "maybe" is not a boolean; '),
    (JOB, {"name": "a", "wait_timeout": "5 minutes"}, 'wait_timeout: "5 minutes" is not a number (float).'),
    (JOB, {"name": "a", "port": "https"}, 'port: "https" is not a whole number (int).'),
    (
        JOB,
        {"name": "a", "schedule": {"daily": {"days": {"a": 1}}}},
        "schedule, daily, days: a dictionary is not a list.",
    ),
    ("veeam_job_info", {"name": ["a", ["b"]]}, "name, item 2: a list is not text."),
    ("veeam_job_info", {"name": {"a": "b"}}, "name: a dictionary is not a list."),
    ("veeam_job_info", {"gather": True}, "gather: true is not a list."),
    ("veeam_job_info", {"kind": True}, "kind: true is not a list."),
    (
        "veeam_backup_server",
        {"backup_server": "a", "not_older_than": {"h": 1}},
        "not_older_than: a dictionary is not text.",
    ),
    ("veeam_job_run", {"job": "a", "kind": ["agent"]}, "kind: a list is not text."),
    ("veeam_job", {"name": "a", "kind": {"nas": True}}, "kind: a dictionary is not text."),
    ("veeam_job", {"jobs": [{"name": "a", "kind": ["nas"]}]}, 'job "a" (jobs, item 1): kind: a list is not text.'),
    ("veeam_job_run", {"jobs": {"job": "a"}}, "jobs: a dictionary is not a list."),
    ("veeam_repository_info", {"backup_server": ["a"]}, "backup_server: a list is not text."),
    ("veeam_session", {"logon_session_id": ["a"]}, "logon_session_id: a list is not text."),
]


@pytest.mark.parametrize(("name", "options", "beginning"), CASES)
def test_one_sentence(name: str, options: Options, beginning: str) -> None:
    found = shaped(module(name).spec, {**CONNECTION, **options})
    assert found.refusal is not None
    assert found.refusal.startswith(beginning)


@pytest.mark.parametrize(("name", "options", "beginning"), CASES)
def test_what_is_left_gives_ansible_no_trouble(name: str, options: Options, beginning: str) -> None:
    """It looks for secrets in the options, and finds none where it meets something that it cannot read."""
    found = shaped(module(name).spec, {**CONNECTION, **copy.deepcopy(options)})
    checked = ArgumentSpecValidator(**module(name).spec.arguments()).validate(found.options)
    assert checked._no_log_values == {"Passw0rd!"}
    assert not checked.error_messages


@pytest.mark.parametrize(("name", "options", "beginning"), CASES[::5])
def test_as_a_module(
    name: str,
    options: Options,
    beginning: str,
    module_arguments: ModuleArguments,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with module_arguments({**CONNECTION, **options}), pytest.raises(SystemExit):
        run_module(module(name))
    result = json.loads(capsys.readouterr().out)
    assert result["msg"].startswith(beginning)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "Passw0rd!" not in json.dumps(result)


@pytest.mark.parametrize(
    ("item", "beginning"),
    [
        ({"nmae": "a"}, "jobs, item 2: nmae: is not an option here. Supported parameters include: backup_server, bac"),
        (
            {"name": "b", "retention": {"typ": "days"}},
            'job "b" (jobs, item 2): retention, typ: is not an option here. ',
        ),
        (
            {"name": "b", "state": "gone"},
            'job "b" (jobs, item 2): value of state must be one of: present, absent, got: ',
        ),
        ({"name": "b", "gfs": {"weekly": {"day": "day"}}}, 'job "b" (jobs, item 2): value of day must be one of: '),
    ],
)
def test_an_item_whose_options_ansible_does_not_know(item: Options, beginning: str) -> None:
    """What veeam_job takes in jobs is one paragraph of its documentation, and is validated all the same."""
    found = shaped(module(JOB).spec, {**CONNECTION, "jobs": [{"name": "a"}, item]})
    assert found.refusal is not None
    assert found.refusal.startswith(beginning)


def test_an_item_is_converted_as_ansible_does() -> None:
    given = {**CONNECTION, "jobs": [{"name": 17, "enabled": "yes", "retention": {"type": "days", "count": "14"}}]}
    (item,) = as_ansible_does(module(JOB), given)["jobs"]
    assert (item["name"], item["enabled"], item["retention"]) == ("17", True, {"type": "days", "count": 14})
    assert item["description"] is None


def test_it_goes_before_what_ansible_has_to_say(
    module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    with module_arguments({"name": "a", "retention": 14, "unknown": 1}), pytest.raises(SystemExit):
        run_module(module(JOB))
    assert json.loads(capsys.readouterr().out)["msg"].startswith("retention: 14 is not a dictionary")


def test_what_is_missing_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's own sentence does not say so."""
    for name in names_in("modules"):
        if "hostname" not in module(name).spec.options:
            continue
        found = shaped(module(name).spec, {"username": "u", "password": "p"})
        assert found.refusal == "hostname: is missing; give it, or set the environment variable VEEAM_EM_HOSTNAME."
        monkeypatch.setenv("VEEAM_EM_HOSTNAME", "em01.example.test")
        assert shaped(module(name).spec, {}).refusal is None
        monkeypatch.delenv("VEEAM_EM_HOSTNAME")


@pytest.mark.parametrize(
    ("given", "variables"),
    [
        ({}, ["VEEAM_EM_USERNAME", "VEEAM_EM_PASSWORD"]),
        ({"username": "u"}, ["VEEAM_EM_PASSWORD"]),
        ({"password": "p"}, ["VEEAM_EM_USERNAME"]),
        ({"hostname": " ", "username": "u", "password": "p"}, ["VEEAM_EM_HOSTNAME"]),
    ],
)
def test_what_is_missing_of_the_connection(given: Options, variables: list[str]) -> None:
    with pytest.raises(OptionError) as raised:
        module("veeam_session").settings(as_ansible_does(module("veeam_session"), {"hostname": "em01", **given}))
    assert all(variable in raised.value.msg for variable in variables)


# -- every option with suboptions, of every module -----------------------------------------------------------------


def with_suboptions(options: Options, path: tuple[str, ...] = ()) -> t.Iterator[tuple[tuple[str, ...], Options]]:
    for name, entry in options.items():
        if entry.get("type") == "dict" or entry.get("elements") == "dict":
            yield (*path, name), entry
            yield from with_suboptions(entry.get("options") or {}, (*path, name))


def all_of(spec: Spec) -> Options:
    """The options of a module, with those of items that Ansible is not told."""
    listed = {name: {**spec.options[name], "options": options} for name, options in spec.items.items()}
    return {**spec.options, **listed}


ALL = [
    pytest.param(name, path, entry, id=f"{name}-{'.'.join(path)}")
    for name in names_in("modules")
    for path, entry in with_suboptions(all_of(module(name).spec))
]
NO_DICTIONARIES: list[t.Any] = [14, 2.5, True, False, "text", ["text"], [[1]]]


def around(specs: Options, path: tuple[str, ...], value: t.Any) -> Options:
    """Options with this value at the path, and all that is around it as it should be."""
    name, *rest = path
    if not rest:
        return {name: value}
    inner = around(specs[name]["options"], tuple(rest), value)
    return {name: [inner] if specs[name]["type"] == "list" else inner}


@pytest.mark.parametrize(("name", "path", "entry"), ALL)
def test_every_option_with_suboptions(name: str, path: tuple[str, ...], entry: Options) -> None:
    spec = module(name).spec
    for value in NO_DICTIONARIES:
        if path[-1] in spec.plain and value not in (True, [[1]]):
            continue
        found = shaped(spec, around(all_of(spec), path, value))
        assert found.refusal is not None, value
        option, _is_not, remedy = found.refusal.partition(" is not ")
        assert path[-1] in option
        assert "; write " in remedy
        assert "..." not in found.refusal, "Spec.examples has none for it"


@pytest.mark.parametrize(("name", "path", "entry"), ALL)
def test_every_example_is_right(name: str, path: tuple[str, ...], entry: Options) -> None:
    spec = module(name).spec
    refusal = shaped(spec, around(all_of(spec), path, True)).refusal
    assert refusal is not None
    example = yaml.safe_load(refusal.partition("; write ")[2].rstrip("."))
    options, refusal = shaped(spec, {**CONNECTION, **around(all_of(spec), path, example)})
    assert refusal is None
    assert not ArgumentSpecValidator(**spec.arguments()).validate(options).error_messages


# -- what is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "objects"),
    [
        (["web01", "web02"], ["web01", "web02"]),
        ("web01", ["web01"]),
        (["web01", {"name": "web02"}], ["web01", "web02"]),
        ([2024, "a=b", "Berlin, Mitte"], ["2024", "a=b", "Berlin, Mitte"]),
        (2024, ["2024"]),
    ],
)
def test_objects_may_be_names(given: t.Any, objects: list[str]) -> None:
    chosen = module(JOB).settings(as_ansible_does(module(JOB), {**CONNECTION, "name": "a", "objects": given}))
    assert [wanted.name for wanted in chosen.jobs[0].objects] == objects
    items = [{"name": "a", "objects": given}]
    chosen = module(JOB).settings(as_ansible_does(module(JOB), {**CONNECTION, "jobs": items}))
    assert [wanted.name for wanted in chosen.jobs[0].objects] == objects


def test_an_object_may_be_a_reference() -> None:
    ref = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711"
    for given in (ref, {"name": ref}, {"ref": ref}):
        chosen = module(JOB).settings(as_ansible_does(module(JOB), {**CONNECTION, "name": "a", "objects": [given]}))
        assert [(wanted.name, wanted.ref) for wanted in chosen.jobs[0].objects] == [(None, ref)]


@pytest.mark.parametrize(
    "given",
    [
        {"retention": '{"type": "days", "count": 14}'},
        {"retention": "type=days count=14"},
        {"retention": {"type": "days", "count": "14"}},
        {"retention": {"type": "days", "count": 14}, "gfs": "", "schedule": " ", "objects": "", "enabled": ""},
        {"retention": {"type": "days", "count": 14}, "state": "", "wait_timeout": "", "port": "", "jobs": ""},
    ],
)
def test_what_ansible_converts_and_what_is_empty(given: Options) -> None:
    """An empty text stands for nothing, where it cannot be meant as text."""
    chosen = module(JOB).settings(as_ansible_does(module(JOB), {**CONNECTION, "name": "a", **given}))
    assert chosen.jobs[0].options == {"retention": {"type": "days", "count": 14}}
    assert (chosen.jobs[0].enabled, chosen.jobs[0].absent, chosen.wait_timeout) == (None, False, 300)


def test_an_empty_text_leaves_the_environment_its_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_EM_PORT", "1234")
    chosen = module("veeam_session").settings(as_ansible_does(module("veeam_session"), {**CONNECTION, "port": ""}))
    assert chosen.connection.endpoint.port == 1234


@pytest.mark.parametrize(
    ("given", "parts"), [("a", ["a"]), ("a, b,,c ", ["a", "b", "c"]), ("", []), (",", []), (" , ", [])]
)
def test_a_list_of_names_in_one_text(given: str, parts: list[str]) -> None:
    (taken,) = as_ansible_does(module("veeam_job_info"), {**CONNECTION, "name": given})["name"]
    assert isinstance(taken, OneText)
    assert (taken, taken.parts) == (given, parts)


def test_other_lists_in_one_text_have_blanks_after_their_commas() -> None:
    given = {**CONNECTION, "name": "a", "schedule": {"daily": {"at": "22:00", "days": "monday, friday"}}}
    chosen = module(JOB).settings(as_ansible_does(module(JOB), given))
    assert chosen.jobs[0].options["schedule"]["daily"]["days"] == ["monday", "friday"]
    run = as_ansible_does(module("veeam_job_run"), {**CONNECTION, "job": "a", "accept": "Success, Warning"})
    assert run["accept"] == ["Success", "Warning"]


def test_what_helpers_do_is_what_the_sentence_is_for() -> None:
    with pytest.raises(OptionError, match="^retry: 3 is not a dictionary"):
        as_ansible_does(module(JOB), {**CONNECTION, "name": "a", "retry": 3})
