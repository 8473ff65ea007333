# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening socket and the event loop, in a thread of their own."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from ..pipeline.connection import Connection, linger_off
from ..work.world import World

logger = logging.getLogger("veeam_em_emulator")


class Server:
    """Accepts by itself, so that a connection can be refused before TLS; uvicorn does the rest."""

    def __init__(self, world: World, app: Any, host: str, port: int, context: ssl.SSLContext) -> None:
        self.world = world
        self.host = host
        self.context = context
        self.state = ServerState()
        self.config = Config(
            app, loop="asyncio", http=Connection, ws="none", lifespan="off", interface="asgi3", log_config=None,
            access_log=False, proxy_headers=False, server_header=False, date_header=False, timeout_keep_alive=120,
        )  # fmt: skip
        self.config.load()
        family, *_unused, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind(address)
            self.socket.listen(512)
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(0)
        self.port: int = self.socket.getsockname()[1]
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._accepting: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._run, name=f"veeam-em-emulator-{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Drops every connection, busy or not."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def drop_held(self) -> None:
        """Connections that a fault keeps busy are dropped (thread-safe)."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._drop_held)

    def _drop_held(self) -> None:
        for connection in list(self.state.connections):
            if isinstance(connection, Connection) and connection.held:
                connection.reset()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._loop.add_reader(self.socket.fileno(), self._accept)
        self._ready.set()
        await self._stop.wait()
        self._loop.remove_reader(self.socket.fileno())
        self.socket.close()
        for connection in list(self.state.connections):
            assert isinstance(connection, Connection)
            connection.reset()
        pending = [*self._accepting, *self.state.tasks]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._loop.shutdown_default_executor()
        # transports close in the next rounds of the loop
        for _unused in range(3):
            await asyncio.sleep(0)

    def _accept(self) -> None:
        for _unused in range(64):
            try:
                accepted, _unused = self.socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                logger.warning("accept failed: %s", error)
                return
            with self.world.lock:
                refused = self.world.faults.for_connection()
            if refused:
                linger_off(accepted)
                accepted.close()
                continue
            accepted.settimeout(0)
            # head and body go out in two writes; the second must not wait for an acknowledgement
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._connect(accepted))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    async def _connect(self, accepted: socket.socket) -> None:
        def protocol() -> Connection:
            return Connection(
                clock=self.world.clock, config=self.config, server_state=self.state, app_state={}, _loop=self._loop
            )

        try:
            await self._loop.connect_accepted_socket(protocol, accepted, ssl=self.context, ssl_handshake_timeout=60)
        except (OSError, asyncio.TimeoutError) as error:
            # the client went away or did not trust the certificate
            logger.debug("connection failed: %s", error)
            accepted.close()
