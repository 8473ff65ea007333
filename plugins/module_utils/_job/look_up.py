# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the objects that a job should protect to what the inventories have: which questions, and what the answers mean.

Each distinct question is asked once in a task, several at a time (_resources/inventory.py).
"""

from __future__ import annotations

from .._em.reference import near_hint, quoted
from .._http.errors import NotFound
from .._resources.hierarchy import InventoryItem
from .._resources.inventory import Inventory, Question, is_on, may_hold, the_root
from .._resources.job_entity import JobEntity
from .._resources.machine import ObjectRef, parse_ref
from .plan import Target, TargetObject, missing


class NotThere(NotFound):
    """No inventory knows the object, or not yet."""


def below_hosts(inventory: Inventory, job: JobEntity, target: Target, place: str) -> Target:
    """The target with the roots that its hosts are. Raises NotFound."""
    if target.objects is None:
        return target
    return target._replace(objects=tuple(_below_host(inventory, job, wanted, place) for wanted in target.objects))


def _below_host(inventory: Inventory, job: JobEntity, wanted: TargetObject, place: str) -> TargetObject:
    host = wanted.host
    if host is None:
        return wanted
    if host.id is not None and inventory.roots is None:
        # Whether it is there at all matters where something has to be looked up.
        return wanted._replace(root=host.id)
    return wanted._replace(root=the_root("objects, host", host, inventory.roots_on(job.server), job.server, place).id)


def questions(inventory: Inventory, job: JobEntity, wanted: TargetObject) -> list[Question]:
    """What has to be asked to find the object."""
    if wanted.ref is not None:
        return [Question(ref=wanted.ref)]
    return [
        Question(root, wanted.name or "", wanted.type)
        for root in inventory.roots_on(job.server)
        if wanted.root in (None, root.id) and may_hold(root, job.job.platform)
    ]


def found(inventory: Inventory, job: JobEntity, target: Target, place: str) -> Target:
    """The target with what is to be added for all that the job lacks. Raises NotThere, or what went wrong."""
    if target.objects is None:
        return target
    lacking = missing(job, target)
    return target._replace(
        objects=tuple(
            _found(inventory, job, wanted, place) if wanted in lacking else wanted for wanted in target.objects
        )
    )


def _found(inventory: Inventory, job: JobEntity, wanted: TargetObject, place: str) -> TargetObject:
    items: dict[ObjectRef, InventoryItem] = {}
    alike: list[str] = []
    for question in questions(inventory, job, wanted):
        for item in inventory.answer(question):
            if question.fits(item) and is_on(item.ref, job.job.platform):
                items[parse_ref(item.ref)] = item
            elif question.almost_fits(item):
                alike.append(item.name)
    if len(items) == 1:
        item = list(items.values())[0]
        return wanted._replace(add_ref=item.ref, add_name=item.name)
    server = job.server.name if job.server else "(unknown)"
    if items:
        listed = ", ".join(item.ref for item in items.values())
        or_host = "" if wanted.host is not None else ", or its host"
        raise NotFound(
            f"{place}objects: object {quoted(wanted.name or '')} of type {wanted.type} exists {len(items)} times on "
            f"backup server {server}; give one of these references in ref{or_host}: {listed}."
        )
    what = f"with reference {wanted.ref}" if wanted.ref else f"{quoted(wanted.name or '')} of type {wanted.type}"
    where = f" below {wanted.host.text}" if wanted.host is not None else ""
    raise NotThere(
        f"{place}objects: no object {what} was found{where} on backup server "
        f"{server}.{near_hint(wanted.name or '', alike)}"
    )
