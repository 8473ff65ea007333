# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report for programs: CSV, in which no cell is a formula, and JSON, which has the result as it was. Pure."""

from __future__ import annotations

import csv
import io
import json
import typing as t

from .report import Report, Row

COLUMNS = (
    "status",
    "name",
    "host",
    "platform",
    "ref",
    "restore_point",
    "restore_point_age",
    "restore_point_type",
    "last_run",
    "last_run_result",
    "last_run_job",
    "jobs",
    "twice",
    "reason",
)
#: Spreadsheets take a cell that begins with one of these for a formula, some of them the wide forms too. A blank before
#: it does not help everywhere.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")


def as_csv(report: Report) -> str:
    """One line for each machine, ages in seconds. Lines end as RFC 4180 wants it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in report.rows:
        writer.writerow([text_cell(cell) for cell in _cells(row)])
    return out.getvalue()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.status,
        row.name,
        row.host,
        row.platform,
        row.ref,
        row.point,
        "" if row.point_age is None else str(int(row.point_age)),
        row.point_type,
        row.run,
        row.run_result,
        row.run_job,
        "; ".join(row.jobs),
        "yes" if row.twice else "no",
        row.reason,
    )


def text_cell(text: str) -> str:
    """The cell as text that no spreadsheet calculates: an apostrophe goes before what it would."""
    return "'" + text if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def as_json(found: t.Mapping[str, t.Any], asked: t.Mapping[str, t.Any]) -> str:
    """The result of veeam_protection_info, with what was asked for in front of it."""
    keys = ("as_of", "complete", "notes", "summary", "machines")
    return (
        json.dumps({"asked": dict(asked), **{key: found.get(key) for key in keys}}, indent=1, ensure_ascii=False) + "\n"
    )
