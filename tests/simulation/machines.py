# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that back up, bring back and fail over machines, in the simulation.

What they did is told by what happened to the machines (`Emulator.machine_history`), never by their own words.
"""

from __future__ import annotations

import copy
import functools
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request
from ansible_collections.backupops.veeam.plugins.module_utils._module.times import duration
from ansible_collections.backupops.veeam.plugins.modules import (
    veeam_failover_plan,
    veeam_failover_plan_info,
    veeam_quick_backup,
    veeam_replica_failover,
    veeam_restore_point_info,
    veeam_vm_restore,
)
from helpers.names import ODD
from veeam_em_emulator import Emulator
from veeam_em_emulator.estate.state_file import read_state

from .history import SERVER, Broken, History, Kind, One, RunPlan, Sent, Trouble, is_logon
from .outcomes import was_refused

ROOT, TWIN = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"
OTHER_SERVER = "vbr02.example.test"
#: The machines that tasks name, with what tells each from all others in its references. The first two are in one job.
#: The names of two may be misread in a filter, or cannot stand in one; the last one is one of Hyper-V.
OWN = {
    "app01": "vm-4713",
    "file01": "vm-4731",
    "web02": "vm-4712",
    ODD[0]: "vm-4732",
    ODD[1]: "vm-4733",
    "hv01": "6f1c2a3b-9d54-4b0e-8a77-2c41d0e9b853",
}
JOB_OF = {
    "app01": "Nightly",
    "file01": "Nightly",
    "web02": "TPL Silver",
    ODD[0]: "Odd",
    ODD[1]: "Odd",
    "hv01": "TPL Hyper-V",
}
#: Machines that are replicated, with what tells each from all others, and the job; and the failover plans.
REPLICA_OWN = {"web01": "vm-4711", "app01": "vm-4713", "db01": "vm-4714"}
REPLICATED = {"web01": "TPL Replica", "app01": "DR Replica", "db01": "DR Replica"}
PLANS = {"DR Web": ("web01",), "DR Two": ("app01", "db01")}
SERVER_OF = {name: OTHER_SERVER if name == "hv01" else SERVER for name in OWN}


@functools.lru_cache(maxsize=1)
def estate() -> Mapping[str, Any]:
    """What the emulator ships, and more machines with restore points, replicas and a failover plan of two of them."""
    _state, shipped = read_state(None, "13")
    document = copy.deepcopy(dict(shipped))
    for root in document["hierarchy_roots"]:
        if root["id"] in (ROOT, TWIN):
            root["objects"] += [
                {"name": name, "ref": f"urn:VMware:Vm:{root['id']}.{OWN[name]}"} for name in ("file01", *ODD[:2])
            ]
    common = {"backup_server": SERVER, "platform": "VMware"}
    repository = {"repository": "Default Backup Repository"}
    document["jobs"] += [
        {"name": "Nightly", "type": "Backup", **common, **repository, "objects": ["app01", "file01"]},
        {"name": "Odd", "type": "Backup", **common, **repository, "objects": list(ODD[:2])},
        {"name": "DR Replica", "type": "Replica", **common, "vm_suffix": "_dr", "objects": ["app01", "db01"]},
    ]
    document["sessions"] = [
        {"job": job, "backup_server": server, "at": at, "length": "900s", "days": 3}
        for job, server, at in (
            ("Nightly", SERVER, "21:00"),
            ("Odd", SERVER, "21:30"),
            ("DR Replica", SERVER, "03:00"),
            ("TPL Replica", SERVER, "01:00"),
            ("TPL Silver", SERVER, "22:00"),
            ("TPL Hyper-V", OTHER_SERVER, "23:00"),
        )
    ]
    document["failover_plans"] += [{"name": "DR Two", "backup_server": SERVER, "machines": ["app01", "db01"]}]
    return document


def own_part(ref: str | None) -> str:
    """What tells a machine from all others, whichever backup server wrote the reference."""
    return (ref or "").partition(".")[2].lower()


class OfMachines(Kind):
    """What these modules have in common.

    plural: the option of the list form. starts: events that say that something has begun, which is as good as done.
    """

    estate = staticmethod(estate)
    # As in runs of jobs: a wait may outlive many logon sessions.
    logons = 12000
    plural: str
    starts: tuple[str, ...]
    machines: tuple[str, ...] = tuple(OWN)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def named(self, source: random.Random, name: str) -> str:
        """The machine by its name, or by a reference: that of either backup server."""
        if name == "hv01" or source.random() < 0.7:
            return name
        return f"urn:VMware:Vm:{source.choice((ROOT, TWIN))}.{OWN[name]}"

    def waits(self, source: random.Random) -> dict[str, Any]:
        return {
            "wait": source.choice((True, True, True, False)),
            "wait_timeout": source.choice((60.0, 3600.0, 3600.0)),
            "poll_interval": source.choice((10.0, 30.0)),
        }

    def server(self, source: random.Random) -> dict[str, Any]:
        return {
            "length": source.choice(("0.5s", "5s", "40s", "100s", "2")),
            "run_length": source.choice(("0.5s", "5s", "40s", "100s", "2")),
            "result": source.choice(("Success", "Success", "Success", "Warning", "Failed")),
            "running": source.random() < 0.2,
            "broken": source.random() < 0.7,
        }

    def prepare(self, em: Emulator, plan: RunPlan) -> None:
        server = plan.server
        for name in {**OWN, **REPLICA_OWN}:
            em.plan_restores(machine=name, always={"length": server["length"], "result": server["result"]})
        for name, job in JOB_OF.items():
            always = {"length": server["run_length"], "result": server["result"]}
            em.plan_runs(job, always=always, server=SERVER_OF[name])
        if server["broken"]:
            for machine in em.machines():
                if machine.exists and own_part(machine.ref) in OWN.values() and machine.data == "original":
                    em.hypervisor.break_machine(machine.ref)
        name = next(name for name in self.machines if name in JOB_OF)
        if server["running"] and not any(view.ended is None for view in em.sessions(JOB_OF[name])):
            em.start_run(JOB_OF[name], server=SERVER)

    def switches(self, source: random.Random) -> dict[str, Any]:
        late = source.choice(("0", "2", "1.5s", "8s"))
        refused = ("task_failed", "http_400", "http_500", "accepted")
        return {
            "start_link": source.choice(("absent", "named", "present")),
            "show_session_after": source.choice(("0", "1.5s", "8s")),
            "show_restore_session_after": source.choice(("0", "1.5s", "8s")),
            "session_lag": source.choice((0.0, 0.0, 2.0)),
            "point_ready_after": late,
            "show_point_after": source.choice(("0", late, "refresh")),
            "unfinished_points": source.choice(("shown", "hidden")),
            "restored_ref": source.choice(("present", "absent")),
            "second_restore": source.choice((*refused, "session_failed")),
            "quick_backup_running_job": source.choice((*refused, "session_failed")),
            "kept_machine_name": source.choice(("suffix", "same", "stamped")),
            "failed_restore_leaves": source.choice(("original", "broken")),
            "keep_original_before_13": source.choice(("ignored", "refused", "honoured")),
            "undocumented_fields": source.choice(("answered", "ignored", "refused")),
            "filter_reserved": source.choice(("literal", "misparsed", "refused")),
            "failover_session_type": source.choice(("RestoreVm", "null", "other")),
            "failover_session_link": source.choice(("present", "absent")),
            "failover_again": source.choice((*refused, "session_failed")),
            "busy_failover_plan": source.choice(refused),
            "idle_plan_undo": source.choice(("accepted", "task_failed")),
            "replica_point_name": source.choice(("source", "replica")),
        }

    def console(self, source: random.Random) -> tuple[str, dict[str, Any]]:
        name = source.choice([name for name in self.machines if name in JOB_OF])
        job = {"job": JOB_OF[name], "server": SERVER_OF[name]}
        what = source.choice(("start_run", "start_run", "start_restore", "start_restore", "rename", "register_anew",
                              "delete", "break_machine", "retain"))  # fmt: skip
        if what == "start_run":
            return what, job
        if what == "retain":
            # What the next run makes pushes all others out.
            return "edit_job", {
                "job": JOB_OF[name],
                "backup_server": SERVER_OF[name],
                "retention": {"RetainLimitType": "Cycles", "RetainCycles": 1, "RetainDaysToKeep": 1},
                "then": "start_run",
            }
        if what == "start_restore":
            return what, {"machine": name, "nth": source.choice((-1, -1, -2)), "keep": source.random() < 0.4}
        return what, {"machine": OWN[name], **({"name": f"{name} old"} if what == "rename" else {})}

    def trouble(self, source: random.Random, options: dict[str, Any]) -> Trouble:
        """The answer to what was ordered is lost, or never comes, and somebody else does the like."""
        kinds = ("reset_before", "reset_after", "reset_after", "empty", "stall")
        lost = {"fault": source.choice(kinds), "method": "POST", "path": r"action=", "on": 1, "count": 1}
        late = {name: self.switches(source)[name] for name in source.sample(sorted(self.switches(source)), 3)}
        name = self.called(source.choice(self.items_of(options)))
        if name not in OWN or source.random() < 0.4:
            return Trouble(late, (lost,))
        other = ("start_restore", {"machine": name, "nth": source.choice((-1, -2, -2)), "keep": False})
        run = ("start_run", {"job": JOB_OF[name], "server": SERVER_OF[name]})
        return Trouble(late, (lost,), ((source.uniform(0.1, 5), *source.choice((other, other, run))),))

    def rival(self, source: random.Random, options: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        name = self.called(source.choice(self.items_of(options)))
        if name not in OWN:
            return None
        return source.choice(
            (
                ("start_run", {"job": JOB_OF[name], "server": SERVER_OF[name]}),
                ("start_restore", {"machine": name, "nth": source.choice((-1, -2)), "keep": False}),
            )
        )

    # -- what was asked for ------------------------------------------------------------------------------------------

    def items_of(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        """The items of a task, each with what it takes from the top."""
        many = options.get(self.plural)
        if many is None:
            return [options]
        return [{**options, **(item if isinstance(item, dict) else {"machine": item})} for item in many]

    def count(self, one: One) -> int:
        return len(self.items_of(one.plan.options))

    def called(self, item: dict[str, Any]) -> str:
        """The name of the machine that an item is about."""
        text = item.get("machine") or item.get("of", "")
        return next((name for name, own in {**OWN, **REPLICA_OWN}.items() if own == own_part(text)), text)

    def results(self, one: One) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Each item, and its part of the result; none where the whole run failed before any of them."""
        items, result = self.items_of(one.plan.options), one.result
        if one.plan.options.get(self.plural) is None:
            return [(items[0], {"failed": False, **result})]
        return list(zip(items, result["results"], strict=True)) if "results" in result else []

    # -- all the time --------------------------------------------------------------------------------------------------

    def begun(self, history: History, one: One) -> None:
        one.notes.update(points={point.id: point for point in history.em.points()}, began=history.em.clock.utc())
        one.notes["logged"] = len(history.em.world.machines.events)

    def new_events(self, history: History, one: One) -> list[Any]:
        """What became of machines by requests of this run since this was asked last."""
        history.em.world.tick()
        events = history.em.world.machines.events
        new, one.looked_at = events[one.looked_at :], len(events)
        mine = one.numbers if new else set()
        own = [event for event in new if event.by in mine]
        one.notes.setdefault("events", []).extend(own)
        return own

    def own_events(self, history: History, one: One, name: str | None = None) -> list[Any]:
        """All of them, or those that are about the machine of that name."""
        self.new_events(history, one)
        found = one.notes.get("events", [])
        return found if name is None else [event for event in found if self.is_about(event, name)]

    def is_about(self, event: Any, name: str) -> bool:
        return own_part(event.ref) == OWN.get(name) or event.name == name

    def moment(self, history: History, one: One) -> None:
        sent = one.sent[-1]
        self.listens(history, one, sent)
        writes = sent.request.method != "GET" and not is_logon(sent.request)
        if writes and not sent.request.path.startswith("/api/sessionMngr"):
            if one.plan.check_mode:
                raise Broken("check mode", f"{one.name} sent {sent.request.label}")
            if sent.entry is not None:
                there = {view.id for view in history.em.restore_sessions()}
                one.notes.setdefault("there", {})[sent.request.path] = there
                self.sends(history, one, sent)
        for event in self.new_events(history, one):
            self.happens(history, one, event)

    def listens(self, history: History, one: One, sent: Sent) -> None:
        """An answer that the run has got: what it knows of restores that run."""
        path = sent.request.path
        if sent.response is None or sent.response.status != 200:
            return
        if "type=RestoreSession" in path and "VmDisplayName" not in path:
            shown = [view for view in history.em.restore_sessions() if view.visible and view.state != "Stopped"]
            running = {(view.machine, view.point) for view in shown}
            one.notes.setdefault("looks", []).append((len(one.sent), running))
        elif "/vmRestorePoints/" in path:
            one.notes.setdefault("read", set()).add(path.partition("/vmRestorePoints/")[2].partition("?")[0])

    def looks(self, one: One, point: str) -> list[set[tuple[str, str | None]]]:
        """What the run knows to run: each time that it has asked since it has read this point for the last time. Which
        of the machines at work side by side has asked, nothing tells."""
        reads = [number for number, sent in enumerate(one.sent, 1) if f"/{point}?format" in sent.request.path]
        return [running for number, running in one.notes.get("looks", ()) if number > max(reads, default=0)]

    def sends(self, history: History, one: One, sent: Sent) -> None:
        """A request that changes something has arrived."""

    def happens(self, history: History, one: One, event: Any) -> None:
        """Something became of a machine by a request of this run."""
        if event.event in self.starts:
            done: Counter[str] = one.notes.setdefault("done", Counter())
            done[event.ref] += 1
            if done[event.ref] > 1:
                raise Broken("once", f"{one.name}: {event.event} of {event.name} for the second time")

    # -- the end -----------------------------------------------------------------------------------------------------

    def judge(self, history: History, one: One) -> None:
        if not one.plan.check_mode:
            for item, result in self.results(one):
                self.judge_item(history, one, item, result)

    def judge_item(self, history: History, one: One, item: dict[str, Any], result: dict[str, Any]) -> None:
        name, msg = self.called(item), result["msg"]
        own = self.orders_of(one, name)
        if result["changed"] and all(was_refused(one, sent) for sent in own):
            raise Broken("changed", f"{name}: nothing of it was accepted: {msg}")
        if not result["changed"] and self.began(history, one, name):
            raise Broken("changed", f"{name}: unchanged, and it was: {msg}")

    def began(self, history: History, one: One, name: str) -> list[Any]:
        """What of the machine has begun by requests of this run."""
        return [event for event in self.own_events(history, one, name) if event.event in self.starts]

    def orders_of(self, one: One, name: str) -> list[Sent]:
        """The requests that were to do something with the machine."""
        return [sent for sent in one.sent if self.once(sent.request) and self.is_order_of(one, sent, name)]

    def is_order_of(self, one: One, sent: Sent, name: str) -> bool:
        raise NotImplementedError

    def cannot_tell(self, one: One, name: str, session: str) -> bool:
        """Whether a session of somebody else may be taken for its own, that of the same point: it began since the
        order, and the logon session of the order is over, whose tasks alone would tell."""
        order = self.orders_of(one, name)[-1]
        since = itertools.dropwhile(lambda sent: sent is not order, one.sent)
        is_over = any(sent.request.path.startswith("/api/sessionMngr") for sent in since)
        return is_over and session not in one.notes["there"][order.request.path]

    def judge_settled(self, history: History, one: One) -> None:
        for item, result in self.results(one):
            name = self.called(item)
            if not one.plan.check_mode and not result["changed"] and self.began(history, one, name):
                raise Broken("changed", f"{name}: unchanged, and it was: {result['msg']}")

    def judge_stopped(self, history: History, one: One) -> None:
        """A run that a signal has ended."""
        began = [event for event in self.own_events(history, one) if event.event in self.starts]
        if began and not one.result["changed"]:
            raise Broken("changed", f"{one.name} was stopped, unchanged, and {began[0].event} {began[0].name}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        if predicted.notes.get("busy"):
            # What runs may end between the two.
            return
        foretold = [result["changed"] for _item, result in self.results(predicted)]
        done = [result["changed"] for _item, result in self.results(real)]
        if foretold != done:
            raise Broken("prediction", f"changed was foretold as {foretold}, and it was {done}: {real.result['msg']}")


def age_bound(text: Any) -> float | None:
    return float(duration("bound", text)) if text is not None else None


def seconds(text: str) -> float:
    value = moments.read(text)
    assert value is not None, text
    return value


def is_busy(history: History, names: Iterable[str]) -> bool:
    """Whether something is at work on one of these machines, shown by EM or not."""
    wanted = set(names)
    own = {{**OWN, **REPLICA_OWN}.get(name) for name in wanted}
    running = [view for view in history.em.restore_sessions() if view.ended is None]
    if any(view.machine in wanted or own_part(view.ref) in own for view in running):
        return True
    jobs = {JOB_OF.get(name) for name in wanted}
    if any(view.ended is None and view.job_name in jobs for view in history.em.sessions()):
        return True
    return any(not point.ready and point.machine in wanted for point in history.em.points())


#: What is said where no restore point could be restored, or shows: the newest may have pushed out all others by then.
NO_POINT = re.compile("can be restored( yet|; it has)|there is no restore point of machine")


def has_ready(history: History, one: One, name: str) -> bool:
    """Whether a point of the machine could be restored all the time: what can be by the end may have been written
    meanwhile, after retention had removed all others."""
    before = one.notes["points"]
    return any(point.id in before and before[point.id].ready for point in history.em.points(name))


def planned_to_fail(history: History) -> bool:
    """Whether the server has restores or runs fail; what was prepared last counts for all runs."""
    return any(plan.server.get("result") == "Failed" for plan in history.plan.runs)


class QuickBackup(OfMachines):
    """veeam_quick_backup: one machine, or a list of them, two of which one job backs up."""

    module = veeam_quick_backup.MODULE
    about_sessions = True
    plural = "machines"
    starts = ("backed_up",)
    _REF = re.compile(rb"urn:[A-Za-z]+:Vm:[^<\"]+")

    @staticmethod
    def once(request: Request) -> str | None:
        if request.method != "POST" or "action=quickbackup" not in request.path:
            return None
        found = QuickBackup._REF.search(request.body or b"")
        assert found is not None, request.body
        return f"the quick backup of {found.group().decode()}"

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {**self.waits(source), "if_running": source.choice(("wait", "wait", "fail"))}
        if source.random() < 0.6:
            own["not_older_than"] = source.choice(("30m", "30m", "2d", "9s"))
        if source.random() < 0.5:
            return {**own, "machine": self.named(source, source.choice(self.machines))}
        names = source.sample(self.machines, source.choice((1, 2, 2, 3)))
        return {**own, "machines": [self.named(source, name) for name in names], "max_parallel": source.choice((1, 4))}

    def turns(self, one: One) -> int:
        # Machines of one job go one after the other.
        return self.count(one)

    def begun(self, history: History, one: One) -> None:
        super().begun(history, one)
        names = [self.called(item) for item in self.items_of(one.plan.options)]
        one.notes["busy"] = is_busy(history, names)
        one.notes["sessions"] = {view.id for view in history.em.sessions(past=True)}

    def is_order_of(self, one: One, sent: Sent, name: str) -> bool:
        what = self.once(sent.request) or ""
        return own_part(what) == OWN.get(name)

    def sends(self, history: History, one: One, sent: Sent) -> None:
        """Not while there is a point that is new enough, or one is being written that will be."""
        bound = age_bound(one.plan.options.get("not_older_than"))
        if bound is None or self.once(sent.request) is None:
            return
        own, now = own_part(self.once(sent.request)), history.em.clock.utc().timestamp()
        there = {point.id for point in history.em.points()}
        for point in one.notes["points"].values():
            if own_part(point.ref) != own or point.id not in there or not self._is_meant(one, point):
                continue
            began = one.notes["began"].timestamp()
            if point.ready and now - seconds(point.created) <= bound:
                raise Broken("new enough", f"{one.name} backs {point.machine} up, with a point of {point.created}")
            if not point.ready and now - seconds(point.created) <= bound and now - began < 10 and bound > 60:
                raise Broken("taken up", f"{one.name} backs {point.machine} up, whose point is being written")

    def _is_meant(self, one: One, point: Any) -> bool:
        """A task that names the machine by its name finds what bears it."""
        texts = [item["machine"] for item in self.items_of(one.plan.options)]
        return point.machine in texts or any(text.startswith("urn:") and own_part(text) == own_part(point.ref)
                                             for text in texts)  # fmt: skip

    def judge_item(self, history: History, one: One, item: dict[str, Any], result: dict[str, Any]) -> None:
        super().judge_item(history, one, item, result)
        name, msg, point = self.called(item), result["msg"], result["restore_point"]
        bound = age_bound(item.get("not_older_than"))
        if point is not None:
            self._check_point(history, one, item, result, bound)
        session = result["session"]
        if session is not None:
            view = history.job_sessions().get(session["id"])
            refs = {own_part(machine.reference) for machine in view.machines} if view is not None else set()
            # One that stood in the way is that of its job.
            is_its = OWN[name] in refs if result["changed"] else view is not None and view.job_name == JOB_OF[name]
            if not is_its:
                raise Broken("session of a machine", f"{name}: {session} is none of its sessions: {msg}")
            mine = {event.session for event in self.began(history, one, name)}
            # After a lost answer a run that somebody else has begun meanwhile will do: it makes a point as well.
            others = "was found although" in msg and (history.plan.console or len(history.plan.runs) > 1)
            if result["changed"] and mine and session["id"] not in mine and not others:
                raise Broken("session of a machine", f"{name}: {session['id']}, and it was made in {mine}: {msg}")
        if result["failed"]:
            return
        waited = item["wait"] or not result["changed"]
        if waited and point is None:
            raise Broken("point", f"{name}: success without a point: {msg}")

    def _check_point(
        self, history: History, one: One, item: dict[str, Any], result: dict[str, Any], bound: float | None
    ) -> None:
        name, point, msg = self.called(item), result["restore_point"], result["msg"]
        if not point["ready"] or own_part(point["ref"]) != OWN[name]:
            raise Broken("point", f"{name}: {point}: {msg}")
        began, made = one.notes["began"].timestamp(), seconds(point["created"])
        before = one.notes["points"].get(point["id"])
        if result["changed"] and before is not None and before.ready:
            raise Broken("point", f"{name}: its point was there before: {point}: {msg}")
        if result["changed"] or bound is None:
            # The moments of points are whole seconds.
            if made < began - 1:
                raise Broken("point", f"{name}: its point is older than the task: {point}: {msg}")
        # So is what the server says of the time.
        elif began - made > bound + 1:
            raise Broken("point", f"{name}: its point is older than {bound:g} s: {point}: {msg}")

    def judge_clean(self, history: History, one: One) -> None:
        for item, result in self.results(one):
            name, msg = self.called(item), result["msg"]
            if not result["failed"]:
                continue
            if result["changed"] and (planned_to_fail(history) or one.notes["busy"] and "failed" in msg):
                continue
            if not self.may_fail(history, one, name, msg):
                raise Broken("converges", f"{name}: {msg}")
        if not self.results(one):
            raise Broken("converges", one.result["msg"])

    def may_fail(self, history: History, one: One, name: str, msg: str) -> bool:
        """Whether something is in the way that no second run removes."""
        # A refusal by HTTP 500 may be an answer that was lost.
        refused = re.search(r"refused the quick backup|is not known \(the server answered HTTP 500", msg)
        if "as if_running asks" in msg or one.notes["busy"] and refused:
            return True
        if NO_POINT.search(msg) and not has_ready(history, one, name):
            return True
        if planned_to_fail(history) and "ended" in msg:
            return True
        gone = [event.event for event in history.em.machine_history()
                if self.is_about(event, name) and event.by == "console"]  # fmt: skip
        if {"deleted", "registered_anew", "renamed"} & set(gone):
            return True
        return (
            "its restore point has not shown up" in msg and history.plan.switches.get("show_point_after") == "refresh"
        )


class Restore(OfMachines):
    """veeam_vm_restore: a machine, or several, in place or beside the original."""

    module = veeam_vm_restore.MODULE
    plural = "restores"
    starts = ("restore_started", "restored", "restored_beside", "restore_failed")
    _POINT = re.compile(r"/vmRestorePoints/([0-9a-f-]+)\?action=restore")

    @staticmethod
    def once(request: Request) -> str | None:
        found = Restore._POINT.search(request.path) if request.method == "POST" else None
        return f"the restore of point {found.group(1)}" if found else None

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {**self.waits(source), "if_running": source.choice(("join", "join", "fail"))}
        names = source.sample(self.machines, source.choice((1, 1, 2, 3)))
        items = [self._item(source, name) for name in names]
        if len(items) == 1 and source.random() < 0.6:
            return {**own, **items[0]}
        return {**own, "restores": items, "max_parallel": source.choice((1, 2, 4))}

    def _item(self, source: random.Random, name: str) -> dict[str, Any]:
        item: dict[str, Any] = {"original": source.choice(("keep", "replace", "replace"))}
        if source.random() < 0.2:
            # The point that the place in the list of the machine's points says, once there is an emulator.
            return {**item, "restore_point": source.choice((-1, -1, -2)), "of": name}
        item["machine"] = self.named(source, name)
        if source.random() < 0.2:
            item["created_before"] = source.choice(("2026-01-04T12:00:00Z", "2d"))
        if source.random() < 0.3:
            item["not_older_than"] = source.choice(("7d", "14h", "30m"))
        return item

    def resolved(self, history: History, options: dict[str, Any]) -> dict[str, Any]:
        if options.get("restores") is not None:
            return {**options, "restores": [self._resolved(history, item) for item in options["restores"]]}
        return self._resolved(history, options)

    def _resolved(self, history: History, item: dict[str, Any]) -> dict[str, Any]:
        place = item.get("restore_point")
        if not isinstance(place, int):
            return item
        known = history.notes.setdefault("points", {})
        if (item["of"], place) not in known:
            known[item["of"], place] = [point.id for point in history.em.points(item["of"])][place]
        return {**item, "restore_point": known[item["of"], place]}

    def begun(self, history: History, one: One) -> None:
        super().begun(history, one)
        names = [self.called(item) for item in self.items_of(one.plan.options)]
        one.notes["busy"] = is_busy(history, names)

    def is_order_of(self, one: One, sent: Sent, name: str) -> bool:
        found = self._POINT.search(sent.request.path)
        return found is not None and own_part(one.notes["all"].get(found.group(1), "")) == OWN.get(name)

    def asked(self, one: One, name: str) -> dict[str, Any] | None:
        return next((item for item in self.items_of(one.plan.options) if self.called(item) == name), None)

    def sends(self, history: History, one: One, sent: Sent) -> None:
        found = self._POINT.search(sent.request.path)
        if found is None:
            raise Broken("unasked", f"{one.name} sent {sent.request.label}")
        points = {point.id: point for point in history.em.points()}
        known = one.notes.setdefault("all", {})
        known.update((point.id, point.ref) for point in (*one.notes["points"].values(), *points.values()))
        identity = found.group(1)
        point = points.get(identity) or one.notes["points"].get(identity)
        if point is None:
            # It came and went meanwhile.
            return
        name = next(name for name, own in OWN.items() if own == own_part(point.ref))
        item = self.asked(one, name)
        if item is None:
            raise Broken("unasked", f"{one.name} restores {name}")
        if not point.ready:
            raise Broken("ready", f"{one.name} restores {name} from a point that is being written")
        if identity not in one.notes.get("read", ()):
            raise Broken("proved", f"{one.name} has not read the point of {name} before it restores it")
        self._check_age(history, one, item, point)
        if item.get("restore_point") is not None:
            if item["restore_point"] != identity:
                raise Broken("point", f"{one.name} restores {name} from another point than the one that is named")
        else:
            self._check_newest(one, item, point, points)
        looks = self.looks(one, identity)
        if not looks:
            raise Broken("joins", f"{one.name} has not asked which restores run before it restores {name}")
        if all(any(machine == point.machine for machine, _point in running) for running in looks):
            raise Broken("joins", f"{one.name} restores {name}, of which a restore runs")

    def _check_age(self, history: History, one: One, item: dict[str, Any], point: Any) -> None:
        bound, began = age_bound(item.get("not_older_than")), one.notes["began"].timestamp()
        if bound is not None and began - seconds(point.created) > bound + 1:
            raise Broken("age", f"{one.name} restores {point.machine} from {point.created}, older than {bound:g} s")

    def _check_newest(self, one: One, item: dict[str, Any], used: Any, now: Mapping[str, Any]) -> None:
        before = created_before(one, item)
        if before is not None and seconds(used.created) > before:
            raise Broken("newest", f"{one.name} restores from {used.created}, which is not before {before:g}")
        for point in one.notes["points"].values():
            fits = before is None or seconds(point.created) <= before - 60
            same = own_part(point.ref) == own_part(used.ref) and point.machine == used.machine
            if same and fits and point.ready and point.id in now and point.created > used.created:
                raise Broken("newest", f"{one.name} restores from {used.created}, and there is one of {point.created}")

    def happens(self, history: History, one: One, event: Any) -> None:
        if event.event == "restore_started":
            if event.detail == "in place":
                name = next((name for name, own in OWN.items() if own == own_part(event.ref)), event.name)
                item = self.asked(one, name)
                if item is None or item["original"] != "replace":
                    raise Broken("original", f"{one.name} replaces {name}, and was asked to keep it")
            done: Counter[str] = one.notes.setdefault("done", Counter())
            done[event.ref] += 1
            if done[event.ref] > 1:
                raise Broken("once", f"{one.name} restores {event.name} for the second time")

    def judge_item(self, history: History, one: One, item: dict[str, Any], result: dict[str, Any]) -> None:
        one.notes.setdefault("all", {})
        super().judge_item(history, one, item, result)
        name, msg, session = self.called(item), result["msg"], result["session"]
        view = None
        if session is not None:
            view = next((view for view in history.em.restore_sessions() if view.id == session["id"]), None)
            point = result["restore_point"]["id"]
            if view is None or view.point != point:
                raise Broken("session of a machine", f"{name}: {session['id']} is none of point {point}: {msg}")
            mine = {event.session for event in self.began(history, one, name)}
            others = result["changed"] and mine and session["id"] not in mine
            if others and not self.cannot_tell(one, name, session["id"]):
                raise Broken("session of a machine", f"{name}: {session['id']}, and its own is {mine}: {msg}")
        if result["failed"] or not item["wait"]:
            return
        if view is None or session["state"] != "Stopped" or view.result not in ("Success", "Warning"):
            raise Broken("done", f"{name}: success, and its session is {session}: {view}")
        if result["original"] != item["original"]:
            raise Broken("words", f"{name}: {result['original']}")

    def judge_clean(self, history: History, one: One) -> None:
        for item, result in self.results(one):
            name, msg = self.called(item), result["msg"]
            if not result["failed"] or self.may_fail(history, one, item, name, msg):
                continue
            if "is gone: retention may have removed it" in msg and self._is_gone(history, one, result):
                continue
            raise Broken("converges", f"{name}: {msg}")
        if not self.results(one):
            raise Broken("converges", one.result["msg"])

    def _is_gone(self, history: History, one: One, result: dict[str, Any]) -> bool:
        """Whether the point that was to be used was there when the run began, and is not any more."""
        proved = result["restore_point"]["id"]
        return proved in one.notes["points"] and all(point.id != proved for point in history.em.points())

    def may_fail(self, history: History, one: One, item: dict[str, Any], name: str, msg: str) -> bool:
        """Whether something is in the way that no second run removes."""
        if "as if_running asks" in msg or "keep needs Enterprise Manager 13" in msg:
            return True
        points = history.em.points(name)
        if item.get("restore_point") is not None and "there is no restore point with id" in msg:
            return all(point.id != item["restore_point"] for point in points)
        if "can be restored; it has" in msg and "created_before" in item:
            return True
        if NO_POINT.search(msg) and not has_ready(history, one, name):
            return True
        if "which is more than" in msg:
            return True
        if "is being restored from another restore point" in msg:
            return True
        # A restore whose session does not show yet is in the way too: the server refuses the next one, in either way.
        if one.notes["busy"] and re.search("was refused|failed|is not known", msg):
            return True
        if planned_to_fail(history) and "failed" in msg:
            return True
        gone = {event.event for event in history.em.machine_history()
                if self.is_about(event, name) and event.by == "console"}  # fmt: skip
        return bool({"deleted", "registered_anew", "renamed"} & gone)


class Failover(OfMachines):
    """veeam_replica_failover: a machine, or several, to a replica point."""

    module = veeam_replica_failover.MODULE
    plural = "failovers"
    starts = ("failed_over",)
    machines = tuple(REPLICATED)
    _POINT = re.compile(r"/vmReplicaPoints/([0-9a-f-]+)\?action=failover")

    @staticmethod
    def once(request: Request) -> str | None:
        found = Failover._POINT.search(request.path) if request.method == "POST" else None
        return f"the failover to point {found.group(1)}" if found else None

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {**self.waits(source), "if_running": source.choice(("join", "join", "fail"))}
        names = source.sample(self.machines, source.choice((1, 1, 2, 3)))
        items = [self._item(source, name) for name in names]
        if len(items) == 1 and source.random() < 0.6:
            return {**own, **items[0]}
        return {**own, "failovers": items, "max_parallel": source.choice((1, 2, 4))}

    def _item(self, source: random.Random, name: str) -> dict[str, Any]:
        item: dict[str, Any] = {"no_way_back": True}
        if source.random() < 0.2:
            return {**item, "replica_point": source.choice((-1, -2)), "of": name}
        item["machine"] = name
        if source.random() < 0.3:
            item["job"] = REPLICATED[name]
        if source.random() < 0.2:
            item["created_before"] = source.choice(("2026-01-04T12:00:00Z", "20h"))
        if source.random() < 0.3:
            item["not_older_than"] = source.choice(("7d", "8h", "30m"))
        return item

    def resolved(self, history: History, options: dict[str, Any]) -> dict[str, Any]:
        if options.get("failovers") is not None:
            return {**options, "failovers": [self._resolved(history, item) for item in options["failovers"]]}
        return self._resolved(history, options)

    def _resolved(self, history: History, item: dict[str, Any]) -> dict[str, Any]:
        place = item.get("replica_point")
        if not isinstance(place, int):
            return item
        known = history.notes.setdefault("replica points", {})
        if (item["of"], place) not in known:
            own = [point for point in replica_points(history) if point.machine.name == item["of"]]
            known[item["of"], place] = sorted(own, key=lambda point: point.created)[place].id
        return {**item, "replica_point": known[item["of"], place]}

    def begun(self, history: History, one: One) -> None:
        super().begun(history, one)
        one.notes["replica points"] = {point.id: point for point in replica_points(history)}
        one.notes["busy"] = is_busy(history, REPLICATED)

    def is_order_of(self, one: One, sent: Sent, name: str) -> bool:
        found = self._POINT.search(sent.request.path)
        point = one.notes.setdefault("all", {}).get(found.group(1)) if found is not None else None
        return point is not None and point.machine.name == name

    def sends(self, history: History, one: One, sent: Sent) -> None:
        found = self._POINT.search(sent.request.path)
        if found is None:
            raise Broken("unasked", f"{one.name} sent {sent.request.label}")
        now = {point.id: point for point in replica_points(history)}
        one.notes.setdefault("all", {}).update({**one.notes["replica points"], **now})
        point = one.notes["all"].get(found.group(1))
        if point is None:
            return
        name = point.machine.name
        item = next((item for item in self.items_of(one.plan.options) if self.called(item) == name), None)
        if item is None:
            raise Broken("unasked", f"{one.name} fails {name} over")
        began, created = one.notes["began"].timestamp(), point.created.timestamp()
        bound, before = age_bound(item.get("not_older_than")), created_before(one, item)
        if bound is not None and began - created > bound + 1:
            raise Broken("age", f"{one.name} fails {name} over to {point.created_text}, older than {bound:g} s")
        if item.get("replica_point") not in (None, point.id):
            raise Broken("point", f"{one.name} fails {name} over to another point than the one that is named")
        if item.get("replica_point") is None:
            if before is not None and created > before:
                raise Broken("newest", f"{one.name} fails {name} over to {point.created_text}")
            for other in one.notes["replica points"].values():
                fits = before is None or other.created.timestamp() <= before - 60
                if other.key == point.key and fits and other.id in now and other.created > point.created:
                    raise Broken("newest", f"{one.name} fails {name} over to {point.created_text}, not the newest")
        self.joins(one, self.looks(one, point.id), point.display_name, name)

    def joins(self, one: One, looks: list[set[tuple[str, str | None]]], *names: str) -> None:
        if not looks:
            raise Broken("joins", f"{one.name} has not asked which failovers run")
        if all(any(name in names and is_replica(one, point) for name, point in running) for running in looks):
            raise Broken("joins", f"{one.name} fails {names[-1]} over, of which a failover runs")

    def began(self, history: History, one: One, name: str) -> list[Any]:
        return [session for session in failovers_of(history, one) if name_of(session) == name]

    def happens(self, history: History, one: One, event: Any) -> None:
        super().happens(history, one, event)
        times = Counter(map(name_of, failovers_of(history, one)))
        twice = [name for name, count in times.items() if count > 1]
        if twice:
            raise Broken("once", f"{one.name} fails {twice[0]} over for the second time")

    def judge_item(self, history: History, one: One, item: dict[str, Any], result: dict[str, Any]) -> None:
        one.notes.setdefault("all", {})
        super().judge_item(history, one, item, result)
        name, msg, session = self.called(item), result["msg"], result["session"]
        view = shown_session(history, session)
        if session is not None:
            mine = {own.id for own in self.began(history, one, name)}
            same_point = view is not None and view.point == result["replica_point"]["id"]
            others = result["changed"] and mine and session["id"] not in mine
            others = others and not (same_point and self.cannot_tell(one, name, session["id"]))
            if view is None or view.machine not in (name, f"{name}_dr", f"{name}_replica") or others:
                raise Broken("session of a machine", f"{name}: {session['id']}, and its own is {mine}: {msg}")
        good = view is not None and session["state"] == "Stopped" and view.result in ("Success", "Warning")
        if not result["failed"] and item["wait"] and not good:
            raise Broken("done", f"{name}: success, and its session is {session}: {view}")

    def judge_clean(self, history: History, one: One) -> None:
        for item, result in self.results(one):
            name, msg = self.called(item), result["msg"]
            if not result["failed"] or "as if_running asks" in msg or "which is more than" in msg:
                continue
            over = any(event.event == "failed_over" and own_part(event.other) == REPLICA_OWN[name]
                       for event in history.em.machine_history())  # fmt: skip
            if over or planned_to_fail(history) or "there is no replica point" in msg:
                continue
            if one.notes["busy"] and re.search("was refused|failed|does not say which", msg):
                continue
            raise Broken("converges", f"{name}: {msg}")
        if not self.results(one):
            raise Broken("converges", one.result["msg"])


class FailoverPlan(Failover):
    """veeam_failover_plan: a plan started or undone."""

    module = veeam_failover_plan.MODULE
    starts = ("failed_over", "failover_undone")
    _ACTION = re.compile(r"/failoverPlans/[0-9a-f-]+\?action=(start|undo)$")

    @staticmethod
    def once(request: Request) -> str | None:
        found = FailoverPlan._ACTION.search(request.path) if request.method == "POST" else None
        return f"the {found.group(1)} of the plan" if found else None

    def options(self, source: random.Random) -> dict[str, Any]:
        state = source.choice(("started", "started", "started", "undone"))
        own = {**self.waits(source), "if_running": source.choice(("join", "join", "fail")), "state": state}
        if state == "started" and source.random() < 0.2:
            own["as_of"] = "2026-01-04T12:00:00Z"
        return {**own, "plan": source.choice(tuple(PLANS))}

    def resolved(self, history: History, options: dict[str, Any]) -> dict[str, Any]:
        return options

    def rival(self, source: random.Random, options: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        return "start_run", {"job": "DR Replica", "server": SERVER}

    def sends(self, history: History, one: One, sent: Sent) -> None:
        found = self._ACTION.search(sent.request.path)
        if found is None or found.group(1) != {"started": "start", "undone": "undo"}[one.plan.options["state"]]:
            raise Broken("unasked", f"{one.name} sent {sent.request.label}")
        if found.group(1) == "start":
            looks = [running for _number, running in one.notes.get("looks", ())]
            self.joins(one, looks[-1:], *PLANS[one.plan.options["plan"]])
            before = one.plan.options.get("as_of")
            if before is not None and before.encode() not in (sent.request.body or b""):
                raise Broken("age", f"{one.name} starts the plan to the newest points, and was asked for {before}")

    def orders_of(self, one: One, name: str) -> list[Sent]:
        return [sent for sent in one.sent if self.once(sent.request)]

    def judge(self, history: History, one: One) -> None:
        if one.plan.check_mode or one.result.get("failover_plan") is None:
            return
        result, msg = one.result, one.result["msg"]
        if result["changed"] and all(was_refused(one, sent) for sent in self.orders_of(one, "")):
            raise Broken("changed", f"nothing of it was accepted: {msg}")
        self.judge_settled(history, one)
        own = {session.id: name_of(session) for session in failovers_of(history, one)}
        for machine in result["machines"]:
            name, session = machine["name"], machine["session"]
            view = shown_session(history, session)
            mine = [identity for identity, called in own.items() if called == name]
            if session is not None and (view is None or name_of_view(view) != name):
                raise Broken("session of a machine", f"{name}: {session['id']}")
            # Nothing links a plan to its sessions: one of somebody else of the same moment cannot be told from them.
            alone = len(history.plan.runs) == 1 and not history.plan.console
            if alone and result["changed"] and session is not None and mine and session["id"] not in mine:
                raise Broken("session of a machine", f"{name}: {session['id']}, and its own is {mine}: {msg}")
            good = view is not None and view.ended is not None and view.result in ("Success", "Warning")
            if machine["status"] == "done" and not (good and session["state"] == "Stopped"):
                raise Broken("done", f"{name}: {machine}: {view}")
        waited = one.plan.options["wait"] and one.plan.options["state"] == "started"
        statuses = {machine["status"] for machine in result["machines"]}
        if not result.get("failed") and waited and statuses != {"done"}:
            raise Broken("done", f"success, and {statuses}: {msg}")

    def judge_settled(self, history: History, one: One) -> None:
        began = [*failovers_of(history, one), *self.own_events(history, one)]
        if began and not one.plan.check_mode and not one.result["changed"]:
            raise Broken("changed", f"{one.plan.options['plan']}: unchanged, and it was: {one.result['msg']}")

    def judge_prediction(self, predicted: One, real: One) -> None:
        if not predicted.notes["busy"] and predicted.result["changed"] != real.result["changed"]:
            raise Broken("prediction", f"changed: {predicted.result['changed']}, {real.result['changed']}")

    def judge_clean(self, history: History, one: One) -> None:
        result, msg = one.result, one.result["msg"]
        if not result.get("failed") or "as if_running asks" in msg or planned_to_fail(history):
            return
        over = any(event.event == "failed_over" for event in history.em.machine_history())
        refused = "was refused" in msg or "is not known: the server answered HTTP 500" in msg
        if one.notes["busy"] and "does not say which" in msg:
            return
        if over or refused and (one.notes["busy"] or one.plan.options["state"] == "undone"):
            return
        raise Broken("converges", msg)


def replica_points(history: History) -> list[Any]:
    """As the emulator has them."""
    with history.em.world.lock:
        history.em.world.runs.recall()
        history.em.world.tick()
        return list(history.em.world.failovers.replicas.points.values())


def is_replica(one: One, point: str | None) -> bool:
    """Whether a running session is of a failover. One without a link may be."""
    return point is None or point in one.notes["replica points"] or point in one.notes.get("all", {})


def failovers_of(history: History, one: One) -> list[Any]:
    """The sessions of failovers that requests of this run have begun."""
    mine = one.numbers
    return [session for session in history.em.world.restores.all.values() if session.cause.by in mine]


def name_of(session: Any) -> str:
    own = own_part(session.reference)
    return next((name for name, other in REPLICA_OWN.items() if other == own), session.machine)


def name_of_view(view: Any) -> str:
    own = own_part(view.ref)
    return next((name for name, other in REPLICA_OWN.items() if other == own), view.machine)


def shown_session(history: History, session: dict[str, Any] | None) -> Any:
    """The truth about the session of a result."""
    if session is None:
        return None
    return next((view for view in history.em.restore_sessions() if view.id == session["id"]), None)


def created_before(one: One, item: dict[str, Any]) -> float | None:
    """The latest moment that a point of the task may have; seconds since 1970."""
    text = item.get("created_before")
    if text is None:
        return None
    if text.endswith("Z"):
        return moments.read(text)
    # Somewhere in the run.
    return one.notes["began"].timestamp() - float(duration("bound", text)) + 60


class Points(OfMachines):
    """veeam_restore_point_info: of some machines, or of all."""

    module = veeam_restore_point_info.MODULE
    starts = ()

    def options(self, source: random.Random) -> dict[str, Any]:
        own: dict[str, Any] = {"ready": source.random() < 0.7}
        if source.random() < 0.7:
            names = source.sample(self.machines, source.choice((1, 2, 3)))
            own["machines"] = [self.named(source, name) for name in names]
        if source.random() < 0.4:
            own["newest"] = source.choice((1, 2))
        return own

    def items_of(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"machine": text} for text in options.get("machines") or self.machines]

    def sends(self, history: History, one: One, sent: Sent) -> None:
        raise Broken("unasked", f"{one.name} sent {sent.request.label}")

    def judge(self, history: History, one: One) -> None:
        if one.result.get("failed"):
            return
        options, found = one.plan.options, one.result["restore_points"]
        if one.result["changed"]:
            raise Broken("changed", f"{one.name}: {one.result['msg']}")
        there = {point.id: point for point in history.em.points()}
        before, listed = one.notes["points"], {point["id"] for point in found}
        for point in found:
            if point["id"] not in before and point["id"] not in there and point["id"] not in history.notes["ever"]:
                raise Broken("point", f"{one.name}: there was never a point {point['id']}")
            if options["ready"] and not point["ready"]:
                raise Broken("ready", f"{one.name}: {point}")
        wanted = [point for point in before.values() if point.id in there and (point.ready or not options["ready"])
                  and self._is_wanted(options, point)]  # fmt: skip
        for point in wanted:
            own = [other for other in found if own_part(other["ref"]) == own_part(point.ref)]
            newest = options.get("newest")
            if point.id in listed or newest and len(own) == newest and own[-1]["created"] >= point.created:
                continue
            raise Broken("complete", f"{one.name}: {point.machine} of {point.created} is missing")

    @staticmethod
    def _is_wanted(options: dict[str, Any], point: Any) -> bool:
        texts = options.get("machines")
        return texts is None or point.machine in texts or any(
            text.startswith("urn:") and own_part(text) == own_part(point.ref) for text in texts
        )  # fmt: skip

    def begun(self, history: History, one: One) -> None:
        super().begun(history, one)
        history.notes.setdefault("ever", set()).update(one.notes["points"])

    def moment(self, history: History, one: One) -> None:
        super().moment(history, one)
        history.notes["ever"].update(point.id for point in history.em.points())

    def judge_settled(self, history: History, one: One) -> None:
        """Nothing is changed."""

    def judge_stopped(self, history: History, one: One) -> None:
        """Nothing is changed."""

    def judge_prediction(self, predicted: One, real: One) -> None:
        """The same request."""

    def judge_clean(self, history: History, one: One) -> None:
        if one.result.get("failed"):
            raise Broken("converges", one.result["msg"])


class Plans(Kind):
    """veeam_failover_plan_info."""

    module = veeam_failover_plan_info.MODULE
    estate = staticmethod(estate)

    def options(self, source: random.Random) -> dict[str, Any]:
        return source.choice(({}, {"name": ["DR Two"]}, {"name": ["DR Web", "Nobody's"]}))

    def judge(self, history: History, one: One) -> None:
        if one.result.get("failed"):
            return
        names = one.plan.options.get("name")
        wanted = {name: list(machines) for name, machines in PLANS.items() if names is None or name in names}
        found = {plan["name"]: [machine["name"] for machine in plan["machines"]]
                 for plan in one.result["failover_plans"]}  # fmt: skip
        if found != wanted:
            raise Broken("complete", f"{one.name}: {found}")

    def judge_clean(self, history: History, one: One) -> None:
        if one.result.get("failed"):
            raise Broken("converges", one.result["msg"])


MACHINE_KINDS: dict[str, Kind] = {
    "veeam_quick_backup": QuickBackup(),
    "veeam_vm_restore": Restore(),
    "veeam_replica_failover": Failover(),
    "veeam_failover_plan": FailoverPlan(),
    "veeam_restore_point_info": Points(),
    "veeam_failover_plan_info": Plans(),
}
