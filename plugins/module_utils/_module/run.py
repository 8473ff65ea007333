# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of a module: options in, result out.

Session, warnings, retries, secrets, errors and signals are the run's; the flow is the module's.
"""

from __future__ import annotations

import signal
import time
import traceback
import typing as t

from .._em.calls import EnterpriseManager
from .._em.logon_session import LogonSession
from .._em.server_clock import ServerClock
from .._http import signals
from .._http.effects import Flow, Progress
from .._http.errors import ExchangeError, Interrupted, VeeamError, own_mistake
from .._http.scheduler import Scheduler
from .._http.transport import Connection, Request, require_libraries, tls_context
from .definition import Module
from .secrets import scrub

T = t.TypeVar("T")

#: Called with how far a run is and the seconds since it began.
Watch = t.Callable[[Progress, float], None]


def run(
    module: Module,
    params: dict[str, t.Any],
    check_mode: bool,
    diff: bool,
    warn: t.Callable[[str], None],
    watch: Watch | None = None,
) -> dict[str, t.Any]:
    """Do what the options ask and return the result of the module.

    A result with failed items has failed set. Raises VeeamError for everything else that goes wrong, and Interrupted
    where a signal stopped it; by then the session is closed.
    """
    require_libraries()
    one = Run(module, params, check_mode, diff, warn)
    stop = signals.Stop()
    context: list[t.Any] = []

    def connect() -> Connection:
        # Reading the certificates takes its time, and not every run needs them.
        endpoint = one.chosen.connection.endpoint
        context[:] = context or [tls_context(endpoint)]
        return Connection(endpoint, context[0])

    def tell(progress: Progress) -> None:
        if watch is not None:
            watch(progress._replace(text=scrub(progress.text, one.session.secrets)), one.elapsed)

    scheduler = Scheduler(connect, stop=stop, watch=tell)
    failure: VeeamError | None = None
    result: dict[str, t.Any] = {}
    try:
        with stop.listening():
            try:
                result = scheduler.run(one.flow())
            except VeeamError as error:
                failure = error
        if stop.number is not None:
            # It came when nothing was left to be broken off. Nobody gets the result, nor a session that is in it.
            with stop.listening():
                scheduler.run(one.session.take_back())
    except Interrupted as stopped:
        raise _passed_on(one.stopped(stopped)) from None
    finally:
        scheduler.close()
    if stop.number is not None:
        raise _passed_on(one.stopped(stop.exception()))
    if failure is not None:
        raise failure
    return result


def _passed_on(stopped: Interrupted) -> Interrupted:
    """The timer of Ansible's `timeout:` has an exception of its own, raised by the handler that is back by now."""
    if stopped.signal_number == signal.SIGALRM:
        signal.raise_signal(signal.SIGALRM)
    return stopped


class Run:
    """What the flow of a module has.

    chosen: what the module's settings() returned. em: the server's resources. session: the logon session, for the few
    that do not leave it to logged_on(). deadline: monotonic seconds. Raises OptionError where an option is wrong.
    """

    def __init__(
        self,
        module: Module,
        params: dict[str, t.Any],
        check_mode: bool,
        diff: bool,
        warn: t.Callable[[str], None],
        clock: t.Callable[[], float] | None = None,
    ) -> None:
        self.module = module
        self.check_mode = check_mode
        self.diff = diff
        self.clock = clock or time.monotonic
        self._warn_user = warn
        self._retries: dict[str, list[ExchangeError]] = {}
        self.started = self.clock()
        self.chosen = module.settings(params)
        connection = self.chosen.connection
        self.deadline = self.started + self.chosen.wait_timeout
        server_clock = ServerClock(self.clock)
        self.session = LogonSession(
            connection.credentials,
            connection.media_type,
            connection.api_version,
            (connection.endpoint.hostname, connection.endpoint.port),
            connection.endpoint.timeout,
            self._note,
            self.warn,
            self.clock,
            server_clock,
        )
        self.session.deadline = self.deadline
        self.em = EnterpriseManager(
            connection.endpoint.url,
            connection.media_type,
            self.session,
            self._note,
            self.clock,
            connection.endpoint.timeout,
            server_clock,
        )

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

    # -- the whole run ---------------------------------------------------------------------------------------------

    def flow(self) -> Flow[dict[str, t.Any]]:
        """The run as one flow, with its result as the user may see it."""
        try:
            result = yield from self.module.flow(self)
        except VeeamError as error:
            raise self._shown(error) from error
        except Exception as error:  # pylint: disable=broad-except
            sent = self.em.sent
            trouble = VeeamError(
                f"{own_mistake(error)} {self.module.sent_by_then(sent)}",
                changed=bool(sent),
                exception=traceback.format_exc(),
            )
            raise self._shown(trouble) from None
        self._tell_retries()
        result.setdefault("retries", self.retries)
        kept = {key: result[key] for key in self.module.hands_out if key in result}
        return {**scrub(result, self.session.secrets), **kept}

    def stopped(self, stop: Interrupted) -> Interrupted:
        """The same, with what had been sent by then."""
        stop.sent = list(self.em.sent)
        stop.sentence = self.module.sent_by_then(stop.sent)
        return stop

    def _note(self, request: Request, error: ExchangeError) -> None:
        self._retries.setdefault(request.label, []).append(error)

    def _tell_retries(self) -> None:
        for label, errors in self._retries.items():
            self.warn(
                "%s was tried again %d time%s; last reason: %s."
                % (label, len(errors), "" if len(errors) == 1 else "s", errors[-1].reason)
            )

    def _shown(self, error: VeeamError) -> VeeamError:
        """The error as the user may see it."""
        self._tell_retries()
        result = self.module.failure(self.chosen, error, self.retries).result()
        result.setdefault("retries", self.retries)
        return Failure(scrub(result, self.session.secrets))


class Failure(VeeamError):
    """A failed result that is complete already."""

    def __init__(self, result: dict[str, t.Any]) -> None:
        super().__init__(result["msg"])
        self._result = result

    def result(self) -> dict[str, t.Any]:
        return self._result
