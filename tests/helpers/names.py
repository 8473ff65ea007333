# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that somebody may give to a job or a machine, and that no filter carries safely."""

from __future__ import annotations

#: With every character that the reference does not document as plain inside a quoted value of a filter. The quote can
#: not stand in one at all.
ODD = (
    "a;b,c(d)",
    'say "hello"',
    '"',
    "a;b",
    "a,b",
    "a (b)",
    "a[b]{c}",
    "a&b",
    "a & b",
    "100 %",
    "100%20",
    "a%41",
    "Chloé's",
    "Übergröße – Zürich",
    "🐘 elephant",
    "\xe4\u20ac\U0001f600",
    "a+b c",
    "two  blanks",
    "back\\slash",
    "a/b?c#d",
    "a:b",
    "a*b",
    "<b>&amp;</b>",
    "a=b==c",
    "$HOME `x`",
    "日本語",
)
