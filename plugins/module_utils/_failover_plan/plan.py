# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which plan is meant, and what became of each of its machines. Pure."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, near_hint, quoted
from .._http.errors import NotFound, OptionError
from .._resources.failover_plan import FailoverPlan, PlannedMachine
from .._resources.restore_session import RestoreSession, is_failover

#: What became of a machine. unknown: no session of it has shown, which never counts as done.
DONE, FAILED, RUNNING, UNKNOWN = "done", "failed", "running", "unknown"


class Outcome(t.NamedTuple):
    """What is known of a machine of the plan. session: that of its failover, None where none shows."""

    machine: PlannedMachine
    status: str
    session: RestoreSession | None


def the_one(wanted: Reference, server: Reference | None, plans: t.Sequence[FailoverPlan]) -> FailoverPlan:
    """The plan that is meant. Raises NotFound, or OptionError where several have the name."""
    found = [plan for plan in wanted.picks(plans) if server is None or server.is_server(plan.server)]
    if not found:
        where = f" on backup server {quoted(server.text)}" if server is not None else ""
        hint = near_hint(wanted.text, [plan.name for plan in plans])
        raise NotFound(f"plan: there is no failover plan {quoted(wanted.text)}{where}.{hint}")
    if len(found) > 1:
        servers = ", ".join(sorted(plan.server.name if plan.server else "unknown" for plan in found))
        raise OptionError(
            f"plan: {len(found)} failover plans are called {quoted(wanted.text)}, on {servers}; set backup_server to "
            "one of them, or give the id."
        )
    return found[0]


def may_be_of(session: RestoreSession, machine: PlannedMachine, plan: FailoverPlan) -> bool:
    """Whether it may be the session of a failover of that machine."""
    elsewhere = session.server is not None and plan.server is not None and session.server.id != plan.server.id
    named = session.machine in (machine.display_name, machine.name)
    return named and not elsewhere and is_failover(session) is not False


def outcome(machine: PlannedMachine, session: RestoreSession | None, accept: t.Collection[str]) -> Outcome:
    """What became of the machine, as far as its session says."""
    if session is None:
        return Outcome(machine, UNKNOWN, None)
    if not session.has_ended:
        return Outcome(machine, RUNNING, session)
    return Outcome(machine, DONE if session.result in accept else FAILED, session)
