# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Password, session token and the form in which the password travels are in no output, log or file, at -vvvv either."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from helpers.ansible_runs import IN_PROCESS, MODULE, environment, job_of, open_session, run_ansible
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, REPLICA, USERNAME, VBR01

from .mistakes import GOOD


def tokens_of(em) -> list[str]:
    """Every token that the emulator has given out; its public side never shows one."""
    return list(em.world.sessions._by_token)


def secrets_of(em) -> list[str]:
    """What the server knows of this run's logons and must be seen nowhere else."""
    basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    return [PASSWORD, basic, *tokens_of(em)]


def assert_no_secret(text: str, em, where: str) -> None:
    for secret in secrets_of(em):
        place = text.find(secret)
        assert place < 0, f"{where}: {text[max(0, place - 200) : place + 80]}"


def assert_no_file_holds_a_secret(folder: Path, em, ours: set[str]) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in ours]
    for path in files:
        assert_no_secret(path.read_bytes().decode("utf-8", "replace"), em, path.name)


def connect(em) -> dict:
    return {"hostname": em.host, "port": em.port, "username": USERNAME, "password": PASSWORD}


def test_at_the_highest_verbosity(em, play):
    """Successes and failures of every sort, single and batch, with the password as an option."""
    play.arguments = ["-vvvv", "--diff"]
    play.env["ANSIBLE_LOG_PATH"] = str(play.folder / "ansible.log")
    del play.env["VEEAM_EM_PASSWORD"]
    play.defaults["password"] = PASSWORD

    def spoil(**fault):
        def change():
            em.clear_faults()
            em.add_fault(**fault)

        return change

    echo = {"fault": "status", "code": 400, "message": f"you sent {PASSWORD}", "body": "error"}
    play.clone(**GOOD)
    play.clone(**GOOD, task={"check_mode": True})
    play.clone(source_job=GOLD, repository=DEFAULT_REPOSITORY, clones=[{"name": "a"}, {"name": "b", "repository": "X"}])
    play.clone(source_job="No Such Job", name="x")
    play.clone(**GOOD, username="nobody")
    play.clone(**GOOD, username="portal-user")
    play.clone(**GOOD, hostname="no-such-host.invalid")
    play.clone(**GOOD, hostname=f"https://{USERNAME}:{PASSWORD}@em01")
    play.clone(**GOOD, ca_path="/no/such/ca.pem")
    play.clone(source_job=GOLD, name="mistyped", pasword=PASSWORD)
    play.clone(before=spoil(**echo, path="type=Job"), **GOOD)
    play.clone(before=spoil(**echo, path="action=clone"), source_job=REPLICA, name="echo at the clone")
    play.clone(before=spoil(**{**echo, "code": 401}, path="sessionMngr"), **GOOD)
    play.clone(before=spoil(fault="reset_after", path="action=clone"), source_job=REPLICA, name="lost")
    play.clone(before=spoil(fault="never_finish"), source_job=REPLICA, name="never", wait_timeout=3)
    play.clone(before=spoil(fault="html", path="type=Job", count=0), **GOOD, wait_timeout=3)
    play.clone(before=spoil(fault="redirect", location=f"https://x:{PASSWORD}@evil.test/", path="type=Job"), **GOOD)
    play.clone(before=spoil(fault="expire_session", path="/api/tasks/"), source_job=REPLICA, name="expired")
    logout_fails = play.clone(before=spoil(fault="status", code=500, path="logonSessions", count=0), **GOOD)
    play.may_stay_open = lambda session: session in logout_fails.open_sessions
    run = play.run()
    em.expire_sessions()
    assert {step.status for step in play.steps} == {"ok", "failed"}
    # Ansible itself shows an option that it does not know; nobody can tell that it was meant to be a password
    shown = [line for line in run.output.splitlines() if "pasword" not in line]
    assert_no_secret("\n".join(shown), em, "output")
    for step in play.steps:
        if "pasword" not in step.msg:
            text = json.dumps({**step.result, "invocation": None}, ensure_ascii=False)
            assert_no_secret(text, em, step.name)
            assert step.result["invocation"]["module_args"]["password"] in (None, "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
    assert len(tokens_of(em)) > 10
    assert_no_file_holds_a_secret(play.folder, em, {"play.yml", "output.txt", "ansible.log"})


def test_a_given_token_is_as_secret_as_a_password(em, play):
    play.arguments = ["-vvvv"]
    token, session = open_session(em)
    play.may_stay_open = lambda identity: identity == session
    play.defaults["session_id"] = token
    play.clone(**GOOD)
    play.clone(source_job="No Such Job", name="x")
    play.clone(before=em.expire_sessions, **GOOD)
    run = play.run()
    assert [step.status for step in play.steps] == ["ok", "failed", "failed"]
    assert token not in run.output
    assert token not in json.dumps([step.result for step in play.steps])
    assert_no_file_holds_a_secret(play.folder, em, {"play.yml"})


@pytest.mark.parametrize("source", ["ad hoc", "environment"])
def test_ad_hoc_at_the_highest_verbosity(em, tmp_path, source):
    """From the environment nothing has to be written down at all."""
    options = "source_job='TPL Gold' name='TPL Gold' repository='Default Backup Repository'"
    if source == "ad hoc":
        options += f" password={PASSWORD}"
    env = environment(em, tmp_path)
    if source == "ad hoc":
        del env["VEEAM_EM_PASSWORD"]
    run = run_ansible(["ansible", "localhost", "-vvvv", "-m", MODULE, "-a", options], tmp_path, em, env)
    assert run.returncode == 0, run.output
    assert_no_secret(run.output, em, "output")


def test_the_role_keeps_the_password_to_itself(em, tmp_path):
    """Also where the check of its variables fails, which shows the variables."""
    for clones in ([{"name": "kept", "source_job": GOLD, "repository": DEFAULT_REPOSITORY}], [{"nome": "kept"}]):
        variables = {
            "job_clone_hostname": em.host,
            "job_clone_port": em.port,
            "job_clone_username": USERNAME,
            "job_clone_password": PASSWORD,
            "job_clone_ca_path": str(em.ca_file),
            "job_clone_poll_interval": 0.02,
            "job_clone_clones": clones,
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "roles": [{"role": "backupops.veeam.job_clone", "vars": variables}],
        }
        path = tmp_path / "site.yml"
        path.write_text(json.dumps([play]), "utf-8")
        env = environment(em, tmp_path, connection=False)
        run = run_ansible(["ansible-playbook", "-vvvv", str(path)], tmp_path, em, env)
        assert (run.returncode == 0) == ("name" in clones[0]), run.output
        assert_no_secret(run.output, em, "output")
    job_of(em, "kept")


def test_no_log_hides_the_whole_result_and_nothing_breaks(em, play):
    play.arguments = ["-vvvv", "--diff"]
    single = play.clone(**GOOD, description="hidden description", task={"no_log": True, "register": "hidden"})
    batch = play.clone(
        source_job=GOLD,
        repository=DEFAULT_REPOSITORY,
        clones=[{"name": "hidden name"}, {"name": "hidden too", "repository": "Nowhere"}],
        task={"no_log": True, "register": "hidden_batch"},
    )
    whole = play.clone(
        clones=[{"name": "hidden third", "source_job": GOLD}], username="portal-user", task={"no_log": True}
    )
    after = play.task(
        {
            "ansible.builtin.assert": {
                "that": [
                    "hidden is changed",
                    "veeam_job_href == hidden.job_href",
                    "hidden_batch.results[0].job_href == hidden_batch.job_hrefs['hidden name']",
                    "hidden_batch.results[1].failed",
                ]
            }
        }
    )
    run = play.run()
    assert "censored" in single.result
    assert batch.failed
    assert whole.failed
    assert after.status == "ok", after.result
    assert single.routes.count("clone") == batch.routes.count("clone") == 1
    assert "hidden description" not in run.output
    assert not re.search("hidden (name|too|third)", run.output), run.output
    assert job_of(em, "web", VBR01).description == "hidden description"


def test_which_way_the_module_takes_is_the_one_asked_for(em, play):
    """So that a run of these tests with VEEAM_TEST_PATH=module really is one."""
    play.arguments = ["-vvv"]
    play.clone(source_job=GOLD, name=GOLD, repository=DEFAULT_REPOSITORY)
    run = play.run()
    assert ("runs in the Ansible worker" in run.output) is IN_PROCESS
    assert ("runs as a module" in run.output) is not IN_PROCESS
