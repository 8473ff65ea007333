# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up what jobs do not have yet: in the inventories below the roots of the job's own backup server.

Every distinct question is asked once in a task, several at a time. Only an exact match counts: how a server matches
names is not known, and a wildcard is a character of a name here.
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.reference import Reference, near_hint, quoted
from .._http.effects import Flow, Parallel
from .._http.errors import NotFound, VeeamError
from .._resources.hierarchy import HIERARCHY_ROOT, HierarchyRoot, InventoryItem, look_at, look_up
from .._resources.job_entity import JobEntity
from .._resources.machine import parse_ref
from .plan import Target, WantedObject, missing

#: The platform of the jobs that can protect what is below a root of that type. Others are asked all the same.
_PLATFORMS = {
    "vc": "vmware",
    "esx": "vmware",
    "esxi": "vmware",
    "hvserver": "hyperv",
    "hvcluster": "hyperv",
    "scvmm": "hyperv",
    "vcdsystem": "vcloud",
}


class NotThere(NotFound):
    """No inventory knows the object, or not yet."""


#: What was asked: (id of the root, name, type), or ("", reference, "").
Question = tuple[str, str, str]


class Inventory:
    """What the roots are, and what was asked of them so far. max_parallel: how many questions are asked at once."""

    def __init__(self, em: EnterpriseManager, max_parallel: int) -> None:
        self._em = em
        self._max_parallel = max_parallel
        self._roots: list[HierarchyRoot] | None = None
        self._answers: dict[Question, list[InventoryItem] | VeeamError] = {}

    def read_roots(self, deadline: float) -> Flow[None]:
        """Read the roots, once."""
        if self._roots is None:
            self._roots = yield from self._em.all(HIERARCHY_ROOT, deadline)

    def below(self, job: JobEntity, target: Target, place: str) -> Target:
        """The target with the roots that its hosts are. Raises NotFound."""
        if target.objects is None:
            return target
        objects = tuple(
            wanted._replace(root=self._host(job, wanted.host, place)) if wanted.host is not None else wanted
            for wanted in target.objects
        )
        return target._replace(objects=objects)

    def _host(self, job: JobEntity, host: Reference, place: str) -> str:
        if host.id is not None and self._roots is None:
            return host.id
        here = self._here(job)
        found = host.picks(here)
        if len(found) == 1:
            return found[0].id
        server = job.server.name if job.server else "its backup server"
        if found:
            raise NotFound(
                "%sobjects, host: %s is there %d times on backup server %s (ids %s); give the id."
                % (place, quoted(host.text), len(found), server, ", ".join(root.id for root in found))
            )
        raise NotFound(
            f"{place}objects, host: there is no hierarchy root {quoted(host.text)} on backup server "
            f"{server}.{near_hint([root.name for root in here][:5])}"
        )

    def _here(self, job: JobEntity) -> list[HierarchyRoot]:
        return [
            root
            for root in self._roots or ()
            if root.server is not None and job.server is not None and root.server.id == job.server.id
        ]

    def questions(self, job: JobEntity, wanted: WantedObject) -> dict[Question, HierarchyRoot | None]:
        """What has to be asked to find the object."""
        if wanted.ref is not None:
            return {("", wanted.ref, ""): None}
        name = wanted.name or ""
        platform = (job.job.platform or "").lower()
        return {
            (root.id, name, wanted.type): root
            for root in self._here(job)
            if wanted.root in (None, root.id) and _may_hold(root, platform)
        }

    def ask(
        self, questions: t.Mapping[Question, HierarchyRoot | None], deadline: float, again: bool = False
    ) -> Flow[None]:
        """Ask what has not been asked yet; again: what found nothing too."""
        todo = [
            item
            for item in questions.items()
            if not self._answers.get(item[0]) and (again or item[0] not in self._answers)
        ]

        def start(question: Question, root: HierarchyRoot | None) -> Flow[list[InventoryItem]]:
            if root is None:
                return look_at(self._em, question[1], deadline)
            return look_up(self._em, root, question[1], question[2], deadline)

        starts = [lambda question=question, root=root: start(question, root) for question, root in todo]
        answers = (yield Parallel(starts, self._max_parallel)) if starts else []
        self._answers.update((question, answer) for (question, _root), answer in zip(todo, answers))

    def found(self, job: JobEntity, target: Target, place: str) -> Target:
        """The target with what is to be added for all that the job lacks. Raises NotThere, or what went wrong."""
        if target.objects is None:
            return target
        lacking = missing(job, target)
        objects = tuple(self._one(job, wanted, place) if wanted in lacking else wanted for wanted in target.objects)
        return target._replace(objects=objects)

    def _one(self, job: JobEntity, wanted: WantedObject, place: str) -> WantedObject:
        items: dict[t.Any, InventoryItem] = {}
        alike = []
        platform = (job.job.platform or "").lower()
        for question in self.questions(job, wanted):
            answer = self._answers[question]
            if isinstance(answer, VeeamError):
                raise answer
            for item in answer:
                parts = parse_ref(item.ref)
                if wanted.ref is not None:
                    fits = parts == parse_ref(wanted.ref)
                else:
                    fits = item.name == wanted.name and item.type.lower() == wanted.type.lower()
                    alike += [item.name] if not fits and item.name.lower() == (wanted.name or "").lower() else []
                if fits and (platform not in _PLATFORMS.values() or parts.platform in ("", platform)):
                    items[parts] = item
        server = job.server.name if job.server else "the job's backup server"
        if not items:
            what = f"reference {wanted.ref}" if wanted.ref else f"{wanted.type} {quoted(wanted.name or '')}"
            where = f" below {wanted.host.text}" if wanted.host is not None else ""
            raise NotThere(
                f"{place}objects: there is no {what}{where} in the inventories of backup server "
                f"{server}.{near_hint(alike[:5])}"
            )
        if len(items) > 1:
            listed = ", ".join(item.ref for item in items.values())
            raise NotFound(
                "%sobjects: %s %s is there %d times on backup server %s: %s; give one of them in ref%s."
                % (
                    place,
                    wanted.type,
                    quoted(wanted.name or ""),
                    len(items),
                    server,
                    listed,
                    "" if wanted.host is not None else ", or its host",
                )
            )
        item = next(iter(items.values()))
        return wanted._replace(add_ref=item.ref, add_name=item.name)


def _may_hold(root: HierarchyRoot, platform: str) -> bool:
    known = _PLATFORMS.get((root.host_type or "").lower())
    return known is None or platform not in _PLATFORMS.values() or known == platform
