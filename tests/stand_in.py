"""A small model in the shipped one's place, so that examples run in a checkout without weights, and quickly."""

from pathlib import Path

import numpy as np

from componium.corpora import Corpus, Piece
from componium.methods import make
from componium.music.pitch import key_of
from componium.music.score import Meter, Score, Tempo, Track, notes
from componium.originality.index import Index

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
# Styles as the shipped model has them, each with its metre and its parts' programs.
MUSIC = (
    (("chorales",), (4, 4), (52,) * 4), (("chorales",), (3, 4), (52,) * 4), (("quartets",), (3, 4), (40, 40, 41, 42)),
    (("quartets",), (4, 4), (40, 40, 41, 42)), (("madrigals",), (4, 4), (52,) * 5), (("fiddle", "jig"), (6, 8), (40,)),
    (("fiddle", "reel"), (4, 4), (40,)), (("fiddle", "waltz"), (3, 4), (40,)), (("fiddle", "slip jig"), (9, 8), (40,)),
)  # fmt: skip


def save(folder: Path) -> Path:
    """Fit Markov on scales, and save it as shipped weights are saved, with the index of what it learned from."""
    corpus = music()
    make("markov", order=4).fit(corpus).save(folder)
    Index.of((piece.id, piece.score) for piece in corpus.train).save(folder / "originality.npz")
    return folder


def music() -> Corpus:
    """A few pieces of each of MUSIC, in several keys."""
    rng = np.random.default_rng(1)
    pieces = []
    for styles, meter, programs in MUSIC:
        for number, (tonic, mode) in enumerate([(0, "major"), (2, "minor"), (7, "major"), (9, "minor")]):
            name = f"{styles[-1]}/{meter[0]}-{meter[1]}/{number}"
            pieces.append(Piece(name, _piece(rng, meter, programs, tonic, mode), styles))
    return Corpus("stand-in", tuple(pieces))


def _piece(rng: np.random.Generator, meter: tuple[int, int], programs: tuple[int, ...], tonic: int, mode: str) -> Score:
    tracks = []
    for part, program in enumerate(programs):
        duration = 240 if len(programs) == 1 else 480
        count = 8 * meter[0] * 4 * 480 // meter[1] // duration
        steps = np.clip(np.cumsum(rng.integers(-2, 3, count)), -4, 6)
        steps[-1] = 0
        base = 60 + tonic - (5 * part if part else 0)
        pitches = [base + 12 * (step // 7) + SCALES[mode][step % 7] for step in steps.tolist()]
        tracks.append(Track(notes((duration * at, duration, pitch) for at, pitch in enumerate(pitches)), program))
    return Score(
        tuple(tracks), tempos=(Tempo(0, 100.0),), meters=(Meter(0, *meter),), keys=(key_of(tonic, mode),),
    )  # fmt: skip
