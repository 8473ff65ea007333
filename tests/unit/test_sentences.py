# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences about what the server leaves out: they have to read well then, too."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.reference import says_unknown
from ansible_collections.backupops.veeam.plugins.module_utils._failover import plan as failover
from ansible_collections.backupops.veeam.plugins.module_utils._failover.options import FailoverRequest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Refused, VeeamError, counted
from ansible_collections.backupops.veeam.plugins.module_utils._machine.pick import when
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import seconds
from ansible_collections.backupops.veeam.plugins.module_utils._quick_backup.plan import age_in_words
from ansible_collections.backupops.veeam.plugins.module_utils._resources.replica import ReplicaPoint
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_point import RestorePoint
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.files import sentence_on
from helpers.sentences import slips

REPLICA_POINT = ReplicaPoint("id", "web01", "web01", None, None, None, None, None, None, None)
POINT = RestorePoint("id", "web01", "web01", None, None, None, None, True, None, None, None)


def raised(call: t.Callable[..., t.Any], *arguments: t.Any) -> str:
    with pytest.raises(VeeamError) as error:
        call(*arguments)
    return error.value.msg


def no_replica_point_has_a_moment() -> str:
    request = FailoverRequest(None, "web01", None, None, None, None, "join", "")
    return raised(failover.pick_point, request, [REPLICA_POINT], 0.0)


def an_unknown_id_without_a_reason() -> str:
    return says_unknown("job: there is no job", Refused("x", "GET /api/jobs/1", 404)).msg


def a_machine_without_a_name() -> str:
    return str(sentence_on([{"name": None, "ref": "vm-7", "status": "unknown", "reason": "no inventory"}], ["unknown"]))


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (f"the replica point of {when(REPLICA_POINT)}", "of an unknown time"),
        (f"the restore point of {when(POINT)}", "of an unknown time"),
        (age_in_words(POINT, 0.0), "of an unknown time"),
        (no_replica_point_has_a_moment(), "it has 1, the newest from an unknown time."),
        (an_unknown_id_without_a_reason(), "there is no job with id 1."),
        (a_machine_without_a_name(), "not as wanted: vm-7 is unknown"),
        (f"Cloned 1 of {counted(1, 'job')}", "1 of 1 job"),
        (f"Cloned 1 of {counted(2, 'job')}", "1 of 2 jobs"),
    ],
)
def test_what_is_left_out_leaves_no_gap(sentence: str, said: str) -> None:
    assert said in sentence
    assert slips({"msg": sentence}) == []


def test_what_is_no_number_of_seconds_is_said_to_be_none() -> None:
    assert "timeout: inf is not a number of seconds." in raised(seconds, {"timeout": "inf"}, "timeout")


@pytest.mark.parametrize(
    "slip",
    [
        "its point of of an unknown time",
        "with id 1: .",
        "1 of 1 jobs",
        "job None",
        "on backup server backup server x",
        "a  b",
    ],
)
def test_what_counts_as_a_slip(slip: str) -> None:
    assert slips({"msg": slip}) == [slip]
    assert slips({"msg": "fine", "results": [{"msg": slip}]}, [slip]) == [slip, slip]
    assert slips({"msg": f'"{slip}" is a name.'}) == []
