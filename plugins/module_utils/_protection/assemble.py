# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From everything that was read to the facts of each machine that was asked for. Pure."""

from __future__ import annotations

import typing as t

from .evidence import Host, Key, as_point, root_of
from .facts import ABSENT, FAILED, HIDDEN, READ, Facts
from .reading import Found


class Looked(t.NamedTuple):
    """A machine, and the host that it is on as results show it: one dict for all of a host, not to be changed."""

    facts: Facts
    host: dict[str, t.Any]


def facts_of(found: Found) -> t.Iterator[Looked]:
    """Every machine that was asked for: first those of inventories, then what else is known by that name or way."""
    hosts: dict[Host, dict[str, t.Any]] = {}
    named = found.asked.machines is not None
    for key, machine in found.evidence.machines.items():
        newest = found.evidence.point_of(key)
        last_run, doubtful = found.evidence.runs_of(key)
        facts = Facts(
            machine.name,
            machine.refs,
            named,
            READ,
            FAILED if key in found.failed_points else found.points,
            newest,
            found.evidence.foreign_of(key) if newest is None else None,
            FAILED if key in found.failed_runs else found.runs,
            last_run,
            doubtful,
            found.jobs,
            found.holdings.of(key, machine),
        )
        yield Looked(facts, hosts.setdefault(machine.host, {"name": machine.host.name, "id": machine.host.id}))
    yield from _apart(found)


def _apart(found: Found) -> t.Iterator[Looked]:
    """What is in no inventory that was read, where it is asked for or its own could not be read."""
    scope, asked = found.scope, found.asked
    names, keys = set(asked.names), {scope.key(ref) for ref in asked.refs}
    is_all = asked.machines is None
    seen: set[str | Key] = set()
    shown: dict[Key, tuple[str | None, str | None]] = {}
    for key, point in found.evidence.apart.items():
        if is_all or point.machine in names or key in keys:
            shown[key] = point.machine, point.ref
            seen |= {point.machine, key}
    if is_all and scope.unread:
        # Those that only a job tells of.
        for key, named in found.holdings.named.items():
            if key[1] in scope.unread and key not in shown:
                shown[key] = named
    for name in asked.names:
        if name in scope.apart and name not in seen:
            shown["", "", name] = name, None
    for ref in asked.refs:
        if scope.key(ref) in scope.apart and scope.key(ref) not in seen:
            shown[scope.key(ref)] = None, ref
    for key, (known_as, known_ref) in shown.items():
        yield _one_apart(found, key, known_as, known_ref, not is_all)


def _one_apart(found: Found, key: Key, name: str | None, ref: str | None, is_named: bool) -> Looked:
    unread = found.scope.unread
    if unread is None:
        inventory = HIDDEN
    else:
        # A name may be in any of those that could not be read.
        inventory = FAILED if (key[1] in unread if ref else unread) else ABSENT
    host = found.hosts.get(key[1])
    facts = Facts(
        name or "",
        (ref,) if ref else (),
        is_named,
        inventory,
        FAILED if (name or key) in found.failed_apart else found.points,
        as_point(found.evidence.apart.get(key)),
        runs=found.runs,
        last_run=found.evidence.run_apart(key),
        jobs=found.jobs,
        held=(),
    )
    shown = {"name": host.name, "id": host.id} if host else {"name": None, "id": root_of(ref) or None if ref else None}
    return Looked(facts, shown)
