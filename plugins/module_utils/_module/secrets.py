# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must not be shown: secrets in whatever form a server echoes them, results of a task with no_log. Pure."""

from __future__ import annotations

import base64
import functools
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from .._http.errors import CUT


def censored(result: dict[str, t.Any], no_log: bool) -> dict[str, t.Any]:
    """The result, with its items marked as not to be shown where the task has no_log.

    Ansible takes results for those of a loop, and of a loop it hides only the items that say so themselves. Of a task
    that fails ansible-core 2.19 and newer print the msg even so: what it says of single items stands in them too.
    """
    if no_log and "results" in result:
        for item in result["results"]:
            item["_ansible_no_log"] = True
        result["msg"] = result["msg"].partition(". ")[0].rstrip(".") + "."
    return result


class ByName(dict[str, t.Any]):
    """What a result has by the names of jobs or machines. They came from outside, so one may hold a secret.

    The keys of every other dict are the collection's own words: a password may well be one of them.
    """


def scrub(value: t.Any, secrets: t.Sequence[str]) -> t.Any:
    """The value with every secret in any of its texts replaced: a server may echo what it was sent.

    Keys are left as they are but for those of ByName, which becomes a plain dict.
    Texts for people (a value that is text itself, and every msg) lose their control characters too: those of a server
    could steer the terminal.
    """
    return scrubber(secrets)(value)


def scrubber(secrets: t.Sequence[str]) -> t.Callable[[t.Any], t.Any]:
    """scrub() for many values with the same secrets, whose forms are found once."""
    forms = {form for secret in secrets if len(secret) > 2 for form in _forms(secret)}
    # The longest first: one may begin with another, and what is left of it then would be half a secret.
    longest_first = sorted(forms, key=len, reverse=True)

    # Of the texts in a long listing most are the same few.
    @functools.lru_cache(maxsize=4096)
    def cleaned(text: str) -> str:
        return _cleaned(text, longest_first)

    signs = ['"msg"', *signs_of([*forms, CUT])]

    def scrubbed(value: t.Any) -> t.Any:
        return _replaced(_CONTROL.sub(" ", value) if isinstance(value, str) else value, cleaned, signs)

    return scrubbed


def signs_of(secrets: t.Iterable[str]) -> list[str]:
    """Texts, of which one is in a JSON document in ASCII wherever a text in that holds one of the secrets.

    JSON escapes each character by itself, so part of a text is part of what it becomes. A listing of ten thousand jobs
    is ten megabytes: to look for secrets in all of it at once takes a tenth of the time of looking into each text.
    """
    return [json.dumps(secret)[1:-1] for secret in secrets]


def holds(value: t.Any, signs: t.Sequence[str]) -> bool:
    """Whether one of the signs is in the value as JSON in ASCII. A long list is large enough once: it goes in parts."""
    parts = [value]
    if isinstance(value, list):
        parts = [value[start : start + _LONG] for start in range(0, len(value), _LONG)]
    return any(sign in text for text in map(json.dumps, parts) for sign in signs)


#: So many items are a listing.
_LONG = 100
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def _forms(secret: str) -> t.Iterator[str]:
    """The secret as a server, a proxy or Python may write it."""
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    found = {base64.b64encode(raw).decode("ascii"), base64.urlsafe_b64encode(raw).decode("ascii")}
    found |= {packed.rstrip("=") for packed in found}
    found |= {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    found |= {re.sub("%..", lambda match: match.group().lower(), quoted_) for quoted_ in found if "%" in quoted_}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    found |= _escaped(secret)
    # Messages are put on one line, and into sentences that end with one full stop.
    found |= {" ".join(secret.split()), secret.rstrip("."), _CONTROL.sub(" ", secret)}
    if len(secret) >= 8:
        found |= {secret.lower(), secret.upper()}
    # What is much shorter than the secret may be any word.
    yield from (form for form in found if len(form) >= min(len(secret), 6))


def _escaped(secret: str) -> set[str]:
    """The secret in HTML and XML, where that is not as it is."""
    if not any(char in secret for char in "&<>\"'"):
        return set()
    # It takes its time, for the names of all entities.
    import html

    text = html.escape(secret, quote=False)
    found = {html.escape(secret), text, text.replace('"', "&quot;")}
    return {form.replace("&#x27;", apostrophe) for form in found for apostrophe in ("&#x27;", "&#39;", "&apos;")}


def _cleaned(text: str, forms: t.Sequence[str]) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, "********")
    if CUT in text:
        for form in forms:
            for end in range(len(form) - 1, 3, -1):
                text = text.replace(form[:end] + CUT, "********" + CUT)
    return text


def _replaced(value: t.Any, cleaned: t.Callable[[str], str], signs: t.Sequence[str]) -> t.Any:
    if isinstance(value, str):
        text = cleaned(value)
        return value if text == value else text
    if isinstance(value, dict):
        if isinstance(value, ByName):
            return {cleaned(name): _replaced(member, cleaned, signs) for name, member in value.items()}
        found = {
            key: _replaced(
                _CONTROL.sub(" ", member) if key == "msg" and isinstance(member, str) else member, cleaned, signs
            )
            for key, member in value.items()
        }
        # What holds no secret is not there twice: a listing of ten thousand jobs is large enough once.
        same = all(new is old for new, old in zip(found.values(), value.values()))
        return value if same else found
    if isinstance(value, list):
        if len(value) >= _LONG and not holds(value, signs):
            return value
        items = [_replaced(member, cleaned, signs) for member in value]
        return value if all(new is old for new, old in zip(items, value)) else items
    if isinstance(value, tuple):
        return [_replaced(member, cleaned, signs) for member in value]
    return value
