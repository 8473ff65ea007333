# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays new histories for some time, or so many, or one again: `make simulate SECONDS=600`, `make simulate SEED=7`."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation import history, sources
from simulation.kinds import GROUPS, KINDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=60.0, help="play for so long, 60 if not given")
    length.add_argument("--histories", type=int, help="play so many instead: on every machine the same, with --first")
    parser.add_argument("--seed", type=int, help="play this one, and print its table")
    parser.add_argument("--first", type=int, help="the first seed; by default the time says it")
    parser.add_argument(
        "--module", choices=(*GROUPS, *sorted(KINDS)), default="all", help="only histories of these modules"
    )
    parser.add_argument("--sources", action="store_true", help="histories of the event source, of no module")
    options = parser.parse_args()
    if options.sources:
        return of_sources(options)
    kinds = GROUPS[options.module] if options.module in GROUPS else {options.module: KINDS[options.module]}
    servers = history.Servers()
    if options.seed is not None:
        plan = history.draw(options.seed, kinds)
        print(history.report(plan, kinds, servers))
        broken, _unused = history.failure(plan, kinds, servers)
        if broken is None:
            print(history.told(plan, kinds, servers))
        return broken is not None
    first = options.first if options.first is not None else int(time.time()) * 1000
    busy, number = time.process_time(), 0
    for number in numbers(options):
        plan = history.draw(first + number - 1, kinds)
        broken, _unused = history.failure(plan, kinds, servers)
        if broken is not None:
            print(history.report(plan, kinds, servers))
            if options.module == "all":
                print("\nAgain: make simulate SEED=%d. It belongs into tests/simulation/seeds.txt." % plan.seed)
            else:
                print("\nAgain: simulate.py --module %s --seed %d" % (options.module, plan.seed))
            return 1
    spent = time.process_time() - busy
    print(
        "%d histories from seed %d on, %.0f a second of one core: every promise holds" % (number, first, number / spent)
    )
    return 0


def numbers(options: argparse.Namespace) -> Iterator[int]:
    """1, 2, 3, ...: as many as there are to be, or for as long as it takes."""
    if options.histories is not None:
        yield from range(1, options.histories + 1)
        return
    started = time.monotonic()
    for number in itertools.count(1):
        if time.monotonic() - started >= options.seconds:
            return
        yield number


def of_sources(options: argparse.Namespace) -> int:
    emulators = sources.Emulators()
    if options.seed is not None:
        broken, watched = sources.failure(sources.draw(options.seed), emulators)
        print(watched.table())
        print(broken or "every promise holds")
        return broken is not None
    first = options.first if options.first is not None else int(time.time()) * 1000
    number = 0
    for number in numbers(options):
        broken, watched = sources.failure(sources.draw(first + number - 1), emulators)
        if broken is not None:
            print(watched.table())
            print(broken)
            print("\nAgain: make simulate SOURCES=yes SEED=%d" % (first + number - 1))
            return 1
    print("%d histories of the event source from seed %d on: every promise holds" % (number, first))
    return 0


if __name__ == "__main__":
    sys.exit(main())
