# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Importing this collection's own files as Python imports any other: compiled once, and without looking for garbage.

Ansible's loader compiles every file of a collection again in each run, which takes as long as the libraries do.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.machinery
import sys
import typing as t

_OWN = "ansible_collections.backupops.veeam.plugins."
_SOURCES = (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES)


class _AsUsual:
    """Finds them in the folder of their package, as Python does; it leaves bytecode in __pycache__ if it may."""

    def __init__(self) -> None:
        self._folders: dict[str, importlib.machinery.FileFinder] = {}

    def find_spec(self, name: str, path: t.Any = None, target: t.Any = None) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith(_OWN) or "." not in name[len(_OWN) :]:
            return None
        for folder in path or ():
            if folder not in self._folders:
                # Not PathFinder: for these folders it asks Ansible's loader.
                self._folders[folder] = importlib.machinery.FileFinder(folder, _SOURCES)
            found = self._folders[folder].find_spec(name)
            if found is not None:
                return found
        return None


@contextlib.contextmanager
def quickly() -> t.Iterator[None]:
    """Around imports. What is imported stays, so to search it for garbage would take half as long again for nothing."""
    collects = gc.isenabled()
    gc.disable()
    finder = _AsUsual()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if collects:
            # All of that is new, so that the next search would go through it.
            gc.freeze()
            gc.enable()
