# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One switch, and how its values are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)

REFUSALS = ("http_400", "http_500", "task_failed")


@dataclass(frozen=True)
class Switch:
    """values: the names to choose from (or empty), parse: checks and normalises any other kind of value.

    unknown: nobody has published what the real server does here.
    """

    name: str
    default: Any
    meaning: str
    values: tuple[str, ...] = ()
    parse: Callable[[Any], Any] | None = None
    unknown: bool = False

    def check(self, value: Any) -> Any:
        if self.parse is not None:
            return self.parse(value)
        # YAML reads `true`, `null` and `403` where a switch has choices of that name
        if isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = "null" if value is None else str(value)
        if text == "http_error" and "http_400" in self.values:
            return "http_400"
        if text not in self.values:
            raise ValueError(f"{value!r} is not one of {', '.join(self.values)}")
        return text


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "yes", "on", "1"):
        return True
    if str(value).lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"{value!r} is not true or false")


def count(value: Any) -> int:
    return _not_below_zero(value, int, "a whole number")


def seconds(value: Any) -> float:
    return _not_below_zero(value, float, "a number")


def _not_below_zero(value: Any, read: Callable[[Any], Number], what: str) -> Number:
    try:
        number = read(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not {what}") from None
    if number < 0:
        raise ValueError(f"{value!r} is below zero")
    return number


def delay_text(value: Any) -> str:
    """``3`` (job look-ups), ``1.5s`` (seconds) or ``refresh`` (until data was collected)."""
    text = str(value)
    if text == "refresh":
        return text
    if text.endswith("s"):
        return f"{seconds(text[:-1]):g}s"
    return str(count(text))


def lookups(value: Any) -> str:
    """``3`` (reads) or ``1.5s`` (seconds)."""
    text = delay_text(value)
    if text == "refresh":
        raise ValueError(f"{value!r} is neither a number nor a number of seconds")
    return text


def parse_length(value: Any) -> str:
    """``2`` (reads), ``1.5s`` (seconds) or ``never``. ValueError."""
    text = str(value)
    if text == "never":
        return text
    try:
        if text.endswith("s"):
            seconds = float(text[:-1])
            if 0 <= seconds < 1e9:
                return f"{seconds:.9g}s"
        elif int(text) >= 0:
            return str(int(text))
    except ValueError:
        pass
    raise ValueError(f"length {value!r}: a number of reads (2) or of seconds (1.5s), or never, is expected")


def choice(name: str, default: str, others: str, meaning: str) -> Switch:
    return Switch(name, default, meaning, values=(default, *others.split()))


def unknown(name: str, default: str, others: str, meaning: str) -> Switch:
    """A choice between the ways that a server might take, of which nobody has published which."""
    return Switch(name, default, meaning, values=(default, *others.split()), unknown=True)


def boolean(name: str, meaning: str, *, default: bool = False, unknown: bool = False) -> Switch:
    return Switch(name, default, meaning, parse=flag, unknown=unknown)
