# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the sessions that ended since a moment, page by page and complete, the earliest end first.

The next page is what ended since the last end on this one, and no page of a number: so a session that shows late, or
goes away, shifts no other out of sight (EM reference: get_query_backupjobsession, pagesize_and_page).
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.query import MAX_PAGES, PAGE_SIZE, Query
from .._http.effects import Flow
from .._http.errors import BadAnswer, Refused
from .._resources.job_session import JobSession

#: EM's documentation names no largest page; public clients ask for 2,000.
LARGE = 1000
#: How long one page may take with all its repetitions, in seconds.
PATIENCE = 120.0


def ended_since(
    em: EnterpriseManager, kind: Kind, since: float, take: t.Callable[[list[JobSession]], Flow[None]]
) -> Flow[None]:
    """Hand the sessions that ended then or later to take, some of them twice. since: seconds since 1970."""
    size, number, asked = LARGE, 1, 0
    while True:
        query = Query(kind, f'State==Stopped;EndTime>="{moments.write(since)}"', "sortAsc=EndTime", size)
        try:
            page = yield from em.page(query, number, em.clock() + PATIENCE)
        except Refused as error:
            # Where pages of that size are refused, it is asked for small ones.
            if size <= PAGE_SIZE or error.status not in (400, 500):
                raise
            size = PAGE_SIZE
            continue
        asked += 1
        yield from take(page.items)
        if page.pages is None or number >= page.pages:
            return
        if not page.items or asked > MAX_PAGES:
            label = f"GET {query.path().partition('?')[0]}"
            raise BadAnswer(f"{label}: the list of sessions does not end.", label, 200)
        if page.size is not None and 0 < page.size < size:
            size = page.size
        ends = [moments.read(item.end) or 0.0 for item in page.items]
        if ends == sorted(ends) and int(ends[-1]) > int(since):
            since, number = ends[-1], 1
        else:
            # More ended in one second than there are on a page, or EM has sorted them otherwise.
            number += 1
