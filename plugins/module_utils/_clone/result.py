# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From outcomes to the result that a playbook sees. Pure."""

from __future__ import annotations

import typing as t

from .._em.reference import quoted
from .._http.errors import ExchangeError, VeeamError, counted
from .._module import render
from .._module.run import Failure
from .._module.secrets import ByName
from .options import Settings
from .plan import Plan
from .resolve import Existing
from .work import Made

#: Made: sent. Existing: nothing to do. Plan: check mode, would be sent. VeeamError: failed.
Outcome = t.Union[Made, Existing, Plan, VeeamError]


def of_one(chosen: Settings, outcome: Made | Existing | Plan, diff: bool, retries: int) -> dict[str, t.Any]:
    """The result of the single form."""
    item = _item(chosen, outcome)
    facts: dict[str, t.Any] = {"veeam_job_hrefs": _hrefs(chosen, [item])}
    if item["job_href"]:
        facts["veeam_job_href"] = item["job_href"]
    result = {key: item[key] for key in ("changed", "job_href", "job", "msg")}
    if item["task"] is not None:
        result["task"] = item["task"]
    result.update(retries=retries, ansible_facts=facts)
    if diff:
        result["diff"] = _diff(chosen, outcome)
    return result


def of_many(
    chosen: Settings, outcomes: t.Sequence[Outcome], check_mode: bool, diff: bool, retries: int
) -> dict[str, t.Any]:
    """The result of the clones form; failed is set if an item failed."""
    items = [_item(chosen, outcome) for outcome in outcomes]
    hrefs = _hrefs(chosen, items)
    result: dict[str, t.Any] = {
        "changed": any(item["changed"] for item in items),
        "results": items,
        "job_hrefs": hrefs,
        "ansible_facts": {"veeam_job_hrefs": hrefs},
        "retries": retries,
        "msg": _summary(items, outcomes, check_mode),
    }
    if diff:
        result["diff"] = [_diff(chosen, item) for item in outcomes if isinstance(item, Plan) or _is_new(item)]
    failed = [item for item in items if item["failed"]]
    if failed:
        result["failed"] = True
        error = next((item["error"] for item in failed if item.get("error")), None)
        if error:
            result["error"] = error
        del result["ansible_facts"]
    return result


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every item of the clones form from being tried."""
    own = _error(chosen, error)
    if isinstance(error, ExchangeError):
        own["msg"] += " Nothing was created."
    own.setdefault("retries", retries)
    if chosen.single:
        return Failure({"job_href": None, "job": None, **own})
    item = {key: own[key] for key in own if key not in ("retries", "exception")}
    items = [{"job_href": None, "job": None, "task": None, "failed": True, **item} for unused in chosen.clones]
    return Failure({**own, "results": items, "job_hrefs": {}})


def _is_new(outcome: Outcome) -> bool:
    return isinstance(outcome, Made) and outcome.changed


def _item(chosen: Settings, outcome: Outcome) -> dict[str, t.Any]:
    """One entry of results."""
    if isinstance(outcome, VeeamError):
        return {"job_href": None, "job": None, "task": None, "failed": True, **_error(chosen, outcome)}
    item: dict[str, t.Any] = {"changed": False, "job_href": None, "job": None, "task": None, "failed": False}
    if isinstance(outcome, Plan):
        item["changed"] = True
        item["msg"] = (
            f"Would clone job {quoted(outcome.source.name)} to {quoted(outcome.request.name)} on backup "
            f"server {outcome.server.name}."
        )
        return item
    if isinstance(outcome, Made):
        item.update(
            changed=outcome.changed, msg=outcome.msg, task=render.task(chosen.connection.endpoint.url, outcome.task)
        )
    else:
        server = outcome.job.server.name if outcome.job.server else "(unknown)"
        item["msg"] = f"Job {quoted(outcome.job.name)} is on backup server {server} already."
    if outcome.job is not None:
        item["job"] = render.job(chosen.connection.endpoint.url, outcome.job)
        item["job_href"] = item["job"]["href"]
    return item


def _error(chosen: Settings, error: VeeamError) -> dict[str, t.Any]:
    result = error.result()
    report = result.pop("task_report", None)
    if report is not None:
        result["task"] = render.task(chosen.connection.endpoint.url, report)
    return result


def _hrefs(chosen: Settings, items: t.Sequence[dict[str, t.Any]]) -> dict[str, str]:
    return ByName(
        (request.name, item["job_href"])
        for request, item in zip(chosen.clones, items)
        if item["job_href"] and not item["failed"]
    )


def _diff(chosen: Settings, outcome: Outcome) -> dict[str, t.Any]:
    """before is null and after what is sent where a job is created; else both are the job that is there."""
    if isinstance(outcome, Plan) or _is_new(outcome):
        plan = outcome if isinstance(outcome, Plan) else t.cast(Made, outcome).plan
        return {"before": None, "after": plan.after(), "after_header": f'job "{plan.request.name}"'}
    job = t.cast("Made | Existing", outcome).job
    there = render.job(chosen.connection.endpoint.url, job) if job is not None else None
    return {"before": there, "after": there}


def _summary(items: t.Sequence[dict[str, t.Any]], outcomes: t.Sequence[Outcome], check_mode: bool) -> str:
    if not items:
        return "There was nothing to clone: clones is empty."
    failed = [item for item in items if item["failed"]]
    changed = [item for item in items if item["changed"] and not item["failed"]]
    kept = len(items) - len(failed) - len(changed)
    parts = [f"{'Would clone' if check_mode else 'Cloned'} {len(changed)} of {counted(len(items), 'job')}"]
    if kept:
        parts.append(f"{kept} {'was' if kept == 1 else 'were'} there already")
    if failed:
        parts.append(f"{len(failed)} failed")
    sentence = ", ".join(parts) + "."
    return sentence + (f" First failure: {failed[0]['msg']}" if failed else "")
