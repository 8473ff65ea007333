# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cast: names, ids and passwords of the state that the emulator ships (states/demo.yml), and of the unit tests."""

from __future__ import annotations

USERNAME, PASSWORD = "EM01\\svc-ansible", "Passw0rd!"

VBR01, VBR02 = "vbr01.example.test", "vbr02.example.test"
VBR01_ID, VBR02_ID = "3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61", "8a6d0e52-7b19-4f3a-8c26-0f9e8d7c6b52"
GOLD, GOLD_ID = "TPL Gold", "5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8"
REPLICA, REPLICA_ID = "TPL Replica", "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
SILVER_ON_VBR02_ID = "8e204c6a-d719-4f35-a0b8-2c4e6081ad3f"
DEFAULT_REPOSITORY = "Default Backup Repository"
DEFAULT_REPOSITORY_ON_VBR01_ID = "b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"
DEFAULT_REPOSITORY_ON_VBR02_ID = "0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"
S3, S3_ID = "S3 Offsite", "d2f1e0c9-b8a7-4696-8574-635241302f1e"
#: A GUID that nothing has.
UNKNOWN_ID = "00000000-1111-4222-8333-444444444444"
#: Jobs of agents, of this name on both servers, and of file shares.
AGENTS, AGENTS_ID = "Agents Daily", "88f3aa92-463a-48b9-854a-d5b6bb2520f9"
POLICY = "Laptops Policy"
SHARES, SHARES_ID = "Home Shares", "d75c56e5-5b44-42e2-8535-f52c33c08543"
FAST_REPOSITORY = "Fast Repository"


def other_id(number: int) -> str:
    """One of many GUIDs that nothing of the cast has."""
    return "22222222-aaaa-4bbb-8ccc-%012d" % number
