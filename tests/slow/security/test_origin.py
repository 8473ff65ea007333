# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the client talks to: the server that the task names, over TLS 1.2 or newer, with a certificate for that name."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from helpers.fault_cells import REQUESTS
from veeam_em_emulator import Emulator

from slow.faults import runs

from .listener import Listener

NAME = "web-prod"
BATCH = ["web-1", "web-2", "web-3"]


def options(em: Emulator, **more: Any) -> dict[str, Any]:
    return runs.options(em, [NAME], True, runs.LONG, **more)


# -- redirects and hrefs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=lambda request: request.name)
def test_a_redirect_is_not_followed(em: Emulator, request_: Any, code: int, elsewhere: Listener) -> None:
    """Neither to another host nor to another port of this one: the password and the token go with every request."""
    location = elsewhere.origin + "/api/sessionMngr/?v=latest"
    em.add_fault(fault="redirect", code=code, location=location, method=request_.method, path=request_.path, count=0)
    done = runs.run(em, options(em))
    assert em.fired_faults()
    runs.check_promises(em, done, runs.LONG)
    # the fixture fails where anything has arrived; and the user is told where it would have gone
    if done.failed or request_.name == "logout":
        assert "127.0.0.1:%d" % elsewhere.port in done.text


def test_a_redirect_to_a_secret_is_told_without_it(em: Emulator) -> None:
    location = f"https://user:{runs.PASSWORD}@elsewhere.example.test/{runs.PASSWORD}"
    em.add_fault(fault="redirect", location=location, path="type=Job")
    done = runs.run(em, options(em))
    assert "https://elsewhere.example.test" in done.result["msg"]
    assert runs.PASSWORD not in done.text


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("single", [True, False])
def test_hrefs_are_read_for_their_ids_alone(em: Emulator, media: str, single: bool, elsewhere: Listener) -> None:
    em.add_fault(fault="other_origin_hrefs", origin=elsewhere.origin, count=0)
    names = [NAME] if single else BATCH
    done = runs.run(em, runs.options(em, names, single, runs.LONG, media_type=media))
    assert not done.failed, done.result
    assert str(elsewhere.port) not in done.text
    for item in done.items.values():
        for href in (item["job_href"], item["task"]["href"], item["job"]["backup_server"]["href"]):
            assert href.startswith("https://127.0.0.1:%d/api/" % em.port)
    assert em.open_sessions() == []


# -- certificates --------------------------------------------------------------------------------------------------


def refused(em: Emulator, **more: Any) -> dict[str, Any]:
    """The result of a run that must not send a byte of HTTP."""
    done = runs.run(em, runs.options(em, [NAME], True, runs.AMPLE, **more))
    assert done.failed
    assert done.result["changed"] is False
    assert "othing was created" in done.result["msg"]
    assert em.journal == []
    return done.result


@pytest.mark.parametrize(
    ("kind", "word"), [("other_name", "other.example.test|mismatch|not valid for"), ("expired", "expired")]
)
@pytest.mark.parametrize("hostname", ["127.0.0.1", "localhost"])
def test_a_certificate_that_does_not_fit(kind: str, word: str, hostname: str) -> None:
    with Emulator(certificate=kind) as em:
        msg = refused(em, hostname=hostname)["msg"]
        assert any(part in msg for part in word.split("|")), msg
        assert "ca_path" in msg


@pytest.mark.parametrize("kind", ["default", "self_signed"])
def test_an_authority_that_is_not_known(kind: str) -> None:
    with Emulator(certificate=kind) as em:
        msg = refused(em, ca_path=None)["msg"]
        assert "is not trusted" in msg
        assert "ca_path (not set)" in msg


@pytest.fixture
def another_ca(tmp_path: Path) -> str:
    """An authority that has issued nothing."""
    path = tmp_path / "another-ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def test_another_authority(em: Emulator, another_ca: str, tmp_path: Path) -> None:
    assert "is not trusted" in refused(em, ca_path=another_ca)["msg"]
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    done = runs.run(em, options(em, ca_path=str(empty)))
    assert done.result["msg"].startswith(f"ca_path: the file {empty} is empty")
    assert em.journal == []


@pytest.mark.parametrize("where", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_does_not_widen_a_ca_path(
    em: Emulator, where: str, another_ca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ca_path is the only one that counts: what the system trusts is not added to it."""
    monkeypatch.setenv(where, str(em.ca_file))
    refused(em, ca_path=another_ca)


def test_the_ca_path_counts_for_every_connection(em: Emulator, another_ca: str) -> None:
    """A batch opens several; each of them must check, and each must be able to."""
    done = runs.run(em, runs.options(em, BATCH, False, runs.AMPLE))
    assert not done.failed, done.result
    assert len({entry.connection for entry in em.journal}) > 1
    em.reset()
    done = runs.run(em, runs.options(em, BATCH, False, runs.LONG, ca_path=another_ca))
    assert done.failed
    assert em.journal == []


def test_a_folder_of_authorities(em: Emulator, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl command to make the hash with")
    command = [openssl, "x509", "-hash", "-noout", "-in", str(em.ca_file)]
    hashed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy(em.ca_file, tmp_path / (hashed + ".0"))
    assert not runs.run(em, options(em, ca_path=str(tmp_path))).failed


@pytest.mark.parametrize("kind", ["other_name", "expired", "self_signed"])
def test_without_validation_anything_goes_and_nothing_is_printed(
    kind: str, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    with Emulator(certificate=kind) as em:
        done = runs.run(em, options(em, ca_path=None, validate_certs=False))
        assert not done.failed, done.result
        assert em.open_sessions() == []
    printed = capfd.readouterr()
    assert printed.err == printed.out == ""
    assert [str(warning.message) for warning in recwarn if "Unverified" in str(warning.message)] == []


# -- the version of TLS --------------------------------------------------------------------------------------------


class OldServer:
    """Speaks TLS 1.1 at the most. seen: the first bytes of what was said inside of TLS."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(certificate)
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self.seen: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _address = self._socket.accept()
            except OSError:
                return
            try:
                with plain, self._context.wrap_socket(plain, server_side=True) as inner:
                    self.seen.append(inner.recv(100))
            except OSError:
                pass

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def old_server(tmp_path: Path) -> Iterator[OldServer]:
    leaf = trustme.CA().issue_cert("127.0.0.1")
    path = tmp_path / "leaf.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(str(path))
    server = OldServer(path)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = ssl.TLSVersion.TLSv1
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        with socket.create_connection((server.host, server.port)) as plain, client.wrap_socket(plain) as inner:
            assert inner.version() == "TLSv1.1"
            inner.sendall(b"control")
    except ssl.SSLError as error:
        server.close()
        pytest.skip(f"this OpenSSL has no TLS 1.1 any more: {error}")
    yield server
    server.close()


@pytest.mark.filterwarnings("ignore:.*TLSv1.*:DeprecationWarning")
@pytest.mark.parametrize("validate", [True, False])
def test_a_server_that_speaks_tls_1_1_alone(em: Emulator, old_server: OldServer, validate: bool) -> None:
    done = runs.run(em, options(em, port=old_server.port, validate_certs=validate))
    assert done.failed
    assert "does not speak TLS 1.2 or newer" in done.result["msg"]
    assert old_server.seen == [b"control"]


def test_a_server_without_tls(em: Emulator) -> None:
    """Nothing that is secret may be the first thing said to a plain port."""
    with Listener() as plain:
        done = runs.run(em, options(em, port=plain.port))
        said = plain.arrived()
    assert done.failed
    for first in said:
        assert b"HTTP" not in first
        assert runs.PASSWORD.encode() not in first
    assert json.dumps(done.result)
