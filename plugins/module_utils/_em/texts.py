# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the texts of options may hold, by what they are, and names that only look alike. Pure.

A name is on one line. What is to be made has no blanks at the ends of its name either: nobody would see them. What is
there already may have them.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata

from .._http.errors import OptionError

#: No name has these: control characters, the separators of lines and paragraphs, and what is no character at all.
NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
#: What XML 1.0 cannot carry, however it is escaped: line breaks and tabs it can. (All that it can carry, negated, takes
#: 4 ms to compile.)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WORDS = {
    "\b": "a backspace",
    "\t": "a tab",
    "\n": "a line break",
    "\r": "a carriage return",
    "\x85": "a line break",
    "\u2028": "a line break",
    "\u2029": "a line break",
    "\xa0": "a no-break space",
    " ": "a blank",
}
#: What YAML makes of a backslash and a letter in double quotes.
_YAML = {"\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e"}
#: Characters without a width: zero-width space, non-joiner and joiner, word joiner, byte-order mark, soft hyphen.
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\xad]")


def check_name(option: str, text: str, place: str = "", what: str = "name") -> None:
    """Refuse what no name can hold. what: what it is, in the sentence. Raises OptionError, with the place before it."""
    _refuse(NOT_IN_NAMES, option, text, place, f"which no {what} can hold")


def check_text(option: str, text: str, place: str = "") -> None:
    """Refuse what a text of several lines cannot hold. Raises OptionError."""
    _refuse(NOT_XML, option, text, place, "which cannot be sent")


def check_new_name(option: str, text: str, place: str = "") -> None:
    """Refuse blanks at the ends of a name that is to be given to something. Raises OptionError."""
    for end, char in (("begins", text[:1]), ("ends", text[-1:])):
        if char.isspace():
            raise OptionError(
                f"{place}{option}: {_shown(text)} {end} with {_word(char)}, which nobody would see; remove it."
            )


def _refuse(pattern: re.Pattern[str], option: str, text: str, place: str, why: str) -> None:
    found = pattern.search(text)
    if not found:
        return
    char, after = found.group(), text[found.end() :]
    at_the_end = all(pattern.match(other) or other.isspace() for other in after)
    where = " at its end" if at_the_end else ""
    if char in _YAML and not at_the_end:
        remedy = f"in double quotes YAML reads \\{_YAML[char]} as that, so use single quotes or none."
    elif text.rstrip() != text:
        remedy = "remove it, for instance with the filter trim."
    else:
        remedy = "remove it."
    raise OptionError(f"{place}{option}: contains {_word(char)}{where}, {why}; {remedy}")


def _word(char: str) -> str:
    if char in _WORDS:
        return _WORDS[char]
    kind = "a blank" if unicodedata.category(char) == "Zs" else "a control character"
    return f"{kind} (U+{ord(char):04X})"


def _shown(text: str) -> str:
    return f'"{"".join(char if char.isprintable() or char.isspace() else "?" for char in text)}"'


# -- names that look alike -----------------------------------------------------------------------------------------


def folded(name: str) -> str:
    """What is the same for names that most people would take for one."""
    plain = unicodedata.normalize("NFC", _INVISIBLE.sub("", name)).casefold()
    return " ".join(plain.split())


def difference(name: str, other: str) -> str:
    """In what two names differ that are the same when folded, for a sentence."""
    steps: dict[str, t.Callable[[str], str]] = {
        "letter case": str.casefold,
        "the encoding of accents": lambda text: unicodedata.normalize("NFC", text),
        "the kind or number of blanks": lambda text: " ".join(text.split()),
        "a character that cannot be seen": lambda text: _INVISIBLE.sub("", text),
    }
    needed = []
    for what in steps:
        one, two = name, other
        for step in (step for word, step in steps.items() if word != what):
            one, two = step(one), step(two)
        if one != two:
            needed.append(what)
    return " and ".join(needed)
