# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of veeam_job against the emulator in memory: what is sent, in which order, and what comes of it."""

from __future__ import annotations

import copy
import importlib.resources
import re
import typing as t

import pytest
import yaml
from helpers.cast import DEFAULT_REPOSITORY, GOLD, GOLD_ID, REPLICA, VBR01, VBR02
from helpers.emulated_jobs import Emulated, Ended, Failure

NAME = "web-new"
CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
DAILY = {"daily": {"at": "23:30", "days": ["monday", "friday"]}}
ROOT_01 = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
COPY = "Copy to Offsite"

DEMO = yaml.safe_load((importlib.resources.files("veeam_em_emulator") / "states" / "demo.yml").read_text("utf-8"))


@pytest.fixture
def world() -> Emulated:
    return Emulated()


def disabled_template(world: Emulated) -> None:
    world.em.console.edit_job(GOLD, enabled=False)


def names(world: Emulated, job: str) -> list[str]:
    (only,) = world.em.jobs(job)
    return sorted(only.objects)


def words(ended: Ended) -> list[str]:
    """The writes in a word each."""
    return [request.partition("/api/jobs/")[2][36:] or "job" for request in ended.writes]


# -- one job from a template ---------------------------------------------------------------------------------------


def test_the_order_of_a_new_job(world: Emulated) -> None:
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}, {"name": "db01"}], schedule=DAILY, enabled=True)
    assert ended.actions == ["clone", "disable", "add_object", "add_object", "remove_object", "edit", "enable"]
    assert ended.result["changed"] is True
    assert all(step["task"]["success"] for step in ended.result["steps"])
    assert [step["what"] for step in ended.result["steps"]] == [GOLD, NAME, "web02", "db01", "web01", "schedule", NAME]
    assert ended.result["job"]["schedule"] == {**DAILY, "utc_offset": 1}
    assert ended.result["ansible_facts"]["veeam_job_hrefs"] == {NAME: ended.result["job_href"]}
    assert ended.result["msg"] == (
        'Created job "web-new": cloned from "TPL Gold", disabled, added 2 objects, removed 1 object, '
        "changed schedule, enabled."
    )
    # From the first request after the clone on it could not fire with the template's machine.
    created, *later = world.em.history(NAME)
    assert created.enabled
    assert not any(change.enabled for change in later[:-1])
    assert later[-1].enabled
    assert sorted(later[-1].objects) == ["db01", "web02"]


def test_the_first_write_after_the_clone_disables_it(world: Emulated) -> None:
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}])
    assert words(ended)[:2] == ["?action=clone", "?action=edit"]
    between = ended.requests[ended.requests.index(ended.writes[0]) + 1 : ended.requests.index(ended.writes[1])]
    assert [request.partition("?")[0] for request in between if "/tasks/" not in request] == ["GET /api/query"]


def test_nothing_is_read_that_is_known(world: Emulated) -> None:
    """What it reads: everything by one query each, what was looked up, and the job after each kind of step."""
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}, {"name": "db01"}], schedule=DAILY, enabled=True)
    asked = [re.sub(r"[&?](filter|format|sort|pageSize|host).*|/[0-9a-f-]{36}", "", one) for one in ended.requests]
    asked = [one for one in asked if "/tasks/" not in one]
    assert asked == [
        *("GET /api/query?type=Job", "GET /api/query?type=Repository", "GET /api/query?type=HierarchyRoot"),
        *("GET /api/lookup", "GET /api/lookup"),
        *("POST /api/jobs?action=clone", "GET /api/query?type=Job"),
        *("PUT /api/jobs?action=edit", "GET /api/jobs"),
        *("POST /api/jobs/includes", "POST /api/jobs/includes", "GET /api/jobs"),
        *("DELETE /api/jobs/includes", "PUT /api/jobs?action=edit", "GET /api/jobs"),
        *("PUT /api/jobs?action=edit", "GET /api/jobs"),
    ]


def test_a_template_that_is_disabled_leaves_no_moment(world: Emulated) -> None:
    disabled_template(world)
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}], enabled=True)
    assert ended.actions == ["clone", "add_object", "remove_object", "enable"]
    assert [change.enabled for change in world.em.history(NAME)] == [False, False, False, True]


def test_what_the_clone_had_is_its_end(world: Emulated) -> None:
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}])
    assert ended.actions == ["clone", "disable", "add_object", "remove_object", "enable"]
    ended = world.one(name="other", **CLONE, objects=[{"name": "web02"}], enabled=False)
    assert ended.actions == ["clone", "disable", "add_object", "remove_object"]
    ended = world.one(name="third", **CLONE)
    assert ended.actions == ["clone"]
    disabled_template(world)
    ended = world.one(name="fourth", **CLONE, objects=[{"name": "web02"}])
    assert ended.actions == ["clone", "add_object", "remove_object"]


def test_a_job_that_is_disabled_like_its_template(world: Emulated) -> None:
    """Disabled templates are recommended; a job that is made of one must not stay disabled without a word."""
    disabled_template(world)
    said = [f'Job "{NAME}" is disabled, like its template, job "{GOLD}". Set enabled: true if the job should run.']
    assert world.run(check_mode=True, name=NAME, **CLONE).warnings == said
    assert world.one(name=NAME, **CLONE).warnings == said
    assert world.one(name=NAME, **CLONE).warnings == said
    assert world.one(name=NAME, source_job=GOLD).warnings == said
    assert world.one(jobs=[{"name": NAME}, {"name": "b"}], **CLONE).warnings == [said[0], said[0].replace(NAME, "b")]
    for enabled in (False, True):
        assert world.one(name=NAME, **CLONE, enabled=enabled).warnings == []
    assert world.one(name=NAME, **CLONE).warnings == []
    # The template itself is meant to be.
    assert world.one(name=GOLD, source_job=GOLD).warnings == []


def test_as_wanted_is_one_query(world: Emulated) -> None:
    wish: dict[str, t.Any] = {
        "name": NAME,
        **CLONE,
        "objects": [{"name": "web02"}],
        "schedule": DAILY,
        "retry": {"times": 5, "wait": 1},
        "backup_window": {"monday": [1, 2]},
        "retention": {"type": "restore_points", "count": 21},
        "gfs": {"weekly": {"keep": 4, "day": "sunday"}},
        "run_automatically": False,
        "description": "Ünïcode <&>",
        "enabled": True,
    }
    first = world.one(**wish)
    assert first.actions.count("edit") == 1
    again = world.one(**wish)
    assert (again.result["changed"], again.result["steps"], len(again.requests)) == (False, [], 1)
    assert again.result["msg"] == 'Job "web-new" needs no change.'
    assert again.result["diff"]["before"] == again.result["diff"]["after"] == {}
    # And what it says of the job can be given back.
    job = again.result["job"]
    given_back = {
        option: job[option]
        for option in ("schedule", "retry", "backup_window", "retention", "gfs", "description", "enabled")
    }
    assert not world.one(name=NAME, **given_back).result["changed"]


@pytest.mark.parametrize("product", ["9.5u4", "11", "12", "13"])
@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_every_product_in_both_formats(product: str, media_type: str) -> None:
    world = Emulated(product=product)
    wish: dict[str, t.Any] = {
        "name": NAME,
        **CLONE,
        "media_type": media_type,
        "objects": [
            {"name": "web02", "guest_processing": {"vss_snapshot_options": {"vss_snapshot_mode": "RequireSuccess"}}}
        ],
        "schedule": {"monthly": {"at": "05:15", "day_of_month": 3}},
        "retry": {},
        "enabled": False,
    }
    assert world.one(**wish).result["changed"]
    assert not world.one(**wish).result["changed"]
    assert names(world, NAME) == ["web02"]


def test_check_mode_tells_the_real_run(world: Emulated) -> None:
    wish: dict[str, t.Any] = {"name": NAME, **CLONE, "objects": [{"name": "web02"}], "schedule": DAILY, "enabled": True}
    for _turn in range(2):
        predicted = world.run(check_mode=True, **wish)
        assert not predicted.failed
        assert predicted.writes == []
        real = world.one(**wish)
        assert predicted.result["changed"] == real.result["changed"]
        assert predicted.result["diff"] == real.result["diff"]
        without_tasks = [{key: step[key] for key in ("action", "what")} for step in real.result["steps"]]
        assert predicted.result["steps"] == without_tasks
        world.em.console.edit_job(NAME, description="by hand", enabled=False)
        wish["description"] = "as it should be"
    diff = world.run(check_mode=True, **wish).result["diff"]
    assert (diff["before"], diff["after"]) == (
        {"description": "by hand", "enabled": False},
        {"description": "as it should be", "enabled": True},
    )


def test_check_mode_of_a_job_that_is_not_there(world: Emulated) -> None:
    ended = world.run(check_mode=True, name=NAME, **CLONE, objects=[{"name": "web02"}])
    assert (ended.result["job"], ended.result["job_href"], ended.result["changed"]) == (None, None, True)
    assert ended.result["diff"]["before"] is None
    assert ended.result["diff"]["after"]["objects"] == [{"name": "web02", "type": "Vm"}]
    assert "task" not in ended.result["steps"][0]


# -- a job that is there -------------------------------------------------------------------------------------------


def test_an_existing_job_is_changed_as_it_stands(world: Emulated) -> None:
    ended = world.one(name=GOLD, objects=[{"name": "db01"}], schedule=DAILY)
    assert ended.actions == ["add_object", "remove_object", "edit"]
    assert all(change.enabled for change in world.em.history(GOLD))


def test_disabling_comes_first_and_enabling_last(world: Emulated) -> None:
    ended = world.one(name=GOLD, objects=[{"name": "db01"}], enabled=False)
    assert ended.actions == ["disable", "add_object", "remove_object"]
    ended = world.one(name=GOLD, objects=[{"name": "web01"}], enabled=True)
    assert ended.actions == ["add_object", "remove_object", "enable"]


def test_objects_that_are_not_purged_stay(world: Emulated) -> None:
    ended = world.one(name=GOLD, objects=[{"name": "db01"}], purge_objects=False)
    assert ended.actions == ["add_object"]
    assert names(world, GOLD) == ["db01", "web01"]


def test_a_clone_that_an_earlier_run_left_is_disabled_first(world: Emulated) -> None:
    world.one(name=NAME, **CLONE)
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}])
    assert ended.actions == ["disable", "add_object", "remove_object", "enable"]
    # One that has been touched since is not.
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "db01"}])
    assert ended.actions == ["add_object", "remove_object"]


def test_a_disabled_job_is_left_alone_and_named(world: Emulated) -> None:
    world.one(name=NAME, **CLONE, enabled=False)
    ended = world.one(name=NAME, **CLONE)
    assert ended.actions == []
    assert len(ended.warnings) == 1
    assert 'Job "web-new" is disabled' in ended.warnings[0]
    assert world.one(name=NAME, **CLONE, enabled=False).warnings == []


def test_a_missing_job_without_a_template(world: Emulated) -> None:
    ended = world.run(name="TPL Gould", enabled=True)
    assert ended.failed
    assert ended.result["msg"] == (
        'name: there is no job "TPL Gould", and no source_job to clone it from. Did you mean "TPL Gold"?'
    )


def test_a_name_on_two_servers_is_refused(world: Emulated) -> None:
    ended = world.run(name="TPL Silver", enabled=False)
    assert ended.failed
    assert f"exists on 2 backup servers: {VBR01}, {VBR02}; set backup_server to one of them" in ended.result["msg"]
    assert world.one(name="TPL Silver", backup_server=VBR02, enabled=False).actions == ["disable"]
    by_id = world.em.jobs("TPL Silver", VBR01)[0].id
    assert world.one(name=by_id, enabled=False).actions == ["disable"]


def test_a_replication_job_has_no_retention(world: Emulated) -> None:
    ended = world.run(name=REPLICA, retention={"type": "days", "count": 3})
    assert ended.failed
    assert ended.writes == []
    assert 'retention: job "TPL Replica" is a replication job' in ended.result["msg"]
    many = world.one(retention={"type": "days", "count": 3}, jobs=[{"name": GOLD}, {"name": REPLICA}])
    assert [item["changed"] for item in many.result["results"]] == [True, False]


# -- copy jobs -----------------------------------------------------------------------------------------------------


def test_a_copy_job_is_toggled_after_it_was_read(world: Emulated) -> None:
    ended = world.one(name=COPY, enabled=False)
    assert words(ended) == ["?action=toggleScheduleEnabled"]
    place = ended.requests.index(ended.writes[0])
    assert ended.requests[place - 1].startswith("GET /api/jobs/")
    assert ended.requests[-1].startswith("GET /api/jobs/")
    assert world.one(name=COPY, enabled=False).writes == []
    assert world.one(name=COPY, enabled=True).actions == ["enable"]


def test_somebody_toggles_a_copy_job_in_between(world: Emulated) -> None:
    """It was read as enabled; by the time of the toggle it is disabled, and a toggle would enable it."""

    def before(number: int, request: t.Any) -> None:
        if number == 1:
            world.em.console.edit_job(COPY, enabled=False)

    ended = world.run(before=before, name=COPY, enabled=False)
    assert (ended.failed, ended.writes) == (False, [])


@pytest.mark.parametrize(
    "wish",
    [
        {"schedule": DAILY},
        {"retry": {"times": 3, "wait": 1}},
        {"description": "other"},
        {"run_automatically": False},
        {"objects": [{"name": "web01"}]},
        {"retention": {"type": "days", "count": 3}},
        {"gfs": {"weekly": {"keep": 3}}},
        {"backup_window": {"monday": [1]}},
    ],
    ids=lambda wish: next(iter(wish)),
)
def test_what_copy_jobs_cannot_have_is_refused_before_anything_is_changed(
    world: Emulated, wish: dict[str, t.Any]
) -> None:
    ended = world.run(name=COPY, enabled=False, **wish)
    assert ended.failed
    assert ended.writes == []
    assert ended.result["msg"].startswith(next(iter(wish)))
    new = world.run(name="copy-new", source_job=COPY, repository="S3 Offsite", **wish)
    assert new.failed == (wish.keys() != {"description"})


def test_a_copy_job_may_be_given_what_it_has(world: Emulated) -> None:
    ended = world.one(name=COPY, description="Copies TPL Gold offsite", run_automatically=True)
    assert ended.writes == []


def test_a_new_copy_job(world: Emulated) -> None:
    ended = world.one(name="copy-new", source_job=COPY, repository="S3 Offsite", enabled=False)
    assert ended.actions == ["clone", "disable"]
    assert ended.result["job"]["linked_jobs"]


# -- looking things up ---------------------------------------------------------------------------------------------


def test_every_name_is_looked_up_once_in_a_batch(world: Emulated) -> None:
    jobs = [{"name": "job-%d" % number, "objects": [{"name": "web02"}, {"name": "db01"}]} for number in range(5)]
    ended = world.one(**CLONE, jobs=jobs, enabled=False)
    lookups = [request for request in ended.requests if "/api/lookup" in request]
    assert len(lookups) == len(set(lookups)) == 2
    assert sum("type=HierarchyRoot" in request for request in ended.requests) == 1


def test_an_object_that_is_there_is_not_looked_up(world: Emulated) -> None:
    ended = world.one(name=GOLD, objects=[{"name": "web01"}, {"name": "db01"}])
    assert sum("/api/lookup" in request for request in ended.requests) == 1


def test_an_object_that_no_inventory_knows(world: Emulated) -> None:
    ended = world.run(name=NAME, **CLONE, objects=[{"name": "web02"}, {"name": "WEB01"}, {"name": "web0*"}])
    assert ended.failed
    assert ended.writes == []
    assert 'no object "WEB01" of type Vm was found on backup server' in ended.result["msg"]
    assert 'Did you mean "web01"?' in ended.result["msg"]


def test_an_ambiguous_object_is_listed_with_its_references(world: Emulated) -> None:
    ended = world.run(name=NAME, **CLONE, objects=[{"name": "test01"}])
    assert ended.failed
    assert ended.writes == []
    refs = ["urn:VMware:Vm:%s.vm-472%d" % (ROOT_01, number) for number in (0, 1)]
    assert all(ref in ended.result["msg"] for ref in refs)
    taken = world.one(name=NAME, **CLONE, objects=[{"ref": refs[1]}], enabled=False)
    assert taken.result["job"]["objects"][0]["ref"] == refs[1]
    # The other spelling of the same reference is the same.
    assert world.one(name=NAME, objects=[{"ref": refs[1].replace("VMware:Vm", "vmware:VM")}]).writes == []


def test_a_host_by_name_and_id(world: Emulated) -> None:
    for host in ("vcenter01.example.test", ROOT_01, f"urn:veeam:HierarchyRoot:{ROOT_01}"):
        ended = world.one(name=GOLD, objects=[{"name": "web01", "host": host}])
        assert ended.writes == []
    ended = world.run(name=GOLD, objects=[{"name": "db01", "host": "vcenter09.example.test"}])
    assert ended.failed
    assert 'there is no hierarchy root "vcenter09.example.test" on backup server' in ended.result["msg"]
    # That of the other backup server has the same name, and does not count.
    ended = world.one(
        name="TPL Silver", backup_server=VBR02, objects=[{"name": "db01", "host": "vcenter01.example.test"}]
    )
    assert ended.writes == []


ODD_NAMES = ["a*b", 'say "hi"', "Jürgen/Groß", "100% (x), y; z", "it's <b>&amp;", "x" * 80]


def test_a_tag_and_names_with_anything_in_them() -> None:
    state = copy.deepcopy(DEMO)
    (root,) = (root for root in state["hierarchy_roots"] if root["id"] == ROOT_01)
    root["objects"] += [{"name": name} for name in [*ODD_NAMES, "aXb"]]
    world = Emulated(state=state)
    objects = [{"name": "gold", "type": "Tag"}, *({"name": name} for name in ODD_NAMES)]
    ended = world.one(name=NAME, **CLONE, objects=objects, enabled=False)
    assert names(world, NAME) == sorted(["gold", *ODD_NAMES])
    assert [item["type"] for item in ended.result["job"]["objects"]].count("Tag") == 1
    assert world.one(name=NAME, objects=objects).writes == []


def test_the_same_by_name_and_by_reference_comes_in_once(world: Emulated) -> None:
    objects = [{"name": "web02"}, {"ref": f"urn:VMware:Vm:{ROOT_01}.vm-4712"}]
    ended = world.one(name=NAME, **CLONE, objects=objects, enabled=False)
    assert ended.actions.count("add_object") == 1
    assert world.one(name=NAME, objects=objects).writes == []


# -- a list --------------------------------------------------------------------------------------------------------


def test_a_hundred_jobs_that_are_as_wanted_cost_two_queries(world: Emulated) -> None:
    jobs = [{"name": "web-%03d" % number} for number in range(100)]
    for job in jobs:
        world.em.console.create_job(job["name"], backup_server=VBR01, objects=["web02"], repository=DEFAULT_REPOSITORY)
    wish = {**CLONE, "objects": [{"name": "web02"}], "enabled": True, "jobs": jobs}
    ended = world.one(**wish)
    assert not ended.result["changed"]
    assert len(ended.requests) == 2, ended.requests
    assert len(ended.result["job_hrefs"]) == 100


def test_one_that_fails_does_not_keep_the_others(world: Emulated) -> None:
    jobs = [
        {"name": "a", "objects": [{"name": "web02"}]},
        {"name": "b", "objects": [{"name": "nobody"}]},
        {"name": "TPL Silver", "source_job": "", "state": "absent"},
        {"name": GOLD, "enabled": False},
    ]
    ended = world.run(**CLONE, jobs=jobs)
    assert ended.failed
    assert ended.result["changed"]
    results = ended.result["results"]
    assert [item["failed"] for item in results] == [False, True, False, False]
    assert results[1]["msg"].startswith('job "b" (jobs, item 2): objects: ')
    assert ended.result["job_hrefs"].keys() == {"a", GOLD}
    assert all(item.keys() >= {"changed", "job_href", "job", "steps", "msg", "failed"} for item in results)
    assert world.em.jobs("b") == []


def test_an_empty_list_does_not_log_on(world: Emulated) -> None:
    ended = world.one(jobs=[])
    assert not ended.result["changed"]
    assert world.em.journal == []


def test_a_job_after_one_that_the_same_task_makes(world: Emulated) -> None:
    wish: dict[str, t.Any] = {
        **CLONE,
        "enabled": True,
        "jobs": [
            {"name": "second", "schedule": {"after_job": "first"}, "objects": [{"name": "db01"}]},
            {"name": "third", "schedule": {"after_job": "second"}, "objects": [{"name": "web02"}]},
            {"name": "first", "schedule": DAILY, "objects": [{"name": "app01"}]},
        ],
    }
    predicted = world.run(check_mode=True, **wish)
    real = world.one(**wish)
    assert [item["changed"] for item in predicted.result["results"]] == [True, True, True]
    assert predicted.result["diff"] == real.result["diff"]
    schedules = [item["job"]["schedule"] for item in real.result["results"]]
    assert [schedule.get("after_job") for schedule in schedules] == ["first", "second", None]
    assert not world.one(**wish).result["changed"]


def test_the_name_of_the_job_before_is_told(world: Emulated) -> None:
    world.one(name="TPL Silver", backup_server=VBR01, schedule={"after_job": GOLD})
    ended = world.one(name="TPL Silver", backup_server=VBR01, retry={"times": 9, "wait": 9})
    assert ended.result["job"]["schedule"]["after_job"] == GOLD
    ended = world.run(name="TPL Silver", backup_server=VBR02, schedule={"after_job": GOLD})
    assert ended.failed
    assert f'after_job: there is no job "TPL Gold" on backup server {VBR02}' in ended.result["msg"]


# -- others at the same time ---------------------------------------------------------------------------------------


def test_a_console_user_between_reading_and_writing(world: Emulated) -> None:
    """Somebody puts another machine in, and another schedule, while the run looks things up."""

    def before(number: int, request: t.Any) -> None:
        if request.method == "POST" and request.path.endswith("/includes"):
            world.em.console.edit_job(GOLD, objects=["web01", "app01"], description="by hand")

    wish = {"name": GOLD, "objects": [{"name": "db01"}], "description": "wanted"}
    ended = world.run(before=before, **wish)
    again = world.one(**wish)
    assert ended.failed or again.writes == []
    assert names(world, GOLD) == ["db01"]
    assert world.em.jobs(GOLD)[0].description == "wanted"


def test_how_a_clone_was_found_is_said_where_its_answer_did_not_tell(world: Emulated) -> None:
    usual = world.one(name="usual", **CLONE, objects=[{"name": "web02"}])
    number = usual.requests.index(usual.writes[0])
    lost = world.run(name=NAME, **CLONE, objects=[{"name": "web02"}], failure=Failure("lost after", number))
    assert (lost.failed, lost.result["changed"]) == (False, True)
    assert lost.actions == usual.actions == ["clone", "disable", "add_object", "remove_object", "enable"]
    found = "(Looked up by name, because the answer to the clone request was lost (the connection was reset).)"
    assert lost.result["msg"].endswith(found)
    assert usual.result["msg"].endswith("added 1 object, removed 1 object, enabled.")


def made_by_somebody_else(world: Emulated, objects: list[str]) -> t.Callable[[int, t.Any], None]:
    def before(number: int, request: t.Any) -> None:
        if "action=clone" in request.path:
            world.em.console.create_job(
                NAME, backup_server=VBR01, objects=objects, repository=DEFAULT_REPOSITORY, schedule_enabled=False
            )

    return before


def test_a_job_of_the_name_that_somebody_else_makes_meanwhile_is_changed_as_it_stands(world: Emulated) -> None:
    before = made_by_somebody_else(world, ["web01"])
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}], before=before)
    assert len(world.em.jobs(NAME)) == 1
    assert names(world, NAME) == ["web02"]
    assert not world.em.jobs(NAME)[0].schedule_enabled
    # It was not this run that made it, and nothing may sound as if it had.
    changed, remark = ended.result["msg"].split(". ", 1)
    assert changed == 'Changed job "web-new": added 1 object, removed 1 object'
    assert remark.startswith('Enterprise Manager could not make the clone "web-new" of job "TPL Gold" (task-1 failed)')
    assert "made by somebody else" in remark
    assert [(step["action"], step["task"]["success"]) for step in ended.result["steps"]] == [
        *(("clone", False), ("add_object", True), ("remove_object", True)),
    ]
    assert ended.result["diff"]["before"] == {"objects": [{"name": "web01", "type": "Vm"}]}
    assert ended.result["diff"]["after"] == {"objects": [{"name": "web02", "type": "Vm"}]}


def test_a_job_that_somebody_else_makes_as_it_is_wanted(world: Emulated) -> None:
    ended = world.one(name=NAME, **CLONE, objects=[{"name": "web02"}], before=made_by_somebody_else(world, ["web02"]))
    assert (ended.result["changed"], ended.result["diff"]["before"], ended.result["diff"]["after"]) == (False, {}, {})
    assert ended.result["msg"].startswith('Job "web-new" needs no change. Enterprise Manager could not make the clone')


def test_a_job_that_somebody_else_enables_while_the_server_refuses_it(world: Emulated) -> None:
    world.em.console.edit_job(GOLD, enabled=False)
    world.em.add_fault(fault="status", code=403, action="edit")

    def before(number: int, request: t.Any) -> None:
        if request.method == "PUT":
            world.em.console.edit_job(GOLD, enabled=True)

    ended = world.one(name=GOLD, enabled=True, before=before)
    assert (ended.result["changed"], ended.result["msg"]) == (False, 'Job "TPL Gold" needs no change.')
    assert (ended.result["diff"]["before"], ended.result["diff"]["after"]) == ({}, {})


def test_a_job_by_its_id_is_told_by_its_name(world: Emulated) -> None:
    """Whoever hands ids on, as the playbook maintenance does, reads names."""
    (job,) = world.em.jobs(name=GOLD)
    changed = world.one(name=job.id, enabled=False)
    assert changed.result["msg"] == 'Changed job "TPL Gold": disabled.'
    assert changed.result["diff"]["before_header"] == 'job "TPL Gold"'
    assert world.one(name=job.id, enabled=False).result["msg"] == 'Job "TPL Gold" needs no change.'


def test_an_object_that_somebody_else_takes_out_first(world: Emulated) -> None:
    world.em.console.edit_job(GOLD, objects=["web01", "app01"])

    def before(number: int, request: t.Any) -> None:
        if request.method == "DELETE":
            world.em.console.edit_job(GOLD, objects=["app01"])

    ended = world.one(name=GOLD, objects=[{"name": "app01"}], before=before)
    assert (ended.result["changed"], ended.result["msg"]) == (False, 'Job "TPL Gold" needs no change.')
    assert (ended.result["diff"]["before"], ended.result["diff"]["after"]) == ({}, {})


@pytest.mark.parametrize("refusal", ["task_failed", "http_400", "http_500"])
def test_an_object_that_somebody_else_adds_first(refusal: str) -> None:
    world = Emulated(switches={"duplicate_object": refusal})

    def before(number: int, request: t.Any) -> None:
        if request.method == "POST":
            world.em.console.edit_job(GOLD, objects=["web01", "app01"])

    ended = world.one(name=GOLD, objects=[{"name": "web01"}, {"name": "app01"}], before=before)
    if refusal == "http_500":
        # That is no refusal: what shows afterwards counts as done.
        assert ended.result["changed"] is True
        assert "added 1 object. It is there although the server answered HTTP 500: " in ended.result["msg"]
        return
    assert (ended.result["changed"], ended.result["msg"]) == (False, 'Job "TPL Gold" needs no change.')
    assert (ended.result["diff"]["before"], ended.result["diff"]["after"]) == ({}, {})


def test_an_object_that_somebody_takes_out_meanwhile(world: Emulated) -> None:
    """It was in the job when that was read first, so its reference was never looked up, and there is none to send."""
    wish: dict[str, t.Any] = {"name": GOLD, "objects": [{"name": "web01"}, {"name": "db01"}]}

    def before(number: int, request: t.Any) -> None:
        if request.method == "POST" and request.path.endswith("/includes"):
            world.em.console.edit_job(GOLD, objects=["app01"])

    ended = world.run(before=before, **wish)
    assert ended.failed
    added = [entry.body for entry in world.em.journal if entry.method == "POST" and entry.path.endswith("/includes")]
    assert len(added) == 1, "the one that was missing; none without a reference"
    assert ":Vm:" in added[0]
    assert 'Job "TPL Gold": web01 was in it' in ended.result["msg"]
    assert "when it was read first, and somebody has taken it out since." in ended.result["msg"]
    assert ended.result["changed"] is True
    assert ended.actions == ["add_object"]
    world.one(**wish)
    assert names(world, GOLD) == ["db01", "web01"]


@pytest.mark.parametrize("lag", ["2", "5s", "20s"])
def test_a_cache_that_lags_behind(lag: str) -> None:
    world = Emulated(switches={"show_change_after": lag, "show_new_job_after": lag})
    wish = {"name": NAME, **CLONE, "objects": [{"name": "web02"}, {"name": "db01"}], "schedule": DAILY, "enabled": True}
    first = world.run(**wish)
    world.clock.advance(60)
    world.one(**wish)
    assert first.result["msg"]
    assert names(world, NAME) == ["db01", "web02"]
    assert world.em.jobs(NAME)[0].schedule_enabled
    wrong = [change for change in world.em.history(NAME)[1:-1] if change.enabled]
    assert all(sorted(change.objects) == ["db01", "web02"] for change in wrong)


def test_what_does_not_stick_is_named(world: Emulated) -> None:
    """The server says that it is done, and shows something else."""

    def before(number: int, request: t.Any) -> None:
        if request.method == "GET" and request.path.startswith("/api/jobs/"):
            world.em.console.edit_job(GOLD, description="by hand")

    ended = world.run(before=before, name=GOLD, description="wanted", retry={"times": 7, "wait": 7}, enabled=True)
    assert ended.failed
    assert ended.result["changed"]
    assert ended.result["msg"].startswith(
        'Enterprise Manager says that this is done, but job "TPL Gold" does not show it: change description.'
    )
    assert words(ended) == ["?action=edit"]


# -- absent --------------------------------------------------------------------------------------------------------


def test_absent(world: Emulated) -> None:
    predicted = world.run(check_mode=True, name=GOLD, state="absent")
    assert (predicted.result["changed"], predicted.writes) == (True, [])
    ended = world.one(name=GOLD, state="absent")
    assert ended.actions == ["delete"]
    assert (ended.result["changed"], ended.result["job"], world.em.jobs(GOLD)) == (True, None, [])
    assert ended.result["diff"]["before"] == {"state": "present"}
    assert ended.result["msg"] == 'Deleted job "TPL Gold".'
    again = world.one(name=GOLD, state="absent")
    assert (again.result["changed"], again.writes) == (False, [])
    assert again.result["msg"] == 'There is no job "TPL Gold".'
    assert not world.one(name=GOLD_ID, state="absent").result["changed"]


@pytest.mark.parametrize("when", ["DELETE", "GET /api/tasks/"])
def test_a_job_that_somebody_else_deletes_meanwhile(world: Emulated, when: str) -> None:
    def before(number: int, request: t.Any) -> None:
        if (f"{request.method} {request.path}").startswith(when) and world.em.jobs(GOLD):
            world.em.console.delete_job(GOLD)

    ended = world.one(name=GOLD, state="absent", before=before)
    assert (ended.result["changed"], ended.result["msg"]) == (False, 'Job "TPL Gold" is gone.')
    assert (ended.result["diff"]["before"], ended.result["diff"]["after"]) == ({}, {})


def test_absent_means_exactly_one(world: Emulated) -> None:
    ended = world.run(name="TPL Silver", state="absent")
    assert ended.failed
    assert ended.writes == []
    assert len(world.em.jobs("TPL Silver")) == 2
    assert world.one(name="TPL Silver", backup_server=VBR02, state="absent").actions == ["delete"]
    assert [job.server for job in world.em.jobs("TPL Silver")] == [VBR01]
    ended = world.run(name="TPL Silver", backup_server="vbr09", state="absent")
    assert ended.failed
    known = f'Known backup servers: "{VBR01}", "{VBR02}".'
    assert f'there is no backup server "vbr09". {known}' in ended.result["msg"]


def test_a_running_job_is_not_deleted_unless_forced(world: Emulated) -> None:
    world.em.plan_runs(GOLD, {"length": "3600s"})
    world.em.start_run(GOLD)
    ended = world.run(name=GOLD, state="absent")
    assert ended.failed
    assert ended.writes == []
    assert "so it was not deleted" in ended.result["msg"]
    assert ended.result["job"]["name"] == GOLD
    assert [
        request.method for request in world.em.journal if request.method == "DELETE" and "/jobs/" in request.path
    ] == []
    forced = world.run(name=GOLD, state="absent", force=True)
    assert forced.actions == ["delete"]


# -- two runs, and machines that come late -------------------------------------------------------------------------


@pytest.mark.parametrize("start", range(0, 50, 4))
def test_a_second_run_in_the_middle_of_the_first(start: int) -> None:
    """The whole second run happens between two requests of the first; then a third finds all as wanted."""
    world = Emulated()
    wish = {"name": NAME, **CLONE, "objects": [{"name": "web02"}, {"name": "db01"}], "schedule": DAILY, "enabled": True}
    others: list[Ended] = []

    def before(number: int, request: t.Any) -> None:
        if number == start:
            others.append(world.run(nested=True, **wish))

    first = world.run(before=before, **wish)
    world.clock.advance(10)
    third = world.one(**wish)
    assert not third.failed
    assert names(world, NAME) == ["db01", "web02"]
    assert world.em.jobs(NAME)[0].schedule_enabled
    for ended in (first, *others):
        if ended.failed:
            assert "TPL Gold" in ended.result["msg"] or NAME in ended.result["msg"]
    created = [change for change in world.em.history(NAME) if change.action == "created"]
    assert len(created) == 1
    for change in world.em.history(NAME)[1:]:
        # The second run enables it; what the first one adds then is there twice for a moment.
        assert not change.enabled or set(change.objects) == {"db01", "web02"}


def test_a_machine_that_the_inventory_learns_of_late(world: Emulated) -> None:
    world.em.add_to_inventory("late01", root="vcenter01.example.test", backup_server=VBR01, after="120s")
    wish: dict[str, t.Any] = {"name": NAME, **CLONE, "objects": [{"name": "late01"}], "enabled": False}
    for seconds in (0, 30):
        ended = world.run(**wish, wait_for_objects=seconds)
        assert ended.failed
        assert ended.writes == []
        assert 'no object "late01" of type Vm was found' in ended.result["msg"]
    assert "waited 30 seconds" in ended.result["msg"]
    # Longer than wait_timeout, which begins when the machine is there.
    ended = world.one(**wish, wait_for_objects=600, wait_timeout=60)
    assert names(world, NAME) == ["late01"]
    assert all("/api/lookup" in request for request in ended.requests[5 : ended.requests.index(ended.writes[0])])
