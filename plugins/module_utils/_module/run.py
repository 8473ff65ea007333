# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of any module has: the calls, the logon session, the deadline, warnings, and the count of retries."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.logon_session import LogonSession
from .._em.server_clock import ServerClock
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError, counted
from .._http.transport import Request
from .connection import ConnectionSettings
from .secrets import scrub

T = t.TypeVar("T")


class Settings(t.Protocol):
    """The checked options of a module, as far as every run needs them. wait_timeout: seconds for the whole run."""

    @property
    def connection(self) -> ConnectionSettings: ...

    @property
    def wait_timeout(self) -> float: ...


class Server:
    """Enterprise Manager, as the connection options name it. session: not logged on yet. em: its resources.

    note: hears of every repeated request. warn: hears of a logout that failed.
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        note: t.Callable[[Request, ExchangeError], None],
        warn: t.Callable[[str], None],
        clock: t.Callable[[], float],
        server_clock: ServerClock,
    ) -> None:
        endpoint = connection.endpoint
        self.session = LogonSession(
            connection.credentials,
            connection.media_type,
            connection.api_version,
            (endpoint.hostname, endpoint.port),
            endpoint.timeout,
            note,
            warn,
            clock,
            server_clock,
        )
        self.em = EnterpriseManager(
            endpoint.url, connection.media_type, self.session, note, clock, endpoint.timeout, server_clock
        )


class Run:
    """What the flow of a module has.

    chosen: what the module's settings() returned. em: the server's resources. session: the logon session, for the few
    that do not leave it to logged_on(). deadline: monotonic seconds.
    """

    def __init__(
        self,
        chosen: Settings,
        check_mode: bool,
        diff: bool,
        warn: t.Callable[[str], None],
        clock: t.Callable[[], float],
    ) -> None:
        self.check_mode = check_mode
        self.diff = diff
        self.clock = clock
        self._warn_user = warn
        self._retries: dict[str, list[ExchangeError]] = {}
        self.started = self.clock()
        self.chosen: t.Any = chosen
        connection = chosen.connection
        self.deadline = self.started + chosen.wait_timeout
        server = Server(connection, self._note, self.warn, self.clock, ServerClock(self.clock))
        self.session, self.em = server.session, server.em
        self.session.deadline = self.deadline

    def logged_on(self, flow: Flow[T]) -> Flow[T]:
        """Log on, play the flow and log out, whatever happens."""
        return self.session.logged_on(flow)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.clock() - self.started

    @property
    def retries(self) -> int:
        """How many requests were sent again."""
        return sum(len(errors) for errors in self._retries.values())

    def warn(self, text: str) -> None:
        """Show the user a warning."""
        self._warn_user(scrub(text, self.session.secrets))

    def _note(self, request: Request, error: ExchangeError) -> None:
        self._retries.setdefault(request.label, []).append(error)

    def warn_of_retries(self) -> None:
        """Tell the user of each request that was sent again."""
        for label, errors in self._retries.items():
            self.warn(f"{label} was tried again {counted(len(errors), 'time')}; last reason: {errors[-1].reason}.")


class Failure(VeeamError):
    """A failed result that is complete already."""

    def __init__(self, result: dict[str, t.Any]) -> None:
        super().__init__(result["msg"])
        self._result = result

    def result(self) -> dict[str, t.Any]:
        return self._result
