# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of veeam_protection_info, and every check that needs no server. The inventory plugin has some of them."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec
from .._module.spec import merged
from .._module.times import duration
from .._resources.backup_server import BACKUP_SERVER
from .._resources.hierarchy import HIERARCHY_ROOT
from .._resources.machine import is_ref
from .exclude import Exclusions

#: Bound in seconds on a whole run. What takes longer than that hangs.
LONGEST = 1800.0
SPEC = merged(
    connection_spec(),
    {
        "machines": {"type": "list", "elements": "str"},
        "host": {"type": "list", "elements": "str"},
        "backup_server": {"type": "list", "elements": "str"},
        "within": {"type": "str", "default": "24h"},
        "exclude": {"type": "list", "elements": "str", "default": []},
    },
)


class Asked(t.NamedTuple):
    """What is looked at. machines: names and references, None for all. hosts, servers: empty for all."""

    machines: tuple[str, ...] | None
    hosts: tuple[Reference, ...]
    servers: tuple[Reference, ...]
    within: int
    exclude: Exclusions

    @property
    def names(self) -> list[str]:
        return [text for text in self.machines or () if not is_ref(text)]

    @property
    def refs(self) -> list[str]:
        return [text for text in self.machines or () if is_ref(text)]


class Settings(t.NamedTuple):
    """The checked options."""

    connection: ConnectionSettings
    asked: Asked

    @property
    def wait_timeout(self) -> float:
        return LONGEST


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    return Settings(connection_settings(params), asked(params))


def asked(params: t.Mapping[str, t.Any]) -> Asked:
    """Check what is to be looked at. Raises OptionError."""
    machines = None
    if params.get("machines") is not None:
        machines = tuple(dict.fromkeys(_machine("machines", text) for text in params["machines"] if text))
    exclude = [_machine("exclude", text) for text in params.get("exclude") or () if text]
    return Asked(
        machines,
        tuple(reference("host", text, HIERARCHY_ROOT) for text in params.get("host") or () if text),
        tuple(reference("backup_server", text, BACKUP_SERVER) for text in params.get("backup_server") or () if text),
        duration("within", params["within"]),
        Exclusions(exclude),
    )


def _machine(option: str, text: str) -> str:
    check_name(option, text)
    if text.lower().startswith("urn:veeam:"):
        raise OptionError(
            f"{option}: {text} is the UID of something else. A machine is given by its name, or by its reference in "
            "the inventory (urn:VMware:Vm:...)."
        )
    return text
