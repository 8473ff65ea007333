# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From outcomes to the result that a playbook sees. Pure."""

from __future__ import annotations

import typing as t

from .._http.errors import ExchangeError, VeeamError, counted
from .._module import render_job
from .._module.run import Failure
from .._resources.job_session import JobSession, TaskSession
from .options import Settings
from .work import Ran, RunFailed


def of_one(outcome: Ran, retries: int) -> dict[str, t.Any]:
    """The result of the single form."""
    item = _item(outcome)
    del item["failed"]
    return {**item, "retries": retries}


def of_many(
    chosen: Settings, outcomes: t.Sequence[Ran | VeeamError], check_mode: bool, retries: int
) -> dict[str, t.Any]:
    """The result of the jobs form; failed is set if an item failed."""
    items = [_item(outcome) for outcome in outcomes]
    failed = [item for item in items if item["failed"]]
    result: dict[str, t.Any] = {
        "changed": any(item["changed"] for item in items),
        "results": items,
        "retries": retries,
        "msg": _summary(chosen, items, failed, check_mode),
    }
    if failed:
        result["failed"] = True
        error = next((item["error"] for item in failed if item.get("error")), None)
        if error:
            result["error"] = error
    return result


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every item of the jobs form from being tried."""
    own = _item(error)
    del own["failed"]
    if isinstance(error, ExchangeError):
        own["msg"] += " Nothing was started or stopped."
    own.setdefault("retries", retries)
    if chosen.single:
        return Failure(own)
    item = {key: own[key] for key in own if key not in ("retries", "exception")}
    return Failure(
        {
            **{key: own[key] for key in own if key != "session"},
            "results": [{**item, "failed": True} for unused in chosen.jobs],
        }
    )


def _item(outcome: Ran | VeeamError) -> dict[str, t.Any]:
    """One entry of results."""
    if isinstance(outcome, Ran):
        session = _session(outcome.session, outcome.tasks)
        return {"changed": outcome.changed, "session": session, "msg": outcome.msg, "failed": False}
    session = _session(outcome.session, outcome.tasks) if isinstance(outcome, RunFailed) else None
    return {"session": session, "failed": True, **outcome.result()}


def _session(session: JobSession | None, tasks: t.Sequence[TaskSession]) -> dict[str, t.Any] | None:
    if session is None:
        return None
    words = render_job.session(session, tasks)
    if session.has_ended and session.result != "Success":
        words["task_sessions"] = render_job.task_sessions(tasks)
    return words


_WORDS = {
    "started": ("Ran", "Would start"),
    "stopped": ("Stopped", "Would stop"),
    "retried": ("Retried", "Would retry"),
}


def _summary(
    chosen: Settings, items: t.Sequence[dict[str, t.Any]], failed: t.Sequence[dict[str, t.Any]], check_mode: bool
) -> str:
    if not items:
        return "There was nothing to do: jobs is empty."
    changed = [item for item in items if item["changed"] and not item["failed"]]
    kept = len(items) - len(failed) - len(changed)
    parts = [f"{_WORDS[chosen.state][check_mode]} {len(changed)} of {counted(len(items), 'job')}"]
    if kept:
        parts.append(f"left {kept} as {'it was' if kept == 1 else 'they were'}")
    if failed:
        parts.append(f"{len(failed)} failed")
    sentence = ", ".join(parts) + "."
    # What comes first is what a terminal shows; the others are in results.
    return (
        sentence
        + "".join(f" {item['msg']}" for item in failed[:3])
        + (f" And {len(failed) - 3} more, see results." if len(failed) > 3 else "")
    )
