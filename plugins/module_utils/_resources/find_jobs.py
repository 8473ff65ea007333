# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding jobs of a kind by what users call them, and knowing where Enterprise Manager has no such kind at all."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager, Found
from .._em.kind import Kind
from .._em.reference import Reference
from .._http.effects import Flow
from .._http.errors import ExchangeError, NotFound, Refused
from .._http.retry import READ
from . import job_kind
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
    if found.unknown:
        yield from check_there(em, word, deadline, next(iter(found.unknown.values())))
    return found


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
