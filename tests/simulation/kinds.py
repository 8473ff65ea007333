# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules in the simulation: how each is drawn, and what its results must say. A module more is a class more."""

from __future__ import annotations

import random
import re
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone

from .history import EPSILON, NAMES, SERVER, Broken, History, Kind, One

SOURCE, REPOSITORY = "TPL Gold", "Default Backup Repository"
_JOB_NAME = re.compile(rb'(?:<JobName>|"JobName":\s*")([^<"]+)')


class Clone(Kind):
    """veeam_job_clone: one clone, or a list."""

    module = veeam_job_clone.MODULE

    @staticmethod
    def once(request: Request) -> str | None:
        if request.method != "POST" or "action=clone" not in request.path:
            return None
        found = _JOB_NAME.search(request.body or b"")
        assert found is not None, request.body
        return "the clone %s" % found.group(1).decode()

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {"source_job": SOURCE, "repository": REPOSITORY, "backup_server": SERVER}
        own["on_timeout"] = source.choice(("fail", "fail", "cancel"))
        if source.random() < 0.4:
            return {**own, "name": source.choice(NAMES)}
        names = source.sample(NAMES, source.choice((1, 2, 3)))
        return {**own, "clones": [{"name": name} for name in names], "max_parallel": source.choice((1, 2, 4))}

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
            raise Broken("absence", "%s: %s" % (one.name, one.result["msg"]))
        if one.plan.check_mode:
            return
        for name, item in self.items(one).items():
            msg = item["msg"]
            if not item["failed"]:
                self._made(history, one, name, item)
            elif item["job_href"] is not None:
                raise Broken("outcome", "%s failed and has an href: %s" % (name, item))
            elif item["changed"]:
                if not ("may still appear" in msg or "elete" in msg):
                    raise Broken("outcome", "%s: does not say that it is open: %s" % (name, msg))
                if "no job of that name was found" in msg:
                    self._patient(one, name, msg)
            elif not re.search("othing was created|could not be read|[Tt]here are . jobs", msg):
                raise Broken("outcome", "%s: does not say that nothing was created: %s" % (name, msg))

    def _patient(self, one: One, name: str, msg: str) -> None:
        """Where nothing but time can tell, it is all used."""
        assert one.playing.began is not None and one.playing.ended_at is not None
        chosen = one.run.chosen
        if one.playing.ended_at - one.playing.began < chosen.wait_timeout - chosen.waiting.poll_interval - EPSILON:
            raise Broken("patience", "%s is given up too early: %s" % (name, msg))

    def _made(self, history: History, one: One, name: str, item: dict[str, Any]) -> None:
        job = item["job"]
        if job is None:
            raise Broken("outcome", "%s succeeded without a job: %s" % (name, item))
        was = [change for change in history.em.history(job["id"]) if change.exists]
        there = [view for view in history.em.jobs() if view.id == job["id"]]
        names = {change.name for change in was} | {view.name for view in there}
        if name not in names:
            raise Broken("made", "%s: the job %s never bore that name, but %s" % (name, job["id"], sorted(names)))
        if item["changed"] and not any(sent.request.method == "POST" and self.once(sent.request) for sent in one.sent):
            raise Broken("made", "%s: changed, and no clone was sent" % name)

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
                raise Broken("once", "%s made %s twice" % (one.name, name))
            if item["failed"] and not item["changed"] and ids and "could not be read" not in item["msg"]:
                raise Broken(
                    "nothing", "%s says that nothing was made of %s, but it was: %s" % (one.name, name, item["msg"])
                )
            # Where an answer was lost, a job of the name may be that of somebody else who was faster.
            alone = len(history.plan.runs) == 1 and not history.plan.console
            if alone and not item["failed"] and item["changed"] and ids and item["job"]["id"] not in ids:
                raise Broken("made", "%s: another job than the one that was made: %s" % (name, item["msg"]))

    def judge_clean(self, history: History, one: One) -> None:
        for name in self.names(one):
            there = history.em.jobs(name=name, server=SERVER)
            item = self.items(one).get(name)
            if len(there) > 1:
                if item is None or not item["failed"] or not all(job.id in item["msg"] for job in there):
                    raise Broken("converges", "%s is there %d times, and: %s" % (name, len(there), item))
                continue
            if item is None or item["failed"]:
                raise Broken("converges", "%s: %s" % (name, one.result["msg"]))
            if len(there) != 1:
                raise Broken("converges", "%s is not there: %s" % (name, item["msg"]))


KINDS: dict[str, Kind] = {"veeam_job_clone": Clone()}
