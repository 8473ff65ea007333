# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules in the simulation: how each is drawn, and what its results must say. A module more is a class more."""

from __future__ import annotations

import copy
import html
import json
import random
import re
from typing import Any
from urllib.parse import quote

from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request
from ansible_collections.backupops.veeam.plugins.modules import veeam_job, veeam_job_clone, veeam_job_run
from veeam_em_emulator import Emulator

from .estate import ESTATE_KINDS
from .history import EPSILON, NAMES, SERVER, Broken, History, Kind, One, RunPlan, Trouble, is_logon
from .machines import MACHINE_KINDS
from .outcomes import FAILED_TASK, TASK, was_refused

SOURCE, REPOSITORY = "TPL Gold", "Default Backup Repository"
#: A copy job, on another backup server.
COPY, COPY_SERVER, COPY_REPOSITORY = "Copy to Offsite", "vbr02.example.test", "S3 Offsite"
_LINKED = re.compile(rb"/(backup|replica)Sessions/")
_JOB_NAME = re.compile(rb'<JobName>([^<]+)|"JobName":\s*("(?:[^"\\]|\\.)+")')


class Clone(Kind):
    """veeam_job_clone: one clone, or a list."""

    module = veeam_job_clone.MODULE
    plural = "clones"

    @staticmethod
    def once(request: Request) -> str | None:
        if request.method != "POST" or "action=clone" not in request.path:
            return None
        found = _JOB_NAME.search(request.body or b"")
        assert found is not None, request.body
        in_xml, in_json = found.groups()
        return f"the clone {html.unescape(in_xml.decode()) if in_xml else json.loads(in_json)}"

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {"source_job": SOURCE, "repository": REPOSITORY, "backup_server": SERVER}
        own["on_timeout"] = source.choice(("fail", "fail", "cancel"))
        if source.random() < 0.4:
            return {**own, "name": source.choice(NAMES)}
        names = source.sample(NAMES, source.choice((1, 2, 3)))
        return {**own, "clones": [{"name": name} for name in names], "max_parallel": source.choice((1, 2, 4))}

    def switches(self, source: random.Random) -> dict[str, Any]:
        return {"duplicate_name": source.choice(("allowed", "allowed", "task_failed", "http_400"))}

    def trouble(self, source: random.Random, options: dict[str, Any]) -> Trouble:
        """EM makes the job under another name, and the job that its task links to cannot be read."""
        unreadable = {"fault": "status", "code": source.choice((404, 500, 503)), "method": "GET", "path": "^/api/jobs/"}
        renamed = {"fault": "rename_clone", "method": "POST", "path": "action=clone", "on": 1, "count": 0}
        faults = (renamed, {**unreadable, "process": True, "on": 1, "count": 0})
        return Trouble(faults=faults[: source.choice((1, 2, 2))])

    def rival(self, source: random.Random, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        name = options.get("name") or source.choice(options["clones"])["name"]
        return "create_job", {"name": name, "backup_server": SERVER, "objects": ["db01"], "after": 0}

    def items(self, one: One) -> dict[str, dict[str, Any]]:
        """name -> its part of the result; none where the whole run failed before any of them."""
        clones, result = one.plan.options.get("clones"), one.result
        if clones is None:
            return {one.plan.options["name"]: {"failed": False, **result}}
        if "results" not in result:
            return {}
        return {clone["name"]: item for clone, item in zip(clones, result["results"], strict=True)}

    def names(self, one: One) -> list[str]:
        clones = one.plan.options.get("clones")
        return [one.plan.options["name"]] if clones is None else [clone["name"] for clone in clones]

    def judge(self, history: History, one: One) -> None:
        if re.search("there is no (job|repository)", str(one.result)):
            raise Broken("absence", f"{one.name}: {one.result['msg']}")
        if one.plan.check_mode:
            return
        for name, item in self.items(one).items():
            msg = item["msg"]
            if not item["failed"]:
                self._made(history, one, name, item)
            elif item["job_href"] is not None:
                raise Broken("outcome", f"{name} failed and has an href: {item}")
            elif item["changed"]:
                if not ("may still appear" in msg or "elete" in msg):
                    raise Broken("outcome", f"{name}: does not say that it is open: {msg}")
                if "no job of that name was found" in msg:
                    self._patient(one, name, msg)
            elif not re.search("othing was created|could not be read|[Tt]here are . jobs", msg):
                raise Broken("outcome", f"{name}: does not say that nothing was created: {msg}")

    def _patient(self, one: One, name: str, msg: str) -> None:
        """Where nothing but time can tell, it is all used."""
        assert one.playing.began is not None and one.playing.ended_at is not None
        chosen = one.run.chosen
        if one.playing.ended_at - one.playing.began < chosen.wait_timeout - chosen.waiting.poll_interval - EPSILON:
            raise Broken("patience", f"{name} is given up too early: {msg}")

    def _made(self, history: History, one: One, name: str, item: dict[str, Any]) -> None:
        job = item["job"]
        if job is None:
            raise Broken("outcome", f"{name} succeeded without a job: {item}")
        was = [change for change in history.em.history(job["id"]) if change.exists]
        there = [view for view in history.em.jobs() if view.id == job["id"]]
        names = {change.name for change in was} | {view.name for view in there}
        if name not in names:
            raise Broken("made", f"{name}: the job {job['id']} never bore that name, but {sorted(names)}")
        if item["changed"] and not any(sent.request.method == "POST" and self.once(sent.request) for sent in one.sent):
            raise Broken("made", f"{name}: changed, and no clone was sent")
        if item["changed"] and self._saw_failure(history, one, name):
            raise Broken("outcome", f"{name}: its task failed, and: {item['msg']}")
        ids = {change.id for change in history.em.history() if change.name == name and change.server == SERVER}
        seen = self._last_look(one, name, ids)
        if item["changed"] and len(seen) > 1:
            raise Broken("one", f"{name} was there {len(seen)} times, and: {item['msg']}")

    @staticmethod
    def _saw_failure(history: History, one: One, name: str) -> bool:
        """Whether the server told it that the task of this clone failed."""
        tasks = {(task.session, task.id) for task in history.em.tasks() if task.job_name == name}
        for sent in one.sent:
            entry = sent.entry
            if sent.response is None or sent.response.status != 200 or entry is None or entry.fault:
                continue
            is_its = sent.request.method == "GET" and (entry.session, sent.request.path.rpartition("/")[2]) in tasks
            if is_its and FAILED_TASK.search(sent.response.body):
                return True
        return False

    @staticmethod
    def _last_look(one: One, name: str, ids: set[str]) -> set[str]:
        """Those of these jobs that the last list of them has shown it."""
        for sent in reversed(one.sent):
            if "type=Job&" not in sent.request.path or f"%22{quote(name, safe='')}%22" not in sent.request.path:
                continue
            if sent.response is not None and sent.response.status == 200 and not sent.entry.fault:
                return {identity for identity in ids if identity.encode() in sent.response.body}
        return set()

    def created(self, history: History, one: One) -> dict[str, list[str]]:
        """name that was asked for -> ids of the jobs that requests of this run made."""
        made: dict[str, list[str]] = {}
        for sent in one.sent:
            what = self.once(sent.request)
            if what is None or sent.entry is None:
                continue
            name = what.removeprefix("the clone ")
            number = sent.entry.number
            made.setdefault(name, []).extend(
                change.id for change in history.em.history() if change.action == "created" and change.by == number
            )
        return made

    def judge_settled(self, history: History, one: One) -> None:
        made = self.created(history, one)
        for name, item in self.items(one).items():
            ids = made.get(name, [])
            if len(ids) > 1:
                raise Broken("once", f"{one.name} made {name} twice")
            if item["failed"] and not item["changed"] and ids and "could not be read" not in item["msg"]:
                raise Broken("nothing", f"{one.name} says that nothing was made of {name}, but it was: {item['msg']}")
            # Where an answer was lost, a job of the name may be that of somebody else who was faster.
            alone = len(history.plan.runs) == 1 and not history.plan.console
            if alone and not item["failed"] and item["changed"] and ids and item["job"]["id"] not in ids:
                raise Broken("made", f"{name}: another job than the one that was made: {item['msg']}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        foretold = {name: item["changed"] for name, item in self.items(predicted).items()}
        done = {name: item["changed"] for name, item in self.items(real).items()}
        if foretold != done:
            raise Broken("prediction", f"changed was foretold as {foretold}, and it was {done}")

    def judge_clean(self, history: History, one: One) -> None:
        for name in self.names(one):
            there = history.em.jobs(name=name, server=SERVER)
            item = self.items(one).get(name)
            before = [job for job in one.jobs_before if (job.name, job.server) == (name, SERVER)]
            if before and f"the clone {name}" in one.times:
                raise Broken("as it is", f"{name} was there, and a clone was sent: {item}")
            if len(there) > 1:
                if item is None or not item["failed"] or not all(job.id in item["msg"] for job in there):
                    raise Broken("converges", f"{name} is there {len(there)} times, and: {item}")
                continue
            if item is None or item["failed"]:
                raise Broken("converges", f"{name}: {one.result['msg']}")
            if len(there) != 1:
                raise Broken("converges", f"{name} is not there: {item['msg']}")


class RunJob(Kind):
    """veeam_job_run: one job or two, started, stopped or retried."""

    module = veeam_job_run.MODULE
    about_sessions = True
    # A wait may outlive many logon sessions, and each look of it tries to log on where the server is only starting up:
    # an hour at one look a second, three attempts each.
    logons = 12000
    #: The second one has run before.
    _JOBS = ("TPL Gold", "TPL Replica", "TPL Cloud Director")
    _ACTION = re.compile(r"/jobs/([^/?]+)\?action=(start|retry|sync)\b")

    @staticmethod
    def once(request: Request) -> str | None:
        found = RunJob._ACTION.search(request.path) if request.method == "POST" else None
        return f"the {found.group(2)} of job {found.group(1)}" if found else None

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {
            "state": source.choice(("started", "started", "started", "retried", "stopped")),
            "if_running": source.choice(("join", "skip", "fail")),
            "wait": source.choice((True, True, False)),
            "wait_timeout": source.choice((60.0, 3600.0)),
            "poll_interval": source.choice((1.0, 30.0)),
        }
        if source.random() < 0.6:
            return {**own, "job": source.choice((*self._JOBS, "TPL Replica"))}
        return {
            **own,
            "jobs": source.sample(self._JOBS, source.choice((1, 2, 3))),
            "max_parallel": source.choice((1, 2)),
        }

    def server(self, source: random.Random) -> dict[str, Any]:
        return {
            "length": source.choice(("0.5s", "5s", "40s", "900s", "2")),
            "result": source.choice(("Success", "Success", "Warning", "Failed")),
            "running": source.random() < 0.3,
        }

    def switches(self, source: random.Random) -> dict[str, Any]:
        # The session is looked for among those that are there.
        return {
            "start_link": source.choice(("absent", "absent", "named", "present")),
            "show_session_after": source.choice(("0", "2", "1.5s")),
            "stop_kind": source.choice(("at_once", "after_machine")),
            "session_order": source.choice(("newest_first", "oldest_first")),
            # From a copy, so that the seeds that once failed draw what they drew then.
            "stop_idle_job": copy.copy(source).choice(("ignored", "task_failed", "http_400")),
        }

    def prepare(self, em: Emulator, plan: RunPlan) -> None:
        for name in self._JOBS:
            em.plan_runs(name, always={"length": plan.server["length"], "result": plan.server["result"]}, server=SERVER)
        if plan.server["running"] and not any(view.ended is None for view in em.sessions(self._JOBS[0])):
            em.start_run(self._JOBS[0], server=SERVER)

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        return "start_run", {"job": source.choice(self._JOBS), "server": SERVER}

    def items(self, one: One) -> dict[str, dict[str, Any]]:
        """name -> its part of the result."""
        jobs, result = one.plan.options.get("jobs"), one.result
        if jobs is None:
            return {one.plan.options["job"]: {"failed": False, **result}}
        return dict(zip(jobs, result["results"], strict=True)) if "results" in result else {}

    def judge(self, history: History, one: One) -> None:
        if re.search("there is no job", str(one.result), re.IGNORECASE):
            raise Broken("absence", f"{one.name}: {one.result['msg']}")
        if one.plan.check_mode:
            return
        views = history.job_sessions()
        for name, item in self.items(one).items():
            self._check(history, one, name, item, views)

    def _check(self, history: History, one: One, name: str, item: dict[str, Any], views: dict[str, Any]) -> None:
        session, accept = item.get("session"), one.run.chosen.accept
        if session is not None:
            view = views.get(session["id"])
            if view is None or view.job_name != name:
                raise Broken("session of a job", f"{name}: {session} is none of its sessions: {view}")
            if session["result"] not in (None, "None", "", view.result) and session["state"] == "Stopped":
                raise Broken("result", f"{name}: {session['result']}, and it is {view.result}")
        orders = [s for s in one.sent if self.once(s.request) is not None or "action=stop" in s.request.path]
        ids = {job.id for job in history.em.jobs(name)} | {view.id for view in views.values() if view.job_name == name}
        own = [sent for sent in orders if any(identity in sent.request.path for identity in ids)]
        if item["changed"] and all(was_refused(one, sent) for sent in own):
            raise Broken("changed", f"{name}: nothing of it was accepted: {item['msg']}")
        if item["failed"] or session is None:
            return
        waited = one.plan.options["wait"] and one.plan.options["state"] == "started" and item["changed"]
        if waited and (session["state"] != "Stopped" or session["result"] not in accept):
            raise Broken("result", f"{name}: success, and its session: {session}")
        new = item["changed"] and one.plan.options["state"] == "started" and len(history.plan.runs) == 1
        if new and session["id"] in history.sessions_before and self._can_be_told(one, view.job_id, view.id):
            raise Broken("session of a job", f"{name}: the session was there before: {session}")

    def _can_be_told(self, one: One, job: str, session: str) -> bool:
        """Whether a session from before can be told from the new one: it showed before the start, or that is linked."""
        bodies = [(sent.request.path, sent.response.body if sent.response else b"") for sent in one.sent]
        (start,) = (n for n, sent in enumerate(one.sent) if self.once(sent.request) and job in sent.request.path)
        task = TASK.search(bodies[start][1])
        looks = [body for path, body in bodies[start:] if task and path.endswith(task.group().decode())]
        return any(session.encode() in body for _path, body in bodies[:start]) or any(map(_LINKED.search, looks))

    def judge_settled(self, history: History, one: One) -> None:
        if one.plan.check_mode or len(history.plan.runs) > 1 or history.plan.console:
            return
        new = len(history.job_sessions()) - len(history.sessions_before)
        if not any(item["changed"] for item in self.items(one).values()) and new:
            raise Broken("nothing", "%s says that nothing was started, and %d were" % (one.name, new))
        if new > len(self.items(one) or (1,)):
            raise Broken("once", "%d sessions began for %s" % (new, one.name))

    def judge_clean(self, history: History, one: One) -> None:
        for name, item in self.items(one).items():
            bad = item.get("session") is not None and item["session"]["result"] not in one.run.chosen.accept
            # A run that began before and does not show yet, so that the job is started and refuses.
            hidden = history.plan.switches.get("show_session_after", "0") != "0" and "efused to" in item["msg"]
            if item["failed"] and not bad and not hidden and "as if_running asks" not in item["msg"]:
                raise Broken("converges", f"{name}: {item['msg']}")
        if not self.items(one):
            raise Broken("converges", one.result["msg"])


class Job(Kind):
    """veeam_job: a job that is cloned where it is missing, and brought to its objects, description and schedule."""

    module = veeam_job.MODULE
    _ADDED = re.compile(rb"urn:[A-Za-z]+:Vm:[^<\"]+")

    @staticmethod
    def once(request: Request) -> str | None:
        if request.method == "POST" and "action=clone" in request.path:
            return Clone.once(request)
        if request.method == "POST" and request.path.endswith("/includes"):
            found = Job._ADDED.search(request.body or b"")
            assert found is not None, request.body
            return f"the addition of {found.group().decode()} to {request.path}"
        return f"the toggle {request.path}" if "action=toggle" in request.path else None

    def options(self, source: random.Random) -> dict[str, Any]:
        if source.random() < 0.2:
            return self._copy_options(source)
        absent = source.random() < 0.1
        own: dict[str, Any] = {"backup_server": SERVER, "state": "absent" if absent else "present"}
        if not absent:
            own.update(source_job=SOURCE, repository=REPOSITORY, enabled=source.choice((True, True, False)))
            own["objects"] = [
                {"name": name} for name in source.sample(("web01", "web02", "db01"), source.choice((1, 2)))
            ]
            if source.random() < 0.5:
                own["description"] = source.choice(("for the web", "for the shop"))
            if source.random() < 0.5:
                own["retention"] = {"type": "restore_points", "count": source.choice((7, 14))}
        if source.random() < 0.5:
            return {**own, "name": source.choice(NAMES)}
        names = source.sample(NAMES, source.choice((1, 2)))
        return {**own, "jobs": [{"name": name} for name in names], "max_parallel": source.choice((1, 2, 4))}

    @staticmethod
    def _copy_options(source: random.Random) -> dict[str, Any]:
        """A copy job can only be cloned, and enabled or disabled by a toggle."""
        own = {"backup_server": COPY_SERVER, "state": "present", "enabled": source.choice((True, False))}
        if source.random() < 0.6:
            return {**own, "name": COPY}
        return {**own, "name": source.choice(NAMES), "source_job": COPY, "repository": COPY_REPOSITORY}

    def server(self, source: random.Random) -> dict[str, Any]:
        return {"enabled": source.choice((True, False))}

    def switches(self, source: random.Random) -> dict[str, Any]:
        late = source.choice(("2", "3s"))
        return {"show_change_after": late, "show_new_job_after": source.choice(("0", late))}

    def trouble(self, source: random.Random, options: dict[str, Any]) -> Trouble:
        """No answer to a change ever comes, and EM does not show what was changed until it reads its servers."""
        lost = {"fault": source.choice(("reset_after", "empty")), "method": source.choice(("PUT", "PUT", "DELETE"))}
        faults = ({**lost, "path": "^/api/jobs/", "on": 1, "count": 0},)
        return Trouble({"show_change_after": "refresh"}, faults)

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        if source.random() < 0.5:
            return super().console(source)
        changes = source.choice(({"enabled": False}, {"enabled": True}, {"objects": ["app01"]}))
        return "edit_job", {"job": source.choice(NAMES), "backup_server": SERVER, **changes}

    def prepare(self, em: Emulator, plan: RunPlan) -> None:
        if not plan.server.get("enabled", True) and any(job.schedule_enabled for job in em.jobs(SOURCE, SERVER)):
            em.console.edit_job(SOURCE, backup_server=SERVER, enabled=False)

    def names(self, one: One) -> list[str]:
        jobs = one.plan.options.get("jobs")
        return [one.plan.options["name"]] if jobs is None else [job["name"] for job in jobs]

    def items(self, one: One) -> dict[str, dict[str, Any]]:
        """name -> its part of the result."""
        if one.plan.options.get("jobs") is None:
            return {self.names(one)[0]: {"failed": False, **one.result}}
        return dict(zip(self.names(one), one.result["results"], strict=True)) if "results" in one.result else {}

    def wanted(self, one: One) -> set[str] | None:
        """Names of the objects, None where those are left as they are."""
        objects = one.plan.options.get("objects")
        return None if objects is None else {item["name"] for item in objects}

    def moment(self, history: History, one: One) -> None:
        """Nothing of its doing makes a job start with the wrong content, at no time; but for a new clone of a template
        that is enabled itself, up to the first change of it."""
        self._bounded(one)
        changes = history.new_changes(one)
        wanted = self.wanted(one)
        if wanted is None or history.plan.console or len(history.plan.runs) > 1:
            return
        for change in changes:
            if change.fires and change.action != "created" and set(change.objects) != wanted:
                raise Broken("content", f"{one.name}: {change.name} could start with {sorted(change.objects)}")

    def _bounded(self, one: One) -> None:
        """No change is sent over and over."""
        last = one.sent[-1]
        if last.request.method not in ("PUT", "DELETE") or is_logon(last.request) or last.entry is None:
            return
        what = (last.request.method, last.request.path, last.request.body)
        same = [sent for sent in one.sent if sent.entry is not None
                and (sent.request.method, sent.request.path, sent.request.body) == what]  # fmt: skip
        # Three times, and once more after each answer that said that nothing was done.
        refused = sum(sent.response is not None and 400 <= sent.response.status < 500 for sent in same)
        if len(same) > 3 + refused:
            raise Broken("bounded", f"{one.name} has sent {last.request.label} {len(same)} times")

    def own_changes(self, history: History, one: One) -> list[Any]:
        """What became of jobs by requests of this run."""
        return [change for change in history.em.history() if change.by in one.numbers]

    def judge(self, history: History, one: One) -> None:
        if re.search("there is no (job|repository|object)", str(one.result)) and one.plan.options["state"] == "present":
            raise Broken("absence", f"{one.name}: {one.result['msg']}")
        changes = self.own_changes(history, one)
        if one.plan.check_mode:
            if changes:
                raise Broken("check mode", f"{one.name} changed {changes}")
            return
        for name, item in self.items(one).items():
            if not item["failed"]:
                self._says_what_it_did(history, one, name, item)

    def _says_what_it_did(self, history: History, one: One, name: str, item: dict[str, Any]) -> None:
        """What the server refused, and somebody else has done, is not told as its own."""
        did = re.match("Created|Changed|Deleted", item["msg"])
        if item["changed"] is not bool(did):
            raise Broken("words", f"{name}: changed is {item['changed']}, and: {item['msg']}")
        ids = {change.id for change in history.em.history() if change.name == name}
        ids |= {view.id for view in history.em.jobs(name)}
        clone = f"the clone {name}"
        sent = [sent for sent in one.sent if sent.request.method != "GET" and not is_logon(sent.request)]
        clones = [sent for sent in sent if self.once(sent.request) == clone]
        others = [sent for sent in sent if any(identity in sent.request.path for identity in ids)]
        if did and all(was_refused(one, sent) for sent in (*clones, *others)):
            raise Broken("words", f"{name}: nothing of it was accepted, and: {item['msg']}")
        if did and did.group() == "Created" and all(was_refused(one, sent) for sent in clones):
            raise Broken("words", f"{name}: its clone was refused, and: {item['msg']}")

    def judge_settled(self, history: History, one: One) -> None:
        if one.plan.check_mode or history.plan.console or len(history.plan.runs) > 1:
            return
        # What ended after the last exchange.
        self.moment(history, one)
        changes = self.own_changes(history, one)
        for name, item in self.items(one).items():
            ids = {change.id for change in changes if change.name == name}
            if not item["changed"] and ids and "could not be read" not in item["msg"]:
                raise Broken("nothing", f"{name}: unchanged, but it was changed: {item['msg']}")
            if item["failed"]:
                continue
            self._as_wanted(history, one, name, item)
            if item["changed"] and not ids:
                raise Broken("words", f"{name}: nothing was changed, and: {item['msg']}")
            if item["job"] is not None:
                self._shown_as_it_is(history, name, item["job"])

    @staticmethod
    def _shown_as_it_is(history: History, name: str, shown: dict[str, Any]) -> None:
        (job,) = [job for job in history.em.jobs(name) if job.id == shown["id"]]
        objects = sorted(getattr(machine, "name", machine) for machine in job.objects)
        there = (job.name, job.schedule_enabled, job.description, objects)
        listed = sorted(item["name"] for item in shown["objects"] or ())
        told = (
            shown["name"],
            shown["enabled"],
            shown["description"],
            listed if shown["objects"] is not None else objects,
        )
        if told != there:
            raise Broken("words", f"{name} is {there} and is shown as {told}")

    def _as_wanted(self, history: History, one: One, name: str, item: dict[str, Any]) -> None:
        there = history.em.jobs(name, one.plan.options["backup_server"])
        if one.plan.options["state"] == "absent":
            if there:
                raise Broken("as wanted", f"{name} is there: {item['msg']}")
            return
        if len(there) != 1:
            raise Broken("as wanted", f"{name} is there {len(there)} times: {item['msg']}")
        (job,) = there
        options = one.plan.options
        objects = {getattr(machine, "name", machine) for machine in job.objects}
        if self.wanted(one) not in (None, objects) or job.schedule_enabled is not options["enabled"]:
            raise Broken("as wanted", f"{name} protects {sorted(objects)}, enabled: {job.schedule_enabled}")
        if options.get("description") not in (None, job.description):
            raise Broken("as wanted", f"{name}: {job.description!r}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        foretold, done = self._told(predicted), self._told(real)
        if foretold != done:
            raise Broken("prediction", f"{foretold} was foretold, and it was {done}")

    def _told(self, one: One) -> list[Any]:
        items = self.items(one).items()
        steps = {name: [(step["action"], step["what"]) for step in item["steps"]] for name, item in items}
        return [one.result["diff"], {name: item["changed"] for name, item in items}, steps]

    def judge_clean(self, history: History, one: One) -> None:
        for name in self.names(one):
            item, there = self.items(one).get(name), history.em.jobs(name, one.plan.options["backup_server"])
            if len(there) > 1:
                if item is not None and not item["failed"]:
                    raise Broken("converges", f"{name} is there {len(there)} times, and: {item['msg']}")
                continue
            if history.plan.product in ("9.5u4", "10") and "change retention" in str(item):
                # These do not show what the retention is, so that nothing proves that it was changed.
                continue
            if history.plan.product == "9.5u4" and one.plan.options["state"] == "absent" and "HTTP 405" in str(item):
                # It cannot delete jobs.
                continue
            missing = re.search(r'no object "([^"]+)" of type Vm was found', str(item or one.result["msg"]))
            if missing is not None and is_away(history, missing.group(1)):
                continue
            if item is None or item["failed"]:
                raise Broken("converges", f"{name}: {one.result['msg']}")
            self._as_wanted(history, one, name, item)


def is_away(history: History, name: str) -> bool:
    """Whether no machine of that name is left: somebody has deleted or renamed it at the vCenter."""
    return not any(view.exists and view.name == name for view in history.em.machines())


JOB_KINDS: dict[str, Kind] = {"veeam_job_clone": Clone(), "veeam_job_run": RunJob(), "veeam_job": Job()}
KINDS: dict[str, Kind] = {**JOB_KINDS, **MACHINE_KINDS, **ESTATE_KINDS}
#: What histories are drawn from. A seed draws another history from other modules.
GROUPS: dict[str, dict[str, Kind]] = {
    "all": KINDS,
    "jobs": JOB_KINDS,
    "machines": MACHINE_KINDS,
    "estate": ESTATE_KINDS,
}
