# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the restore points of machines, in as few requests as possible and proved complete.

EM documents a filter by the machine's name; the one by its reference is used by clients and documented nowhere, so what
it answers is checked (EM reference: get_query_vmrestorepoint).
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.calls import EnterpriseManager
from .._em.query import Query, any_of, chunks, is_filterable, is_plain
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import Forbidden, Refused, VeeamError
from .._http.retry import READ
from .._resources import hierarchy
from .._resources.hierarchy import HIERARCHY_ROOT, HierarchyRoot
from .._resources.machine import parse_ref, same_object, type_of
from .._resources.restore_point import RESTORE_POINT, RestorePoint

#: Names or references in one filter.
AT_ONCE = 50
#: Points of a page: those of fifty machines that keep two weeks.
POINTS = 1000
NEWEST_FIRST = "sortDesc=CreationTime"
_SPELLED = {"vmware": "VMware", "hyperv": "HyperV", "vcloud": "vCloud"}

#: What of a point is kept; None drops it.
Keep = t.Callable[[RestorePoint], t.Any]


class Roots(t.NamedTuple):
    """The hierarchy roots, None where the role does not see them, and what is the same for all roots of a vCenter."""

    known: list[HierarchyRoot] | None
    unique: dict[str, str]

    def of_host(self, root_id: str) -> str:
        """What all roots of the same host have in common."""
        return self.unique.get(root_id, root_id)


def read_roots(em: EnterpriseManager, deadline: float) -> Flow[Roots]:
    """The hierarchy roots: a machine of a vCenter that is connected to two backup servers is one machine."""
    try:
        known = yield from em.all(HIERARCHY_ROOT, deadline)
    except Forbidden:
        return Roots(None, {})
    return Roots(known, hierarchy.unique_ids(known))


class Found(t.NamedTuple):
    """alike: points that may be of a machine that was asked for by another reference, where roots are not shown: one
    vCenter that is connected to two backup servers has two, and nothing else tells that from two vCenters.
    """

    points: list[RestorePoint]
    alike: list[RestorePoint]


def there_too(other: RestorePoint) -> str:
    """What is said of one that is alike, before what to do about it."""
    return (
        f"there are restore points of {quoted(other.machine)} with the reference {other.ref} too, and the account's "
        "role does not see whether that is the same machine."
    )


class _FieldIgnored(VeeamError):
    """A filter by reference let others pass, so the server does not know the field."""


def read(
    em: EnterpriseManager,
    names: t.Iterable[str],
    refs: t.Iterable[str],
    roots: Roots,
    deadline: float,
    purpose: str = READ,
) -> Flow[Found]:
    """All points of the machines of these names, and of those that these references lead to. Raises ExchangeError."""
    wanted = {same_object(ref, roots.unique): ref for ref in refs}
    in_doubt = {object_of(ref) for ref in wanted.values()} if roots.known is None else set()
    named = dict.fromkeys(names)

    def is_wanted(point: RestorePoint) -> bool:
        return point.machine in named or (point.ref is not None and same_object(point.ref, roots.unique) in wanted)

    def may_be_wanted(point: RestorePoint) -> bool:
        return point.ref is not None and object_of(point.ref) in in_doubt

    found: dict[str, RestorePoint] = {}
    now_called: list[str] = []
    answered = True
    if wanted:
        answered = yield from _by_refs(em, wanted, roots, found, deadline, purpose)
        missing = [ref for key, ref in wanted.items() if key not in _keys(found, roots)]
        now_called = yield from _names_of(em, missing, roots, deadline)
        if roots.known is None:
            now_called += [point.machine for point in found.values()]
    proves_nothing = yield from _by_names(em, [*dict.fromkeys([*named, *now_called])], found, deadline, purpose)
    if (not answered or roots.known is None) and not wanted.keys() <= _keys(found, roots):
        # It may have been renamed, be in no inventory any more, or have the reference of another backup server.
        proves_nothing = True
    if proves_nothing:
        kept = yield from listing(
            em, "", deadline, lambda point: point if is_wanted(point) or may_be_wanted(point) else None, purpose
        )
        found.update((point.id, point) for point in kept)
    points = [point for point in found.values() if is_wanted(point)]
    return Found(points, [point for point in found.values() if may_be_wanted(point) and not is_wanted(point)])


def object_of(ref: str) -> tuple[str, str]:
    """Which object a reference leads to, of whichever host."""
    parts = parse_ref(ref)
    return parts.type, parts.object


def _keys(found: t.Mapping[str, RestorePoint], roots: Roots) -> set[tuple[str, str, str]]:
    return {same_object(point.ref, roots.unique) for point in found.values() if point.ref}


def listing(
    em: EnterpriseManager, condition: str, deadline: float, keep: Keep, purpose: str = READ
) -> Flow[list[t.Any]]:
    """All points that the filter lets pass, several pages at once; what keep() drops is not in it.

    Points that are made meanwhile would push others to pages that were read already, so those from before this moment
    are read first. The clock of a backup server may be ahead of that of EM, so the rest is read too.
    """
    now = em.server_clock.now()
    bounds = [""] if now is None else [f'CreationTime<"{moments.write(now)}"', f'CreationTime>="{moments.write(now)}"']
    found: dict[str, t.Any] = {}

    def take(point: RestorePoint) -> None:
        kept = keep(point)
        if kept is not None:
            found[point.id] = kept

    for bound in bounds:
        query = Query(RESTORE_POINT, ";".join(part for part in (condition, bound) if part), NEWEST_FIRST, POINTS)
        yield from em.each(query, deadline, take, purpose)
    return list(found.values())


def _filtered(em: EnterpriseManager, condition: str, deadline: float, keep: Keep, purpose: str) -> Flow[list[t.Any]]:
    """All points that the filter lets pass, most often on one page. Pages that are read side by side would miss what a
    point that is made meanwhile pushes from one to the next, so several are read as a listing."""
    page = yield from em.first_page(Query(RESTORE_POINT, condition, NEWEST_FIRST, POINTS), deadline, purpose)
    kept = [keep(point) for point in page.items]
    if page.pages == 1:
        return [one for one in kept if one is not None]
    return (yield from listing(em, condition, deadline, keep, purpose))


def _by_names(
    em: EnterpriseManager, names: list[str], found: dict[str, RestorePoint], deadline: float, purpose: str
) -> Flow[bool]:
    """Put what bears these names into found. Returns whether the filter proves nothing for one of them."""
    doubtful = {name for name in names if not is_filterable(name)}
    wanted = set(names)
    for chunk in chunks(RESTORE_POINT, names, "VmDisplayName", AT_ONCE):
        plain = all(is_plain(name) for name in chunk)
        try:
            points = yield from _filtered(em, any_of("VmDisplayName", chunk), deadline, lambda point: point, purpose)
        except Refused as error:
            if plain or error.status not in (400, 500):
                raise
            points = []
        found.update((point.id, point) for point in points if point.machine in wanted)
        if not plain:
            doubtful |= set(chunk) - {point.machine for point in points}
    return bool(doubtful)


def spellings(ref: str, roots: Roots) -> list[str]:
    """The references to the same machine, as EM may write them: as it was given, and below each root of its host."""
    parts = parse_ref(ref)
    _head, _dot, tail = ref.partition(".")
    head = f"urn:{_SPELLED.get(parts.platform, parts.platform)}:{type_of(ref)}:"
    host = roots.of_host(parts.root)
    twins = [root for root, unique in roots.unique.items() if unique == host]
    return list(dict.fromkeys([ref, *(f"{head}{root}.{tail}" for root in [parts.root, *twins])]))


def _by_refs(
    em: EnterpriseManager,
    wanted: t.Mapping[tuple[str, str, str], str],
    roots: Roots,
    found: dict[str, RestorePoint],
    deadline: float,
    purpose: str,
) -> Flow[bool]:
    """Put the points of these references into found. Returns whether the server answers such a filter."""

    def keep(point: RestorePoint) -> RestorePoint:
        if not point.ref or same_object(point.ref, roots.unique) not in wanted:
            # It lists everything, which is not read to its end for this.
            raise _FieldIgnored("a filter by reference let other machines pass")
        return point

    texts = [text for ref in wanted.values() for text in spellings(ref, roots)]
    for start in range(0, len(texts), AT_ONCE):
        condition = any_of("HierarchyObjRef", texts[start : start + AT_ONCE])
        try:
            points = yield from _filtered(em, condition, deadline, keep, purpose)
        except _FieldIgnored:
            return False
        except Refused as error:
            if error.status not in (400, 500):
                raise
            return False
        found.update((point.id, point) for point in points)
    return True


def _names_of(em: EnterpriseManager, refs: t.Iterable[str], roots: Roots, deadline: float) -> Flow[list[str]]:
    """What these references are called in the inventory now; nothing for what is in none, or where that is hidden."""
    names: list[str] = []
    for ref in refs:
        try:
            items = yield from hierarchy.look_at(em, ref, deadline)
        except Refused as error:
            if error.status not in (400, 403, 404, 500):
                raise
            continue
        key = same_object(ref, roots.unique)
        names += [item.name for item in items if item.name and same_object(item.ref, roots.unique) == key]
    return names
