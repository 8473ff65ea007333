# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of jobs: those of machines, of agents, and of file shares, and how EM speaks of each. Data.

EM reference: get_jobs_id, get_agents_jobs_id, get_nas_jobs_id.
"""

from __future__ import annotations

import typing as t

JOB, AGENT, NAS = "job", "agent", "nas"


class JobKind(t.NamedTuple):
    """A kind of job. word: of the option kind. name: in queries and UIDs. title, titles: one and several in a sentence.

    element: of its entity. more_uids, more_hrefs: as in _em/kind.py. action_in_path: POST {href}/start, and not
    {href}?action=start. root: the list of lists that it is in, and since: the version that brought it; None where
    every product has the kind.
    """

    word: str
    name: str
    plural: str
    collection: str
    title: str
    titles: str
    element: str = ""
    more_uids: tuple[str, ...] = ()
    more_hrefs: tuple[str, ...] = ()
    action_in_path: bool = False
    root: str | None = None
    since: str | None = None


#: Sessions call every job urn:veeam:Job. The Href of a reference to a file share job is that of an agent job, in every
#: edition of the reference.
ROWS = {
    row.word: row
    for row in (
        JobKind(JOB, "Job", "Jobs", "jobs", "job", "jobs"),
        JobKind(
            AGENT,
            "AgentBackupJob",
            "AgentBackupJobs",
            "agents/jobs",
            "agent job",
            "agent jobs",
            more_uids=("Job",),
        ),
        JobKind(
            NAS,
            "NasJob",
            "NASJobs",
            "nas/jobs",
            "file share job",
            "file share jobs",
            element="NASJob",
            more_uids=("Job",),
            more_hrefs=("agents/jobs", "jobs"),
            action_in_path=True,
            root="/api/nas",
            since="10",
        ),
    )
}
WORDS = tuple(ROWS)
