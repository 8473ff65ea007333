# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-playbook is stopped at every request of veeam_backup_server, and in its wait.

It logs out and asks for nothing more; the same task run again waits for a collection of its own, since one that was
under way before the request may have read the server too early.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from helpers.cast import VBR01
from helpers.routes import BY_WORD, sent

from .stopping import Run, Stage, Strike, Waiting, check_nothing_more, check_promises, run_again, stop

TERM, INT = signal.SIGTERM, signal.SIGINT
#: Reads of its session that a collection lasts; where its end is to be seen before the run is stopped, fewer.
LENGTH, SHORT = "20", "2"


def at(name: str, word: str, **more: Any) -> Stage:
    return Stage(name, {**BY_WORD[word].fault, **more})


STAGES = [
    at("servers", "servers"),
    at("before", "collections"),
    at("sent", "collect", process=True),
    at("lost", "collect", process=False),
    at("task", "task"),
    at("shows", "collections", on=2),
    at("look", "collection"),
    Waiting("pause", None, options={"poll_interval": 5}, looks="collection"),
    at("events", "events"),
    # A logout has a quarter of `timeout` for its first attempt.
    Stage("logout", {**BY_WORD["logout"].fault}, options={"timeout": 12}),
]
#: Those before anything was asked for.
NOT_YET = ("servers", "before", "lost")


def cells() -> Iterator[Any]:
    for position, stage in enumerate(STAGES):
        for in_process in (True, False) if stage.name in ("sent", "look") else (True,):
            number = (TERM, INT)[(position + in_process) % 2]
            where = "worker" if in_process else "module"
            yield pytest.param(stage, Strike(number, "group"), in_process, id=f"{where}-{stage}-{number.name}")


@pytest.mark.parametrize(("stage", "strike", "in_process"), list(cells()))
def test_it_is_stopped_and_asks_anew(
    stage: Stage, strike: Strike, in_process: bool, start_of: Callable[..., Run]
) -> None:
    run = start_of([], in_process, module="veeam_backup_server", wanted={"backup_server": VBR01})
    run.em.switches["collect_length"] = SHORT if stage.name in ("events", "logout") else LENGTH
    done = stop(run, stage, strike)
    check_promises(run, done)
    check_nothing_more(stage, done)
    asked = [entry for entry in sent(run.em.journal, "collect") if entry.processed]
    assert len(asked) == (stage.name not in NOT_YET)
    began = {session.id for session in run.em.system_sessions()}

    run.em.clear_faults()
    result = run_again(run)
    assert len([entry for entry in sent(run.em.journal, "collect") if entry.processed]) - len(asked) >= 1
    assert (result["changed"], result["session"]["state"]) == (True, "CompletedSuccessfully")
    assert result["session"]["id"] not in began
    assert run.em.open_sessions() == []
