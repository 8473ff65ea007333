# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a run that a signal stops: SIGTERM, SIGINT (Ctrl-C), SIGHUP, or the SIGALRM of Ansible's `timeout:`.

_http/signals.py notes it, and _http/moves.py throws Interrupted into the flow, whose way out is the logout
(_em/logon_session.py). Here the failed result is made, which names what had been sent by then. The signal itself is
passed on to whoever had the handler before (plugin_utils/_action.py). That ansible-playbook was killed becomes a
SIGTERM in plugin_utils/_parent.py.
"""

from __future__ import annotations

import signal

from .._http.errors import Interrupted
from .definition import Module
from .run import Run


def stopped(module: Module, run: Run, stop: Interrupted) -> Interrupted:
    """The same, with what had been sent by then. Does not return where the signal is the timer of Ansible."""
    stop.sent = list(run.em.sent)
    stop.sentence = module.sent_by_then(stop.sent)
    if stop.signal_number == signal.SIGALRM:
        # It has an exception of its own, raised by the handler that is back by now.
        signal.raise_signal(signal.SIGALRM)
    return stop
