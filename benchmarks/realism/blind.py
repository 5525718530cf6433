"""Takes and held-out pieces as ABC notation under numbers, for a reader who is to tell which are which.

    python scripts/make_arrays.py runs/pieces.npz      once: all music, as the models read it
    python benchmarks/realism/blind.py chorales [--out runs/blind] [--pieces 10] [--bars 16] [--seed 0]
                                                                [--form] [--without KEY]

Writes OUT/STYLE/01.abc, 02.abc ... in a random order, another for each style: takes by `componium.compose`, and real
pieces that were not learned from, drawn among the shortest that have as many bars, so that most are whole; all cut to
their last bars, without titles, names, tempi, lyrics and dynamics. The answers are in OUT/STYLE-key.csv: write down
your own first, with what gave each piece away, then open it.
"""

import argparse
import csv
import io
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

import componium
from componium._files import write_atomic
from componium.evaluation.windows import last_bars, n_whole_bars
from componium.music.score import Score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from _arrays import ARRAYS, HELD_OUT, Arrays


def plain(score):
    """Return a score without what names it: titles, parts' names, programs, tempi, velocities."""
    tracks = []
    for track in score.tracks:
        rows = track.notes.copy()
        rows["velocity"] = 0
        tracks.append(replace(track, notes=rows, name="", program=track.program if track.is_drum else 0))
    return Score(tuple(tracks), score.ticks_per_quarter, meters=score.meters, keys=score.keys[:1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("style")
    parser.add_argument("--out", type=Path, default=Path("runs/blind"))
    parser.add_argument("--pieces", type=int, default=10, help="takes, and as many real pieces (default: 10)")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arrays", type=Path, default=ARRAYS, help=f"the music (default: {ARRAYS})")
    parser.add_argument("--form", action="store_true", help="takes with a form and an upbeat, as by default")
    parser.add_argument("--method", help="a model; by default the one that `compose` takes for the style")
    parser.add_argument("--without", type=Path, help="an earlier key: its real pieces are left out")
    options = parser.parse_args()
    rng = np.random.default_rng([options.seed, zlib.crc32(options.style.encode())])
    entries = [*takes_of(options), *real_of(options, rng)]
    folder = options.out / options.style.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    key = io.StringIO()
    writer = csv.writer(key, lineterminator="\n")
    writer.writerow(("number", "kind", "source"))
    for number, at in enumerate(rng.permutation(len(entries)).tolist(), 1):
        kind, source, score = entries[at]
        componium.write(plain(score), folder / f"{number:02}.abc")
        writer.writerow((number, kind, source))
    write_atomic(folder.with_name(f"{folder.name}-key.csv"), key.getvalue().encode())
    print(f"{len(entries)} sheets in {folder}; the key is beside that folder")


def takes_of(options):
    """Return (kind, source, score) of takes."""
    wanted = {} if options.form else {"bars": options.bars}
    made = componium.compose(options.style, n=(4 if options.form else 1) * options.pieces, seed=options.seed,
                             method=options.method, **wanted)  # fmt: skip
    made = [take for take in made if n_whole_bars(take.score) >= options.bars][: options.pieces]
    return [("take", f"seed {options.seed}, take {take.number}", last_bars(take.score, options.bars)) for take in made]


def real_of(options, rng):
    """Return (kind, source, score) of held-out pieces, drawn."""
    seen = known(options.without) if options.without else set()
    pieces = [piece for piece in Arrays(options.arrays).pieces(options.style, HELD_OUT)
              if piece[0] not in seen and n_whole_bars(piece[1]) >= options.bars]  # fmt: skip
    if len(pieces) < options.pieces:
        print(f"only {len(pieces)} held-out pieces of {options.bars} bars", file=sys.stderr)
    pieces = sorted(pieces, key=lambda piece: n_whole_bars(piece[1]))[: 2 * options.pieces]  # most nearly whole
    drawn = (pieces[at] for at in rng.permutation(len(pieces))[: options.pieces])
    return [("real", name, last_bars(score, options.bars)) for name, score in drawn]


def known(key):
    """Return the names of the real pieces of a key."""
    with open(key, newline="", encoding="utf-8") as file:
        return {row["source"] for row in csv.DictReader(file) if row["kind"] == "real"}


if __name__ == "__main__":
    main()
