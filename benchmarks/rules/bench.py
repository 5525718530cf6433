"""Counterpoint of every species and chorales, composed by rules and read by a checker with its own code.

    scripts/bench rules [--takes 1000] [--bars 8] [--minutes 60]

Writes results.csv and the README's table; stops early, and says so, when the minutes are over.
"""

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from componium.controls import Controls
from componium.errors import ControlError
from componium.methods.rules import Rules
from componium.pitch import parse_key
from componium.score import Meter
from componium.time import bar_quarters

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import checker  # noqa: E402

import _report  # noqa: E402

KEYS = ("C major", "G major", "D dorian", "A minor", "E minor", "F major", "G mixolydian", "B- major")
HALVES, QUARTERS = (Meter(0, 2, 2), Meter(0, 3, 2), Meter(0, 4, 4)), (Meter(0, 4, 4), Meter(0, 3, 4))
KINDS = {
    **{f"species {n}, {'above' if up else 'below'}": ({"species": n, "above": up}, HALVES)
       for n in range(1, 6) for up in (True, False)},
    "three parts": ({"parts": 3}, QUARTERS),
    "four parts": ({"parts": 4}, QUARTERS),
    "illiac-2": ({"preset": "illiac-2"}, HALVES),
}  # fmt: skip


def compose(kind, take, bars):
    """One take of a kind: its score and the seconds; keys and metres in turn."""
    settings, meters = KINDS[kind]
    wishes = Controls(bars=bars, key=parse_key(KEYS[take % len(KEYS)]), meter=meters[take // len(KEYS) % len(meters)],
                      ending="closed")
    start = time.process_time()
    score = Rules(**settings).generate(1, controls=wishes, rng=np.random.default_rng(take))[0]
    return score, time.process_time() - start


def faults(kind, score):
    """What the checker finds in a take of a kind."""
    settings = KINDS[kind][0]
    if "preset" in settings:
        return checker.strings(score)
    if "parts" in settings:
        return checker.chorale(score, int(bar_quarters(score.meters[0]) * score.ticks_per_quarter))
    return checker.two_parts(score, **settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=1000)
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--print", action="store_true", dest="only_print")
    asked = parser.parse_args()
    names, start = list(KINDS), time.monotonic()
    seconds, broken, refused = defaultdict(list), defaultdict(int), defaultdict(int)
    for number in range(asked.takes):
        if time.monotonic() - start > 60 * asked.minutes:
            break
        kind, take = names[number % len(names)], number // len(names)
        try:
            score, spent = compose(kind, take, asked.bars)
        except ControlError as error:
            refused[kind] += 1
            print(f"{kind} {take}: refused: {error}", flush=True)
            continue
        found = faults(kind, score)
        seconds[kind].append(spent)
        broken[kind] += len(found)
        if found:
            print(f"{kind} {take}: {'; '.join(found[:3])}", flush=True)
        if number % 10 == 0:
            print(number, flush=True)
    table = [row(kind, seconds[kind], broken[kind], refused[kind]) for kind in names if seconds[kind]]
    every = [one for each in seconds.values() for one in each]
    table.append(row("all", every, sum(broken.values()), sum(refused.values())))
    _report.publish(HERE, table, ["ortools"], only_print=asked.only_print,
                    notes=[f"{asked.bars} bars each; {asked.takes} takes asked for, at most {asked.minutes:g} min."])


def row(kind, spent, broken, refused):
    median, _, most = _report.spread(spent)
    return {"Kind": kind, "Takes": len(spent), "Faults found": broken, "Refused": refused,
            "CPU seconds, median": f"{median:.2f}", "most": f"{most:.2f}"}


if __name__ == "__main__":
    main()
