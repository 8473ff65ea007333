# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logon sessions: token in the header, SessionId in the body, idle expiry (em_rest http_authentication)."""

from __future__ import annotations

import base64
import random
import uuid
from dataclasses import dataclass

from ..tester.clock import Clock
from .accounts import Account


@dataclass(eq=False)
class Session:
    """id: the SessionId (GUID, no secret). token: what the header carries. opened, used: of ``Clock.monotonic``."""

    account: Account
    api_version: str
    id: str
    token: str
    opened: float
    used: float
    open: bool = True

    @property
    def user(self) -> str:
        return self.account.user

    def may(self, roles: frozenset[str]) -> bool:
        """Whether its account has one of these roles."""
        return not roles.isdisjoint(self.account.roles)


class Sessions:
    """idle_timeout and lifetime are seconds; a lifetime of 0 means none."""

    def __init__(self, idle_timeout: float, clock: Clock, source: random.Random) -> None:
        self.idle_timeout = idle_timeout
        self._clock = clock
        self._random = source
        self._by_token: dict[str, Session] = {}
        self._by_id: dict[str, Session] = {}
        self._open: dict[str, Session] = {}

    def open(self, account: Account, api_version: str, token_of_id: bool = False) -> Session:
        """token_of_id: the token is base64 of the SessionId's text, as 474 examples of the documentation show it."""
        identity = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        secret = identity.encode("ascii") if token_of_id else self._random.getrandbits(128).to_bytes(16, "big")
        token = base64.b64encode(secret).decode("ascii")
        now = self._clock.monotonic()
        session = Session(account, api_version, identity, token, opened=now, used=now)
        self._by_token[session.token] = session
        self._by_id[session.id] = self._open[session.id] = session
        return session

    def close(self, session: Session) -> None:
        session.open = False
        self._open.pop(session.id, None)

    def with_token(self, token: str) -> Session | None:
        return self._by_token.get(token)

    def with_id(self, identity: str) -> Session | None:
        return self._by_id.get(identity.lower())

    def has_token(self, token: str) -> bool:
        """Whether this token was ever given out."""
        return token in self._by_token

    def due(self, session: Session, lifetime: float) -> bool:
        """Whether an open session has been idle for too long, or lived too long."""
        now = self._clock.monotonic()
        return now - session.used >= self.idle_timeout or bool(lifetime and now - session.opened >= lifetime)

    def all_open(self) -> list[Session]:
        return list(self._open.values())
