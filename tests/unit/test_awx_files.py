# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is given: the credential type and the surveys."""

from __future__ import annotations

import functools
import importlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.backupops.veeam.plugins.filter.filled_survey import filled_survey
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import (
    connection_settings,
    connection_spec,
)
from ansible_collections.backupops.veeam.plugins.module_utils._module.spec import Spec
from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import is_blank, is_changed_by_yaml, read_all
from helpers.surveys import resolved

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "extensions" / "awx"
TEMPLATES = yaml.safe_load((DATA / "templates.yml").read_text("utf-8"))
TYPE = yaml.safe_load((DATA / "credential_type.yml").read_text("utf-8"))
SURVEYS = sorted((DATA / "surveys").glob("*.yml"))
MODULES = "ansible_collections.backupops.veeam.plugins.modules."

# -- credential type -----------------------------------------------------------------------------------------------

ACCOUNT = {"hostname": "em01.example.test", "username": "EM01\\svc-ansible", "password": "Passw0rd!{{ 7 * 7 }}"}


def injected(values: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment that the injectors make of a credential's fields: a blank one is an empty text there."""
    values = {field["id"]: "" for field in TYPE["inputs"]["fields"]} | values
    names = {}
    for name, template in TYPE["injectors"]["file"].items():
        file = folder / name.removeprefix("template.")
        file.write_text(rendered(template, values))
        names[file.name] = str(file)
    scope = {**values, "tower": {"filename": names}}
    return {name: rendered(template, scope) for name, template in TYPE["injectors"]["env"].items()}


def rendered(template: str, values: dict[str, Any]) -> str:
    """As AWX renders: a plain Jinja environment, what is undefined is an error."""
    import jinja2.sandbox

    return (
        jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        .from_string(template)
        .render(values)
    )


def settings_from(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the module's own checks make of that environment."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    for name in [name for name in os.environ if name.startswith("VEEAM_EM_")]:
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = ArgumentSpecValidator(**Spec(options=connection_spec()).arguments()).validate({})
    assert done.error_messages == []
    return connection_settings(done.validated_parameters)


def test_every_variable_of_the_credential_is_one_that_the_modules_read() -> None:
    read = {names[0] for option in connection_spec().values() for names in [option.get("fallback", (0, [""]))[1]]}
    assert set(TYPE["injectors"]["env"]) <= read
    used = {word for text in TYPE["injectors"]["env"].values() for word in re.findall(r"\w+", text)}
    assert {field["id"] for field in TYPE["inputs"]["fields"]} <= used
    assert set(TYPE["inputs"]["required"]) == set(ACCOUNT)


def test_a_credential_with_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**ACCOUNT, "port": "19398", "ca_certificate": "-----BEGIN CERTIFICATE-----\n"}
    found = settings_from(injected(given, tmp_path), monkeypatch)
    assert (found.endpoint.hostname, found.endpoint.port) == (ACCOUNT["hostname"], 19398)
    assert (found.credentials.username, found.credentials.password) == (ACCOUNT["username"], ACCOUNT["password"])
    assert Path(found.endpoint.ca_path).read_text().strip() == given["ca_certificate"].strip()


def test_a_credential_with_the_required_fields_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_from(injected(ACCOUNT, tmp_path), monkeypatch)
    assert (found.endpoint.port, found.endpoint.ca_path) == (9398, None)


# -- surveys -------------------------------------------------------------------------------------------------------


#: The playbooks that hand their variables to a module and to no role.
OF_MODULES = {"run_jobs.yml": "veeam_job_run", "restore_machines.yml": "veeam_vm_restore"}


def answers_of(playbook: str) -> tuple[dict[str, Any], set[str]]:
    """The variables of what a playbook stands on, a role or a module, and those that it tells of itself."""
    text = (ROOT / "playbooks" / playbook).read_text("utf-8")
    specified: dict[str, Any] = {}
    for role in re.findall(r"name: backupops\.veeam\.(\w+)$", text, re.MULTILINE):
        file = ROOT / "roles" / role / "meta" / "argument_specs.yml"
        specified |= yaml.safe_load(file.read_text("utf-8"))["argument_specs"]["main"]["options"]
    if playbook in OF_MODULES:
        module = importlib.import_module(MODULES + OF_MODULES[playbook])
        prefix = playbook.removesuffix(".yml")
        specified |= {f"{prefix}_{name}": option for name, option in module.MODULE.spec.options.items()}
    # what a playbook reads and nothing in it sets: the comment at its top says what that is
    head = text.partition("\n- name:")[0]
    return specified, set(re.findall(r"\b[a-z]+_[a-z_]+\b", head))


@functools.cache
def survey(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / "surveys" / f"{name}.yml").read_text("utf-8"))


PLAYBOOKS = {template["name"]: template["playbook"] for template in TEMPLATES["templates"]}
#: Templates with a survey, and workflows, each with the playbook that reads the answers.
SURVEYED = [template for template in TEMPLATES["templates"] if "survey" in template] + [
    {**workflow, "playbook": PLAYBOOKS[workflow["nodes"][0]["template"]]}
    for workflow in TEMPLATES["workflows"]
    if "survey" in workflow
]


def test_every_survey_belongs_to_a_template() -> None:
    assert {path.stem for path in SURVEYS} == {template["survey"] for template in SURVEYED}


#: The playbooks that may replace a machine.
REPLACING = {"restore_machines.yml", "patch_with_backup.yml"}


def test_an_approval_stands_before_whatever_replaces_a_machine() -> None:
    """No template for people does it, and in a workflow each node that does comes right after an approval."""
    for template in TEMPLATES["templates"]:
        if template["playbook"] in REPLACING:
            assert "survey" not in template, template["name"]
    asked = []
    for workflow in TEMPLATES["workflows"]:
        nodes = {node["identifier"]: node for node in workflow["nodes"]}
        before: dict[str, list[str]] = {name: [] for name in nodes}
        for name, node in nodes.items():
            for link in ("success_nodes", "failure_nodes", "always_nodes"):
                for following in node.get(link, []):
                    before[following].append(name)
        for name, node in nodes.items():
            replaces = PLAYBOOKS.get(node.get("template", "")) in REPLACING and node.get("job_type") != "check"
            steps = node.get("variables", {}).get("patch_with_backup_steps", "restore")
            if replaces and "restore" in steps:
                assert before[name] and all("approval" in nodes[other] for other in before[name]), (
                    workflow["name"],
                    name,
                )
                asked.append(name)
            if "approval" in node:
                assert set(node) <= {"identifier", "approval", "success_nodes"}, "a denied one leads nowhere"
    assert len(asked) == 2


@pytest.mark.parametrize("template", SURVEYED, ids=lambda template: template["survey"])
def test_questions_fit_the_variables(template: dict[str, Any]) -> None:
    specified, told = answers_of(template["playbook"])
    questions = {question["variable"]: question for question in survey(template["survey"])["spec"]}
    assert len(questions) == len(survey(template["survey"])["spec"])
    for name, question in questions.items():
        assert name in specified or name in told, f"{name} is no variable of {template['playbook']}"
        assert set(question) >= {"question_name", "question_description", "type", "required", "default"}, name
        if "choices" in question:
            assert question["default"] in question["choices"], name
            offered = [choice for choice in question["choices"] if not is_blank(choice)]
            described = "\n".join(specified.get(name, {}).get("description", ()))
            wanted = specified.get(name, {}).get("choices") or re.findall(r"V\((\w+)\)", described)
            assert not wanted or set(offered) <= set(wanted), name
        else:
            assert question["type"] in ("text", "textarea", "integer", "float"), name
            assert question["min"] >= int(question["required"] and question["type"].startswith("text")), name
        if question["type"] in ("integer", "float"):
            # a blank one is refused, and a default beyond the limits is dropped
            assert question["required"], name
            assert question["min"] <= question["default"] <= question["max"], name
        if question["type"] == "textarea":
            assert question["max"] == 65536, name
    for name, filled in template.get("choices", {}).items():
        assert name in questions
        assert is_blank(filled["blank"]), name


LOOKUP = "lookup('backupops.veeam.answers', {"


def kinds_of(playbook: str) -> dict[str, str]:
    """How a playbook reads its variables."""
    text = (ROOT / "playbooks" / playbook).read_text("utf-8")
    if LOOKUP not in text:
        # the role does it
        (role,) = re.findall(r"name: backupops\.veeam\.(\w+)$", text, re.MULTILINE)
        text = (ROOT / "roles" / role / "tasks" / "main.yml").read_text("utf-8")
    asked = text[text.index(LOOKUP) :]
    return dict(re.findall(r"'(\w+)': '([\w ]+)'", asked[: asked.index("})")]))


def said(question: dict[str, Any]) -> list[str]:
    """The texts that a survey brings or names itself: its default, its choices, its examples."""
    examples = re.findall(r"[Ss]uch as ([^ .,]+)", question["question_description"])
    return [str(question["default"]), *question.get("choices", ()), *examples]


@pytest.mark.parametrize("template", SURVEYED, ids=lambda template: template["survey"])
def test_what_a_survey_says_itself_arrives_unharmed(template: dict[str, Any]) -> None:
    """Whatever an ansible-core makes of it, it is read as the text is."""
    kinds = kinds_of(template["playbook"])
    for question in survey(template["survey"])["spec"]:
        name = question["variable"]
        for text in said(question):
            if question["type"] in ("integer", "float"):
                continue
            # what no playbook reads goes to the module as it is
            kind = {"anything": "name"}.get(kinds.get(name, "name"), kinds.get(name, "name"))
            as_text, as_typed = (read_all({name: kind}, {name: value}) for value in (text, resolved(text)))
            if question["variable"].endswith(("names", "source_job")) and is_changed_by_yaml(text):
                # an example of what has to be in quotes
                text = f'"{text}"'
                as_text, as_typed = (read_all({name: kind}, {name: value}) for value in (text, resolved(text)))
            assert as_text == as_typed, (name, text)
            assert as_text["refused"] == as_text["unsure"] == [], (name, text)


NAMES_OR_TIMES = ("names", "new names", "ids", "runs", "machines", "time", "moment", "text")


@pytest.mark.parametrize("template", SURVEYED, ids=lambda template: template["survey"])
def test_no_default_does_something_to_a_job(template: dict[str, Any]) -> None:
    """Defaults alone name no job, no machine and no time: the playbook says what is missing."""
    kinds = kinds_of(template["playbook"])
    for question in survey(template["survey"])["spec"]:
        kind = kinds.get(question["variable"], "")
        if kind in NAMES_OR_TIMES or question["variable"] in template.get("choices", {}):
            assert is_blank(question["default"]), question["variable"]


# -- filling them --------------------------------------------------------------------------------------------------

QUESTION = {
    "variable": "v",
    "type": "text",
    "required": False,
    "min": 0,
    "max": 255,
    "default": "",
    "question_name": "V?",
}
OTHER = {"variable": "w", "type": "text", "default": ""}
BLANKED = {"v": "(blank: none)"}


def test_a_filled_question_can_be_left_blank_and_keeps_names_as_they_are() -> None:
    found = filled_survey({"name": "n", "spec": [QUESTION, OTHER]}, BLANKED, names={"v": ["TPL Gold", "0123", "yes"]})
    question, other = found["spec"]
    assert (found["name"], other) == ("n", OTHER)
    assert question["type"] == "multiplechoice"
    assert question["choices"] == ["(blank: none)", "TPL Gold", '"0123"', '"yes"']
    assert question["default"] == "(blank: none)"
    read = [read_all({"v": "name"}, {"v": resolved(choice)})["v"] for choice in question["choices"]]
    assert read == [None, "TPL Gold", "0123", "yes"]


def test_choices_that_are_there_stay() -> None:
    there = {"spec": [{**QUESTION, "type": "multiplechoice", "choices": "A\nB", "default": "A"}]}
    found = filled_survey({"spec": [{**QUESTION, "question_name": "New?"}, OTHER]}, BLANKED, found=there)
    assert found["spec"][0]["choices"] == ["(blank: none)", "A", "B"]
    assert (found["spec"][0]["default"], found["spec"][0]["question_name"]) == ("(blank: none)", "New?")
    assert filled_survey({"spec": [QUESTION]}, BLANKED, found=found)["spec"] == [
        {**found["spec"][0], "question_name": "V?"}
    ]


@pytest.mark.parametrize("there", [None, {}, {"spec": [QUESTION]}, {"spec": [{**QUESTION, "variable": "x"}]}])
def test_without_choices_the_question_is_as_it_ships(there: Any) -> None:
    assert filled_survey({"spec": [QUESTION]}, BLANKED, found=there)["spec"] == [QUESTION]
