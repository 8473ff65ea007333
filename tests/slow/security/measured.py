# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in a process of its own, so that its memory can be measured. Reads options (JSON) from standard input."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._http import errors as _errors
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport as _transport
from ansible_collections.backupops.veeam.plugins.module_utils._module import play as _play
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone


def in_own_process(params: dict[str, Any]) -> dict[str, Any]:
    """result, grown: MiB that the process grew by between its imports and its end."""
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).resolve())],
        input=json.dumps(params),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _main() -> None:
    params = json.load(sys.stdin)
    _transport.require_libraries()
    before = _peak()
    try:
        result = _play.play(veeam_job_clone.MODULE, params, check_mode=False, diff=False, warn=lambda text: None)
    except _errors.VeeamError as error:
        result = {**error.result(), "failed": True}
    print(json.dumps({"result": result, "grown": _peak() - before}))


if __name__ == "__main__":
    _main()
