# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin `machines`: its options, and the reading of machines as plain data.

What cannot be read is an error: an inventory that is empty, or short, would have plays do nothing without a word.
"""

from __future__ import annotations

import typing as t

from .._em.query import listing
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec
from .._module.definition import Module
from .._module.run import Run
from .._module.spec import merged
from .._protection.evidence import Machine
from .._protection.facts import FAILED, HIDDEN, OBJECT, Held
from .._protection.options import ASKED_SPEC, LONGEST, Asked, asked
from .._protection.reading import Known, Reader
from .._protection.run import protection
from .._resources.computer import COMPUTER, Computer
from .._resources.machine import platform_of

SPEC = merged(
    connection_spec(),
    {option: ASKED_SPEC.options[option] for option in ("host", "backup_server", "within", "exclude")},
    {"agents": {"type": "bool", "default": False}, "protection": {"type": "bool", "default": False}},
)
NO_POINTS = "restore points of agents have no reference to a machine, so it is not known whose they are"


class Settings(t.NamedTuple):
    """The checked options."""

    connection: ConnectionSettings
    asked: Asked
    agents: bool
    protection: bool

    @property
    def wait_timeout(self) -> float:
        return LONGEST


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    return Settings(connection_settings(params), asked(params), params["agents"], params["protection"])


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run: hosts, as plain data, in the order of the server's names."""
    return (yield from run.logged_on(_Hosts(run).read()))


MODULE = Module(SPEC, settings, flow)


class _Hosts:
    """The hosts of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.chosen: Settings = run.chosen
        self.reader = Reader(run.em, self.chosen.asked, run.deadline, strict=True)

    def read(self) -> Flow[dict[str, t.Any]]:
        known, protected = yield from self._machines()
        if known.jobs == FAILED:
            # Without them a host would be in no group of its jobs.
            raise ExchangeError(self.reader.notes[0], "GET /api/query")
        hosts = [self._machine(known, key, machine, protected) for key, machine in known.machines.items()]
        if self.chosen.agents:
            computers: list[Computer] = yield from self.run.em.query(listing(COMPUTER), self.run.deadline)
            hosts += [self._computer(known, one) for one in computers if self._is_asked_for(one)]
        for note in self.reader.notes:
            self.run.warn(note)
        return {"changed": False, "hosts": sorted(hosts, key=_place)}

    def _machines(self) -> Flow[tuple[Known, dict[str, dict[str, t.Any]]]]:
        """What is known of machines, and what is protected of them, by their reference."""
        known = yield from self.reader.known()
        if not self.chosen.protection:
            return known, {}
        found = yield from self.reader.evidence_of(known)
        result = protection(found, self.chosen.connection.endpoint.url)
        return known, {machine["ref"]: machine for machine in result["machines"]}

    def _machine(
        self, known: Known, key: t.Any, machine: Machine, protected: dict[str, dict[str, t.Any]]
    ) -> dict[str, t.Any]:
        names = {root.server.id: root.server.name for root in known.roots.chosen if root.server is not None}
        ref = machine.refs[0]
        host = {
            "name": machine.name,
            "ref": ref,
            "platform": platform_of(ref),
            "host": {"name": machine.host.name, "id": machine.host.id},
            "backup_servers": sorted(names[server] for server in machine.host.servers if server in names),
            "jobs": None if known.jobs == HIDDEN else _names(known.holdings.of(key, machine)),
        }
        if self.chosen.protection:
            judged = protected[ref]
            host["protection"] = {word: judged[word] for word in ("status", "reason", "restore_point", "last_run")}
        return host

    def _computer(self, known: Known, computer: Computer) -> dict[str, t.Any]:
        group = [computer.group] if computer.group else []
        jobs = {name for held_by in (computer.name, *group) for name in known.holdings.names_of(held_by)}
        host: dict[str, t.Any] = {
            "name": computer.name,
            "ref": computer.ref,
            "platform": platform_of(computer.ref),
            "host": {"name": None, "id": None},
            "backup_servers": [computer.server.name] if computer.server else [],
            "jobs": sorted(jobs),
            "address": computer.address or computer.name,
            "agent": {
                "status": computer.agent_status,
                "version": computer.agent_version,
                "online": computer.online,
                "os": computer.os,
                "group": computer.group,
            },
        }
        if self.chosen.protection:
            excluded = self.chosen.asked.exclude.naming(computer.name, [computer.ref] if computer.ref else [])
            host["protection"] = {
                "status": "unknown" if excluded is None else "excluded",
                "reason": NO_POINTS if excluded is None else f'exclude has "{excluded}"',
                "restore_point": None,
                "last_run": None,
            }
        return host

    def _is_asked_for(self, computer: Computer) -> bool:
        servers = self.chosen.asked.servers
        return not self.chosen.asked.hosts and (not servers or any(one.is_server(computer.server) for one in servers))


def _names(held: t.Iterable[Held]) -> list[str]:
    """The jobs that hold a machine by itself: of containers nobody can tell."""
    return sorted({one.job.name for one in held if one.by == OBJECT})


def _place(host: dict[str, t.Any]) -> tuple[str, ...]:
    where = host["host"]
    return (where["name"] or "~", where["id"] or "", host["name"], host["ref"] or "")
