# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one entry for each request, without any secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(eq=False)
class Entry:
    """One request to /api as it arrived, and what became of it.

    status: code of the answer, None while there is none (also for ever, after a fault that sends none).
    session: SessionId that the request used or opened. connection: number of the TCP connection.
    headers: lower-case names; token and credentials are replaced. bytes_sent, bytes_received: HTTP, before TLS.
    fault: name of the fault that was applied (comma-separated if several). processed: the request was carried out,
    whether or not an answer was sent. time: seconds since the epoch.
    """

    number: int
    method: str
    path: str
    query_string: str
    query: dict[str, str]
    headers: dict[str, str]
    connection: int
    body: str = ""
    status: int | None = None
    session: str | None = None
    user: str | None = None
    authorization_present: bool = False
    bytes_sent: int = 0
    bytes_received: int = 0
    fault: str | None = None
    processed: bool = False
    time: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_HIDDEN = {
    "authorization": "<credentials>",
    "proxy-authorization": "<credentials>",
    "x-restsvcsessionid": "<token>",
}
# Bodies of a tenant logon
_BODY_PASSWORD = re.compile(r"(<Password>|\"Password\"\s*:\s*\")[^<\"]*")
# A token is the base64 of 16 bytes (see ``sessions.py``); in a query its plus signs have become blanks. Or it is that
# of a SessionId's text: 48 letters and digits, which may stand among others
_TOKEN = re.compile(r"[A-Za-z0-9+/ ]{22}==")
_LETTERS = re.compile(r"[A-Za-z0-9]{48,}")
_SHORTEST_TOKEN = 24


class Redactor:
    """Replaces tokens by ``<token>`` and passwords by ``<password>`` in any text, also percent-encoded ones."""

    def __init__(self, is_token: Callable[[str], bool], passwords: list[str]) -> None:
        self._is_token = is_token
        # very short passwords would make every text unreadable, they are left to the header rule
        self._passwords = [password for password in passwords if len(password) > 3]

    def text(self, value: str) -> str:
        if not value:
            return value
        value = self._plain(value)
        if "%" in value:
            decoded = unquote(value)
            hidden = self._plain(decoded)
            if hidden != decoded:
                return hidden
        return value

    def _plain(self, value: str) -> str:
        for password in self._passwords:
            if password in value:
                value = value.replace(password, "<password>")
        if "Password" in value:
            value = _BODY_PASSWORD.sub(r"\1<password>", value)
        if len(value) < _SHORTEST_TOKEN:
            return value
        return _TOKEN.sub(self._token, _LETTERS.sub(self._token_among, value))

    def _token_among(self, match: re.Match[str]) -> str:
        text = match.group()
        for start in range(len(text) - 47):
            if self._is_token(text[start : start + 48]):
                return f"{text[:start]}<token>{_LETTERS.sub(self._token_among, text[start + 48 :])}"
        return text

    def _token(self, match: re.Match[str]) -> str:
        return "<token>" if self._is_token(match.group().replace(" ", "+")) else match.group()

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        shown = {name: _HIDDEN.get(name) or self.text(value) for name, value in headers.items()}
        if "cookie" in shown:
            parts = [part.strip().partition("=") for part in headers["cookie"].split(";")]
            shown["cookie"] = "; ".join(
                f"{name}=<token>" if name.lower() == "x-restsvcsessionid" else self.text(f"{name}{equals}{value}")
                for name, equals, value in parts
            )
        return shown
