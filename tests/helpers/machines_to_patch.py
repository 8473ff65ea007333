# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that were backed up the last two nights, and roles that change them in the emulator."""

from __future__ import annotations

import sys
from typing import Any

from .cast import PASSWORD, USERNAME, VBR01

MACHINES = ("web01", "web02", "app01", "db01")
VCENTER = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"


def ref(name: str) -> str:
    return f"urn:VMware:Vm:{VCENTER}.vm-{100 + MACHINES.index(name)}"


STATE: dict[str, Any] = {
    "backup_servers": [{"name": VBR01}],
    "repositories": [{"name": "Default"}],
    "accounts": [{"user": USERNAME, "password": PASSWORD, "role": "Portal Administrator"}],
    "hierarchy_roots": [
        {
            "name": "vcenter01.example.test",
            "id": VCENTER,
            "backup_server": VBR01,
            "unique_id": "11111111-2222-4333-8444-555555555555",
            "objects": [{"name": name, "ref": ref(name)} for name in MACHINES],
        }
    ],
    "jobs": [
        {
            "name": "Shop",
            "type": "Backup",
            "platform": "VMware",
            "repository": "Default",
            "objects": [{"name": name, "ref": ref(name)} for name in MACHINES],
        }
    ],
    "sessions": [
        {"job": "Shop", "created": created, "length": "600s"}
        for created in ("2026-01-03T22:00:00Z", "2026-01-04T22:00:00Z")
    ],
    "switches": {"run_length": "0s", "restore_length": "0s"},
}


#: Changes a machine in the emulator; then it fails on some, and of others it cuts the connection.
_PATCH = [
    {
        "ansible.builtin.uri": {
            "url": "https://{{ lookup('env', 'VEEAM_EM_HOSTNAME') }}:{{ lookup('env', 'VEEAM_EM_PORT') }}"
            "/_emulator/machines/{{ veeam_ref | default(inventory_hostname) }}",
            "method": "PATCH",
            "body": {"data": "patched"},
            "body_format": "json",
            "ca_path": "{{ lookup('env', 'VEEAM_EM_CA_PATH') }}",
        }
    },
    {
        "ansible.builtin.fail": {"msg": "the patch failed on {{ inventory_hostname }}"},
        "when": "inventory_hostname in patch_fails | default([])",
    },
    {
        "when": "inventory_hostname in patch_cuts_off | default([])",
        "block": [
            {"ansible.builtin.set_fact": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}},
            {"ansible.builtin.ping": {}},
        ],
    },
    # a role may have nothing more to do for a machine
    {"ansible.builtin.meta": "end_host", "when": "inventory_hostname in patch_ends | default([])"},
]
_CHECK = [
    {
        "ansible.builtin.fail": {"msg": "{{ inventory_hostname }} does not work"},
        "when": "inventory_hostname in check_fails | default([])",
    }
]
#: Files of a project with the roles patch and check, and a playbook of the first.
PROJECT: dict[str, Any] = {
    "roles/patch/tasks/main.yml": _PATCH,
    "roles/check/tasks/main.yml": _CHECK,
    "patch.yml": [{"hosts": "all", "gather_facts": False, "roles": ["patch"]}],
}
#: The hosts of an inventory, each with its variables.
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
HOSTS: dict[str, Any] = dict.fromkeys(MACHINES, HERE)
