# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fuzz the two parsers: damaged samples for every reader of answers, for as many seconds, or as many, as asked for.

    fuzz.py --seconds 60                   new cases each time; a failure prints what repeats it
    fuzz.py --seed 7 --count 40000         the same cases on every machine
    fuzz.py --seed 1764000000 --case 4711  that case again, with its traceback

A case that does not end within ten seconds is a failure, too.
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import os
import sys
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 10.0

sys.path.insert(0, str(ROOT / "tests"))

from property.parsers import case, check, samples  # noqa: E402


class Watch:
    """Ends the process when a case does not end: nothing else gets a parser out of its loop."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.number = 0
        self.began = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, number: int) -> None:
        self.number = number
        self.began = time.monotonic()

    def _run(self) -> None:
        while True:
            time.sleep(1)
            if time.monotonic() - self.began > LONGEST:
                print("does not end: fuzz.py --seed %d --case %d" % (self._seed, self.number), flush=True)
                faulthandler.dump_traceback()
                os._exit(2)


def is_over(options: argparse.Namespace, cases: int, start: float) -> bool:
    if options.count is not None:
        return bool(cases >= options.count)
    return bool(time.monotonic() - start >= options.seconds)


def main() -> int:
    """Exit status: 0 nothing found, 1 a failure, 2 a case that does not end."""
    parser = argparse.ArgumentParser(description="Fuzz the parsers of XML and JSON.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, 60 if not given")
    parser.add_argument("--seed", type=int, default=None, help="the time if not given")
    parser.add_argument("--count", type=int, default=None, help="so many cases, however long that takes")
    parser.add_argument("--case", type=int, default=None, help="only this case of the seed")
    options = parser.parse_args()
    seed = int(time.time()) if options.seed is None else options.seed
    documents = samples()
    watch = Watch(seed)
    ended: collections.Counter[str] = collections.Counter()
    start = time.monotonic()
    number = options.case or 0
    print("seed %d" % seed, flush=True)
    while True:
        watch.begin(number)
        body, media_type, reader = case(seed, number, documents)
        try:
            ended[check(body, media_type, reader)] += 1
        except Exception:
            traceback.print_exc()
            print("%s of %d bytes of %s: %.200r" % (reader, len(body), media_type, body))
            print("repeat it with: fuzz.py --seed %d --case %d" % (seed, number))
            return 1
        number += 1
        if options.case is not None or is_over(options, number, start):
            break
    told = ", ".join("%d %s" % (count, what) for what, count in ended.most_common())
    print("%d cases in %.0f seconds, all well: %s" % (sum(ended.values()), time.monotonic() - start, told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
