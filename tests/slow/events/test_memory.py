# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event source keeps in memory, over 100,000 events."""

from __future__ import annotations

import gc
import tracemalloc
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._events import source as sources_under_test
from ansible_collections.backupops.veeam.plugins.module_utils._events.options import settings
from ansible_collections.backupops.veeam.plugins.module_utils._events.source import Source
from ansible_collections.backupops.veeam.plugins.module_utils._events.state_file import State
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_session import BACKUP_SESSION, JobSession
from helpers.flows import drive


def test_memory_does_not_grow_over_100_000_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred polls of a thousand sessions each, a day apart."""
    every, polls, count = 86400.0, 100, 1000
    now = [1_767_607_200.0]
    disk: list[State] = []
    events = [0]

    class Session:
        token, secrets, is_hopeless, is_given = "token", ["Passw0rd!"], False, False

        def logged_on(self, flow: Flow[None]) -> Flow[None]:
            return (yield from flow)

    class Server:
        def __init__(self, *unused: t.Any) -> None:
            self.session, self.em = Session(), None

    class Store:
        def load(self) -> None:
            return None

        def save(self, state: State) -> None:
            disk[:] = [state]

    def ended_since(_em: t.Any, kind: t.Any, _since: float, take: t.Callable[[t.Any], Flow[None]]) -> Flow[None]:
        if kind is BACKUP_SESSION:
            end = moments.write(now[0])
            yield from take(
                [
                    JobSession(
                        f"{now[0]:.0f}-{number}", kind, None, "web", "Stopped", "Success", 100, end, end, False,
                        job_type="Backup",
                    )
                    for number in range(count)
                ]
            )  # fmt: skip

    monkeypatch.setattr(sources_under_test, "Server", Server)
    monkeypatch.setattr(sources_under_test, "ended_since", ended_since)

    def tell(_event: dict[str, t.Any]) -> None:
        events[0] += 1

    chosen = settings(
        {"hostname": "em", "username": "u", "password": "Passw0rd!", "start_from": "2026-01-01T00:00:00Z"}
    )
    source = Source(chosen, tell, str, lambda: now[0], lambda: now[0], t.cast(t.Any, Store()))
    sizes: list[tuple[int, int]] = []

    def perform(_effect: t.Any) -> None:
        now[0] += every
        if events[0] in (count * (polls - 4), count * polls):
            gc.collect()
            sizes.append((len(disk[0].memories[BACKUP_SESSION.name]), tracemalloc.get_traced_memory()[0]))
        if events[0] == count * polls:
            raise Interrupted(15, "SIGTERM")
        if events[0] == count * (polls - 10):
            # What it notes takes its time, so it only looks at the end.
            tracemalloc.start()

    try:
        with pytest.raises(Interrupted):
            drive(source.flow(), perform)
    finally:
        tracemalloc.stop()
    (before, bytes_before), (after, bytes_after) = sizes
    assert events[0] == count * polls
    # Three days of sessions, however long it has run.
    assert before == after <= 5 * count
    assert bytes_after - bytes_before < 200_000
