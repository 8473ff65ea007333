# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind of resource: what it is called in queries, UIDs, hrefs and documents, and how it is read.

The rows are with their resources, in the folder _resources. EM reference: query_type, uid.
"""

from __future__ import annotations

import typing as t

from . import wire
from .wire import Page


class Kind(t.NamedTuple):
    """A kind of resource.

    name: in query?type=, in UIDs (urn:veeam:Job:...), and of its element. plural: name of its lists.
    collection: part of its hrefs (/api/jobs/{id}). read: makes the model of an entity or a reference.
    entities: whether entities are asked for; references take about a ninth of the bytes.
    element: of an entity, where that is not the name. title: in sentences, where the name would say it badly.
    more_uids, more_hrefs: other types of UIDs, and other collections, under which EM shows it in places.
    """

    name: str
    plural: str
    collection: str
    read: t.Callable[[wire.Record], t.Any]
    entities: bool
    element: str = ""
    title: str = ""
    more_uids: tuple[str, ...] = ()
    more_hrefs: tuple[str, ...] = ()

    @property
    def as_references(self) -> Kind:
        """The same kind, read from references only."""
        return self._replace(entities=False)

    @property
    def as_entities(self) -> Kind:
        """The same kind, read from entities."""
        return self._replace(entities=True)

    @property
    def words(self) -> str:
        """The kind in a sentence: "backup server"."""
        spaced = "".join(" " + char.lower() if char.isupper() else char for char in self.name).strip()
        return self.title or spaced

    def path(self, identifier: str) -> str:
        """Path and query of one resource."""
        return f"/api/{self.collection}/{identifier}{'?format=Entity' if self.entities else ''}"

    def read_one(self, body: bytes, media_type: str) -> t.Any:
        """The resource, as entity or reference. Raises Unreadable."""
        return self.read(wire.parse(body, media_type, (self.element or self.name, "EntityRef"), ("UID", "Href")))

    def read_page(self, body: bytes, media_type: str) -> Page:
        """One page of a query for it, entities or references. Raises Unreadable."""
        return wire.read_page(body, media_type, self.plural, self.element or self.name, self.read)
