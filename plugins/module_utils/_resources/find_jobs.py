# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding jobs of a kind by what users call them, and knowing where Enterprise Manager has no such kind at all."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager, Found
from .._em.kind import Kind
from .._em.reference import Reference, says_unknown
from .._http.effects import Flow
from .._http.errors import ExchangeError, NotFound, Refused
from .._http.retry import READ
from . import job_kind
from .job import KINDS, Job, the_one
from .repository import REPOSITORY, Repository

#: From so many repositories on, reading all of them is quicker than each by its id.
_MANY = 4


def referred(
    em: EnterpriseManager, kind: Kind, word: str, references: t.Iterable[Reference], deadline: float
) -> Flow[Found]:
    """What the references may mean, among the jobs of the kind with that word, read as kind says.

    Raises NotFound where Enterprise Manager has no such jobs at all.
    """
    try:
        found = yield from em.referred(kind, references, deadline)
    except Refused as error:
        yield from check_there(em, word, deadline, error)
        raise
    refusal = next(iter(found.unknown.values()), None)
    if refusal is not None:
        yield from check_there(em, word, deadline, refusal)
    return found


class Known(t.NamedTuple):
    """The jobs of a kind that references may mean. near: names of all of its jobs, where one of them leads to none."""

    found: Found
    near: list[str]


def look_up(
    em: EnterpriseManager, kind: Kind, word: str, references: t.Sequence[Reference], deadline: float
) -> Flow[Known | NotFound]:
    """What the references may mean, as referred() reads it; NotFound where there is no such kind at all."""
    try:
        found = yield from referred(em, kind, word, references, deadline)
    except NotFound as error:
        return error
    if all(wanted.picks(found.items) or wanted.id in found.unknown for wanted in references):
        return Known(found, [])
    return Known(found, (yield from names_of_jobs(em, word, deadline)))


def names_of_jobs(em: EnterpriseManager, word: str, deadline: float) -> Flow[list[str]]:
    """Names of all jobs of a kind, for messages only: where they cannot be read, the message does without."""
    try:
        listed = yield from em.all(KINDS[word].as_references, deadline)
    except ExchangeError:
        # The failure of a courtesy is not the failure to report.
        return []
    return sorted({job.name for job in listed})


def the_known(
    option: str, wanted: Reference, server: Reference | None, known: Known | NotFound, place: str, word: str
) -> Job:
    """The one job that an option names, of what look_up() returned for its kind. Raises NotFound."""
    if isinstance(known, NotFound):
        raise NotFound(f"{place}{known.msg}") from known
    if wanted.id is not None and wanted.id in known.found.unknown:
        raise says_unknown(f"{place}{option}: there is no {KINDS[word].words}", known.found.unknown[wanted.id])
    return the_one(option, wanted, server, known.found.items, known.near, place, word)


def check_there(em: EnterpriseManager, word: str, deadline: float, refusal: Refused) -> Flow[None]:
    """Raise NotFound where Enterprise Manager, having refused something of that kind, does not have the kind at all."""
    row = job_kind.ROWS[word]
    if row.root is None or not (refusal.from_api and refusal.status in (400, 404)):
        return
    try:
        yield from em.get(row.root, deadline, READ, lambda body, media_type: None)
    except Refused as error:
        if error.from_api and error.status == 404:
            raise NotFound(
                f"kind: this Enterprise Manager has no {row.titles}, which came with version {row.since}."
            ) from error


def names_of_repositories(em: EnterpriseManager, ids: t.Iterable[str | None], deadline: float) -> Flow[dict[str, str]]:
    """Id to name of the repositories that file share jobs show. One that cannot be read is not in it."""
    wanted = sorted({identifier for identifier in ids if identifier is not None})
    if not wanted:
        return {}
    found: list[Repository] = []
    try:
        if len(wanted) >= _MANY:
            found = yield from em.all(REPOSITORY, deadline)
        else:
            by_id = [Reference(identifier, identifier, None) for identifier in wanted]
            found = (yield from em.referred(REPOSITORY, by_id, deadline)).items
    except ExchangeError:
        # The result has their ids all the same.
        pass
    return {item.id: item.name for item in found if item.id in wanted}
