# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_failover_plan as a flow: find the plan, send its start or undo once, and look at its machines.

A plan's task has no link to what it starts, so the restore sessions of its machines are looked for (EM reference:
post_failoverplans_id_start, post_failoverplans_id_undo).
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import moments, order, tree, wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._em.task import FAILED as TASK_FAILED
from .._em.task import SUCCEEDED, Task, read_tasks
from .._em.tree import FLAG, Field
from .._http.effects import Flow
from .._http.errors import ExchangeError, NotFound, VeeamError
from .._http.retry import POLL, READ
from .._machine.running import read_running
from .._module import render
from .._module.run import Failure, Run
from .._resources import restore_session
from .._resources.backup_server import name_missing_servers
from .._resources.failover_plan import FAILOVER_PLAN, FailoverPlan
from .._resources.follow_session import LAG, SOON
from .._resources.restore_session import RestoreSession
from . import plan as plans
from .options import FAIL, STARTED, Settings
from .plan import DONE, FAILED, RUNNING, UNKNOWN, Outcome

#: Seconds after which a logon session that was renewed may be renewed again: a wait may outlive many of them.
RENEW_AGAIN_AFTER = 60.0
OPERATIONS = {"start": "StartFailoverPlan", "undo": "UndoFailoverPlan"}
_EMPTY: dict[str, t.Any] = {"failover_plan": None, "machines": []}


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent."""
    if not names:
        return "Nothing was started or undone."
    return f"The request for failover plan {quoted(names[0])} was already sent; what it began goes on."


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of a run."""
    own = {**_EMPTY, **error.result()}
    if isinstance(error, ExchangeError):
        own["msg"] += " Nothing was started or undone."
    own.setdefault("retries", retries)
    return Failure(own)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """One run."""
    run.session.renew_again_after = RENEW_AGAIN_AFTER
    result = yield from run.logged_on(_Plan(run).run())
    return {**result, "retries": run.retries}


class _Plan:
    """One plan on its way."""

    def __init__(self, run: Run) -> None:
        self.em: EnterpriseManager = run.em
        self.chosen: Settings = run.chosen
        self.check_mode = run.check_mode
        self.deadline = run.deadline
        self.url = self.chosen.connection.endpoint.url

    def run(self) -> Flow[dict[str, t.Any]]:
        wanted = self.chosen.plan
        if wanted.id is not None:
            found = yield from self.em.referred(FAILOVER_PLAN, [wanted], self.deadline)
            known = found.items
        else:
            known = yield from self.em.all(FAILOVER_PLAN, self.deadline)
        try:
            plan = plans.the_one(wanted, self.chosen.server, known)
        except NotFound as error:
            (told,) = yield from name_missing_servers(self.em, [error], [(self.chosen.server, "")], self.deadline)
            raise told from error
        if self.chosen.state == STARTED:
            return (yield from self._start(plan))
        return (yield from self._undo(plan))

    def _words(self, plan: FailoverPlan, outcomes: t.Sequence[Outcome] = ()) -> dict[str, t.Any]:
        return {
            "failover_plan": render.failover_plan(self.url, plan),
            "machines": [
                {
                    "name": item.machine.display_name,
                    "ref": item.machine.ref,
                    "status": item.status,
                    "session": render.restore_session(self.url, item.session) if item.session is not None else None,
                }
                for item in outcomes
            ],
        }

    # -- start -----------------------------------------------------------------------------------------------------

    def _start(self, plan: FailoverPlan) -> Flow[dict[str, t.Any]]:
        title = quoted(plan.name)
        if not plan.machines:
            raise VeeamError(f"plan: failover plan {title} has no machines, so nothing was started.")
        running = yield from read_running(self.em, self.deadline)
        under_way = {
            machine: session
            for machine in plan.machines
            for session in running
            if plans.may_be_of(session, machine, plan)
        }
        if under_way:
            names = ", ".join(quoted(machine.display_name) for machine in under_way)
            if any(restore_session.is_failover(session) is None for session in under_way.values()):
                raise OrderFailed(
                    f"Failovers or restores of {names} are under way, and Enterprise Manager does not say which of the "
                    f"two; failover plan {title} was not started. Wait for their end.",
                    changed=False,
                    cause=None,
                    **self._words(plan),
                )
            if self.chosen.if_running == FAIL:
                raise OrderFailed(
                    f"Failovers of {names} are under way already; failover plan {title} was not started, as if_running "
                    "asks.",
                    changed=False,
                    cause=None,
                    **self._words(plan),
                )
            msg = f"Failovers of {names} were under way already, so failover plan {title} was not started."
            if self.check_mode or not self.chosen.waiting.wait:
                return {"changed": False, "msg": msg, **self._words(plan)}
            joined: dict[str, RestoreSession | None] = {
                machine.display_name: session for machine, session in under_way.items()
            }
            outcomes = yield from self._follow(plan, joined, {}, only=set(joined))
            return self._judged(
                plan, outcomes, changed=False, msg=f"{msg} The task waited for their end.", trouble=None
            )
        as_of = f" using the newest points before {moments.write(self.chosen.as_of)}" if self.chosen.as_of else ""
        if self.check_mode:
            names = ", ".join(quoted(machine.display_name) for machine in plan.machines)
            return {"changed": True, "msg": f"Would start failover plan {title}{as_of}: {names}.", **self._words(plan)}
        before: dict[str, set[str]] = {}
        for machine in plan.machines:
            seen: set[str] = set()
            for name in dict.fromkeys((machine.display_name, machine.name)):
                sessions = yield from restore_session.of_machine(self.em, name, self.deadline)
                seen.update(session.id for session in sessions)
            before[machine.display_name] = seen
        trouble = yield from self._send(plan, "start", self._body())
        if not self.chosen.waiting.wait:
            msg = f"Failover plan {title} was started{as_of}; the task did not wait for their end."
            if trouble is not None:
                raise self._failed(
                    plan,
                    f"Whether failover plan {title} was started is not known: {trouble.reason}. Look at the backup "
                    "console before you run the task again.",
                    trouble,
                )
            return {"changed": True, "msg": msg, **self._words(plan)}
        outcomes = yield from self._follow(plan, {}, before)
        return self._judged(
            plan,
            outcomes,
            changed=True,
            msg=f"Failed over the machines of failover plan {title}{as_of}.",
            trouble=trouble,
        )

    def _body(self) -> bytes:
        """One of the two, never both (EM reference: post_failoverplans_id_start)."""
        fields = [Field("StartNow", FLAG), Field("StartDate")]
        value: dict[str, t.Any] = {"StartNow": True}
        if self.chosen.as_of is not None:
            value = {"StartDate": moments.write(self.chosen.as_of)}
        return tree.write("FailoverPlanManagementSpec", value, fields, self.em.media_type)

    def _failed(self, plan: FailoverPlan, sentence: str, cause: t.Any, changed: bool = True) -> OrderFailed:
        return OrderFailed(sentence, changed, cause, **self._words(plan))

    def _send(self, plan: FailoverPlan, action: str, body: bytes | None) -> Flow[ExchangeError | None]:
        """Send it, once. Returns why it is not known what became of it, None where the server has taken it."""
        em, title = self.em, f"failover plan {quoted(plan.name)}"
        before = yield from self._earlier_tasks()
        until = self.deadline - wait.last_look(self.chosen.waiting.wait_timeout)
        request = em.order("POST", f"{plan.path}?action={action}", plan.name, until, body)
        sent = yield from order.send(em, request, self.deadline)
        if isinstance(sent, order.Unaccepted):
            if sent.how == order.UNANSWERED:
                return (yield from self._own_task(plan, action, before, sent.error))
            why = sent.locked_out.msg if sent.locked_out is not None else sent.error.msg
            verb = "was not sent" if sent.how == order.NOT_SENT else "was refused"
            again = " It is sent only once: run the task again." if sent.how == order.EXPIRED else ""
            sentence = f"The request to {action} {title} {verb}; nothing was changed: {why}{again}"
            raise self._failed(plan, sentence, sent.error, changed=False) from sent.error
        return (yield from self._task(plan, action, sent.task, sent.token))

    def _task(self, plan: FailoverPlan, action: str, task: Task, token: str | None) -> Flow[ExchangeError | None]:
        em = self.em
        patience = tasks.Patience(min(self.deadline, em.clock() + LAG), min(SOON, self.chosen.waiting.poll_interval))
        followed = yield from tasks.follow(em, task, patience, token)
        if followed.how == TASK_FAILED:
            said = order.reason_of(followed.task).rstrip(".")
            sentence = (
                f"The request to {action} failover plan {quoted(plan.name)} was refused; nothing was changed: {said}."
            )
            raise self._failed(plan, sentence, order.failure_of(followed.task), changed=False)
        if followed.how == SUCCEEDED:
            return None
        if followed.trouble is not None:
            return followed.trouble
        return ExchangeError(f"{task.id} did not say how it ended", f"GET {task.path}", None)

    def _earlier_tasks(self) -> Flow[set[str]]:
        """Ids of the tasks that a logon session which this task did not open has had so far."""
        if self.chosen.connection.credentials.session_id is None:
            return set()
        listed = yield from self.em.get("/api/tasks", self.deadline, READ, read_tasks)
        return {task.id for task in listed}

    def _own_task(
        self, plan: FailoverPlan, action: str, before: t.Collection[str], lost: ExchangeError
    ) -> Flow[ExchangeError | None]:
        """After a lost answer: a new task of this kind that this logon session has is the one that was sent."""

        def look() -> Flow[Task | None]:
            listed = yield from self.em.get("/api/tasks", self.deadline, POLL, read_tasks, renew=False)
            new = [task for task in listed if task.operation == OPERATIONS[action] and task.id not in before]
            return new[0] if new else None

        token = self.em.token
        until = min(self.deadline, self.em.clock() + wait.grace(SOON))
        waited = yield from wait.until_shown(self.em.clock, look, until, min(SOON, self.chosen.waiting.poll_interval))
        if waited.value is None:
            return lost
        return (yield from self._task(plan, action, waited.value, token))

    # -- what became of the machines ---------------------------------------------------------------------------------

    def _follow(
        self,
        plan: FailoverPlan,
        known: dict[str, RestoreSession | None],
        before: t.Mapping[str, t.Collection[str]],
        only: t.Collection[str] | None = None,
    ) -> Flow[list[Outcome]]:
        """Look at the sessions of the machines until all have ended, or nothing more is to be learned.

        only: the names of those that are waited for; None for all.
        """
        em, accept = self.em, self.chosen.waiting.accept
        wanted = [machine for machine in plan.machines if only is None or machine.display_name in only]
        shows_until = min(self.deadline, em.clock() + LAG)

        def look() -> Flow[list[Outcome] | None]:
            for machine in wanted:
                name = machine.display_name
                seen = known.get(name)
                if seen is not None and seen.has_ended and seen.result is not None:
                    continue
                if seen is not None:
                    known[name] = yield from restore_session.one(em, seen.id, self._look_until(), POLL)
                    continue
                for called in dict.fromkeys((machine.display_name, machine.name)):
                    found = yield from restore_session.of_machine(em, called, self._look_until(), POLL)
                    new = [
                        session
                        for session in found
                        if session.id not in before.get(name, ()) and plans.may_be_of(session, machine, plan)
                    ]
                    if new:
                        known[name] = new[0]
                        break
            outcomes = [plans.outcome(machine, known.get(machine.display_name), accept) for machine in wanted]
            open_ones = [item for item in outcomes if item.status in (RUNNING, UNKNOWN)]
            shown_by_now = em.clock() >= shows_until and all(item.status == UNKNOWN for item in open_ones)
            return outcomes if not open_ones or shown_by_now else None

        waited = yield from wait.until_shown(
            em.clock, look, self.deadline, self.chosen.waiting.poll_interval, wait.TO_END
        )
        if waited.value is not None:
            return t.cast("list[Outcome]", waited.value)
        return [plans.outcome(machine, known.get(machine.display_name), accept) for machine in wanted]

    def _look_until(self) -> float:
        return max(self.deadline, self.em.clock() + SOON)

    def _judged(
        self, plan: FailoverPlan, outcomes: list[Outcome], changed: bool, msg: str, trouble: ExchangeError | None
    ) -> dict[str, t.Any]:
        """The result. Raises OrderFailed unless every machine is failed over."""
        words = self._words(plan, outcomes)
        if all(item.status == DONE for item in outcomes):
            return {"changed": changed, "msg": msg, **words}
        phrases = {
            FAILED: ("failed", " (Enterprise Manager gives no reason; the backup console does)"),
            RUNNING: ("still running", ""),
            UNKNOWN: ("no session has shown up", ", so what became of them is not known"),
        }
        parts = []
        for status, (before, after) in phrases.items():
            names = [quoted(item.machine.display_name) for item in outcomes if item.status == status]
            if names:
                parts.append(f"{before}: {', '.join(names)}{after}")
        met = f" What became of the request is not known ({trouble.reason})." if trouble is not None else ""
        sentence = f"Not every machine of failover plan {quoted(plan.name)} is failed over; {'; '.join(parts)}.{met}"
        raise OrderFailed(sentence, changed, trouble, **words)

    # -- undo --------------------------------------------------------------------------------------------------------

    def _undo(self, plan: FailoverPlan) -> Flow[dict[str, t.Any]]:
        title = f"failover plan {quoted(plan.name)}"
        if self.check_mode:
            return {"changed": True, "msg": f"Would undo {title}.", **self._words(plan)}
        trouble = yield from self._send(plan, "undo", None)
        if trouble is not None:
            sentence = (
                f"The request to undo {title} was sent, but what became of it is not known: {trouble.reason}. Look at "
                "the backup console before you run the task again."
            )
            raise self._failed(plan, sentence, trouble)
        return {"changed": True, "msg": f"The undo of {title} was carried out.", **self._words(plan)}
