# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may log on, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from .roles import ADMINISTRATOR


@dataclass(frozen=True)
class Account:
    user: str
    password: str
    roles: tuple[str, ...] = (ADMINISTRATOR,)

    def spellings(self) -> set[str]:
        """``DOMAIN\\user``, ``user`` and ``user@DOMAIN`` name one account; letter case does not count
        (em/em_about_accounts_and_roles: Windows EM takes the first two, Linux EM the last)."""
        domain, _unused, name = self.user.rpartition("\\")
        if not domain and "@" in self.user:
            name, _unused, domain = self.user.partition("@")
        with_domain = [f"{name}@{domain}", f"{domain}\\{name}"] if domain else []
        return {text.casefold() for text in (self.user, name, *with_domain)}
