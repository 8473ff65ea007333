# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator in a process of its own, so that it shares neither interpreter lock nor memory with what is measured."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

USERNAME, PASSWORD = "EM01\\svc-ansible", "Passw0rd!"


class EmulatorProcess:
    """with EmulatorProcess(folder, latency=0.05) as em: ...; options are those of the command, without the dashes."""

    def __init__(self, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ready = folder / "ready.json"
        self._log = folder / "emulator.log"
        self._options = [
            part for name, value in options.items() for part in ("--" + name.replace("_", "-"), str(value))
        ]
        self.ca_file = folder / "ca.pem"
        self.port = 0

    def __enter__(self) -> EmulatorProcess:
        self._ready.unlink(missing_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "veeam_em_emulator", "--port", "0", "--log-level", "error"]
                + ["--ready-file", str(self._ready), "--ca-file", str(self.ca_file), *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._ready.exists():
            if self._process.poll() is not None:
                raise RuntimeError(f"the emulator does not start: {self._log.read_text()}")
            time.sleep(0.02)
        self.port = json.loads(self._ready.read_text())["port"]
        self._context = ssl.create_default_context(cafile=str(self.ca_file))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """The connection, as the module reads it from the environment."""
        return {
            "VEEAM_EM_HOSTNAME": "127.0.0.1",
            "VEEAM_EM_PORT": str(self.port),
            "VEEAM_EM_USERNAME": USERNAME,
            "VEEAM_EM_PASSWORD": PASSWORD,
            "VEEAM_EM_CA_PATH": str(self.ca_file),
        }

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the control interface, such as ("POST", "reset")."""
        request = urllib.request.Request(
            "https://127.0.0.1:%d/_emulator/%s" % (self.port, path),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, context=self._context) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    @contextmanager
    def session(self, media: str) -> Iterator[Callable[[str], bytes]]:
        """A logon session in one connection; it gives the body of a GET of a path below /api."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._context)
        basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        connection.request("POST", "/api/sessionMngr/?v=latest", headers={"Authorization": f"Basic {basic}"})
        logon = connection.getresponse()
        logon.read()
        headers = {"X-RestSvcSessionId": logon.headers["X-RestSvcSessionId"], "Accept": media}

        def get(path: str) -> bytes:
            connection.request("GET", f"/api/{path}", headers=headers)
            return connection.getresponse().read()

        try:
            yield get
        finally:
            connection.close()

    @property
    def worked(self) -> float:
        """Seconds of processor time that it has used: what it would take alone on a core."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def reset(self) -> None:
        self.control("POST", "reset")

    def journal(self) -> list[dict[str, Any]]:
        """Every request since the last reset or clear_journal."""
        found: list[dict[str, Any]] = self.control("GET", "journal")
        return found

    def clear_journal(self) -> None:
        self.control("DELETE", "journal")
