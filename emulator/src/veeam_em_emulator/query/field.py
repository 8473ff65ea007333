# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One field of a type of the query service: how it is compared and sorted."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ..wire.times import utc_text
from .filters import Condition, FilterError

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?([+-]\d\d:\d\d)?)?")


@dataclass(frozen=True)
class QueryField:
    """kind: ``text``, ``uid``, ``number``, ``bool``, ``date``, or the values of an enumeration in their order.
    documented: not so are some that clients use all the same, see the switch ``undocumented_fields``. moment: of a
    date, the time itself; to write it as text, only to compare it, takes too long where there are very many."""

    name: str
    kind: str | tuple[str, ...]
    get: Callable[[Any], Any]
    documented: bool = True
    moment: Callable[[Any], datetime] | None = None

    def key(self, item: Any) -> Any:
        """Sort key; enumerations by index, text without letter case."""
        if self.moment is not None:
            return self.moment(item)
        value = self.get(item)
        if isinstance(self.kind, tuple):
            return self.kind.index(value) if value in self.kind else len(self.kind)
        return value.casefold() if isinstance(value, str) else value

    def test(self, condition: Condition, rules: Mapping[str, Any]) -> Callable[[Any], bool]:
        """Predicate for one condition. FilterError where the value does not fit the field."""
        compare = _COMPARE[condition.operator]
        if isinstance(self.kind, tuple):
            index = [value.lower() for value in self.kind]
            if condition.value.lower() not in index:
                raise FilterError(f"{condition.value!r} is not a valid value of {self.name}")
            wanted = index.index(condition.value.lower())
            return lambda item: compare(self.key(item), wanted)
        if self.kind == "bool":
            if condition.value.lower() not in ("true", "false"):
                raise FilterError(f"{condition.value!r} is neither true nor false")
            flag = condition.value.lower() == "true"
            return lambda item: compare(self.get(item), flag)
        if self.kind == "number":
            try:
                number = float(condition.value)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise FilterError(f"{condition.value!r} is not a number")
            return lambda item: compare(self.get(item), number)
        if self.kind == "date":
            return self._date_test(moment_in(condition), compare)
        if self.kind == "uid":
            return self._uid_test(condition, compare, rules["uid_filter"])
        if rules["string_compare"] == "sensitive":
            return lambda item: compare(self.get(item), condition.value)
        folded = condition.value.casefold()
        return lambda item: compare(self.get(item).casefold(), folded)

    def _date_test(self, wanted: datetime, compare: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
        moment, text = self.moment, utc_text(wanted)[:-1]
        if moment is not None:
            return lambda item: compare(moment(item), wanted)

        def test(item: Any) -> bool:
            """What has no date yet fits nothing."""
            written = self.get(item)
            return bool(written) and compare(written[:-1], text)

        return test

    def _uid_test(self, condition: Condition, compare: Callable[[Any, Any], bool], form: str) -> Callable[[Any], bool]:
        wanted = condition.value.lower()

        def test(item: Any) -> bool:
            urn = self.get(item).lower()
            guid = urn.rpartition(":")[2]
            forms = {"urn": [urn], "guid": [guid], "both": [urn, guid]}[form]
            results = [compare(candidate, wanted) for candidate in forms]
            return all(results) if condition.operator == "!=" else any(results)

        return test


def moment_in(condition: Condition) -> datetime:
    """A time as clients write it: UTC, with or without Z, with a blank instead of the T, or a date. FilterError."""
    text = condition.value.strip()
    if text[-1:] in "zZ":
        text = text[:-1]
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        day, clock, fraction, offset = match.groups()
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{(offset or '+00:00')}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        # the latter of one that is before the year 1 or after 9999 in UTC
        raise FilterError(f"{condition.value!r} is not a time") from None
    return moment + timedelta(microseconds=int((fraction or "").ljust(6, "0")[:6] or 0))


def fields(*fields: QueryField) -> dict[str, QueryField]:
    return {field.name.lower(): field for field in fields}


def server_fields() -> tuple[QueryField, ...]:
    return (
        QueryField("BackupServerUid", "uid", lambda item: item.server.uid),
        QueryField("BackupServerName", "text", lambda item: item.server.name),
    )


def description() -> QueryField:
    return QueryField("Description", "text", lambda item: item.description)


def identity() -> tuple[QueryField, ...]:
    return (QueryField("UID", "uid", lambda item: item.uid), QueryField("Name", "text", lambda item: item.name))
