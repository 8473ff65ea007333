# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes put into the client one at a time, and how long the simulation needs to find each: `make mutations`.

A mutation replaces one piece of text in one file of the client, in memory only; the process that plays with it ends
afterwards. A piece that is not there any more fails: then the mutation is to be written anew.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = "ansible_collections.backupops.veeam.plugins.module_utils."


class Mutation(NamedTuple):
    """file: below module_utils. old must be in it exactly once: test_mutations.py asks that.

    module: in whose histories it is looked for, where the folder does not say.
    """

    name: str
    file: str
    old: str
    new: str
    module: str = ""


MUTATIONS = (
    Mutation(
        "the clone is sent again after a lost answer",
        "_http/retry.py",
        'ONCE: Rule(frozenset(("not_sent",)), 3, last_counts=True)',
        'ONCE: Rule(frozenset(("not_sent", "no_answer")), 3, last_counts=True)',
    ),
    Mutation(
        "the clone is sent again after a 503",
        "_http/retry.py",
        'ONCE: Rule(frozenset(("not_sent",)), 3, last_counts=True)',
        'ONCE: Rule(frozenset(("not_sent", 503, 500)), 3, last_counts=True)',
    ),
    Mutation(
        "a refused password is tried again",
        "_http/retry.py",
        'LOGON: Rule(_SAFE & {"not_sent", "no_answer", 503}, 3, unbroken=True)',
        "LOGON: Rule(_SAFE | {401}, 3, unbroken=True)",
    ),
    Mutation(
        "one attempt at the logout",
        "_http/retry.py",
        "LOGOUT: Rule(None, 3, even_if_hopeless=True, fits_in=True, unbroken=True)",
        "LOGOUT: Rule(None, 1, even_if_hopeless=True, fits_in=True, unbroken=True)",
    ),
    Mutation(
        "a look-up that fails is not sent again",
        "_http/retry.py",
        "READ: Rule(_SAFE, 4)",
        "READ: Rule(_SAFE, 1)",
    ),
    Mutation(
        "the deadline of the retries is forgotten",
        "_http/retry.py",
        "if pause is None or pause >= left:",
        "if pause is None:",
    ),
    Mutation(
        "the deadline of an exchange is forgotten",
        "_http/transport.py",
        "left = min(self.timeout, self.deadline - self.clock())",
        "left = self.timeout",
    ),
    Mutation(
        "no logout after a failure",
        "_em/logon_session.py",
        """            yield from self.open()
            return (yield from flow)
        finally:
            yield from self.close()""",
        """            yield from self.open()
            result = yield from flow
        except Exception:
            raise
        yield from self.close()
        return result""",
    ),
    Mutation(
        "no logout when the run is stopped",
        "_http/moves.py",
        "before, self._shielded = self._shielded, self._shielded or effect.shielded",
        "before = self._shielded",
    ),
    Mutation(
        "the logon is broken off when the run is stopped",
        "_http/moves.py",
        "breakable = not (effect.unbroken or self._shielded)",
        "breakable = not self._shielded",
    ),
    Mutation(
        "the session of before a renewal is not closed",
        "_em/logon_session.py",
        "self._opened[-1] = Opened(session_id, token)",
        "self._opened[:] = [Opened(session_id, token)]",
    ),
    Mutation(
        "the first 401 of a logout is believed",
        "_em/logon_session.py",
        "http_status.expect_status(request, response, 204, *gone)",
        "http_status.expect_status(request, response, 204, 401, 404, 500)",
    ),
    Mutation(
        "a session whose body is damaged is forgotten",
        "_em/logon_session.py",
        "session_id = yield from self._only_session(opened.token, deadline)",
        "session_id = (yield from self._only_session(opened.token, deadline)) if False else None",
    ),
    Mutation(
        "the second page is not read",
        "_em/calls.py",
        "count = answer.pages if answer.pages is not None else number",
        "count = number",
    ),
    Mutation(
        "an error of a look-up is read as absence",
        "_em/calls.py",
        """        try:
            return (yield from self._persistently(request, purpose, deadline, read))
        except Unauthorized as error:
            if not renew:""",
        """        try:
            return (yield from self._persistently(request, purpose, deadline, read))
        except Refused as error:
            if error.status == 500 and "query" in path:
                return Page((), 1, 1)
            if not isinstance(error, Unauthorized):
                raise
            if not renew:""",
    ),
    Mutation(
        "a session that ended is not renewed",
        "_em/logon_session.py",
        "        yield Alone(self._logon())\n        # Where",
        "        # Where",
    ),
    Mutation(
        "the length that was announced is not compared",
        "_http/body.py",
        'cut = re.fullmatch("[0-9]+", announced) is not None and raw_size < int(announced[:18])',
        "cut = False",
    ),
    Mutation(
        "more are in flight than max_parallel",
        "_http/moves.py",
        """        if group.running == group.effect.max_parallel:
            self._with_room.popleft()
        self._tell(group)""",
        """        self._tell(group)""",
    ),
    Mutation(
        "the results of a list come in the order in which they end",
        "_http/moves.py",
        "group.results[task.place] = result",
        "group.results[group.ended] = result",
    ),
    Mutation(
        "check mode sends",
        "_clone/run.py",
        "if run.check_mode:",
        "if False:",
    ),
    Mutation(
        "retries are not counted",
        "_module/run.py",
        "self._retries.setdefault(request.label, []).append(error)",
        "self._retries.setdefault(request.label, [])",
    ),
    Mutation(
        "secrets are not removed from a failure",
        "_module/secrets.py",
        "forms = {form for secret in secrets if len(secret) > 2 for form in _forms(secret)}",
        "forms: set[str] = set()",
    ),
    Mutation(
        "a lost clone is said not to have been made",
        "_clone/clone.py",
        "return (yield from find(work, Known(), why, sent.error))",
        'raise work.not_made(Known(), "The clone was not sent. Nothing was created.", sent.error)',
    ),
    Mutation(
        "a lost clone is looked for only once",
        "_clone/look.py",
        "looked = yield from look(work, before=trouble)",
        "looked = yield from look(work, 0.0)",
    ),
    Mutation(
        "jobs of other backup servers count",
        "_clone/work.py",
        "return [job for job in jobs if job.server is not None and job.server.id == self.plan.server.id]",
        "return list(jobs)",
    ),
    Mutation(
        "several jobs of a name are taken for one",
        "_clone/look.py",
        "if len(everything) < 2:",
        "if len(everything) < 3:",
    ),
    Mutation(
        "the first session is taken for the new one",
        "_resources/follow_session.py",
        "return before is None or (session.id != before.id and session.began >= before.began)",
        "return True",
    ),
    Mutation(
        "a job is started although it runs",
        "_job_run/plan.py",
        "runs = newest is not None and not newest.has_ended",
        "runs = False",
    ),
    Mutation(
        "a failed task is taken for success",
        "_em/task.py",
        "return FAILED\n",
        "return SUCCEEDED\n",
    ),
    Mutation(
        "a job is enabled before its objects are right",
        "_job/plan.py",
        """        *_disabling(job, target, content),
        *content,
        *_enabling(job, target, content),""",
        """        *_disabling(job, target, content),
        *_enabling(job, target, content),
        *content,""",
    ),
    Mutation(
        "objects that are too much stay",
        "_job/plan.py",
        "    if target.objects is None or not target.purge:\n        return []",
        "    return []",
    ),
    Mutation(
        "the toggle of a copy job is repeated after a lost answer",
        "_job/change.py",
        "return step.action in plan.NEVER_AGAIN or _has_toggles(known, [step])",
        "return step.action in plan.NEVER_AGAIN",
    ),
    Mutation(
        "a new clone is not disabled before its content is changed",
        "_job/plan.py",
        "unwanted = target.enabled is False or (target.made and content)",
        "unwanted = target.enabled is False",
    ),
    Mutation(
        "an object is added again after a lost answer",
        "_job/change.py",
        "if times and (_is_sent_once(known, step) or times >= MAX_SENDS):",
        "if times >= MAX_SENDS:",
    ),
    Mutation(
        "what a failed task was for is told as done",
        "_job/work.py",
        "if item.report is None or verdict(item.report.task) != FAILED]",
        "]",
    ),
    Mutation(
        "check mode does not foretell that a new clone is disabled",
        "_job/run.py",
        "steps = plan.steps(item.origin, target)",
        "steps = plan.steps(item.origin, target._replace(made=False))",
    ),
    Mutation(
        "a start whose task failed counts as a change",
        "_job_run/start.py",
        "_after_refusal(work, known._replace(changed=False), decision",
        "_after_refusal(work, known, decision",
    ),
    Mutation(
        "events: it asks for what ended after the last end",
        "_events/memory.py",
        "return max(self.floor, min(self.newest, now) - depth)",
        "return max(self.floor, min(self.newest, now))",
    ),
    Mutation(
        "events: it believes a clock that is ahead",
        "_events/memory.py",
        "return max(self.floor, min(self.newest, now) - depth)",
        "return max(self.floor, self.newest - depth)",
    ),
    Mutation(
        "events: it remembers no ids",
        "_events/memory.py",
        "return ended < self.floor or session_id in self._ended",
        "return ended < self.floor",
    ),
    Mutation(
        "events: it remembers the last end instead of ids",
        "_events/memory.py",
        "return ended < self.floor or session_id in self._ended",
        "return ended < self.floor or (self.newest is not None and ended <= self.newest)",
    ),
    Mutation(
        "events: it takes nothing that is an hour late",
        "_events/memory.py",
        "floor = min(self.newest, now) - DEEPEST",
        "floor = min(self.newest, now) - OVERLAP",
    ),
    Mutation(
        "events: the ids in the state file are not read",
        "_events/memory.py",
        "return Memory(floor, newest, ended)",
        "return Memory(floor, newest, {})",
    ),
    Mutation(
        "events: what was told is not saved",
        "_events/source.py",
        """            if self._unsaved:
                self._save()
""",
        """            pass
""",
    ),
    Mutation(
        "events: it remembers before it has told",
        "_events/source.py",
        """                    continue
                if not self._is_old()""",
        """                    continue
                memory.remember(session.id, ended)
                if not self._is_old()""",
    ),
    Mutation(
        "events: it tells of what ended before it was started",
        "_events/source.py",
        "return not self._waited",
        "return False",
    ),
    Mutation(
        "events: what ends while it waits for EM counts as old",
        "_events/source.py",
        "return not self._waited",
        "return True",
    ),
    Mutation(
        "events: only the first page is read",
        "_events/read.py",
        "if page.pages is None or number >= page.pages:",
        "if page.items is not None:",
    ),
    Mutation(
        "events: the next page begins after the last end",
        "_events/read.py",
        "since, number = ends[-1], 1",
        "since, number = ends[-1] + 1, 1",
    ),
    Mutation(
        "events: a poll that fails ends it",
        "_events/source.py",
        "            self._failed(error, server)\n",
        "            raise error\n",
    ),
    Mutation(
        "events: a gap is not told",
        "_events/source.py",
        "self._now() - self._read_until > GAP",
        "self._now() - self._read_until > 100 * GAP",
    ),
    Mutation(
        "other kinds: an action of a file share job is asked for as that of other jobs",
        "_resources/job.py",
        'return f"{self.path}/{name}" if self._row.action_in_path else f"{self.path}?action={name}"',
        'return f"{self.path}?action={name}"',
        "veeam_job of other kinds",
    ),
    Mutation(
        "other kinds: a start is taken for that of a job of machines",
        "_resources/job.py",
        'return f"/api/{self._row.collection}/{self.id}"',
        'return f"/api/jobs/{self.id}"',
        "veeam_job_run of other kinds",
    ),
    Mutation(
        "other kinds: computers that show late are not waited for",
        "_resources/run_details.py",
        "until = min(deadline, em.clock() + max(0.0, COMPUTERS_LATE - lasted))",
        "until = em.clock()",
        "veeam_job_run of other kinds",
    ),
    Mutation(
        "other kinds: a kind that there is not is taken for a refusal",
        "_resources/find_jobs.py",
        "if error.from_api and error.status == 404:",
        "if error.from_api and error.status == 599:",
        "veeam_job_run of other kinds",
    ),
    Mutation(
        "a collection counts however old it is",
        "_backup_server/plan.py",
        "and now - one.ended_at <= seconds",
        "and now",
    ),
    Mutation(
        "one 404 is taken for a product that does not tell",
        "_resources/system_session.py",
        " or (yield from product.is_12_or_newer(em, deadline))",
        "",
        "veeam_backup_server",
    ),
    Mutation(
        "the end of a collection is not waited for",
        "_backup_server/run.py",
        "session = yield from self._followed(shown)",
        "session = shown",
    ),
    Mutation(
        "a collect whose answer was lost is told as none",
        "_backup_server/run.py",
        "self.changed = self.changed or sent.how != order.EXPIRED",
        "self.changed = self.changed",
    ),
    Mutation(
        "events: the end of a gap is not told",
        "_events/source.py",
        "gap, self._missed = self._missed, None",
        "self._missed = None\n            return",
    ),
    Mutation(
        "events: the computers of an agent job are events",
        "_events/event.py",
        "if is_part(session) or kind_of(session) not in chosen.kinds:",
        "if kind_of(session) not in chosen.kinds:",
    ),
    Mutation(
        "events: replicas are forgotten where there were none",
        "_events/source.py",
        "self._replicas_due = now + RARELY",
        "self._replicas_due = now + 1e9",
    ),
    # What is protected is judged without histories: its properties and its table have to find these.
    Mutation(
        "runs that could not be read are taken for none",
        "_protection/judge.py",
        "if facts.runs == FAILED:",
        "if facts.runs == FAILED and facts.newest is None:",
    ),
    Mutation(
        "a restore point that is too old is new enough",
        "_protection/judge.py",
        "question.now - point.created <= question.within",
        "question.now - point.created <= 2 * question.within",
    ),
    Mutation(
        "a failure after the restore point is passed over",
        "_protection/judge.py",
        "(facts.newest is not None and facts.newest.created > run.end)",
        "facts.newest is not None",
    ),
    Mutation(
        "what an operator did not name is good",
        "_protection/judge.py",
        "if facts.is_named and _is_fresh(facts.newest, question):",
        "if _is_fresh(facts.newest, question):",
    ),
    Mutation(
        "a container cannot hold a machine",
        "_protection/judge.py",
        "containers = facts.by_container",
        "containers = facts.by_container[:0]",
    ),
    Mutation(
        "a machine of the same name lends its restore points",
        "_protection/judge.py",
        "if facts.newest is None and facts.foreign is not None:",
        "if facts.newest is None and facts.foreign is not None and not _is_fresh(facts.foreign, question):",
    ),
    Mutation(
        "a restore point that is being written counts",
        "_protection/evidence.py",
        "if not point.ready or point.created is None",
        "if point.created is None",
    ),
    Mutation(
        "a run that goes on has succeeded",
        "_protection/evidence.py",
        "if not run.has_completed or run.ended is None",
        "if run.ended is None",
    ),
    Mutation(
        "the first page decides which restore point is the newest",
        "_protection/evidence.py",
        "if before is None or order(before) < order(item):",
        "if before is None:",
    ),
    Mutation(
        "a report without an inventory says that it is complete",
        "_protection/reading.py",
        "self.complete = self.complete and complete",
        "self.complete = self.complete or complete",
    ),
    Mutation(
        "a name that a filter misreads counts as absent",
        "_em/calls.py",
        "                doubtful |= set(chunk) - {item.name for item in found.values()}\n",
        "                pass\n",
    ),
    Mutation(
        "a name that a filter cannot carry counts as absent",
        "_em/calls.py",
        "doubtful = {name for name in wanted if not is_filterable(name)}",
        "doubtful: set[str] = set()",
    ),
    Mutation(
        "a job of another name that cannot be read counts as made",
        "_clone/prove.py",
        "if job is None and other_name is not None:",
        "if False:",
    ),
    Mutation(
        "a job that was made under another name counts",
        "_clone/prove.py",
        "if job is not None and job.name != work.name:",
        "if False:",
    ),
    Mutation(
        "a change is sent without bound",
        "_job/change.py",
        "MAX_SENDS = 3",
        "MAX_SENDS = 1000",
    ),
    Mutation(
        "a restore is sent again after a lost answer",
        "_http/retry.py",
        'ONCE: Rule(frozenset(("not_sent",)), 3, last_counts=True)',
        'ONCE: Rule(frozenset(("not_sent", "no_answer")), 2, last_counts=True)',
        "veeam_vm_restore",
    ),
    Mutation(
        "KeepOriginalVM is left out",
        "_vm_restore/spec.py",
        "if spec.keep is not None:",
        "if False:",
    ),
    Mutation(
        "an older server is asked to keep the original",
        "_vm_restore/plan.py",
        "if request.original == KEEP and not knows_keep:",
        "if False:",
    ),
    Mutation(
        "the finished task is taken for the finished restore",
        "_vm_restore/restore.py",
        "if sent.session is None or not work.waiting.wait:",
        "if sent.session is not None or not work.waiting.wait:",
    ),
    Mutation(
        "a restore that failed counts as done",
        "_machine/order.py",
        "if seen.result not in waiting.accept:",
        "if False:",
        "veeam_vm_restore",
    ),
    Mutation(
        "a restore point of any age is restored",
        "_vm_restore/plan.py",
        "if age > request.not_older_than:",
        "if False:",
    ),
    Mutation(
        "created_before does not count",
        "_vm_restore/plan.py",
        "point = newest_ready(machine, before)",
        "point = newest_ready(machine)",
    ),
    Mutation(
        "the oldest point is restored",
        "_machine/pick.py",
        "    for point in machine.points:\n",
        "    for point in reversed(machine.points):\n",
        "veeam_vm_restore",
    ),
    Mutation(
        "a restore that runs is not looked at",
        "_vm_restore/plan.py",
        "if session.has_ended or not is_restore(session):",
        "if True:",
    ),
    Mutation(
        "a restore from another point is in nobody's way",
        "_vm_restore/plan.py",
        "elif of_same_machine(session, point, others, roots):",
        "elif False:",
    ),
    Mutation(
        "the point is not read again before it is restored",
        "_vm_restore/restore.py",
        "read = yield from em.one(RESTORE_POINT, proved.id, deadline)",
        "read = proved",
    ),
    Mutation(
        "the session of another point is taken for that of a lost restore",
        "_machine/order.py",
        "and same_server and (what.point_id in session.point_ids or not session.point_ids)",
        "and same_server",
        "veeam_vm_restore",
    ),
    Mutation(
        "a restore whose end was not seen is told as unchanged",
        "_machine/order.py",
        "raise what.failed(sentence, followed.trouble, changed, seen)",
        "raise what.failed(sentence, followed.trouble, False, seen)",
        "veeam_vm_restore",
    ),
    Mutation(
        "check mode restores",
        "_vm_restore/run.py",
        "todo = [] if run.check_mode else [",
        "todo = [",
    ),
    Mutation(
        "a point that is being written is enough",
        "_machine/pick.py",
        "if point.ready and point.created is not None",
        "if point.created is not None",
        "veeam_quick_backup",
    ),
    Mutation(
        "a new point is not waited for until it is ready",
        "_quick_backup/backup.py",
        "return point if point.ready and mine else None",
        "return point if mine else None",
    ),
    Mutation(
        "not_older_than does not keep from a quick backup",
        "_quick_backup/plan.py",
        "return now - point.created <= not_older_than",
        "return False",
    ),
    Mutation(
        "a point of any age is new enough",
        "_quick_backup/plan.py",
        "return now - point.created <= not_older_than",
        "return True",
    ),
    Mutation(
        "a run from before is taken for a lost quick backup",
        "_quick_backup/jobs.py",
        "return run.id not in self.before and self.since is not None and run.began is not None and",
        "return True or",
    ),
    Mutation(
        "what a page of runs leaves out counts as new",
        "_quick_backup/jobs.py",
        "        if since is not None and page:\n",
        "        if False:\n",
    ),
    Mutation(
        "a lost quick backup is told as refused",
        "_quick_backup/backup.py",
        "        if sent.how == order.UNANSWERED:\n",
        "        if False:\n",
    ),
    Mutation(
        "two machines of one job are backed up at once",
        "_quick_backup/run.py",
        "groups.setdefault(key, []).append(",
        "groups.setdefault(str(index), []).append(",
    ),
    Mutation(
        "a failover that runs is not looked at",
        "_failover/plan.py",
        "if session.has_ended or elsewhere or is_failover(session) is False:",
        "if True:",
    ),
    Mutation(
        "what EM calls a restore is no failover",
        "_resources/restore_session.py",
        "    if session.of_replica:\n        return True\n",
        "",
        "veeam_replica_failover",
    ),
    Mutation(
        "a machine is failed over to its oldest point",
        "_failover/plan.py",
        "return max(dated, key=",
        "return min(dated, key=",
    ),
    Mutation(
        "a machine of a plan without a session is told as done",
        "_failover_plan/plan.py",
        "return Outcome(machine, UNKNOWN, None)",
        "return Outcome(machine, DONE, None)",
    ),
    Mutation(
        "as_of does not reach the server",
        "_failover_plan/run.py",
        "if self.chosen.as_of is not None:",
        "if False:",
    ),
    Mutation(
        "a plan is started although its machines are being failed over",
        "_failover_plan/run.py",
        "        if under_way:\n",
        "        if False:\n",
    ),
    Mutation(
        "points on later pages are not listed",
        "_em/calls.py",
        "        number, count = 1, page.pages\n        while number < count:",
        "        number, count = 1, 1\n        while number < count:",
        "veeam_restore_point_info",
    ),
    Mutation(
        "a machine whose name a filter misreads has no points",
        "_machine/points.py",
        "            doubtful |= set(chunk) - {point.machine for point in points}\n",
        "            pass\n",
        "veeam_restore_point_info",
    ),
)


class Mutating(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the one file with the mistake in it."""

    def __init__(self, mutation: Mutation) -> None:
        self.mutation = mutation
        self.name = ROOT + mutation.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.name:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        assert found is not None and found.origin is not None
        self.origin = found.origin
        return importlib.util.spec_from_loader(name, self, origin=found.origin)

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        text = Path(self.origin).read_text(encoding="utf-8")
        module.__file__ = self.origin
        exec(compile(mutated(self.mutation, text), self.origin, "exec"), module.__dict__)


def mutated(mutation: Mutation, text: str) -> str:
    """The text with the mistake in it."""
    count = text.count(mutation.old)
    assert count == 1, "%s: %d times in %s: %r" % (mutation.name, count, mutation.file, mutation.old)
    return text.replace(mutation.old, mutation.new)


#: What finds mistakes in what is judged without histories.
JUDGES = (
    "property/test_protection.py", "property/test_protection_read.py", "unit/protection/test_judge.py",
    "unit/protection/test_evidence.py",
)  # fmt: skip


class _First:
    """The first test that fails."""

    name, tests = "", 0

    def pytest_collection(self) -> None:
        # By now Ansible's finder of collections has put itself before all others.
        sys.meta_path.sort(key=lambda finder: not isinstance(finder, Mutating))

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.tests += report.when == "call"
        if report.failed and not self.name:
            self.name = report.nodeid.rpartition("/")[2]


def _judged() -> tuple[int, float, str] | None:
    """(tests, seconds, which failed) of the tests that judge, in this process; None where none failed."""
    import pytest

    started, first, tests = time.monotonic(), _First(), Path(__file__).resolve().parents[1]
    with contextlib.redirect_stdout(io.StringIO()):
        options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
        pytest.main([*options, *(str(tests / name) for name in JUDGES)], plugins=[first])
    return (first.tests, time.monotonic() - started, first.name) if first.name else None


def hunt(mutation: Mutation | None, seconds: float, first: int) -> tuple[int, float, str] | None:
    """(histories, seconds, what broke) until the mutation was found, in this process; None where it was not.

    In histories of the module that it is in, or of the event source; of veeam_job_clone, where it is in what all have.
    """
    if mutation is not None:
        sys.meta_path.insert(0, Mutating(mutation))
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    near = mutation.file.partition("/")[0] if mutation is not None else ""
    if near == "_events":
        return _hunt_in_sources(seconds, first)
    if near == "_protection":
        return _judged()
    from simulation import history
    from simulation.kinds import KINDS

    module = {
        "_job": "veeam_job",
        "_job_run": "veeam_job_run",
        "_resources": "veeam_job_run",
        "_backup_server": "veeam_backup_server",
        "_quick_backup": "veeam_quick_backup",
        "_vm_restore": "veeam_vm_restore",
        "_failover": "veeam_replica_failover",
        "_failover_plan": "veeam_failover_plan",
    }
    wanted = (mutation.module if mutation is not None else "") or module.get(near, "veeam_job_clone")
    kinds = {name: kind for name, kind in KINDS.items() if name == wanted}
    servers = history.Servers()
    started, number = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        plan = history.draw(first + number, kinds)
        number += 1
        broken, _unused = history.failure(plan, kinds, servers)
        if broken is not None:
            return number, time.monotonic() - started, str(broken)
    return None


def _hunt_in_sources(seconds: float, first: int) -> tuple[int, float, str] | None:
    from simulation import sources

    emulators = sources.Emulators()
    started, number = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        broken, _unused = sources.failure(sources.draw(first + number), emulators)
        number += 1
        if broken is not None:
            return number, time.monotonic() - started, str(broken)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", help="those whose name has this in it")
    parser.add_argument("--from", dest="start", type=int, default=0, help="leave out so many before")
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.number is not None:
        found = hunt(MUTATIONS[options.number], options.seconds, options.first)
        print("not found" if found is None else "%d\t%.1f\t%s" % found)
        return found is None
    print("%-62s %9s %8s  %s" % ("mistake", "histories", "seconds", "what broke"))
    missed = 0
    for number, mutation in enumerate(MUTATIONS):
        if options.only and options.only not in mutation.name or number < options.start:
            continue
        command = [sys.executable, __file__, "--number", str(number), "--seconds", str(options.seconds)]
        done = subprocess.run([*command, "--first", str(options.first)], capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            missed += 1
            why = lines[0] if lines else done.stderr.strip().splitlines()[-1]
            print("%-62s %9s %8s  %s" % (mutation.name, "", "", why), flush=True)
            continue
        histories, seconds, what = lines[0].split("\t", 2)
        print("%-62s %9s %8s  %s" % (mutation.name, histories, seconds, what[:90]), flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
