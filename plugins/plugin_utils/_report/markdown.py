# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as Markdown, for a mail or a pull request: what needs a look, in a table. Pure.

Texts of the server stand in code spans, in which nothing is markup, a mention of somebody, or a link.
"""

from __future__ import annotations

import re

from ansible_collections.backupops.veeam.plugins.module_utils._em.moments import in_words

from .report import MEANINGS, Report, Row

#: A comment of a pull request has an end, and so has anybody's patience.
MOST_ROWS = 200
#: Of these nobody has to look at each.
_QUIET = ("protected", "excluded")
#: What means nothing to any reader of Markdown, whatever it extends.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9 ,;()%]|[.:-](?=[ 0-9]|\Z))*")


def as_markdown(report: Report) -> str:
    """Headline, what was asked, the counts, and the machines that are neither protected nor excluded."""
    lines = [
        f"# Protection of machines, {report.as_of}",
        "",
        f"**{report.headline}**",
        "",
        f"- Enterprise Manager: {text(report.hostname)}",
        f"- Recovery point objective: {report.within}",
        *(f"- {words}: {text(value)}" for words, value in report.asked),
        f"- Complete: {'yes' if report.complete else '**no**'}",
        *(f"  - {text(note)}" for note in report.notes),
        "",
        "| Status | Machines | Meaning |",
        "| --- | ---: | --- |",
        *(f"| {status} | {count} | {MEANINGS[status]} |" for status, count in report.counts if count),
    ]
    rows = [row for row in report.rows if row.status not in _QUIET]
    if rows:
        lines += ["", "| Status | Machine | Host | Newest restore point | Reason |", "| --- | --- | --- | --- | --- |"]
        lines += [_line(row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines += ["", f"Not listed here: {len(rows) - MOST_ROWS}. They are in the other files of this report."]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    age = f"{in_words(row.point_age)} ({row.point})" if row.point_age is not None else "none"
    cells = (text(row.status), code(row.name), code(row.host), age, text(row.reason))
    return f"| {' | '.join(cells)} |"


def text(value: str) -> str:
    """A text as it is, where it cannot be anything else, and as a code span where it might."""
    return value if _HARMLESS.fullmatch(value) else code(value)


def code(value: str) -> str:
    """The text as code, in which nothing is markup, a mention of somebody, or a link; fit for the cell of a table."""
    if not value:
        return ""
    if "|" in value:
        # It ends a cell, escaped too where a backslash comes before the escape.
        return f"<code>{''.join(char if char.isalnum() else f'&#{ord(char)};' for char in value)}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", value)), default=0) + 1)
    edge = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{fence}{edge}{value}{edge}{fence}"
