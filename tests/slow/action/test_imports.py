# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client is imported as Python imports anything else, and nothing of that stays behind."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

LOOK = """
import gc, json, sys
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader()
assert action_loader.get("backupops.veeam.veeam_job_clone", class_only=True)
own = "ansible_collections.backupops.veeam.plugins."
loaders = {name[len(own):]: type(module.__spec__.loader).__name__
           for name, module in sys.modules.items() if name.startswith(own)}
finders = [type(one).__name__ for one in sys.meta_path]
print(json.dumps({"loaders": loaders, "finders": finders, "collects": gc.isenabled()}))
"""


def test_own_files_are_not_compiled_in_every_run() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    seen: dict[str, Any] = json.loads(done.stdout)
    assert "_AsUsual" not in seen["finders"]
    assert seen["collects"]
    files = {name: loader for name, loader in seen["loaders"].items() if name.count(".") > 1 or ".veeam_" in name}
    compiled = {name for name, loader in files.items() if loader != "SourceFileLoader"}
    assert compiled == set()
    assert "module_utils._clone.clone" in files
