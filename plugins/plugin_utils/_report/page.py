# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as a page: one HTML file that needs nothing else, and in which no text of the server is markup.

Every value is escaped by the template engine, and the page itself allows no script and no style but its own two, by
their hashes, and no request to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t
from pathlib import Path

from ansible_collections.backupops.veeam.plugins.module_utils._em.moments import in_words

from .report import MEANINGS, Report, Row

_HERE = Path(__file__).parent


def as_html(report: Report) -> str:
    """The whole page."""
    import jinja2

    counts = [(status, count) for status, count in report.counts if count]
    shares = "".join(f".bar .{status} {{ flex-grow: {count}; }}\n" for status, count in counts)
    style, script = _without_comments("page.css") + shares, _without_comments("page.js")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(age=in_words, moment=_moment)
    template = environment.from_string((_HERE / "page.html.j2").read_text("utf-8"))
    return template.render(
        report=report,
        counts=counts,
        meanings=MEANINGS,
        # Their text is ours, and what the browser compares with the hash is what stands between the tags.
        style=jinja2.utils.markupsafe.Markup(style),
        script=jinja2.utils.markupsafe.Markup(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'",
        sort_keys=_sort_keys,
    )


def _without_comments(name: str) -> str:
    """A file of this folder, without the license at its head."""
    return (_HERE / name).read_text("utf-8").partition("*/\n")[2]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _moment(text: str) -> str:
    """2026-01-08 14:31:07 UTC."""
    return text.replace("T", " ").replace("Z", " UTC")


def _sort_keys(row: Row) -> dict[str, t.Any]:
    """What columns are sorted by that do not show it. No point and no run are older than any."""
    never = 10**12
    return {
        "status": row.rank,
        "age": int(row.point_age) if row.point_age is not None else never,
        "run": int(row.run_age) if row.run_age is not None else never,
    }
