"""Reading other people's files: the lead sheets of OpenEWLD, and all of music21's corpus; beside music21's own parse.

    COMPONIUM_DATA=../shared/data scripts/bench corpus_reading [--sample 300]

Writes results.csv, failures.txt and the README's table.
"""

import argparse
import collections
import os
import random
import sys
import time
import warnings
from pathlib import Path

import music21

from componium import formats
from componium.errors import ComponiumError

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

CORPUS = Path(music21.__file__).parent / "corpus"
SUFFIXES = (".mxl", ".xml", ".musicxml", ".abc", ".krn")


def read_all(files, failures):
    """Pieces, notes and chord symbols of the files that could be read, and how long it took."""
    counts, begun = collections.Counter(), time.perf_counter()
    for path in files:
        try:
            for score in formats.read_all(path):
                counts.update(pieces=1, notes=score.n_notes, chords=len(score.chords))
            counts["read"] += 1
        except ComponiumError as error:
            failures.append(f"{path.name}: {error}")
    return counts, time.perf_counter() - begun


def notes_of(stream):
    """How many notes music21 hears, ties joined, grace notes aside."""
    heard = stream.stripTies().recurse().notes
    return sum(len(note.pitches) for note in heard if not note.duration.isGrace
               and not isinstance(note, music21.harmony.ChordSymbol))


def same(path):
    """Whether we read as many notes as music21 does: as written, or with repeats played out. None if music21 can't."""
    ours = sum(score.n_notes for score in formats.read_all(path))
    try:
        parsed = music21.converter.parse(path, forceSource=True)
        pieces = list(parsed.scores) if isinstance(parsed, music21.stream.Opus) else [parsed]
        written = sum(notes_of(piece) for piece in pieces)
        if written == ours:
            return True
        return sum(notes_of(_played(piece)) for piece in pieces) == ours
    except Exception as error:  # whatever goes wrong inside music21
        print(f"music21 fails on {path.name}: {error!r}"[:200], file=sys.stderr)
        return None


def _played(piece):
    try:
        return piece.expandRepeats()
    except Exception:  # music21 refuses many a repeat
        return piece


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="files compared with music21's own parse")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    groups = {"music21, " + suffix: sorted(CORPUS.rglob(f"*{suffix}")) for suffix in SUFFIXES}
    if os.environ.get("COMPONIUM_DATA"):
        sheets = Path(os.environ["COMPONIUM_DATA"]) / "openewld" / "scores"
        groups = {"OpenEWLD lead sheets": sorted(sheets.rglob("*.mxl")), **groups}
    rows, failures = [], []
    for name, files in groups.items():
        if files:
            found, took = read_all(files, failures)
            rows.append({"files of": name, "files": len(files), "read": found["read"], "pieces": found["pieces"],
                         "notes": found["notes"], "chord symbols": found["chords"],
                         "files a second": round(len(files) / took, 1)})
            print(rows[-1], file=sys.stderr, flush=True)
    notes = [f"{len(failures)} files could not be read" + (": see failures.txt." if failures else ".")]
    if options.sample:
        every = [path for name, files in groups.items() if name != "OpenEWLD lead sheets" for path in files]
        chosen = random.Random(0).sample(every, min(options.sample, len(every)))
        marks = [same(path) for path in chosen]
        unlike = [path.name for path, mark in zip(chosen, marks, strict=True) if mark is False]
        failures += [f"{name}: another number of notes than music21" for name in unlike]
        notes.append(f"Of {len(chosen)} files drawn by lot music21 reads {sum(mark is not None for mark in marks)}; "
                     f"in {sum(mark is True for mark in marks)} of these it has as many notes as we do.")
    (HERE / "failures.txt").write_text("".join(f"{line}\n" for line in failures), encoding="utf-8")
    _report.publish(HERE, rows, ("music21",), notes=notes)


if __name__ == "__main__":
    main()
