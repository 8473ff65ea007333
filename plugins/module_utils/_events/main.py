# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source sessions in a thread: it may block there for the network, and for rules that are slower than EM."""

from __future__ import annotations

import time
import traceback
import typing as t

from .._http import signals
from .._http.errors import Interrupted, VeeamError, own_mistake
from .._http.scheduler import Scheduler
from .._http.transport import Connection, require_libraries, tls_context
from .options import settings
from .source import Source
from .state_file import StateFile


class Sessions:
    """arguments: those of the source in a rulebook. tell: hands an event on, and raises Interrupted where it may not.

    Raises VeeamError for arguments that cannot be used.
    """

    def __init__(
        self,
        arguments: t.Mapping[str, t.Any],
        tell: t.Callable[[dict[str, t.Any]], None],
        warn: t.Callable[[str], None],
    ) -> None:
        require_libraries()
        chosen = settings(arguments)
        store = None
        if chosen.state_file is not None:
            store = StateFile(chosen.state_file, chosen.server)
            store.load()
            store.check()
        endpoint = chosen.connection.endpoint
        context = tls_context(endpoint)
        self._stop = signals.Stop()
        self._scheduler = Scheduler(lambda: Connection(endpoint, context), stop=self._stop)
        self._source = Source(chosen, tell, warn, time.monotonic, time.time, store)

    def run(self) -> None:
        """Tell events until stop() is called, and log out. Raises VeeamError where it cannot go on."""
        try:
            self._scheduler.run(self._source.flow())
        except Interrupted:
            return
        except VeeamError:
            raise
        except Exception as error:
            raise VeeamError(own_mistake(error), exception=traceback.format_exc()) from None
        finally:
            self._scheduler.close()

    def stop(self) -> None:
        """Let run() come to its end. To be called from another thread."""
        self._stop.ask()

    @property
    def is_stopping(self) -> bool:
        """Whether stop() was called."""
        return self._stop.number is not None

    def stopped(self) -> Interrupted:
        """What tell raises where nobody takes the event any more."""
        self._stop.ask()
        return self._stop.exception()
