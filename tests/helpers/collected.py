# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of veeam_backup_server in memory, on a server whose collections of data are given."""

from __future__ import annotations

import copy
import importlib.resources
import typing as t

import yaml
from ansible_collections.backupops.veeam.plugins.modules.veeam_backup_server import MODULE

from helpers.cast import VBR01
from helpers.emulated_jobs import Emulated, Ended

DEMO = yaml.safe_load((importlib.resources.files("veeam_em_emulator") / "states" / "demo.yml").read_text("utf-8"))


def world(product: str = "13", past: t.Sequence[dict[str, t.Any]] = (), **switches: t.Any) -> Emulated:
    """past: collections before the run, the only ones there are."""
    state = copy.deepcopy(DEMO)
    state["system_sessions"] = list(past)
    return Emulated(MODULE, product=product, switches=switches, state=state)


def collect(emulated: Emulated, **options: t.Any) -> Ended:
    return emulated.run(backup_server=VBR01, **options)


def collections(emulated: Emulated) -> list[t.Any]:
    return [session for session in emulated.em.system_sessions() if session.session_type == "CollectJob"]
