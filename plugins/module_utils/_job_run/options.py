# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_job_run: their specification, and every check that needs no server."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.shapes import OneText, named_once, place_of
from .._module.spec import Spec, job_reference_spec, merged, wait_spec
from .._resources.backup_server import BACKUP_SERVER
from .._resources.job import job_reference
from .._resources.job_kind import JOB, WORDS
from .._resources.job_session import RESULTS

STATES = ("started", "stopped", "retried")
IF_RUNNING = ("join", "skip", "fail")

SPEC = merged(
    connection_spec(),
    job_reference_spec("job"),
    wait_spec(14400, 30),
    # Names, or dicts with the options of the single form.
    Spec({"jobs": {"type": "list", "elements": "raw"}}, names=("jobs",)),
    {
        "kind": {"type": "str", "default": JOB, "choices": list(WORDS)},
        "state": {"type": "str", "default": "started", "choices": list(STATES)},
        "if_running": {"type": "str", "default": "join", "choices": list(IF_RUNNING)},
        # No default: copy jobs cannot be waited for, so whether it was set on purpose counts.
        "wait": {"type": "bool"},
        "wait_for_retries": {"type": "bool", "default": False},
        "accept": {"type": "list", "elements": "str", "default": ["Success", "Warning"], "choices": list(RESULTS)},
        "max_parallel": {"type": "int", "default": 4},
    },
)


class JobRequest(t.NamedTuple):
    """Which job is meant. place: "jobs, item 2: " in the jobs form, for messages. kind: a word of job_kind.py."""

    job: Reference
    backup_server: Reference | None
    place: str = ""
    kind: str = JOB


class Settings(t.NamedTuple):
    """The checked options; times in seconds.

    single: the single form was used, so there is exactly one job. wait: None where it was not given. whole: the one job
    that all of the jobs may be, where they were given as text with commas.
    """

    connection: ConnectionSettings
    single: bool
    jobs: list[JobRequest]
    whole: JobRequest | None
    state: str
    if_running: str
    wait: bool | None
    wait_for_retries: bool
    accept: tuple[str, ...]
    wait_timeout: float
    poll_interval: float
    max_parallel: int


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    single, jobs, whole = _jobs(params)
    connection = connection_settings(params)
    wait_timeout, poll_interval = seconds(params, "wait_timeout"), seconds(params, "poll_interval")
    if not 1 <= params["max_parallel"] <= 32:
        raise OptionError(f"max_parallel: {params['max_parallel']} is not between 1 and 32.")
    accept = tuple(dict.fromkeys(params["accept"]))
    if not accept:
        raise OptionError("accept: is empty, so no run could succeed; name the results that are not a failure.")
    if params["wait_for_retries"] and params["wait"] is False:
        raise OptionError("wait_for_retries: can only be true where wait is true too.")
    return Settings(
        connection,
        single,
        jobs,
        whole,
        params["state"],
        params["if_running"],
        params["wait"],
        params["wait_for_retries"],
        accept,
        wait_timeout,
        poll_interval,
        params["max_parallel"],
    )


def _jobs(params: dict[str, t.Any]) -> tuple[bool, list[JobRequest], JobRequest | None]:
    """Whether the single form was used, the jobs it comes to, and the one job that these may be."""
    # Surveys and templates give an empty text where nothing was meant.
    job, items, server = params.get("job") or None, params.get("jobs"), params.get("backup_server") or None
    kind = params["kind"]
    if job is not None and items is not None:
        raise OptionError("job, jobs: both are given; job is for one job, jobs for several.")
    if job is None and items is None:
        raise OptionError("job, jobs: neither is given; give job for one job, or jobs for several.")
    if items is None:
        return True, [_request(t.cast(str, job), server, kind, "")], None
    whole = None
    if len(items) == 1 and isinstance(items[0], OneText) and len(items[0].parts) > 1:
        whole, items = _request(str(items[0]), server, kind, "", by_name=True), items[0].parts
    requests: list[JobRequest] = []
    places: dict[t.Any, int] = {}
    for number, item in enumerate(items, 1):
        place = place_of("jobs", number, "job", _name_of(item))
        request = _item(item, server, kind, place)
        what = (request.job.text, request.backup_server and request.backup_server.text, request.kind)
        named_once(places, what, number, place)
        requests.append(request)
    return False, requests, whole


def _name_of(item: t.Any) -> t.Any:
    return item.get("job") if isinstance(item, dict) else None if isinstance(item, (list, tuple)) else item


def _item(item: t.Any, server: str | None, kind: str, place: str) -> JobRequest:
    if not isinstance(item, dict):
        if isinstance(item, (list, tuple)) or item is None:
            raise OptionError(f"{place}is neither a name nor a dict with job, backup_server and kind.")
        return _request(str(item), server, kind, place)
    unknown = sorted(str(key) for key in set(item) - {"job", "backup_server", "kind"})
    if unknown:
        raise OptionError(f"{place}{unknown[0]}: is not an option here; the options are job, backup_server and kind.")
    for option, value in item.items():
        if isinstance(value, (dict, list, tuple)):
            raise OptionError(f"{place}{option}: is not text.")
    job, own, own_kind = item.get("job"), item.get("backup_server"), item.get("kind")
    kind = str(own_kind) if own_kind not in (None, "") else kind
    if kind not in WORDS:
        raise OptionError(f"{place}kind: {kind} is not one of {', '.join(WORDS)}.")
    return _request("" if job is None else str(job), str(own) if own not in (None, "") else server, kind, place)


def _request(job: str, server: str | None, kind: str, place: str, by_name: bool = False) -> JobRequest:
    if not job.strip():
        raise OptionError(f"{place}job: is missing; name the job.")
    check_name("job", job, place)
    return JobRequest(
        Reference(job, None, job) if by_name else job_reference("job", job, kind, place),
        reference("backup_server", server, BACKUP_SERVER, place) if server is not None else None,
        place,
        kind,
    )
