# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state file: what was told, kept over restarts. It is there as a whole, or as it was before."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t

from .._http.errors import OptionError
from . import memory
from .memory import Memory

_FORMAT = 1


class State(t.NamedTuple):
    """memories: by the name of the kind of sessions. missed: the gap that was told and goes on, None where none is."""

    memories: dict[str, Memory]
    missed: dict[str, t.Any] | None = None


def written(state: State, server: str) -> str:
    """The text of the file. server: which Enterprise Manager it is of."""
    data = {
        "format": _FORMAT,
        "server": server,
        "sessions": {name: known.as_data() for name, known in state.memories.items()},
        "missed": state.missed,
    }
    return json.dumps(data, separators=(",", ":"))


def read(text: str, path: str, server: str) -> State:
    """What written() had. path: of the file, for the sentence. Raises OptionError."""
    try:
        data = json.loads(text)
    except ValueError:
        raise _unusable(path, "it is damaged") from None
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise _unusable(path, "it is not a file of this event source")
    if data.get("server") != server:
        raise OptionError(
            f"state_file: {path} belongs to {data.get('server')}, not to {server}; give each source a file of its own."
        )
    try:
        memories = {name: memory.from_data(entry) for name, entry in data["sessions"].items()}
    except (ValueError, AttributeError, KeyError):
        raise _unusable(path, "it is damaged") from None
    missed = data.get("missed")
    if missed is not None and not _is_gap(missed):
        raise _unusable(path, "it is damaged")
    return State(memories, missed)


def _is_gap(missed: t.Any) -> bool:
    if not isinstance(missed, dict):
        return False
    begin, reason = missed.get("from"), missed.get("reason")
    return isinstance(begin, (int, float)) and not isinstance(begin, bool) and isinstance(reason, str)


def _unusable(path: str, why: str) -> OptionError:
    return OptionError(
        f"state_file: {path} cannot be used: {why}. Move it away to start again at start_from; sessions that ended in "
        "the meantime are then left out, or reported again."
    )


class StateFile:
    """server: which Enterprise Manager the file has to be of."""

    def __init__(self, path: str, server: str) -> None:
        self.path = path
        self._server = server

    def load(self) -> State | None:
        """What is in it; None where there is none yet. Raises OptionError."""
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return read(file.read(), self.path, self._server)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OptionError(f"state_file: {self.path} cannot be read: {error.strerror}.") from None

    def check(self) -> None:
        """Whether it could be written, before anything is told. Raises OptionError."""
        try:
            os.unlink(self._beside(""))
        except OSError as error:
            raise OptionError(f"state_file: {self.path} cannot be written: {error.strerror}.") from None

    def save(self, state: State) -> None:
        """Keep it. Raises OSError."""
        os.replace(self._beside(written(state, self._server)), self.path)

    def _beside(self, text: str) -> str:
        """A new file beside it, with that text on the disk, for nobody else to read."""
        folder, name = os.path.split(os.path.abspath(self.path))
        handle, path = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        return path
