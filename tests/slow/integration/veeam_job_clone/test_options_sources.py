# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where options come from and in which forms: names, ids, UIDs, hrefs, aliases, defaults, the environment, ad hoc."""

from __future__ import annotations

import shutil
import socket
import subprocess

import pytest
from helpers.ansible_runs import BIN, MODULE, environment, job_href, job_of, open_session, run_ansible
from helpers.cast import (
    DEFAULT_REPOSITORY,
    DEFAULT_REPOSITORY_ON_VBR01_ID,
    DEFAULT_REPOSITORY_ON_VBR02_ID,
    GOLD,
    GOLD_ID,
    PASSWORD,
    REPLICA,
    SILVER_ON_VBR02_ID,
    USERNAME,
    VBR01,
    VBR02,
    VBR02_ID,
)

BY_NAMES = ["logon", "jobs", "repositories", "clone", "task", "jobs", "logout"]
SKIP = ["logon", "jobs", "logout"]


def forms(collection: str, kind: str, identity: str) -> dict[str, str]:
    """Every way to name a resource beside its name. The hosts in hrefs are not the one that the task talks to."""
    return {
        "id": identity,
        "id in capitals": identity.upper(),
        "UID": f"urn:veeam:{kind}:{identity}",
        "href": f"https://em01.example.test:9398/api/{collection}/{identity}",
        "href of an entity": f"https://other.example.test/api/{collection}/{identity}?format=Entity",
        "old href": f"http://old.example.test:9399/api/{collection}/{identity}/",
        "path": f"/api/{collection}/{identity}",
    }


def test_source_by_id_uid_or_href(em, play, subtests):
    """The name would be ambiguous; the id is not, and needs no backup_server."""
    cases = {
        form: play.clone(source_job=value, name=form, repository=DEFAULT_REPOSITORY)
        for form, value in forms("jobs", "Job", SILVER_ON_VBR02_ID).items()
    }
    play.run()
    for form, step in cases.items():
        with subtests.test(form):
            assert step.routes == ["logon", "job", *BY_NAMES[1:]]
            assert step.journal[1].path == f"/api/jobs/{SILVER_ON_VBR02_ID}"
            assert step.result["job_href"] == job_href(em, job_of(em, form, VBR02))
            assert job_of(em, form, VBR02).cloned_from == SILVER_ON_VBR02_ID


def test_backup_server_by_name_id_uid_or_href(em, play, subtests):
    cases = {
        form: play.clone(source_job="TPL Silver", backup_server=value, name=form, repository=DEFAULT_REPOSITORY)
        for form, value in {"name": VBR02, **forms("backupServers", "BackupServer", VBR02_ID)}.items()
    }
    play.run()
    for form, step in cases.items():
        with subtests.test(form):
            assert step.routes == BY_NAMES
            assert job_of(em, form, VBR02).cloned_from == SILVER_ON_VBR02_ID


def test_repository_by_id_uid_or_href(em, play, subtests):
    cases = {
        form: play.clone(source_job=GOLD, name=form, repository=value)
        for form, value in forms("repositories", "Repository", DEFAULT_REPOSITORY_ON_VBR01_ID).items()
    }
    play.run()
    for form, step in cases.items():
        with subtests.test(form):
            assert step.routes == ["repository" if word == "repositories" else word for word in BY_NAMES]
            assert job_of(em, form).repository_id == DEFAULT_REPOSITORY_ON_VBR01_ID


def test_a_repository_name_means_the_one_on_the_server_of_the_source(em, play):
    """Both servers have a repository of that name."""
    for server in (VBR01, VBR02):
        play.clone(source_job="TPL Silver", backup_server=server, name="copy", repository=DEFAULT_REPOSITORY)
    play.run()
    assert job_of(em, "copy", VBR01).repository_id == DEFAULT_REPOSITORY_ON_VBR01_ID
    assert job_of(em, "copy", VBR02).repository_id == DEFAULT_REPOSITORY_ON_VBR02_ID


def test_aliases(em, play):
    step = play.clone(job=GOLD, job_name="by alias", job_file_name="folder", repository=DEFAULT_REPOSITORY)
    in_list = play.clone(
        clones=[{"job": GOLD, "job_name": "in a list", "job_file_name": "folder", "repository": DEFAULT_REPOSITORY}]
    )
    play.run()
    assert step.changed
    assert in_list.changed
    assert job_of(em, "by alias").folder_name == job_of(em, "in a list").folder_name == "folder"


def test_all_of_the_connection_from_the_environment(em, play):
    """The connection in variables, nothing of it in the playbook."""
    play.defaults = {}
    play.env.update(
        VEEAM_EM_VALIDATE_CERTS="true", VEEAM_EM_TIMEOUT="20", VEEAM_EM_API_VERSION="v1_6", VEEAM_EM_MEDIA_TYPE="json"
    )
    step = play.clone(source_job=GOLD, name="env", repository=DEFAULT_REPOSITORY)
    play.run()
    assert step.routes == BY_NAMES
    assert step.journal[0].query == {"v": "v1_6"}
    assert step.journal[0].headers["accept"] == "application/json"
    assert step.journal[0].user == USERNAME
    assert step.result["job_href"] == job_href(em, job_of(em, "env"))
    given = step.result["invocation"]["module_args"]
    assert (given["timeout"], given["port"], given["validate_certs"]) == (20.0, em.port, True)


def test_each_variable_of_the_environment_is_read(em, play, subtests):
    """Each alone makes a difference, and options come before all of them."""
    wrong = {
        "VEEAM_EM_HOSTNAME": ("no-such-host.invalid", "no-such-host.invalid"),
        "VEEAM_EM_PORT": ("70000", "port"),
        "VEEAM_EM_USERNAME": ("nobody", "nobody"),
        "VEEAM_EM_PASSWORD": ("wrong", "refused the logon"),
        "VEEAM_EM_CA_PATH": ("/no/such/ca.pem", "ca_path"),
        "VEEAM_EM_VALIDATE_CERTS": ("perhaps", "validate_certs"),
        "VEEAM_EM_TIMEOUT": ("-1", "timeout"),
        "VEEAM_EM_API_VERSION": ("v0_9", "api_version"),
        "VEEAM_EM_MEDIA_TYPE": ("yaml", "media_type"),
    }
    right = {name: value for name, value in play.env.items() if name.startswith("VEEAM_EM_")}
    options = {"source_job": GOLD, "name": GOLD, "repository": DEFAULT_REPOSITORY}
    cases = {
        variable: (needle, play.clone(**options, task={"environment": {**right, variable: value}}))
        for variable, (value, needle) in wrong.items()
    }
    before_all = play.clone(
        **options,
        hostname=em.host,
        port=em.port,
        username=USERNAME,
        password=PASSWORD,
        ca_path=em.ca_file,
        validate_certs=True,
        timeout=30,
        api_version="latest",
        media_type="xml",
        task={"environment": {variable: value for variable, (value, unused) in wrong.items()}},
    )
    play.run()
    for variable, (needle, step) in cases.items():
        with subtests.test(variable):
            assert step.failed
            assert needle in step.msg
    assert before_all.status == "ok", before_all.msg
    assert before_all.routes == SKIP


def test_an_empty_variable_counts_as_none(em, play):
    """AWX sets the variables of empty credential fields to an empty text."""
    play.env.update(VEEAM_EM_SESSION_ID="", VEEAM_EM_TIMEOUT="", VEEAM_EM_API_VERSION="", VEEAM_EM_MEDIA_TYPE="")
    step = play.clone(source_job=GOLD, name=GOLD, repository=DEFAULT_REPOSITORY)
    play.run()
    assert step.status == "ok", step.msg
    assert step.routes == SKIP


def test_empty_texts_of_a_survey_count_as_not_given(em, play):
    step = play.clone(
        source_job=REPLICA, name="from a survey", repository="", folder_name="", backup_server="", vm_suffix=""
    )
    play.run()
    assert step.changed, step.msg
    assert job_of(em, "from a survey").vm_suffix == "_replica"


def test_module_defaults_of_the_group(em, play):
    """The whole connection as defaults of the action group; a task can say otherwise."""
    play.env = environment(em, play.folder, connection=False)
    play.defaults = {
        "hostname": em.host,
        "port": em.port,
        "username": USERNAME,
        "password": PASSWORD,
        "ca_path": em.ca_file,
        "media_type": "json",
    }
    step = play.clone(source_job=GOLD, name="from defaults", repository=DEFAULT_REPOSITORY)
    other = play.clone(source_job=GOLD, name="from defaults", repository=DEFAULT_REPOSITORY, media_type="xml")
    play.run()
    assert step.changed, step.msg
    assert {entry.headers["accept"] for entry in step.journal} == {"application/json"}
    assert other.routes == SKIP
    assert {entry.headers["accept"] for entry in other.journal} == {"application/xml"}


@pytest.mark.parametrize("connection", ["environment", "options"])
def test_ad_hoc(em, tmp_path, connection):
    options = "source_job='TPL Gold' name='ad hoc' repository='Default Backup Repository'"
    if connection == "options":
        options += f" hostname={em.host} port={em.port} username={USERNAME} password={PASSWORD} ca_path={em.ca_file}"
    env = environment(em, tmp_path, connection=connection == "environment")
    command = ["ansible", "localhost", "-m", MODULE, "-a", options]
    first = run_ansible(command, tmp_path, em, env)
    second = run_ansible(command, tmp_path, em, env)
    href = job_href(em, job_of(em, "ad hoc"))
    for run, shown in ((first, "CHANGED"), (second, "SUCCESS")):
        assert run.returncode == 0, run.output
        assert f"localhost | {shown}" in run.output
        assert f'"job_href": "{href}"' in run.output
        assert PASSWORD not in run.output
    assert [step.routes for step in first.steps + second.steps] == [BY_NAMES, SKIP]


def test_facts_and_registered_results_reach_the_next_tasks(em, play):
    play.clone(source_job=GOLD, name="one", repository=DEFAULT_REPOSITORY, task={"register": "clone"})
    play.task(
        {
            "ansible.builtin.assert": {
                "that": [
                    "clone is changed",
                    "clone.job_href == veeam_job_href",
                    "ansible_facts.veeam_job_href == clone.job.href",
                    "veeam_job_hrefs == {'one': clone.job_href}",
                ]
            }
        }
    )
    play.clone(
        source_job="{{ clone.job_href }}",
        name="two",
        repository=DEFAULT_REPOSITORY,
        backup_server="{{ clone.job.backup_server.href }}",
    )
    last = play.task({"ansible.builtin.debug": {"var": "veeam_job_hrefs"}})
    run = play.run()
    assert [step.status for step in play.steps] == ["ok"] * 4, run.output
    assert job_of(em, "two").cloned_from == job_of(em, "one").id
    assert last.result["veeam_job_hrefs"] == {"two": job_href(em, job_of(em, "two"))}


def test_facts_are_not_set_by_a_failure(em, play):
    """Ansible drops facts of a failed task. The result of a failed batch has the hrefs all the same."""
    failed = play.clone(source_job="No Such Job", name="x", repository=DEFAULT_REPOSITORY)
    batch = play.clone(
        source_job=GOLD,
        clones=[{"name": "good", "repository": DEFAULT_REPOSITORY}, {"name": "bad", "repository": "No Such"}],
        task={"register": "batch"},
    )
    after = play.task(
        {
            "ansible.builtin.assert": {
                "that": [
                    "veeam_job_href is not defined",
                    "veeam_job_hrefs is not defined",
                    "batch is failed",
                    "batch.job_hrefs.keys() | list == ['good']",
                ]
            }
        }
    )
    play.run()
    assert failed.failed
    assert batch.failed
    assert "ansible_facts" not in failed.result
    assert "ansible_facts" not in batch.result
    assert batch.result["job_hrefs"] == {"good": job_href(em, job_of(em, "good"))}
    assert after.status == "ok", after.result


def test_hrefs_are_on_the_host_that_was_given(em, play, subtests):
    """The emulator calls itself em01.example.test:9398 in every href that it sends."""
    cases = {
        host: play.clone(
            source_job=GOLD, name="at " + host.replace(" ", "_"), repository=DEFAULT_REPOSITORY, hostname=host
        )
        for host in ("127.0.0.1", "localhost", "LOCALHOST", " localhost ")
    }
    again = play.clone(source_job=GOLD, name="at localhost", repository=DEFAULT_REPOSITORY, hostname="127.0.0.1")
    play.run()
    for host, step in cases.items():
        with subtests.test(host):
            base = f"https://{host.strip()}:{em.port}/api"
            job = job_of(em, "at " + host.replace(" ", "_"))
            assert step.changed, step.msg
            assert step.result["job_href"].lower() == f"{base}/jobs/{job.id}".lower()
            assert step.result["task"]["href"].lower() == f"{base}/tasks/task-1".lower()
            assert step.result["job"]["backup_server"]["href"].lower().startswith(base.lower())
            assert (
                step.result["job"]["href"] == step.result["job_href"] == step.result["ansible_facts"]["veeam_job_href"]
            )
    assert again.result["job_href"] == job_href(em, job_of(em, "at localhost"))


def test_an_ipv6_address(emulators, new_play):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        em = emulators.get(host="::1")
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")
    play = new_play(em)
    steps = [
        play.clone(source_job=GOLD, name="v6", repository=DEFAULT_REPOSITORY, hostname=host)
        for host in ("::1", "[::1]")
    ]
    play.run()
    assert [step.changed for step in steps] == [True, False]
    assert {step.result["job_href"] for step in steps} == {f"https://[::1]:{em.port}/api/jobs/{job_of(em, 'v6').id}"}


@pytest.mark.parametrize("source", ["option", "environment"])
def test_a_given_session_is_used_and_never_logged_out(em, play, source):
    token, session = open_session(em)
    play.may_stay_open = lambda identity: identity == session
    del play.env["VEEAM_EM_USERNAME"], play.env["VEEAM_EM_PASSWORD"]
    if source == "option":
        play.defaults["session_id"] = token
    else:
        play.env["VEEAM_EM_SESSION_ID"] = token
    options = {"source_job": GOLD, "name": "shared", "repository": DEFAULT_REPOSITORY}
    first, second = play.clone(**options), play.clone(**options)
    failed = play.clone(source_job="No Such Job", name="x", repository=DEFAULT_REPOSITORY)
    batch = play.clone(clones=[{**options, "name": "batch %d" % number} for number in range(3)])
    expired = play.clone(before=em.expire_sessions, **options)
    run = play.run()
    assert first.routes == BY_NAMES[1:-1]
    assert second.routes == SKIP[1:-1]
    assert failed.failed
    assert batch.changed
    for step in play.steps:
        assert {entry.session for entry in step.journal} == {session}
        assert "logon" not in step.routes
        assert "logout" not in step.routes
    # a session that is over is neither replaced nor logged out
    assert expired.failed
    assert "session_id" in expired.msg
    assert expired.writes == []
    assert token not in run.output


def test_a_session_comes_before_user_name_and_password(em, play):
    token, session = open_session(em)
    play.may_stay_open = lambda identity: identity == session
    step = play.clone(source_job=GOLD, name=GOLD, repository=DEFAULT_REPOSITORY, session_id=token)
    play.run()
    assert step.routes == ["jobs"]
    em.expire_sessions()


def test_user_names_and_passwords_with_any_character(emulators, new_play, subtests):
    accounts = {
        "EM01\\Zoë Müller": 'pass: "wörd" €',
        "user@example.test": " blanks around ",
        "plain": "{{ not a template }}",
        "日本": "🔑",
    }
    em = emulators.get(
        state={
            "backup_servers": [{"name": "vbr"}],
            "repositories": [{"name": "Main"}],
            "jobs": [{"name": "TPL", "repository": "Main"}],
            "accounts": [{"user": user, "password": password} for user, password in accounts.items()],
        }
    )
    play = new_play(em)
    cases = {
        user: play.clone(
            source_job="TPL",
            name="TPL",
            repository="Main",
            username=user,
            password="{% raw %}" + password + "{% endraw %}" if "{" in password else password,
        )
        for user, password in accounts.items()
    }
    play.run()
    for user, step in cases.items():
        with subtests.test(user):
            assert step.status == "ok", step.msg
            assert step.journal[0].user == user


def test_certificates(em, play, subtests):
    """ca_path as a file, relative to the playbook, and as a folder; or no check at all."""
    shutil.copy(em.ca_file, play.folder / "our-ca.pem")
    options = {"source_job": GOLD, "name": GOLD, "repository": DEFAULT_REPOSITORY}
    cases = {
        "file": play.clone(**options, ca_path=str(em.ca_file)),
        "relative": play.clone(**options, ca_path="our-ca.pem"),
        "not checked": play.clone(**options, validate_certs=False, ca_path="our-ca.pem"),
    }
    folder = play.folder / "cas"
    folder.mkdir()
    if shutil.which("openssl"):
        command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(em.ca_file)]
        digest = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        shutil.copy(em.ca_file, folder / f"{digest}.0")
        cases["folder"] = play.clone(**options, ca_path=str(folder))
    del play.env["VEEAM_EM_CA_PATH"]
    cases["not checked, without a CA"] = play.clone(**options, validate_certs=False)
    play.run()
    for what, step in cases.items():
        with subtests.test(what):
            assert step.status == "ok", step.msg
            assert step.routes == SKIP


def test_proxy_variables_are_honoured_unless_told_otherwise(em, play):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    play.env.update(https_proxy=f"http://127.0.0.1:{port}", HTTPS_PROXY=f"http://127.0.0.1:{port}")
    options = {"source_job": GOLD, "name": GOLD, "repository": DEFAULT_REPOSITORY}
    through = play.clone(**options, timeout=5, wait_timeout=5)
    around = play.clone(**options, use_proxy=False)
    play.run()
    assert through.failed
    assert "use_proxy" in through.msg
    assert through.journal == []
    assert around.routes == SKIP


def test_any_target_that_is_this_machine(em, play, subtests):
    """However localhost is reached, and whichever way the module takes for it, the result is the same."""
    options = {"source_job": GOLD, "name": GOLD, "repository": DEFAULT_REPOSITORY}
    cases = {
        "as it is": play.clone(**options),
        "delegated": play.clone(**options, task={"delegate_to": "localhost"}),
        "in a loop": play.clone(**options, task={"loop": [1, 2]}),
        "its own interpreter": play.clone(
            **options, task={"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
        ),
        "asynchronous": play.clone(**options, task={"async": 60, "poll": 1}),
        "with a time limit": play.clone(**options, task={"timeout": 60}),
        "under another name": play.clone(
            **options,
            task={
                "delegate_to": "elsewhere",
                "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            },
        ),
    }
    play.run()
    for what, step in cases.items():
        with subtests.test(what):
            assert step.status == "ok", step.result
            if what == "in a loop":
                assert step.routes == SKIP * 2
                assert [item["job_href"] for item in step.result["results"]] == [job_href(em, job_of(em, GOLD))] * 2
            else:
                assert step.routes == SKIP
                assert step.result["job_href"] == job_href(em, job_of(em, GOLD))
                assert GOLD_ID in step.result["job"]["uid"]


def test_the_documentation_is_found_from_any_folder(em, tmp_path):
    """ansible-doc shows this checkout's module, and its examples are YAML that Ansible can read."""
    env = environment(em, tmp_path)
    shown = subprocess.run(
        [BIN / "ansible-doc", MODULE],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in ("source_job", "clones", "on_timeout", "max_parallel", "ca_path", "session_id"):
        assert option in shown
