# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that set up AWX and fill its surveys: real modules of awx.awx against a stand-in for AWX's API."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.ansible_runs import BIN, ROOT, environment
from helpers.awx import Awx, quick_collection
from helpers.cast import DEFAULT_REPOSITORY, GOLD, REPLICA
from veeam_em_emulator import Emulator

#: Where `make .venv-awx/.stamp` puts awx.awx.
COLLECTIONS = ROOT / ".venv-awx"
DATA = ROOT / "extensions" / "awx"
TEMPLATES = yaml.safe_load((DATA / "templates.yml").read_text("utf-8"))
TYPE = yaml.safe_load((DATA / "credential_type.yml").read_text("utf-8"))
SURVEYED = [template for template in TEMPLATES["templates"] if "survey" in template]
PASSWORD = "Passw0rd!{{ 7 * 7 }}"
ACCOUNT = {
    "VEEAM_EM_HOSTNAME": "em01.example.test",
    "VEEAM_EM_USERNAME": "EM01\\svc-ansible",
    "VEEAM_EM_PASSWORD": PASSWORD,
}
IMAGE = {"awx_setup_image": "ee.example.test/veeam:1"}
#: What the collection for AWX itself warns of, on the newest ansible-core.
THEIRS = re.compile(r"ansible\.module_utils\.(six|_text|common\.text)|awx\.awx|Deprecation warnings can be disabled")

pytestmark = pytest.mark.skipif(
    not COLLECTIONS.is_dir(), reason="awx.awx is not here: `make playbooks` brings it, from the package ansible"
)


@functools.cache
def survey(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / "surveys" / f"{name}.yml").read_text("utf-8"))


@pytest.fixture
def awx() -> Iterator[Awx]:
    with Awx("Default", "Ops") as awx:
        yield awx


class Runs:
    """Runs of the playbooks, with the environment and the variables that a user gives."""

    def __init__(self, awx: Awx, folder: Path) -> None:
        self.awx = awx
        self.folder = folder
        self.collections = quick_collection(COLLECTIONS / "ansible_collections" / "awx" / "awx", folder / "collections")
        self.output = ""

    def run(self, playbook: str, env: dict[str, str], succeeds: bool = True, **variables: Any) -> list[str]:
        """Run it, and return what it changed in AWX."""
        self.awx.writes.clear()
        own = {k: v for k, v in environment(None, self.folder).items() if k != "ANSIBLE_CALLBACKS_ENABLED"}
        done = subprocess.run(
            [BIN / "ansible-playbook", f"backupops.veeam.{playbook}", "-e", json.dumps(variables)],
            cwd=self.folder,
            env={
                **own,
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                "CONTROLLER_HOST": self.awx.url,
                "CONTROLLER_OAUTH_TOKEN": "token",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        # older ones show messages as JSON
        self.output = (done.stdout + done.stderr).replace('\\"', '"')
        assert (done.returncode == 0) is succeeds, self.output
        assert PASSWORD not in self.output
        ours = [line for line in re.findall(r"\[(?:DEPRECATION )?WARNING\].*", self.output) if not THEIRS.search(line)]
        assert ours == []
        return list(self.awx.writes)

    def set_up(self, env: dict[str, str] | None = None, succeeds: bool = True, **variables: Any) -> list[str]:
        return self.run("awx_setup", ACCOUNT if env is None else env, succeeds, **{**IMAGE, **variables})


@pytest.fixture
def runs(awx: Awx, tmp_path: Path) -> Runs:
    return Runs(awx, tmp_path)


# -- options -------------------------------------------------------------------------------------------------------


@functools.cache
def documented() -> dict[str, Any]:
    """The options of every module of awx.awx that the setup playbooks use, as ansible-doc has them."""
    names = sorted({f"awx.awx.{task['module']}" for task in tasks()})
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    done = subprocess.run(
        [BIN / "ansible-doc", "--json", *names], env=env, capture_output=True, text=True, check=True, cwd=COLLECTIONS
    )
    return {name.rpartition(".")[2]: found["doc"]["options"] for name, found in json.loads(done.stdout).items()}


def in_blocks(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in listed:
        yield task
        for part in ("block", "rescue", "always"):
            yield from in_blocks(task.get(part, []))


def tasks() -> list[dict[str, Any]]:
    """What tasks say that call a module of the collection for AWX: collection, module, options."""
    plays = [yaml.safe_load(path.read_text("utf-8"))[0]["tasks"] for path in (ROOT / "playbooks").glob("awx_*.yml")]
    files = [yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "playbooks" / "tasks").glob("awx_*.yml")]
    called = "backupops.veeam.awx_module"
    return [task[called] for listed in plays + files for task in in_blocks(listed) if called in task]


def test_every_option_is_documented() -> None:
    assert len(tasks()) >= 12
    for task in tasks():
        assert set(task["options"]) <= set(documented()[task["module"]]), task["module"]


# -- awx_setup -----------------------------------------------------------------------------------------------------


def test_from_nothing_and_again(awx: Awx, runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    awx.create("credential_types", {"name": "AWX's own", "inputs": {}})
    awx.create("credentials", {"name": "AWX", "credential_type": awx.one("credential_types")["id"], "inputs": {}})
    account = {**ACCOUNT, "VEEAM_EM_CA_PATH": str(tmp_path / "ca.pem")}
    wanted = {"awx_setup_controller_credential": "AWX", "awx_setup_source_jobs": "^TPL ", "awx_setup_organization": ""}
    runs.set_up(account, **wanted)

    # The injectors' braces arrive as they are: AWX replaces them, not Ansible.
    kind = awx.one("credential_types", name=TYPE["name"])
    assert (kind["inputs"], kind["injectors"]) == (TYPE["inputs"], TYPE["injectors"])
    credential = awx.one("credentials", name="Veeam Enterprise Manager")
    assert credential["inputs"] == {
        "hostname": ACCOUNT["VEEAM_EM_HOSTNAME"],
        "port": "9398",
        "username": ACCOUNT["VEEAM_EM_USERNAME"],
        "password": PASSWORD,
        "ca_certificate": "-----BEGIN CERTIFICATE-----",
    }
    for template in TEMPLATES["templates"]:
        made = awx.one("job_templates", name="Veeam - " + template["name"])
        assert made["playbook"] == "playbooks/" + template["playbook"]
        assert (ROOT / made["playbook"]).is_file()
        assert awx.names_linked("job_templates", made, "credentials") == ["Veeam Enterprise Manager"]
        assert (made["allow_simultaneous"], made["ask_credential_on_launch"]) == (False, False)
        assert made["ask_variables_on_launch"] is made["ask_job_type_on_launch"] is ("survey" not in template)
        # what changes machines runs on theirs, and not on the execution environment
        assert ("inventory" in made, made["ask_inventory_on_launch"]) == (
            "machines" not in template,
            "machines" in template,
        )
        assert awx.surveys.get(made["id"]) == (survey(template["survey"]) if "survey" in template else None)
    surveys = awx.one("job_templates", name="Veeam - surveys")
    assert set(awx.names_linked("job_templates", surveys, "credentials")) == {"Veeam Enterprise Manager", "AWX"}
    assert json.loads(surveys["extra_vars"]) == {
        "awx_surveys_name": "Veeam",
        "awx_surveys_organization": "Default",
        "awx_surveys_collection": "awx.awx",
        "awx_surveys_source_jobs": "^TPL ",
    }
    assert awx.one("schedules", unified_job_template=surveys["id"])["name"] == "Veeam - surveys every night"
    for workflow in TEMPLATES["workflows"]:
        made = awx.one("workflow_job_templates", name="Veeam - " + workflow["name"])
        for node in workflow["nodes"]:
            found = awx.one(
                "workflow_job_template_nodes", workflow_job_template=made["id"], identifier=node["identifier"]
            )
            if "approval" in node:
                approval = awx.items["workflow_approval_templates"][found["unified_job_template"]]
                assert {name: approval[name] for name in node["approval"]} == node["approval"]
            else:
                template = awx.items["job_templates"][found["unified_job_template"]]
                assert template["name"] == "Veeam - " + node["template"]
            assert found.get("extra_data") == node.get("variables")
            assert found.get("job_type") == node.get("job_type")
            for link in ("success_nodes", "failure_nodes"):
                assert awx.names_linked("workflow_job_template_nodes", found, link) == node.get(link, [])
        asked = survey(workflow["survey"]) if "survey" in workflow else None
        assert awx.surveys.get(made["id"]) == asked
        assert made["ask_variables_on_launch"] is (asked is None)
        assert made["ask_inventory_on_launch"] is ("machines" in workflow)

    assert runs.set_up(account, **wanted) == []
    # without the account too: what has a credential keeps it, and the jobs that are offered stay those that were said
    assert runs.set_up({}, awx_setup_controller_credential="AWX") == []


def test_machines_have_an_inventory_and_a_credential_of_their_own(awx: Awx, runs: Runs) -> None:
    """Given as variables, or by somebody in AWX, where they stay."""
    kind = awx.create("credential_types", {"name": "Machine", "inputs": {}})["id"]
    organization = awx.one("organizations", name="Default")["id"]
    for name in ("SSH", "Other"):
        given = {"name": name, "organization": organization, "credential_type": kind, "inputs": {}}
        awx.create("credentials", given)
    awx.create("inventories", {"name": "Servers", "organization": organization})
    runs.set_up()
    template = awx.one("job_templates", name="Veeam - patch with backup from variables")
    awx.associate("job_templates", template["id"], "credentials", {"id": awx.one("credentials", name="SSH")["id"]})
    assert runs.set_up() == []
    assert awx.names_linked("job_templates", template, "credentials") == ["Veeam Enterprise Manager", "SSH"]
    runs.set_up(awx_setup_machines_inventory="Servers", awx_setup_machines_credential="Other")
    assert awx.names_linked("job_templates", template, "credentials") == ["Veeam Enterprise Manager", "Other"]
    assert awx.items["inventories"][template["inventory"]]["name"] == "Servers"
    workflow = awx.one("workflow_job_templates", name="Veeam - patch with backup")
    assert template["ask_inventory_on_launch"] is workflow["ask_inventory_on_launch"] is False


def test_what_somebody_changed_or_awx_refuses(awx: Awx, runs: Runs) -> None:
    """A type that is in use keeps its fields, a link that somebody made stays, filled choices stay filled, secrets too;
    everything else comes back."""
    runs.set_up()
    kind = awx.one("credential_types", name=TYPE["name"])
    kind["inputs"] = {"fields": TYPE["inputs"]["fields"][:4]}
    kind["description"] = "Old"
    workflow = awx.one("workflow_job_templates", name="Veeam - protect and run")
    first, last = (awx.one("workflow_job_template_nodes", identifier=name) for name in ("jobs", "run"))
    awx.linked["workflow_job_template_nodes", first["id"], "success_nodes"] = []
    awx.linked["workflow_job_template_nodes", first["id"], "failure_nodes"] = [last["id"]]
    template = awx.one("job_templates", name="Veeam - clone jobs")
    template["playbook"] = "other.yml"
    question = {
        **survey("clone_jobs")["spec"][0],
        "type": "multiplechoice",
        "choices": ["TPL Gold"],
        "default": "TPL Gold",
    }
    awx.surveys[template["id"]] = {**survey("clone_jobs"), "spec": [question, *survey("clone_jobs")["spec"][1:]]}
    credential = awx.one("credentials")
    credential["inputs"]["password"] = "changed since"

    other = {**ACCOUNT, "VEEAM_EM_HOSTNAME": "em02.example.test"}
    writes = runs.set_up(other, awx_setup_surveys="", awx_setup_update_credential="no")
    assert sorted(writes) == [
        f"PATCH credential_types/{kind['id']}",
        f"PATCH job_templates/{template['id']}",
        f"POST job_templates/{template['id']}/survey_spec",
        f"POST workflow_job_template_nodes/{first['id']}/success_nodes",
    ]
    assert kind["description"] == TYPE["description"]
    assert len(kind["inputs"]["fields"]) == 4
    assert template["playbook"] == "playbooks/clone_jobs.yml"
    filled = awx.surveys[template["id"]]["spec"][0]
    assert (filled["choices"], filled["default"]) == (
        ["(blank: choose a template)", "TPL Gold"],
        "(blank: choose a template)",
    )
    assert awx.names_linked("workflow_job_template_nodes", first, "failure_nodes") == ["run"]
    assert credential["inputs"]["password"] == "changed since"
    assert credential["inputs"]["hostname"] == ACCOUNT["VEEAM_EM_HOSTNAME"]
    for said in ("Fields of the credential type", f'Links of the node "jobs" in the workflow "{workflow["name"]}"'):
        assert said in runs.output

    # text that is not true is not true: the survey stays as somebody made it
    awx.surveys[template["id"]]["name"] = "Mine"
    runs.set_up(other, awx_setup_surveys="false", awx_setup_update_credential="true")
    assert awx.surveys[template["id"]]["name"] == "Mine"
    assert credential["inputs"]["password"] == PASSWORD
    assert credential["inputs"]["hostname"] == "em02.example.test"


def test_two_organizations_and_two_enterprise_managers(awx: Awx, runs: Runs) -> None:
    first = runs.set_up()
    before = json.dumps(awx.items)
    runs.set_up(awx_setup_organization="Ops")
    runs.set_up(
        {**ACCOUNT, "VEEAM_EM_HOSTNAME": "em02.example.test"},
        awx_setup_name="Veeam Lyon",
        awx_setup_project_url="https://git.example.test/own.git",
        awx_setup_project="Own",
    )
    assert len(first) > 10
    for endpoint, items in json.loads(before).items():
        for number, item in items.items():
            assert awx.items[endpoint][int(number)] == item, (endpoint, item["name"])
    names = ("Default", "Ops")
    for name in names:
        organization = awx.one("organizations", name=name)["id"]
        credentials = awx.all("credentials", organization=organization)
        assert len(credentials) == (2 if name == "Default" else 1)
        for template in awx.all("job_templates", organization=organization):
            lyon = template["name"].startswith("Veeam Lyon - ")
            ids = awx.linked["job_templates", template["id"], "credentials"]
            host = awx.items["credentials"][ids[0]]["inputs"]["hostname"]
            assert (len(ids), host) == (1, "em02.example.test" if lyon else "em01.example.test")
            if not template["ask_inventory_on_launch"]:
                assert awx.items["inventories"][template["inventory"]]["organization"] == organization
            assert (
                awx.items["execution_environments"][template["execution_environment"]]["organization"] == organization
            )
            assert template["playbook"].startswith("playbooks/") is not lyon
        for node in awx.all("workflow_job_template_nodes"):
            workflow = awx.items["workflow_job_templates"][node["workflow_job_template"]]
            template = awx.items["job_templates"].get(node["unified_job_template"])
            if template is None:
                assert node["unified_job_template"] in awx.items["workflow_approval_templates"]
                continue
            assert workflow["organization"] == template["organization"]
            assert template["name"].startswith(workflow["name"].partition(" - ")[0] + " - ")
    assert runs.set_up(awx_setup_organization="Ops") == []


def test_without_an_account_templates_prompt_and_what_is_half_is_refused(awx: Awx, runs: Runs) -> None:
    half = {"VEEAM_EM_HOSTNAME": "em01.example.test"}
    assert runs.set_up(half, succeeds=False) == []
    assert "set all of VEEAM_EM_HOSTNAME, VEEAM_EM_USERNAME and VEEAM_EM_PASSWORD" in runs.output
    runs.set_up({}, awx_setup_surveys=False)
    assert awx.all("credentials") == []
    assert awx.surveys == {}
    templates = awx.all("job_templates")
    assert {template["ask_credential_on_launch"] for template in templates} == {True}
    # somebody gives one of them a credential of another name
    templates[0]["ask_credential_on_launch"] = False
    runs.set_up({}, awx_setup_surveys=False)
    assert templates[0]["ask_credential_on_launch"] is False


def test_an_environment_of_another_organization_is_not_taken(awx: Awx, runs: Runs) -> None:
    ops = awx.one("organizations", name="Ops")["id"]
    awx.create("execution_environments", {"name": "Veeam", "organization": ops, "image": "x"})
    assert runs.set_up(succeeds=False) == []
    assert 'The execution environment "Veeam" belongs to the organization "Ops"' in runs.output


# -- awx_surveys ---------------------------------------------------------------------------------------------------


def test_the_surveys_offer_what_enterprise_manager_has(awx: Awx, runs: Runs, tmp_path: Path) -> None:
    organization = awx.one("organizations", name="Ops")["id"]
    for template in SURVEYED:
        awx.create("job_templates", {"name": "Lyon - " + template["name"], "organization": organization})
    with Emulator() as em:
        env = {name: value for name, value in environment(em, tmp_path).items() if name.startswith("VEEAM_EM_")}
        wanted = {"awx_surveys_name": "Lyon", "awx_surveys_organization": "Ops", "awx_surveys_collection": None}
        runs.run("awx_surveys", env, **wanted, awx_surveys_source_jobs="^TPL ")
        assert em.open_sessions() == []
        jobs = sorted({job.name for job in em.jobs() if job.name.startswith("TPL ")})
        # a pattern that fits nothing leaves them as they are
        assert runs.run("awx_surveys", env, succeeds=False, **wanted, awx_surveys_source_jobs="^none$") == []
        assert "jobs that match ^none$: 0, repositories: " in runs.output
    assert {GOLD, REPLICA} <= set(jobs)
    for template in SURVEYED:
        made = awx.surveys[awx.one("job_templates", name="Lyon - " + template["name"])["id"]]["spec"]
        shipped, choices = survey(template["survey"])["spec"], template.get("choices", {})
        assert len(made) == len(shipped)
        for question, given in zip(shipped, made, strict=True):
            if question["variable"] not in choices:
                assert given == question
                continue
            filled = choices[question["variable"]]
            blank, *offered = given["choices"]
            assert (given["type"], given["default"], blank) == ("multiplechoice", filled["blank"], filled["blank"])
            if filled["list"] == "source_jobs":
                assert offered == jobs
            else:
                assert DEFAULT_REPOSITORY in offered
                assert offered == sorted(set(offered))
