# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface ``/_emulator``: JSON, no authentication, never in the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from ..estate.inventory import InventoryError
from ..estate.machines import MachineError
from ..estate.run_plans import RunError
from ..tester.clock import AdvancingClock
from ..tester.faults import FaultError
from ..work.world import World
from .console import Console, ConsoleError
from .hypervisor import Hypervisor
from .views import inventory_view, machine_view, point_views, restore_session_view, session_view, state_view


class Control:
    """reset: called for a reset of everything (also drops connections that a fault keeps busy)."""

    def __init__(self, world: World, reset: Callable[[], None], console: Console, hypervisor: Hypervisor) -> None:
        self.world = world
        self._reset = reset
        self._console = console
        self._hypervisor = hypervisor

    def application(self) -> Starlette:
        paths = {
            "/journal": (self.journal, ["GET", "DELETE"]),
            "/state": (self.state, ["GET"]),
            "/reset": (self.reset, ["POST"]),
            "/switches": (self.switches, ["GET", "PATCH"]),
            "/faults": (self.faults, ["GET", "POST", "DELETE"]),
            "/faults/{id:int}": (self.fault, ["DELETE"]),
            "/faults/fired": (self.fired, ["GET"]),
            "/jobs": (self.jobs, ["POST"]),
            "/jobs/{job:path}": (self.job, ["PATCH", "DELETE"]),
            "/history": (self.history, ["GET"]),
            "/refresh": (self.refresh, ["POST"]),
            "/expire": (self.expire, ["POST"]),
            "/inventory": (self.inventory, ["GET", "POST", "DELETE"]),
            "/points": (self.points, ["GET"]),
            "/machines": (self.machines, ["GET"]),
            "/machines/history": (self.machine_history, ["GET"]),
            "/machines/{machine:path}": (self.machine, ["GET", "PATCH", "DELETE"]),
            "/runs": (self.runs, ["GET", "POST"]),
            "/restores": (self.restores, ["GET", "POST"]),
            "/servers": (self.servers, ["POST"]),
            "/clock": (self.clock, ["GET", "POST"]),
        }
        routes = [Route(path, handler, methods=methods) for path, (handler, methods) in paths.items()]
        return Starlette(routes=[Mount("/_emulator", routes=routes)])

    async def journal(self, request: Request) -> Response:
        with self.world.lock:
            if request.method == "DELETE":
                self.world.journal.clear()
                return Response(status_code=204)
            return JSONResponse([entry.as_dict() for entry in self.world.journal])

    async def state(self, request: Request) -> Response:
        with self.world.lock:
            self.world.tick()
            return JSONResponse(state_view(self.world))

    async def reset(self, request: Request) -> Response:
        self._reset()
        return Response(status_code=204)

    async def switches(self, request: Request) -> Response:
        world = self.world
        if request.method == "PATCH":
            changes = await _json(request)
            if not isinstance(changes, dict):
                return _bad("an object of switches is expected")
            with world.lock:
                before = dict(world.switches)
                try:
                    world.switches.update(changes)
                except (KeyError, ValueError) as error:
                    world.switches.update(before)
                    return _bad(str(error.args[0]))
        return JSONResponse(dict(world.switches))

    async def inventory(self, request: Request) -> Response:
        world = self.world
        if request.method == "GET":
            with world.lock:
                return JSONResponse(inventory_view(world))
        given = await _json(request)
        specs = given if isinstance(given, list) else [given]
        if not all(isinstance(spec, dict) for spec in specs):
            return _bad("an object, or a list of objects, is expected")
        with world.lock:
            if request.method == "POST":
                added: list[str] = []
                try:
                    for spec in specs:
                        added.append(world.add_to_inventory(spec).reference)
                except InventoryError as error:
                    for reference in added:
                        world.inventory.remove(reference)
                    return _bad(str(error))
                return JSONResponse({"refs": added, "ref": added[-1] if added else None}, status_code=201)
            found = [world.inventory.remove(str(spec.get("ref"))) for spec in specs]
        if not all(found):
            return JSONResponse({"error": "there is no object with that ref"}, status_code=404)
        return Response(status_code=204)

    async def points(self, request: Request) -> Response:
        given = request.query_params
        with self.world.lock:
            self.world.tick()
            try:
                found = point_views(self.world, given.get("machine"), given.get("kind", "vm"))
            except ValueError as error:
                return _bad(str(error))
            return JSONResponse([asdict(point) for point in found])

    async def machines(self, request: Request) -> Response:
        world, named = self.world, request.query_params.get("name")
        with world.lock:
            world.tick()
            found = world.machines.all() if named is None else world.machines.named(named)
            return JSONResponse([asdict(machine_view(world, machine)) for machine in found])

    async def machine_history(self, request: Request) -> Response:
        with self.world.lock:
            self.world.tick()
            named = request.query_params.get("machine")
            machines = self.world.machines
            return JSONResponse([asdict(event) for event in (machines.of_machine(named) if named else machines.events)])

    async def machine(self, request: Request) -> Response:
        """Somebody at the hypervisor. The machine is named in the path, by name or reference."""
        world, named = self.world, request.path_params["machine"]
        try:
            if request.method == "DELETE":
                self._hypervisor.delete(named)
                return Response(status_code=204)
            if request.method == "PATCH":
                changes = await _json(request)
                if not isinstance(changes, dict):
                    return _bad("an object of changes is expected")
                named = self._hypervisor.change(named, changes)
            with world.lock:
                world.tick()
                return JSONResponse(asdict(machine_view(world, world.machines.one(named))))
        except MachineError as error:
            return _bad(str(error))

    async def runs(self, request: Request) -> Response:
        """GET: all sessions of jobs. POST: what the next runs of a job will be, or a run that begins now."""
        world = self.world
        if request.method == "GET":
            with world.lock:
                world.tick()
                world.runs.update_view()
                return JSONResponse([asdict(session_view(session)) for session in world.runs.visible.all.values()])
        given = await _json(request)
        if not isinstance(given, dict) or not given.get("job"):
            return _bad("an object with job is expected")
        unknown = set(given) - {"job", "backup_server", "next", "always", "start"}
        if unknown:
            return _bad(f"unknown key {', '.join(sorted(unknown))}")
        following = given.get("next") or []
        if not isinstance(following, list):
            return _bad("next: a list is expected")
        named, server = str(given["job"]), given.get("backup_server")
        with world.lock:
            world.tick()
            try:
                world.plan_runs(named, server, following, given.get("always"))
            except (KeyError, RunError) as error:
                return _bad(str(error.args[0]))
            if not given.get("start"):
                return Response(status_code=204)
            session = world.runs.start(world.job_to_run(named, server))
            world.runs.update_view()
            return JSONResponse(asdict(session_view(session)), status_code=201)

    async def restores(self, request: Request) -> Response:
        """GET: all restore sessions. POST: how the next ones go (of a machine), or one that begins now."""
        world = self.world
        if request.method == "GET":
            machine = request.query_params.get("machine")
            with world.lock:
                world.tick()
                world.restores.update_view()
                found = [item for item in world.restores.all.values() if machine in (None, item.machine)]
                return JSONResponse([asdict(restore_session_view(item)) for item in found])
        given = await _json(request)
        known = {"machine", "next", "always", "start", "keep", "power_on"}
        if not given or not isinstance(given, dict) or not isinstance(given.get("next", []), list):
            return _bad('{"next": [...]} or {"start": "..."} is expected')
        if unknown := set(given) - known:
            return _bad(f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
        with world.lock:
            world.tick()
            try:
                world.plan_restores(given.get("next", []), given.get("machine"), given.get("always"))
                if not given.get("start"):
                    return Response(status_code=204)
                how = {"keep": bool(given.get("keep")), "power_on": bool(given.get("power_on"))}
                session = world.start_restore(str(given["start"]), **how)
            except (KeyError, RunError) as error:
                return _bad(str(error.args[0]))
            return JSONResponse(asdict(restore_session_view(session)), status_code=201)

    async def servers(self, request: Request) -> Response:
        """Whether EM reaches a backup server."""
        given = await _json(request)
        online = given.get("online") if isinstance(given, dict) else None
        if not isinstance(online, bool):
            return _bad('{"backup_server": name or id, "online": true or false} is expected')
        try:
            with self.world.lock:
                self.world.set_online(str(given.get("backup_server")), online)
        except KeyError as error:
            return _bad(str(error.args[0]))
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        faults = self.world.faults
        if request.method == "DELETE":
            with self.world.lock:
                faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            given = await _json(request)
            specs = given if isinstance(given, list) else [given]
            if not all(isinstance(spec, dict) for spec in specs):
                return _bad("a fault, or a list of faults, is expected")
            try:
                with self.world.lock:
                    ids = [faults.add(spec) for spec in specs]
            except FaultError as error:
                return _bad(str(error))
            return JSONResponse({"ids": ids, "id": ids[-1] if ids else None}, status_code=201)
        with self.world.lock:
            return JSONResponse([fault.as_dict() for fault in faults.active])

    async def fault(self, request: Request) -> Response:
        with self.world.lock:
            found = self.world.faults.remove(request.path_params["id"])
        if not found:
            return JSONResponse({"error": "there is no such fault"}, status_code=404)
        return Response(status_code=204)

    async def fired(self, request: Request) -> Response:
        with self.world.lock:
            return JSONResponse(list(self.world.faults.fired))

    async def jobs(self, request: Request) -> Response:
        given = await _json(request)
        if not isinstance(given, dict) or not given.get("name"):
            return _bad("a job with a name is expected")
        try:
            identity = self._console.create_job(**given)
        except (ConsoleError, TypeError) as error:
            return _bad(str(error))
        return JSONResponse({"id": identity}, status_code=201)

    async def job(self, request: Request) -> Response:
        """The job is named in the path (name or id), its backup server and ``after`` in the query."""
        named, where = request.path_params["job"], dict(request.query_params)
        changes = await _json(request) if request.method == "PATCH" else {}
        if not isinstance(changes, dict):
            return _bad("an object of changes is expected")
        try:
            if request.method == "DELETE":
                self._console.delete_job(named, **where)
            else:
                self._console.edit_job(named, **{**where, **changes})
        except (ConsoleError, TypeError) as error:
            return _bad(str(error))
        return Response(status_code=204)

    async def history(self, request: Request) -> Response:
        with self.world.lock:
            self.world.tick()
            named = request.query_params.get("job")
            changes = self.world.history.of(named) if named else self.world.history.changes
            return JSONResponse([{**asdict(change), "fires": change.fires} for change in changes])

    async def refresh(self, request: Request) -> Response:
        with self.world.lock:
            self.world.collector.at_once()
        return Response(status_code=204)

    async def expire(self, request: Request) -> Response:
        with self.world.lock:
            expired = self.world.expire_sessions()
        return JSONResponse({"expired": expired})

    async def clock(self, request: Request) -> Response:
        clock = self.world.clock
        if request.method == "POST":
            given = await _json(request)
            seconds = given.get("advance") if isinstance(given, dict) else None
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
                return _bad('{"advance": seconds} is expected')
            if not isinstance(clock, AdvancingClock):
                return _bad("the clock of this emulator cannot be advanced")
            try:
                clock.advance(seconds)
            except ValueError as error:
                return _bad(str(error))
        with self.world.lock:
            self.world.tick()
        return JSONResponse({"utc": clock.utc().isoformat(), "monotonic": clock.monotonic()})


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _bad(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)
