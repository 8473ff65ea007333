# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events of backup jobs for ansible-rulebook: one for each session of a job that has ended."""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib
import importlib.machinery
import importlib.util
import logging
import sys
import typing as t
from pathlib import Path

DOCUMENTATION = r"""
---
short_description: One event for each session of a backup job that has ended in Veeam Backup Enterprise Manager
description:
  - Polls Enterprise Manager, which cannot notify anybody, and tells of each session of a job that has ended, once each,
    whatever its result. It remembers ids, not times, so that sessions that show late, or end in the same instant, are
    told too.
  - The sessions of single computers of an agent job and of the workers of copy jobs are not events of their own.
    Sessions of replication and of backup copy jobs are of kind V(job).
  - If nothing could be read for longer than 15 minutes, that is an event of its own, C(missed), and so is its end.
    Nothing is lost by that, unless Enterprise Manager itself has forgotten it meanwhile.
  - A poll that fails does not end the source; a refused password does. It logs out when it is ended.
  - It needs C(ansible-core), C(requests) and C(lxml) in the Python of C(ansible-rulebook).
options:
  hostname:
    description:
      - Host name or address of Enterprise Manager, without a scheme, a path or a port.
      - Connection options that the modules take from environment variables come from the same variables here, such as
        E(VEEAM_EM_HOSTNAME).
    type: str
    required: true
  port:
    description: Port of the REST API.
    type: int
    default: 9398
  username:
    description: Account; the role Portal User is enough.
    type: str
  password:
    description: Password of the account. Best from E(VEEAM_EM_PASSWORD), or a variable of the rulebook.
    type: str
  session_id:
    description: Token of a logon session that is open already. When that session ends, the source ends.
    type: str
    aliases: [session_token]
  validate_certs:
    description: Check the certificate of Enterprise Manager.
    type: bool
    default: true
  ca_path:
    description: File or folder with the CA certificates to trust, and no others.
    type: path
  use_proxy:
    description: Honour the proxy variables of the environment.
    type: bool
    default: true
  timeout:
    description: Bound in seconds on connecting and on every pause between two bytes of one HTTP request.
    type: float
    default: 30
  api_version:
    description: Version of the REST API to ask for.
    type: str
    choices: [latest, v1_5, v1_6, v1_7]
    default: latest
  media_type:
    description: Format on the wire. Events are the same.
    type: str
    choices: [xml, json]
    default: xml
  max_response_size:
    description: Bound in MiB on one answer, decompressed.
    type: int
    default: 64
  interval:
    description: Pause between two polls, in seconds, or as text such as V(5m). At most a day.
    type: str
    default: "60"
  jobs:
    description: Only sessions of these jobs, each by name, ID, UID or href. Names are compared exactly.
    type: list
    elements: str
  results:
    description: Only sessions with one of these results.
    type: list
    elements: str
    choices: [Success, Warning, Failed]
  kinds:
    description: Only sessions of these kinds of jobs.
    type: list
    elements: str
    choices: [job, agent, nas]
    default: [job, agent, nas]
  start_from:
    description:
      - V(now), or a moment in ISO 8601 with C(Z) or an offset, in quotes, such as V(2026-01-08T14:31:07Z). What ended
        since then is told.
      - Counts only where O(state_file) is not given, or is not there yet.
    type: str
    default: now
  state_file:
    description:
      - File that remembers over restarts what was told. Its folder has to be there. Each source needs a file of its
        own.
    type: path
"""

EXAMPLES = r"""
- name: Backups
  hosts: all
  sources:
    - backupops.veeam.sessions:
        hostname: em01.example.test
        username: EM01\svc-events
        password: "{{ em_password }}"
        results: [Failed]
        state_file: /var/lib/rulebook/em01.json
  rules:
    - name: A backup has failed
      condition: event.session.result == "Failed"
      action:
        debug:
          msg: "{{ event.job.name }} failed: {{ event.session.reasons }}"
"""

LOGGER = logging.getLogger(__name__)
_PACKAGE = "backupops_veeam_of_event_source"


class SourceError(Exception):
    """Why the source cannot begin, or go on: one sentence."""


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Put events into the queue until cancelled."""
    loop = asyncio.get_running_loop()
    handed: list[concurrent.futures.Future[None]] = []

    def tell(event: dict[str, t.Any]) -> None:
        # Blocks the source's own thread for as long as rules take.
        handed[:] = [asyncio.run_coroutine_threadsafe(queue.put(event), loop)]
        if sessions.is_stopping:
            # Whoever stopped it may have looked before this one was there to be cancelled.
            handed[0].cancel()
        try:
            handed[0].result()
        except concurrent.futures.CancelledError:
            raise sessions.stopped() from None

    client = _client()
    try:
        sessions = client.Sessions(args, tell, LOGGER.warning)
    except client.VeeamError as error:
        raise SourceError(error.msg) from None
    with concurrent.futures.ThreadPoolExecutor(1, "veeam-sessions") as thread:
        running = loop.run_in_executor(thread, sessions.run)
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            sessions.stop()
            for under_way in handed:
                under_way.cancel()
            # The logout is on its way; the thread is over when that is done.
            await asyncio.wait([running])
            raise
        except client.VeeamError as error:
            raise SourceError(error.msg) from None


def _client() -> t.Any:
    """The client of the collection that this file is in.

    ansible-rulebook runs this file by its path, so that it can import nothing relatively, and has no finder for
    ansible_collections. So the folder plugins, of this very copy, becomes a package of a name of its own.
    """
    folder = str(Path(__file__).resolve().parents[4] / "plugins")
    known = sys.modules.get(_PACKAGE)
    if known is None or list(known.__path__) != [folder]:
        for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]
        spec = importlib.machinery.ModuleSpec(_PACKAGE, None, is_package=True)
        spec.submodule_search_locations = [folder]
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module(f"{_PACKAGE}.module_utils._events.main")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "ansible":
            raise SourceError(
                f"ansible-core is missing in the Python of ansible-rulebook; install it there: {sys.executable} -m pip "
                "install ansible-core"
            ) from None
        raise
