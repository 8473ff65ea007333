# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What anybody on the machine can see with `ps` while a run talks to EM, and its owner with `ps e`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from veeam_em_emulator import Emulator

from slow.signals.stopping import STAGES, Run, check_promises, secrets, strike_at


@pytest.fixture
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(params=[True, False], ids=["worker", "module"])
def run(request: pytest.FixtureRequest, em: Emulator, tmp_path: Path, bytecode: Path) -> Iterator[Run]:
    run = Run(em, tmp_path, bytecode, ["web-prod"], request.param)
    yield run
    run.kill()
    em.clear_faults()


class Look:
    """Reads the process list where the tests of signals stop a run, and then stops it. seen: what ps can show."""

    keywords: dict[str, object] = {}

    def __init__(self) -> None:
        self.seen: dict[int, bytes] = {}

    def at(self, run: Run) -> None:
        for pid in run.tree():
            folder = Path("/proc/%d" % pid)
            self.seen[pid] = (folder / "cmdline").read_bytes() + b"\n" + (folder / "environ").read_bytes()
        os.killpg(run.pid, signal.SIGTERM)


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage.name in ("source-query", "clone-sent", "poll")])
def test_no_secret_is_in_the_process_list(run: Run, stage: object) -> None:
    """The password came from the playbook, so nobody has put it into the environment either."""
    look = Look()
    tree, struck_at = strike_at(run, stage, look)
    done = run.finish(tree, struck_at)
    seen = look.seen
    # the main process, its worker, and the module if there is one
    assert set(seen) == set(tree) and len(tree) >= (2 if run.in_process else 3)
    assert any(b"ansible-playbook" in text for text in seen.values())
    assert any(b"AnsiballZ_" in text for text in seen.values()) is not run.in_process
    told = secrets(run.em)
    assert len(told) == 4
    for text in seen.values():
        assert not [secret for secret in told if secret.encode() in text]
    check_promises(run, done)
