# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.backupops.veeam.plugins.plugin_utils._action import VeeamAction, module_of


class ActionModule(VeeamAction):
    """Runs the module of the same name."""

    own = module_of(__name__)
