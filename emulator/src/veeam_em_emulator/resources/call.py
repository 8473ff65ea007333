# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request on its way through the API, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..estate.sessions import Session
from ..tester.faults import Fault
from ..wire.dialects import DIALECTS, Dialect
from ..wire.json_writer import JsonWriter
from ..wire.xml_writer import XmlWriter
from ..work.scopes import Sight
from ..work.tasks import Task
from ..work.world import World
from .kind import Style


@dataclass(eq=False)
class Answer:
    """body: text without BOM, or bytes as they are; None for no body. media: ``xml``, ``json`` or a content type."""

    status: int
    body: str | bytes | None = None
    media: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Call:
    """params: decoded query parameters in their order; keys are compared without letter case. path: below /api.

    number: of the request in the journal.
    """

    world: World
    method: str
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    faults: list[Fault]
    session: Session | None = None
    number: int = 0
    authorization_user: str | None = None
    new_session: Session | None = None
    task: Task | None = None
    base_url: str = ""

    def __post_init__(self) -> None:
        self.base_url = self.base_url or self.world.base_url
        self.media = "json" if "application/json" in self.headers.get("accept", "").lower() else "xml"

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key.lower() == name.lower()), None)

    @property
    def action(self) -> str:
        return (self.param("action") or "").lower()

    def format_is(self, *names: str) -> bool:
        return (self.param("format") or "").lower() in names

    def fault(self, *names: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.fault in names), None)

    @property
    def sight(self) -> Sight | None:
        """What its account sees of machines; None: everything."""
        return None if self.session is None else self.world.scopes.of(self.session.account)

    @property
    def dialect(self) -> Dialect:
        session = self.session or self.new_session
        old = session is not None and session.api_version in ("v1_5", "v1_6")
        if self.world.dialect.camel and old and self.world.switches["old_version_casing"] == "pascal":
            return DIALECTS["12"]
        return self.world.dialect

    def json_writer(self) -> JsonWriter:
        return JsonWriter(self.base_url, self.dialect, self.world.switches["single_link_as_object"])

    def xml_writer(self) -> XmlWriter:
        return XmlWriter(self.base_url, self.world.switches["attribute_order"] == "documented")

    @property
    def style(self) -> Style:
        product = self.world.options.product
        return Style(
            product=product,
            backups=self.world.runs.backups,
            fractional=self.world.switches["dates"] == "fractional",
            order=product in ("9.5u4", "10", "11"),
            retention=product != "9.5u4",
            persistent_agent=self.world.switches["persistent_agent"] == "present" and product in ("12", "13"),
            agent_job_link=self.world.switches["agent_job_link"] == "present" or product == "13",
        )

    @property
    def shape(self) -> tuple[Any, ...]:
        """What the written form of a resource depends on, as key for kept representations."""
        switches = self.world.switches
        names = (
            switches["database"], switches["failure_message"], switches["persistent_agent"],
            switches["agent_session_job_uid"], switches["agent_job_link"],
        )  # fmt: skip
        if self.media == "xml":
            return ("xml", self.base_url, switches["attribute_order"], switches["dates"], names)
        return ("json", self.base_url, self.dialect, switches["single_link_as_object"], switches["dates"], names)


def header_pairs(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; repeated headers are joined."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
