"""Chords found in tunes beside those that are written or played with them: the share of beats that agree.

    COMPONIUM_DATA=../shared/data scripts/bench chord_labels
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
import componium  # noqa: E402
from componium import corpora  # noqa: E402
from componium.analysis.chord_labels import chord_beats, label_chords  # noqa: E402
from componium.analysis.key import find_key  # noqa: E402
from componium.analysis.tune_chords import chords_of_tune  # noqa: E402
from componium.music.chords import QUALITIES, PlainChord, reduce_symbol  # noqa: E402
from componium.music.score import Chord, Score  # noqa: E402

MEASURES = ("root", "triad", "chord")
Pair = tuple[PlainChord | None, PlainChord | None]


def pairs_of(tune: Score, written: Score) -> dict[str, list[Pair]]:
    """By way of finding chords, (chord, symbol written) of each beat on which a symbol is in force."""
    edges, _ = chord_beats(tune)
    beats = edges[:-1].tolist()
    symbols = at_beats(written.chords, beats)
    key = find_key(tune) if not tune.keys else tune.keys[0]
    tonic = PlainChord(key.tonic, "m" if key.mode in ("minor", "dorian") else "")
    ways = {"chords_of_tune": at_beats(chords_of_tune(tune), beats), "label_beats": at_beats(label_chords(tune), beats),
            "the tonic triad on every beat": [tonic] * len(beats)}  # fmt: skip
    first = min((chord.tick for chord in written.chords), default=0)
    inside = [beat >= first for beat in beats]
    return {name: [pair for pair, held in zip(zip(found, symbols, strict=True), inside, strict=True) if held]
            for name, found in ways.items()}  # fmt: skip


def at_beats(chords: tuple[Chord, ...], beats: list[int]) -> list[PlainChord | None]:
    """The chord in force at each beat, None before the first and for no chord."""
    at = np.searchsorted([chord.tick for chord in chords], beats, side="right") - 1
    plain = [reduce_symbol(chord.symbol) for chord in chords]
    return [plain[place] if place >= 0 else None for place in at.tolist()]


def lead_sheets(data: Path) -> Iterator[tuple[Score, Score]]:
    """OpenEWLD's lead sheets but those of the corpus `songs`, from which chords_of_tune was counted."""
    counted = {Path(piece.source).name for piece in corpora.load("songs")}
    for path in sorted((data / "openewld" / "scores").rglob("*.mxl")):
        if path.name not in counted:
            score = componium.read(path)
            yield score, score


def folk_tunes(data: Path) -> Iterator[tuple[Score, Score]]:
    """Nottingham's tunes, and the labels of the chords that are played beneath."""
    for path in sorted((data / "nottingham" / "MIDI").glob("*.mid")):
        score = componium.read(path)
        tune = replace(score, tracks=score.tracks[:1])
        if len(score.tracks) > 1:
            yield replace(tune, keys=(find_key(tune),)), replace(
                score, chords=label_chords(replace(score, tracks=score.tracks[1:])))  # fmt: skip


def agreement(label: PlainChord | None, symbol: PlainChord | None) -> dict[str, bool]:
    """Whether root, triad (root, third and fifth), and chord agree; "no chord" agrees with itself alone."""
    if label is None or symbol is None:
        return dict.fromkeys(MEASURES, label == symbol)
    root = label.root == symbol.root
    return {"root": root, "triad": root and QUALITIES[label.quality][:3] == QUALITIES[symbol.quality][:3],
            "chord": label == symbol}  # fmt: skip


def table(name: str, pairs: Iterator[tuple[Score, Score]]) -> list[dict[str, object]]:
    counts: dict[str, Counter[str]] = {}
    for tune, written in pairs:
        for way, found in pairs_of(tune, written).items():
            count = counts.setdefault(way, Counter())
            count["beats"] += len(found)
            for pair in found:
                count.update(measure for measure, agrees in agreement(*pair).items() if agrees)
    return [{"chords": way, "of": name, "beats": count["beats"],
             **{measure: round(count[measure] / count["beats"], 4) for measure in MEASURES}}
            for way, count in counts.items()]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("COMPONIUM_DATA"), help="the folder of music")
    data = parser.parse_args().data
    if not data:
        parser.error("--data, or COMPONIUM_DATA, names the folder with openewld/scores and nottingham/MIDI")
    rows = table("lead sheets", lead_sheets(Path(data))) + table("folk tunes", folk_tunes(Path(data)))
    _report.publish(HERE, rows, ())


if __name__ == "__main__":
    main()
