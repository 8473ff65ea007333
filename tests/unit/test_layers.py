# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folders of the client are arrows in one direction, and a library has one file that knows it."""

from __future__ import annotations

import ast
import functools
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport as _transport

MODULE_UTILS = Path(_transport.__file__).parent.parent
PACKAGE = "ansible_collections.backupops.veeam.plugins.module_utils."
FILES = sorted(MODULE_UTILS.rglob("*.py"))
#: What each folder may import from beside itself. Folders that are not here are modules' own: see allowed().
BELOW = {
    "_http": set[str](),
    "_em": {"_http"},
    "_resources": {"_http", "_em"},
    "_module": {"_http", "_em", "_resources"},
    "_machine": {"_http", "_em", "_resources", "_module"},
}
#: Folders of modules that stand on that of another module, on purpose.
STANDS_ON = {"_job": {"_clone"}, "_inventory": {"_protection"}}
#: The files that know a library: lxml is known where documents are read and written, as a whole and block by block.
OWNER = {"requests": ["_http/transport.py"], "urllib3": ["_http/transport.py"], "lxml": ["_em/tree.py", "_em/wire.py"]}
#: Where it is only asked whether the library is there at all.
ONLY_LOOKS = {("_http/transport.py", "lxml")}


def allowed(folder: str) -> set[str]:
    if folder in BELOW:
        return BELOW[folder]
    return {*BELOW, *STANDS_ON.get(folder, ())}


@functools.cache
def nodes(source: str) -> list[ast.AST]:
    """Many tests read the same files."""
    return list(ast.walk(ast.parse(source)))


@functools.cache
def imports(source: str, folder: str) -> set[str]:
    """The modules that a file in this folder imports, those of module_utils as folder.file."""
    found = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            if node.level == 1:
                name = f"{folder}.{name}"
            found.add(name.removeprefix(PACKAGE))
    return found


def wrong_ways(source: str, folder: str) -> set[str]:
    """The imports of this file that go against the arrows."""
    folders = {path.name for path in MODULE_UTILS.iterdir() if path.is_dir()}
    beside = {name for name in imports(source, folder) if name.partition(".")[0] in folders - {folder}}
    return {name for name in beside if name.partition(".")[0] not in allowed(folder)}


def name_of(path: Path) -> str:
    return path.relative_to(MODULE_UTILS).as_posix()


def test_a_wrong_way_is_found() -> None:
    assert wrong_ways("from .._em.logon_session import LogonSession", "_http") == {"_em.logon_session"}
    assert wrong_ways("def f():\n    from .._module import run", "_em") == {"_module"}
    assert wrong_ways(f"from {PACKAGE}_clone import run", "_module") == {"_clone"}
    assert wrong_ways("from .._http import errors\nfrom . import wire", "_em") == set()
    assert wrong_ways("from .._em import wire", "_clone") == set()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_folders_are_arrows_in_one_direction(path: Path) -> None:
    wrong = wrong_ways(path.read_text(), path.parent.name)
    assert not wrong, (
        "{} imports {}: _http <- _em <- _resources <- _module <- a module's own folder, see docs/developers.md".format(
            name_of(path),
            ", ".join(sorted(wrong)),
        )
    )


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Names along the arrows that come back to the first of them; empty where there is no such way."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return way[way.index(name) :]
        if name in done:
            return []
        for below in sorted(arrows.get(name, ())):
            found = walk(below, [*way, name])
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := walk(name, []))), [])


def arrows_inside(folder: Path) -> dict[str, set[str]]:
    """File to the files beside it that it imports, also where only types are checked."""
    files = {path.stem: path for path in folder.glob("*.py") if path.stem != "__init__"}
    arrows = {}
    for name, path in files.items():
        found = set()
        for node in nodes(path.read_text()):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                named = [node.module] if node.module else [alias.name for alias in node.names]
                found |= {module for module in named if module in files}
        arrows[name] = found
    return arrows


#: What runs beside Ansible, and which of the folders of plugins each may import from. Folders of plugins that Ansible
#: finds by name know nothing of each other.
WORKER_SIDE = {
    "plugin_utils": {"module_utils", "plugin_utils"},
    **dict.fromkeys(("action", "lookup", "filter", "inventory", "test"), {"module_utils", "plugin_utils"}),
    "modules": {"module_utils"},
    "doc_fragments": set[str](),
}
PLUGINS = MODULE_UTILS.parent


def imported_plugins(source: str, here: str) -> set[str]:
    """The files of plugins that a file imports, as folder/file without an ending. here: its own folder, below plugins.

    A name that comes from a file and one that is a file itself look alike, so there are files in it that do not exist.
    """
    package = PACKAGE.removesuffix("module_utils.")
    found = set()
    for node in nodes(source):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = here.split("/")
            above = ".".join(parts[: len(parts) + 1 - node.level]) if node.level else ""
            base = f"{package}{above}." if node.level else ""
            names = [f"{base}{node.module}"] if node.module else []
            names += [f"{base}{node.module + '.' if node.module else ''}{alias.name}" for alias in node.names]
        found |= {name.removeprefix(package).replace(".", "/") for name in names if name.startswith(package)}
    return found


def plugin_name(path: Path) -> str:
    return path.relative_to(PLUGINS).with_suffix("").as_posix()


def test_imports_of_plugins_are_found() -> None:
    source = f"from {PACKAGE}_em import moments\nfrom . import page\nfrom ..x import y\nfrom .report import Report"
    assert imported_plugins(source, "plugin_utils/_report") == {
        "module_utils/_em", "module_utils/_em/moments", "plugin_utils/_report/page", "plugin_utils/x",
        "plugin_utils/x/y", "plugin_utils/_report/report", "plugin_utils/_report/report/Report",
    }  # fmt: skip


def test_every_folder_of_plugins_has_its_arrows() -> None:
    folders = {path.name for path in PLUGINS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {"module_utils", *WORKER_SIDE}


@pytest.mark.parametrize("folder", ["module_utils", *WORKER_SIDE])
def test_plugins_import_from_below_alone(folder: str) -> None:
    """module_utils is carried to other machines, where there is nothing else of the collection."""
    may = WORKER_SIDE.get(folder, {"module_utils"})
    wrong = {
        f"{plugin_name(path)} imports {name}"
        for path in sorted((PLUGINS / folder).rglob("*.py"))
        for name in imported_plugins(path.read_text(), path.parent.relative_to(PLUGINS).as_posix())
        if name.partition("/")[0] not in may
    }
    assert wrong == set()


def test_there_is_no_circle_in_the_worker_side() -> None:
    """plugin_utils and the plugins that stand on it, in whatever folder."""
    files = {plugin_name(path): path for folder in WORKER_SIDE for path in sorted((PLUGINS / folder).rglob("*.py"))}
    arrows = {
        name: imported_plugins(path.read_text(), path.parent.relative_to(PLUGINS).as_posix()) & set(files)
        for name, path in files.items()
    }
    assert arrows["plugin_utils/_report/page"] >= {"plugin_utils/_report/report"}
    assert circle(arrows) == []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("folder", sorted(path for path in MODULE_UTILS.iterdir() if path.is_dir()), ids=name_of)
def test_there_is_no_circle_inside_a_folder(folder: Path) -> None:
    assert circle(arrows_inside(folder)) == []


@pytest.mark.parametrize("library", sorted(OWNER))
def test_a_library_has_files_that_know_it(library: str) -> None:
    users = {
        name_of(path)
        for path in FILES
        if any(name.partition(".")[0] == library for name in imports(path.read_text(), path.parent.name))
    }
    assert users - {file for file, looked_for in ONLY_LOOKS if looked_for == library} == set(OWNER[library])


def words_of_the_server(source: str) -> list[str]:
    """Where a text speaks of Veeam; names in the code may, such as that of VeeamError."""
    return re.findall(r".*\bVeeam\b.*", source.partition('"""')[2])


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "_http"], ids=name_of)
def test_http_knows_no_veeam(path: Path) -> None:
    assert words_of_the_server(path.read_text()) == []


def formatted_texts(source: str) -> list[int]:
    """Lines where a text is formatted by % or format(): one that came from a server would be read as a format."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            text = isinstance(node.left, ast.JoinedStr) or (
                isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
            )
            if text or isinstance(node.right, ast.Tuple):
                found.append(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            found.append(node.lineno)
    return found


def test_a_formatted_text_is_found() -> None:
    source = 'a = "x %s" % y\nb = said % (y, z)\nc = said.format(y)\nd = f"{y}" % z\ne = seconds // 60 % 60\nf = f"{y}"'
    assert formatted_texts(source) == [1, 2, 3, 4]


@pytest.mark.parametrize("path", sorted(MODULE_UTILS.parent.rglob("*.py")), ids=lambda path: path.stem)
def test_texts_are_f_strings(path: Path) -> None:
    assert formatted_texts(path.read_text()) == []


def test_everything_is_private() -> None:
    """Nothing in module_utils is an interface for other collections."""
    wrong: list[t.Any] = [path for path in MODULE_UTILS.iterdir() if not path.name.startswith("_")]
    assert wrong == []
