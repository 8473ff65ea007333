# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody at the vCenter or host: breaks machines, switches them on and off, renames, registers anew, deletes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..estate.machines import CONSOLE, Machine, MachineError
from ..work.world import World

BROKEN = "broken"


class Hypervisor:
    """Machines are named by name, or by a reference where a name is found several times. MachineError (a ValueError)
    where there is none that exists, or more than one."""

    def __init__(self, world: World) -> None:
        self._world = world

    @contextmanager
    def _one(self, named: str) -> Iterator[Machine]:
        """The machine, after what was due before somebody lays hands on it."""
        with self._world.lock:
            self._world.tick()
            # what ran before the start has worked on machines as they were then
            self._world.runs.recall()
            yield self._world.machines.one(named)

    def write(self, machine: str, data: str) -> None:
        """Other data on its disks, a word of any kind."""
        with self._one(machine) as found:
            self._world.machines.write(found, data, CONSOLE)

    def break_machine(self, machine: str) -> None:
        """What is on its disks is good for nothing: the word is ``broken``."""
        self.write(machine, BROKEN)

    def power(self, machine: str, on: bool) -> None:
        with self._one(machine) as found:
            self._world.machines.power(found, on, CONSOLE)

    def rename(self, machine: str, name: str) -> None:
        """Its reference stays; what was backed up before keeps the old name."""
        with self._one(machine) as found:
            self._world.machines.rename(found, name, CONSOLE)

    def register_anew(self, machine: str) -> str:
        """The same disks under another reference, which is returned."""
        with self._one(machine) as found:
            self._world.machines.register_anew(found, CONSOLE)
            return found.reference

    def delete(self, machine: str) -> None:
        with self._one(machine) as found:
            self._world.machines.delete(found, CONSOLE)

    def change(self, machine: str, changes: dict[str, object]) -> str:
        """Several at once: ``data``, ``powered_on``, ``name``, ``register_anew``. All are checked before the first.
        Returns the machine's reference after that."""
        unknown = set(changes) - {"data", "powered_on", "name", "register_anew"}
        if unknown:
            raise MachineError(f"unknown key {', '.join(sorted(unknown))}")
        for key in ("data", "name"):
            if key in changes and not (isinstance(changes[key], str) and changes[key]):
                raise MachineError(f"{key} must be text")
        for key in ("powered_on", "register_anew"):
            if not isinstance(changes.get(key, False), bool):
                raise MachineError(f"{key} must be true or false")
        with self._one(machine) as found:
            machines = self._world.machines
            if "data" in changes:
                machines.write(found, str(changes["data"]), CONSOLE)
            if "powered_on" in changes:
                machines.power(found, bool(changes["powered_on"]), CONSOLE)
            if "name" in changes:
                machines.rename(found, str(changes["name"]), CONSOLE)
            if changes.get("register_anew"):
                machines.register_anew(found, CONSOLE)
            return found.reference
