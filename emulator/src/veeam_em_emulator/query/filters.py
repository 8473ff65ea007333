# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter grammar of the query service (em_rest filter, query_comparison, query_and_or, query_grouping).

    expression = alternative *( "," alternative )          OR
    alternative = condition *( ";" condition )             AND
    condition  = "(" expression ")" | field operator value
    operator   = "==" "!=" ">=" "<=" ">" "<"
    value      = quoted or bare text

Blanks in bare text are dropped without notice. What the documentation leaves open about quoted text is a switch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

OPERATORS = ("==", "!=", ">=", "<=", ">", "<")
# Inside quotes; letters outside ASCII belong to them
_RESERVED = re.compile(r"[;,()\\&%']|[^\x00-\x7f]")


class FilterError(ValueError):
    """The filter cannot be read."""


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class Every:
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    parts: tuple[Any, ...]


class _Parser:
    def __init__(self, text: str, rules: Mapping[str, Any]) -> None:
        self.text = text
        self.place = 0
        self.reserved = rules["filter_reserved"]
        self.doubled_inner = rules["quote_rule"] == "doubled_inner"

    def fail(self, what: str) -> FilterError:
        return FilterError(f"{what} at character {self.place + 1}")

    def blanks(self) -> None:
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1

    def take(self, token: str) -> bool:
        self.blanks()
        if self.text.startswith(token, self.place):
            self.place += len(token)
            return True
        return False

    def whole(self) -> Any:
        result = self.expression(0)
        self.blanks()
        if self.place < len(self.text):
            raise self.fail("unexpected text")
        return result

    def expression(self, depth: int) -> Any:
        if depth > 50:
            raise self.fail("too many groups")
        parts = [self.alternative(depth)]
        while self.take(","):
            parts.append(self.alternative(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def alternative(self, depth: int) -> Any:
        parts = [self.condition(depth)]
        while self.take(";"):
            parts.append(self.condition(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def condition(self, depth: int) -> Any:
        if self.take("("):
            inner = self.expression(depth + 1)
            if not self.take(")"):
                raise self.fail("group is not closed")
            return inner
        self.blanks()
        field = re.compile(r"[A-Za-z_0-9]*").match(self.text, self.place)
        assert field is not None
        if not field.group():
            raise self.fail("a field name is expected")
        self.place = field.end()
        operator = next((item for item in OPERATORS if self.take(item)), None)
        if operator is None:
            raise self.fail("an operator is expected")
        return Condition(field.group(), operator, self.value())

    def value(self) -> str:
        self.blanks()
        if self.text.startswith('"', self.place):
            return self.quoted()
        end = re.compile(r"[^;,()]*").match(self.text, self.place)
        assert end is not None
        self.place = end.end()
        return re.sub(r"\s", "", end.group())

    def quoted(self) -> str:
        start = self.place
        if self.doubled_inner:
            match = re.compile(r'"((?:[^"]|"")*)"').match(self.text, start)
            value = match.group(1).replace('""', '"') if match else ""
        else:
            # ""Backup"" is the name "Backup" with its quotes; "" alone is the empty text
            match = re.compile(r'""([^"]+)""').match(self.text, start)
            value = f'"{match.group(1)}"' if match else ""
            if match is None:
                match = re.compile(r'"([^"]*)"').match(self.text, start)
                value = match.group(1) if match else ""
        if match is None:
            raise self.fail("quote is not closed")
        self.place = match.end()
        special = _RESERVED.search(value)
        if special and self.reserved == "refused":
            raise self.fail("reserved character")
        if special and self.reserved == "misparsed":
            return value[: special.start()]
        return value


def parse(text: str, rules: Mapping[str, Any]) -> Any:
    """Tree of Every, Some and Condition. rules: the switches."""
    return _Parser(text, rules).whole()


def values_wanted(tree: Any, field: str) -> set[str] | None:
    """The values that a match must have in a field (in lower case), by ``==``; None where it need not have one."""
    if isinstance(tree, Condition):
        return {tree.value} if tree.operator == "==" and tree.field.lower() == field else None
    found = [values_wanted(part, field) for part in tree.parts]
    if isinstance(tree, Every):
        return next((values for values in found if values is not None), None)
    union: set[str] = set()
    for values in found:
        if values is None:
            return None
        union |= values
    return union


def least_wanted(tree: Any, field: str, read: Callable[[Condition], T]) -> T | None:
    """The value that a match must at least have in a field (in lower case), by ``>``, ``>=`` or ``==``.

    read: the value of a condition, in a form that can be compared.
    """
    return _bound(tree, field, read, (">", ">=", "=="), max, min)


def most_wanted(tree: Any, field: str, read: Callable[[Condition], T]) -> T | None:
    """The same, the value that it must have at most."""
    return _bound(tree, field, read, ("<", "<=", "=="), min, max)


def _bound(
    tree: Any, field: str, read: Callable[[Condition], T], operators: tuple[str, ...], inner: Any, outer: Any
) -> T | None:
    """inner, outer: which of several bounds counts where all, or one of them, must hold."""
    if isinstance(tree, Condition):
        return read(tree) if tree.operator in operators and tree.field.lower() == field else None
    found = [value for part in tree.parts if (value := _bound(part, field, read, operators, inner, outer)) is not None]
    result: T | None = None
    if found and isinstance(tree, Every):
        result = inner(found)
    elif found and len(found) == len(tree.parts):
        result = outer(found)
    return result
