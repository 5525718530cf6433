"""Counterpoint of every species and chorales, composed by rules and read by a checker with its own code.

    scripts/bench rules [--takes 1000] [--first 0] [--bars 8] [--minutes 60] [--keep FILE]

Writes results.csv and the README's table; stops early, and says so, when the minutes are over. What each take gave is
kept in FILE, a line of JSON a take, and is not composed again: so a long run can be gone on with, or shared out.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods.rules import Rules
from componium.music.pitch import parse_key
from componium.music.score import Meter
from componium.music.time import bar_quarters

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
    controls = Controls(bars=bars, key=parse_key(KEYS[take % len(KEYS)]), meter=meters[take // len(KEYS) % len(meters)],
                      ending="closed")
    start = time.process_time()
    score = Rules(**settings).generate(Request(controls), 1, rng=np.random.default_rng(take))[0]
    return score, time.process_time() - start


def faults(kind, score):
    """What the checker finds in a take of a kind."""
    settings = KINDS[kind][0]
    if "preset" in settings:
        return checker.strings(score)
    if "parts" in settings:
        return checker.chorale(score, int(bar_quarters(score.meters[0]) * score.ticks_per_quarter))
    return checker.two_parts(score, **settings)


def judged(number, bars):
    """What take `number` gives, the kinds in turn: its seconds and faults, or that it was refused."""
    kind, take = list(KINDS)[number % len(KINDS)], number // len(KINDS)
    found = {"number": number, "kind": kind, "seconds": None, "faults": []}
    try:
        score, found["seconds"] = compose(kind, take, bars)
    except ControlError as error:
        return {**found, "refused": str(error)}
    return {**found, "faults": faults(kind, score)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--print", action="store_true", dest="only_print")
    asked = parser.parse_args()
    lines = asked.keep.read_text().splitlines() if asked.keep and asked.keep.exists() else []
    done = {found["number"]: found for found in map(json.loads, lines)}
    start = time.monotonic()
    for number in range(asked.first, asked.takes):
        if time.monotonic() - start > 60 * asked.minutes:
            break
        if number in done:
            continue
        done[number] = judged(number, asked.bars)
        if asked.keep:
            with asked.keep.open("a") as file:
                file.write(json.dumps(done[number]) + "\n")
        if "refused" in done[number] or done[number]["faults"] or number % 50 == 0:
            print(done[number], flush=True)
    table = [row(kind, [found for found in done.values() if found["kind"] == kind]) for kind in KINDS]
    _report.publish(HERE, [*table, row("all", list(done.values()))], ["ortools"], only_print=asked.only_print,
                    notes=[f"{asked.bars} bars each; {asked.takes} takes asked for."])


def row(kind, found):
    spent = [each["seconds"] for each in found if "refused" not in each] or [0.0]
    median, _, most = _report.spread(spent)
    return {"Kind": kind, "Takes": len(found), "Faults found": sum(len(each["faults"]) for each in found),
            "Refused": sum("refused" in each for each in found),
            "CPU seconds, median": f"{median:.2f}", "most": f"{most:.2f}"}


if __name__ == "__main__":
    main()
