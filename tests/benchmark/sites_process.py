# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several Enterprise Managers on as many ports in one process, until standard input ends.

sites_process.py COUNT LATENCY INVENTORY    writes an inventory in which each of them is a host
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from veeam_em_emulator import Emulator


def main() -> None:
    count, latency, inventory = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    managers = [Emulator(latency=latency).start() for _unused in range(count)]
    hosts = {
        f"em{number:02}": {"em_port": em.port, "em_ca_path": em.ca_file} for number, em in enumerate(managers, start=1)
    }
    beside = inventory.with_suffix(".part")
    beside.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    beside.rename(inventory)
    sys.stdin.read()


if __name__ == "__main__":
    main()
