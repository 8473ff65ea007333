# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake that a user can make, and every refusal of the server: one clear sentence, and nothing written."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
from functools import partial

import pytest
from helpers.assertions import assert_clear, assert_refused
from helpers.cast import (
    GOLD,
    GOLD_ID,
    PASSWORD,
    UNKNOWN_ID,
    USERNAME,
    VBR01,
)

from .mistakes import FOUND_BY_ANSIBLE, FOUND_BY_READING, FOUND_IN_OPTIONS, GOOD


@pytest.mark.parametrize("group", ["options", "ansible"])
def test_mistakes_in_options_are_found_before_logon(em, play, subtests, group):
    table = {"options": FOUND_IN_OPTIONS, "ansible": FOUND_BY_ANSIBLE}[group]
    steps = [play.clone(**options) for unused, options, unused in table]
    play.run()
    for (what, _options, needles), step in zip(table, steps, strict=True):
        with subtests.test(what):
            assert step.journal == []
            assert "error" not in step.result
            if group == "options":
                assert_refused(step, needles)
            else:
                assert step.failed
                assert all(needle in step.msg for needle in needles), step.msg


def test_mistakes_in_credentials_are_found_before_logon(em, play, subtests):
    for variable in ("VEEAM_EM_HOSTNAME", "VEEAM_EM_USERNAME", "VEEAM_EM_PASSWORD"):
        del play.env[variable]
    host = {"hostname": em.host}
    cases = [
        ("no password", {**host, "username": USERNAME}, ["password", "missing", "username"]),
        ("no user name", {**host, "password": PASSWORD}, ["username", "missing", "password"]),
        ("neither", host, ["username", "password", "session_id"]),
        ("a token with blanks", {**host, "session_id": "a b"}, ["session_id"]),
        ("an empty host name", {"hostname": "", "username": USERNAME, "password": PASSWORD}, ["hostname", "empty"]),
    ]
    steps = [play.clone(**GOOD, **options) for unused, options, unused in cases]
    no_host = play.clone(**GOOD, username=USERNAME, password=PASSWORD)
    play.run()
    for (what, _options, needles), step in zip(cases, steps, strict=True):
        with subtests.test(what):
            assert step.journal == []
            assert_refused(step, needles)
    assert no_host.failed
    assert "hostname" in no_host.msg
    assert no_host.journal == []


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_what_can_be_read_is_found_before_the_first_write(em, play, subtests, media_type):
    play.defaults["media_type"] = media_type
    steps = [play.clone(**options) for unused, options, unused, unused in FOUND_BY_READING]
    play.run()
    jobs = {job.name for job in em.jobs()}
    for (what, _options, needles, spoken), step in zip(FOUND_BY_READING, steps, strict=True):
        with subtests.test(what):
            assert_refused(step, needles)
            assert (step.routes[0], step.routes[-1]) == ("logon", "logout")
            assert (step.result["job_href"], step.result["job"]) == (None, None)
            if spoken is None:
                assert "error" not in step.result
            else:
                error = step.result["error"]
                assert (error["status"], error["request"]) == spoken
                assert UNKNOWN_ID in error["message"]
    assert "web" not in jobs


def test_a_kind_that_cannot_be_cloned(em, play):
    gold = em.world.state.jobs[GOLD_ID]
    gold.job_type = "SimpleBackupCopyPolicy"
    gold.changed()
    step = play.clone(**GOOD)
    play.run()
    assert_refused(step, ["source_job", GOLD, "SimpleBackupCopyPolicy", "ImmediateBackupCopy"])
    assert step.routes == ["logon", "jobs", "logout"]


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_wrong_credentials(em, play, subtests, media_type):
    """Sent once: accounts lock. The sentence is another one than for a host that cannot be reached."""
    play.defaults["media_type"] = media_type
    start = dict(em.switches)
    cases = {}
    for body in ("error", "empty", "html"):
        cases[f"password, {body}"] = play.clone(
            before=lambda body=body: em.switches.update({**start, "unauthorized_body": body}),
            **GOOD,
            password="wrong-password",
        )
    cases["user"] = play.clone(before=lambda: em.switches.update(start), **GOOD, username="EM01\\nobody")
    cases["no role"] = play.clone(**GOOD, username="no-role")
    cases["characters"] = play.clone(**GOOD, username="Zoë", password="pässwörd €")
    play.run()
    for what, step in cases.items():
        with subtests.test(what):
            assert step.routes == ["logon"]
            user = step.result["invocation"]["module_args"]["username"]
            assert_refused(step, ["password", "role", user, "Nothing was created"])
            error = step.result["error"]
            assert (error["request"], error["status"]) == ("POST /api/sessionMngr/", 401)
            assert "wrong-password" not in str(step.result)


def test_accounts_that_may_log_on_but_not_read_jobs(em, play, subtests):
    """No role at all may be refused at logon with 403 too, and so may a licence."""
    cases = {
        "portal user": (play.clone(**GOOD, username="portal-user"), "GET /api/query"),
        "restore operator": (play.clone(**GOOD, username="restore-operator"), "GET /api/query"),
        "no role": (
            play.clone(before=lambda: em.switches.update(no_role_logon="403"), **GOOD, username="no-role"),
            "POST /api/sessionMngr/",
        ),
        "licence at logon": (
            play.clone(before=lambda: em.switches.update(licence="logon_refused"), **GOOD),
            "POST /api/sessionMngr/",
        ),
        "licence at each request": (
            play.clone(before=lambda: em.switches.update(licence="requests_refused"), **GOOD),
            "GET /api/query",
        ),
    }
    # the last one refuses the logout too
    unclosed = cases["licence at each request"][0]
    play.may_stay_open = lambda session: session in unclosed.open_sessions
    play.run()
    assert any("could not be closed" in warning for warning in unclosed.warnings)
    assert em.expire_sessions() == unclosed.open_sessions
    for what, (step, request) in cases.items():
        with subtests.test(what):
            licence = ["licence"] if request.startswith("POST") else []
            assert_refused(step, ["denied", "Portal Administrator", *licence])
            error = step.result["error"]
            assert (error["request"], error["status"]) == (request, 403)
            assert error["message"]
            if request.startswith("POST"):
                assert step.routes == ["logon"]
            else:
                assert step.routes[:2] == ["logon", "jobs"]
                assert set(step.routes[2:]) == {"logout"}


def closed_port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return once.getsockname()[1]


@pytest.fixture
def plain_http():
    """A web server without TLS that answers everything with a page; its port and what it was asked."""
    asked = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(dict(self.headers))
            body = b"<!DOCTYPE html><html><body>Welcome</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *unused):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


def test_where_no_enterprise_manager_can_be_reached(em, play, subtests, plain_http):
    """No such host, refused connection, no TLS: each is told apart, and error has no status."""
    port, asked = plain_http
    cases = {
        "no such host": (
            play.clone(**GOOD, hostname="no-such-host.invalid"),
            ["No such host", "no-such-host.invalid", "hostname"],
        ),
        "refused": (play.clone(**GOOD, port=closed_port()), ["127.0.0.1", "refuses connections", "port"]),
        "plain HTTP": (play.clone(**GOOD, port=port), ["TLS", "REST API port", "9398"]),
    }
    play.run()
    for what, (step, needles) in cases.items():
        with subtests.test(what):
            assert step.journal == []
            assert_refused(step, [*needles, "Nothing was created"])
            assert step.result["error"]["request"] == "POST /api/sessionMngr/"
            assert (step.result["error"]["status"], step.result["error"]["message"]) == (None, None)
    assert asked == [], "the credentials went out without TLS"


@pytest.mark.parametrize("certificate", ["other_name", "expired", "self_signed"])
def test_certificates_that_must_not_be_trusted(emulators, new_play, certificate):
    """Each names the two options; nothing reaches the server. With the check off it works."""
    em = emulators.get(certificate=certificate)
    play = new_play(em)
    strict = play.clone(**GOOD)
    lax = play.clone(**GOOD, validate_certs=False)
    play.run()
    assert strict.journal == []
    why = {"other_name": "127.0.0.1", "expired": "expired", "self_signed": "self"}[certificate]
    assert_refused(strict, ["certificate", "not trusted", "ca_path", "validate_certs", why])
    assert strict.result["error"]["status"] is None
    assert lax.changed


def test_an_authority_that_is_not_trusted(em, play, tmp_path):
    """Without ca_path the system's authorities count, and none of them knows the emulator's."""
    del play.env["VEEAM_EM_CA_PATH"]
    no_pem = tmp_path / "no.pem"
    no_pem.write_text("this is no certificate")
    strict = play.clone(**GOOD)
    unusable = play.clone(**GOOD, ca_path=str(no_pem))
    play.run()
    assert strict.journal == []
    assert_refused(strict, ["certificate", "not trusted", "ca_path", "not set", "validate_certs"])
    assert unusable.journal == []
    assert_refused(unusable, ["ca_path", str(no_pem), "PEM"])


def test_a_web_server_that_is_not_the_rest_api(em, play, subtests):
    """The web UI's port, or a proxy: pages instead of documents, with any status."""

    def only_fault(fault):
        em.clear_faults()
        em.add_fault(**fault, method="POST", path="sessionMngr", count=0)

    cases = {}
    for what, fault in {
        "page": {"fault": "html", "process": False},
        "page, 404": {"fault": "status", "code": 404, "body": "html"},
        "nothing, 404": {"fault": "status", "code": 404, "body": "empty"},
    }.items():
        cases[what] = play.clone(before=partial(only_fault, fault), **GOOD)

    def redirect():
        em.clear_faults()
        em.add_fault(fault="redirect", location="https://sso.example.test:8443/login", path="sessionMngr", count=0)

    redirected = play.clone(before=redirect, **GOOD)
    play.run()
    for what, step in cases.items():
        with subtests.test(what):
            assert set(step.routes) == {"logon"}
            assert_refused(step, ["127.0.0.1", str(em.port), "REST API port", "9398"])
            assert step.result["error"]["request"] == "POST /api/sessionMngr/"
    with subtests.test("redirect"):
        assert redirected.routes == ["logon"]
        assert_refused(redirected, ["https://sso.example.test:8443", "redirect", "hostname"])


def test_a_server_that_does_not_answer(em, play):
    """timeout bounds the wait for the next byte, wait_timeout everything."""
    em.add_fault(fault="stall", method="GET", path="type=Job", count=0)
    step = play.clone(**GOOD, timeout=2, wait_timeout=6)
    play.run()
    assert_refused(step, ["GET /api/query", "127.0.0.1", str(em.port), "no answer", "Nothing was created"])
    assert (step.result["error"]["request"], step.result["error"]["status"]) == ("GET /api/query", None)


def test_an_answer_that_is_too_large(em, play):
    em.add_fault(fault="huge_body", size=3 * 2**20, method="GET", path="type=Job", count=0)
    step = play.clone(**GOOD, max_response_size=2)
    play.run()
    assert_refused(step, ["GET /api/query", "max_response_size", "2 MiB"])


def test_a_python_without_the_libraries(em, play):
    """Ansible's usual sentence, with the interpreter that lacks them."""
    bare = play.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    step = play.clone(**GOOD, task={"vars": {"ansible_python_interpreter": str(bare / "bin" / "python")}})
    play.run()
    assert step.failed
    assert step.journal == []
    assert "Failed to import the required Python library (requests)" in step.msg
    assert str(bare / "bin" / "python") in step.msg


def test_servers_that_take_no_more_sessions(em, play):
    em.switches["max_sessions"] = 1
    em.world.sessions.open(em.world.state.accounts[0], "latest")
    play.may_stay_open = lambda session: True
    step = play.clone(**GOOD)
    play.run()
    assert set(step.routes) == {"logon"}
    assert_refused(step, ["503"])
    assert step.result["error"]["status"] == 503
    em.expire_sessions()


def test_an_api_version_that_the_server_does_not_have(emulators, new_play):
    em = emulators.get(product="10")
    play = new_play(em)
    step = play.clone(**GOOD, api_version="v1_7")
    play.run()
    assert step.routes == ["logon"]
    assert_refused(step, ["400"])
    assert step.result["error"]["status"] == 400


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_a_refused_clone(em, play, subtests, media_type):
    """At once or by a failed task: nothing was created, and the server's own words are in the sentence."""
    play.defaults["media_type"] = media_type
    gold = em.world.state.jobs[GOLD_ID]

    def limit_names(channel):
        em.switches.update(name_too_long=channel, name_limit=2)

    def hold_name(channel):
        # the backup server has such a job, but Enterprise Manager has not read it yet
        em.switches.update(duplicate_name=channel)
        hidden = gold.copy(name="web", id=UNKNOWN_ID)
        em.world.state.add_job(hidden)
        em.world.hide(hidden, "refresh")

    cases = {}
    for spoil in (limit_names, hold_name):
        for channel in ("http_400", "http_500", "task_failed"):

            def change(spoil=spoil, channel=channel):
                em.reset()
                spoil(channel)

            cases[spoil.__name__, channel] = play.clone(before=change, **GOOD)
    play.run()
    for (what, channel), step in cases.items():
        with subtests.test(what=what, channel=channel):
            assert step.writes == ["clone"]
            assert step.failed
            assert step.changed is False
            error = step.result["error"]
            assert_clear(step.msg, ["web", GOLD, error["message"].rstrip("."), "Nothing was created"])
            assert step.result["job_href"] is None
            if channel == "task_failed":
                assert (error["request"], error["status"]) == ("GET /api/tasks/task-1", 200)
                assert step.result["task"]["success"] is False
                assert step.result["task"]["state"] == "Finished"
                assert step.result["task"]["message"] == error["message"]
                assert "task-1" in step.msg
            else:
                assert error["request"] == f"POST /api/jobs/{GOLD_ID}"
                assert error["status"] == int(channel[-3:])
                assert "task" not in step.result


def test_a_clone_that_the_server_has_no_use_for(em, play, subtests):
    """A source that is gone since it was read, rights that were lost, a method that a proxy does not let through."""
    cases = {}
    for code in (403, 404, 405, 501):

        def change(code=code):
            em.clear_faults()
            em.add_fault(fault="status", code=code, method="POST", path="action=clone")

        cases[code] = play.clone(before=change, **GOOD)
    play.run()
    for code, step in cases.items():
        with subtests.test(code=code):
            assert step.writes == ["clone"]
            assert step.failed
            assert step.changed is False
            assert_clear(step.msg, ["web", GOLD, str(code), "Nothing was created"])
            assert step.result["error"]["status"] == code
    assert em.jobs(name="web") == []


def test_a_backup_server_that_is_older_than_enterprise_manager(emulators, new_play):
    em = emulators.get(
        state={
            "backup_servers": [{"name": "old", "version": "11.0.1.1261"}],
            "repositories": [{"name": "Main"}],
            "jobs": [{"name": "TPL", "repository": "Main"}],
            "accounts": [{"user": USERNAME, "password": PASSWORD}],
        }
    )
    play = new_play(em)
    step = play.clone(source_job="TPL", name="web", repository="Main")
    play.run()
    assert step.failed
    assert step.changed is False
    assert_clear(step.msg, ["web", "TPL", step.result["error"]["message"].rstrip("."), "Nothing was created"])


def test_a_server_that_names_the_clone_itself(em, play):
    """The job was made, but not under the wanted name: failed, changed, and the message says which it is."""

    def set_up():
        em.switches.update(duplicate_name="renamed")
        hidden = em.world.state.jobs[GOLD_ID].copy(name="web", id=UNKNOWN_ID)
        em.world.state.add_job(hidden)
        em.world.hide(hidden, "refresh")

    step = play.clone(before=set_up, **GOOD, wait_timeout=6)
    play.run()
    assert step.failed
    assert step.changed is True
    renamed = em.jobs(name="web_clone1")[0]
    assert_clear(step.msg, ["web_clone1", renamed.id, "Rename it"])
    assert step.clones_sent
    assert len(step.clones_sent) == 1


def test_a_server_that_makes_two_jobs_of_one_name(em, play):
    """The other job was not to be seen before the clone; then there are two, and the message lists both."""

    def set_up():
        em.switches.update(duplicate_name="allowed")
        hidden = em.world.state.jobs[GOLD_ID].copy(name="web", id=UNKNOWN_ID)
        em.world.state.add_job(hidden)
        em.world.hide(hidden, "1")

    step = play.clone(before=set_up, **GOOD)
    again = play.clone(**GOOD)
    play.run()
    ids = {job.id for job in em.jobs(name="web")}
    assert len(ids) == 2
    for failed in (step, again):
        assert failed.failed
        assert all(identity in failed.msg for identity in ids)
        assert VBR01 in failed.msg
    assert step.changed is True
    assert len(step.clones_sent) == 1
    assert again.changed is False
    assert again.writes == []
