# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client sees of the certificate, in each variant."""

from __future__ import annotations

import socket
import ssl
import stat
from pathlib import Path

import pytest
from veeam_em_emulator import Emulator

from .client import LONG, Api, trusting


def connect(em: Emulator, name: str, context: ssl.SSLContext | None = None) -> str | None:
    """TLS version of a connection that expects that name."""
    plain = socket.create_connection((em.host, em.port), timeout=LONG)
    with plain, (context or trusting(em.ca_file)).wrap_socket(plain, server_hostname=name) as tls:
        return tls.version()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "em01.example.test"])
def test_names_of_the_default_certificate(em: Emulator, name: str) -> None:
    assert connect(em, name) in ("TLSv1.2", "TLSv1.3")


def test_another_name_is_not_covered(em: Emulator) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connect(em, "em02.example.test")


@pytest.mark.parametrize(
    ("certificate", "message"),
    [
        ("other_name", "Hostname mismatch"),
        ("expired", "certificate has expired"),
        ("self_signed", "self.signed certificate"),
    ],
)
def test_bad_certificates(certificate: str, message: str) -> None:
    with Emulator(certificate=certificate) as em:
        with pytest.raises(ssl.SSLCertVerificationError, match=message.replace("Hostname", "(Hostname|IP address)")):
            connect(em, "localhost")
        careless = ssl.create_default_context()
        careless.check_hostname = False
        careless.verify_mode = ssl.CERT_NONE
        assert connect(em, "localhost", careless)
        assert em.journal == []


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="certificate 'green' is not one of"):
        Emulator(certificate="green")


def test_old_tls_is_refused(em: Emulator) -> None:
    context = trusting(em.ca_file)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(em.ca_file)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert context is not old
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(em, "localhost", old)


def test_the_authority_is_made_once_and_kept_private(em: Emulator) -> None:
    with Emulator() as other:
        assert other.ca_file == em.ca_file
        assert Api(other).get("/").status == 200
    folder = Path(em.ca_file).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "PRIVATE" not in Path(em.ca_file).read_text(encoding="ascii")
