# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Raw servers on loopback for the tests of the transport: TLS with test certificates, and any misbehaviour."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import typing as t

LONG = 120.0

T = t.TypeVar("T")


def within(work: t.Callable[[], T], seconds: float = LONG) -> T:
    """What work() returns or raises; that it does not end within generous time fails the test."""
    outcome: list[tuple[bool, t.Any]] = []

    def run() -> None:
        try:
            outcome.append((True, work()))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert outcome, "hangs"
    good, value = outcome[0]
    if not good:
        raise value
    return t.cast(T, value)


class Received(t.NamedTuple):
    """One request as it came. headers: lower-case names; lines: the head as it was written."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    lines: list[bytes]


class Peer:
    """One connection at the server's side."""

    def __init__(self, server: RawServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self._rest = b""

    def request(self) -> Received | None:
        """The next request, None at the end of the connection."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return None
        head, _unused, self._rest = self._rest.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        method, target, _version = lines[0].decode("latin-1").split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _unused, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        while len(self._rest) < length:
            if not self._more():
                return None
        body, self._rest = self._rest[:length], self._rest[length:]
        received = Received(method, target, headers, body, lines)
        self.server.requests.append(received)
        return received

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._rest += data
        return bool(data)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.02) -> None:
        """One byte at a time, until it is sent or nobody listens any more."""
        for byte in data:
            self.send(bytes([byte]))
            if self.server.stopped.wait(seconds):
                return

    def stall(self) -> None:
        """Say nothing until the other side has given up."""
        self.sock.settimeout(LONG)
        while self.sock.recv(65536):
            pass

    def reset(self) -> None:
        """Break off with RST instead of an orderly end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Not SSLSocket.close(), which may still say good-bye.
        self.sock.close()


def answer(body: bytes = b"", status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """A response; header names with _ for -. length: what it announces, if not what it has."""
    lines = ["HTTP/1.1 " + status, "Content-Length: %d" % (len(body) if length is None else length)]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def chunked(*parts: bytes, end: bool = True, **headers: str) -> bytes:
    """A response in chunks; end: with the chunk that ends it."""
    lines = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body + (b"0\r\n\r\n" if end else b"")


class RawServer:
    """Runs talk() for every connection in a thread of its own. context: None for a server without TLS."""

    def __init__(self, talk: t.Callable[[Peer], None], context: ssl.SSLContext | None, host: str = "127.0.0.1") -> None:
        self._talk = talk
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[Received] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._socks: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> RawServer:
        self._accepting.start()
        return self

    def __exit__(self, *unused: t.Any) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(LONG)
        for sock in self._socks:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        # OSError: the client has gone, which is what many tests are about.
        with contextlib.suppress(OSError), contextlib.closing(sock):
            self._socks.append(sock)
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
                self._socks.append(sock)
            with contextlib.closing(sock):
                self._talk(Peer(self, sock))


def answering(*answers: bytes) -> t.Callable[[Peer], None]:
    """Each request gets the next answer; the last one stays."""
    left = list(answers)

    def talk(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(left.pop(0) if len(left) > 1 else left[0])

    return talk


def tunnelling(peer: Peer) -> None:
    """A proxy that opens whatever tunnel it is asked for."""
    received = peer.request()
    if received is None:
        return
    host, _unused, port = received.target.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), LONG) as far:
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def pump(source: socket.socket, sink: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)
            for sock in (source, sink):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

        back = threading.Thread(target=pump, args=(far, peer.sock), daemon=True)
        back.start()
        pump(peer.sock, far)
        back.join(LONG)
