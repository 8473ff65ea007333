# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enterprise Manager's resources as calls. Each call is a flow: it asks for requests and returns the model."""

from __future__ import annotations

import functools
import math
import time
import typing as t

from .._http.effects import Flow, Parallel
from .._http.errors import BadAnswer, ExchangeError, Refused, Unauthorized, VeeamError
from .._http.retry import CANCEL, ONCE, POLL, READ, persistently
from .._http.transport import Request, Response
from . import answers, http_status
from .kind import Kind
from .query import MAX_PAGES, PAGE_SIZE, PAGES_AT_ONCE, Query, by_names, chunks, is_filterable, is_plain, listing
from .reference import Reference
from .server_clock import ServerClock
from .task import Task, read_task
from .texts import folded
from .wire import Page

T = t.TypeVar("T")


class Session(t.Protocol):
    """What a call needs of the logon session."""

    @property
    def token(self) -> str | None: ...

    def sign(self, request: Request) -> Request:
        """The request as a part of the session."""

    def renew(self, refused: str | None, deadline: float, request: str) -> Flow[None]:
        """Log on again after a 401 on that token, unless that was done meanwhile. Raises Unauthorized if it fails.

        request: the label of the one that was refused.
        """


class Dated(t.NamedTuple):
    """What an answer said, and when that was by the server's clock: seconds since 1970, None where it does not say."""

    value: t.Any
    at: float | None


class Found(t.NamedTuple):
    """What references lead to. unknown: the refusals of ids that EM does not know, by id.

    alike: what EM showed besides, and whose names most people would take for one of those that were asked for.
    """

    items: list[t.Any]
    unknown: dict[str, Refused]
    alike: list[t.Any] = []


class EnterpriseManager:
    """url is the address the user gave; media_type is "xml" or "json"; note hears of every repeated request; timeout is
    how long an answer may always take, in seconds. server_clock: what time it is for the server."""

    def __init__(
        self,
        url: str,
        media_type: str,
        session: Session,
        note: t.Callable[[Request, ExchangeError], None],
        clock: t.Callable[[], float] = time.monotonic,
        timeout: float = math.inf,
        server_clock: ServerClock | None = None,
    ) -> None:
        self.clock = clock
        self.server_clock = server_clock or ServerClock(clock)
        self.timeout = timeout
        #: Names of what the requests that write were handed over for.
        self.sent: list[str] = []
        self._url = url
        self.media_type = media_type
        self._session = session
        self._note = note

    def _persistently(
        self, request: Request, purpose: str, deadline: float, read: t.Callable[[Response], T]
    ) -> Flow[T]:
        """Send it as a part of the session, as often as the table of retries allows."""
        return persistently(request, purpose, deadline, read, self.clock, self._note, self._longest, self._session.sign)

    def anonymously(self, request: Request, purpose: str, deadline: float, read: t.Callable[[Response], T]) -> Flow[T]:
        """Send a request that needs no session, with the headers that it has."""
        return persistently(request, purpose, deadline, read, self.clock, self._note, self._longest)

    def _longest(self, left: float) -> float:
        """An answer that comes drop by drop must leave time for another attempt, or for another way to find out."""
        return max(self.timeout, left / 2)

    def get(
        self, path: str, deadline: float, purpose: str, parse: t.Callable[[bytes, str], T], renew: bool = True
    ) -> Flow[T]:
        """Read what is there, and again in a new session where the old one is over."""
        return (yield from self.dated(path, deadline, purpose, parse, renew)).value

    def dated(
        self, path: str, deadline: float, purpose: str, parse: t.Callable[[bytes, str], t.Any], renew: bool = True
    ) -> Flow[Dated]:
        """The same, with the server's time: ages go by its clock, not by that of the machine where this runs."""
        request = Request("GET", path)

        def read(response: Response) -> Dated:
            value = answers.read(request, response, self.media_type, (200,), parse)
            return Dated(value, self.server_clock.hear(response.headers))

        token = self.token
        try:
            return (yield from self._persistently(request, purpose, deadline, read))
        except Unauthorized as error:
            if not renew:
                raise
            refused = error.request
        # The session is over; a read may simply be asked again in a new one.
        yield from self._session.renew(token, deadline, refused)
        try:
            return (yield from self._persistently(request, purpose, deadline, read))
        except Unauthorized as error:
            raise Unauthorized(
                f"{error.request}: Enterprise Manager refused its own new session (HTTP 401).",
                error.request,
                401,
                message=error.message,
                permanent=True,
                hint="Is something on the way to it removing the header X-RestSvcSessionId?",
            ) from error

    def query(
        self,
        query: Query,
        deadline: float,
        purpose: str = READ,
        keep: t.Callable[[t.Any], t.Any] = lambda item: item,
    ) -> Flow[list[t.Any]]:
        """All pages of a query, several at once. keep makes of an item what is returned, as soon as its page is there.

        An incomplete listing is an error: it would seem to prove that something is not there.
        """
        trouble: list[VeeamError] = []

        def page(number: int) -> Flow[Page]:
            if trouble:
                raise trouble[0]
            try:
                return (yield from self._page(query, number, deadline, purpose, keep))
            except VeeamError as error:
                trouble.append(error)
                raise

        kept: dict[str, t.Any] = {}
        number, count = 0, 1
        while number < count:
            if count > MAX_PAGES:
                raise _broken_paging(query.path(number), f"there are more than {MAX_PAGES} pages")
            starts = [functools.partial(page, ahead) for ahead in range(number + 1, count + 1)]
            for answer in (yield Parallel(starts, PAGES_AT_ONCE)) if number else [(yield from page(1))]:
                if isinstance(answer, VeeamError):
                    raise answer
                number += 1
                known = len(kept)
                kept.update(answer.items)
                # The number of pages that came with this one counts: there may be fewer by now, or more.
                count = answer.pages if answer.pages is not None else number
                if number >= count:
                    break
                if len(kept) == known:
                    raise _broken_paging(query.path(number), f"page {number} of {count} brought nothing new")
        return list(kept.values())

    def each(self, query: Query, deadline: float, take: t.Callable[[t.Any], None], purpose: str = READ) -> Flow[None]:
        """Hand every item of a query to take, in no certain order, some perhaps twice; nothing of it is kept here.

        Where EM refuses pages of that size it is asked for small ones, and where it answers smaller ones, for those.
        Raises what take raises on the first page.
        """
        page = yield from self.first_page(query, deadline, purpose)
        if page.pages is None:
            raise _broken_paging(query.path(), "nothing says how many pages there are")
        if page.size is not None and 0 < page.size < query.size:
            query = query._replace(size=page.size)
        for item in page.items:
            take(item)
        trouble: list[VeeamError] = []

        def later(number: int) -> Flow[tuple[int, bool]]:
            if trouble:
                raise trouble[0]
            try:
                following = yield from self.page(query, number, deadline, purpose)
            except VeeamError as error:
                trouble.append(error)
                raise
            for item in following.items:
                take(item)
            return following.pages or 0, bool(following.items)

        number, count = 1, page.pages
        while number < count:
            if count > MAX_PAGES:
                raise _broken_paging(query.path(number), f"there are more than {MAX_PAGES} pages")
            starts = [functools.partial(later, ahead) for ahead in range(number + 1, count + 1)]
            for answer in (yield Parallel(starts, PAGES_AT_ONCE)):
                if isinstance(answer, VeeamError):
                    raise answer
                number += 1
                pages, has_items = answer
                if number < pages and not has_items:
                    raise _broken_paging(query.path(number), f"page {number} of {pages} brought nothing new")
                # What is made meanwhile pushes others to later pages; what goes away leaves the last ones empty.
                count = pages or number

    def first_page(self, query: Query, deadline: float, purpose: str = READ) -> Flow[Page]:
        """The first page, and how many there are. Where EM refuses pages of that size, one of a small size."""
        try:
            return (yield from self.page(query, 1, deadline, purpose))
        except Refused as error:
            if query.size <= PAGE_SIZE or error.status not in (400, 500):
                raise
        return (yield from self.first_page(query._replace(size=PAGE_SIZE), deadline, purpose))

    def first(self, query: Query, deadline: float, purpose: str = READ) -> Flow[list[t.Any]]:
        """The first page of a query, where the rest does not matter."""
        page: Page = yield from self.get(query.path(), deadline, purpose, query.kind.read_page)
        return page.items

    def _page(
        self, query: Query, number: int, deadline: float, purpose: str, keep: t.Callable[[t.Any], t.Any]
    ) -> Flow[Page]:
        """One page, its items as pairs of id and what is kept of them."""
        page = yield from self.page(query, number, deadline, purpose)
        return page._replace(items=[(item.id, keep(item)) for item in page.items])

    def page(self, query: Query, number: int, deadline: float, purpose: str = READ) -> Flow[Page]:
        """One page. Raises BadAnswer where it may be another one, or incomplete."""
        path = query.path(number)
        page: Page = yield from self.get(path, deadline, purpose, query.kind.read_page)
        if page.number not in (None, number):
            raise _broken_paging(path, f"page {page.number} came for page {number}")
        if page.pages is None and len(page.items) == query.size:
            raise _broken_paging(path, f"page {number} is full, and nothing says whether there are more")
        return page

    def named(self, kind: Kind, names: t.Iterable[str], deadline: float, purpose: str = READ) -> Flow[list[t.Any]]:
        """What bears exactly one of these names, on any backup server; proved absent where it is missing."""
        return (yield from self._named(kind, names, deadline, purpose)).items

    def _named(self, kind: Kind, names: t.Iterable[str], deadline: float, purpose: str = READ) -> Flow[Found]:
        names = list(names)
        wanted = set(names)
        looks = {folded(name) for name in names}
        found: dict[str, t.Any] = {}
        alike: dict[str, t.Any] = {}
        doubtful = {name for name in wanted if not is_filterable(name)}
        for chunk in chunks(kind, dict.fromkeys(names)):
            plain = all(is_plain(name) for name in chunk)
            try:
                items = yield from self.query(by_names(kind, chunk), deadline, purpose)
            except Refused as error:
                if plain or error.status not in (400, 500):
                    raise
                items = []
            found.update((item.id, item) for item in items if item.name in wanted)
            alike.update((item.id, item) for item in items if item.name not in wanted and folded(item.name) in looks)
            if not plain:
                doubtful |= set(chunk) - {item.name for item in found.values()}
        if doubtful:
            # How EM reads unusual characters in a filter is not known, so a filter that finds nothing proves nothing.
            for item in (yield from self.all(kind.as_references, deadline, purpose)):
                if item.name in doubtful and item.id not in found:
                    found[item.id] = (yield from self.one(kind, item.id, deadline, purpose)) if kind.entities else item
                elif item.name not in wanted and folded(item.name) in looks:
                    alike[item.id] = item
        return Found(list(found.values()), {}, list(alike.values()))

    def all(self, kind: Kind, deadline: float, purpose: str = READ) -> Flow[list[t.Any]]:
        """All of that kind. Expensive on a large server."""
        return (yield from self.query(listing(kind), deadline, purpose))

    def one(self, kind: Kind, identifier: str, deadline: float, purpose: str = READ) -> Flow[t.Any]:
        """The one with that id. Raises Refused where EM does not know it."""
        return (yield from self.get(kind.path(identifier), deadline, purpose, kind.read_one))

    def referred(
        self, kind: Kind, references: t.Iterable[Reference], deadline: float, names: t.Iterable[str] = ()
    ) -> Flow[Found]:
        """Everything that the references may mean, and what bears one of the names, in as few requests as possible."""
        found: dict[str, t.Any] = {}
        unknown: dict[str, Refused] = {}
        wanted = list(references)
        for identifier in dict.fromkeys(reference.id for reference in wanted if reference.id is not None):
            try:
                item = yield from self.one(kind, identifier, deadline)
                found[item.id] = item
            except Refused as error:
                # Only EM's own 400 or 404 says that it does not know the id.
                if not (error.from_api and error.status in (400, 404)):
                    raise
                unknown[identifier] = error
        # Those referred to first: they repeat, so the first chunk usually settles them all.
        by_name = [reference.name for reference in wanted if reference.name is not None]
        bearers = yield from self._named(kind, [*by_name, *names], deadline)
        found.update((item.id, item) for item in bearers.items)
        return Found(list(found.values()), unknown, bearers.alike)

    def order(
        self, method: str, path: str, name: str | None, deadline: float, body: bytes | None = None, purpose: str = ONCE
    ) -> Flow[Task]:
        """Send a request that changes something, and take the task that answers it.

        name: what it is sent for, as a run that breaks off tells it. purpose: ONCE, or that of the retry table under
        which it may be sent again.
        """
        request = Request(method, path, body, once=True)
        self.sent.append(name or "")

        def read(response: Response) -> Task:
            # The reference prints 202 Created in places; any success that carries a task is an acceptance.
            return answers.read(request, response, self.media_type, (202, 201, 200), read_task)

        return (yield from self._persistently(request, purpose, deadline, read))

    def task(self, task: Task, deadline: float) -> Flow[Task]:
        """Look at a task again. A 401 is the caller's: tasks end with the session (EM reference: tasks)."""
        seen = yield from self.get(task.path, deadline, POLL, read_task, renew=False)
        if seen.id != task.id:
            raise BadAnswer(f"GET {task.path}: Enterprise Manager answered with another task.", f"GET {task.path}", 200)
        return seen

    def will_repeat(self, path: str, error: ExchangeError) -> None:
        """Count a look at a task or session that failed among the requests that are sent again."""
        self._note(Request("GET", path), error)

    def cancel(self, task: Task, deadline: float) -> Flow[None]:
        """Remove the task, which may stop it (EM reference: delete_task_id, post_jobs_id_actionclone)."""
        request = Request("DELETE", task.path)

        def read(response: Response) -> None:
            http_status.expect_status(request, response, 200, 202, 204)

        yield from self._persistently(request, CANCEL, deadline, read)

    def renew(self, token: str | None, deadline: float, refused: str) -> Flow[None]:
        """Log on again after a 401 on that token. refused: the label of the request that got it."""
        yield from self._session.renew(token, deadline, refused)

    @property
    def token(self) -> str | None:
        """The session token in use."""
        return self._session.token

    def href(self, path: str) -> str:
        """An href on the host and port that the user gave, whatever EM calls itself."""
        return self._url + path


def _broken_paging(path: str, why: str) -> BadAnswer:
    label = f"GET {path.partition('?')[0]}"
    return BadAnswer(f"{label}: the list is not complete: {why}.", label, 200, permanent=True)
