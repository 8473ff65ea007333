# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of options, looked at before Ansible validates them: texts, numbers, lists and dictionaries, at any depth.

Of a number where a dictionary belongs Ansible says "argument of type 'int' is not iterable", and names neither the
option nor the item. What Ansible converts, such as dictionaries and lists in a text, stays for it to convert. Pure.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_dict,
    check_type_float,
    check_type_int,
)
from ansible.module_utils.errors import AnsibleFallbackNotFound, UnsupportedError

from .._http.errors import OptionError
from .spec import Spec

_SCALARS: dict[str, tuple[t.Callable[[t.Any], t.Any], str]] = {
    "int": (check_type_int, "a whole number (int)"),
    "float": (check_type_float, "a number (float)"),
    "bool": (check_type_bool, "a boolean; write true or false"),
}


#: What a list of dictionaries is about, by the option that names it.
_NAMES = {"name": "job", "job_name": "job", "job": "job", "machine": "machine"}


class OneText(str):
    """A list of names that was given as one text: one name that has a comma in it, or several."""

    @property
    def parts(self) -> list[str]:
        """The names, if they are several."""
        return [part for part in (part.strip() for part in self.split(",")) if part]


class Shaped(t.NamedTuple):
    """The options as Ansible is to validate them; and the sentence on the first that cannot be what it should.

    What cannot be is left out, so that what is secret among the others is still known as such.
    """

    options: dict[str, t.Any]
    refusal: str | None


def shaped(spec: Spec, given: t.Mapping[str, t.Any]) -> Shaped:
    """Look at the options of a task."""
    walk = _Walk(spec)
    options = walk.options(given, spec.options, _Where())
    return Shaped(options, walk.refusal or _missing(spec, options))


def _missing(spec: Spec, options: t.Mapping[str, t.Any]) -> str | None:
    """The sentence for a required option that is in no environment variable either. Ansible's own does not name it."""
    for name, entry in spec.options.items():
        if entry.get("required") and "fallback" in entry and options.get(name) is None:
            from_environment, variables = entry["fallback"]
            try:
                from_environment(*variables)
            except AnsibleFallbackNotFound:
                return f"{name}: is missing; give it, or set the environment variable {variables[0]}."
    return None


def place_of(option: str, number: int, what: str = "", name: t.Any = None) -> str:
    """An item of a list, to begin a sentence with: by its name where it has one, and by its place. what: "job"."""
    place = f"{option}, item {number}"
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        return f"{place}: "
    return f'{what} "{name}" ({place}): '


def named_once(places: dict[t.Any, int], what: t.Any, number: int, place: str) -> None:
    """Raise OptionError where an item before names the same; else note it. places: what to the number of its item."""
    if what in places:
        raise OptionError(f"{place}is the same as item {places[what]}; name each once.")
    places[what] = number


class _Wrong(Exception):
    """An option that cannot be what it should. The text follows its name in the sentence."""


class _Where(t.NamedTuple):
    """place: the item of a list of jobs. words: the option in the sentence. path: the option in Spec's tables."""

    place: str = ""
    words: tuple[str, ...] = ()
    path: tuple[str, ...] = ()

    def below(self, option: str) -> _Where:
        return _Where(self.place, (*self.words, option), (*self.path, option))

    def item(self, number: int) -> _Where:
        return self._replace(words=(*self.words[:-1], f"{self.words[-1]}, item {number}"))

    def sentence(self, what: str) -> str:
        return f"{self.place}{', '.join(self.words)}: {what}" if self.words else f"{self.place}{what}"


class _Walk:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self.refusal: str | None = None

    def options(self, given: t.Mapping[str, t.Any], specs: dict[str, t.Any], where: _Where) -> dict[str, t.Any]:
        names = {alias: name for name, entry in specs.items() for alias in (name, *entry.get("aliases", ()))}
        taken: dict[str, t.Any] = {}
        for key, value in given.items():
            name = names.get(key)
            if name is None or value is None:
                taken[key] = value
            elif not self._is_nothing(value, specs[name], where.below(name)):
                try:
                    taken[key] = self._value(value, specs[name], where.below(name))
                except _Wrong as wrong:
                    self._wrong(where.below(name), str(wrong))
        return taken

    def _wrong(self, where: _Where, what: str) -> None:
        self.refusal = self.refusal or where.sentence(what)

    def _is_nothing(self, value: t.Any, entry: dict[str, t.Any], where: _Where) -> bool:
        """Surveys and templates give an empty text where nothing was meant. A text may well be empty, though."""
        if not isinstance(value, str) or value.strip():
            return False
        kind = entry.get("type", "str")
        names = ".".join(where.path) in self._spec.names
        return "choices" in entry or kind in ("dict", *_SCALARS) or (kind == "list" and not names)

    def _value(self, value: t.Any, entry: dict[str, t.Any], where: _Where) -> t.Any:
        kind = entry.get("type", "str")
        if kind == "dict":
            return self._dict(value, entry, where)
        if kind == "list":
            return self._list(value, entry, where)
        if kind in _SCALARS:
            return self._scalar(value, kind)
        if kind in ("str", "path") and isinstance(value, (dict, list)):
            raise _Wrong(f"{_shown(value)} is not text.")
        return value

    def _scalar(self, value: t.Any, kind: str) -> t.Any:
        convert, what = _SCALARS[kind]
        try:
            convert(value)
        except (TypeError, ValueError):
            raise _Wrong(f"{_shown(value)} is not {what}.") from None
        return value

    def _dict(self, value: t.Any, entry: dict[str, t.Any], where: _Where) -> t.Any:
        found = _as_dict(value)
        if found is None:
            raise _Wrong(f"{_shown(value)} is not a dictionary; write {self._example(entry, where)}.{_hint(value)}")
        return self.options(found, entry["options"], where) if entry.get("options") else found

    def _list(self, value: t.Any, entry: dict[str, t.Any], where: _Where) -> t.Any:
        if entry.get("elements") == "dict":
            return self._dicts(value, entry, where)
        if isinstance(value, (bool, dict)):
            raise _Wrong(f"{_shown(value)} is not a list.")
        names = ".".join(where.path) in self._spec.names
        if isinstance(value, str):
            return [OneText(value)] if names else [part.strip() for part in value.split(",")]
        if isinstance(value, list) and entry.get("elements") == "str":
            # Nobody is meant by a name that is null.
            value = ["" if item is None and names else item for item in value]
            for number, item in enumerate(value, 1):
                if item is None or isinstance(item, (dict, list)):
                    self._wrong(where.item(number), f"{_shown(item)} is not text.")
        return value

    def _dicts(self, value: t.Any, entry: dict[str, t.Any], where: _Where) -> list[t.Any]:
        plain = self._spec.plain.get(".".join(where.path))
        if plain is not None and _is_text(value) and "," not in str(value):
            value = [value]
        if not isinstance(value, list):
            raise _Wrong(f"{_shown(value)} is not a list of dictionaries; write [{self._example(entry, where)}].")
        unlisted = self._spec.items.get(".".join(where.path))
        options = unlisted or entry.get("options") or {}
        # An item of a list of jobs takes the options of a single one.
        of_jobs = plain is None and options.keys() <= self._spec.options.keys()
        taken = []
        for number, item in enumerate(value, 1):
            here = _Where(place_of(where.words[-1], number, *_name_of(item))) if of_jobs else where.item(number)
            if plain is not None and _is_text(item) and not str(item).startswith("{"):
                item = {plain: str(item)}
            found = _as_dict(item)
            if found is None:
                self._wrong(here, f"{_shown(item)} is not a dictionary; write {self._example(entry, where)}.")
            else:
                item = self.options(found, options, here) if options else found
                taken.append(self._validated(item, unlisted, here) if unlisted is not None else item)
        return taken

    def _validated(self, item: dict[str, t.Any], options: dict[str, t.Any], here: _Where) -> dict[str, t.Any]:
        """An item whose options Ansible does not know, as it would validate them."""
        checked = ArgumentSpecValidator(options).validate(item)
        for error in checked.errors:
            if isinstance(error, UnsupportedError):
                unknown = min(checked._unsupported_parameters, key=str)
                words = (unknown,) if isinstance(unknown, str) else unknown
                self._wrong(
                    here, f"{', '.join(map(str, words))}: is not an option here. {error.msg.partition('. ')[2]}"
                )
            self._wrong(here, error.msg)
        return t.cast("dict[str, t.Any]", checked.validated_parameters)

    def _example(self, entry: dict[str, t.Any], where: _Where) -> str:
        keys = ", ".join(f"{key}: ..." for key in list(entry.get("options", ("key",)))[:2])
        return self._spec.examples.get(".".join(where.path), f"{{{keys}}}")


def _name_of(item: t.Any) -> tuple[str, t.Any]:
    """What an item is about, and its name."""
    named = [(what, item[key]) for key, what in _NAMES.items() if key in item] if isinstance(item, dict) else []
    return named[0] if named else ("", None)


def _is_text(value: t.Any) -> bool:
    """A number may be a name, too, but not true or false."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and bool(str(value).strip())


def _as_dict(value: t.Any) -> dict[str, t.Any] | None:
    """The value as Ansible reads it: a dictionary may be in a text."""
    try:
        found = check_type_dict(value)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _shown(value: t.Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "a dictionary"
    if not isinstance(value, str):
        return str(value)
    text = "".join(char if char.isprintable() else "?" for char in value)
    return f'"{text if len(text) <= 40 else text[:40] + "…"}"'


def _hint(value: t.Any) -> str:
    """For a time of day without quotes."""
    if isinstance(value, int) and not isinstance(value, bool) and 60 <= value < 86400:
        return f" (YAML reads a time without quotes as a number: {value // 60}:{value % 60:02d} is {value}.)"
    return ""
