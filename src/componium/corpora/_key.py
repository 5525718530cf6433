"""The key of a piece: what its notes and its ending say, where its signature is silent or half true.

A printed signature gives sharps or flats but seldom a trustworthy mode; old music has one flat fewer (a "Dorian" G
minor with one flat), and MIDI files often say C major and mean nothing. Each stretch under one signature is judged by
- its pitch classes up to the last chord, weighted by duration, correlated with the major and minor profiles of
  Krumhansl and Kessler (1982; Krumhansl, Cognitive Foundations of Musical Pitch, 1990, table 2.1);
- its last bass note, if it is the root of the last chord: most pieces end on their tonic (a Picardy third ends a minor
  piece in major, so the last chord's own third is not asked);
- its signature, as far as `trust` goes.

`trust` is "mode" (ABC's K: says tonic and mode: left alone), "signature" (MusicXML) or "nothing" (MIDI).
Modes other than major and minor are kept where "mode" is trusted, and never guessed: a Dorian chorale is minor, a
Phrygian one the minor or major it hangs from.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.analysis.key import MAJOR_AND_MINOR, best_key, key_correlations
from componium.music.pitch import key_of
from componium.music.score import Key, Score, type_notes

PROFILE = "krumhansl"
TRUST = {"signature": 0.25, "nothing": 0.02}
FINAL = 0.5  # what the last bass note weighs beside a correlation of -1 to 1


def with_key(score: Score, trust: str = "signature") -> Score:
    """The score with its keys judged: one a stretch under one signature, the first at tick 0."""
    if trust == "mode" and score.keys:
        return replace(score, keys=(replace(score.keys[0], tick=0), *score.keys[1:]))
    sounding = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    if not sounding:
        return score
    everything = np.concatenate(sounding)
    starts = _stretches(score.keys)
    keys = []
    for (tick, fifths), stop in zip(starts, [*(tick for tick, _ in starts[1:]), score.end], strict=True):
        inside = everything[(everything["onset"] >= tick) & (everything["onset"] < stop)]
        if len(inside):
            keys.append(replace(estimate_key(inside, fifths, trust), tick=tick))
    return replace(score, keys=_without_repeats(keys))


def estimate_key(notes: type_notes, fifths: int | None = None, trust: str = "signature") -> Key:
    """Return the major or minor key that suits these notes (at least one) and their signature, if there is one."""
    before = notes[notes["onset"] < notes["onset"].max()]
    evidence = key_correlations(before if len(before) else notes, profile=PROFILE)
    root = final_root(notes)
    if root is not None:
        evidence[:, root] += FINAL
    if fifths is not None:
        evidence -= TRUST[trust] * _distances(fifths)
    key = best_key(evidence)
    # Six flats and six sharps, five and seven sound alike: the signature says which was written.
    spellings = [spelled for spelled in (key.fifths, key.fifths - 12, key.fifths + 12) if -7 <= spelled <= 7]
    return replace(key, fifths=min(spellings, key=lambda spelled: abs(spelled - (fifths or 0))))


def final_root(notes: type_notes) -> int | None:
    """The pitch class of the last bass note, if what sounds with it is a fifth, a third or nothing; else None."""
    offset = notes["onset"] + notes["duration"]
    last = notes[offset > offset.max() - max(int(notes["duration"].min()), 1)]
    bass = int(last["pitch"].min())
    above = set(((last["pitch"] - bass) % 12).tolist())
    return bass % 12 if above <= {0, 3, 4, 7} else None


def _distances(fifths: int) -> NDArray[np.float64]:
    """Return the distance of each key, (mode, tonic), from a signature."""
    return np.array([[_distance(key_of(tonic, mode), fifths) for tonic in range(12)] for mode in MAJOR_AND_MINOR])


def _distance(key: Key, fifths: int) -> float:
    """How little a key agrees with a signature: steps round the circle of fifths, where 6 flats are 6 sharps.

    Minor with a flat too many is how Dorian was written; with a sharp too many it would be Phrygian, whose last chord
    is rather the dominant of another key.
    """
    sharper = (key.fifths - fifths + 6) % 12 - 6
    if key.mode == "minor" and sharper in (-1, 1):
        return 0.4 if sharper == -1 else 2.2
    return min(abs(sharper), 3)


def _stretches(keys: tuple[Key, ...]) -> list[tuple[int, int | None]]:
    """Where each signature begins; the first reaches back to tick 0."""
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
