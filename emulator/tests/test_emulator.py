# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python object: life, ports, several at once."""

from __future__ import annotations

import threading

import pytest
from veeam_em_emulator import Emulator

from .client import Api


def test_a_port_is_picked_and_kept() -> None:
    em = Emulator()
    assert em.port == 0
    with em:
        port = em.port
        assert port > 0
        assert em.url == f"https://127.0.0.1:{port}/api/"
        assert Api(em).log_on().status == 201
    with pytest.raises(ConnectionRefusedError):
        Api(em).get("/")
    # what happened can still be read, and it comes back where it was
    assert len(em.journal) == 1
    with em:
        assert em.port == port
        assert Api(em).get("/").status == 200


def test_start_and_stop_twice_are_harmless() -> None:
    em = Emulator()
    assert em.start() is em.start()
    em.stop()
    em.stop()


def test_a_port_that_is_taken(em: Emulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Emulator(port=em.port).start()


def test_several_at_once() -> None:
    with Emulator(product="12") as one, Emulator(product="13") as two:
        assert Api(one).log_on().status == 201
        assert (len(one.open_sessions()), len(two.open_sessions())) == (1, 0)


def test_unknown_product() -> None:
    with pytest.raises(ValueError, match="product '14' is not one of"):
        Emulator(product="14")


def test_ipv6() -> None:
    try:
        em = Emulator(host="::1").start()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with em:
        assert em.url.startswith("https://[::1]:")
        assert Api(em).get("/").status == 200


def test_faults_and_jobs_as_arguments() -> None:
    with Emulator(faults=[{"fault": "status", "code": 500}], jobs=2) as em:
        assert Api(em).get("/").status == 500
        assert len(em.jobs()) == 11
        assert [job.name for job in em.jobs(server="vbr02.example.test")][-1] == "Job 00001"
        em.remove_fault(em.add_fault(fault="html"))
        assert Api(em).get("/").text.startswith("<?xml")


@pytest.mark.parametrize("accepted", ["task_failed", "allowed"])
def test_clones_at_the_same_time(em: Emulator, accepted: str) -> None:
    """Eight clients, one name: exactly one job where the server refuses, eight where it does not."""
    em.switches["duplicate_name"] = accepted
    results: list[object] = []

    def run() -> None:
        api = Api(em)
        api.log_on()
        api.clone("web")
        results.append(api.finish().success)
        api.log_out()
        api.close()

    threads = [threading.Thread(target=run) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = 8 if accepted == "allowed" else 1
    assert sorted(map(str, results)) == ["False"] * (8 - made) + ["True"] * made
    assert len(em.jobs("web")) == made
    assert em.open_sessions() == []
