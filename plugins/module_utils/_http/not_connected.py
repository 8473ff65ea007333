# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no connection: which step failed, whose host it was for, and whether it is worth another try.

The same error means another thing at the proxy than at the server behind it: a name that cannot be resolved, a
certificate that is not trusted. Pure.
"""

from __future__ import annotations

import http
import re
import socket
import ssl
import typing as t
from urllib.parse import urlsplit

from .errors import shortened


class Why(t.NamedTuple):
    """A sentence, one on what to do, and whether trying again is pointless."""

    sentence: str
    hint: str = ""
    permanent: bool = False


class Proxy(t.NamedTuple):
    """url: with user and password, for the library. shown: scheme and host alone, for people."""

    url: str
    shown: str


class Target(t.NamedTuple):
    """hostname, port and ca_path as they were given. proxy: what is in front of the server."""

    hostname: str
    port: int
    ca_path: str | None = None
    proxy: Proxy | None = None

    @property
    def where(self) -> str:
        return f"{self.hostname} port {self.port}"


class ResolverTimeout(socket.timeout):
    """The name of a host could not be resolved in time."""


_CHECK_PROXY = (
    "Check the proxy variables of the environment (https_proxy, all_proxy, no_proxy), or set use_proxy=false."
)
_IS_IT_RUNNING = "Is Enterprise Manager running, and is the port right?"


# -- the proxy -----------------------------------------------------------------------------------------------------


def read_proxy(text: str) -> Proxy | Why:
    """What a proxy variable names, or why it cannot be used. Without a scheme it is an HTTP proxy."""
    text = text.strip()
    url = text if "://" in text else f"http://{text}"
    scheme, _separator, rest = url.partition("://")
    # All up to the last @ may be a password: one may hold a slash or an @ itself.
    bare = "".join(char if char.isprintable() else "?" for char in rest.rpartition("@")[2])
    shown = shortened(f"{scheme.lower()}://{bare.rstrip('/')}", 100)
    if scheme.lower().startswith("socks"):
        return Why(f"The proxy {shown} is a SOCKS proxy, which cannot be used here.", _CHECK_PROXY, permanent=True)
    try:
        parts = urlsplit(f"{scheme}://{bare}")
        usable = scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
        encoded = usable and urlsplit(url).hostname == parts.hostname
    except ValueError:
        # A port that is no number, or too large; brackets that do not match.
        usable = encoded = False
    # DIRECT is how files for browsers say that there is none.
    if not usable or re.search(r"[\s?#]", bare) or text.upper() == "DIRECT":
        shown = shown if "://" in text else shown.removeprefix("http://")
        return Why(f"{shown} is not the address of a proxy.", _CHECK_PROXY, permanent=True)
    if not encoded:
        sentence = f"The address of the proxy {shown} has characters in its user name or password that are not encoded."
        return Why(sentence, "Write / as %2F, @ as %40, # as %23 and ? as %3F.", permanent=True)
    return Proxy(url, shown)


# -- the failure ---------------------------------------------------------------------------------------------------


def why_not_connected(chain: t.Sequence[BaseException], target: Target, at_proxy: bool, seconds: float) -> Why:
    """chain: the error and all that it wraps. at_proxy: the step was for the proxy. seconds: how long it took."""
    if at_proxy and target.proxy is not None:
        return _at_proxy(chain, target.proxy, target, seconds)
    return _at_server(chain, target, seconds)


def _at_proxy(chain: t.Sequence[BaseException], proxy: Proxy, target: Target, seconds: float) -> Why:
    who = f"The proxy {proxy.shown}"
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            hint = (
                "It is checked with the authorities of the system, not with ca_path: add its own to them, or give the "
                "proxy an http:// address."
            )
            return Why(
                f"The certificate of the proxy {proxy.shown} is not trusted: {error.verify_message.rstrip('.')}.",
                f"{hint} {_CHECK_PROXY}",
                permanent=True,
            )
        answered = re.match(r"Tunnel connection failed: ([0-9]{3})\b", str(error))
        if answered:
            return _refused_by_proxy(int(answered.group(1)), who, target)
    for error in chain:
        if _speaks_no_tls(error):
            return Why(
                f"{who} does not speak TLS ({_reason(error)}).",
                f"Is it an http:// proxy? {_CHECK_PROXY}",
                permanent=True,
            )
        if isinstance(error, socket.gaierror):
            if error.errno == socket.EAI_AGAIN:
                return Why(f"{who} could not be resolved: the name server does not answer.")
            return Why(f"{who} cannot be resolved: there is no such host.", _CHECK_PROXY, permanent=True)
        if isinstance(error, ResolverTimeout):
            return Why(f"{who} could not be resolved {within(seconds)}.", "Check the name server.")
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        return Why(f"{who} refuses connections.", _CHECK_PROXY)
    if is_timeout(chain):
        return Why(f"{who} gave no answer {within(seconds)}.", _CHECK_PROXY)
    if _is_broken_off(chain):
        return Why(f"{who} broke off the connection.", _CHECK_PROXY)
    return Why(f"{who} could not be used ({_reason_of(chain)}).", _CHECK_PROXY)


def _refused_by_proxy(status: int, who: str, target: Target) -> Why:
    words = next((f" ({known.phrase})" for known in http.HTTPStatus if known == status), "")
    sentence = f"{who} answered HTTP {status}{words} when it was asked for a connection to {target.where}."
    if status == 407:
        return Why(sentence, f"It wants a user name and a password in its address. {_CHECK_PROXY}", permanent=True)
    return Why(sentence, _CHECK_PROXY, status < 500)


def _at_server(chain: t.Sequence[BaseException], target: Target, seconds: float) -> Why:
    where = target.where
    through = f" The connection goes through the proxy {target.proxy.shown}." if target.proxy is not None else ""
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            own = f"{through[:-1]}, which may present a certificate of its own." if through else ""
            return Why(
                f"The certificate of {where} is not trusted: {error.verify_message.rstrip('.')}.{own}",
                f"Give the CA that issued it in ca_path ({target.ca_path or 'not set'}); validate_certs=false turns "
                "the check off, for tests only.",
                permanent=True,
            )
    for error in chain:
        if _speaks_no_tls(error):
            sentence = f"{where} does not speak TLS 1.2 or newer ({_reason(error)}).{through}"
            return Why(sentence, "Is this the REST API port of Enterprise Manager (9398)?", permanent=True)
        if isinstance(error, socket.gaierror):
            if error.errno == socket.EAI_AGAIN:
                return Why(f"{target.hostname} could not be resolved: the name server does not answer.")
            return Why(f"No such host: {target.hostname} cannot be resolved.", "Check hostname.", permanent=True)
        if isinstance(error, ResolverTimeout):
            return Why(f"{target.hostname} could not be resolved {within(seconds)}.", "Check the name server.")
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        return Why(f"{where} refuses connections.", _IS_IT_RUNNING)
    if is_timeout(chain):
        return Why(f"{where} could not be reached {within(seconds)}.{through}")
    if _is_broken_off(chain):
        return Why(f"{where} broke off the connection before anything was sent.{through}", _IS_IT_RUNNING)
    return Why(f"{where} could not be reached ({_reason_of(chain)}).{through}")


# -- what errors say -----------------------------------------------------------------------------------------------


def causes(error: BaseException) -> t.Iterator[BaseException]:
    """The error and everything that it wraps: libraries hide the cause in args, reason or context."""
    seen: set[int] = set()
    unseen: list[t.Any] = [error]
    while unseen:
        current = unseen.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        unseen += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def is_timeout(chain: t.Iterable[BaseException]) -> bool:
    return any(
        isinstance(error, (socket.timeout, TimeoutError)) or "Timeout" in type(error).__name__ for error in chain
    )


def within(seconds: float) -> str:
    return f"within {seconds:.1f} seconds" if seconds >= 0.1 else "in the time that was left"


def _speaks_no_tls(error: BaseException) -> bool:
    # A server that hangs up in the handshake, as one that is starting may, has not said that it speaks no TLS.
    return isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))


def _is_broken_off(chain: t.Iterable[BaseException]) -> bool:
    return any(isinstance(error, (ConnectionResetError, BrokenPipeError, ssl.SSLError, EOFError)) for error in chain)


def _reason(error: BaseException) -> str:
    return getattr(error, "reason", None) or type(error).__name__


def _reason_of(chain: t.Sequence[BaseException]) -> str:
    said = next((error.strerror for error in chain if isinstance(error, OSError) and error.strerror), None)
    return said or type(chain[0]).__name__
