# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook on the collection's rulebooks, from an installed archive, against the emulator and a webhook."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import estate
from helpers.ansible_runs import environment
from veeam_em_emulator import Emulator

from .conftest import BIN

#: Generous: nothing is asserted about time.
LONG = 200.0
JOB = "TPL Gold"


class Webhook:
    """What was posted, as it comes."""

    def __init__(self) -> None:
        self.posted: queue.Queue[dict[str, Any]] = queue.Queue()
        posted = self.posted

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.end_headers()
                posted.put(json.loads(body))

            def log_message(self, *unused: Any) -> None:
                """Nothing on standard error."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> dict[str, Any]:
        return self.posted.get(timeout=LONG)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


@contextlib.contextmanager
def rulebook(name: str, em: Emulator, installed: Path, folder: Path, **variables: Any) -> Iterator[Path]:
    """ansible-rulebook on that rulebook; afterwards it is stopped by Ctrl-C. What it printed is in the file."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("ansible-rulebook needs Java 17; .ci/install installs it")
        pytest.skip("ansible-rulebook needs Java 17: apt install openjdk-17-jre-headless")
    (folder / "inventory.yml").write_text("all: {hosts: {localhost: {ansible_connection: local}}}\n", encoding="utf-8")
    (folder / "vars.yml").write_text(json.dumps(variables), encoding="utf-8")
    env = environment(em, folder)
    env.update(ANSIBLE_COLLECTIONS_PATH=str(installed), PATH=f"{BIN}{os.pathsep}{env['PATH']}")
    env = {name: value for name, value in env.items() if "CALLBACK" not in name}
    # Java would end the process at a signal, before Python hears of it.
    env["JAVA_TOOL_OPTIONS"] = "-Xrs"
    command = ["ansible-rulebook", "--rulebook", f"backupops.veeam.{name}", "--inventory", "inventory.yml", "--vars"]
    printed = folder / "output.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:], "vars.yml", "--verbose"],
            cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield printed
        process.send_signal(signal.SIGINT)
        process.wait(LONG)
    finally:
        process.kill()
        process.wait()


def test_a_failed_backup_is_retried_and_reported_when_it_fails_again(
    installed: Path, tmp_path: Path, webhook: Webhook
) -> None:
    state = tmp_path / "state.json"
    with Emulator() as em:
        em.plan_runs(JOB, always={"length": "1s", "result": "Failed", "reason": "no space left"})
        variables = {"report_url": webhook.url, "state_file": str(state), "interval": 1}
        with rulebook("failed_backup", em, installed, tmp_path, **variables) as printed:
            # The source is there when it has looked once.
            while not any(entry.path == "/api/query" for entry in em.journal):
                assert not webhook.posted.qsize(), printed.read_text(encoding="utf-8")
                threading.Event().wait(0.2)
            em.start_run(JOB)
            try:
                report = webhook.next()
            except queue.Empty:
                raise AssertionError(printed.read_text(encoding="utf-8")) from None
        assert report["subject"] == f"Backup failed again: {JOB}"
        assert "no space left" in report["text"]
        first, second = em.sessions(JOB)[:2]
        assert (first.is_retry, second.is_retry) == (False, True)
        assert report["event"]["session"]["id"] == second.id
        assert sum(entry.query.get("action") == "retry" for entry in em.journal) == 1
        # Stopped by Ctrl-C, it has logged out, and knows what it told.
        assert em.open_sessions() == [], printed.read_text(encoding="utf-8")
        kept = json.loads(state.read_text(encoding="utf-8"))["sessions"]["BackupJobSession"]["ended"]
        assert {first.id, second.id} <= set(kept)


def test_a_machine_that_is_late_opens_a_ticket_once(installed: Path, tmp_path: Path, webhook: Webhook) -> None:
    with Emulator(state=estate.state()) as em:
        variables = {"ticket_url": webhook.url, "ticket_file": str(tmp_path / "tickets.json"), "late_every": 5}
        variables.update(late_exclude=["*-tmp-*"])
        with rulebook("late_machine", em, installed, tmp_path, **variables) as printed:
            late = [machine.name for machine in em.machines()]
            try:
                ticket = webhook.next()
            except queue.Empty:
                raise AssertionError(printed.read_text(encoding="utf-8")) from None
            # The next look opens none of them again.
            logons = sum(entry.method == "POST" for entry in em.journal)
            while sum(entry.method == "POST" for entry in em.journal) < logons + 2:
                threading.Event().wait(0.2)
        tickets = [ticket, *webhook.posted.queue]
    assert {one["state"] for one in tickets} == {"open"}
    assert len({one["key"] for one in tickets}) == len(tickets) > 1
    assert {one["machine"] for one in tickets} <= set(late)
