# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transport: one HTTPS exchange on a kept-alive connection. Only this file knows requests.

Every byte is bounded: connecting and each pause between bytes by `timeout`, the whole exchange by a deadline, the
body by a size. Redirects are not followed, cookies are neither kept nor sent (the server prefers a cookie to the
header, EM reference: http_authentication), and nothing but the given CA decides whom to trust.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import math
import os
import queue
import socket
import ssl
import threading
import time
import traceback
import typing as t

from . import body, signals
from .errors import BadAnswer, ExchangeError, MissingLibrary, NoAnswer, NotSent
from .not_connected import ResolverTimeout, Target, Why, causes, is_timeout, read_proxy, why_not_connected, within

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool
except ImportError:
    # Stand-ins, so that the classes below can be defined; require_libraries() comes before any use.
    HTTPAdapter = HTTPSConnection = HTTPSConnectionPool = object  # type: ignore[assignment, misc]
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

#: A connection that was idle for longer is not trusted with a request that must not be repeated.
FRESH_FOR = 4.0
_CHUNK = 65536


class Endpoint(t.NamedTuple):
    """Where the server is and how it is talked to. timeout in seconds, max_response_size in bytes."""

    hostname: str
    port: int
    validate_certs: bool
    ca_path: str | None
    use_proxy: bool
    timeout: float
    max_response_size: int

    @property
    def url(self) -> str:
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"https://{host}:{self.port}"


class Request(t.NamedTuple):
    """One request. path begins with a slash and may have a query. once: it must not be sent twice.

    headers_suffice: an answer whose body cannot be read to its end counts as one without a body.
    shown_path: what messages show instead of the path, where that holds a secret. headers: those that are not the
    transport's own; they hold secrets.
    """

    method: str
    path: str
    body: bytes | None = None
    once: bool = False
    headers_suffice: bool = False
    shown_path: str | None = None
    headers: t.Mapping[str, str] = {}

    @property
    def label(self) -> str:
        """The request in messages."""
        return f"{self.method} {self.shown_path or self.path.partition('?')[0]}"

    def __repr__(self) -> str:
        return f"Request({self.label})"


class Response(t.NamedTuple):
    """An answer that came whole. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def require_libraries() -> None:
    """Raise MissingLibrary if requests or lxml cannot be imported by this interpreter."""
    if REQUESTS_IMPORT_ERROR is not None:
        raise MissingLibrary("requests", REQUESTS_IMPORT_ERROR)
    try:
        import lxml.etree  # noqa: F401
    except ImportError:
        raise MissingLibrary("lxml", traceback.format_exc()) from None


class _Exchange:
    """What is known of the exchange under way on one connection.

    sent: a byte of the request has gone out. at_proxy: the step under way is for the proxy, not for the server.
    status: that of the answer, once its headers are there.
    sock: the socket, from the moment it begins to connect. resolved: where the resolver's answer is waited for.
    aborted: nothing may be sent any more.
    """

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.sent = False
        self.at_proxy = False
        self.status: int | None = None
        self.started = clock()
        self.deadline = math.inf
        self.timeout = 30.0
        self.sock: t.Any = None
        self.resolved: queue.SimpleQueue[list[t.Any] | Exception] | None = None
        self.aborted = False

    def start(self, deadline: float, timeout: float) -> None:
        self.sent = self.at_proxy = False
        self.status = None
        self.started = self.clock()
        self.deadline = deadline
        self.timeout = timeout

    def remaining(self) -> float:
        """Seconds that the next step on the socket may take."""
        left = min(self.timeout, self.deadline - self.clock())
        if left <= 0 or self.aborted:
            raise socket.timeout("the deadline has passed")
        return left

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return self.clock() - self.started


class _BoundedReader(io.RawIOBase):
    """The reading side of a socket on which every single read honours the deadline of the exchange."""

    def __init__(self, sock: t.Any, exchange: _Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", 0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        self._sock.settimeout(self._exchange.remaining())
        return t.cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
            super().close()


class _BoundedSocket:
    """A connected socket whose reads and writes honour the deadline; anything else is the socket's own."""

    def __init__(self, sock: t.Any, exchange: _Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def makefile(self, mode: str, *unused: t.Any, **ignored: t.Any) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._exchange), _CHUNK)

    def sendall(self, data: t.Any) -> None:
        self._sock.settimeout(self._exchange.remaining())
        self._sock.sendall(data)

    def settimeout(self, unused: t.Any) -> None:
        """Each read and write sets its own."""

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._sock, name)


class _Socket(socket.socket):
    """Knows its exchange, so that one that is still shaking hands can be broken off."""

    exchange: _Exchange


class _BoundedHTTPSConnection(HTTPSConnection):
    """Knows whether a byte of the request was sent, and bounds what it reads."""

    exchange: _Exchange
    _connecting = False

    def _new_conn(self) -> socket.socket:
        # urllib3 would give the resolver all the time it takes, and then each address the whole timeout.
        failure: OSError | None = None
        for family, kind, protocol, _name, address in _addresses(self._dns_host.strip("[]"), self.port, self.exchange):
            sock = _Socket(family, kind, protocol)
            self.exchange.sock = sock
            sock.exchange = self.exchange
            try:
                self._connect_to(sock, address)
                return sock
            except OSError as error:
                failure = error
                sock.close()
            except BaseException:
                sock.close()
                raise
        raise failure or OSError("no address")

    def _connect_to(self, sock: socket.socket, address: t.Any) -> None:
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(self.exchange.remaining())
        sock.connect(address)
        # the handshake that follows
        sock.settimeout(self.exchange.remaining())

    def _tunnel(self) -> None:
        # What a proxy answers is bounded like what the server answers.
        plain = self.sock
        self.sock = t.cast(t.Any, _BoundedSocket(plain, self.exchange))
        try:
            super()._tunnel()
        finally:
            if self.sock is not None:
                self.sock = plain
        # From here on it is the server that answers.
        self.exchange.at_proxy = False
        plain.settimeout(self.exchange.remaining())

    def connect(self) -> None:
        self.timeout = self.exchange.remaining()
        self.exchange.at_proxy = getattr(self, "_tunnel_host", None) is not None
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False
        self.exchange.sock = self.sock
        self.sock = t.cast(t.Any, _BoundedSocket(self.sock, self.exchange))

    def send(self, data: t.Any) -> None:
        if self.sock is None:
            self.connect()
        # A CONNECT to a proxy is not yet the request.
        if not self._connecting:
            self.exchange.sent = True
        super().send(data)


def _addresses(host: str, port: int, exchange: _Exchange) -> list[t.Any]:
    """What getaddrinfo says. It knows no timeout and lets no signal through, so it gets a thread of its own."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    answer: queue.SimpleQueue[list[t.Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as error:  # pylint: disable=broad-except
            answer.put(error)

    exchange.resolved = answer
    with signals.no_signals():
        threading.Thread(target=ask, daemon=True, name="veeam-resolver").start()
    try:
        found = answer.get(timeout=exchange.remaining())
    except queue.Empty:
        raise ResolverTimeout("the resolver gave no answer in time") from None
    finally:
        exchange.resolved = None
    if isinstance(found, Exception):
        raise found
    return found


class _HTTPSPool(HTTPSConnectionPool):
    """urllib3's pool without its warning on unchecked certificates: that is what validate_certs asked for."""

    def _validate_conn(self, conn: t.Any) -> None:
        if getattr(conn, "sock", None) is None:
            conn.connect()


class _Adapter(HTTPAdapter):
    """requests' adapter with one connection, our TLS context and no retries of its own."""

    def __init__(self, context: ssl.SSLContext, exchange: _Exchange) -> None:
        self._context = context
        connection = type("_Connection", (_BoundedHTTPSConnection,), {"exchange": exchange})
        self._pool_class = type("_OwnPool", (_HTTPSPool,), {"ConnectionCls": connection})
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self._use_pool_class(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **options)
        self._use_pool_class(manager)
        return manager

    def _use_pool_class(self, manager: t.Any) -> None:
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": self._pool_class}

    def cert_verify(self, conn: t.Any, url: t.Any, verify: t.Any, cert: t.Any) -> None:
        # The context alone decides: requests would add its own CA bundle to the one that was asked for.
        conn.cert_reqs = "CERT_REQUIRED" if self._context.verify_mode == ssl.CERT_REQUIRED else "CERT_NONE"
        conn.ca_certs = conn.ca_cert_dir = None


class _Context(ssl.SSLContext):
    """Checks the certificate for the host also where that is an address: urllib3 1.26 does not hand an address on."""

    hostname: str

    def wrap_socket(self, sock: socket.socket, *args: t.Any, **options: t.Any) -> ssl.SSLSocket:
        options["server_hostname"] = options.get("server_hostname") or self.hostname
        if not isinstance(sock, _Socket):
            return super().wrap_socket(sock, *args, **options)
        wrapped = super().wrap_socket(sock, *args, **{**options, "do_handshake_on_connect": False})
        sock.exchange.sock = wrapped
        try:
            # again, for what broke it off between the two sockets
            sock.exchange.remaining()
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def wrap_bio(self, *args: t.Any, **options: t.Any) -> ssl.SSLObject:
        options["server_hostname"] = options.get("server_hostname") or self.hostname
        return super().wrap_bio(*args, **options)


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """TLS 1.2 or newer, host name checked, trusting ca_path alone or else the system's and requests' CAs."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname = endpoint.hostname
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not endpoint.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if endpoint.ca_path is None:
        context.load_default_certs()
        context.load_verify_locations(requests.utils.DEFAULT_CA_BUNDLE_PATH)
        return context
    folder = os.path.isdir(endpoint.ca_path)
    try:
        context.load_verify_locations(
            cafile=None if folder else endpoint.ca_path, capath=endpoint.ca_path if folder else None
        )
    except (OSError, ssl.SSLError) as error:
        raise ExchangeError(
            f"ca_path: {endpoint.ca_path} cannot be used as a CA bundle "
            f"({getattr(error, 'reason', None) or error.strerror or 'unreadable'}); name a file with PEM "
            "certificates or a folder of them.",
            "connect",
            permanent=True,
        ) from error
    return context


class Exchanges:
    """What a connection does with an exchange, whatever carries the bytes; send() and close() are its own."""

    def __init__(self, endpoint: Endpoint, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._endpoint = endpoint
        self._target = Target(endpoint.hostname, endpoint.port, endpoint.ca_path)
        self._exchange = _Exchange(clock)
        self._used = -math.inf

    def close(self) -> None:
        """Close what carries the bytes. The connection can be used again, and then opens it anew."""
        raise NotImplementedError

    def _send(self, request: Request, headers: dict[str, str]) -> t.Any:
        """Send the request and return the answer as soon as its headers are there, in the form of requests' Response.

        Sets sent of the exchange as soon as a byte goes out.
        """
        raise NotImplementedError

    def exchange(self, request: Request, deadline: float) -> Response:
        """Send the request and read the whole answer.

        deadline: monotonic time at which it must be over. Raises NotSent, NoAnswer or BadAnswer.
        """
        if request.once and self._exchange.clock() - self._used > FRESH_FOR:
            self.close()
        self._exchange.start(deadline, self._endpoint.timeout)
        try:
            return self._exchange_once(request)
        except ExchangeError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise self._explain(request, error) from error
        except BaseException:
            self.close()
            raise
        finally:
            self._used = self._exchange.clock()

    def _exchange_once(self, request: Request) -> Response:
        length = {} if request.method == "GET" else {"Content-Length": str(len(request.body or b""))}
        answer = self._send(request, {**request.headers, **length})
        self._exchange.status = answer.status_code
        try:
            received = {name.lower(): value for name, value in answer.headers.items()}
            if 300 <= answer.status_code < 400:
                raise body.redirected(request.label, answer.status_code, received.get("location"))
            try:
                content = body.read(
                    answer.raw, received, self._endpoint.max_response_size, request.label, answer.status_code
                )
            except Exception:
                if not request.headers_suffice:
                    raise
                content = b""
                self.close()
        finally:
            answer.close()
        return Response(answer.status_code, received, content)

    def _explain(self, request: Request, error: Exception) -> ExchangeError:
        """The one sentence for what happened on the socket."""
        where = self._target.where
        chain = list(causes(error))
        cut_short = self._exchange.clock() >= self._exchange.deadline
        if not self._exchange.sent:
            why = why_not_connected(chain, self._target, self._exchange.at_proxy, self._exchange.seconds)
            return not_sent(request, why, cut_short)
        begun = f" It had begun with HTTP {self._exchange.status}." if self._exchange.status else ""
        if is_timeout(chain):
            what = "gave no complete answer" if begun else "gave no answer"
            sentence = f"{request.label}: {where} {what} {within(self._exchange.seconds)}.{begun}"
            return NoAnswer(sentence, request.label, cut_short=cut_short)
        if any(type(link) in _NOT_HTTP for link in chain):
            return BadAnswer(f"{request.label}: {where} answered with something that is not HTTP.", request.label)
        what = "in the middle of its answer" if begun else "before it answered"
        return NoAnswer(f"{request.label}: {where} broke the connection {what}.{begun}", request.label)


class Connection(Exchanges):
    """One kept-alive connection, used by one thread at a time."""

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext) -> None:
        super().__init__(endpoint)
        self._adapter = _Adapter(context, self._exchange)
        self._proxies: dict[str, str] = {}
        self._wrong_proxy: Why | None = None
        text = _proxy_of(endpoint) if endpoint.use_proxy else ""
        proxy = read_proxy(text) if text else None
        if isinstance(proxy, Why):
            self._wrong_proxy = proxy
        elif proxy is not None:
            self._target = self._target._replace(proxy=proxy)
            self._proxies = {"https": proxy.url}

    def close(self) -> None:
        """Close the socket. The connection can be used again, and then opens a new one."""
        self._adapter.close()

    def abort(self) -> None:
        """Break off the exchange under way on this connection, wherever it is, and let it begin no other.

        To be called from another thread, or from a signal handler in the middle of the exchange.
        """
        self._exchange.aborted = True
        if self._exchange.resolved is not None:
            self._exchange.resolved.put(ResolverTimeout("broken off"))
        if self._exchange.sock is not None:
            # TypeError: inside the TLS of a proxy it is no socket.
            with contextlib.suppress(OSError, TypeError):
                # Not SSLSocket.shutdown: that one pulls the TLS state away under the reading thread.
                socket.socket.shutdown(self._exchange.sock, socket.SHUT_RDWR)

    def _send(self, request: Request, headers: dict[str, str]) -> t.Any:
        if self._wrong_proxy is not None:
            raise not_sent(request, self._wrong_proxy)
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = self._endpoint.url + request.path
        prepared.headers = requests.structures.CaseInsensitiveDict(headers)
        prepared.body = request.body
        remaining = self._exchange.remaining()
        return self._adapter.send(prepared, stream=True, timeout=(remaining, remaining), proxies=self._proxies)


def _proxy_of(endpoint: Endpoint) -> str:
    """What the environment names as the proxy for that server, empty where it names none."""
    found = requests.utils.get_environ_proxies(endpoint.url, no_proxy=None)
    return str(requests.utils.select_proxy(endpoint.url, found) or "").strip()


def not_sent(request: Request, why: Why, cut_short: bool = False) -> NotSent:
    """The error for a request of which no byte was sent."""
    return NotSent(why.sentence, request.label, permanent=why.permanent, cut_short=cut_short, hint=why.hint)


#: Subclasses, such as RemoteDisconnected, mean that the connection broke.
_NOT_HTTP = (http.client.BadStatusLine, http.client.LineTooLong, http.client.UnknownProtocol, http.client.HTTPException)
