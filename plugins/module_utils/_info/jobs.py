# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_job_info: its flow.

Pages of jobs are turned into entries of the result as they come, so that a large server takes no more memory than what
is returned.
"""

from __future__ import annotations

import functools
import typing as t

from .._em.query import Query, any_of, listing
from .._em.reference import Reference
from .._http.effects import Flow, Parallel, Progress
from .._http.errors import NotFound, Refused, VeeamError
from .._module import render, render_job
from .._module.run import Run
from .._resources import job_kind, job_session, run_details
from .._resources.backup import BACKUP
from .._resources.find_jobs import check_there, names_of_repositories
from .._resources.job import JOB, Job
from .._resources.job_entity import JobEntity
from .job_options import Settings
from .reading import in_order, result

#: How many jobs what is gathered is asked for at once.
AT_ONCE = 4
#: The kinds in the order in which they are read.
ASKED_FIRST = (job_kind.JOB, job_kind.NAS, job_kind.AGENT)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run."""
    nothing = run.chosen.any.names == [] and all(common.names == [] for common in run.chosen.common.values())
    found = [] if nothing else (yield from run.logged_on(_Jobs(run).read()))
    return result(in_order(found), "jobs", "job", "jobs")


#: A job, and its entry in the result.
Entry = tuple[Job, dict[str, t.Any]]


class _Jobs:
    """The jobs of one run, on their way into its result."""

    def __init__(self, run: Run) -> None:
        self.em, self.deadline = run.em, run.deadline
        self.chosen: Settings = run.chosen
        self.warn = run.warn
        self.found: list[Entry] = []
        #: Names of the jobs that were read, for those that run after another one.
        self.names: dict[str, str] = {}

    def read(self) -> Flow[list[dict[str, t.Any]]]:
        # What is known by its id is not asked for again: some servers answer for a file share job as an agent job.
        for kind in sorted(self.chosen.common, key=ASKED_FIRST.index):
            kept = yield from self._of_kind(kind)
            self.found += [entry for entry in kept if entry is not None]
        yield from self._check_server()
        if self.chosen.details:
            yield from self._name_previous()
            yield from self._name_repositories()
        if self.chosen.gather:
            yield from self._gather_all()
        return [words for _job, words in self.found]

    def _of_kind(self, word: str) -> Flow[list[Entry | None]]:
        """Those of a kind; where others are wanted too, none of one that Enterprise Manager does not have."""
        try:
            try:
                return (yield from self._picked(word))
            except Refused as error:
                yield from check_there(self.em, word, self.deadline, error)
                raise
        except NotFound as error:
            if len(self.chosen.common) == 1:
                raise
            self.warn(error.msg)
            return []

    def _picked(self, word: str) -> Flow[list[Entry | None]]:
        chosen, kind, common = self.chosen, self.chosen.resource(word), self.chosen.common[word]
        if common.names is not None:
            known = {job.id for job, _words in self.found}
            common = common._replace(names=[named for named in common.names if named.id not in known])
            return [self._keep(item) for item in (yield from common.find(self.em, kind, self.deadline))]
        try:
            return (yield from self.em.query(listing(kind, chosen.filter), self.deadline, keep=self._keep))
        except Refused as error:
            if not chosen.filter or error.status not in (400, 500):
                raise
        # A server that does not take the filter has to tell the type of every job.
        return (yield from self.em.query(listing(kind.as_entities), self.deadline, keep=self._keep))

    def _check_server(self) -> Flow[None]:
        yield from self.chosen.any.check_server(self.em, self.found, self.deadline)

    def _keep(self, item: Job | JobEntity) -> Entry | None:
        url = self.chosen.any.url
        if not isinstance(item, JobEntity):
            return (item, render.job_brief(url, item)) if self.chosen.picks(item) else None
        if item.kind == job_kind.JOB:
            self.names[item.id] = item.name
        return (item.job, render_job.whole_job(url, item, {})) if self.chosen.picks(item.job) else None

    def _name_previous(self) -> Flow[None]:
        """Give the job after which another one runs by its name, where EM lists it."""
        chained = [words["schedule"] for _job, words in self.found if (words["schedule"] or {}).get("after_job")]
        previous = {schedule["after_job"] for schedule in chained} - set(self.names)
        if previous and (self.chosen.filter or self.chosen.any.names is not None):
            references = [Reference(identifier, identifier, None) for identifier in sorted(previous)]
            others = yield from self.em.referred(JOB.as_references, references, self.deadline)
            self.names.update((job.id, job.name) for job in others.items)
        for schedule in chained:
            schedule["after_job"] = self.names.get(schedule["after_job"], schedule["after_job"])

    def _name_repositories(self) -> Flow[None]:
        """Give the repositories of file share jobs their names."""
        shown = [words["repository"] for _job, words in self.found if words["repository"]]
        names = yield from names_of_repositories(self.em, [brief["id"] for brief in shown], self.deadline)
        for brief in shown:
            brief["name"] = names.get(brief["id"])

    def _gather_all(self) -> Flow[None]:
        total = len(self.found)
        starts = [functools.partial(self._gather, job, words) for job, words in self.found]
        outcomes = yield Parallel(starts, AT_ONCE, lambda *counts: Progress(counts[0], counts[1], counts[2], total))
        for outcome in outcomes:
            if isinstance(outcome, VeeamError):
                raise outcome

    def _gather(self, job: Job, words: dict[str, t.Any]) -> Flow[None]:
        if "last_session" in self.chosen.gather:
            words["last_session"] = None
            newest = yield from job_session.newest(self.em, job, self.deadline)
            if newest is not None:
                tasks = []
                if newest.has_ended and newest.result != "Success":
                    tasks = yield from run_details.machines(self.em, job, newest, self.deadline)
                words["last_session"] = render_job.session(newest, tasks)
        if "repository" in self.chosen.gather and not words.get("repository"):
            backups = yield from self.em.query(Query(BACKUP, any_of("JobUid", job.uids)), self.deadline)
            known = [backup.repository for backup in backups if backup.repository is not None]
            words["repository"] = render.repository_brief(known[0]) if known else None
