"""Waiting for what is filled in: the first note, two bars of one voice, one take against four.

    scripts/bench fill_speed [--method shipped] [--pieces 6] [--only-print]

Held-out chorales are cut to 16 bars, and their bars 8 and 9 of the lowest voice are written anew, in a warm process on
one thread; processor seconds are counted. The kinds of run take turns, piece by piece.
"""

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)

import numpy as np  # noqa: E402

import componium  # noqa: E402
from componium import corpora  # noqa: E402
from componium.composing.infill import infill  # noqa: E402
from componium.composing.model import load_model  # noqa: E402
from componium.decoding.region import Region  # noqa: E402
from componium.decoding.request import Request  # noqa: E402
from componium.decoding.sampling import Sampling  # noqa: E402
from componium.music.time import n_bars  # noqa: E402
from componium.music.transform import slice_bars  # noqa: E402

STYLE, BARS, HOLE = "chorales", 16, (7, 9)
SAMPLING = Sampling(top_p=0.98)  # as infill's
COLUMNS = ("what", "runs", "median", "least", "most", "unit", "aim")


class FirstNoteError(Exception):
    """Raised to end a filling at the first note that is drawn, not forced."""


def pieces(count):
    """Return held-out chorales of 16 bars."""
    scores = [piece.score for piece in corpora.load(STYLE).test if n_bars(piece.score) >= BARS]
    return [slice_bars(score, 0, BARS) for score in scores if len(score.tracks) == 4][:count]


def to_first_note(method, score, seed):
    """Fill up to the first note that is drawn."""
    voices = [len(score.tracks) - 1]
    request = Request(score=score, region=Region.of(score, bars=HOLE, voices=voices), sampling=SAMPLING)

    def on_step(step):
        if np.count_nonzero(step.mask) > 1 and method.codec_.is_note(np.array([step.id]))[0]:
            raise FirstNoteError

    try:
        for _ in method.stream(request, 1, rng=np.random.default_rng(seed), on_step=on_step):
            pass
    except FirstNoteError:
        return
    sys.exit("a filling without a note: nothing to time")


def runs_of(options):
    """Return the kinds of run by name, each a function of a score and a seed."""
    method = load_model(options.method)
    hole = {"bars": HOLE, "voices": [3], "method": options.method}
    return {
        "first filled note": lambda score, seed: to_first_note(method, score, seed),
        "2 bars of one voice": lambda score, seed: infill(score, seed=seed, **hole),
        "2 bars of one voice, n = 4": lambda score, seed: infill(score, seed=seed, n=4, **hole),
        "16 bars composed": lambda _, seed: componium.compose(STYLE, bars=BARS, seed=seed, method=options.method),
        "16 bars composed, n = 4": lambda _, seed: componium.compose(STYLE, bars=BARS, seed=seed, n=4,
                                                                     method=options.method),
    }  # fmt: skip


AIMS = {"first filled note": "<= 0.3", "2 bars of one voice": "<= 1.5"}


def measure(options):
    """Return processor seconds of each kind of run, by its name."""
    runs, found = runs_of(options), {}
    scores = pieces(options.pieces + 1)
    for seed, score in enumerate(scores):
        for name, run in runs.items():
            start = time.process_time()
            run(score, seed)
            if seed:  # the first warms up
                found.setdefault(name, []).append(time.process_time() - start)
    return found


def row(what, values, unit, aim=""):
    middle, least, most = (f"{value:.2f}" for value in _report.spread(values))
    return dict(zip(COLUMNS, (what, len(values), middle, least, most, unit, aim), strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="shipped")
    parser.add_argument("--pieces", type=int, default=6)
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    found = measure(options)
    rows = [row(name, values, "s", AIMS.get(name, "")) for name, values in found.items()]
    for name in ("2 bars of one voice", "16 bars composed"):
        ratios = [many / one for many, one in zip(found[f"{name}, n = 4"], found[name], strict=True)]
        rows.append(row(f"{name}: n = 4 over one", ratios, "times", "<= 2.5"))
    note = f"One thread, warm, processor seconds. Model {options.method}; {STYLE} of {BARS} bars."
    _report.publish(HERE, rows, [], notes=[note], only_print=options.only_print)


if __name__ == "__main__":
    main()
