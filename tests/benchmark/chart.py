# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of the benchmark: for each measure how much of the other way's cost is left, on a logarithmic axis."""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1120, 476, 200, 112, 64
NUMBERS = WIDTH - RIGHT + 60
BAR, GAP, GROUP_GAP = 16, 3, 16
LOW, HIGH = 0.01, 4.0
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
INK, SOFT, GRID, PAPER = "#1f2933", "#5b6875", "#dde3e9", "#ffffff"
COLOURS = {0: "#0b6e99", 50: "#7cb5cf"}
BOUND = "#c2410c"
BOLD = {"font_weight": "600"}


def x(ratio: float) -> float:
    share = (math.log10(min(max(ratio, LOW), HIGH)) - math.log10(LOW)) / (math.log10(HIGH) - math.log10(LOW))
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def text(left: float, top: float, content: str, size: int = 12, colour: str = INK, **attributes: str) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return '<text x="%.1f" y="%.1f" font-size="%d" fill="%s"%s>%s</text>' % (
        left,
        top,
        size,
        colour,
        more,
        escape(content),
    )


def amount(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.3g} s" if value < 100 else f"{value:.0f} s"
    if unit == "bytes":
        return f"{value / 1000:.1f} kB"
    return "{:.0f} {}".format(value, {"requests": ""}.get(unit, unit))


def groups(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows of one measure together, without latency first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row)
    return [sorted(group, key=lambda row: row["latency_ms"]) for group in found.values()]


def draw(result: dict[str, Any]) -> str:
    """The chart as SVG."""
    all_groups = groups(result["rows"])
    heights = [max(len(group) * (BAR + GAP) - GAP, 30) for group in all_groups]
    bottom = TOP + sum(heights) + GROUP_GAP * len(heights)
    machine = result["machine"]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" '
        'aria-labelledby="title" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">'
        % (WIDTH, bottom + BOTTOM, WIDTH, bottom + BOTTOM),
        '<title id="title">Cost of cloning with backupops.veeam as a share of the cost of the other way</title>',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        text(24, 34, "What is left of the cost", 20, **BOLD),
        text(24, 54, "Cost with backupops.veeam divided by the cost of the other way; shorter is better.", 13, SOFT),
    ]
    parts += legend(all_groups)
    parts.append(text(NUMBERS, TOP - 14, "ratio", 11, SOFT, text_anchor="end"))
    parts.append(text(NUMBERS + 12, TOP - 14, "ours / other way", 11, SOFT))
    for tick in TICKS:
        strong = tick == 1.0
        parts.append(
            '<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s" stroke-width="%s"/>'
            % (x(tick), x(tick), TOP - 6, bottom, SOFT if strong else GRID, "1.2" if strong else "1")
        )
        parts.append(text(x(tick), bottom + 18, f"{tick:g}", 12, SOFT, text_anchor="middle"))
    parts.append(text(x(1.0), bottom + 34, "the same", 12, SOFT, text_anchor="middle"))
    top = float(TOP)
    for group, height in zip(all_groups, heights, strict=True):
        parts += one_group(group, top, height)
        top += height + GROUP_GAP
    facts = (
        f"{machine['cores']} cores, Python {machine['python']}, ansible-core {machine['ansible_core']}, "
        f"emulated server, {machine['date']}"
    )
    parts.append(text(24, bottom + BOTTOM - 12, facts, 11, SOFT))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def legend(all_groups: list[list[dict[str, Any]]]) -> list[str]:
    latencies = sorted({row["latency_ms"] for group in all_groups for row in group})
    parts = []
    left = 24.0
    for latency in latencies:
        label = "%d ms latency of the server" % latency
        parts.append(f'<rect x="{left:.1f}" y="68" width="12" height="12" rx="2" fill="{colour(latency)}"/>')
        parts.append(text(left + 18, 78, label, 12, SOFT))
        left += 190
    parts.append(f'<rect x="{left + 4:.1f}" y="66" width="3" height="16" fill="{BOUND}"/>')
    parts.append(text(left + 14, 78, "may be at most", 12, SOFT))
    return parts


def colour(latency: int) -> str:
    return COLOURS.get(latency, "#8795a1")


def one_group(group: list[dict[str, Any]], top: float, height: float) -> list[str]:
    first = group[0]
    middle = top + height / 2
    parts = [
        text(LEFT - 14, middle - 3, first["measure"], 13, text_anchor="end"),
        text(LEFT - 14, middle + 13, "against: " + first["against"], 11, SOFT, text_anchor="end"),
    ]
    bars = len(group) * (BAR + GAP) - GAP
    y = top + (height - bars) / 2
    for row in group:
        end = x(row["ratio"])
        parts.append(
            '<rect x="%d" y="%.1f" width="%.1f" height="%d" rx="2" fill="%s"/>'
            % (LEFT, y, max(end - LEFT, 2), BAR, colour(row["latency_ms"]))
        )
        values = f"{amount(row['ours'], row['unit']).strip()} / {amount(row['rival'], row['unit']).strip()}"
        missed = row["bound"] is not None and row["ratio"] > row["bound"]
        parts.append(
            text(NUMBERS, y + BAR - 4, number(row["ratio"]), 12, BOUND if missed else INK, text_anchor="end", **BOLD)
        )
        parts.append(text(NUMBERS + 12, y + BAR - 4, values, 12, SOFT))
        y += BAR + GAP
    bounds = {row["bound"] for row in group if row["bound"] is not None}
    for bound in bounds:
        parts.append(
            f'<rect x="{x(bound) - 1.5:.1f}" y="{top - 3:.1f}" width="3" height="{height + 6:.1f}" fill="{BOUND}"/>'
        )
    return parts


def number(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 0.0995 else f"{ratio:.2f}"
