# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client is imported as Python imports anything else, as far as it is needed, and nothing of that stays behind."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from typing import Any

import pytest

LOOK = """
import gc, json, sys
from ansible.plugins import loader
loader.init_plugin_loader()
before = set(sys.modules)
assert getattr(loader, sys.argv[1] + "_loader").get("backupops.veeam." + sys.argv[2], class_only=True)
own = "ansible_collections.backupops.veeam.plugins."
loaders = {name[len(own):]: type(module.__spec__.loader).__name__
           for name, module in sys.modules.items() if name.startswith(own)}
finders = [type(one).__name__ for one in sys.meta_path]
others = sorted(set(sys.modules) - before - {own + name for name in loaders})
print(json.dumps({"loaders": loaders, "finders": finders, "collects": gc.isenabled(), "frozen": gc.get_freeze_count(),
                  "others": others}))
"""
#: Every kind of plugin that imports files of the collection where Ansible itself runs.
PLUGINS = [
    ("action", "veeam_job_clone"),
    ("action", "veeam_protection_info"),
    ("action", "protection_files"),
    ("inventory", "machines"),
    ("lookup", "answers"),
    ("filter", "each_with"),
    ("filter", "filled_survey"),
    ("filter", "given"),
    ("test", "backed_up_within"),
]


@functools.cache
def seen(kind: str, name: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", LOOK, kind, name], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_own_files_are_not_compiled_in_every_run(kind: str, name: str) -> None:
    found = seen(kind, name)
    assert "_AsUsual" not in found["finders"]
    assert found["collects"]
    assert found["frozen"] > 10_000, "what was imported is not searched for garbage later either"
    usual = {name for name in found["loaders"] if name.split(".")[0] in ("module_utils", "modules", "plugin_utils")}
    usual -= {"module_utils", "modules", "plugin_utils", "plugin_utils._imports"}
    assert {name for name in usual if found["loaders"][name] != "SourceFileLoader"} == set()


def test_a_clone_imports_what_it_needs() -> None:
    found = seen("action", "veeam_job_clone")
    resources = {name for name in found["loaders"] if name.startswith("module_utils._resources.")}
    assert {name.rpartition(".")[2] for name in resources} == {"backup_server", "job", "job_kind", "repository"}
    assert "module_utils._clone.clone" in found["loaders"]
    assert not {"html", "html.entities"} & set(found["others"]), "only a secret with a character of HTML needs that"
