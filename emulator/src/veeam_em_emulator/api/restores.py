# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores of machines and vApps (em_rest post_vmrestorepoints_id_actionrestore,
post_vapprestorepoints_id_actionrestore). What EM says where a restore cannot be is not published: switches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..estate.inventory import reference_key
from ..estate.machines import Machine
from ..estate.roles import RESTORERS, USER, VM_RESTORERS
from ..estate.run_plans import RunPlan
from ..resources.call import Answer, Call
from ..wire.bodies import flag_of, text_of
from ..wire.errors import ACCESS_DENIED, OFFLINE, ApiError, missing_node, not_known, refused
from ..wire.links import Link
from ..work.backups import ById
from ..work.machine_restores import Manner
from ..work.restore_points import VAppRestorePoint, VmRestorePoint
from ..work.restore_sessions import RestoreSession
from ..work.tasks import Work
from ..work.world import World
from . import elsewhere
from .backups import reading, vapp_point, vm_point
from .common import bare_id, body_values, check_online, late_delay, one, start_task
from .running import refuse
from .table import route

_VM, _VM_OLD, _VAPP = "VmRestoreSpec", "vCloudVmRestoreSpec", "vCloudVAppRestoreSpec"
# The same in JSON, where a name begins with a capital
_SPELLINGS = {_VM_OLD: "VCloudVmRestoreSpec", _VAPP: "VCloudVAppRestoreSpec", "vAppNewName": "VAppNewName",
              "vAppRef": "VAppRef"}  # fmt: skip
_NAMES = (
    _VM, _VM_OLD, _VAPP, "PowerOnAfterRestore", "QuickRollback", "KeepOriginalVM", "HierarchyRootUid",
    "VmRestoreParameters", "VmsRestoreParameters", "Vm", "VmRestorePointUid", "VmNewName", "DatastoreRef",
    "OrgVdcStorageProfileRef", "LinkedCloneVmTemplateRef", "vAppRef", "OrgVdcRef", "vAppNewName",
)  # fmt: skip


@dataclass(frozen=True)
class _Obstacle:
    """What stands against a restore, and the switch that says how it is refused."""

    switch: str
    reason: str


@dataclass(frozen=True)
class _Asked:
    """What a request asks for: each machine's point, and how it is to be brought back. vapp, new_name: of a whole vApp.
    obstacle: what is wrong with it from the start."""

    parts: tuple[tuple[VmRestorePoint, Manner], ...]
    vapp: VAppRestorePoint | None = None
    new_name: str | None = None
    obstacle: _Obstacle | None = None


class Restore(Work):
    """Whether it can be is judged when the work is done. The task ends when the restore has begun."""

    def __init__(self, world: World, asked: _Asked, late: str | None) -> None:
        self.world = world
        self.asked = asked
        self.late = late  # set by a fault: when EM shows the session
        self.session: RestoreSession | None = None

    def operate(self) -> str | None:
        if self.asked.parts[0][0].server.id in self.world.offline:
            return OFFLINE
        if not all(item.alive for item, _manner in self.asked.parts):
            return refused("the restore point is not there any more")
        plan = None
        for obstacle in obstacles(self.world, self.asked):
            choice = self.world.switches[obstacle.switch]
            if choice == "session_failed":
                plan = RunPlan(length="0", result="Failed", reason=refused(obstacle.reason))
            elif choice != "accepted":
                return refused(obstacle.reason)
        self.session = self._begin(plan)
        return None

    def _begin(self, plan: RunPlan | None) -> RestoreSession:
        asked, restores = self.asked, self.world.machine_restores
        if asked.vapp is None:
            [(item, manner)] = asked.parts
            return restores.begin(item, manner, self.cause, plan=plan, delay=self.late)
        return restores.begin_vapp(asked.vapp, asked.parts, asked.new_name, self.cause, plan=plan, delay=self.late)

    def finish(self) -> tuple[Link, ...]:
        assert self.session is not None
        return (Link("Related", f"/restoreSessions/{self.session.id}?format=Entity", None, "RestoreSession"),)


def obstacles(world: World, asked: _Asked) -> Iterable[_Obstacle]:
    """Everything that stands against it now."""
    if asked.obstacle is not None:
        yield asked.obstacle
    for item, manner in asked.parts:
        original = world.machine_restores.original(item)
        if not item.ready:
            yield _Obstacle("restore_of_unready_point", "the restore point is not ready")
        if original is None:
            yield _Obstacle("restore_of_missing_machine", "the machine is not there any more")
            continue
        if world.restores.running_on(original.key):
            yield _Obstacle("second_restore", "another restore of the machine is under way")
        if original.powered_on and not manner.keep:
            yield _Obstacle("restore_of_running_machine", "the machine is on")
        if _backed_up(world, original):
            yield _Obstacle("restore_during_backup", "the machine is being backed up")


def _backed_up(world: World, machine: Machine) -> bool:
    keys = {reference_key(reference) for reference in world.machines.references(machine)}
    return any(reference_key(thing.reference) in keys for session in world.runs.live() for thing in session.machines)


# What is asked for


def _specification(call: Call, names: Sequence[str]) -> tuple[str, Mapping[str, Any]] | None:
    """Name and content of the one that the body has; None without a body."""
    if not call.body.strip():
        return None
    values = body_values(call, "RestoreSpec", {}, _NAMES)
    for name in names:
        given = values.get(name, values.get(_SPELLINGS.get(name, name)))
        if given is not None:
            if not isinstance(given, dict):
                raise missing_node()
            return name, given
    raise missing_node()


def _text(values: Mapping[str, Any], name: str) -> str:
    known = dict(values)
    return text_of(known, name) or text_of(known, _SPELLINGS.get(name, name)) or ""


def _power(call: Call, values: Mapping[str, Any]) -> bool | None:
    if values.get("PowerOnAfterRestore") is not None:
        return flag_of(dict(values), "PowerOnAfterRestore")
    return {"off": False, "on": True}.get(call.world.switches["restore_without_body"])


def _kept(call: Call, item: VmRestorePoint, values: Mapping[str, Any]) -> bool:
    """Whether KeepOriginalVM is asked for, and heard."""
    if not flag_of(dict(values), "KeepOriginalVM"):
        return False
    rule = "honoured"
    if call.world.options.product != "13":
        rule = call.world.switches["keep_original_before_13"]
    elif item.point.backup.platform == "HyperV":
        rule = call.world.switches["keep_original_hyper_v"]
    if rule == "refused":
        raise ApiError(400, not_known("body does not follow the schema"))
    return bool(rule == "honoured")


def _machine_asked(call: Call, item: VmRestorePoint) -> _Asked:
    cloud_director = item.point.backup.platform == "vCloud"
    given = _specification(call, (_VM, _VM_OLD) if cloud_director else (_VM,))
    if given is None:
        return _Asked(((item, Manner(_power(call, {}))),))
    name, values = given
    if cloud_director and (name == _VM_OLD or values.get("VmRestoreParameters") is not None):
        return _cloud_asked(call, item, values)
    keep, obstacle = _kept(call, item, values), None
    if flag_of(dict(values), "QuickRollback") and keep:
        obstacle = _Obstacle("keep_with_rollback", "the original cannot be kept in a quick rollback")
    return _Asked(((item, Manner(_power(call, values), keep)),), obstacle=obstacle)


def _cloud_asked(call: Call, item: VmRestorePoint, values: Mapping[str, Any]) -> _Asked:
    """A machine of Cloud Director: by the page of 13, or by the schema of 9.x, which has the vApp too."""
    parameters = values.get("VmRestoreParameters")
    if not isinstance(parameters, dict):
        raise missing_node()
    manner = _cloud_manner(call, values, parameters)
    obstacle = _root_obstacle(call, values)
    if _point_id(call, parameters) != item.id:
        obstacle = _Obstacle("restore_target_refused", "the restore point is another one")
    elif manner.vapp and call.world.inventory.find(manner.vapp) is None:
        obstacle = _Obstacle("restore_target_refused", "there is no such vApp")
    return _Asked(((item, manner),), obstacle=obstacle)


def _cloud_manner(call: Call, values: Mapping[str, Any], parameters: Mapping[str, Any]) -> Manner:
    name = _text(parameters, "VmNewName") or None
    return Manner(_power(call, values), keep=name is not None, name=name, vapp=_text(values, "vAppRef"))


def _point_id(call: Call, parameters: Mapping[str, Any]) -> str:
    return bare_id(call, _text(parameters, "VmRestorePointUid"), "VmRestorePoint")


def _root_obstacle(call: Call, values: Mapping[str, Any]) -> _Obstacle | None:
    root = bare_id(call, _text(values, "HierarchyRootUid"), "HierarchyRoot")
    if root in call.world.state.roots:
        return None
    return _Obstacle("restore_target_refused", "there is no such hierarchy root")


def _vapp_asked(call: Call, vapp: VAppRestorePoint) -> _Asked:
    """Without a body all its machines are restored in place."""
    given = _specification(call, (_VAPP,))
    if given is None:
        return _Asked(tuple((item, Manner(_power(call, {}))) for item in vapp.machines if item.alive), vapp)
    _name, values = given
    new_name = _text(values, "vAppNewName") or None
    own = {item.id: item for item in vapp.machines if item.alive}
    parts: list[tuple[VmRestorePoint, Manner]] = []
    obstacle = _root_obstacle(call, values)
    for parameters in _vms(values):
        item = own.get(_point_id(call, parameters))
        if item is None:
            obstacle = _Obstacle("restore_target_refused", "the vApp has no such restore point")
            continue
        manner = _cloud_manner(call, values, parameters)
        if new_name and not manner.keep:
            manner = Manner(manner.power_on, keep=True, name=item.machine.name)
        parts.append((item, manner))
    if not parts:
        parts = [(item, Manner()) for item in own.values()]
        obstacle = obstacle or _Obstacle("restore_target_refused", "no machine of the vApp is named")
    return _Asked(tuple(parts), vapp, new_name, obstacle)


def _vms(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parameters of each machine: XML wraps each in Vm, JSON has an array (a fragment of it has Vm too)."""
    given = values.get("VmsRestoreParameters")
    if isinstance(given, dict):
        given = given.get("Vm")
    items: list[Any] = given if isinstance(given, list) else [given]
    if not all(isinstance(item, dict) for item in items):
        raise missing_node()
    return [item.get("Vm", item) for item in items]


# Requests


def restore_machine(call: Call, id: str) -> Answer:
    assert call.session is not None
    item = one(call, VmRestorePoint, ById(reading(call).vm_point), id)
    if call.action != "restore":
        raise elsewhere.missing_action(call, "a restore point")
    if not call.session.may(VM_RESTORERS) and call.world.switches["portal_user_restore"] == "refused":
        raise ApiError(403, ACCESS_DENIED)
    return _start(call, "StartVMRestore", _machine_asked(call, item))


def restore_vapp(call: Call, id: str) -> Answer:
    item = one(call, VAppRestorePoint, ById(reading(call).vapp_point), id)
    if call.action != "restore":
        raise elsewhere.missing_action(call, "a restore point")
    return _start(call, "StartvAppRestore", _vapp_asked(call, item))


def _start(call: Call, operation: str, asked: _Asked) -> Answer:
    check_online(call, asked.parts[0][0].server)
    for obstacle in obstacles(call.world, asked):
        refuse(call, obstacle.switch, obstacle.reason)
    late = call.fault("late_job")
    work = Restore(call.world, asked, late_delay(late.parameters) if late is not None else None)
    return start_task(call, operation, work)


ROUTES = (
    # a Portal User by switch
    route("/vmRestorePoints/{id}", RESTORERS, VM_RESTORERS | {USER}, GET=vm_point, POST=restore_machine),
    route("/vAppRestorePoints/{id}", RESTORERS, GET=vapp_point, POST=restore_vapp),
)
