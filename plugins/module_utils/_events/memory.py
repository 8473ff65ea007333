# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which ended sessions were told already: their ids, for as long as one may still show late. Pure.

Moments are seconds since 1970, as EM says when a session ended: by the clock of its backup server.
"""

from __future__ import annotations

import typing as t

#: A session may show as long after its end as EM has not collected it from its backup server: by default that is done
#: every 15 minutes, but the interval may be longer, and a server may be out of reach. So each poll looks back an hour,
#: and some look back further: the later a session shows, the longer it may take to be found. In seconds: how far back,
#: and how often.
DEPTHS = ((3600, 0), (8 * 3600, 3600), (72 * 3600, 8 * 3600))
OVERLAP = DEPTHS[0][0]
DEEPEST = DEPTHS[-1][0]


class Memory:
    """What is known of the sessions of one kind.

    floor: what ended before is not told any more, and not remembered. newest: when the last one ended that was seen.
    """

    def __init__(self, floor: float, newest: float | None = None, ended: t.Mapping[str, int] | None = None) -> None:
        self.floor = floor
        self.newest = newest
        self._ended: dict[str, int] = dict(ended or {})

    def __len__(self) -> int:
        return len(self._ended)

    def knows(self, session_id: str, ended: float) -> bool:
        """Whether there is nothing to tell of that session."""
        return ended < self.floor or session_id in self._ended

    def remember(self, session_id: str, ended: float) -> None:
        """It was told, or is none of those that are to be."""
        self._ended[session_id] = int(ended)
        if self.newest is None or ended > self.newest:
            self.newest = ended

    def since(self, depth: float, now: float) -> float:
        """From which end on to look, so far back. now: by EM's clock; that of a backup server may be far ahead."""
        if self.newest is None:
            return self.floor
        return max(self.floor, min(self.newest, now) - depth)

    def forget(self, now: float) -> None:
        """Let go of what no look asks for any more."""
        if self.newest is None:
            return
        floor = min(self.newest, now) - DEEPEST
        # Not at each poll: it goes through all of them.
        if floor - self.floor >= OVERLAP / 4:
            self.floor = floor
            self._ended = {known: ended for known, ended in self._ended.items() if ended >= int(floor)}

    def as_data(self) -> dict[str, t.Any]:
        """What a file keeps of it."""
        return {"floor": self.floor, "newest": self.newest, "ended": self._ended}


def from_data(data: t.Any) -> Memory:
    """Of what as_data() made. Raises ValueError."""
    try:
        floor, newest, ended = data["floor"], data["newest"], data["ended"]
        fits = _is_number(floor) and (newest is None or _is_number(newest)) and isinstance(ended, dict)
        fits = fits and all(_is_whole(moment) for moment in ended.values())
    except (KeyError, TypeError):
        fits = False
    if not fits:
        raise ValueError("the sessions in it are damaged")
    return Memory(floor, newest, ended)


def _is_number(value: t.Any) -> bool:
    return isinstance(value, float) or _is_whole(value)


def _is_whole(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
