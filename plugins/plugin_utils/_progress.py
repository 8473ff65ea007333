# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of progress about a task that takes its time: when one is shown, and what it says.

Whatever it says beside numbers comes from module_utils/_module/progress.py.
"""

from __future__ import annotations

import time
import typing as t

from ansible.utils.display import Display
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Progress

display = Display()

#: Seconds between two lines of progress, and the size from which a batch shows them without -v.
_PROGRESS_INTERVAL = 5.0
_LARGE_BATCH = 11
#: Seconds between two lines of a smaller one that tells more than numbers, because it may take hours.
_LONG_INTERVAL = 30.0


class Lines:
    """Lines about a task that takes its time: for large batches and for what may take hours, and for all with -v.

    They go to standard error, so that what a callback prints on standard output stays what it is.
    """

    def __init__(self, name: str, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._shown = clock()

    def tell(self, progress: Progress, elapsed: float) -> None:
        """Show how far it is, if the last line is old enough or this is the end."""
        small = progress.total < _LARGE_BATCH and display.verbosity < 1
        if small and not progress.text:
            return
        now = self._clock()
        if now - self._shown < (_LONG_INTERVAL if small else _PROGRESS_INTERVAL) and progress.ended < progress.total:
            return
        self._shown = now
        numbers = f"{progress.ended} of {progress.total} done, {progress.running} running, {progress.failed} failed"
        text = f"; {progress.text}" if progress.text else ""
        display.display(f"{self._name}: {numbers}, {elapsed:.0f} s{text}", stderr=True)
