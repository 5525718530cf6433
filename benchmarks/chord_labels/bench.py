"""Chord labels of melodies beside the symbols that their lead sheets have: the share of beats that agree.

    COMPONIUM_DATA=../shared/data scripts/bench chord_labels
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
import componium  # noqa: E402
from componium.analysis.chord_labels import label_beats  # noqa: E402
from componium.analysis.key import find_key  # noqa: E402
from componium.music.chords import QUALITIES, PlainChord, reduce_symbol  # noqa: E402
from componium.music.score import Score  # noqa: E402

MEASURES = ("root", "triad", "chord")
Pair = tuple[PlainChord | None, PlainChord | None]


def pairs_of(score: Score) -> dict[str, list[Pair]]:
    """By way of labeling, (label, symbol written) of each beat on which a symbol is in force."""
    ticks = [chord.tick for chord in score.chords]
    written = [reduce_symbol(chord.symbol) for chord in score.chords]
    labels = label_beats(score)
    at = np.searchsorted(ticks, [label.tick for label in labels], side="right") - 1
    heard = [(label.chord, written[place]) for label, place in zip(labels, at.tolist(), strict=True) if place >= 0]
    key = find_key(score) if not score.keys else score.keys[0]
    tonic = PlainChord(key.tonic, "m" if key.mode == "minor" else "")
    return {"label_beats": heard, "the tonic triad on every beat": [(tonic, symbol) for _, symbol in heard]}


def agreement(label: PlainChord | None, symbol: PlainChord | None) -> dict[str, bool]:
    """Whether root, triad (root, third and fifth), and chord agree; "no chord" agrees with itself alone."""
    if label is None or symbol is None:
        return dict.fromkeys(MEASURES, label == symbol)
    root = label.root == symbol.root
    return {"root": root, "triad": root and QUALITIES[label.quality][:3] == QUALITIES[symbol.quality][:3],
            "chord": label == symbol}  # fmt: skip


def table(folder: Path) -> list[dict[str, object]]:
    counts: dict[str, Counter[str]] = {}
    for path in sorted(folder.rglob("*.mxl")):
        for name, pairs in pairs_of(componium.read(path)).items():
            count = counts.setdefault(name, Counter())
            count["beats"] += len(pairs)
            for pair in pairs:
                count.update(measure for measure, agrees in agreement(*pair).items() if agrees)
    return [{"labels": name, "beats": count["beats"],
             **{measure: round(count[measure] / count["beats"], 4) for measure in MEASURES}}
            for name, count in counts.items()]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("COMPONIUM_DATA"), help="the folder with openewld/")
    data = parser.parse_args().data
    if not data:
        parser.error("--data, or COMPONIUM_DATA, names the folder with openewld/scores")
    _report.publish(HERE, table(Path(data) / "openewld" / "scores"), ())


if __name__ == "__main__":
    main()
