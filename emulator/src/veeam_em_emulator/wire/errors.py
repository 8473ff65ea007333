# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the API and their texts (em_rest http_response_codes; the texts were seen on real servers)."""

from __future__ import annotations

WRONG_FORMAT = "Node [root] does not exist."
MISSING_NODE = "Object reference not set to an instance of an object."
ACCESS_DENIED = "Access denied"


def not_known(what: str) -> str:
    """Text for an answer whose real wording nobody has published; clients cannot come to depend on it."""
    return f"<{what}; wording not known>"


def refused(reason: str) -> str:
    return not_known(f"refused by the backup server: {reason}")


OFFLINE = refused("the backup server is offline")


class ApiError(Exception):
    """Answer with an Error body. headers: additional ones; first_chance: FirstChanceExceptionMessage."""

    def __init__(
        self, status: int, message: str, *, first_chance: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.first_chance = first_chance
        self.headers = headers


def missing_node() -> ApiError:
    return ApiError(500, MISSING_NODE, first_chance=MISSING_NODE)
