"""Do takes close as real pieces do, and at what cost? See README.md.

Writes results.csv and fills in README.md, unless it is asked for a part.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)

import numpy as np  # noqa: E402

from componium import corpora, methods  # noqa: E402
from componium.composing.compose import compose, compose_takes  # noqa: E402
from componium.composing.model import Model, resolve_model  # noqa: E402
from componium.composing.request import build_request  # noqa: E402
from componium.composing.search import Search  # noqa: E402
from componium.evaluation.takes import real_pieces  # noqa: E402
from componium.evaluation.windows import windows  # noqa: E402
from componium.inference.engines import VARIABLE, installed_version  # noqa: E402
from componium.metrics import cadence, progression, voice_leading  # noqa: E402
from componium.weights import SHIPPED  # noqa: E402

STYLES = {"chorales": "chorales", "madrigals": "madrigals", "quartets": "quartets", "jig": "fiddle", "reel": "fiddle"}
REFERENCE = {"madrigals": "all", "quartets": "all"}  # of which only nine pieces are held out
SETTINGS = {"plain": (1, 1), "endings=8": (8, 1), "tries=8": (8, 8)}  # endings, tries
COSTS = {"plain": {"endings": 1}, "endings=8": {"endings": 8}, "tries=8": {"endings": 8, "tries": 8},
         "n=4": {"endings": 1, "n": 4}}  # arguments of compose
FEATURES = {"V-I": progression.final_authentic, "phrase triads": progression.phrase_triad_rate,
            "dissonances resolved": voice_leading.dissonance_resolution, "ends on the tonic": cadence.final_tonic,
            "leap to the last note": cadence.ends_by_leap}  # fmt: skip
SHARED = "shared notes"


def mean_of(values):
    known = [value for value in values if not math.isnan(value)]
    return round(float(np.mean(known)), 4) if known else ""


def measured(scores):
    return {name: mean_of(map(feature, scores)) for name, feature in FEATURES.items()}


def quality(model, style, options):
    """One row a setting, and one of the real pieces."""
    rows = []
    for name, (endings, tries) in SETTINGS.items():
        if name not in options.settings:
            continue
        start, request = time.perf_counter(), build_request(style=style, bars=options.bars, endings=endings)
        takes = compose_takes(model, request, options.takes, options.seed, search=Search(tries))
        shared = mean_of(take.originality.exact.notes for take in takes)
        rows.append({"style": style, "what": name, "pieces": len(takes), **measured([take.score for take in takes]),
                     SHARED: shared})
        print(f"{style}, {name}: {time.perf_counter() - start:.0f} s", rows[-1], file=sys.stderr, flush=True)
    pieces = real_pieces(corpora.load(STYLES[style]), style, REFERENCE.get(style, "held-out"))
    real = windows(pieces, options.bars)
    return [*rows, {"style": style, "what": "real pieces", "pieces": len(real), **measured(real), SHARED: ""}]


# Cost: processor time over that of a plain take, in turns.


def engines(folder):
    """The shipped model in float32 by numpy, and in 8 bits by ONNX Runtime where that is installed."""
    found = {"numpy, float32": resolve_model(None, None)}
    if installed_version():
        methods.load(SHIPPED).save(folder, bits=8)
        os.environ[VARIABLE] = "onnxruntime"
        found["ONNX Runtime, 8 bits"] = Model(methods.load(folder), "transformer")
    return found


def seconds(model, style, bars, seed, what):
    start = time.process_time()
    compose(style, bars=bars, seed=seed, method=model, **COSTS[what])
    return time.process_time() - start


def costs(options):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for engine, model in engines(folder).items():
            method = model.method
            for style in options.cost_styles:
                seconds(method, style, 4, 0, "plain")
                runs = {name: [] for name in COSTS}
                for number in range(options.rounds):
                    for name, times in runs.items():
                        times.append(seconds(method, style, options.bars, number + 1, name))
                plain = runs["plain"]
                for name, times in runs.items():
                    ratio = float(np.median(np.array(times) / plain))
                    rows.append({"engine": engine, "style": style, "bars": options.bars, "what": name,
                                 "runs": len(times), "seconds": round(float(np.median(times)), 3),
                                 "over plain": round(ratio, 2)})
                    print(rows[-1], file=sys.stderr, flush=True)
    return rows


def percent(value):
    return "" if value == "" else f"{value:.0%}"


def table(rows, found):
    shown = [(row["style"], row["what"], row["pieces"], *(percent(row[name]) for name in FEATURES),
              "" if row[SHARED] == "" else f"{row[SHARED]:.1f}") for row in rows]
    parts = [_report.markdown(("style", "", "pieces", *FEATURES, SHARED), shown)] if rows else []
    parts += [_report.markdown(tuple(found[0]), [tuple(row.values()) for row in found])] if found else []
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=48, help="of each style and setting")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5, help="of the cost")
    parser.add_argument("--styles", nargs="*", default=list(STYLES), choices=list(STYLES))
    parser.add_argument("--cost-styles", nargs="*", default=["chorales", "jig"], choices=list(STYLES))
    parser.add_argument("--settings", nargs="*", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only-print", action="store_true", help="leave results.csv and README.md as they are")
    options = parser.parse_args()
    about, model = _report.machine("componium", "numpy"), resolve_model(None, None)
    rows = [row for style in options.styles for row in quality(model, style, options)]
    found = costs(options) if options.rounds else []
    text = f"{table(rows, found)}\n\n{options.takes} takes of {options.bars} bars. Run on {about}."
    print(text)
    if options.only_print:
        return
    columns = dict.fromkeys([name for row in (*rows, *found) for name in row])
    _report.write_csv(HERE / "results.csv", [{name: row.get(name, "") for name in columns} for row in (*rows, *found)])
    _report.fill(HERE / "README.md", text)


if __name__ == "__main__":
    main()
