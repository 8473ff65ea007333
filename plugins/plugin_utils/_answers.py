# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of a playbook or role mean, in whatever spelling they arrive. Pure.

A survey of AWX sends texts, and AWX tags each of them `!unsafe`. From ansible-core 2.19 on, YAML resolves the type of a
tagged text: 22:00 arrives as 1320, 0123 as 83, yes as true, 1.10 as 1.1, a blank as null. Older ones keep the text.
What can be recognised is taken for what was meant. What cannot is refused with a sentence that says how to write it,
because the text cannot be had back.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import typing as t

import yaml

#: What a survey shows where nothing is chosen or written, "(blank: the job has to exist)" for example. Counts as blank.
BLANK_CHOICE = re.compile(r"\(blank\b[^()]*\)")
#: The first line of a text area that asks for names. With it an answer has two lines, and such a one stays text.
HEADING = "(one name a line)"

#: The last minute and second of a day, and the first hour: what has hours and minutes arrives as 60 or more.
_MINUTES, _SECONDS, _HOUR = 24 * 60, 24 * 60 * 60, 60
_YES, _NO = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0")
_RESOLVER = yaml.resolver.Resolver()
#: The kinds of which a blank one is an empty list, or an empty dictionary.
_LISTS, _DICTIONARIES = ("names", "new names", "words", "runs", "machines"), ("hrefs", "points")


class Refused(Exception):
    """A value that cannot be taken for what was meant; its text is the sentence for the user."""


# -- blank ---------------------------------------------------------------------------------------------------------


def is_blank(value: t.Any) -> bool:
    """Whether nothing was given: null, a text without anything in it, or what a survey shows in its place."""
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    return not text or text == HEADING or BLANK_CHOICE.fullmatch(text) is not None


def without_blanks(value: t.Any) -> t.Any:
    """The same without what is blank in its dictionaries, at any depth.

    A dictionary in which everything was blank is blank itself: {} means something else, mostly to turn a thing off. In
    a list it stays, so that no item disappears without a word.
    """
    if isinstance(value, t.Mapping):
        kept = {}
        for key, item in value.items():
            rest = without_blanks(item)
            emptied = isinstance(item, t.Mapping) and item and not rest
            if not is_blank(item) and not emptied:
                kept[key] = rest
        return kept
    if isinstance(value, (list, tuple)):
        return [without_blanks(item) for item in value]
    return value


# -- names that YAML takes for something else ----------------------------------------------------------------------


def is_changed_by_yaml(text: str) -> bool:
    """Whether YAML reads this text, without quotes, as something else than this text."""
    return bool(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) != "tag:yaml.org,2002:str")


def quoted(text: str) -> str:
    """The text as it can be an answer and arrive as it is: in double quotes if it would be changed without."""
    return f'"{text}"' if is_changed_by_yaml(text) else text


def unquoted(text: str) -> str:
    """What quoted() made of a text. Quotes around any other text are a part of it."""
    if len(text) > 2 and text[0] == text[-1] == '"' and is_changed_by_yaml(text[1:-1]):
        return text[1:-1]
    return text


# -- one value by its kind -----------------------------------------------------------------------------------------


class Reading:
    """Reads variables, each by its kind, and keeps what has to be said about them.

    refused: sentences. unsure: names that arrived as numbers and under which something may be made, as
    {variable, name, sentence}.
    """

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.unsure: list[dict[str, str]] = []

    def read(self, kind: str, place: str, value: t.Any) -> t.Any:
        """The value as its kind has it. place: what the user calls it.

        Where it is blank or was refused: nothing, which is an empty list of names or words, an empty dictionary of
        hrefs or restore points, and else None. So a list that was handed on empty can be told from none.
        """
        nothing: t.Any = [] if kind in _LISTS else {} if kind in _DICTIONARIES else None
        if is_blank(value):
            return nothing
        try:
            return getattr(self, "_" + kind.replace(" ", "_"))(place, value)
        except Refused as refusal:
            self.refused.append(str(refusal))
            return nothing

    # -- names and texts

    def _name(self, place: str, value: t.Any) -> str:
        """The name of what exists. A number is taken for its digits: what it names is there, or is not found."""
        if isinstance(value, str):
            return unquoted(value.strip(" \t\r\n"))
        return _digits(place, value, "a name")

    def _new_name(self, place: str, value: t.Any) -> str:
        """A name under which something may be made."""
        name = self._name(place, value)
        if not isinstance(value, str):
            self.unsure.append({"variable": place, "name": name, "sentence": _unsure(place, name)})
        return name

    def _text(self, place: str, value: t.Any) -> str:
        """A text that is written down somewhere, so that its digits alone will not do."""
        if isinstance(value, str):
            return unquoted(value)
        digits = _digits(place, value, "a text")
        raise Refused(
            f"{place}: the number {digits} arrived where a text was expected. It may have been written differently, as "
            f"0123 arrives as 83. {_in_quotes('it', digits)}"
        )

    def _names(self, place: str, value: t.Any) -> list[str]:
        return self._each("name", place, value)

    def _new_names(self, place: str, value: t.Any) -> list[str]:
        return self._each("new name", place, value)

    def _each(self, kind: str, place: str, value: t.Any) -> list[str]:
        items = _items(place, value)
        return [self._item(kind, place, item) for item in items if not is_blank(item)]

    def _item(self, kind: str, place: str, item: t.Any) -> str:
        if isinstance(item, (t.Mapping, list, tuple)):
            raise Refused(f"{place}: {shown(item)} is not a name. Give names, one a line, or as a list.")
        # What stands in a list stands there as it was meant, blanks at its ends included.
        if isinstance(item, str):
            return unquoted(item)
        return self._new_name(place, item) if kind == "new name" else self._name(place, item)

    def _ids(self, place: str, value: t.Any) -> list[str]:
        """Ids, also as lines cut out of JSON: no id has quotes, commas or brackets around it."""
        if isinstance(value, str):
            found = _json(value)
            if isinstance(found, t.Mapping) and len(found) == 1:
                # pasted with the name of the artifact
                found = next(iter(found.values()))
            if not isinstance(found, list):
                cut = [line.rpartition(": [")[2].strip(' \t,"[]{}') for line in _lines(value)]
                found = [item for line in cut for item in re.split(r'"\s*,\s*"', line)]
            value = found
        return self._each("name", place, value)

    def _words(self, place: str, value: t.Any) -> list[str]:
        """Words in lower case, from lines, a list, or with commas between them."""
        words = self._each("name", place, value)
        return [word.strip().lower() for text in words for word in text.split(",") if word.strip()]

    # -- other values

    def _time(self, place: str, value: t.Any) -> str:
        """A time of day, HH:MM. As a number it is one of minutes or, with seconds written, of seconds."""
        if isinstance(value, str):
            text = value.strip().strip('"').strip()
            if re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text):
                hours, minutes, *seconds = text.split(":")
                return ":".join([hours.zfill(2), minutes, *[part for part in seconds if part != "00"]])
        elif _is_number(value):
            if _HOUR <= value < _MINUTES and value == int(value):
                return f"{int(value) // 60:02d}:{int(value) % 60:02d}"
            if _HOUR * 60 <= value < _SECONDS and value % 60 == 0:
                return f"{int(value) // 3600:02d}:{int(value) // 60 % 60:02d}"
        raise Refused(f"{place}: {shown(value)} is not a time of day. Write hours and minutes, such as 22:00.")

    def _moment(self, place: str, value: t.Any) -> str:
        """A moment, or how long ago with a unit; what either looks like is the module's to judge.

        A number is neither: 22:00 arrives as one. Nor is a date that says no time zone, as the text would not either.
        """
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            return value.isoformat().replace("+00:00", "Z")
        text = unquoted(value.strip()) if isinstance(value, str) else None
        if text is None or re.fullmatch(r"[0-9.:]+", text):
            raise Refused(
                f"{place}: {shown(value)} is not a moment with a time zone. Write one such as 2026-01-08T18:00:00Z or "
                "2026-01-08T18:00:00+01:00, or how long ago it is, such as 4h or 2d."
            )
        return text

    def _duration(self, place: str, value: t.Any) -> str:
        """A duration with a unit. A number is none: 1:30 arrives as 90."""
        text = unquoted(value.strip()) if isinstance(value, str) else None
        if text is None or re.fullmatch(r"[0-9.:]+", text):
            raise Refused(f"{place}: {shown(value)} is not a duration with a unit. Write one such as 15m, 4h or 2d.")
        return text

    def _number(self, place: str, value: t.Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
            return int(value)
        if _is_number(value) and value == int(value):
            return int(value)
        raise Refused(f"{place}: {shown(value)} is not a whole number. Write it in digits alone, such as 14.")

    def _yes_or_no(self, place: str, value: t.Any) -> bool:
        word = shown(value).strip('"').strip().lower()
        if word in _YES or word in _NO:
            return word in _YES
        raise Refused(f"{place}: {shown(value)} is neither yes nor no. Write true or false.")

    def _anything(self, place: str, value: t.Any) -> t.Any:
        return value

    def _hrefs(self, place: str, value: t.Any) -> dict[str, str]:
        """Name to href, as a node before handed them on."""
        found = _json(value) if isinstance(value, str) else value
        if not isinstance(found, t.Mapping):
            raise Refused(
                f"{place}: {shown(value)} does not map names of jobs to hrefs, as an earlier node of the "
                "workflow hands them on."
            )
        return {str(name): str(href) for name, href in found.items() if not is_blank(href)}

    def _points(self, place: str, value: t.Any) -> dict[str, dict[str, t.Any]]:
        """Machine to its restore point with id and created, as a node before handed them on."""
        found = _json(value) if isinstance(value, str) else value
        if isinstance(found, t.Mapping) and list(found) == [place]:
            # pasted with the name of the artifact
            found = found[place]
        if isinstance(found, t.Mapping):
            points = {
                str(name): point if isinstance(point, t.Mapping) else {"id": point} for name, point in found.items()
            }
            if all(isinstance(point.get("id"), str) and not is_blank(point["id"]) for point in points.values()):
                return {
                    name: {"id": str(point["id"]), "created": _as_moment(point.get("created"))}
                    for name, point in points.items()
                }
        raise Refused(
            f"{place}: {shown(value)} does not map names of machines to restore points, as an earlier node "
            "of the workflow hands them on."
        )

    # -- lists of dictionaries

    def _jobs(self, place: str, value: t.Any) -> list[t.Any]:
        return self._records(_JOB, place, value, "{name: Web Shop, source_job: TPL Gold}")

    def _clones(self, place: str, value: t.Any) -> list[t.Any]:
        return self._records(_CLONE, place, value, "{name: Web Shop, source_job: TPL Gold}")

    def _runs(self, place: str, value: t.Any) -> list[t.Any]:
        """Names of jobs, each as text or a dictionary."""
        found = []
        for item in _items(place, value):
            if isinstance(item, t.Mapping):
                found.append(
                    self._walk({"job": "name", "backup_server": "name", "kind": "name"}, place, without_blanks(item))
                )
            elif not is_blank(item):
                found.append(self._item("name", place, item))
        return found

    def _machines(self, place: str, value: t.Any) -> list[t.Any]:
        """Names or references of machines, each as text or a dictionary, as dictionaries."""
        kinds = {"machine": "name", "host": "name", "backup_server": "name"}
        found = []
        for number, item in enumerate((item for item in _items(place, value) if not is_blank(item)), 1):
            if not isinstance(item, t.Mapping):
                found.append({"machine": self._item("name", place, item)})
            elif is_blank(item.get("machine")):
                raise Refused(f"{place}, item {number}: {shown(item)} names no machine. Give its name as machine.")
            else:
                found.append(self._walk(kinds, f"{place}, item {number}", without_blanks(item)))
        return found

    def _records(self, kinds: dict[str, t.Any], place: str, value: t.Any, example: str) -> list[t.Any]:
        items = _items(place, value) if not isinstance(value, str) else _json(value)
        if not isinstance(items, list):
            raise Refused(f"{place}: {shown(value)} is not a list. Give a list of items such as {example}.")
        found = []
        for number, item in enumerate(items, 1):
            at = f"{place}, item {number}"
            if not isinstance(item, t.Mapping):
                raise Refused(f"{at}: {shown(item)} is not a dictionary. Give items such as {example}.")
            record = self._walk(kinds, at, without_blanks(item))
            if record.get("state") == "absent" and not isinstance(item.get("name"), str):
                self.unsure = [entry for entry in self.unsure if entry["variable"] != f"{at}, name"]
                raise Refused(undeletable(f"{at}, name", record.get("name")))
            found.append(record)
        return found

    def _walk(self, kinds: t.Any, place: str, value: t.Any) -> t.Any:
        """The value with each part read by its kind; what has another shape is the module's to refuse."""
        if isinstance(kinds, str):
            return self.read(kinds, place, value)
        if isinstance(kinds, list) and isinstance(value, (list, tuple)):
            return [self._walk(kinds[0], f"{place}, item {number}", item) for number, item in enumerate(value, 1)]
        if isinstance(kinds, dict) and isinstance(value, t.Mapping):
            return {
                key: self._walk(kinds[key], f"{place}, {key}", item) if key in kinds else item
                for key, item in value.items()
            }
        if isinstance(kinds, dict) and "" in kinds and not isinstance(value, (list, tuple)):
            return self.read(kinds[""], place, value)
        return value


#: The kinds of what an item holds. "": of an item that is no dictionary but a plain value.
_CLONE: dict[str, t.Any] = {
    "name": "new name",
    "source_job": "name",
    "backup_server": "name",
    "repository": "name",
    "description": "text",
    "folder_name": "text",
    "vm_suffix": "text",
}
_JOB: dict[str, t.Any] = {
    **_CLONE,
    "objects": [{"": "name", "name": "name", "host": "name", "ref": "name"}],
    "schedule": {"daily": {"at": "time"}, "monthly": {"at": "time"}, "after_job": "name"},
}


def read_all(kinds: t.Mapping[str, str], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Each variable of kinds as its kind has it, and beside them `refused` and `unsure` (see Reading).

    given: what there is of them; a variable that is not there is blank.
    """
    reading = Reading()
    found = {name: reading.read(kind, name, given.get(name)) for name, kind in kinds.items()}
    return {**found, "refused": reading.refused, "unsure": reading.unsure}


# -- parts ---------------------------------------------------------------------------------------------------------


def _items(place: str, value: t.Any) -> list[t.Any]:
    """A list of what is a list, a text of lines, a list as JSON text, or a single value."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, t.Mapping):
        raise Refused(f"{place}: {shown(value)} is not a list of names. Give names, one a line, or as a list.")
    if not isinstance(value, str):
        return [value]
    found = _json(value)
    # [2024] is a name with brackets; a list that was handed on has texts or dictionaries.
    if isinstance(found, list) and all(isinstance(item, (str, t.Mapping)) for item in found):
        return found
    return _lines(value)


def _lines(text: str) -> list[str]:
    """The lines of a text, each without the blanks around it. Nothing else ends a line: it would cut a name in two."""
    lines = (line.strip(" \t") for line in re.split(r"\r\n|\r|\n", text))
    return [line for line in lines if not is_blank(line)]


def _json(text: str) -> t.Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _as_moment(value: t.Any) -> str | None:
    """A moment in UTC as text, of which YAML may have made a date."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if isinstance(value, str) else None


def _digits(place: str, value: t.Any, what: str) -> str:
    """A number as text. Raises Refused for everything else that is not text."""
    if isinstance(value, bool):
        word = "yes" if value else "no"
        raise Refused(
            f"{place}: {shown(value)} arrived where {what} was expected, as it does for yes, no, on and off without "
            f"quotes. {_in_quotes(f'such {what}', word)}"
        )
    if isinstance(value, (datetime.date, datetime.datetime)):
        raise Refused(
            f"{place}: the date {value.isoformat()} arrived where {what} was expected. "
            f"{_in_quotes(f'{what} that looks like a date', value.isoformat())}"
        )
    if isinstance(value, int):
        return str(int(value))
    if _is_number(value):
        return repr(float(value))
    raise Refused(f"{place}: {shown(value)} is not {what}. {_in_quotes('it', '0123')}")


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _unsure(place: str, name: str) -> str:
    return (
        f'{place}: there is no job "{name}", and the name arrived as a number: 0123 arrives as 83, 12:30 as 750, 1.10 '
        f"as 1.1. No job is made under a name that may have been written differently. {_in_quotes('it', name)}"
    )


def undeletable(place: str, name: t.Any) -> str:
    return (
        f"{place}: the number {name} arrived where a name was expected, and no job is deleted by a name that may have "
        f"been written differently, as 0123 arrives as 83. {_in_quotes('it', str(name))}"
    )


def _in_quotes(what: str, example: str) -> str:
    """How an answer is written so that it arrives as it is, see unquoted()."""
    return f'Write {what} in double quotes, as in "{example}".'


def shown(value: t.Any) -> str:
    """A value as the user may have written it, for a sentence."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float):
        return repr(float(value))
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."
