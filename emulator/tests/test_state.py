# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files: the shipped ones, generated jobs, and what is said when a file is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock, StateError
from veeam_em_emulator.estate.state_file import build_state, read_state

from .client import Api
from .memory import Memory

SERVER = {"backup_servers": [{"name": "s"}]}


def test_demo_has_the_cast() -> None:
    state, _unused = read_state(None, "13")
    jobs = {(job.name, job.server.name.split(".")[0]): job for job in state.jobs.values() if job.kind == "job"}
    expected = {
        ("TPL Gold", "vbr01"): ("Backup", "VMware"),
        ("Copy to Offsite", "vbr02"): ("ImmediateBackupCopy", "CustomPlatform"),
        ("TPL Replica", "vbr01"): ("Replica", "VMware"),
        ("TPL Copy Legacy", "vbr02"): ("BackupCopy", "CustomPlatform"),
        ("TPL Copy Immediate", "vbr01"): ("ImmediateBackupCopy", "CustomPlatform"),
        ("TPL Silver", "vbr01"): ("Backup", "VMware"),
        ("TPL Silver", "vbr02"): ("Backup", "VMware"),
        ("TPL Hyper-V", "vbr02"): ("Backup", "HyperV"),
        ("TPL Cloud Director", "vbr01"): ("Backup", "vCloud"),
    }
    assert {key: (job.job_type, job.platform) for key, job in jobs.items()} == expected
    repositories = sorted((r.name, r.server.name.split(".")[0]) for r in state.repositories.values())
    assert repositories == [
        ("Default Backup Repository", "vbr01"), ("Default Backup Repository", "vbr02"), ("Fast Repository", "vbr01"),
        ("S3 Offsite", "vbr02"),
    ]  # fmt: skip
    assert jobs["TPL Gold", "vbr01"].id == "5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8"
    others = [(job.kind, job.name, job.server.name.split(".")[0]) for job in state.jobs.values() if job.kind != "job"]
    assert others == [
        ("agent", "Agents Daily", "vbr01"), ("agent", "Agents Daily", "vbr02"), ("agent", "Laptops Policy", "vbr01"),
        ("nas", "Home Shares", "vbr01"), ("cdp", "CDP Tier1", "vbr01"),
    ]  # fmt: skip
    assert {role for account in state.accounts for role in account.roles} == {
        "Portal Administrator", "Portal User", "VM Restore Operator", "File Restore Operator", "SQL Restore Operator",
        "none",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["minimal", "minimal.yml"])
def test_minimal(name: str) -> None:
    state, _unused = read_state(name, "12")
    assert (len(state.servers), len(state.repositories)) == (1, 1)
    assert [job.job_type for job in state.jobs.values()] == ["Backup", "Replica", "BackupCopy", "ImmediateBackupCopy"]


def test_ids_are_the_same_in_every_run() -> None:
    first, second = (sorted(read_state("minimal", "12")[0].jobs) for _unused in range(2))
    assert first == second


@pytest.mark.parametrize(("product", "version", "port"), [("12", "12.3.2.4465", 9392), ("13", "13.0.1.2067", 443)])
def test_servers_are_as_old_as_the_product(product: str, version: str, port: int) -> None:
    state, _unused = read_state(None, product)
    assert {(server.version, server.port) for server in state.servers.values()} == {(version, port)}


def test_a_file_of_ones_own_with_switches(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(
        "backup_servers: [{name: s}]\nrepositories: [{name: r}]\njobs: [{name: j, repository: r}]\n"
        "accounts: [{user: 'EM01\\svc-ansible', password: Passw0rd!}]\nswitches: {duplicate_name: http_500}\n",
        encoding="utf-8",
    )
    with Emulator(state=path, switches={"json_bom": True}) as em:
        assert [job.name for job in em.jobs()] == ["j"]
        assert (em.switches["duplicate_name"], em.switches["json_bom"]) == ("http_500", True)
        assert Api(em).log_on().status == 201


def test_generated_jobs() -> None:
    with Emulator(jobs=3) as one, Emulator(jobs=3) as two:
        generated = one.jobs()[9:]
        assert [job.name for job in generated] == ["Job 00001", "Job 00002", "Job 00003"]
        assert len({job.server for job in generated}) == 2
        assert [job.id for job in generated] == [job.id for job in two.jobs()[9:]]


def test_generated_machines() -> None:
    em, again = (Emulator(machines=150, clock=ManualClock()) for _unused in range(2))
    points, same = (
        [point.id for point in each.points() if point.machine.startswith("machine")] for each in (em, again)
    )
    assert len(points) == 150 * 14 and points == same
    assert [job.name for job in em.jobs() if job.name.startswith("Machines")] == ["Machines 001", "Machines 002"]
    last = em.points("machine00150")
    assert (len(last), last[0].type, last[-1].type, last[-1].ready) == (14, "Full", "Increment", True)
    em.hypervisor.break_machine("machine00150")
    assert [item["objectname"] for item in Memory(em).get("/lookup", hierarchyRef=last[0].ref)["hierarchyitems"]] == [
        "machine00150"
    ]
    with pytest.raises(StateError, match="machines cannot be generated"):
        Emulator(state={"accounts": []}, machines=1)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"jobbs": []}, "unknown section jobbs"),
    ({"backup_servers": {}, "jobs": {"a": 1}}, "jobs: a list is expected"),
    ({"backup_servers": [1]}, "backup_servers, entry 1: a mapping is expected"),
    ({"backup_servers": [{"nmae": "x"}]}, "unknown key nmae"),
    ({"backup_servers": [{}]}, "backup_servers, entry 1: name is missing"),
    ({**SERVER, "repositories": [{"name": "r", "backup_server": "x"}]}, "backup_server 'x' is not in backup_servers"),
    ({**SERVER, "jobs": [{"name": "j", "type": "Tape"}]}, "type 'Tape' is not one of"),
    ({**SERVER, "jobs": [{"name": "j", "platform": "Amiga"}]}, "platform 'Amiga' is not one of"),
    ({**SERVER, "jobs": [{"name": "j", "repository": "r"}]}, "repository 'r' is not on s"),
    ({**SERVER, "jobs": [{"name": "j", "linked_jobs": ["x"]}]}, "linked job 'x' is neither above it"),
    ({"accounts": [{"user": "u"}]}, "password is missing"),
    ({"accounts": [{"user": "u", "password": "p", "role": "King"}]}, "role 'King' is not one of"),
]


@pytest.mark.parametrize(("document", "message"), WRONG)
def test_mistakes_are_named(document: dict[str, Any], message: str) -> None:
    with pytest.raises(StateError, match=message):
        build_state(document, "13")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="there is no state file"):
        read_state("nowhere.yml", "13")
    bad = tmp_path / "bad.yml"
    bad.write_text("a: [", encoding="utf-8")
    with pytest.raises(StateError, match="bad.yml"):
        read_state(bad, "13")
    bad.write_text("- a", encoding="utf-8")
    with pytest.raises(StateError, match="a mapping is expected"):
        read_state(bad, "13")
