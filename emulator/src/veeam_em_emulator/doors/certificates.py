# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the server: made once per process and host name, kept in a private temporary folder."""

from __future__ import annotations

import atexit
import datetime
import ipaddress
import shutil
import ssl
import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("default", "other_name", "expired", "self_signed")
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="veeam-em-emulator-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=1)
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="veeam-em-emulator")


@lru_cache(maxsize=1)
def _ca_file() -> str:
    path = _folder() / "ca.pem"
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


@lru_cache(maxsize=64)
def _context(hostname: str, kind: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if kind == "self_signed":
        path = _folder() / f"self-signed-{len(list(_folder().iterdir()))}.pem"
        path.touch(mode=0o600)
        path.write_bytes(_self_signed(hostname))
        context.load_cert_chain(path)
        return context
    names = ["other.example.test"] if kind == "other_name" else ["localhost", "127.0.0.1", "::1", hostname]
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    if kind == "expired":
        leaf = _authority().issue_cert(*names, not_before=now - 30 * day, not_after=now - day)
    else:
        leaf = _authority().issue_cert(*names)
    leaf.configure_cert(context)
    return context


def _self_signed(hostname: str) -> bytes:
    """Key and certificate (PEM) that no authority has signed, for the right names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(hostname)]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def check_kind(kind: str) -> str:
    """The kind, if there is such a certificate (ValueError)."""
    if kind not in KINDS:
        raise ValueError(f"certificate {kind!r} is not one of {', '.join(KINDS)}")
    return kind


class Served(NamedTuple):
    """Context for the server, and the path of the CA certificate that a client has to trust."""

    context: ssl.SSLContext
    ca_file: str


def server_context(hostname: str, kind: str = "default") -> Served:
    """Context for the server and the path of the CA certificate that a client has to trust.

    kind: ``default`` (localhost, 127.0.0.1, ::1 and hostname), ``other_name``, ``expired``, or ``self_signed``
    (not signed by that CA).
    """
    with _lock:
        return Served(_context(hostname, check_kind(kind)), _ca_file())
