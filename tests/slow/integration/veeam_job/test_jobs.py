# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""veeam_job in real playbooks: the story of a job from its template to its end.

What each request does is tested on the emulator in memory (tests/unit/job/test_flow.py, tests/slow/faults).
"""

from __future__ import annotations

from typing import Any

from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, VBR01, VBR02

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
WISH: dict[str, Any] = {
    "name": "web",
    **CLONE,
    "objects": [{"name": "web02"}, {"name": "db01"}],
    "schedule": {"daily": {"at": "22:00", "days": "weekdays"}},
    "retention": {"type": "days", "count": 14},
    "run_automatically": True,
    "enabled": True,
}
ACTIONS = ["clone", "disable", "add_object", "add_object", "remove_object", "edit", "enable"]


def actions(step) -> list[str]:
    return [item["action"] for item in step.result["steps"]]


def history_is_safe(em, name: str, wanted: list[str]) -> bool:
    """After the moment in which the server makes it, the job is enabled only with what is wanted."""
    return all(not change.enabled or sorted(change.objects) == wanted for change in em.history(name)[1:])


def test_the_story_of_a_job(em, play):
    checked = play.call("veeam_job", **WISH, task={"check_mode": True, "diff": True})
    new = play.call("veeam_job", **WISH, task={"diff": True})
    same = play.call("veeam_job", **WISH)
    by_hand = play.call(
        "veeam_job",
        before=lambda: em.console.edit_job("web", objects=["web02", "app01"], description="by hand"),
        **{**WISH, "description": ""},
        task={"diff": True},
    )
    off = play.call("veeam_job", name="web", enabled=False)
    gone = play.call("veeam_job", name="web", backup_server=VBR01, state="absent")
    again = play.call("veeam_job", name="web", backup_server=VBR01, state="absent")
    play.run()

    assert checked.changed
    assert not any(entry.method == "PUT" or "/includes" in entry.path for entry in checked.journal)
    assert actions(checked) == actions(new) == ACTIONS
    assert checked.result["diff"] == new.result["diff"]
    job = new.result["job"]
    assert (job["name"], job["enabled"], job["run_automatically"]) == ("web", True, True)
    assert job["schedule"]["daily"] == {
        "at": "22:00",
        "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    }
    assert sorted(item["name"] for item in job["objects"]) == ["db01", "web02"]
    assert new.result["ansible_facts"]["veeam_job_href"] == job["href"]
    assert (same.changed, same.routes) == (False, ["logon", "jobs", "logout"])
    assert actions(by_hand) == ["add_object", "remove_object", "edit"]
    assert by_hand.result["diff"]["before"] == {
        "description": "by hand",
        "objects": [{"name": "app01", "type": "Vm"}, {"name": "web02", "type": "Vm"}],
    }
    assert actions(off) == ["disable"]
    assert actions(gone) == ["delete"]
    assert (again.changed, again.result["job"]) == (False, None)
    assert em.jobs("web") == []
    made = [change for change in em.history("web") if change.by != "console"]
    assert made[0].enabled
    enabled = next(place for place, change in enumerate(made[1:], 1) if change.enabled)
    assert sorted(made[enabled].objects) == ["db01", "web02"]


def test_a_list(em, play):
    wish = {
        **CLONE,
        "enabled": True,
        "jobs": [
            {"name": "a", "objects": [{"name": "web02"}]},
            {"name": "b", "objects": [{"name": "db01"}], "schedule": {"after_job": "a"}},
            {"name": "c", "objects": [{"name": "nobody"}]},
        ],
    }
    first = play.call("veeam_job", **wish, task={"diff": True})
    second = play.call("veeam_job", **{**wish, "jobs": wish["jobs"][:2]})
    empty = play.call("veeam_job", jobs=[])
    play.run()
    assert first.failed
    assert first.changed
    assert [item["failed"] for item in first.result["results"]] == [False, False, True]
    assert first.result["job_hrefs"].keys() == {"a", "b"}
    assert "ansible_facts" not in first.result
    assert len(first.result["diff"]) == 2
    assert first.result["results"][1]["job"]["schedule"]["after_job"] == "a"
    assert (second.changed, second.routes) == (False, ["logon", "jobs", "logout"])
    assert second.result["ansible_facts"]["veeam_job_hrefs"].keys() == {"a", "b"}
    assert (empty.changed, empty.routes, empty.result["results"]) == (False, [], [])
    assert all(history_is_safe(em, name, objects) for name, objects in (("a", ["web02"]), ("b", ["db01"])))


def test_what_is_refused(em, play):
    """Wrong options before any logon, the rest before anything is changed."""
    before_logon = [
        play.call("veeam_job", name="web", schedule={"daily": {"at": 1320}}),
        play.call("veeam_job", jobs=[{"name": "a", "objects": []}]),
        play.call("veeam_job", name="web", jobs=[]),
    ]
    reading = [
        play.call("veeam_job", name="No Such Job", enabled=True),
        play.call("veeam_job", name="TPL Silver", enabled=True),
        play.call("veeam_job", name="Copy to Offsite", retry={"times": 9}),
        play.call("veeam_job", **{**WISH, "objects": [{"name": "test01"}]}),
    ]
    play.run()
    for step in before_logon:
        assert step.failed
        assert step.routes == []
    for step in reading:
        assert step.failed
        assert step.changed is False
        assert {
            entry.method for entry in step.journal if "Sessions" not in entry.path and "sessionMngr" not in entry.path
        } == {"GET"}
    assert 'write it as "22:00"' in before_logon[0].msg
    assert VBR01 in reading[1].msg
    assert VBR02 in reading[1].msg
    assert reading[3].msg.count("urn:VMware:Vm:") == 2


def test_no_secret_is_shown(em, play):
    """At the highest verbosity, with a server that says the password back in a refusal."""
    play.arguments = ["-vvvv", "--diff"]
    play.env["ANSIBLE_LOG_PATH"] = str(play.folder / "ansible.log")
    del play.env["VEEAM_EM_PASSWORD"]
    play.defaults["password"] = PASSWORD

    def echo(path: str):
        def change():
            em.clear_faults()
            em.add_fault(fault="status", code=400, message=f"you sent {PASSWORD}", body="error", path=path)

        return change

    play.call("veeam_job", **WISH)
    refused = play.call("veeam_job", before=echo("/includes"), name=GOLD, objects=[{"name": "db01"}])
    edited = play.call("veeam_job", before=echo("action=edit"), name=GOLD, description="new")
    done = play.run()
    for step in (refused, edited):
        assert step.failed
        assert "you sent ********" in step.msg
    for text in (done.output, (play.folder / "ansible.log").read_text("utf-8")):
        assert PASSWORD not in text
        assert not any(token in text for token in em.world.sessions._by_token)
