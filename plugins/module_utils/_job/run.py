# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_job as a flow: read everything, look up what is missing, then change the jobs side by side."""

from __future__ import annotations

import functools
import typing as t

from .._clone.plan import CloneRequest, Plan
from .._clone.resolve import resolve_among
from .._clone.work import CloneWait
from .._em.calls import Found
from .._em.reference import quoted
from .._em.wait import until_shown
from .._http.effects import Flow, Parallel, Progress, Tell
from .._http.errors import NotFound, VeeamError
from .._module.run import Run
from .._resources.inventory import Inventory
from .._resources.job_entity import JobEntity
from .._resources.job_kind import JOB
from . import look_up, plan
from . import result as results
from .change import change, make
from .delete import delete
from .look_up import NotThere
from .options import CLONE_OPTIONS, Settings, Wish
from .plan import Target
from .resolve import AllRead, Read, read
from .result import Outcome
from .work import Changed, JobWork, Taken, done


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """One run. In the jobs form a result with failed items has failed set; everything else that fails is raised."""
    chosen: Settings = run.chosen
    if not chosen.jobs:
        return results.of_many(chosen, [], {}, run.check_mode, run.diff)
    outcomes, names = yield from run.logged_on(_Task(run).outcomes())
    for outcome in outcomes:
        for warning in getattr(outcome, "warnings", ()):
            run.warn(warning)
    if not chosen.single:
        return results.of_many(chosen, outcomes, names, run.check_mode, run.diff)
    if isinstance(outcomes[0], VeeamError):
        raise outcomes[0]
    return results.of_one(chosen, outcomes[0], names, run.check_mode, run.diff)


class _Item:
    """One job on its way: what was read of it, what it should be, and whatever keeps it from being that.

    origin: the job as it is, or as a clone of the template will be. waits: an object is not in any inventory yet.
    """

    def __init__(self, wish: Wish, seen: Read) -> None:
        self.wish = wish
        self.job = seen.job
        self.source = seen.source
        self.previous = seen.previous
        self.cloning: Plan | None = None
        self.waits = False
        self.target = Target()

    @property
    def origin(self) -> JobEntity:
        if self.job is not None:
            return self.job
        source = t.cast(JobEntity, self.source)
        return plan.predicted(source, self.wish.name.text, self.wish.description)

    @property
    def waits_for(self) -> str | None:
        """The name of the job that has to be made before this one can run after it."""
        after = self.wish.after_job
        return after.name if after is not None and self.previous is None and not self.wish.absent else None


class _Task:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.em = run.em
        self.chosen: Settings = run.chosen
        self.deadline = run.deadline
        self.inventory = Inventory(run.em, self.chosen.max_parallel)
        self.names: dict[str, str] = {}
        self.outcomes_: list[Outcome | VeeamError | None] = [None] * len(self.chosen.jobs)
        self.items: dict[int, _Item] = {}
        self.read_at = 0.0

    def outcomes(self) -> Flow[tuple[list[t.Any], dict[str, str]]]:
        """The outcome of each job, and the names of jobs by id."""
        everything: AllRead = yield from read(self.em, self.chosen.jobs, self.chosen.max_parallel, self.deadline)
        self.read_at = self.em.clock()
        self.names = everything.names
        for index, seen in enumerate(everything.items):
            if isinstance(seen, VeeamError):
                self.outcomes_[index] = seen
            else:
                self.items[index] = _Item(seen.wish, seen)
        self._each_present(self._set_target)
        yield from self._plan_clones(everything.jobs)
        yield from self._look_up()
        if self.run.check_mode:
            for index, item in self.items.items():
                self.outcomes_[index] = self._predicted(item)
        else:
            yield from self._change_all()
        return t.cast("list[t.Any]", self.outcomes_), self.names

    @property
    def _present(self) -> dict[int, _Item]:
        """The items whose job is to be there, and that have not failed."""
        return {index: item for index, item in self.items.items() if not item.wish.absent}

    def _each_present(self, do: t.Callable[[_Item], None]) -> None:
        """Do it with each of them; one that fails is out."""
        for index, item in self._present.items():
            self._try(index, item, do)

    def _try(self, index: int, item: _Item, do: t.Callable[[_Item], None]) -> None:
        try:
            do(item)
        except VeeamError as error:
            self.outcomes_[index] = error
            del self.items[index]

    # -- before anything is changed --------------------------------------------------------------------------------

    def _set_target(self, item: _Item) -> None:
        """What the job should be, as far as its kind has a place for it."""
        wish = item.wish
        target = Target(wish.objects, wish.purge, wish.enabled, self._options(item), made=item.job is None)
        item.target = plan.for_kind(item.origin, target, wish.explicit, wish.place)

    def _options(self, item: _Item) -> dict[str, t.Any]:
        options = dict(item.wish.options)
        after = item.wish.after_job
        if after is not None:
            # A job that is still to be made has no id; no job has that of nobody.
            previous = item.previous.id if item.previous is not None else f"the job {after.text}"
            options["schedule"] = {"after_job": previous}
            self.names.setdefault(previous, after.text)
        return options

    def _plan_clones(self, jobs: Found) -> Flow[None]:
        """Plan the clones of all jobs that are missing, together. jobs: what was read."""
        todo = {index: item for index, item in self._present.items() if item.job is None}
        if not todo:
            return
        requests = [_request(item) for item in todo.values()]
        resolved = yield from resolve_among(self.em, requests, jobs, self.deadline)
        for (index, item), planned in zip(todo.items(), resolved):
            if isinstance(planned, VeeamError):
                self.outcomes_[index] = planned
                del self.items[index]
            else:
                # It is not there: that is what todo means.
                item.cloning = t.cast(Plan, planned)

    def _look_up(self) -> Flow[None]:
        """Find what jobs lack, each thing once, all of it before anything is changed."""
        with_hosts = any(
            wanted.host is not None and wanted.host.id is None
            for item in self._present.values()
            for wanted in item.target.objects or ()
        )
        if with_hosts:
            yield from self.inventory.read_roots(self.deadline)
        self._each_present(self._below)
        lacking = {index: plan.missing(item.origin, item.target) for index, item in self._present.items()}
        if not any(lacking.values()):
            self._each_present(self._take_for_left_over)
            return
        yield from self.inventory.read_roots(self.deadline)
        self._each_present(self._below)
        questions = [
            question
            for index, item in self._present.items()
            for wanted in lacking[index]
            for question in look_up.questions(self.inventory, item.origin, wanted)
        ]
        yield from self.inventory.ask(questions, self.deadline)
        self._each_present(self._find)
        self._each_present(self._take_for_left_over)

    def _below(self, item: _Item) -> None:
        item.target = look_up.below_hosts(self.inventory, item.origin, item.target, item.wish.place)

    def _find(self, item: _Item) -> None:
        try:
            item.target = look_up.found(self.inventory, item.origin, item.target, item.wish.place)
        except NotThere:
            if not item.wish.wait_for_objects or self.run.check_mode:
                raise
            item.waits = True

    def _take_for_left_over(self, item: _Item) -> None:
        if item.job is not None and plan.is_left_over(item.job, item.source, item.target):
            item.target = item.target._replace(made=True)

    # -- check mode ------------------------------------------------------------------------------------------------

    def _predicted(self, item: _Item) -> Outcome:
        if item.wish.absent:
            deleted = [Taken(plan.Step(plan.DELETE, item.job.name))] if item.job is not None else []
            return Outcome(item.wish, item.job, item.job, tuple(deleted), bool(deleted), _absence(deleted))
        target = plan.with_end(item.origin, item.target)
        steps = plan.steps(item.origin, target)
        if item.job is None:
            steps.insert(0, plan.Step(plan.CLONE, t.cast(Plan, item.cloning).source.name))
        taken = tuple(Taken(step) for step in steps)
        return Outcome(
            item.wish, item.job, item.job, taken, bool(taken), self._diff(item), self._warnings(item, item.job)
        )

    def _diff(self, item: _Item) -> tuple[t.Any, t.Any] | None:
        if item.job is None:
            return None, results.wished(item.wish, item.target, item.cloning)
        return self._differences(item.job, plan.with_end(item.job, item.target))

    def _differences(self, job: JobEntity, target: plan.Target) -> tuple[t.Any, t.Any] | None:
        before, after = plan.changes(job, target, self.names)
        return (before, after) if before or after else None

    def _warnings(self, item: _Item, job: JobEntity | None) -> tuple[str, ...]:
        """What to say of a job as it is, or as a clone of the template will be."""
        warnings = list(item.cloning.warnings) if item.cloning is not None else []
        source = item.source
        ours = job if job is not None else item.origin if item.cloning is not None else None
        if ours is None or ours.enabled or item.wish.enabled is not None or source is None or source.id == ours.id:
            return tuple(warnings)
        if not source.enabled:
            why = f"like its template, job {quoted(source.name)}"
        else:
            # A run that was broken off may have left it so, and nobody can tell.
            why = f"although its template, job {quoted(source.name)}, is enabled"
        name = quoted(item.wish.name.text if job is None else job.name)
        warnings.append(f"Job {name} is disabled, {why}. Set enabled: true if the job should run.")
        return tuple(warnings)

    # -- the changes -----------------------------------------------------------------------------------------------

    def _change_all(self) -> Flow[None]:
        chosen = self.chosen
        for index, item in list(self.items.items()):
            if self._is_as_wanted(item):
                self.outcomes_[index] = Outcome(
                    item.wish, item.job, item.job, (), changed=False, warnings=self._warnings(item, item.job)
                )
                del self.items[index]
        began = False
        while self.items:
            wave = self._wave() or list(self.items)
            todo = [(index, self.items.pop(index)) for index in wave]
            settled = len(chosen.jobs) - len(self.items) - len(todo)
            failed = sum(isinstance(outcome, VeeamError) for outcome in self.outcomes_)

            def progress(
                ended: int, running: int, failures: int, settled: int = settled, failed: int = failed
            ) -> Progress:
                return Progress(settled + ended, running, failed + failures, len(chosen.jobs))

            # The first ones have waited for the look-ups as part of their time; the others begin when they begin.
            first = chosen.max_parallel if not began else 0
            starts = [
                lambda position=position, item=item, first=first: self._one(item, position < first)
                for position, (_index, item) in enumerate(todo)
            ]
            ended = yield Parallel(starts, chosen.max_parallel, progress)
            for (index, _item), outcome in zip(todo, ended):
                self.outcomes_[index] = outcome
            began = True
        if began:
            failed = sum(isinstance(outcome, VeeamError) for outcome in self.outcomes_)
            yield Tell(Progress(len(chosen.jobs), 0, failed, len(chosen.jobs)))

    def _is_as_wanted(self, item: _Item) -> bool:
        if item.wish.absent or item.job is None:
            return item.wish.absent and item.job is None
        return not item.waits and not plan.steps(item.job, plan.with_end(item.job, item.target))

    def _wave(self) -> list[int]:
        """The jobs that wait for no other job that is still to be made."""
        pending = {item.wish.name.name for item in self.items.values() if item.wish.kind == JOB}
        return [index for index, item in self.items.items() if item.waits_for not in pending - {None}]

    def _one(self, item: _Item, waited: bool) -> Flow[Outcome]:
        """Bring one job to what is wanted."""
        if item.waits:
            yield from self._wait_for_objects(item)
        began = self.em.clock()
        deadline = self.deadline if waited and not item.waits else began + self.chosen.wait_timeout
        if item.waits_for is not None:
            self._chain(item)
        if item.wish.absent:
            return (yield from self._delete(item, deadline))
        work = self._work(item, deadline)
        diff = self._diff(item)
        if item.job is None:
            cloning = t.cast(Plan, item.cloning)
            ended: Changed = yield from make(work, cloning, item.target, functools.partial(self._settle, item))
        else:
            ended = yield from change(work, item.job, item.target, self.read_at)
        warnings = (*ended.warnings, *self._warnings(item, ended.job))
        if ended.found is not None and ended.target is not None:
            diff = self._differences(ended.found, ended.target)
        if not done(ended.taken):
            diff = None
        return Outcome(item.wish, item.job, ended.job, ended.taken, ended.changed, diff, warnings, ended.remark)

    def _work(self, item: _Item, deadline: float) -> JobWork:
        return JobWork(self.em, item.wish.name.text, self._waiting, deadline)

    def _delete(self, item: _Item, deadline: float) -> Flow[Outcome]:
        job = t.cast(JobEntity, item.job)
        ended: Changed = yield from delete(self._work(item, deadline), job, item.wish.force)
        taken, diff = ended.taken, _absence(ended.taken)
        return Outcome(item.wish, item.job, None, taken, ended.changed, diff, ended.warnings, ended.remark)

    @property
    def _waiting(self) -> CloneWait:
        chosen = self.chosen
        timeout = chosen.connection.endpoint.timeout
        return CloneWait(
            wait=True,
            wait_timeout=chosen.wait_timeout,
            poll_interval=chosen.poll_interval,
            cancel_on_timeout=False,
            timeout=timeout,
        )

    def _settle(self, item: _Item, job: JobEntity, target: Target) -> Target:
        """The target of a new clone; what its kind has no place for was refused before, or is a mere default."""
        self.names[job.id] = job.name
        target = plan.for_kind(job, target, (), item.wish.place)
        # Another run may have been faster with the clone, and be only as far as this one.
        made = target.made or plan.is_left_over(job, item.source, target)
        return target._replace(made=made)

    def _chain(self, item: _Item) -> None:
        """Put in the id of the job that was made before this one."""
        name = t.cast(str, item.waits_for)
        for wish, outcome in zip(self.chosen.jobs, self.outcomes_):
            same = wish.kind == JOB and wish.name.name == name
            if same and isinstance(outcome, Outcome) and outcome.after is not None:
                if outcome.after.server != item.origin.server:
                    break
                schedule = {"after_job": outcome.after.id}
                self.names[outcome.after.id] = outcome.after.name
                item.target = item.target._replace(options={**item.target.options, "schedule": schedule})
                return
        raise NotFound(
            f"{item.wish.place}schedule, after_job: there is no job {quoted(name)} on the backup server of "
            "this job: the task could not create it, or created it on another one."
        )

    def _wait_for_objects(self, item: _Item) -> Flow[None]:
        """Look again and again for what no inventory knows yet, before anything is changed."""
        seconds = item.wish.wait_for_objects
        until = self.em.clock() + seconds
        unknown: list[NotThere] = []

        def look() -> Flow[Target | None]:
            asked = [
                question
                for wanted in plan.missing(item.origin, item.target)
                for question in look_up.questions(self.inventory, item.origin, wanted)
            ]
            yield from self.inventory.ask(asked, until + self.chosen.connection.endpoint.timeout, again=True)
            try:
                return look_up.found(self.inventory, item.origin, item.target, item.wish.place)
            except NotThere as error:
                unknown[:] = [error]
                return None

        waited = yield from until_shown(self.em.clock, look, until, self.chosen.poll_interval, at_once=False)
        if waited.trouble is not None:
            raise waited.trouble
        if waited.value is None:
            (error,) = unknown
            raise NotFound(f"{error.msg} The task waited {seconds:g} seconds for it and changed nothing.") from None
        item.target = waited.value
        self._take_for_left_over(item)


def _request(item: _Item) -> CloneRequest:
    """The clone that makes a missing job."""
    wish = item.wish
    return CloneRequest(
        name=wish.name.text,
        source_job=t.cast(t.Any, wish.source_job),
        backup_server=wish.backup_server,
        description=wish.description,
        folder_name=wish.folder_name,
        repository=wish.repository,
        vm_suffix=wish.vm_suffix,
        explicit=wish.explicit & set(CLONE_OPTIONS),
        place=wish.place,
    )


def _absence(taken: t.Sequence[Taken]) -> tuple[t.Any, t.Any] | None:
    return ({"state": "present"}, {"state": "absent"}) if done(taken) else None
