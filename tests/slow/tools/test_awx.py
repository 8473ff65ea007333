# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is given: credential type, surveys and the playbook that sets it up, without AWX and without its rules.

The setup playbook is run for real, on modules that know the options which the documentation of awx.awx has, check them
as Ansible does, and write down what they were given.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import (
    connection_settings,
    connection_spec,
)
from ansible_collections.backupops.veeam.plugins.module_utils._module.spec import Spec
from helpers.ansible_runs import environment
from veeam_em_emulator import Emulator

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
DATA = ROOT / "extensions" / "awx"
#: Where `make .venv-awx/.stamp` puts awx.awx.
COLLECTIONS = ROOT / ".venv-awx"
TEMPLATES = yaml.safe_load((DATA / "templates.yml").read_text("utf-8"))
TYPE = yaml.safe_load((DATA / "credential_type.yml").read_text("utf-8"))
REPOSITORY = "Default Backup Repository"
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
OF_MODULES = {"run_jobs.yml": "veeam_job_run"}


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


SURVEYED = [template for template in TEMPLATES["templates"] if "survey" in template]


def test_every_survey_belongs_to_a_template() -> None:
    assert {path.stem for path in SURVEYS} == {template["survey"] for template in SURVEYED}


@pytest.mark.parametrize("template", SURVEYED, ids=lambda template: template["survey"])
def test_questions_fit_the_variables(template: dict[str, Any]) -> None:
    specified, told = answers_of(template["playbook"])
    questions = {question["variable"]: question for question in survey(template["survey"])["spec"]}
    assert len(questions) == len(survey(template["survey"])["spec"])
    for name, question in questions.items():
        assert name in specified or name in told, f"{name} is no variable of {template['playbook']}"
        assert set(question) >= {"question_name", "question_description", "type", "required", "default"}, name
        expected = specified.get(name, {})
        if "choices" in question:
            assert question["default"] in question["choices"], name
            assert not expected.get("choices") or question["choices"] == expected["choices"], name
        else:
            assert question["type"] in ("text", "textarea", "integer", "float"), name
            assert question["min"] >= int(question["required"] and question["type"].startswith("text")), name
        if question["type"] in ("integer", "float"):
            # a blank one is refused, and a default beyond the limits is dropped
            assert question["required"], name
            assert question["min"] <= question["default"] <= question["max"], name
            assert expected.get("type") in ("int", "float"), name
        if question["type"] == "textarea":
            assert question["max"] == 65536, name
    for name in template.get("choices", {}):
        assert name in questions


# -- the playbook that sets it up ----------------------------------------------------------------------------------

RECORDER = """
import json, os
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec=json.loads(SPEC), supports_check_mode=True)
with open(FILE, "a") as record:
    json.dump([NAME, {k: v for k, v in module.params.items() if v is not None}], record)
    record.write("\\n")
module.exit_json(changed=False)
"""


@functools.cache
def documented() -> dict[str, Any]:
    """The options of every module of awx.awx that the setup playbooks use, as ansible-doc has them."""
    names = sorted({f"awx.awx.{name}" for name in used_modules()})
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    done = subprocess.run(
        [BIN / "ansible-doc", "--json", *names], env=env, capture_output=True, text=True, check=True, cwd=COLLECTIONS
    )
    return {name.rpartition(".")[2]: found["doc"]["options"] for name, found in json.loads(done.stdout).items()}


def tasks() -> list[dict[str, Any]]:
    plays = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "playbooks").glob("awx_*.yml"))]
    return [task for play in plays for task in play[0]["tasks"] if "_collection" in task.get("action", "")]


def used_modules() -> set[str]:
    return {task["action"].rpartition(".")[2] for task in tasks()}


needs_awx = pytest.mark.skipif(
    not COLLECTIONS.is_dir(), reason="awx.awx is not here: `make tools` brings it, from the package ansible"
)


@needs_awx
def test_every_option_of_the_setup_is_documented() -> None:
    assert len(tasks()) >= 10
    for task in tasks():
        module = task["action"].rpartition(".")[2]
        assert set(task["args"]) <= set(documented()[module]), task["name"]


def recording_collection(folder: Path, record: Path) -> None:
    """A collection awx.awx whose modules check their options as documented and write them down."""
    modules = folder / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
    modules.mkdir(parents=True)
    for name, options in documented().items():
        spec = {
            option: {
                key: value
                for key, value in found.items()
                if key in ("type", "choices", "required", "elements", "default")
            }
            for option, found in options.items()
        }
        lines = f"SPEC = {json.dumps(spec)!r}\nFILE = {str(record)!r}\nNAME = {name!r}\n"
        (modules / f"{name}.py").write_text("#!/usr/bin/python\n" + lines + RECORDER)


def run_playbook(tmp_path: Path, env: dict[str, str], playbook: str, **variables: Any) -> Any:
    return subprocess.run(
        [BIN / "ansible-playbook", f"backupops.veeam.{playbook}", "-e", json.dumps(variables)],
        cwd=tmp_path,
        env={**environment(None, tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def set_up(
    tmp_path: Path, env: dict[str, str], playbook: str = "awx_setup", **variables: Any
) -> list[tuple[str, dict[str, Any]]]:
    record = tmp_path / "record"
    recording_collection(tmp_path / "collections", record)
    done = run_playbook(tmp_path, env, playbook, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passw0rd!" not in done.stdout + done.stderr
    return [tuple(json.loads(line)) for line in record.read_text().splitlines()]


@needs_awx
def test_the_setup_hands_over_what_the_files_say(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    account = {f"VEEAM_EM_{name.upper()}": value for name, value in ACCOUNT.items()}
    done = set_up(
        tmp_path,
        {**account, "VEEAM_EM_CA_PATH": str(tmp_path / "ca.pem")},
        awx_setup_image="ee.example.test/veeam:1",
        awx_setup_controller_credential="AWX",
    )
    made = {(module, options.get("identifier") or options["name"]): options for module, options in done}
    kind = made["credential_type", TYPE["name"]]
    # The injectors' braces arrive as they are: AWX replaces them, not Ansible.
    assert (kind["inputs"], kind["injectors"]) == (TYPE["inputs"], TYPE["injectors"])
    credential = made["credential", "Veeam Enterprise Manager"]
    assert credential["update_secrets"] is False
    assert credential["inputs"] == {**ACCOUNT, "port": "9398", "ca_certificate": "-----BEGIN CERTIFICATE-----"}
    for template in TEMPLATES["templates"]:
        options = made["job_template", template["name"]]
        assert options["playbook"] == "playbooks/" + template["playbook"]
        assert (ROOT / options["playbook"]).is_file()
        assert options["credentials"] == ["Veeam Enterprise Manager"]
        assert options["allow_simultaneous"] is False
        assert options["ask_variables_on_launch"] is ("survey" not in template)
        if "survey" in template:
            assert options["survey_spec"] == survey(template["survey"])
    assert made["job_template", "Veeam - surveys"]["credentials"] == ["Veeam Enterprise Manager", "AWX"]
    assert made["schedule", "Veeam - surveys every night"]["unified_job_template"] == "Veeam - surveys"
    for workflow in TEMPLATES.get("workflows", []):
        for node in workflow["nodes"]:
            assert node["template"] in {template["name"] for template in TEMPLATES["templates"]}
            assert made["workflow_job_template_node", node["identifier"]]["workflow_job_template"] == workflow["name"]


@needs_awx
def test_the_setup_without_an_account_prompts_for_the_credential(tmp_path: Path) -> None:
    done = set_up(tmp_path, {}, awx_setup_image="ee.example.test/veeam:1", awx_setup_surveys=False)
    assert [module for module, _options in done if module in ("credential", "schedule")] == []
    for module, options in done:
        if module == "job_template":
            assert options["ask_credential_on_launch"] is True
            assert "credentials" not in options
            assert "survey_spec" not in options


# -- the playbook that fills the surveys ---------------------------------------------------------------------------


@needs_awx
def test_the_surveys_offer_what_enterprise_manager_has(tmp_path: Path) -> None:
    with Emulator() as em:
        done = set_up(tmp_path, connection_of(em), "awx_surveys", awx_surveys_source_jobs="^TPL ")
        assert em.open_sessions() == []
        jobs = {job.name for job in em.jobs()}
    made = {options["name"]: options["survey_spec"] for _module, options in done}
    assert set(made) == {template["name"] for template in SURVEYED}
    for template in SURVEYED:
        spec, filled = survey(template["survey"]), template.get("choices", {})
        assert len(made[template["name"]]["spec"]) == len(spec["spec"])
        for question, given in zip(spec["spec"], made[template["name"]]["spec"], strict=True):
            if question["variable"] not in filled:
                assert given == question
                continue
            assert given["type"] == "multiplechoice"
            assert given["default"] == given["choices"][0]
            assert given["choices"] == sorted(set(given["choices"]))
            wanted = {"TPL Gold", "TPL Replica"} if filled[question["variable"]] == "source_jobs" else {REPOSITORY}
            assert wanted <= set(given["choices"])
            if filled[question["variable"]] == "source_jobs":
                assert set(given["choices"]) == {name for name in jobs if name.startswith("TPL ")}


@needs_awx
def test_surveys_that_would_have_nothing_to_pick_from_stay_as_they_are(tmp_path: Path) -> None:
    with Emulator() as em:
        record = tmp_path / "record"
        recording_collection(tmp_path / "collections", record)
        done = run_playbook(tmp_path, connection_of(em), "awx_surveys", awx_surveys_source_jobs="^none$")
    assert done.returncode == 2
    assert "0 jobs that match ^none$" in done.stdout
    assert not record.exists()


def connection_of(em: Emulator) -> dict[str, str]:
    return {
        name: value for name, value in environment(em, Path(em.ca_file).parent).items() if name.startswith("VEEAM_EM_")
    }
