# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every switch: checked values, and a test for each variant."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.switch import Switch
from veeam_em_emulator.tester.switches import TABLE, Switches

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"


def named(switch: Switch) -> str:
    """The text of every test function, with its decorators, that names the switch."""
    return "\n".join(part for part in parts() if switch.name in part)


@functools.cache
def parts() -> list[str]:
    paths = [path for path in TESTS.glob("test_*.py") if path.name != Path(__file__).name]
    return [part for path in paths for part in path.read_text(encoding="utf-8").split("\n\n\n")]


@pytest.mark.parametrize("switch", TABLE, ids=lambda switch: switch.name)
def test_each_variant_is_tried(switch: Switch) -> None:
    text = named(switch)
    assert f'switches["{switch.name}"] = ' in text or f'"{switch.name}": switch' in text
    for value in switch.values:
        assert f'"{value}"' in text, value


@pytest.mark.parametrize(
    ("name", "value"),
    [("duplicate_name", "maybe"), ("json_bom", "perhaps"), ("name_limit", -1), ("name_limit", "x"), ("dates", 7),
     ("show_new_job_after", "soon"), ("session_lifetime", "x")],
)  # fmt: skip
def test_wrong_values(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"switch {name}"):
        Switches()[name] = value


def test_unknown_names() -> None:
    with pytest.raises(KeyError, match="there is no switch"):
        Switches()["nonsense"] = 1
    with pytest.raises(KeyError, match="there is no switch"):
        Emulator(switches={"nonsense": 1})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("json_bom", "yes", True), ("operation_finished_success", True, "true"), ("name_limit", "60", 60),
     ("show_new_job_after", 3, "3"), ("show_new_job_after", "1.50s", "1.5s"), ("empty_refs", None, "null"),
     ("no_role_logon", 403, "403")],
)  # fmt: skip
def test_values_as_yaml_and_the_command_line_give_them(name: str, value: Any, kept: Any) -> None:
    switches = Switches()
    switches[name] = value
    assert switches[name] == kept
    del switches[name]
    assert switches == Switches()


def test_the_readme_lists_each_switch_with_its_default_and_values() -> None:
    text = README.read_text(encoding="utf-8")
    for switch in TABLE:
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{switch.name}` |")]
        default = str(switch.default).lower() if isinstance(switch.default, bool) else switch.default
        assert f"**`{default}`**" in row, row
        for value in switch.values:
            assert f"`{value}`" in row, row
