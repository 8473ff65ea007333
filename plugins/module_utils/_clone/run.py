# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of veeam_job_clone: options in, result out. The module and the action plugin both call run()."""

from __future__ import annotations

import contextlib
import time
import traceback
import typing as t

from .._em.calls import EnterpriseManager
from .._em.session import LogonSession
from .._http import signals
from .._http.effects import Flow
from .._http.errors import ExchangeError, Interrupted, VeeamError, sent_by_then
from .._http.scheduler import Scheduler
from .._http.transport import Connection, Request, require_libraries, tls_context
from .._module.secrets import scrub
from . import result as results
from .clone import Made, Unproved, clone, prove
from .options import Settings, settings
from .plan import Plan
from .resolve import Existing, Resolved, resolve

#: Called with (ended, running, failed, total, elapsed seconds) after each change of these numbers and at each pause.
#: All of them have ended only in the last call, when the new jobs have been read back.
Progress = t.Callable[[int, int, int, int, float], None]


def run(
    params: dict[str, t.Any],
    check_mode: bool,
    diff: bool,
    warn: t.Callable[[str], None],
    progress: Progress | None = None,
) -> dict[str, t.Any]:
    """Do what the options ask and return the result of the module.

    In the clones form a result with failed items has failed set. Raises VeeamError for everything else that goes
    wrong, and Interrupted where a signal stopped it; by then the session is closed.
    """
    return _Run(params, check_mode, diff, warn, progress).run()


class _Run:
    def __init__(
        self,
        params: dict[str, t.Any],
        check_mode: bool,
        diff: bool,
        warn: t.Callable[[str], None],
        progress: Progress | None,
    ) -> None:
        self.params = params
        self.check_mode = check_mode
        self.diff = diff
        self.warn_user = warn
        self.progress = progress
        self.retries: dict[str, list[ExchangeError]] = {}
        self.session: LogonSession | None = None
        self.em: EnterpriseManager | None = None
        self.started = time.monotonic()

    def run(self) -> dict[str, t.Any]:
        require_libraries()
        chosen = settings(self.params)
        if not chosen.clones:
            return results.of_many(chosen, [], self.check_mode, self.diff, 0)
        try:
            with signals.as_exceptions():
                outcomes = self._outcomes(chosen)
        except Interrupted:
            raise
        except VeeamError as error:
            raise self._finished(results.whole_run_failed(chosen, error, self._retry_count())) from error
        except Exception as error:  # pylint: disable=broad-except
            sent = self.em.sent if self.em is not None else []
            trouble = VeeamError(
                "An error in this collection, please report it: %s: %s. %s"
                % (type(error).__name__, str(error).rstrip("."), sent_by_then(sent)),
                changed=bool(sent),
                exception=traceback.format_exc(),
            )
            raise self._finished(results.whole_run_failed(chosen, trouble, self._retry_count())) from None
        self._tell_retries()
        if chosen.single:
            outcome = outcomes[0]
            if isinstance(outcome, VeeamError):
                raise self._finished(results.whole_run_failed(chosen, outcome, self._retry_count()), told=True)
            self._warn_of(outcome)
            return self._clean(results.of_one(chosen, outcome, self.diff, self._retry_count()))
        for outcome in outcomes:
            self._warn_of(outcome)
        return self._clean(results.of_many(chosen, outcomes, self.check_mode, self.diff, self._retry_count()))

    def _outcomes(self, chosen: Settings) -> list[results.Outcome]:
        context = tls_context(chosen.connection.endpoint)
        scheduler = Scheduler(lambda: Connection(chosen.connection.endpoint, context))
        session = LogonSession(
            chosen.connection.credentials,
            chosen.connection.media_type,
            chosen.connection.api_version,
            (chosen.connection.endpoint.hostname, chosen.connection.endpoint.port),
            chosen.connection.endpoint.timeout,
            scheduler.run,
            self._note,
            self.warn,
        )
        scheduler.session = self.session = session
        deadline = self.started + chosen.waiting.wait_timeout
        session.deadline = deadline
        em = self.em = EnterpriseManager(
            chosen.connection.endpoint.url,
            chosen.connection.media_type,
            lambda: session.token,
            self._note,
            timeout=chosen.connection.endpoint.timeout,
        )
        try:
            # around the session: a signal may come out of its logout
            with self._telling_what_was_sent(em), session:
                resolved = scheduler.run(resolve(em, chosen.clones, deadline))
                if self.check_mode:
                    return list(resolved)
                return self._clone_all(chosen, em, scheduler, resolved, deadline)
        finally:
            # Once more: a signal or Ansible's own timer may strike on the way into the session's end, just before they
            # are held back. There is no second logout.
            session.close()
            scheduler.close()

    def _clone_all(
        self, chosen: Settings, em: EnterpriseManager, scheduler: Scheduler, resolved: list[Resolved], deadline: float
    ) -> list[results.Outcome]:
        outcomes: list[results.Outcome] = list(resolved)
        plans = [(index, plan) for index, plan in enumerate(resolved) if isinstance(plan, Plan)]
        failed = sum(isinstance(item, VeeamError) for item in resolved)
        settled = len(resolved) - len(plans)

        def start(position: int, plan: Plan) -> Flow[Made | Unproved]:
            # The first ones have waited for the look-ups as part of their time; the others begin when they begin.
            own = deadline if position < chosen.max_parallel else em.clock() + chosen.waiting.wait_timeout
            return clone(em, plan, chosen.waiting, own)

        def tell(ended: int, running: int, failures: int) -> None:
            if self.progress is not None and ended < len(plans):
                self.progress(settled + ended, running, failed + failures, len(resolved), self._elapsed())

        starts = [
            lambda position=position, plan=plan: start(position, plan) for position, (unused, plan) in enumerate(plans)
        ]
        ended: list[Made | Unproved | VeeamError] = scheduler.run_many(starts, chosen.max_parallel, tell)
        for (index, _plan), outcome in zip(plans, self._prove_all(chosen, em, scheduler, ended)):
            outcomes[index] = outcome
        if self.progress is not None and plans:
            failed = sum(isinstance(item, VeeamError) for item in outcomes)
            self.progress(len(outcomes), 0, failed, len(outcomes), self._elapsed())
        return outcomes

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _prove_all(
        self,
        chosen: Settings,
        em: EnterpriseManager,
        scheduler: Scheduler,
        ended: list[Made | Unproved | VeeamError],
    ) -> list[Made | VeeamError]:
        """Read the new jobs back: together first, and those that EM does not show as expected one by one."""
        together = [item for item in ended if isinstance(item, Unproved)]
        if together:
            seen = dict(zip(together, scheduler.run(prove(em, together))))
            ended = [seen.get(item, item) if isinstance(item, Unproved) else item for item in ended]
        alone = [item for item in ended if isinstance(item, Unproved)]
        looked = iter(scheduler.run_many([item.read_back for item in alone], chosen.max_parallel))
        return [next(looked) if isinstance(item, Unproved) else item for item in ended]

    @staticmethod
    @contextlib.contextmanager
    def _telling_what_was_sent(em: EnterpriseManager) -> t.Iterator[None]:
        try:
            yield
        except Interrupted as stop:
            stop.sent = list(em.sent)
            raise

    # -- what the user hears ---------------------------------------------------------------------------------------

    @property
    def secrets(self) -> list[str]:
        """What must not be shown, as far as it is known by now."""
        if self.session is not None:
            return self.session.secrets
        return [secret for secret in (self.params.get("password"), self.params.get("session_id")) if secret]

    def warn(self, text: str) -> None:
        self.warn_user(scrub(text, self.secrets))

    def _warn_of(self, outcome: results.Outcome) -> None:
        if isinstance(outcome, Made):
            for warning in outcome.warnings:
                self.warn(warning)
        if isinstance(outcome, Existing) and outcome.job.type != outcome.source.type:
            self.warn(
                'Job "%s" exists, but its type is %s, and that of job "%s" is %s.'
                % (outcome.job.name, outcome.job.type or "unknown", outcome.source.name, outcome.source.type)
            )

    def _note(self, request: Request, error: ExchangeError) -> None:
        # Pool threads do not come here: flows run in the main thread alone.
        self.retries.setdefault(request.label, []).append(error)

    def _retry_count(self) -> int:
        return sum(len(errors) for errors in self.retries.values())

    def _tell_retries(self) -> None:
        for label, errors in self.retries.items():
            self.warn(
                "%s was tried again %d time%s; last reason: %s."
                % (label, len(errors), "" if len(errors) == 1 else "s", errors[-1].reason)
            )

    def _clean(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", scrub(result, self.secrets))

    def _finished(self, error: VeeamError, told: bool = False) -> VeeamError:
        """The error as the user may see it."""
        if not told:
            self._tell_retries()
        return results.Failure(self._clean(error.result()))
