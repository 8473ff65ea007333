# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role job_clone and the playbooks, as a user starts them."""

from __future__ import annotations

import json

import pytest
from helpers.ansible_runs import ROOT, environment, job_href, job_of, run_ansible
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, REPLICA, USERNAME, VBR01, VBR02

ROLE = "backupops.veeam.job_clone"
CLONE_TASK = "Clone the jobs that do not exist yet"
SKIP = ["logon", "jobs", "logout"]
QUICK = {"job_clone_poll_interval": 0.02}


def connection_variables(em) -> dict:
    return {
        "job_clone_hostname": em.host,
        "job_clone_port": em.port,
        "job_clone_username": USERNAME,
        "job_clone_password": PASSWORD,
        "job_clone_ca_path": str(em.ca_file),
    }


def run_play(em, folder, play: dict, *arguments: str, connection: bool = True):
    path = folder / "site.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, **play}]), "utf-8")
    return run_ansible(
        ["ansible-playbook", str(path), *arguments], folder, em, environment(em, folder, connection=connection)
    )


def test_the_role_clones_a_list_once_and_sets_facts(em, tmp_path):
    """With every connection variable set, none of them in the environment."""
    play = {
        "roles": [
            {
                "role": ROLE,
                "vars": {
                    **QUICK,
                    **connection_variables(em),
                    "job_clone_media_type": "json",
                    "job_clone_api_version": "v1_6",
                    "job_clone_source_job": GOLD,
                    "job_clone_repository": DEFAULT_REPOSITORY,
                    "job_clone_description": "by the role",
                    "job_clone_vm_suffix": "_role",
                    "job_clone_max_parallel": 1,
                    "job_clone_clones": [
                        {"name": "a"},
                        {"name": "b", "repository": "Fast Repository", "folder_name": "bb", "description": "own"},
                        {"name": "c", "source_job": REPLICA},
                        {"name": "d", "source_job": "TPL Silver", "backup_server": VBR02},
                    ],
                },
            }
        ],
        "post_tasks": [{"name": "facts", "ansible.builtin.debug": {"var": "item"}, "loop": ["{{ job_clone_hrefs }}"]}],
    }
    play["post_tasks"] = [
        {
            "name": "facts",
            "ansible.builtin.debug": {
                "msg": ["{{ job_clone_hrefs }}", "{{ veeam_job_hrefs }}", "{{ job_clone_results }}"]
            },
        }
    ]
    first = run_play(em, tmp_path, play, connection=False)
    second = run_play(em, tmp_path, play, connection=False)
    assert first.returncode == second.returncode == 0, first.output
    step = first.named(CLONE_TASK)
    assert step.routes.count("clone") == 4
    assert step.journal[0].query == {"v": "v1_6"}
    assert {entry.headers["accept"] for entry in step.journal} == {"application/json"}
    assert len({entry.connection for entry in step.journal}) <= 2
    servers = {"a": VBR01, "b": VBR01, "c": VBR01, "d": VBR02}
    hrefs = {name: job_href(em, job_of(em, name, server)) for name, server in servers.items()}
    of_role, of_module, results = first.named("facts").result["msg"]
    assert of_role == of_module == hrefs
    assert [item["job_href"] for item in results] == list(hrefs.values())
    assert (job_of(em, "b").repository, job_of(em, "b").folder_name) == ("Fast Repository", "bb")
    assert (job_of(em, "a").description, job_of(em, "b").description) == ("by the role", "own")
    assert job_of(em, "c").vm_suffix == "_role"
    assert second.named(CLONE_TASK).routes == SKIP
    assert second.named(CLONE_TASK).changed is False
    assert second.named("facts").result["msg"][0] == hrefs
    assert "changed=0" in second.output


def test_the_role_takes_the_connection_from_the_environment(em, tmp_path):
    """Empty texts, as a survey sends them, count as not set."""
    blank = dict.fromkeys(connection_variables(em), "")
    play = {
        "vars": {
            **QUICK,
            **blank,
            "job_clone_session_id": "",
            "job_clone_source_job": "",
            "job_clone_repository": "",
            "job_clone_clones": [{"name": "env", "source_job": REPLICA}],
        },
        "roles": [ROLE],
    }
    # ports and numbers are checked by their type, so an empty text is none there
    del play["vars"]["job_clone_port"]
    run = run_play(em, tmp_path, play)
    assert run.returncode == 0, run.output
    assert run.named(CLONE_TASK).changed
    assert job_of(em, "env").vm_suffix == "_replica"


def test_an_empty_list_changes_nothing(em, tmp_path):
    run = run_play(em, tmp_path, {"roles": [ROLE], "vars": {"job_clone_clones": []}})
    assert run.returncode == 0, run.output
    assert em.journal == []
    assert "changed=0" in run.output


@pytest.mark.parametrize(
    ("variables", "needles"),
    [
        ({"job_clone_clones": [{"source_job": GOLD}]}, ["clones, item 1", "name: is missing"]),
        ({"job_clone_clones": [{"name": "a", "source": GOLD}]}, ["clones.source", "source_job"]),
        ({"job_clone_clones": [{"name": "a"}], "job_clone_port": "https"}, ["port", "https", "int"]),
        ({"job_clone_clones": [{"name": "a"}], "job_clone_on_timeout": "ignore"}, ["on_timeout", "cancel", "ignore"]),
        ({"job_clone_clones": [{"name": "a"}], "job_clone_media_type": "yaml"}, ["media_type", "json", "yaml"]),
    ],
    ids=lambda value: None,
)
def test_the_role_checks_its_variables_before_anything_is_sent(em, tmp_path, variables, needles):
    run = run_play(em, tmp_path, {"roles": [ROLE], "vars": variables})
    assert run.returncode != 0
    step = next(step for step in run.steps if step.failed)
    assert step.failed
    assert all(needle in step.msg for needle in needles), step.msg
    assert em.journal == []


def test_a_failure_in_the_role_leaves_facts_for_a_rescue(em, tmp_path):
    play = {
        "vars": {
            **QUICK,
            "job_clone_source_job": GOLD,
            "job_clone_repository": DEFAULT_REPOSITORY,
            "job_clone_clones": [{"name": "good"}, {"name": "bad", "repository": "Nowhere"}],
        },
        "tasks": [
            {
                "block": [{"name": "role", "ansible.builtin.include_role": {"name": ROLE}}],
                "rescue": [
                    {
                        "name": "facts",
                        "ansible.builtin.debug": {"msg": ["{{ job_clone_hrefs }}", "{{ job_clone_results }}"]},
                    }
                ],
            }
        ],
    }
    run = run_play(em, tmp_path, play)
    assert run.named(CLONE_TASK).failed
    hrefs, results = run.named("facts").result["msg"]
    assert hrefs == {"good": job_href(em, job_of(em, "good"))}
    assert [item["failed"] for item in results] == [False, True]
    assert "Nowhere" in results[1]["msg"]


def test_the_role_in_check_and_diff_mode(em, tmp_path):
    play = {
        "roles": [ROLE],
        "vars": {
            **QUICK,
            "job_clone_source_job": GOLD,
            "job_clone_repository": DEFAULT_REPOSITORY,
            "job_clone_clones": [{"name": "checked"}],
        },
    }
    run = run_play(em, tmp_path, play, "--check", "--diff")
    assert run.returncode == 0, run.output
    assert run.named(CLONE_TASK).routes == ["logon", "jobs", "repositories", "logout"]
    assert '+    "name": "checked"' in run.output
    assert em.jobs(name="checked") == []


def clone_jobs(em, folder, variables: dict, name: str = str(ROOT / "playbooks" / "clone_jobs.yml")):
    path = folder / "vars.json"
    path.write_text(json.dumps({**QUICK, **variables}), "utf-8")
    return run_ansible(["ansible-playbook", name, "-e", f"@{path}"], folder, em, environment(em, folder))


@pytest.mark.parametrize("name", [str(ROOT / "playbooks" / "clone_jobs.yml"), "backupops.veeam.clone_jobs"])
def test_clone_jobs_with_what_a_survey_asks_for(em, tmp_path, name):
    """Extra variables alone, from any folder, by path and by the collection's name."""
    variables = {
        "job_clone_source_job": GOLD,
        "job_clone_names": "web\n db \n\n",
        "job_clone_repository": DEFAULT_REPOSITORY,
        "job_clone_description": "",
    }
    first = clone_jobs(em, tmp_path, variables, name)
    second = clone_jobs(em, tmp_path, variables, name)
    assert first.returncode == second.returncode == 0, first.output
    hrefs = {job: job_href(em, job_of(em, job)) for job in ("web", "db")}
    for run in (first, second):
        assert run.named("Hand the hrefs on to the next node of the workflow").result["ansible_stats"]["data"] == {
            "veeam_job_hrefs": hrefs,
            "veeam_job_href": "",
        }
    assert first.named(CLONE_TASK).changed is True
    assert second.named(CLONE_TASK).routes == SKIP
    told = first.named("Show what was changed, and what failed").result["msg"]["changed"]
    assert all(job in sentence for job, sentence in zip(("web", "db"), told, strict=True))


def test_clone_jobs_with_a_list(em, tmp_path):
    """A single job is handed on as veeam_job_href too."""
    run = clone_jobs(
        em,
        tmp_path,
        {"job_clone_clones": [{"source_job": "Copy to Offsite", "name": "offsite 2", "repository": "S3 Offsite"}]},
    )
    assert run.returncode == 0, run.output
    href = job_href(em, job_of(em, "offsite 2", VBR02))
    handed_on = run.named("Hand the hrefs on to the next node of the workflow").result["ansible_stats"]["data"]
    assert handed_on == {"veeam_job_hrefs": {"offsite 2": href}, "veeam_job_href": href}


def test_clone_jobs_hands_on_what_was_made_before_a_failure(em, tmp_path):
    run = clone_jobs(
        em,
        tmp_path,
        {
            "job_clone_clones": [
                {"source_job": GOLD, "name": "good", "repository": DEFAULT_REPOSITORY},
                {"source_job": "No Such Job", "name": "bad"},
            ]
        },
    )
    assert run.returncode != 0
    handed_on = run.named("Hand the hrefs on to the next node of the workflow").result["ansible_stats"]["data"]
    assert handed_on["veeam_job_hrefs"] == {"good": job_href(em, job_of(em, "good"))}
    (failed,) = run.named("Show what was changed, and what failed").result["msg"]["failed"]
    assert "No Such Job" in failed


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"job_clone_source_job": GOLD},
        {"job_clone_names": "web"},
        {"job_clone_names": "web", "job_clone_source_job": GOLD, "job_clone_clones": [{"name": "a"}]},
    ],
    ids=["nothing", "no names", "no source", "both"],
)
def test_clone_jobs_says_what_it_wants(em, tmp_path, variables):
    run = clone_jobs(em, tmp_path, variables)
    assert run.returncode != 0
    assert em.journal == []
    assert all(word in run.output for word in ("job_clone_source_job", "job_clone_names", "job_clone_clones"))
