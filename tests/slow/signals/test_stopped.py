# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-playbook is stopped at every request: no session stays open, and no clone is sent a second time.

Service managers and Ctrl-C stop it by a signal (AWX has another way: test_cancelled.py), Ansible's own `timeout:` by an
exception in the worker. Where the worker does the work itself it logs out and sends nothing more. Where a module does
it, ansible-core passes SIGTERM and SIGINT on to the module's process, which does the same; but `timeout:` leaves that
process alone, and it goes on to its own end.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .stopping import (
    CLONE,
    LOGOUT,
    STAGES,
    Run,
    Stage,
    Stopped,
    Strike,
    check_convergence,
    check_one_of_each,
    check_promises,
    is_alive,
    route,
    stop,
    strike_at,
    until,
)

TERM, INT = signal.SIGTERM, signal.SIGINT
ONE, THREE = ["web-prod"], ["web-prod", "db-prod", "mail-prod"]
TIMEOUT = Strike(signal.SIGALRM, "alarm")
BY_NAME = {stage.name: stage for stage in STAGES}


def cells() -> Iterator[Any]:
    """At every stage both signals and the timeout where the worker does the work and there is one clone.

    A signal goes to the group at one stage, at the next to the main process alone; the two differ only in what else is
    in the group, and Ansible's workers never are. Elsewhere every stage with one of these, and every second with the
    timeout. What a stop does at each effect of each flow is tested in virtual time (tests/simulation); here it is shown
    that a real one comes to where that begins.
    """
    everyone = [Strike(number, target) for target in ("group", "main") for number in (TERM, INT)]
    for position, stage in enumerate(STAGES):
        one_of = [everyone[(position + turn) % 4] for turn in range(4)]
        both = [Strike(TERM, ("group", "main")[position % 2]), Strike(INT, ("main", "group")[position % 2])]
        everything = [Strike(TERM, "everything")] if stage.name in ("clone-sent", "poll") else []
        in_turn = [TIMEOUT] if position % 2 else []
        for in_process, names, strikes in (
            (True, ONE, [*both, *everything, TIMEOUT]),
            (True, THREE, [one_of[0], *in_turn]),
            (False, ONE, [one_of[1], *in_turn]),
            (False, THREE, [one_of[2]]),
        ):
            for strike in strikes:
                if strike.is_timeout and not in_process and stage.name == "clone-lost":
                    # A module goes on, and would look for the clone until wait_timeout. The fault matrix has that.
                    continue
                where = "worker" if in_process else "module"
                yield pytest.param(stage, strike, names, in_process, id=f"{where}-{stage}-{strike}-{len(names)}")


@pytest.mark.parametrize(("stage", "strike", "names", "in_process"), list(cells()))
def test_stopped(
    stage: Stage, strike: Strike, names: list[str], in_process: bool, start_of: Callable[..., Run]
) -> None:
    run = start_of(names, in_process, steps=stage.steps)
    done = stop(run, stage, strike)
    assert done.returncode != 0, done.output
    check_promises(run, done)
    if strike.is_timeout:
        assert "imed out" in done.output, done.output
    if strike.is_timeout and not in_process and went_on(done):
        assert route(done.requests[-1]) == "logout", timeline(done)
        check_one_of_each(run)
    else:
        check_nothing_more(stage, done)
    check_convergence(run)


def went_on(done: Stopped) -> bool:
    """Whether the module that Ansible gave up went on to its end by itself, as it does. But where Ansible ends before
    its worker has, it stops that, and the module with it: then nothing but a logout may follow.
    """
    return [route(entry) for entry in done.later] not in ([], ["logout"])


def check_nothing_more(stage: Stage, done: Stopped) -> None:
    """It logged out of the one session, once, and sent nothing else. A logout that was held is sent again."""
    later = [route(entry) for entry in done.later]
    if stage.name == "between-polls":
        # The pause of one of them may have ended just then.
        later = [word for word in later if word != "task"]
    assert later == (["logout"] if stage.opened else []), timeline(done)


def timeline(done: Stopped) -> str:
    struck = len(done.requests) - len(done.later)
    return "\n".join(
        f"{'after ' if number >= struck else 'before'} {entry.time:.2f} {route(entry)} {entry.status}"
        for number, entry in enumerate(done.requests)
    )


@pytest.mark.parametrize("in_process", [True, False], ids=["worker", "module"])
def test_stopped_again_in_the_logout(in_process: bool, start_of: Callable[..., Run]) -> None:
    """Whoever is impatient presses Ctrl-C twice, and service managers send more when the first has no effect."""
    run = start_of(ONE, in_process)
    stage = BY_NAME["poll"]
    run.options["timeout"] = 12
    run.em.add_fault(fault="stall", **LOGOUT)
    tree, seen = strike_at(run, stage, Strike(INT, "group"))
    until("it logs out", lambda: len(run.em.fired_faults()) == 2, run.text)
    for number in (INT, TERM):
        for pid in filter(is_alive, tree):
            os.kill(pid, number)
    done = run.finish(tree, seen)
    check_promises(run, done)
    assert [route(entry) for entry in done.later] == ["logout", "logout"], timeline(done)
    check_convergence(run)


@pytest.mark.parametrize(
    ("stage", "names", "told"),
    [
        ("repository-query", THREE, "a session that the task opened was closed. Nothing was created."),
        ("clone-sent", ONE, "a session that the task opened was closed. Already sent"),
        ("poll", THREE, "a session that the task opened was closed. Already sent"),
        # The clones are made by then.
        ("logout", ONE, "a session that the task opened was closed. Already sent"),
    ],
    ids=["repository-query", "clone-sent", "poll", "logout"],
)
def test_a_module_that_is_stopped_alone_says_what_it_had_sent(
    stage: str, told: str, names: list[str], start_of: Callable[..., Run]
) -> None:
    """`kill` on the module's process: Ansible is still there to show its result."""
    run = start_of(names, in_process=False)
    done = stop(run, BY_NAME[stage], Strike(TERM, "module"))
    assert done.returncode == 2, done.output
    (said,) = set(re.findall(r'^ *"msg": "(Stopped by .*)",?$', done.output, re.M))
    assert said.startswith("Stopped by SIGTERM; " + told), said
    listed = re.findall(r"finished: (.*?)\. Run the same", said)
    assert listed == ([] if "Nothing" in told else [", ".join(f'\\"{name}\\"' for name in names)])
    check_promises(run, done)
    check_nothing_more(BY_NAME[stage], done)
    check_convergence(run)


@pytest.mark.parametrize(("in_process", "names"), [(True, THREE), (False, ONE)], ids=["worker", "module"])
def test_a_timeout_that_rings_by_itself(in_process: bool, names: list[str], start_of: Callable[..., Run]) -> None:
    """The clock may ring anywhere; and the run that puts it right is one of ansible-playbook too."""
    run = start_of(names, in_process, timeout=2)
    run.options["wait_timeout"] = 6
    run.em.add_fault(fault="never_finish", count=0, **CLONE)
    run.start()
    seen: set[int] = set()

    def is_over() -> bool:
        seen.update(run.tree())
        return run.has_ended

    until("Ansible ends", is_over, run.text)
    done = run.finish(sorted(seen), len(run.em.journal))
    assert done.returncode == 2, done.output
    assert "Timed out after 2 second" in done.output
    check_promises(run, done)
    run.em.clear_faults()
    again = start_of(names, in_process)
    again.options["wait_timeout"] = 60
    again.start()
    assert again.finish([], 0).returncode == 0, again.text()
    check_one_of_each(again)


@pytest.mark.parametrize("number", [TERM, INT])
def test_with_pipelining_a_module_leaves_no_file_with_its_options(
    number: signal.Signals, start_of: Callable[..., Run]
) -> None:
    """Without, Ansible keeps them in its temporary folder, and is stopped before it can remove that."""
    run = start_of(ONE, False, vars={"ansible_pipelining": True})
    done = stop(run, BY_NAME["poll"], Strike(number, "group"))
    check_promises(run, done)
    check_nothing_more(BY_NAME["poll"], done)
    check_convergence(run)
