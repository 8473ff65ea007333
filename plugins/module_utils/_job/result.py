# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From outcomes to the result of veeam_job that a playbook sees. Pure."""

from __future__ import annotations

import typing as t

from .._clone.plan import Plan
from .._em.reference import quoted
from .._http.errors import ExchangeError, VeeamError, counted
from .._module import render, render_job
from .._module.run import Failure
from .._module.secrets import ByName
from .._resources.job_entity import JobEntity
from . import plan
from .options import Settings, Wish
from .work import ChangeFailed, Taken, done


class Outcome(t.NamedTuple):
    """One job that is as wanted, or in check mode would be.

    before: as it was read, None where it was not there. after: as it was read last, None where it is not there (yet).
    diff: before and after, None where nothing was or would be changed. remark: what else there is to say.
    """

    wish: Wish
    before: JobEntity | None
    after: JobEntity | None
    taken: tuple[Taken, ...]
    changed: bool
    diff: tuple[t.Any, t.Any] | None = None
    warnings: tuple[str, ...] = ()
    remark: str = ""


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent; names are those of jobs."""
    if not names:
        return "Nothing was changed."
    return (
        "Something was already sent for these jobs, and they may be half done: "
        f"{', '.join(quoted(name) for name in dict.fromkeys(names))}. Run the same task again: it goes on "
        "from what is there."
    )


def of_one(
    chosen: Settings, outcome: Outcome, names: t.Mapping[str, str], check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """The result of the single form."""
    item = _item(chosen, outcome, names, check_mode)
    hrefs = _hrefs(chosen, [item])
    facts: dict[str, t.Any] = {"veeam_job_hrefs": hrefs}
    if item["job_href"]:
        facts["veeam_job_href"] = item["job_href"]
    result = {key: item[key] for key in ("changed", "job_href", "job", "steps", "msg")}
    result["ansible_facts"] = facts
    if diff:
        result["diff"] = _diff(outcome)
    return result


def of_many(
    chosen: Settings,
    outcomes: t.Sequence[Outcome | VeeamError],
    names: t.Mapping[str, str],
    check_mode: bool,
    diff: bool,
) -> dict[str, t.Any]:
    """The result of the jobs form; failed is set if an item failed."""
    items = [_item(chosen, outcome, names, check_mode) for outcome in outcomes]
    hrefs = _hrefs(chosen, items)
    result: dict[str, t.Any] = {
        "changed": any(item["changed"] for item in items),
        "results": items,
        "job_hrefs": hrefs,
        "ansible_facts": {"veeam_job_hrefs": hrefs},
        "msg": _summary(items, check_mode),
    }
    if diff:
        result["diff"] = [_diff(item) for item in outcomes if isinstance(item, Outcome) and item.diff is not None]
    failed = [item for item in items if item["failed"]]
    if failed:
        result["failed"] = True
        error = next((item["error"] for item in failed if item.get("error")), None)
        if error:
            result["error"] = error
        del result["ansible_facts"]
    return result


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every item of the jobs form from being tried."""
    own = _error(chosen, error, {})
    if isinstance(error, ExchangeError):
        own["msg"] += " Nothing was changed."
    own["retries"] = retries
    if chosen.single:
        return Failure(own)
    item = {key: own[key] for key in own if key not in ("retries", "exception")}
    return Failure({**own, "results": [{**item, "failed": True} for unused in chosen.jobs], "job_hrefs": {}})


def _item(
    chosen: Settings, outcome: Outcome | VeeamError, names: t.Mapping[str, str], check_mode: bool
) -> dict[str, t.Any]:
    """One entry of results."""
    if isinstance(outcome, VeeamError):
        return {"failed": True, **_error(chosen, outcome, names)}
    job = _job(chosen, outcome.after, names)
    return {
        "changed": outcome.changed,
        "job_href": job["href"] if job else None,
        "job": job,
        "steps": _steps(chosen, outcome.taken, not check_mode),
        "msg": _sentence(outcome, check_mode),
        "failed": False,
    }


def _error(chosen: Settings, error: VeeamError, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    result: dict[str, t.Any] = {"job_href": None, "job": None, "steps": [], **error.result()}
    result.pop("task_report", None)
    if isinstance(error, ChangeFailed):
        result["job"] = _job(chosen, error.job, names)
        result["job_href"] = result["job"]["href"] if result["job"] else None
        result["steps"] = _steps(chosen, error.taken, with_task=True)
    return result


def _job(chosen: Settings, job: JobEntity | None, names: t.Mapping[str, str]) -> dict[str, t.Any] | None:
    return render_job.whole_job(chosen.connection.endpoint.url, job, names) if job is not None else None


def _steps(chosen: Settings, taken: t.Sequence[Taken], with_task: bool) -> list[dict[str, t.Any]]:
    steps = []
    for item in taken:
        step: dict[str, t.Any] = {"action": item.step.action, "what": item.step.what}
        if with_task:
            step["task"] = render.task(chosen.connection.endpoint.url, item.report)
        steps.append(step)
    return steps


def _hrefs(chosen: Settings, items: t.Sequence[dict[str, t.Any]]) -> dict[str, str]:
    return ByName(
        (wish.name.text, item["job_href"])
        for wish, item in zip(chosen.jobs, items)
        if item["job_href"] and not item["failed"] and not wish.absent
    )


def _diff(outcome: Outcome) -> dict[str, t.Any]:
    before, after = outcome.diff if outcome.diff is not None else ({}, {})
    header = f"job {_name(outcome)}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def wished(wish: Wish, target: plan.Target, cloning: Plan | None) -> dict[str, t.Any]:
    """What a job that is to be cloned should be, in the words of the options, for a diff."""
    words: dict[str, t.Any] = {"name": wish.name.text}
    if cloning is not None:
        words.update(source_job=cloning.source.name, backup_server=cloning.server.name)
    if wish.repository is not None:
        words["repository"] = wish.repository.text
    options = dict(target.options)
    if wish.after_job is not None:
        options["schedule"] = {"after_job": wish.after_job.text}
    words.update(options)
    if target.objects is not None:
        listed = sorted((wanted.title, wanted.type) for wanted in target.objects)
        words["objects"] = [{"name": name, "type": kind} for name, kind in listed]
    if target.enabled is not None:
        words["enabled"] = target.enabled
    return words


# -- sentences -----------------------------------------------------------------------------------------------------


def _name(outcome: Outcome) -> str:
    """The job by its name, also where it was given by its id or href."""
    job = outcome.after or outcome.before
    if job is None or outcome.wish.name.id is None:
        return quoted(outcome.wish.name.text)
    return quoted(job.name)


def _sentence(outcome: Outcome, check_mode: bool) -> str:
    name = _name(outcome)
    steps = [item.step for item in done(outcome.taken)]
    if not steps:
        if outcome.wish.absent:
            sentence = f"There is no job {name}." if outcome.before is None else f"Job {name} is gone."
        else:
            sentence = f"Job {name} needs no change."
    else:
        parts = _parts(steps, check_mode)
        if outcome.wish.absent:
            sentence = f"{'Would delete' if check_mode else 'Deleted'} job {name}."
        else:
            made = any(step.action == plan.CLONE for step in steps)
            did = ("Would create" if made else "Would change") if check_mode else ("Created" if made else "Changed")
            sentence = f"{did} job {name}: {', '.join(parts)}."
    return (f"{sentence} {outcome.remark}").rstrip()


def _parts(steps: t.Sequence[plan.Step], check_mode: bool) -> list[str]:
    """What was done, in order; objects are counted."""
    parts: list[str] = []
    for action in (plan.CLONE, plan.DISABLE, plan.ADD, plan.REMOVE, plan.EDIT, plan.ENABLE):
        own = [step for step in steps if step.action == action]
        if not own:
            continue
        will, did = {
            plan.CLONE: ("clone", "cloned"),
            plan.DISABLE: ("disable", "disabled"),
            plan.ADD: ("add", "added"),
            plan.REMOVE: ("remove", "removed"),
            plan.EDIT: ("change", "changed"),
            plan.ENABLE: ("enable", "enabled"),
        }[action]
        count = f" {counted(len(own), 'object')}"
        what = {
            plan.CLONE: f" from {quoted(own[0].what)}",
            plan.ADD: count,
            plan.REMOVE: count,
            plan.EDIT: f" {own[0].what}",
        }.get(action, "")
        parts.append((will if check_mode else did) + what)
    return parts


def _summary(items: t.Sequence[dict[str, t.Any]], check_mode: bool) -> str:
    if not items:
        return "There was nothing to do: jobs is empty."
    failed = [item for item in items if item["failed"]]
    changed = [item for item in items if item["changed"] and not item["failed"]]
    kept = len(items) - len(failed) - len(changed)
    parts = [f"{'Would change' if check_mode else 'Changed'} {len(changed)} of {counted(len(items), 'job')}"]
    if kept:
        parts.append(f"{kept} needed no change")
    if failed:
        parts.append(f"{len(failed)} failed")
    sentence = ", ".join(parts) + "."
    return sentence + (f" First failure: {failed[0]['msg']}" if failed else "")
