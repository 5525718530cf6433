"""Music for conformance checks: a small corpus of scales, and random scores."""

from collections.abc import Sequence

import numpy as np

from componium.corpora.base import Corpus, Piece
from componium.music.score import MODES, NOTE, Chord, Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters

METERS = (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 6, 8))
STYLE = "scales"
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
_ODD_METERS = ((4, 4), (3, 4), (6, 8), (2, 2), (5, 4), (7, 8))


def make_tune(seed: int, bars: int = 8, meter: Meter = METERS[0], pace: int = 1) -> Score:
    """Return two voices in C major, eighths over quarters, that end on the tonic.

    Notes are `pace` times as short.
    """
    rng = np.random.default_rng(seed)
    eighths, unit = int(bar_quarters(meter) * 2) * bars * pace, 240 // pace
    upper = [(unit * at, unit, 60 + _SCALE[int(step)]) for at, step in enumerate(rng.integers(0, 8, eighths - 4))]
    upper.append((unit * len(upper), 4 * unit, 60))
    steps = rng.integers(0, 8, eighths // 2 - 2)
    lower = [(2 * unit * at, 2 * unit, 48 + _SCALE[int(step)]) for at, step in enumerate(steps)]
    lower.append((2 * unit * len(lower), 4 * unit, 48))
    return Score(
        (Track(notes(upper), 40), Track(notes(lower), 42)),
        tempos=(Tempo(0, 120.0),), meters=(meter,), keys=(Key(0, 0, "major"),),
    )  # fmt: skip


def make_corpus(paces: Sequence[int] = (1,)) -> Corpus:
    """Return 14 tunes in three meters, at each pace in turn.

    10 are to train on, 2 to validate, 2 to test.
    """
    splits = ["train"] * 10 + ["validation"] * 2 + ["test"] * 2
    tunes = [make_tune(at, meter=METERS[at % 3], pace=paces[at % len(paces)]) for at in range(len(splits))]
    pieces = [Piece(f"{STYLE}/{at}", tune, (STYLE,), STYLE, split)
              for at, (tune, split) in enumerate(zip(tunes, splits, strict=True))]
    return Corpus(STYLE, tuple(pieces))


def random_score(rng: np.random.Generator) -> Score:
    """Return a score of up to four tracks with random notes, meters, keys and chords."""
    ticks = int(rng.choice([24, 96, 120, 480, 960]))
    meter = _ODD_METERS[int(rng.integers(len(_ODD_METERS)))]
    changes = [0, *(ticks * np.cumsum(rng.integers(1, 9, 2))).tolist()][: int(rng.integers(0, 4))]
    modes = sorted(MODES)
    return Score(
        tuple(_random_track(rng, ticks) for _ in range(int(rng.integers(0, 5)))),
        ticks,
        tempos=tuple(Tempo(tick, float(rng.integers(4, 100) * 3)) for tick in changes),
        meters=(Meter(0, *meter),) if rng.random() < 0.7 else (),
        keys=tuple(Key(tick, int(rng.integers(-7, 8)), str(rng.choice(modes))) for tick in changes),
        chords=tuple(Chord(tick, str(rng.choice(["C", "Am7", "D/F#", "Bb"]))) for tick in changes),
        title="Dúlamán" if rng.random() < 0.5 else "",
    )


def _random_track(rng: np.random.Generator, ticks: int) -> Track:
    count, is_drum = int(rng.integers(0, 20)), bool(rng.random() < 0.15)
    array = np.zeros(count, dtype=NOTE)
    grid = int(rng.choice([1, ticks // 8, ticks // 2]))
    array["onset"] = rng.integers(0, 16 * ticks // grid, count) * grid
    array["duration"] = rng.integers(1, 4 * ticks // grid, count) * grid
    array["pitch"], array["velocity"] = rng.integers(0, 128, count), rng.integers(0, 128, count)
    return Track(array, 0 if is_drum else int(rng.integers(0, 128)), is_drum, "Ut")
