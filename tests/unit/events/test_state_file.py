# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state file: as it was or as it is, never half of it; and what cannot be used is said in one sentence."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._events.memory import Memory
from ansible_collections.backupops.veeam.plugins.module_utils._events.state_file import State, StateFile
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError

SERVER = "em01.example.test:9398"


def known() -> State:
    memory = Memory(1000.0)
    memory.remember("a", 2000.5)
    return State({"BackupJobSession": memory}, {"from": 1.0, "reason": "away"})


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = StateFile(str(tmp_path / "em01.json"), SERVER)
    assert file.load() is None
    file.save(known())
    loaded = t.cast(State, file.load())
    memory = loaded.memories["BackupJobSession"]
    assert (memory.floor, memory.newest, memory.knows("a", 2000.5), memory.knows("b", 2000.5)) == (
        1000,
        2000.5,
        True,
        False,
    )
    assert loaded.missed == {"from": 1.0, "reason": "away"}
    assert [path.name for path in tmp_path.iterdir()] == ["em01.json"]
    assert (tmp_path / "em01.json").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StateFile(str(tmp_path / "em01.json"), SERVER)
    file.save(known())
    before = (tmp_path / "em01.json").read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.save(State({}))
    assert (tmp_path / "em01.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["em01.json"]


def _saved() -> dict[str, t.Any]:
    return {"format": 1, "server": SERVER, "sessions": {}, "missed": None}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\xff",
        json.dumps({**_saved(), "format": 2}),
        json.dumps({**_saved(), "sessions": []}),
        json.dumps({**_saved(), "sessions": {"BackupJobSession": {"floor": "x", "newest": None, "ended": {}}}}),
        json.dumps({**_saved(), "sessions": {"BackupJobSession": {"floor": 1, "newest": 2, "ended": {"a": "b"}}}}),
        json.dumps({"format": 1, "server": SERVER}),
        json.dumps({**_saved(), "missed": "yes"}),
        json.dumps({**_saved(), "missed": {"from": "yesterday", "reason": "away"}}),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "em01.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(OptionError) as raised:
        StateFile(str(path), SERVER).load()
    assert raised.value.msg.startswith(f"state_file: {path} cannot be used: it is ")
    assert "Move it away to start again" in raised.value.msg
    assert path.read_bytes() == text.encode("latin-1")


def test_the_file_of_another_server_is_not_taken(tmp_path: Path) -> None:
    StateFile(str(tmp_path / "em01.json"), SERVER).save(known())
    with pytest.raises(OptionError, match=r"belongs to em01\.example\.test:9398, not to em02\.example\.test:9398"):
        StateFile(str(tmp_path / "em01.json"), "em02.example.test:9398").load()


def test_a_folder_that_is_not_there_is_said_before_anything_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "missing" / "em01.json")
    with pytest.raises(OptionError, match=r"state_file: .*em01\.json cannot be written: No such file or directory\."):
        StateFile(path, SERVER).check()
    with pytest.raises(OptionError, match="cannot be read: Is a directory"):
        StateFile(str(tmp_path), SERVER).load()


def test_looking_whether_it_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    StateFile(str(tmp_path / "em01.json"), SERVER).check()
    assert list(tmp_path.iterdir()) == []
