# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may log on, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from .ids import stable_id
from .roles import ADMINISTRATOR

ACCOUNT_TYPES = ("User", "Group", "ExternalUser", "ExternalGroup")
UNPROCESSED, PROCESSED = "Unprocessed", "Processed"
SCOPE_STATES = (UNPROCESSED, PROCESSED, "Removing")


@dataclass(frozen=True)
class Scope:
    """What an account may restore: a machine or a container. root_id: of the hierarchy root, which EM shows as its
    name."""

    id: str
    name: str
    root_id: str
    platform: str = "VMware"
    kind: str = "Vm"
    state: str = UNPROCESSED
    reference: str = ""


@dataclass(frozen=True)
class Account:
    """restores_all: whether its scopes do not matter. password: empty is one with which nobody logs on here."""

    user: str
    password: str
    roles: tuple[str, ...] = (ADMINISTRATOR,)
    id: str = ""
    kind: str = "User"
    restores_all: bool = True
    scopes: tuple[Scope, ...] = ()
    inplace_only: bool = False
    extensions: str = ""
    deny_sql: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id or stable_id("account", self.user))

    @property
    def uid(self) -> str:
        return f"urn:veeam:EnterpriseAccount:{self.id}"

    @property
    def known(self) -> bool:
        """Whether EM has it; one without a role is any user of the domain."""
        return self.roles != ("none",)

    @property
    def name(self) -> str:
        return self.user

    def spellings(self) -> set[str]:
        """``DOMAIN\\user``, ``user`` and ``user@DOMAIN`` name one account; letter case does not count
        (em/em_about_accounts_and_roles: Windows EM takes the first two, Linux EM the last)."""
        domain, _unused, name = self.user.rpartition("\\")
        if not domain and "@" in self.user:
            name, _unused, domain = self.user.partition("@")
        with_domain = [f"{name}@{domain}", f"{domain}\\{name}"] if domain else []
        return {text.casefold() for text in (self.user, name, *with_domain)}
