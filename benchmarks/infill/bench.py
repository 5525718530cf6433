"""How much do the bars behind tell, and does what is filled in resemble what stood there?

    scripts/bench infill [--method NAME|FOLDER] [--styles chorales fiddle ...] [--pieces 12] [--only-print]
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
import componium  # noqa: E402
from componium import corpora  # noqa: E402
from componium.analysis.chord_labels import label_chords  # noqa: E402
from componium.composing.model import load_model  # noqa: E402
from componium.decoding.region import Region  # noqa: E402
from componium.evaluation.filling import fill_nats  # noqa: E402
from componium.music.time import bar_lines, n_bars  # noqa: E402
from componium.music.transform import slice_bars  # noqa: E402

STYLES = ("chorales", "fiddle", "hymns", "madrigals", "songs")
BARS, HOLE = 12, (5, 7)
PLACES = 24  # onset histograms have so many places a bar


def windows(style, count):
    """Test pieces of a style, cut at their first bars, without velocities and chords."""
    pieces = [piece for piece in corpora.load(style).test if n_bars(piece.score) >= BARS]
    at = np.linspace(0, len(pieces) - 1, min(count, len(pieces))).astype(int)
    for piece in (pieces[one] for one in at):
        score = slice_bars(piece.score, 0, BARS)
        tracks = tuple(replace(track, notes=_plain(track.notes)) for track in score.tracks)
        yield replace(score, tracks=tracks, chords=(), info=(("style", piece.styles[-1]),))


def _plain(rows):
    rows = rows.copy()
    rows["velocity"] = 0
    return rows


def holes_of(score):
    """Regions by name: two bars; of several voices also the lowest in two bars, and all but the first everywhere."""
    found = {"2 bars": {"bars": HOLE}}
    voices = len(score.tracks)
    if voices > 1:
        found |= {"2 bars, lowest voice": {"bars": HOLE, "voices": [voices - 1]},
                  "all below the first": {"voices": list(range(1, voices))}}  # fmt: skip
    return found


def measure_nats(method, scores):
    """By hole: pieces, notes, nats from before, from around, and around with chords given."""
    found = {}
    for score in scores:
        score = method.codec_.canonicalize(score)
        chorded = method.codec_.canonicalize(replace(score, chords=label_chords(score)))
        for name, hole in holes_of(score).items():
            plain, known = (fill_nats(method, one, Region.of(one, **hole)) for one in (score, chorded))
            row = found.setdefault(name, np.zeros(5))
            row += [1, plain.n_notes, plain.before, plain.around, known.around]
    return found


def cell_histograms(score, region):
    """Pitch classes (12,), places of onsets in the bar (PLACES,) and the number of notes a bar, of a region."""
    lines = bar_lines(score)
    classes, onsets, count = np.zeros(12), np.zeros(PLACES), 0
    for voice, track in enumerate(score.tracks):
        rows = track.notes
        bars = np.clip(np.searchsorted(lines, rows["onset"], side="right") - 1, 0, len(region.cells) - 1)
        rows, bars = rows[region.cells[bars, voice]], bars[region.cells[bars, voice]]
        share = (rows["onset"] - lines[bars]) / np.diff(lines)[bars]
        np.add.at(classes, rows["pitch"] % 12, 1)
        np.add.at(onsets, np.minimum((share * PLACES).astype(int), PLACES - 1), 1)
        count += len(rows)
    return classes, onsets, count / max(region.cells.any(axis=1).sum(), 1)


def distances(one, other):
    """Total variation of pitch classes and of onsets, and the difference of notes a bar as a share of the other's."""
    pairs = zip(one[:2], other[:2], strict=True)
    apart = [np.abs(a / max(a.sum(), 1) - b / max(b.sum(), 1)).sum() / 2 for a, b in pairs]
    return [*apart, abs(one[2] - other[2]) / max(other[2], 1)]


def measure_distances(name, scores, rng):
    """By hole: pieces, and distances of what was filled in, and of other bars of the piece, from what stood there."""
    found = {}
    for score in scores:
        for hole, wanted in holes_of(score).items():
            region = Region.of(score, **wanted)
            true = cell_histograms(score, region)
            if not true[2]:
                continue
            take = componium.infill(score, **wanted, method=name, seed=int(rng.integers(2**31)))
            others = [bar for bar in range(BARS - 1) if not HOLE[0] - 2 < bar < HOLE[1]]
            first = int(rng.choice(others))
            away = Region.of(score, bars=(first, first + 2), voices=wanted.get("voices"))
            row = found.setdefault(hole, np.zeros(7))
            filled, other = (cell_histograms(*pair) for pair in ((take.score, region), (score, away)))
            row += [1, *distances(filled, true), *distances(other, true)]
    return found


def row_of(style, hole, nats, apart):
    """A row of the table."""
    pieces, notes, before, around, chords = nats
    mean = apart[1:] / max(apart[0], 1)
    row = {"style": style, "hole": hole, "pieces": int(pieces), "notes": int(notes)}
    row |= {"before": before / notes, "around": around / notes, "around / before": around / before,
            "with chords": chords / notes}  # fmt: skip
    for at, name in enumerate(("pitch classes", "onsets", "density")):
        row |= {name: mean[at], f"{name}, other bars": mean[at + 3]}
    return {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in row.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="shipped")
    parser.add_argument("--styles", nargs="+", default=STYLES)
    parser.add_argument("--pieces", type=int, default=12)
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    method, rng, rows = load_model(options.method), np.random.default_rng(0), []
    for style in options.styles:
        scores = list(windows(style, options.pieces))
        nats, apart = measure_nats(method, scores), measure_distances(options.method, scores, rng)
        rows += [row_of(style, hole, nats[hole], apart[hole]) for hole in nats]
        print(rows[-1], file=sys.stderr, flush=True)
    _report.publish(HERE, rows, (), only_print=options.only_print)


if __name__ == "__main__":
    main()
