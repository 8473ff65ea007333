# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one driver of flows that a test plays itself."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import VeeamError

T = t.TypeVar("T")


def drive(flow: Flow[T], perform: t.Callable[[t.Any], t.Any], most: int = 100_000) -> T:
    """What the flow returns or raises. perform(effect) returns the outcome of an effect, or raises it."""
    outcome: t.Any = None
    failure: VeeamError | None = None
    for _turn in range(most):
        try:
            effect = flow.send(outcome) if failure is None else flow.throw(failure)
        except StopIteration as end:
            return t.cast(T, end.value)
        outcome = failure = None
        try:
            outcome = perform(effect)
        except VeeamError as error:
            failure = error
        except BaseException:
            _abandon(flow)
            raise
    _abandon(flow)
    raise AssertionError("the flow does not end")


class _Abandoned(BaseException):
    """The test has failed; nothing that the flow still asks for is done."""


def _abandon(flow: Flow[t.Any]) -> None:
    """End the flow, although its way out asks for more: Python would complain of that when it collects it."""
    with contextlib.suppress(_Abandoned, StopIteration):
        while True:
            flow.throw(_Abandoned())
