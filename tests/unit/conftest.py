# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from pathlib import Path

import pytest
from helpers.documents import DIALECTS, Writer
from helpers.script import Script

ModuleArguments = t.Callable[[dict[str, t.Any]], contextlib.AbstractContextManager[None]]

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on what the shell of whoever runs it has set."""
    for variable in list(os.environ):
        if variable.startswith("VEEAM_EM_") or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)


@pytest.fixture
def sample() -> t.Callable[[str], bytes]:
    """The bytes of a sample by its file name."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each dialect in turn."""
    return t.cast(str, request.param)


@pytest.fixture
def write(dialect: str) -> Writer:
    """A writer of EM's documents, in each dialect."""
    return Writer(dialect)


@pytest.fixture
def script(dialect: str) -> Script:
    """A player of scripted exchanges, in each dialect."""
    return Script(dialect=dialect)


@pytest.fixture
def module_arguments(monkeypatch: pytest.MonkeyPatch) -> ModuleArguments:
    """With these, the next AnsibleModule finds its arguments as Ansible would hand them over."""
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core up to 2.18

        @contextlib.contextmanager
        def patch_module_args(args: dict[str, t.Any]) -> t.Iterator[None]:
            with monkeypatch.context() as patched:
                wrapped = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
                patched.setattr("ansible.module_utils.basic._ANSIBLE_ARGS", wrapped)
                yield

    return t.cast(ModuleArguments, patch_module_args)
