# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts with different roles in one real playbook: all that a role may not do, then all that it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.ansible_runs import Play, Step
from helpers.cast import PASSWORD
from helpers.every_module import POLLING
from helpers.roles import CASES, Case, check_nothing_happened
from veeam_em_emulator import Emulator

Account = tuple[Case, str]
REFUSED: list[Account] = [(case, user) for case in CASES for user in case.refused]
ALLOWED: list[Account] = [(case, case.user) for case in CASES]
#: What of a machine there is in the history after the module has done its work.
HAPPENS = {
    "veeam_quick_backup": "backed_up",
    "veeam_vm_restore": "restored",
    "veeam_replica_failover": "failed_over",
    "veeam_failover_plan": "failed_over",
}


def add(play: Play, account: Account, media_type: str, before: Callable[[], object]) -> Step:
    case, user = account
    options = {"username": user, "password": PASSWORD, "media_type": media_type, **case.options}
    times = {"poll_interval": 0.02, "wait_timeout": 60} if case.module in POLLING else {}
    return play.call(case.module, before, **times, **options)


def test_what_each_role_may_do(em: Emulator, play: Play) -> None:
    play.defaults = {}
    play.may_stay_open = lambda session: True  # those that veeam_session hands out
    happened: list[list[Any]] = []

    def begin() -> None:
        """Each task that is allowed finds the emulator as if just started; what the one before did is kept."""
        happened.append(em.machine_history())
        em.reset()

    dialects = ("xml", "json")
    refused = [
        add(play, account, dialects[place % 2], lambda: check_nothing_happened(em))
        for place, account in enumerate(REFUSED)
    ]
    allowed = [add(play, account, dialects[place % 2], begin) for place, account in enumerate(ALLOWED)]
    end = play.task({"ansible.builtin.debug": {"msg": "that was all"}}, begin)
    play.run()

    for (case, user), step in zip(REFUSED, refused, strict=True):
        what = (case, user, step.result)
        assert (step.failed, step.result["changed"]) == (True, False), what
        hint = f"The account's role in Enterprise Manager does not allow it; {case.role} does."
        assert (hint in step.msg, "\n" in step.msg) == (True, False), what
        assert "Traceback" not in str(step.result), what
    # The first is what the tasks that were refused have left.
    left, *happened = happened
    assert left == []
    for (case, _user), step, history in zip(ALLOWED, allowed, happened, strict=True):
        assert not step.failed, (case, step.result)
        assert step.changed is ("info" not in case.module), (case, step.result)
        wanted = HAPPENS.get(case.module) if case.options.get("state") != "undone" else None
        assert not wanted or wanted in {event.event for event in history}, (case, history)
        assert "info" not in case.module or not history, (case, history)
    assert end.status == "ok"


def test_a_machine_is_brought_back_by_an_operator_alone(em: Emulator, play: Play) -> None:
    """From its newest restore point beside the original, then in place; who may only back up changes none of it."""
    play.defaults = {"password": PASSWORD}
    reader = {"username": "restore-operator"}
    operator, user = {**reader, "poll_interval": 0.02}, {"username": "portal-user", "poll_interval": 0.02}
    em.hypervisor.break_machine("web02")
    newest = {"machines": ["web02"], "newest": 1, **reader}
    points = play.call("veeam_restore_point_info", task={"register": "points"}, **newest)
    point = "{{ points.restore_points[0].id }}"
    forbidden = play.call("veeam_quick_backup", machine="web02", **operator)
    beside = play.call("veeam_vm_restore", restore_point=point, original="keep", **operator)
    not_by = play.call("veeam_vm_restore", restore_point=point, original="replace", **user)
    in_place = play.call("veeam_vm_restore", restore_point=point, original="replace", **operator)
    backed_up = play.call("veeam_quick_backup", machine="web02", **user)
    play.run()
    (found,) = points.result["restore_points"]
    assert forbidden.msg.endswith("Portal User does.")
    assert "VM Restore Operator does." in not_by.msg
    kept, replaced = em.restore_sessions()
    assert [kept.point, replaced.point] == [found["id"]] * 2
    assert kept.restored not in (None, kept.machine)
    assert em.machine("web02").data == "original"
    for step in (beside, in_place, backed_up):
        assert step.changed, step.result
    events = [event.event for event in em.machine_history("web02")]
    assert (events.count("backed_up"), events.count("restored")) == (1, 1), events
