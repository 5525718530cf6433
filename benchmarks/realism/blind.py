"""Takes and held-out pieces as ABC notation under numbers, for a reader who is to tell which are which.

    python benchmarks/realism/blind.py chorales [--out runs/blind] [--pieces 10] [--bars 16] [--seed 0]

Writes OUT/STYLE/01.abc, 02.abc ... in a random order: takes by `componium.compose`, and real pieces that were not
learned from, drawn, all cut to their last bars and without titles, names, tempi, lyrics and dynamics. The answers are
in OUT/STYLE-key.csv: write down your own first, with what gave each piece away, then open it.
"""

import argparse
import csv
import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import componium
from componium import corpora
from componium._files import write_atomic
from componium.composing.shipped import styles
from componium.evaluation.takes import real_pieces
from componium.evaluation.windows import windows
from componium.music.score import Score


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
    parser.add_argument("--method", help="a model; by default the one that `compose` takes for the style")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
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
    made = componium.compose(options.style, bars=options.bars, n=options.pieces, seed=options.seed,
                             method=options.method)  # fmt: skip
    scores = windows([take.score for take in made], options.bars)
    return [("take", f"seed {options.seed}, take {at}", score) for at, score in enumerate(scores, 1)]


def real_of(options, rng):
    """Return (kind, source, score) of held-out pieces, drawn."""
    general = next((style.within or (style.name,) for style in styles() if style.name == options.style), ())
    music = corpora.with_composers(corpora.load(",".join(general)))
    scores = windows(real_pieces(music, options.style), options.bars)
    if len(scores) < options.pieces:
        print(f"only {len(scores)} held-out pieces of {options.bars} bars", file=sys.stderr)
    drawn = rng.permutation(len(scores))[: options.pieces].tolist()
    return [("real", scores[at].title or "untitled", scores[at]) for at in drawn]


if __name__ == "__main__":
    main()
