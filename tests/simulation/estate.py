# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent and file share jobs, and the reading of backup servers, in the simulation."""

from __future__ import annotations

import random
import re
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request
from ansible_collections.backupops.veeam.plugins.modules import veeam_backup_server, veeam_job, veeam_job_run
from helpers.cast import AGENTS, AGENTS_ID, SHARES, SHARES_ID
from veeam_em_emulator import Emulator

from .history import SERVER, Broken, History, Kind, One, RunPlan, Trouble
from .outcomes import was_refused

#: By name: its kind, and its id on the one server.
JOBS = {AGENTS: ("agent", AGENTS_ID), SHARES: ("nas", SHARES_ID)}
#: What is said of file share jobs where the product has none.
NO_SHARES = "this Enterprise Manager has no file share jobs"
_ACTION = re.compile(r"/(?:agents|nas)/jobs/([^/?]+)(?:\?action=|/)(start|retry|stop|toggleScheduleEnabled)\b")


def _action(request: Request) -> tuple[str, str] | None:
    """(id, action) of a request that changes one of these jobs, or runs it."""
    found = _ACTION.search(request.path) if request.method == "POST" else None
    return (found.group(1), found.group(2)) if found else None


def _once(request: Request, *actions: str) -> str | None:
    found = _action(request)
    return f"the {found[1]} of job {found[0]}" if found is not None and found[1] in actions else None


class _OtherJobs(Kind):
    """What the two modules have in common: one job, or both of them in a list."""

    #: The option that names a job.
    named = ""

    def named_jobs(self, source: random.Random) -> dict[str, Any]:
        if source.random() < 0.6:
            name = source.choice(tuple(JOBS))
            return {self.named: name, "kind": JOBS[name][0], "backup_server": SERVER}
        jobs = [{self.named: name, "kind": JOBS[name][0]} for name in source.sample(tuple(JOBS), 2)]
        return {"jobs": jobs, "backup_server": SERVER, "max_parallel": source.choice((1, 2))}

    def names(self, one: One) -> list[str]:
        jobs = one.plan.options.get("jobs")
        return [one.plan.options[self.named]] if jobs is None else [job[self.named] for job in jobs]

    def items(self, one: One) -> dict[str, dict[str, Any]]:
        """name -> its part of the result."""
        if one.plan.options.get("jobs") is None:
            return {self.names(one)[0]: {"failed": False, **one.result}}
        return dict(zip(self.names(one), one.result["results"], strict=True)) if "results" in one.result else {}

    def check_there(self, history: History, one: One) -> None:
        """Nothing is said to be absent that is there, and no kind that the server has not said to be unknown."""
        if re.search("there is no (agent|file share) job", str(one.result)):
            raise Broken("absence", f"{one.name}: {one.result['msg']}")
        said = [sent for sent in one.sent if sent.request.path == "/api/nas" and sent.response is not None]
        if NO_SHARES in str(one.result) and not any(sent.response.status == 404 for sent in said):
            raise Broken("absence", f"{one.name}: {one.result['msg']}")

    def known(self, history: History, name: str) -> bool:
        """Whether the product has jobs of that kind."""
        return JOBS[name][0] != "nas" or history.plan.product != "9.5u4"

    def own(self, one: One, name: str, *actions: str) -> list[Any]:
        """What it sent for that job."""
        wanted = [(JOBS[name][1], action) for action in actions]
        return [sent for sent in one.sent if _action(sent.request) in wanted]


class RunOther(_OtherJobs):
    """veeam_job_run: agent and file share jobs that are started, stopped or retried."""

    module = veeam_job_run.MODULE
    about_sessions = True
    # As for other jobs.
    logons = 12000
    named = "job"

    @staticmethod
    def once(request: Request) -> str | None:
        return _once(request, "start", "retry")

    def options(self, source: random.Random) -> dict[str, Any]:
        return {
            "state": source.choice(("started", "started", "started", "retried", "stopped")),
            "if_running": source.choice(("join", "skip", "fail")),
            "wait": source.choice((True, True, False)),
            "wait_timeout": source.choice((60.0, 3600.0)),
            "poll_interval": source.choice((1.0, 30.0)),
            **self.named_jobs(source),
        }

    def server(self, source: random.Random) -> dict[str, Any]:
        return {
            "length": source.choice(("0.5s", "5s", "40s", "900s", "2")),
            "result": source.choice(("Success", "Success", "Warning", "Failed")),
            "running": source.random() < 0.3,
        }

    def switches(self, source: random.Random) -> dict[str, Any]:
        return {
            "agent_session_job_uid": source.choice(("Job", "AgentBackupJob")),
            "agent_start_link": source.choice(("absent", "absent", "present")),
            "agent_task_sessions": source.choice(("computers", "all")),
            "show_computers_after": source.choice(("0", "2", "120s")),
            "computers_at_end": source.choice(("shown", "late")),
            "show_session_after": source.choice(("0", "2", "1.5s")),
            "stop_kind": source.choice(("at_once", "after_machine")),
            "session_order": source.choice(("newest_first", "oldest_first")),
            "stop_idle_job": source.choice(("ignored", "task_failed", "http_400")),
            "job_action_form": source.choice(("documented", "both")),
        }

    def prepare(self, em: Emulator, plan: RunPlan) -> None:
        for name in JOBS:
            em.plan_runs(name, always={"length": plan.server["length"], "result": plan.server["result"]}, server=SERVER)
        if plan.server["running"] and not any(view.ended is None for view in em.sessions(AGENTS, SERVER)):
            em.start_run(AGENTS, server=SERVER)

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        return "start_run", {"job": source.choice(tuple(JOBS)), "server": SERVER}

    def _sessions(self, history: History, name: str) -> dict[str, Any]:
        """The runs of the job, by id; those of its computers are none."""
        return {id_: view for id_, view in history.job_sessions().items() if view.job_id == JOBS[name][1]}

    def judge(self, history: History, one: One) -> None:
        self.check_there(history, one)
        if one.plan.check_mode:
            return
        for name, item in self.items(one).items():
            self._check(history, one, name, item)

    def _check(self, history: History, one: One, name: str, item: dict[str, Any]) -> None:
        session, accept, views = item.get("session"), one.run.chosen.accept, self._sessions(history, name)
        if session is not None:
            view = views.get(session["id"])
            if view is None:
                raise Broken("session of a job", f"{name}: {session} is none of its sessions")
            if session["result"] not in (None, "None", "", view.result) and session["state"] == "Stopped":
                raise Broken("result", f"{name}: {session['result']}, and it is {view.result}")
        orders = self.own(one, name, "start", "retry", "stop")
        if item["changed"] and all(was_refused(one, sent) for sent in orders):
            raise Broken("changed", f"{name}: nothing of it was accepted: {item['msg']}")
        if item["failed"] or session is None:
            return
        options = one.plan.options
        waited = options["wait"] and options["state"] == "started" and item["changed"]
        if waited and (session["state"] != "Stopped" or session["result"] not in accept):
            raise Broken("result", f"{name}: success, and its session: {session}")
        new = item["changed"] and options["state"] == "started" and len(history.plan.runs) == 1
        if new and session["id"] in history.sessions_before and self._was_seen(one, name, session["id"]):
            raise Broken("session of a job", f"{name}: the session was there before: {session}")

    def _was_seen(self, one: One, name: str, session: str) -> bool:
        """Whether it showed before the start: no task links to the new one."""
        (start,) = self.own(one, name, "start")
        before = one.sent[: one.sent.index(start)]
        return any(session.encode() in sent.response.body for sent in before if sent.response is not None)

    def judge_settled(self, history: History, one: One) -> None:
        if one.plan.check_mode or len(history.plan.runs) > 1 or history.plan.console:
            return
        for name, item in self.items(one).items():
            new = len(set(self._sessions(history, name)) - history.sessions_before)
            if new and not item["changed"]:
                raise Broken("nothing", f"{name} was started, and {one.name} says it was not: {item['msg']}")
            if new > 1:
                raise Broken("once", f"{new} sessions began for {name}")

    def judge_clean(self, history: History, one: One) -> None:
        if not self.items(one):
            raise Broken("converges", one.result["msg"])
        for name, item in self.items(one).items():
            if not self.known(history, name):
                if not item["failed"] or NO_SHARES not in item["msg"]:
                    raise Broken("absence", f"{name}: {item['msg']}")
                continue
            bad = item.get("session") is not None and item["session"]["result"] not in one.run.chosen.accept
            hidden = history.plan.switches.get("show_session_after", "0") != "0" and "efused to" in item["msg"]
            if item["failed"] and not bad and not hidden and "as if_running asks" not in item["msg"]:
                raise Broken("converges", f"{name}: {item['msg']}")
            if item["failed"] and bad and one.plan.options["state"] != "stopped" and item["session"]["result"]:
                self._names_computers(history, name, item)

    def _names_computers(self, history: History, name: str, item: dict[str, Any]) -> None:
        """Without any fault, a run that failed names what failed in it."""
        view = self._sessions(history, name)[item["session"]["id"]]
        named = {task["name"] for task in item["session"].get("task_sessions", ())}
        if JOBS[name][0] == "agent" and named != {machine.name for machine in view.machines}:
            raise Broken("computers", f"{name}: {sorted(named)}, and they are {[one.name for one in view.machines]}")


class SwitchOther(_OtherJobs):
    """veeam_job: agent and file share jobs that are enabled and disabled by a request that flips the state."""

    module = veeam_job.MODULE
    named = "name"

    @staticmethod
    def once(request: Request) -> str | None:
        return _once(request, "toggleScheduleEnabled")

    def options(self, source: random.Random) -> dict[str, Any]:
        return {"enabled": source.choice((True, False, False)), **self.named_jobs(source)}

    def switches(self, source: random.Random) -> dict[str, Any]:
        return {
            "show_change_after": source.choice(("0", "2", "3s")),
            "job_action_form": source.choice(("documented", "both")),
            "wrong_hrefs": source.choice(("dead", "answered")),
        }

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        name = source.choice(tuple(JOBS))
        return "edit_job", {"job": name, "backup_server": SERVER, "enabled": source.choice((True, False))}

    def _enabled(self, history: History, name: str) -> bool:
        (job,) = history.em.jobs(name, SERVER, kind=JOBS[name][0])
        return bool(job.schedule_enabled)

    def _toggles(self, history: History, one: One, name: str) -> int:
        """How often requests of this run have flipped it."""
        return sum(change.by in one.numbers for change in history.em.history(JOBS[name][1]))

    def judge(self, history: History, one: One) -> None:
        self.check_there(history, one)
        for name, item in self.items(one).items():
            if one.plan.check_mode and self._toggles(history, one, name):
                raise Broken("check mode", f"{one.name} toggled {name}")
            if item["failed"] or one.plan.check_mode:
                continue
            did = item["msg"].startswith("Changed")
            if item["changed"] is not did:
                raise Broken("words", f"{name}: changed is {item['changed']}, and: {item['msg']}")
            sent = self.own(one, name, "toggleScheduleEnabled")
            if did and all(was_refused(one, request) for request in sent):
                raise Broken("words", f"{name}: nothing of it was accepted, and: {item['msg']}")

    def judge_settled(self, history: History, one: One) -> None:
        if one.plan.check_mode or history.plan.console or len(history.plan.runs) > 1:
            return
        for name, item in self.items(one).items():
            if not item["changed"] and self._toggles(history, one, name):
                raise Broken("nothing", f"{name}: unchanged, but it was toggled: {item['msg']}")
            if not item["failed"] and self._enabled(history, name) is not one.plan.options["enabled"]:
                raise Broken("as wanted", f"{name} is enabled: {self._enabled(history, name)}; {item['msg']}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        foretold, done = self._told(predicted), self._told(real)
        if foretold != done:
            raise Broken("prediction", f"{foretold} was foretold, and it was {done}")

    def _told(self, one: One) -> list[Any]:
        items = self.items(one).items()
        return [one.result["diff"], {name: (item["changed"], len(item["steps"])) for name, item in items}]

    def judge_clean(self, history: History, one: One) -> None:
        if not self.items(one):
            raise Broken("converges", one.result["msg"])
        for name, item in self.items(one).items():
            if not self.known(history, name):
                if not item["failed"] or NO_SHARES not in item["msg"]:
                    raise Broken("absence", f"{name}: {item['msg']}")
            elif item["failed"] or self._enabled(history, name) is not one.plan.options["enabled"]:
                raise Broken("converges", f"{name}: {item['msg']}")


class Collect(Kind):
    """veeam_backup_server: a backup server that Enterprise Manager is to have read."""

    module = veeam_backup_server.MODULE

    def options(self, source: random.Random) -> dict[str, Any]:
        return {
            "backup_server": SERVER,
            "not_older_than": source.choice((None, None, "10s", "1h")),
            "wait": source.choice((True, True, True, False)),
            "wait_timeout": source.choice((60.0, 900.0)),
        }

    def switches(self, source: random.Random) -> dict[str, Any]:
        return {
            "collect_length": source.choice(("0s", "3s", "20s", "2", "5")),
            "collect_interval": source.choice((0.0, 0.0, 60.0)),
            "collect_scope": source.choice(("all", "server")),
            "collect_while_running": source.choice(("new_session", "ignored")),
            "session_order": source.choice(("newest_first", "oldest_first")),
        }

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        return "collect", {}

    def trouble(self, source: random.Random, options: dict[str, Any]) -> Trouble:
        """What an older product says of its collections, for once."""
        return Trouble({}, ({"fault": "status", "code": 404, "path": "/systemSessions$", "on": 1, "count": 1},))

    def begun(self, history: History, one: One) -> None:
        one.notes["before"] = {view.id for view in history.em.system_sessions(past=True)}

    def judge(self, history: History, one: One) -> None:
        result, plan = one.result, one.plan
        if "there is no backup server" in result["msg"]:
            raise Broken("absence", f"{one.name}: {result['msg']}")
        sent = [sent for sent in one.sent if "action=collect" in sent.request.path]
        if plan.check_mode:
            if sent:
                raise Broken("check mode", f"{one.name} sent a collect")
            return
        times = sum(getattr(request.error, "kind", "") != "not_sent" for request in sent)
        if times > 3:
            raise Broken("once", f"{one.name} asked {times} times")
        if not result["changed"] and any(not was_refused(one, request) for request in sent):
            raise Broken("nothing", f"{one.name} says that nothing was asked for, but it was: {result['msg']}")
        if result.get("failed"):
            return
        session, tells = result["session"], history.plan.product in ("12", "13")
        # What was refused as the logon session was over, somebody else may have asked for meanwhile.
        is_new = session is not None and sent and session["id"] not in one.notes["before"]
        if not result["changed"] and not plan.options["not_older_than"] and not is_new:
            raise Broken("changed", f"{one.name} did nothing: {result['msg']}")
        if session is None:
            if tells and plan.options["wait"]:
                raise Broken("fresh", f"{one.name} ended well without a collection: {result['msg']}")
            return
        (view,) = [view for view in history.em.system_sessions(past=True) if view.id == session["id"]]
        if view.state not in ("CompletedSuccessfully", "CompletedWarning") or view.session_type != "CollectJob":
            raise Broken("fresh", f"{one.name} ended well with {view}")
        if result["changed"] and session["id"] in one.notes["before"]:
            raise Broken("fresh", f"{one.name} takes a collection from before: {view}")
        if not result["changed"] and not is_new:
            assert one.playing.began is not None and one.playing.ended_at is not None
            # Others may go on after its end.
            since = history.clock.monotonic() - one.playing.began
            age = history.em.clock.utc().timestamp() - (moments.read(view.ended) or 0.0) - since
            if age > one.run.chosen.not_older_than + 1:
                raise Broken("fresh", f"{one.name} takes a collection that is {age:.0f} seconds old: {result['msg']}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        age = real.plan.options["not_older_than"]
        if predicted.result["changed"] is not real.result["changed"] and age != "10s":
            raise Broken("prediction", f"{predicted.result['msg']}; and: {real.result['msg']}")

    def judge_clean(self, history: History, one: One) -> None:
        if one.result.get("failed"):
            raise Broken("converges", one.result["msg"])


ESTATE_KINDS: dict[str, Kind] = {
    "veeam_job_run of other kinds": RunOther(),
    "veeam_job of other kinds": SwitchOther(),
    "veeam_backup_server": Collect(),
}
