# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences on what could not be read, and what follows from that. Pure."""

from __future__ import annotations

import typing as t

from .._http.errors import ExchangeError

NO_DATE = "Enterprise Manager did not say what time it is, so ages go by the clock of the machine on which this ran."
NO_INVENTORY = (
    "The role of the account does not see inventories, runs and jobs; Portal Administrator does. So machines that are "
    "not named are unknown, or missing where they have no restore point, and whether runs fail is not known. And such "
    "a role sees what is in its restore scope only."
)
NO_RUNS = (
    "The role of the account does not see runs of jobs; Portal User does. So machines that are not named are unknown: "
    "their last run may have failed."
)
NO_JOBS = (
    "The role of the account does not see jobs; Portal Administrator does. So what has no new restore point is "
    "unknown: it may be late, paused or unprotected. And such a role sees what is in its restore scope only."
)
NO_REFERENCES = (
    "This server does not find restore points by the reference of a machine. So a machine that was renamed since its "
    "last backup counts as one without a restore point."
)


def inventory(host: str, server: str | None, error: ExchangeError) -> str:
    where = f" on {server}" if server else ""
    return (
        f"The inventory of {host}{where} could not be read ({_said(error)}). So of its machines only those that have a "
        "restore point or a job of their own are shown, as unknown."
    )


def points(error: ExchangeError) -> str:
    return f"Restore points could not be read ({_said(error)}). So all machines are unknown."


def runs(error: ExchangeError) -> str:
    return (
        f"Runs of jobs could not be read ({_said(error)}). So all machines are unknown: their last run may have failed."
    )


def jobs(what: str, error: ExchangeError) -> str:
    return (
        f"{what} could not be read ({_said(error)}). So machines without a new restore point are unknown: they may be "
        "late, paused or unprotected."
    )


def machines(what: str, names: t.Collection[str], error: ExchangeError) -> str:
    return f"{what} of {_count(names)} could not be read ({_said(error)}). So their status is unknown."


def unasked(names: t.Collection[str]) -> str:
    return (
        f"Restore points of {_count(names)} cannot be looked for: how a server reads such a name in a filter is not "
        "known, and it does not find them by reference. So their status is unknown."
    )


def references(error: ExchangeError) -> str:
    return (
        f"Restore points could not be looked for by reference ({_said(error)}). So a machine that was renamed since "
        "its last backup counts as one without a restore point."
    )


def _said(error: ExchangeError) -> str:
    return error.msg.rstrip(".")


def _count(names: t.Collection[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in sorted(names)[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
