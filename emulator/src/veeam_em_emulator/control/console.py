# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody at the console of a backup server: makes, changes and deletes jobs there, past EM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estate.job_entries import job_of_entry, objects_of_entry
from ..estate.jobs import Job
from ..estate.state import StateError
from ..tester.switch import delay_text
from ..wire.errors import ApiError
from ..work.edit import Edit
from ..work.world import World

BY = "console"
# Settings with one value -> attribute of the job
_SETTINGS = {
    "name": "name",
    "description": "description",
    "enabled": "schedule_enabled",
    "configured": "schedule_configured",
}
# Blocks of the job info that are edited with EM's own words
_INFO = {"retention": "SimpleRetentionPolicy", "gfs": "GfsRetentionPolicy"}


class ConsoleError(ValueError):
    """It cannot be done so; the message says what is wrong."""


class Console:
    """Jobs are named by name or id, and by ``backup_server`` (name or id) where the name is found on several.

    after: when EM sees it: a number of look-ups, ``1.5s``, or ``refresh`` (the next data collection).
    Default: what the switch ``show_console_change_after`` says.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def create_job(self, name: str, *, after: Any = None, kind: str = "job", **entry: Any) -> str:
        """A job as the state file describes one of its kind (``job``, ``agent``, ``nas``, ``cdp``); its id. Names are
        unique on a backup server."""
        world, delay = self._world, self._delay(after)
        with world.lock:
            try:
                job = job_of_entry(world.state, {"id": world.new_id(), **entry, "name": name}, "job", kind)
            except StateError as error:
                raise ConsoleError(str(error)) from None
            self._check_name(job, name)
            world.add_job(job, BY)
            if delay != "0":
                world.hide(job, delay)
            return job.id

    def edit_job(self, job: str, *, backup_server: str | None = None, after: Any = None, **changes: Any) -> None:
        """changes: ``name``, ``description``, ``enabled``, ``configured``, ``objects`` (as in the state file),
        ``schedule``, ``retention``, ``gfs`` (as EM's entity has them: ``{"OptionsDaily": {"Enabled": False}}``)."""
        world, delay = self._world, self._delay(after)
        unknown = set(changes) - {"objects", "schedule", *_SETTINGS, *_INFO}
        if unknown:
            raise ConsoleError(f"unknown key {', '.join(sorted(unknown))}")
        with world.lock:
            found = self._find(job, backup_server)
            if changes.get("name") not in (None, found.name):
                self._check_name(found, str(changes["name"]))
            values = {_SETTINGS[key]: value for key, value in changes.items() if key in _SETTINGS}
            values.update(self._blocks(found, changes))
            if "objects" in changes:
                try:
                    values["objects"] = objects_of_entry(world.state, found, changes["objects"])
                except StateError as error:
                    raise ConsoleError(str(error)) from None
            late = world.view.hold(found.id, found.copy())
            world.change_job(found, BY, "renamed" if set(values) == {"name"} else "edited", values)
            world.view.release(late, delay)

    def rename_job(self, job: str, name: str, *, backup_server: str | None = None, after: Any = None) -> None:
        self.edit_job(job, backup_server=backup_server, after=after, name=name)

    def delete_job(self, job: str, *, backup_server: str | None = None, after: Any = None) -> None:
        world, delay = self._world, self._delay(after)
        with world.lock:
            found = self._find(job, backup_server)
            late = world.view.hold(found.id, found.copy())
            world.remove_job(found, BY)
            world.view.release(late, delay)

    def _delay(self, after: Any) -> str:
        if after is None:
            return str(self._world.switches["show_console_change_after"])
        try:
            return delay_text(after)
        except ValueError as error:
            raise ConsoleError(f"after: {error}") from None

    def _find(self, named: str, server: str | None) -> Job:
        try:
            return self._world.job_fitting(named, server)
        except KeyError as error:
            raise ConsoleError(str(error.args[0])) from None

    def _check_name(self, job: Job, name: str) -> None:
        if any(other.server is job.server and other is not job for other in self._world.state.jobs_named(name)):
            raise ConsoleError(f"the name {name!r} is in use on {job.server.name}")

    def _blocks(self, job: Job, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Schedule, retention and gfs through the reader of EM's own edit; what is left out stays."""
        if job.kind != "job" and any(changes.get(key) is not None for key in _INFO):
            raise ConsoleError("retention and gfs are those of VM jobs")
        mode = next(iter(job.schedule))
        info = {name: changes.get(key) for key, name in _INFO.items() if changes.get(key) is not None}
        body = {
            "JobScheduleOptions": {mode: changes["schedule"]} if changes.get("schedule") else {},
            "JobInfo": {f"{job.job_type}JobInfo": info},
        }
        rules = {**self._world.switches, "partial_put": "merge", "retry_specified_name": "both"}
        try:
            return Edit(job, body, rules).changes(job, self._world.new_id)
        except ApiError as error:
            raise ConsoleError(error.message) from None
