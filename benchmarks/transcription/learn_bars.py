"""Learn what componium.transcription.bars knows of bars, from the training split of scores that have bar lines.

    python benchmarks/transcription/learn_bars.py            writes src/componium/transcription/bars.json
    python benchmarks/transcription/learn_bars.py --check    how well bars are then found in validation tunes

Onsets and pitches are taken from the scores as they are, on the slowest pulse that nearly all onsets keep. A table's
numbers are hundredths of natural logarithms. The check needs no sound: it is what to try weights on.
"""

import argparse
import json
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import mir_eval
import numpy as np

import componium
from componium import corpora
from componium.music.time import bar_lines, bar_quarters, meters_of
from componium.transcription import bars

TABLES = Path(componium.__file__).parent / "transcription" / "bars.json"
CORPORA = ("fiddle", "chorales", "quartets")
NAMED = {"2/4", "3/4", "4/4", "3/8", "6/8", "9/8", "12/8"}  # other meters are called as one of these
SMOOTHING, FEWEST, KEPT = 0.3, 12, 0.92  # added to counts; pieces of a kind of bar; share of onsets on the pulse


class Scored:
    """A score on its pulse: its notes, where they begin in steps, and what is true of its bars."""

    def __init__(self, score):
        array = np.concatenate([track.notes for track in score.tracks if not track.is_drum])
        array = array[np.argsort(array["onset"], kind="stable")]
        ticks = score.ticks_per_quarter
        away = array["onset"] - array["onset"][0]
        self.ticks = next((step for step in (ticks, ticks // 2) if (away % step == 0).mean() >= KEPT), ticks // 4)
        self.pitch, self.places = array["pitch"], np.rint(away / self.ticks).astype(np.int64)
        self.step, self.meter = Fraction(self.ticks, ticks), meters_of(score)[-1]
        self.kind = bars.bar_kind(self.meter, self.step)
        self.lines, self.first, self.end = bar_lines(score), int(array["onset"][0]), score.end
        self.length = int(bar_quarters(self.meter) / self.step) if self.kind else 0
        full = int(self.lines[1] if len(self.lines) > 1 else self.lines[0]) - self.first
        self.pickup = full // self.ticks % self.length if self.kind and full % self.ticks == 0 else None
        qpm = score.tempos[0].qpm if score.tempos else 120.0
        self.seconds = 60 / qpm * float(self.step)


def scored(name, split):
    """The pieces of a split that keep one meter and one pulse."""
    for piece in corpora.load(name).pieces:
        score = piece.score
        if piece.split != split or not score.n_notes:
            continue
        if len({(each.numerator, each.denominator) for each in meters_of(score) if each.tick}) > 1:
            continue
        found = Scored(score)
        if found.pickup is not None:
            yield found


def learned(pieces):
    """The tables, from counts."""
    kinds = defaultdict(list)
    for piece in pieces:
        kinds[piece.kind].append(piece)
    kept = {kind: found for kind, found in kinds.items() if len(found) >= FEWEST}
    total = sum(map(len, kept.values()))
    return {kind: table(found, total) for kind, found in sorted(kept.items())}


def table(pieces, total):
    """What one kind of bar is like."""
    length = pieces[0].length
    counts = {name: np.full((length, size), SMOOTHING) for name, size in bars.FEATURES.items()}
    counts |= {name: np.full(length, SMOOTHING) for name in ("first", "last")}
    for piece in pieces:
        line = bars.top_line(piece.pitch, piece.places)
        place = (line.at - piece.pickup) % length
        np.add.at(counts["degree"], (place[:-1], line.degree[:-1]), 1)
        np.add.at(counts["length"], (place[:-1], line.length[:-1]), 1)
        np.add.at(counts["interval"], (place[1:], line.interval[1:]), 1)
        np.add.at(counts["begins"], ((np.arange(line.steps) - piece.pickup) % length, (line.pitches >= 0) * 1), 1)
        counts["first"][piece.pickup] += 1
        counts["last"][place[-1]] += 1
    found = {name: np.rint(100 * np.log(count / count.sum(-1, keepdims=True))).astype(int).tolist()
             for name, count in counts.items()}  # fmt: skip
    called = Counter(str(piece.meter) for piece in pieces)
    named = {name: round(float(np.log(n / len(pieces))), 2) for name, n in called.items() if name in NAMED}
    return {"prior": round(float(np.log(len(pieces) / total)), 2), "meters": named, **found}


def check(pieces):
    """The mean F1 of bar lines, and of the pieces whose every line is found the share."""
    marks = []
    for piece in pieces:
        notes = np.zeros(len(piece.pitch), dtype=[("pitch", np.int64)])
        notes["pitch"] = piece.pitch
        found = bars.find_bars(notes, piece.places, piece.seconds)
        size = int(bar_quarters(found.meter) / found.step_quarters) * piece.ticks
        lines = np.arange(piece.first + found.pickup * piece.ticks - size, piece.end + 1, size)
        lines = lines[lines >= piece.first]
        true = piece.lines[piece.lines <= piece.end]
        marks.append(mir_eval.onset.f_measure(true / piece.ticks, lines / piece.ticks, window=0.1)[0])
    return float(np.mean(marks)), float((np.array(marks) > 0.9).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="learn nothing: measure on validation pieces")
    if parser.parse_args().check:
        for name in CORPORA:
            pieces = list(scored(name, "validation"))
            mean, all_found = check(pieces)
            print(f"{name}: {len(pieces)} pieces, bar lines' F1 {mean:.3f}, above 0.9 in {all_found:.1%}")
        return
    found = learned(piece for name in CORPORA for piece in scored(name, "train"))
    lines = [f"{json.dumps(kind)}: {json.dumps(here, separators=(',', ':'))}" for kind, here in found.items()]
    TABLES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{', '.join(found)}: {TABLES.stat().st_size / 1024:.1f} KiB")


if __name__ == "__main__":
    main()
