# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP listener that records who connects and what comes first, TLS or not."""

from __future__ import annotations

import socket
import threading
from types import TracebackType


class Listener:
    """arrived(): the first bytes of every connection so far, empty for one that said nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._arrived: list[bytes] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def origin(self) -> str:
        return "https://127.0.0.1:%d" % self.port

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self._finish()
        self._socket.close()

    def arrived(self) -> list[bytes]:
        """Everything that has come. A connection of our own, made last, tells that nothing is left in the queue."""
        self._finish()
        return list(self._arrived)

    def _finish(self) -> None:
        if self._thread.is_alive():
            with socket.create_connection(("127.0.0.1", self.port)) as last:
                last.sendall(b"last")
            self._thread.join()

    def _accept(self) -> None:
        while True:
            connection, _address = self._socket.accept()
            with connection:
                # Even a connection on which nothing comes fails the test.
                connection.settimeout(60)
                try:
                    first = connection.recv(4096)
                except OSError:
                    first = b""
            if first == b"last":
                return
            self._arrived.append(first)
