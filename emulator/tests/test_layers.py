# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of the emulator are arrows in one direction, and no file comes back to itself inside one either."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import veeam_em_emulator

PACKAGE = Path(veeam_em_emulator.__file__).parent
#: From below: each may import what stands before it, and itself.
FOLDERS = ("wire", "tester", "estate", "work", "resources", "query", "api", "pipeline", "doors", "control")
#: These stand on all of them.
ON_TOP = {"emulator", "cli", "__init__", "__main__"}


def name_of(path: Path) -> str:
    """``estate.jobs`` for ``estate/jobs.py``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(source: str, name: str, files: Mapping[str, object]) -> set[str]:
    """The files of the emulator that this one imports, wherever in it, also for the type checker alone."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = name.split(".")[: -node.level]
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inside = f"{base}.{alias.name}".lstrip(".")
                found.add(inside if inside in files else base)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found |= {item for item in named if item.partition(".")[0] == PACKAGE.name}
    return found


def wrong_ways(name: str, imported: set[str]) -> set[str]:
    """The imports that go against the arrows, and those of this package by its whole name."""
    folder = name.partition(".")[0]
    if folder in ON_TOP:
        allowed = {*FOLDERS, *ON_TOP}
    else:
        allowed = set(FOLDERS[: FOLDERS.index(folder) + 1])
    return {item for item in imported if item.partition(".")[0] not in allowed}


GRAPH = {name: imports(path.read_text(encoding="utf-8"), name, FILES) for name, path in FILES.items()}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def lines() -> Iterator[tuple[str, str]]:
    for name, imported in GRAPH.items():
        for item in imported:
            yield name, item


def test_a_wrong_way_is_found() -> None:
    assert wrong_ways("estate.jobs", imports("def f():\n    from ..work.runs import Runs", "estate.jobs", FILES))
    assert wrong_ways("wire.types", imports("from .. import emulator", "wire.types", FILES)) == {"emulator"}
    assert wrong_ways("api.jobs", imports("import veeam_em_emulator.cli", "api.jobs", FILES))
    assert not wrong_ways("api.jobs", imports("from ..query import paging\nfrom . import common", "api.jobs", FILES))
    typing = "if TYPE_CHECKING:\n    from .runs import Runs"
    assert imports(typing, "work.backups", FILES) == {"work.runs"}
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()})) == {"a", "b", "c"}


def test_every_folder_has_its_place() -> None:
    assert {name.partition(".")[0] for name in FILES} == {*FOLDERS, *ON_TOP}
    assert sum(1 for _line in lines()) > 200


@pytest.mark.parametrize("name", GRAPH)
def test_folders_are_arrows_in_one_direction(name: str) -> None:
    assert wrong_ways(name, GRAPH[name]) == set(), f"{' <- '.join(FOLDERS)}, see emulator/README.md"


def test_no_file_comes_back_to_itself() -> None:
    assert circle(GRAPH) == []
