"""Estimation of a piece's keys from its notes, its ending and its signatures.

A printed signature gives sharps or flats but seldom a trustworthy mode; old music has one flat fewer (a "Dorian" G
minor with one flat), and MIDI files often say C major and mean nothing. So the key of each stretch under one signature
is that of `componium.analysis.key.find_key`, with the distance of each key from the signature held against it, as far
as the kind of file is to be trusted:

    mode        the signature states tonic and mode (ABC's K:): left alone
    signature   sharps and flats are as printed (MusicXML)
    nothing     sharps and flats may mean nothing (MIDI)

Modes other than major and minor are kept where "mode" is trusted, and never estimated: a Dorian chorale is minor, a
Phrygian one the minor or major whose dominant it ends on.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.analysis.key import DEFAULT_FINAL, MAJOR_AND_MINOR, find_key
from componium.analysis.lines import pitched
from componium.music.pitch import key_of
from componium.music.score import Key, Score, Track


class Trust(NamedTuple):
    """The weights of signature and ending beside correlations of -1 to 1."""

    signature: float
    final: float


# With a signature to tell the relative keys apart the ending weighs more: it separates the dominant from the tonic.
TRUST = {"signature": Trust(0.25, 0.5), "nothing": Trust(0.02, DEFAULT_FINAL)}


def estimate_keys(score: Score, trust: str = "signature") -> Score:
    """Return the score with an estimated key for each stretch under one signature.

    The first is at tick 0. `trust` is "mode", "signature" or "nothing" (see the module). A score without pitched notes
    keeps its keys.
    """
    if trust == "mode" and score.keys:
        return replace(score, keys=(replace(score.keys[0], tick=0), *score.keys[1:]))
    notes = pitched(score)
    if not len(notes):
        return score
    starts = _signatures(score.keys)
    keys = []
    for (tick, fifths), stop in zip(starts, [*(tick for tick, _ in starts[1:]), score.end], strict=True):
        inside = notes[(notes["onset"] >= tick) & (notes["onset"] < stop)]
        if len(inside):
            keys.append(replace(estimate_key(Score((Track(inside),)), fifths, trust), tick=tick))
    return replace(score, keys=_without_repeats(keys))


def estimate_key(score: Score, fifths: int | None = None, trust: str = "signature") -> Key:
    """Return the major or minor key of a score under one signature (None: none).

    It is spelled as in the signature.
    """
    weights = TRUST["nothing" if fifths is None or trust == "mode" else trust]
    prior = None if fifths is None else -weights.signature * _distances(fifths)
    key = find_key(score, final=weights.final, prior=prior)
    # Six flats and six sharps, five and seven sound alike: the signature says which was written.
    spellings = [spelled for spelled in (key.fifths, key.fifths - 12, key.fifths + 12) if -7 <= spelled <= 7]
    return replace(key, fifths=min(spellings, key=lambda spelled: abs(spelled - (fifths or 0))))


def _distances(fifths: int) -> NDArray[np.float64]:
    """Return the distance of each key, (mode, tonic), from a signature."""
    return np.array([[_distance(key_of(tonic, mode), fifths) for tonic in range(12)] for mode in MAJOR_AND_MINOR])


def _distance(key: Key, fifths: int) -> float:
    """Return the distance of a key from a signature, in steps of the circle of fifths.

    Six flats are six sharps there. Minor with a flat too many is how Dorian was written; with a sharp too many it would
    be Phrygian, whose last chord is rather the dominant of another key.
    """
    sharper = (key.fifths - fifths + 6) % 12 - 6
    if key.mode == "minor" and sharper in (-1, 1):
        return 0.4 if sharper == -1 else 2.2
    return min(abs(sharper), 3)


def _signatures(keys: tuple[Key, ...]) -> list[tuple[int, int | None]]:
    """Return the start and the sharps of each signature.

    The first reaches back to tick 0.
    """
    starts: list[tuple[int, int | None]] = []
    for key in keys:
        if not starts or key.fifths != starts[-1][1]:
            starts.append((key.tick if starts else 0, key.fifths))
    return starts or [(0, None)]


def _without_repeats(keys: list[Key]) -> tuple[Key, ...]:
    if not keys:
        return ()
    kept = [replace(keys[0], tick=0)]
    for key in keys[1:]:
        if (key.fifths, key.mode) != (kept[-1].fifths, kept[-1].mode):
            kept.append(key)
    return tuple(kept)
