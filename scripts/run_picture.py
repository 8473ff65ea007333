# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw docs/run.svg, README's picture of a terminal: README's first playbook, really run against the emulator.

The job exists, and somebody has changed it: a dry run shows what differs, a run puts it right, and another one finds
nothing to do. `--check` draws nothing, and fails if the picture does not have the words of a run of today.
"""

from __future__ import annotations

import argparse
import difflib
import html
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import BIN, ROOT, environment
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from veeam_em_emulator import Emulator

PICTURE = ROOT / "docs" / "run.svg"
TITLE = "The job exists, and somebody has changed it at the console"
#: What the reader sees somebody type.
COMMANDS = (
    "ansible-playbook web_shop.yml --check --diff",
    "ansible-playbook web_shop.yml",
    "ansible-playbook web_shop.yml",
)
#: What somebody has made of the job in the meantime, as changes to the playbook: one machine less, an hour earlier.
CHANGED = {", {name: web02}": "", 'at: "22:00"': 'at: "21:00"'}
#: The longest line of a play's output is its recap.
COLUMNS = 116


class Failed(Exception):
    """A sentence that says why."""


def playbook() -> str:
    """The first playbook of README, without its connection, which comes from the environment."""
    readme = (ROOT / "README.md").read_text("utf-8")
    first = re.search(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    if first is None:
        raise Failed("README.md has no playbook.")
    return re.sub(r"^  module_defaults:\n(?: {4}.*\n)+", "", first.group(1), flags=re.MULTILINE)


def changed(text: str) -> str:
    """The playbook of somebody who wants the job otherwise."""
    for old, new in CHANGED.items():
        if text.count(old) != 1:
            raise Failed(f"README's first playbook does not have {old!r} once.")
        text = text.replace(old, new)
    return text


def captured() -> list[str]:
    """What each command prints, with its colours."""
    with tempfile.TemporaryDirectory() as name, Emulator() as em:
        folder = Path(name)
        em.switches["run_length"] = "0s"
        env = environment({"host": em.host, "port": em.port, "ca_file": str(em.ca_file)}, folder)
        env["ANSIBLE_FORCE_COLOR"] = "1"
        env.pop("NO_COLOR", None)

        def run(command: str) -> str:
            program, *arguments = command.split()
            done = subprocess.run(
                [str(BIN / program), *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Failed(f"{command} failed: {done.stdout}{done.stderr}")
            return done.stdout

        wanted = playbook()
        (folder / "before.yml").write_text(changed(wanted), "utf-8")
        (folder / "web_shop.yml").write_text(wanted, "utf-8")
        run("ansible-playbook before.yml")
        return [run(command) for command in COMMANDS]


def screen(outputs: list[str]) -> Text:
    """The whole terminal, from the first prompt to the last."""
    text = Text()
    for command, output in zip(COMMANDS, outputs):
        text.append("$ ", style="bold green").append(f"{command}\n", style="bold")
        text.append_text(Text.from_ansi(re.sub(r"\n{2,}", "\n\n", output).rstrip("\n"))).append("\n\n")
    return text.append("$", style="bold green")


def drawn(text: Text) -> str:
    """The terminal as SVG, which loads nothing from anywhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(text)
    svg = console.export_svg(title=TITLE, theme=MONOKAI, unique_id="run")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def words(svg: str) -> list[str]:
    """The lines that the picture shows, with single blanks."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for x, number, content in re.findall(r'<text [^>]*?\bx="([\d.]+)"[^>]*?#run-line-(\d+)\)">(.*?)</text>', svg):
        lines.setdefault(int(number), []).append((float(x), html.unescape(content)))
    joined = ("".join(part for _x, part in sorted(lines[number])) for number in sorted(lines))
    return [line for line in (" ".join(line.split()) for line in joined) if line]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the words of the picture with a run")
    check = parser.parse_args().check
    try:
        made = drawn(screen(captured()))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    if not check:
        PICTURE.write_text(made, "utf-8")
        return 0
    shown = words(PICTURE.read_text("utf-8")) if PICTURE.exists() else []
    difference = list(difflib.unified_diff(shown, words(made), "docs/run.svg", "a run of today", lineterm=""))
    if difference:
        print("\n".join([*difference, "Draw it anew: make pictures"]), file=sys.stderr)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
