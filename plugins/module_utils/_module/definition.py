# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module is: its options, the check of them, and the flow that does its work. The rest is the same for all."""

from __future__ import annotations

import typing as t

from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import VeeamError
from .run import Run
from .spec import Spec


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent; names are those of what it was sent for."""
    if not names:
        return "Nothing was changed."
    listed = ", ".join(map(quoted, names))
    return (
        f"Already sent, and perhaps not finished: {listed}. Run the same task again: it finds what was done, and does "
        "the rest."
    )


def unchanged(chosen: t.Any, error: VeeamError, retries: int) -> VeeamError:
    """The error itself."""
    return error


class Module(t.NamedTuple):
    """One module.

    settings: checks the options as far as that goes without a server; raises OptionError.
    flow: the whole run. It returns the result, with failed set where a part of it failed, or raises VeeamError.
    failure: makes of a VeeamError that the flow raised, and of the number of retries, the one that is shown.
    hands_out: keys of the result whose values are secrets, shown on purpose.
    sent_by_then: the sentence on what had been sent when the run broke off, by the names in EnterpriseManager.sent.
    """

    spec: Spec
    settings: t.Callable[[dict[str, t.Any]], t.Any]
    flow: t.Callable[[Run], Flow[dict[str, t.Any]]]
    supports_check_mode: bool = True
    failure: t.Callable[[t.Any, VeeamError, int], VeeamError] = unchanged
    sent_by_then: t.Callable[[t.Sequence[str]], str] = sent_by_then
    hands_out: tuple[str, ...] = ()
