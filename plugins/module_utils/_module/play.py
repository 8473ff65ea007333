# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module from its options to its result: the flow is its own; errors, signals, secrets and retries are the same."""

from __future__ import annotations

import time
import traceback
import typing as t

from .._http import signals
from .._http.effects import Flow, Progress
from .._http.errors import Interrupted, VeeamError, own_mistake
from .._http.scheduler import Scheduler
from .._http.transport import Connection, require_libraries, tls_context
from .definition import Module
from .on_signal import stopped
from .run import Failure, Run
from .secrets import scrub

#: Called with how far a run is and the seconds since it began.
Watch = t.Callable[[Progress, float], None]


def play(
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
    run = begin(module, params, check_mode, diff, warn)
    stop = signals.Stop()
    context: list[t.Any] = []

    def connect() -> Connection:
        # Reading the certificates takes its time, and not every run needs them.
        endpoint = run.chosen.connection.endpoint
        context[:] = context or [tls_context(endpoint)]
        return Connection(endpoint, context[0])

    def tell(progress: Progress) -> None:
        if watch is not None:
            watch(progress._replace(text=scrub(progress.text, run.session.secrets)), run.elapsed)

    scheduler = Scheduler(connect, stop=stop, watch=tell)
    failure: VeeamError | None = None
    result: dict[str, t.Any] = {}
    try:
        with stop.listening():
            try:
                result = scheduler.run(whole(module, run))
            except VeeamError as error:
                failure = error
        if stop.number is not None:
            # It came when nothing was left to be broken off. Nobody gets the result, nor a session that is in it.
            with stop.listening():
                scheduler.run(run.session.take_back())
    except Interrupted as stop_seen:
        raise stopped(module, run, stop_seen) from None
    finally:
        scheduler.close()
    if stop.number is not None:
        raise stopped(module, run, stop.exception())
    if failure is not None:
        raise failure
    return result


def begin(
    module: Module,
    params: dict[str, t.Any],
    check_mode: bool,
    diff: bool,
    warn: t.Callable[[str], None],
    clock: t.Callable[[], float] | None = None,
) -> Run:
    """A run whose options were checked. Raises OptionError."""
    return Run(module.settings(params), check_mode, diff, warn, clock or time.monotonic)


def whole(module: Module, run: Run) -> Flow[dict[str, t.Any]]:
    """The run as one flow, with its result as the user may see it."""
    try:
        result = yield from module.flow(run)
    except VeeamError as error:
        raise _as_result(module, run, error) from error
    except Exception as error:  # pylint: disable=broad-except
        sent = run.em.sent
        trouble = VeeamError(
            f"{own_mistake(error)} {module.sent_by_then(sent)}", changed=bool(sent), exception=traceback.format_exc()
        )
        raise _as_result(module, run, trouble) from None
    run.warn_of_retries()
    result.setdefault("retries", run.retries)
    kept = {key: result[key] for key in module.hands_out if key in result}
    return {**scrub(result, run.session.secrets), **kept}


def _as_result(module: Module, run: Run, error: VeeamError) -> Failure:
    """The error as the user may see it."""
    run.warn_of_retries()
    result = module.failure(run.chosen, error, run.retries).result()
    result.setdefault("retries", run.retries)
    return Failure(scrub(result, run.session.secrets))
