# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of each machine of a task: tried side by side, in order in the result. Pure but for the flow itself.

The modules that back up, bring back and fail over machines have this in common: every item is tried, and the task fails
at the end if one failed.
"""

from __future__ import annotations

import functools
import typing as t

from .._em.reference import quoted
from .._http.effects import Flow, Parallel, Progress, Tell
from .._http.errors import ExchangeError, VeeamError, counted
from .._module.progress import UnderWay
from .._module.run import Failure, Run

T = t.TypeVar("T")

#: Items that a line of progress, or a message, names.
MAX_SHOWN = 3


class Done(t.NamedTuple):
    """How an item ended well. words: the keys of its result beside changed, msg and failed."""

    changed: bool
    msg: str
    words: dict[str, t.Any]
    warnings: tuple[str, ...] = ()


def side_by_side(
    run: Run,
    groups: t.Sequence[t.Sequence[T]],
    work: t.Callable[[T, float], Flow[Done]],
    max_parallel: int,
    under_way: UnderWay,
    total: int,
    failed_before: int,
) -> Flow[list[list[Done | VeeamError]]]:
    """Do the work for every item: groups side by side, the items of a group one after the other.

    total: of all items of the task. failed_before: those for which nothing is done, because they failed before. work
    gets the item and its own deadline, monotonic seconds. The outcomes are in the order of the groups.
    """
    ended = failed = 0

    def progress(_ended: int, running: int, _failed: int) -> Progress:
        return Progress(failed_before + ended, running, failed_before + failed, total, under_way.text)

    def one_after_the_other(position: int, group: t.Sequence[T]) -> Flow[list[Done | VeeamError]]:
        nonlocal ended, failed
        outcomes: list[Done | VeeamError] = []
        for place, item in enumerate(group):
            # The first ones have waited for the reads as part of their time; the others begin when they begin.
            first = position < max_parallel and place == 0
            deadline = run.deadline if first else run.clock() + run.chosen.wait_timeout
            try:
                outcome: Done | VeeamError = yield from work(item, deadline)
            except VeeamError as error:
                outcome = error
                failed += 1
            ended += 1
            outcomes.append(outcome)
        return outcomes

    starts = [functools.partial(one_after_the_other, position, group) for position, group in enumerate(groups)]
    found = yield Parallel(starts, max_parallel, progress)
    if groups:
        yield Tell(Progress(total, 0, failed_before + failed, total))
    result: list[list[Done | VeeamError]] = []
    for group, outcome in zip(groups, found):
        # Only a mistake of this collection ends a group early.
        result.append([outcome] * len(group) if isinstance(outcome, VeeamError) else outcome)
    return result


class Form(t.NamedTuple):
    """How the results of a module read.

    empty: the keys of an item of which nothing is known. did, would: "Restored", "Would restore".
    plural: the option of the list form. nothing: the sentence that nothing was sent.
    """

    empty: dict[str, t.Any]
    did: str
    would: str
    plural: str
    nothing: str


def item_words(outcome: Done | VeeamError, form: Form) -> dict[str, t.Any]:
    """One entry of results."""
    if isinstance(outcome, Done):
        return {"changed": outcome.changed, **form.empty, **outcome.words, "msg": outcome.msg, "failed": False}
    return {**form.empty, "failed": True, **outcome.result()}


def of_one(outcome: Done | VeeamError, form: Form, retries: int) -> dict[str, t.Any]:
    """The result of the single form. Raises what failed."""
    if isinstance(outcome, VeeamError):
        raise outcome
    words = item_words(outcome, form)
    del words["failed"]
    return {**words, "retries": retries}


def of_many(outcomes: t.Sequence[Done | VeeamError], form: Form, check_mode: bool, retries: int) -> dict[str, t.Any]:
    """The result of the list form; failed is set if an item failed."""
    items = [item_words(outcome, form) for outcome in outcomes]
    failed = [item for item in items if item["failed"]]
    result: dict[str, t.Any] = {
        "changed": any(item["changed"] for item in items),
        "results": items,
        "retries": retries,
        "msg": _summary(items, failed, form, check_mode),
    }
    if failed:
        result["failed"] = True
        error = next((item["error"] for item in failed if item.get("error")), None)
        if error:
            result["error"] = error
    return result


def _summary(
    items: t.Sequence[dict[str, t.Any]], failed: t.Sequence[dict[str, t.Any]], form: Form, check_mode: bool
) -> str:
    if not items:
        return f"There was nothing to do: {form.plural} is empty."
    changed = sum(item["changed"] and not item["failed"] for item in items)
    kept = len(items) - len(failed) - changed
    parts = [f"{form.would if check_mode else form.did} {changed} of {counted(len(items), 'machine')}"]
    if kept:
        parts.append(f"left {kept} as {'it was' if kept == 1 else 'they were'}")
    if failed:
        parts.append(f"{len(failed)} failed")
    # What comes first is what a terminal shows; the others are in results.
    more = f" And {len(failed) - MAX_SHOWN} more, see results." if len(failed) > MAX_SHOWN else ""
    return ", ".join(parts) + "." + "".join(f" {item['msg']}" for item in failed[:MAX_SHOWN]) + more


def whole_run_failed(error: VeeamError, form: Form, single: bool, count: int, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every item of the list form from being tried."""
    own = {**form.empty, **error.result()}
    if isinstance(error, ExchangeError):
        own["msg"] += f" {form.nothing}"
    own.setdefault("retries", retries)
    if single:
        return Failure(own)
    item = {key: value for key, value in own.items() if key not in ("retries", "exception")}
    kept = {key: value for key, value in own.items() if key not in form.empty}
    return Failure({**kept, "results": [{**item, "failed": True} for _unused in range(count)]})


def sent_by_then(names: t.Sequence[str], nothing: str, sent: str, again: str) -> str:
    """The sentence on what a run that broke off had sent; names are those of the machines."""
    if not names:
        return nothing
    listed = ", ".join(quoted(name) for name in dict.fromkeys(names))
    return f"{sent}: {listed}. {again}"
