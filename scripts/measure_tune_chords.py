"""Count what `componium.analysis.tune_chords` reads: python scripts/measure_tune_chords.py

The tune is the first part of each training piece of the hymns, the songs and, in minor, the chorales; its chords are
the symbols written, else the labels of all parts. COMPONIUM_DATA names the folder of music.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from componium import corpora
from componium._files import write_atomic
from componium.analysis import tune_chords
from componium.analysis.chord_labels import label_chords
from componium.analysis.tune_chords import STATES, Span
from componium.music.chords import PlainChord, reduce_symbol
from componium.music.score import Chord, Key, Score

CORPORA = {"major": ("hymns", "songs"), "minor": ("hymns", "songs", "chorales")}  # hymns and songs are seldom minor
QUALITIES = {"m7": "m", "m7b5": "dim", "dim7": "dim"}  # triads of sevenths; all others are major


def main() -> None:
    moves: dict[str, Counter[tuple[int, int, int]]] = {"major": Counter(), "minor": Counter()}
    sounds = {quality: np.zeros(12) for quality in tune_chords.TRIADS}
    for mode, names in CORPORA.items():
        for piece in (piece for name in names for piece in corpora.load(name).train if piece.score.keys):
            if mode == mode_of(piece.score.keys[0]):
                count(piece.score, moves[mode], sounds)
    table = {
        "from": {mode: ", ".join(names) for mode, names in CORPORA.items()},
        "sounds": {quality: np.round(counted, 1).tolist() for quality, counted in sounds.items()},
        "moves": {mode: [[*move, times] for move, times in sorted(found.items())] for mode, found in moves.items()},
    }
    text = json.dumps(table).replace('"moves"', '\n"moves"').replace('"minor": [[', '\n"minor": [[')
    write_atomic(Path(tune_chords.__file__).parent / "tune_chords.json", f"{text}\n".encode())


def mode_of(key: Key) -> str:
    return "minor" if key.mode in tune_chords.MINOR else "major"


def count(score: Score, moves: Counter[tuple[int, int, int]], sounds: dict[str, np.ndarray]) -> None:
    """Count the moves of a piece, and the intervals over each triad's root that its tune sounds."""
    tune, key = replace(score, tracks=score.tracks[:1]), score.keys[0]
    chords = score.chords or label_chords(score)
    spans = tune_chords.spans_of(tune)
    shares = tune_chords.pitch_class_shares(tune, spans, [key] * len(spans))
    before = None
    for span, share in zip(spans, shares, strict=True):
        state = longest(chords, span, key)
        if state is not None:
            sounds[state.quality] += np.roll(share, -state.root)
        if state is not None and before is not None:
            moves[int(span.is_bar), STATES.index(before), STATES.index(state)] += 1
        before = state


def longest(chords: tuple[Chord, ...], span: Span, key: Key) -> PlainChord | None:
    """Return the triad, relative to the key, that lasts longest in a span."""
    ticks = [chord.tick for chord in chords]
    ends = [*ticks[1:], max(span.stop, *ticks) if ticks else 0]
    lasting: Counter[PlainChord] = Counter()
    for chord, end in zip(chords, ends, strict=True):
        time = min(end, span.stop) - max(chord.tick, span.start)
        plain = reduce_symbol(chord.symbol)
        if time > 0 and plain is not None:
            quality = QUALITIES.get(plain.quality, plain.quality if plain.quality in tune_chords.TRIADS else "")
            lasting[PlainChord((plain.root - key.tonic) % 12, quality)] += time
    return lasting.most_common(1)[0][0] if lasting else None


if __name__ == "__main__":
    main()
