# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of ten thousand jobs is read in bounded memory: the peak of a process that runs nothing but the module.

What ansible-core before 2.19 takes to mask and print the result (15 MiB for the four of this one) is not counted there:
next to its own smaller size it would be more than half.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.cast import PASSWORD, USERNAME

#: The module as Ansible starts it, but for the packed file. At its end (before 2.19, when it hands over its result) it
#: says what it had at most: VmHWM, which begins with the program, where ru_maxrss of a child begins with its parent's.
PROCESS = """
import atexit, json, sys
from ansible.module_utils import basic
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_info

def tell():
    with open("/proc/self/status") as status, open(sys.argv[1], "w") as told:
        told.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))

options = json.load(sys.stdin)
try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core up to 2.18
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
    exit_json = basic.AnsibleModule.exit_json
    basic.AnsibleModule.exit_json = lambda module, **result: (tell(), exit_json(module, **result))
    veeam_job_info.main()
else:
    atexit.register(tell)
    with patch_module_args(options):
        veeam_job_info.main()
"""


def peak(em: Any, folder: Path, media_type: str) -> tuple[int, int]:
    """How many jobs were returned, and the KiB that the process had at most."""
    options = {
        "hostname": em.host,
        "port": em.port,
        "username": USERNAME,
        "password": PASSWORD,
        "ca_path": str(em.ca_file),
        "use_proxy": False,
        "media_type": media_type,
        "details": False,
    }
    told = folder / "peak.txt"
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, str(told)],
        input=json.dumps(options).encode(),
        capture_output=True,
        check=True,
    )
    return len(json.loads(done.stdout)["jobs"]), int(told.read_text())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell the peak")
@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_ten_thousand_jobs_take_little_more_than_a_thousand(emulators, tmp_path, media_type):
    few, many = emulators.get(jobs=1_000), emulators.get(jobs=10_000)
    number_of_few, peak_of_few = peak(few, tmp_path, media_type)
    number_of_many, peak_of_many = peak(many, tmp_path, media_type)
    assert (number_of_few, number_of_many) == (len(few.jobs()), len(many.jobs()))
    assert number_of_many >= 10_000
    assert peak_of_many <= 1.5 * peak_of_few, (peak_of_few, peak_of_many)
