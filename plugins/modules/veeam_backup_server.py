#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_backup_server
short_description: Let Veeam Backup Enterprise Manager read a backup server now
version_added: 1.2.0
description:
  - Enterprise Manager is a cache. It reads its backup servers from time to time, every 15 minutes by default, so what
    somebody made or changed at a backup server a moment ago may not be known yet.
  - This module lets it read a backup server now, and waits until that has ended. After it, other tasks see what there
    is on the server.
  - The role Portal User is enough. Veeam does not say whether that role also sees when a collection has ended. If it
    does not, nothing is asked for, and the message names the role that does.
author:
  - backupops.veeam contributors (@backupops)
options:
  backup_server:
    description:
      - The backup server, by name, ID, UID (C(urn:veeam:BackupServer:...)) or href.
    type: str
    required: true
  state:
    description:
      - V(collected) is the only one. Enterprise Manager has read the backup server.
    type: str
    choices: [collected]
    default: collected
  not_older_than:
    description:
      - If Enterprise Manager has read the backup server within this time, and that ended well or with a warning,
        nothing is done. A number of seconds, or a whole number with a unit, such as V(15m) or V(1h).
      - If not given, it reads the server in any case. Before version 12 it always does, because those versions do not
        tell when a server was read.
    type: str
  wait:
    description:
      - Wait until the server has been read. If V(false), the task ends once Enterprise Manager has taken the request.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum time in seconds for the whole task. A collection that is under way when the time is up goes on.
    type: float
    default: 900
  poll_interval:
    description:
      - Maximum pause in seconds between two looks at the collection. The first pauses are shorter and grow.
    type: float
    default: 5
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
attributes:
  check_mode:
    support: full
    details:
      - Everything is read, nothing is written but logon and logout. Predicts whether the server would be read.
  diff_mode:
    support: none
    details:
      - What a collection brings is not known before.
  idempotent:
    support: partial
    details:
      - With O(not_older_than), from version 12 on. Without it, every run lets the server be read.
notes:
  - Before version 12, Enterprise Manager does not tell when a collection has ended. The task then ends once the request
    was taken, and RV(msg) says so.
  - A collection that was under way before the request does not count, because what it has read may be older.
  - Reading a backup server once more does no harm, so a request whose answer is lost is sent up to three times in all.
  - A collection may read all backup servers. If it ends with a warning, the task warns, and RV(session.events) has what
    Enterprise Manager says of each.
seealso:
  - module: backupops.veeam.veeam_backup_server_info
  - name: Enterprise Manager REST API reference
    description: The request that starts a collection.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_backupservers_id_collect.html
"""

EXAMPLES = r"""
# All examples take the connection from VEEAM_EM_HOSTNAME, VEEAM_EM_USERNAME and VEEAM_EM_PASSWORD.

- name: What was changed at the console a moment ago is to be known
  backupops.veeam.veeam_backup_server:
    backup_server: vbr01.example.test
    state: collected

- name: The same, unless that was done within the last five minutes
  backupops.veeam.veeam_backup_server:
    backup_server: vbr01.example.test
    state: collected
    not_older_than: 5m
"""

RETURN = r"""
changed:
  description: Whether the server was read, or may have been. In check mode, whether it would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed.
  returned: always
  type: str
  sample: Enterprise Manager has read backup server "vbr01.example.test".
backup_server:
  description: The backup server.
  returned: when it was found
  type: dict
  contains:
    name:
      description: Name of the backup server.
      type: str
      sample: vbr01.example.test
    id:
      description: ID of the backup server.
      type: str
      sample: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    href:
      description: Href of the backup server.
      type: str
      sample: https://em01.example.test:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
session:
  description:
    - The collection in which it was read. Null if O(wait) is false, before version 12, and in check mode if it would be
      read.
    - A failed result has it too, if one was found.
  returned: when the backup server was found
  type: dict
  contains:
    id:
      description: ID of the session.
      type: str
      sample: 073e45ad-cde7-4dc2-b0cd-5373be82f536
    uid:
      description: UID of the session.
      type: str
      sample: urn:veeam:SystemSession:073e45ad-cde7-4dc2-b0cd-5373be82f536
    href:
      description: Href of the session.
      type: str
      sample: https://em01.example.test:9398/api/systemSessions/073e45ad-cde7-4dc2-b0cd-5373be82f536
    type:
      description: Its type, which is V(CollectJob).
      type: str
      sample: CollectJob
    state:
      description: V(InProgress), V(CompletedSuccessfully), V(CompletedWarning) or V(Failed).
      type: str
      sample: CompletedSuccessfully
    start:
      description: When it began, UTC.
      type: str
      sample: '2026-01-05T11:00:03.418220Z'
    end:
      description: When it ended, UTC. Null while it runs.
      type: str
      sample: '2026-01-05T11:00:27.905114Z'
    events:
      description: What Enterprise Manager noted in it, in its order. Empty if it has not ended.
      type: list
      elements: str
      sample: [Data collection from vbr01.example.test completed successfully.]
retries:
  description: How many requests were tried again after a failure; a warning names each.
  returned: always
  type: int
  sample: 0
error:
  description: What the server or the connection said.
  returned: failure that came from the server or the connection
  type: dict
  contains:
    request:
      description: Method and path of the request.
      type: str
      sample: GET /api/systemSessions/073e45ad-cde7-4dc2-b0cd-5373be82f536
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 200
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: Access denied
"""

from ansible_collections.backupops.veeam.plugins.module_utils._backup_server.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._backup_server.run import flow
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
