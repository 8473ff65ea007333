# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the collection at work: start the emulator, run playbooks/demo.yml twice against it, tell what happened.

`make demo` calls it with the Python of .venv. Exit status 0, or 1 after two lines that say why and what to do.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
START_SECONDS = 30


class Failed(Exception):
    """A sentence that says why, and one that says what to do."""

    def __init__(self, why: str, what_to_do: str) -> None:
        super().__init__(why)
        self.what_to_do = what_to_do


def start_emulator(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start the emulator on a free port. Returns the process and what its ready file says."""
    ready, log = folder / "ready.json", folder / "emulator.log"
    command = [BIN / "veeam-em-emulator", "--port", "0", "--ready-file", ready, "--ca-file", folder / "ca.pem"]
    with log.open("wb") as output:
        # A group of its own: Ctrl-C in the terminal is for this script, which then stops the emulator.
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            said = log.read_text("utf-8", errors="replace").strip().splitlines() or ["it printed nothing"]
            raise Failed(
                f"the emulator did not start: {said[-1]}",
                "Start it by hand to see more: .venv/bin/veeam-em-emulator --port 0. "
                "`make clean` and then `make demo` sets everything up anew.",
            )
        time.sleep(0.05)
    return process, json.loads(ready.read_text("utf-8"))


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(emulator: dict[str, Any], folder: Path) -> dict[str, str]:
    """What the playbook runs with: the connection in VEEAM_EM_ variables, and no setting of the user's own Ansible."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VEEAM_EM_"))}
    settings = folder / "ansible.cfg"
    settings.write_text("", "utf-8")
    env.update(
        ANSIBLE_CONFIG=str(settings),
        ANSIBLE_INVENTORY_UNPARSED_WARNING="False",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_NOCOWS="1",
        NO_PROXY="localhost,127.0.0.1",
        no_proxy="localhost,127.0.0.1",
        VEEAM_EM_HOSTNAME=emulator["host"],
        VEEAM_EM_PORT=str(emulator["port"]),
        VEEAM_EM_USERNAME="EM01\\svc-ansible",
        VEEAM_EM_PASSWORD="Passw0rd!",
        VEEAM_EM_CA_PATH=emulator["ca_file"],
    )
    if sys.stdout.isatty():
        env["ANSIBLE_FORCE_COLOR"] = "1"
    return env


def play(env: dict[str, str], report: Path, interpreter: str | None) -> dict[str, Any]:
    """Run the playbook and show its output. Returns the results of its modules, job, run, points, beside and in_place,
    and history, which the emulator tells of its machines."""
    variables = {
        "demo_report": str(report),
        "demo_emulator": f"https://{env['VEEAM_EM_HOSTNAME']}:{env['VEEAM_EM_PORT']}",
    }
    if interpreter is not None:
        variables["ansible_python_interpreter"] = interpreter
    command = [str(BIN / "ansible-playbook"), "playbooks/demo.yml", "--extra-vars", f"@{report.with_suffix('.vars')}"]
    report.with_suffix(".vars").write_text(json.dumps(variables), "utf-8")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        print(line, end="", flush=True)
    if process.wait():
        raise Failed(
            f"the playbook failed: {reason(said)}",
            "The message above names the task. `make test` tells whether emulator or collection "
            "is at fault; `make clean` and then `make demo` sets everything up anew.",
        )
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return told


def reason(said: str) -> str:
    """The sentence in ansible-playbook's output that says why it failed."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    for pattern in (r'"msg": "((?:[^"\\]|\\.)*)"', r"\[ERROR\]: (.*)", r"ERROR! (.*)"):
        found = re.findall(pattern, plain)
        if found:
            return str(found[-1]).replace('\\"', '"')
    return (plain.strip().splitlines() or ["it printed nothing"])[-1]


def tell(emulator: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> None:
    """Print what happened; the demo fails where it is not what the collection promises."""
    report_it = "Please report it with the output above."
    if not first["job"]["changed"]:
        raise Failed("the first run made no job", report_it)
    if first["run"].get("session", {}).get("result") != "Success":
        raise Failed("the backup of the first run did not succeed", report_it)
    if second["job"]["changed"] or not second["run"].get("skipped"):
        raise Failed("the second run changed the job again, or started it again", report_it)
    if first["job"]["job_href"] != second["job"]["job_href"]:
        raise Failed("the second run found another job than the first made", report_it)
    if not all(first[restore].get("changed") for restore in ("beside", "in_place")):
        raise Failed("the first run did not bring the machine back", report_it)
    disks = [event["data"] for event in first["history"] if event["name"] == "web02"]
    if "broken" not in disks or disks[-1] != "original":
        raise Failed("the machine is not as its restore point has it", report_it)
    if any(not second[restore].get("skipped") for restore in ("points", "beside", "in_place")):
        raise Failed("the second run restored again", report_it)
    on_disks = [data for data, _events in groupby(disks)]
    job, session = first["job"]["job"], first["run"]["session"]
    steps = ", ".join(step["action"].replace("_", " ") for step in first["job"]["steps"])
    machines = ", ".join(item["name"] for item in job["objects"])
    print(
        f"On an emulated Enterprise Manager ({emulator['url']}, certificate verified):\n\n"
        f"  {job['name']} on {job['backup_server']['name']} protects {machines} every night at "
        f"{job['schedule']['daily']['at']}\n"
        f"    {first['job']['job_href']}\n"
        f"  What was done for that: {steps}\n"
        f"  Its first backup: {session['result']}, {session['start']} to {session['end']}\n"
        "  Then somebody broke web02:\n"
        f"    {first['beside']['msg']}\n"
        f"    {first['in_place']['msg']}\n"
        f"    On its disks, as the emulator's history of machines has it: {', then '.join(on_disks)}\n\n"
        "The same playbook a second time changed nothing: it found the job as it should be, with the same href.\n"
        "The playbook is playbooks/demo.yml; `make run-emulator` gives you an emulator for your own."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Show the collection at work.")
    parser.add_argument("--interpreter", help="Python that the module runs on (default: Ansible's own)")
    interpreter = parser.parse_args().interpreter
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="veeam-demo-") as name:
        folder = Path(name)
        try:
            process, emulator = start_emulator(folder)
            try:
                env = environment(emulator, folder)
                print("First run", flush=True)
                first = play(env, folder / "first.json", interpreter)
                print("Second run", flush=True)
                second = play(env, folder / "second.json", interpreter)
            finally:
                stop(process)
            tell(emulator, first, second)
        except Failed as failure:
            print(f"\nThe demo failed: {failure}\nWhat to do: {failure.what_to_do}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
