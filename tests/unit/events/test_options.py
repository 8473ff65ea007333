# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the event source: bad ones are refused in one sentence that names the option."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._events.options import settings
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError

GIVEN = {"hostname": "em.example.test", "username": "EM01\\svc", "password": "Passw0rd!"}
GUID = "5b0d6c1e-3c1d-4c7f-9d57-0f7d7a8f2a10"


def test_defaults() -> None:
    chosen = settings(GIVEN)
    assert (chosen.interval, chosen.jobs, chosen.results, chosen.start_from) == (60, None, None, None)
    assert chosen.kinds == {"job", "agent", "nas"}
    assert chosen.server == "em.example.test:9398"


@pytest.mark.parametrize(("given", "seconds"), [(30, 30), ("5m", 300), ("1h", 3600)])
def test_the_interval_is_a_duration(given: t.Any, seconds: int) -> None:
    assert settings({**GIVEN, "interval": given}).interval == seconds


def test_jobs_are_named_in_any_way() -> None:
    jobs = [
        "Berlin, Mitte",
        GUID.upper(),
        f"urn:veeam:AgentBackupJob:{GUID}",
        f"https://x:9398/api/nas/jobs/{GUID}?a=b",
    ]
    assert settings({**GIVEN, "jobs": jobs}).jobs == {"Berlin, Mitte", GUID}


def test_what_ansible_rulebook_adds_is_not_ours() -> None:
    assert settings({**GIVEN, "eda_feedback_queue": object()}).interval == 60


def test_a_moment_that_yaml_has_read() -> None:
    moment = datetime.datetime(2026, 1, 5, 10, tzinfo=datetime.timezone.utc)
    assert settings({**GIVEN, "start_from": moment}).start_from == moment.timestamp()


def test_the_environment_has_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    for option, value in GIVEN.items():
        monkeypatch.setenv(f"VEEAM_EM_{option.upper()}", value)
    assert settings({}).connection.credentials.username == "EM01\\svc"


@pytest.mark.parametrize(
    ("given", "begin"),
    [
        ({"interval": "soon"}, "interval: soon is not a duration."),
        ({"interval": 0}, "interval: has to be longer than 0"),
        ({"interval": "2d"}, "interval: 2d is longer than a day"),
        ({"intervall": 60}, "intervall: is not an option of this event source; it has "),
        ({"results": ["Bad"]}, "value of results must be one or more of: Success, Warning, Failed."),
        ({"kinds": {"job": 1}}, "kinds: "),
        ({"jobs": [None]}, "jobs: "),
        ({"jobs": ["a\nb"]}, "jobs: "),
        ({"start_from": "2026-01-05T10:00:00"}, "start_from: 2026-01-05T10:00:00 does not say in which time zone."),
        ({"start_from": "yesterday"}, "start_from: yesterday is not a moment."),
        ({"hostname": None}, "hostname: is missing"),
        ({"hostname": "https://em01"}, "hostname: https://em01 contains a scheme"),
        ({"password": None}, "password: is missing"),
        ({"password": "x\n"}, "password: "),
    ],
)
def test_a_bad_argument_is_one_sentence(given: dict[str, t.Any], begin: str) -> None:
    with pytest.raises(OptionError) as raised:
        settings({**GIVEN, **given})
    assert raised.value.msg.startswith(begin), raised.value.msg
    assert "Passw0rd" not in raised.value.msg and "\n" not in raised.value.msg
    assert raised.value.msg.endswith(".")
