"""How fast MIDI files are read: the Bach chorales, by Componium and its peers, in turn, in one run.

    python benchmarks/reading/bench.py [--rounds 7] [--slow 30]

Writes results.csv beside itself. Every reader opens each file by its path. The slow ones (music21, pretty_midi, mido)
read the first --slow files only. A reader's figure is its median over the rounds.
"""

import argparse
import csv
import platform
import statistics
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import mido
import music21
import pretty_midi
import symusic

import componium
from componium.errors import ComponiumError
from componium.formats import midi
from componium.formats import read as read_path
from componium.formats.midi.reader import read_repairing
from componium.formats.midi.scores import to_score

HERE = Path(__file__).parent


def read_symusic_arrays(path):
    return [track.notes.numpy() for track in symusic.Score(path).tracks]


def read_mending(path):
    from componium.formats.midi.events import Repairs

    repairs = Repairs(strict=True)
    return to_score(*read_repairing(Path(path).read_bytes(), 0, repairs), repairs)


QUICK = {
    "componium": read_path,
    "symusic": symusic.Score,
    "symusic and its notes as arrays": read_symusic_arrays,
}
SLOW = {
    "componium, its mending reader": read_mending,
    "mido": mido.MidiFile,
    "pretty_midi": pretty_midi.PrettyMIDI,
    "music21": lambda path: music21.converter.parse(path, forceSource=True),
}
IN_MEMORY = {"componium, from bytes": midi.loads, "symusic, from bytes": symusic.Score.from_midi}


def write_chorales(folder):
    """All chorales of music21's corpus, read from MusicXML and written as MIDI by Componium; their paths."""
    paths = []
    for source in sorted((Path(music21.__file__).parent / "corpus" / "bach").glob("*.mxl")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                score = componium.read(source)
            except ComponiumError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
        paths.append(str(folder / f"{source.stem}.mid"))
        Path(paths[-1]).write_bytes(midi.dumps(score))
    return paths


def time_of(reader, items):
    start = time.perf_counter()
    for item in items:
        reader(item)
    return (time.perf_counter() - start) / len(items)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slow", type=int, default=30)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        paths = write_chorales(Path(name))
        data = [Path(path).read_bytes() for path in paths]
        few = paths[:: max(len(paths) // options.slow, 1)][: options.slow]
        work = [(label, reader, paths) for label, reader in QUICK.items()]
        work += [(label, reader, data) for label, reader in IN_MEMORY.items()]
        work += [(label, reader, few) for label, reader in SLOW.items()]
        for _, reader, items in work:
            time_of(reader, items[:3])
        times = {label: [] for label, _, _ in work}
        for number in range(options.rounds):
            for label, reader, items in work:
                if items is not few or number < 3:
                    times[label].append(time_of(reader, items))
        counts = {label: len(items) for label, _, items in work}
        n_notes = sum(midi.loads(one).n_notes for one in data)
    report(times, counts, n_notes, sum(map(len, data)))


def report(times, counts, n_notes, n_bytes):
    n_files = counts["componium"]
    names = ("componium", "symusic", "mido", "pretty_midi", "music21", "numpy")
    print(f"{n_files} files, {n_notes / n_files:.0f} notes and {n_bytes / n_files:.0f} bytes a file on average")
    print(f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}")
    base = statistics.median(times["symusic"])
    rows = [
        (label, counts[label], f"{1e3 * statistics.median(took):.4f}", f"{1 / statistics.median(took):.0f}",
         f"{1e3 * min(took):.4f}", f"{statistics.median(took) / base:.2f}")
        for label, took in times.items()
    ]
    columns = ("reader", "files", "ms_a_file", "files_a_second", "ms_a_file_at_best", "times_symusic")
    with open(HERE / "results.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    for row in (columns, *rows):
        print("".join(f"{cell!s:>34}" if index == 0 else f"{cell!s:>20}" for index, cell in enumerate(row)))


if __name__ == "__main__":
    main()
