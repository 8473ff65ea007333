# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of a module says of its result, to hold real results against."""

from __future__ import annotations

import importlib
from typing import Any

import yaml


def undocumented(module: str, result: dict[str, Any]) -> list[str]:
    """The keys of a result, those within keys too, that the documentation does not name."""
    file = importlib.import_module("ansible_collections.backupops.veeam.plugins.modules." + module)
    own = {key: value for key, value in result.items() if not key.startswith("_")}
    for key in ("invocation", "warnings", "deprecations", "failed", "exception"):
        own.pop(key, None)
    return _unknown(own, yaml.safe_load(file.RETURN), "")


def _unknown(value: Any, described: dict[str, Any], place: str) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _unknown(item, described, place)]
    if not isinstance(value, dict):
        return []
    missing = [place + key for key in value if key not in described]
    for key, entry in described.items():
        if key in value and "contains" in entry:
            missing += _unknown(value[key], entry["contains"], place + key + ".")
    return missing
