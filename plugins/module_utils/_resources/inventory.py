# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding machines and other objects in the inventories: roots are read once, and each question is asked once in a run.

Only an exact match counts: how a server matches names is not known, and a wildcard is a character of a name here.
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.reference import Reference, hint, quoted
from .._em.texts import folded
from .._http.effects import Flow, Parallel
from .._http.errors import NotFound, VeeamError
from .backup_server import BackupServer
from .hierarchy import HIERARCHY_ROOT, HierarchyRoot, InventoryItem, look_at, look_up
from .machine import parse_ref

#: The platform of what is below a root of that type, as references have it in lower case. Others may hold anything.
_PLATFORMS = {
    "vc": "vmware",
    "esx": "vmware",
    "esxi": "vmware",
    "hvserver": "hyperv",
    "hvcluster": "hyperv",
    "scvmm": "hyperv",
    "vcdsystem": "vcloud",
}


def may_hold(root: HierarchyRoot, platform: str | None) -> bool:
    """Whether something of that platform may be below the root; None, or a platform without inventories: anything."""
    known, wanted = _PLATFORMS.get((root.host_type or "").lower()), (platform or "").lower()
    return known is None or wanted not in _PLATFORMS.values() or known == wanted


def is_on(ref: str, platform: str | None) -> bool:
    """Whether the reference is of that platform, as in may_hold()."""
    wanted = (platform or "").lower()
    return wanted not in _PLATFORMS.values() or parse_ref(ref).platform in ("", wanted)


class Question(t.NamedTuple):
    """What has the name and type below the root, or, where ref is set, what that leads to."""

    root: HierarchyRoot | None = None
    name: str = ""
    type: str = ""
    ref: str = ""

    def fits(self, item: InventoryItem) -> bool:
        """Whether the item is what was asked for; EM may answer with more."""
        if self.ref:
            return parse_ref(item.ref) == parse_ref(self.ref)
        return item.name == self.name and item.type.lower() == self.type.lower()

    def almost_fits(self, item: InventoryItem) -> bool:
        """Whether its name only looks like the one that was asked for."""
        return not self.ref and item.name != self.name and folded(item.name) == folded(self.name)


class Inventory:
    """max_parallel: how many questions are asked at once."""

    def __init__(self, em: EnterpriseManager, max_parallel: int) -> None:
        self._em = em
        self._max_parallel = max_parallel
        #: None while they have not been read.
        self.roots: list[HierarchyRoot] | None = None
        self._answers: dict[Question, list[InventoryItem] | VeeamError] = {}

    def read_roots(self, deadline: float) -> Flow[None]:
        """Read the roots, once."""
        if self.roots is None:
            self.roots = yield from self._em.all(HIERARCHY_ROOT, deadline)

    def roots_on(self, server: BackupServer | None) -> list[HierarchyRoot]:
        """The roots that this backup server knows."""
        return [
            root
            for root in self.roots or ()
            if root.server is not None and server is not None and root.server.id == server.id
        ]

    def ask(self, questions: t.Iterable[Question], deadline: float, again: bool = False) -> Flow[None]:
        """Ask what has not been asked yet, several at once; again: also what found nothing, or failed."""
        todo = [
            question
            for question in dict.fromkeys(questions)
            if question not in self._answers or (again and not self._found(question))
        ]

        def start(question: Question) -> Flow[list[InventoryItem]]:
            if question.root is None:
                return look_at(self._em, question.ref, deadline)
            return look_up(self._em, question.root, question.name, question.type, deadline)

        starts = [lambda question=question: start(question) for question in todo]
        answers = yield Parallel(starts, self._max_parallel)
        self._answers.update(zip(todo, answers))

    def _found(self, question: Question) -> bool:
        answer = self._answers[question]
        return isinstance(answer, list) and answer != []

    def answer(self, question: Question) -> list[InventoryItem]:
        """All that EM answered, which may be more than fits. Raises what kept it from that."""
        answer = self._answers[question]
        if isinstance(answer, VeeamError):
            raise answer
        return answer


def the_root(
    option: str, host: Reference, roots: t.Sequence[HierarchyRoot], server: BackupServer | None, place: str = ""
) -> HierarchyRoot:
    """The one root that an option names. Raises NotFound.

    roots: those of the backup server that is meant. place: the item's place in a list, before the option.
    """
    found = host.picks(roots)
    if len(found) == 1:
        return found[0]
    where = server.name if server else "(unknown)"
    if found:
        ids = ", ".join(sorted(root.id for root in found))
        raise NotFound(
            f"{place}{option}: hierarchy root {quoted(host.text)} exists {len(found)} times on backup server {where}; "
            f"give its id ({ids})."
        )
    there = hint(host.text, [root.name for root in roots], "hierarchy roots there")
    raise NotFound(f"{place}{option}: there is no hierarchy root {quoted(host.text)} on backup server {where}.{there}")
