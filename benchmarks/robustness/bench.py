"""What damaged files do: MIDI files cut at every byte, others' torture files, random mutations of five formats.

    python benchmarks/robustness/bench.py [--count 20000] [--only cut torture hostile midi musicxml abc kern json]

Each format gets --count mutations. Counted: scores read, errors of ComponiumError's tree, other errors (there should be
none), readings over 2 s of processor time, the slowest, and the peak memory of the process, of which each line has one
of its own. Of cut files, also the share of the notes that had ended before the cut and were read; of torture files
(COMPONIUM_DATA names the folder they are in), the share read with the right number of notes. Writes results.csv.
"""

import argparse
import csv
import json
import os
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
from componium.errors import ComponiumError  # noqa: E402
from componium.formats import abc, find_reader, midi  # noqa: E402
from componium.formats import json as json_format  # noqa: E402
from conformance.test_work import HOSTILE  # noqa: E402
from formats.midi_files import rows  # noqa: E402
from formats.mutations import mutate  # noqa: E402
from formats.test_midi_broken import ended_before  # noqa: E402
from formats.test_midi_torture import NOTES  # noqa: E402

CORPUS = Path(music21.__file__).parent / "corpus"
SUFFIX = {"midi": ".mid", "musicxml": ".mxl", "abc": ".abc", "kern": ".krn", "json": ".json"}
LIMIT_SECONDS, HANG_SECONDS, LIMIT_MEGABYTES = 2.0, 60, 300  # of the processor; of the clock
COLUMNS = (
    "what", "cases", "scores", "typed_errors", "untyped_errors", "over_2_s", "slowest_s", "peak_mb", "right_percent",
)


def midi_seeds():
    """Chorales as MIDI, by our writer, and music21's own MIDI files, if there are any."""
    written = [midi.dumps(componium.read(path)) for path in sorted(CORPUS.glob("bach/*.mxl"))[:40:4]]
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


def kern_seeds():
    """Palestrina's Mass movements and Bach chorales."""
    files = [*sorted(CORPUS.glob("palestrina/*.krn"))[::60], *sorted(CORPUS.glob("bach/*.krn"))]
    return [data for path in files if len(data := path.read_bytes()) < 30_000]


def json_seeds():
    """Chorales and a tune book's tunes, by our writer."""
    scores = [componium.read(path) for path in sorted(CORPUS.glob("bach/*.mxl"))[:40:8]]
    scores += [abc.loads(data) for data in abc_seeds()[:8]]
    return [json_format.dumps(score) for score in scores]


SEEDS = {"midi": midi_seeds, "musicxml": musicxml_seeds, "abc": abc_seeds, "kern": kern_seeds, "json": json_seeds}


class HangError(BaseException):
    """A reading that had to be ended; outside Exception, so that no reader can swallow it."""


def hang(*_):
    raise HangError


def cut():
    """Two chorales cut at every byte after the header; right is every note, ended before the cut, that was read."""
    read, had, kept = find_reader(".mid").loads, 0, 0
    for data in midi_seeds()[:2]:
        complete = ended_before(data)
        for at in range(14, len(data)):
            ended = [row for pos, row in complete if pos <= at]
            score = yield lambda data=data[:at]: read(data)
            found = {row for track in rows(score) for row in track} if score else set()
            had, kept = had + len(ended), kept + sum(row in found for row in ended)
    yield 100 * kept / had


def torture():
    """The files of midi_torture; right is one with as many notes as its maker put in."""
    folder, right = Path(os.environ["COMPONIUM_DATA"]) / "midi_torture", 0
    for name, n_notes in NOTES.items():
        data = (folder / f"test-{name}.mid").read_bytes()
        score = yield lambda data=data: find_reader(".mid").loads(data)
        right += score is not None and score.n_notes == n_notes
    yield 100 * right / len(NOTES)


def hostile():
    """The files that once took seconds or hundreds of megabytes, of 20 KB to 2 MB; those of kern have up to 600,000
    lines, as many of each kind as are repaired."""
    for name, make in HOSTILE.values():
        data = make(200_000 if name == "kern" else 20_000)
        yield lambda name=name, data=data: find_reader(SUFFIX.get(name, f".{name}")).loads(data)
    yield ""


def mutations(name, count, seed):
    """Random damage to the seeds of a format."""
    read, seeds, rng = find_reader(SUFFIX[name]).loads, SEEDS[name](), np.random.default_rng(seed)
    for _ in range(count):
        yield lambda: read(mutate(seeds[int(rng.integers(len(seeds)))], rng))
    yield ""


def attack(name, count, seed):
    """The figures of one line of the table; run in a process of its own, whose peak memory is the line's."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, hang)
    result = dict.fromkeys(COLUMNS, 0) | {"what": name}
    cases = {"cut": cut, "torture": torture, "hostile": hostile}.get(name, lambda: mutations(name, count, seed))()
    case = next(cases)
    while callable(case):
        result["cases"] += 1
        case = cases.send(try_one(case, result))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result | {"slowest_s": round(result["slowest_s"], 3), "peak_mb": round(peak), "right_percent": case}


def try_one(case, result):
    """Read one file and count what comes of it; the score, if one does."""
    score = None
    signal.alarm(HANG_SECONDS)
    start = time.process_time()
    try:
        score = case()
        result["scores"] += 1
    except ComponiumError:
        result["typed_errors"] += 1
    except (Exception, HangError) as error:
        result["untyped_errors"] += 1
        print(f"{result['what']}: {error!r}", file=sys.stderr)
    took = time.process_time() - start
    signal.alarm(0)
    result["slowest_s"] = max(result["slowest_s"], took)
    result["over_2_s"] += took > LIMIT_SECONDS
    return score


def main():
    everything = ["cut", "hostile", *(["torture"] if os.environ.get("COMPONIUM_DATA") else []), *SEEDS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=everything, default=everything)
    parser.add_argument("--child", choices=everything, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(attack(options.child, options.count, options.seed)))
        return 0
    results = []
    for name in options.only:
        command = [sys.executable, __file__, "--child", name, f"--count={options.count}", f"--seed={options.seed}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        results.append(json.loads(done.stdout))
        print("  ".join(f"{column} {results[-1][column]}" for column in COLUMNS), flush=True)
    with open(HERE / "results.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(results)
    bad = [row for row in results if row["untyped_errors"] or row["over_2_s"] or row["peak_mb"] > LIMIT_MEGABYTES]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
