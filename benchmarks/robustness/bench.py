"""What damaged files do: random mutations of MIDI, MusicXML and ABC files, read in a process of their own.

    python benchmarks/robustness/bench.py [--count 20000] [--formats midi musicxml abc]

Each format gets --count mutations. Counted: scores read, errors of ComponiumError's tree, other errors (there should be
none), readings over 2 s, the slowest, and the process's peak memory. Writes results.csv beside itself.
"""

import argparse
import csv
import json
import resource
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

import music21  # noqa: E402

import componium  # noqa: E402
from componium import formats  # noqa: E402
from componium.errors import ComponiumError  # noqa: E402
from formats.mutations import mutate  # noqa: E402

CORPUS = Path(music21.__file__).parent / "corpus"
SUFFIX = {"midi": ".mid", "musicxml": ".mxl", "abc": ".abc"}
LIMIT_SECONDS, HANG_SECONDS, LIMIT_MEGABYTES = 2.0, 20, 300
COLUMNS = ("format", "mutations", "scores", "typed_errors", "untyped_errors", "over_2_s", "slowest_s", "peak_mb")


def midi_seeds():
    """Chorales as MIDI, by our writer, and music21's own MIDI files, if there are any."""
    written = [formats.midi.write(componium.read(path)) for path in sorted(CORPUS.glob("bach/*.mxl"))[:40:4]]
    return written + [path.read_bytes() for path in sorted(CORPUS.rglob("*.mid"))[:10]]


def musicxml_seeds():
    """Chorales, packed (.mxl) and unpacked, which come to different harm."""
    import io
    import zipfile

    packed = [path.read_bytes() for path in sorted(CORPUS.glob("bach/*.mxl"))[:40:4]]
    archives = [zipfile.ZipFile(io.BytesIO(data)) for data in packed[:8]]
    return packed[8:] + [archive.read(_score_name(archive)) for archive in archives]


def _score_name(archive):
    return next(name for name in archive.namelist() if "META-INF" not in name and not name.endswith("/"))


def abc_seeds():
    """Tunes out of O'Neill's, Ryan's and Airds' books."""
    folders = ("oneills1850", "ryansMammoth", "airdsAirs")
    books = [path for folder in folders for path in sorted(CORPUS.glob(f"{folder}/*.abc"))]
    texts = [path.read_bytes() for path in books[:: max(len(books) // 12, 1)]]
    return [b"X:" + tune for text in texts for tune in text.split(b"\nX:")[1:4]]


SEEDS = {"midi": midi_seeds, "musicxml": musicxml_seeds, "abc": abc_seeds}


class HangError(BaseException):
    """A reading that had to be ended; outside Exception, so that no reader can swallow it."""


def hang(*_):
    raise HangError


def attack(name, count, seed):
    """The counts of one format; run in a process of its own, whose peak memory is the format's."""
    warnings.simplefilter("ignore")
    read, seeds, rng = formats.for_suffix(SUFFIX[name]).read, SEEDS[name](), np.random.default_rng(seed)
    result = {"format": name, "mutations": count, "scores": 0, "typed_errors": 0, "untyped_errors": 0, "over_2_s": 0}
    slowest = 0.0
    signal.signal(signal.SIGALRM, hang)
    for _ in range(count):
        data = mutate(seeds[int(rng.integers(len(seeds)))], rng)
        signal.alarm(HANG_SECONDS)
        start = time.perf_counter()
        try:
            read(data)
            result["scores"] += 1
        except ComponiumError:
            result["typed_errors"] += 1
        except (Exception, HangError) as error:
            result["untyped_errors"] += 1
            print(f"{name}: {error!r}", file=sys.stderr)
        took = time.perf_counter() - start
        signal.alarm(0)
        slowest = max(slowest, took)
        result["over_2_s"] += took > LIMIT_SECONDS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**result, "slowest_s": round(slowest, 3), "peak_mb": round(peak)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", nargs="+", choices=SEEDS, default=list(SEEDS))
    parser.add_argument("--child", choices=SEEDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(attack(options.child, options.count, options.seed)))
        return 0
    rows = []
    for name in options.formats:
        command = [sys.executable, __file__, "--child", name, f"--count={options.count}", f"--seed={options.seed}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout))
        print("  ".join(f"{column} {rows[-1][column]}" for column in COLUMNS), flush=True)
    with open(HERE / "results.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    bad = [row for row in rows if row["untyped_errors"] or row["over_2_s"] or row["peak_mb"] > LIMIT_MEGABYTES]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
