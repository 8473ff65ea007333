# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surveys of AWX whose questions for names are choices. Pure.

A question is a dictionary as AWX stores it. The first choice says that nothing is chosen, and is the default: whoever
launches a template without an answer gets what a blank means, never the first name of the alphabet.
"""

from __future__ import annotations

import typing as t

from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import is_blank, quoted

Question = dict[str, t.Any]
#: The first choice of each variable whose question is to be filled.
Blanks = t.Mapping[str, str]


def filled(survey: t.Mapping[str, t.Any], blanks: Blanks, names: t.Mapping[str, t.Iterable[str]]) -> dict[str, t.Any]:
    """The survey with choices in place of texts. names: what there is to choose from, for each variable of blanks."""
    return _with_choices(survey, blanks, {variable: map(quoted, listed) for variable, listed in names.items()})


def still_filled(
    survey: t.Mapping[str, t.Any], blanks: Blanks, found: t.Mapping[str, t.Any] | None
) -> dict[str, t.Any]:
    """The survey with the choices that the one which was found has: what a nightly run filled stays filled."""
    there = {question.get("variable"): _choices(question) for question in (found or {}).get("spec", ())}
    return _with_choices(survey, blanks, {variable: there[variable] for variable in blanks if there.get(variable)})


def _with_choices(
    survey: t.Mapping[str, t.Any], blanks: Blanks, choices: t.Mapping[str, t.Iterable[str]]
) -> dict[str, t.Any]:
    spec = [
        _choice(question, blanks[question["variable"]], choices[question["variable"]])
        if question["variable"] in blanks and question["variable"] in choices
        else question
        for question in survey["spec"]
    ]
    return {**survey, "spec": spec}


def _choice(question: Question, blank: str, choices: t.Iterable[str]) -> Question:
    listed = [blank, *(choice for choice in choices if not is_blank(choice))]
    return {**question, "type": "multiplechoice", "choices": listed, "default": blank, "min": None, "max": None}


def _choices(question: Question) -> list[str]:
    if question.get("type") != "multiplechoice":
        return []
    choices = question.get("choices") or []
    # AWX takes a text of lines as well
    return choices.splitlines() if isinstance(choices, str) else list(choices)
