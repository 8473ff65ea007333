# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``veeam-em-emulator``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .emulator import Emulator
from .tester.faults import FaultError
from .wire.dialects import PRODUCTS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="veeam-em-emulator",
        description="A local stand-in for the REST API of Veeam Backup Enterprise Manager, for tests.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=9398, help="port, 0 picks a free one (default %(default)s)")
    parser.add_argument("--state", metavar="FILE", help="state file, or a shipped one: demo.yml (default), minimal.yml")
    parser.add_argument("--product", choices=PRODUCTS, default="13", help="version of EM (default %(default)s)")
    parser.add_argument(
        "--task-steps", metavar="STEPS",
        help="polls or seconds (0.5s) of each state "
        "(default running:1,operation_finished:1; in 9.5u4 running:1)",
    )  # fmt: skip
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="wait before each request")
    parser.add_argument("--ca-file", metavar="PATH", help="write the CA certificate there")
    parser.add_argument("--ready-file", metavar="PATH", help="JSON with host, port, url, ca_file, pid")
    parser.add_argument("--hostname", default="em01.example.test", help="name in hrefs (default %(default)s)")
    parser.add_argument(
        "--idle-timeout", type=float, default=900.0, metavar="SECONDS", help="of a session (default 900)"
    )
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="may be repeated; see the README"
    )
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="add N generated jobs")
    parser.add_argument(
        "--machines", type=int, default=0, metavar="N", help="add N generated machines with 14 restore points each"
    )
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser


def _switches(pairs: Sequence[str]) -> dict[str, Any]:
    switches = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--switch {pair}: name=value is expected")
        switches[name] = value
    return switches


def write_atomically(path: str, text: str) -> None:
    """Whoever sees the file sees all of it."""
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(temporary, target)


@contextmanager
def _written(parser: argparse.ArgumentParser, option: str, path: str) -> Iterator[None]:
    """End with one sentence where the file cannot be written."""
    try:
        yield
    except OSError as error:
        parser.error(f"{option} {path}: cannot be written: {error.strerror}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    try:
        emulator = Emulator(
            state=options.state, product=options.product, port=options.port, task_steps=options.task_steps,
            latency=options.latency, switches=_switches(options.switch), hostname=options.hostname, jobs=options.jobs,
            machines=options.machines, host=options.host, idle_timeout=options.idle_timeout,
        )  # fmt: skip
        # the runs before the start, so that no client waits for them
        emulator.sessions()
    except (FaultError, KeyError, ValueError) as error:
        parser.error(str(error.args[0] if error.args else error))
    except OSError as error:
        parser.error(f"cannot be set up: {error}")
    try:
        emulator.start()
    except OSError as error:
        print(f"veeam-em-emulator: cannot listen on {options.host} port {options.port}: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_unused: stop.set())
    with emulator:
        ca_file = emulator.ca_file
        if options.ca_file:
            with _written(parser, "--ca-file", options.ca_file):
                shutil.copyfile(ca_file, options.ca_file)
            ca_file = os.path.abspath(options.ca_file)
        print(f"Listening on {emulator.url}")
        print(f"CA certificate: {ca_file}", flush=True)
        if options.ready_file:
            ready = {"host": emulator.host, "port": emulator.port, "url": emulator.url, "ca_file": ca_file}
            ready["pid"] = os.getpid()
            with _written(parser, "--ready-file", options.ready_file):
                write_atomically(options.ready_file, json.dumps(ready))
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
