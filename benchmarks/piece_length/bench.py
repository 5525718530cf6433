"""The cost of a bar and of a token as pieces grow.

    scripts/bench piece_length [--model DIR] [--rounds 2] [--lengths 16 64 256 1024] [--total 1024] [--only-print]

Takes of 16 to 1,024 bars by `componium.compose` on one thread, as many of each length as make `--total` bars. Each
length has a process of its own; the processes take turns of a second, so that what else the machine does slows all
alike. Processor time is counted.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
from _turns import in_turns  # noqa: E402

FLAT = 0.10  # the aim: a share
COLUMNS = ("what", "runs", "median", "least", "most", "unit", "aim")


def load_model(folder):
    from componium import methods
    from componium.weights import SHIPPED

    return methods.load(Path(folder) if folder else SHIPPED)


def compose_takes(options):
    """Compose takes of `options.bars` bars, one after another; the peak memory is the process's."""
    import resource

    from componium.composing.compose import compose

    kind, steps = type(load_model(options.model)), 0
    step = kind.step

    def counted(self, state, tokens):
        nonlocal steps
        steps += 1
        return step(self, state, tokens)

    kind.step = counted
    compose(style=options.style, meter="4/4", bars=4, seed=0, method=options.model)  # loads all there is to load
    runs = []
    for seed in options.seeds:
        steps, start = 0, time.process_time()
        take = compose(style=options.style, meter="4/4", bars=options.bars, seed=seed, method=options.model)
        runs.append({"bars": options.bars, "seconds": time.process_time() - start, "tokens": steps + 1,
                     "notes": take.score.n_notes})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return {"runs": runs, "peak_mb": peak}


def measure(options):
    """Return each length's rounds and peaks; in a round every length has a process of its own and as many bars."""
    found = {bars: {"rounds": [], "peaks": []} for bars in options.lengths}
    for number in range(options.rounds):
        children = []
        for bars in found:
            count = max(options.total // bars, 1)
            seeds = range(1 + number * count, 1 + (number + 1) * count)
            children.append(started(options, "--bars", str(bars), "--seeds", *map(str, seeds)))
        in_turns(children)
        for entry, process in zip(found.values(), children, strict=True):
            done = told(process)
            entry["rounds"].append({name: sum(run[name] for run in done["runs"]) for name in done["runs"][0]})
            entry["peaks"].append(done["peak_mb"])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return found


def rows_of(found):
    """Each figure is of a round: its takes' processor seconds over their bars or tokens."""
    rows, base, flat = [], None, f"{1 - FLAT:g} to {1 + FLAT:g}"
    for bars, entry in found.items():
        totals = entry["rounds"]
        per_token = [1e3 * total["seconds"] / total["tokens"] for total in totals]
        per_bar = [1e3 * total["seconds"] / total["bars"] for total in totals]
        base = base or (per_token, per_bar)
        name = f"{bars} bars"
        rows.append(row(f"{name}: a token", per_token, "ms", "", 3))
        rows.append(row(f"{name}: a bar", per_bar, "ms"))
        rows.append(row(f"{name}: tokens a bar", [total["tokens"] / total["bars"] for total in totals], "tokens"))
        for what, own, first in (("a token", per_token, base[0]), ("a bar", per_bar, base[1])):
            if bars != next(iter(found)):
                ratios = [one / other for one, other in zip(own, first, strict=True)]
                rows.append(row(f"{name}: {what}, over {next(iter(found))} bars", ratios, "times", flat, 2))
        rows.append(row(f"{name}: peak memory", entry["peaks"], "MB", "", 0))
    return rows


def row(what, values, unit, aim="", digits=1):
    middle, least, most = (f"{value:.{digits}f}" for value in _report.spread(values))
    return dict(zip(COLUMNS, (what, len(values), middle, least, most, unit, aim), strict=True))


def started(options, *more):
    """Start a process of one length, on one thread."""
    command = [sys.executable, __file__, "--style", options.style, *more]
    command += ["--model", options.model] if options.model else []
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **_report.ONE_THREAD})


def told(process):
    """Return what a process of one length printed in the end."""
    said, _ = process.communicate()
    if process.returncode:
        sys.exit("a process failed (see above)")
    return json.loads(said)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="DIR", help="a model's folder; the shipped one by default")
    parser.add_argument("--style", default="chorales")
    parser.add_argument("--rounds", type=int, default=2, help="repetitions of everything (default: 2)")
    parser.add_argument("--lengths", type=int, nargs="+", default=[16, 64, 256, 1024], help="bars")
    parser.add_argument("--total", type=int, default=1024, help="bars of each length a round (default: 1024)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    parser.add_argument("--bars", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parsed()
    if options.bars:
        json.dump(compose_takes(options), sys.stdout)
        return
    rows = rows_of(measure(options))
    note = f"One thread. Style {options.style}, 4/4; {options.total} bars of each length a round."
    _report.publish(HERE, rows, [], notes=[note], only_print=options.only_print)


if __name__ == "__main__":
    main()
