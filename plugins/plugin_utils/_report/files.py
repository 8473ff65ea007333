# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: all of them made before the first is written. Pure."""

from __future__ import annotations

import json
import typing as t

from .markdown import as_markdown
from .page import as_html
from .report import plain, report
from .tables import as_csv, as_json


def files_of(found: t.Mapping[str, t.Any], asked: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The text of each file, by its name."""
    # Ansible's own kinds of texts and lists become plain ones.
    found, asked = json.loads(json.dumps(found, default=str)), json.loads(json.dumps(asked, default=str))
    asked = {key: value for key, value in asked.items() if value not in (None, "", [])}
    whole = report(found, asked)
    return {
        "protection.html": as_html(whole),
        "protection.md": as_markdown(whole),
        "protection.json": as_json(found, asked),
        "protection.csv": as_csv(whole),
    }


#: So many machines are named where a status is not to be.
_MOST_NAMED = 20


def sentence_on(machines: t.Sequence[t.Mapping[str, t.Any]], statuses: t.Collection[str]) -> str | None:
    """Which machines have one of these statuses, and why; None where none has."""
    bad = [machine for machine in machines if machine["status"] in statuses]
    if not bad:
        return None
    named = "; ".join(
        f"{plain(one['name'] or one['ref'])} is {one['status']} ({plain(one['reason'])})" for one in bad[:_MOST_NAMED]
    )
    more = f"; and {len(bad) - _MOST_NAMED} more" if len(bad) > _MOST_NAMED else ""
    return f"{len(bad)} machine{' is' if len(bad) == 1 else 's are'} not as wanted: {named}{more}."
