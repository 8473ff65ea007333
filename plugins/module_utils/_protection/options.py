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
from .._module.shapes import OneText
from .._module.spec import Spec, merged
from .._module.times import duration
from .._resources.backup_server import BACKUP_SERVER
from .._resources.hierarchy import HIERARCHY_ROOT
from .._resources.machine import is_ref
from .exclude import Exclusions

#: Bound in seconds on a whole run. What takes longer than that hangs.
LONGEST = 1800.0
WITHIN = "24h"
ASKED_SPEC = Spec(
    {
        "machines": {"type": "list", "elements": "str"},
        "host": {"type": "list", "elements": "str"},
        "backup_server": {"type": "list", "elements": "str"},
        "within": {"type": "str", "default": WITHIN},
        "exclude": {"type": "list", "elements": "str", "default": []},
    },
    names=("machines", "exclude"),
)
SPEC = merged(connection_spec(), ASKED_SPEC)


class Asked(t.NamedTuple):
    """What is looked at. machines: names and references, None for all. hosts, servers: empty for all.

    whole: the name that all of the machines together may be, where they were given as one text with commas.
    """

    machines: tuple[str, ...] | None
    hosts: tuple[Reference, ...]
    servers: tuple[Reference, ...]
    within: int
    exclude: Exclusions
    whole: str | None = None

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
    machines, whole = _named("machines", params.get("machines"))
    left_out, whole_left_out = _named("exclude", params.get("exclude") or ())
    return Asked(
        machines,
        tuple(reference("host", text, HIERARCHY_ROOT) for text in params.get("host") or () if text.strip()),
        tuple(
            reference("backup_server", text, BACKUP_SERVER)
            for text in params.get("backup_server") or ()
            if text.strip()
        ),
        duration("within", params["within"] or WITHIN),
        Exclusions([*(left_out or ()), *([whole_left_out] if whole_left_out else [])]),
        whole,
    )


def _named(option: str, given: t.Sequence[str] | None) -> tuple[tuple[str, ...] | None, str | None]:
    """The machines that an option names, and the one name that a text with commas may be instead."""
    if given is None:
        return None, None
    whole = None
    if len(given) == 1 and isinstance(given[0], OneText) and len(given[0].parts) > 1:
        whole = _machine(option, str(given[0]))
        given = given[0].parts
    # An empty text, as a template gives it, is the name of nothing.
    return tuple(dict.fromkeys(_machine(option, text) for text in given if text.strip())), whole


def _machine(option: str, text: str) -> str:
    check_name(option, text)
    if text.lower().startswith("urn:veeam:"):
        raise OptionError(
            f"{option}: {text} is the UID of something else. A machine is given by its name, or by its reference in "
            "the inventory (urn:VMware:Vm:...)."
        )
    return text
