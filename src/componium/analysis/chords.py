"""Chords beat by beat, by their root, quality and bass; and progressions of them.

Each beat gets the chord that fits its notes best, after Pardo and Birmingham, "Algorithms for chordal analysis"
(Computer Music Journal 26, 2002): of the template's score P - N - M, P is the weight of the notes in the chord, N that
of the notes outside, and M the number of its pitch classes that don't sound. Here a note weighs as long as it sounds
within the beat, and the weights of a beat add up to 4, as in four parts. Of equal chords the one over its root wins.

A single line has no chords: where fewer than two lines sound in a piece there are none.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import lines, pitched
from componium.music.score import Key, Score
from componium.music.time import beat_lines

QUALITIES = {
    "major": (0, 4, 7), "minor": (0, 3, 7), "diminished": (0, 3, 6), "dominant": (0, 4, 7, 10),
    "half-diminished": (0, 3, 6, 10), "diminished-seventh": (0, 3, 6, 9),
}  # fmt: skip
TRIADS = ("major", "minor")
WEIGHT = 4.0  # of all notes of a beat
IN_ROOT_POSITION = 0.1  # what the root in the bass adds
_CHORDS = [(root, quality) for quality in QUALITIES for root in range(12)]
_TEMPLATES = np.array([np.isin(np.arange(12), [(root + step) % 12 for step in QUALITIES[quality]])
                       for root, quality in _CHORDS])  # fmt: skip
_ROOTS = np.array([root for root, _ in _CHORDS])


class BeatChord(NamedTuple):
    """The chord of one beat: root and bass as pitch classes, 0 to 11, and its quality.

    The onset is that of the beat, in ticks.
    """

    onset: int
    root: int
    quality: str
    bass: int


def beat_chords(score: Score) -> list[BeatChord]:
    """Return the chord of each beat on which something sounds, in order.

    Empty for a single line.

    >>> from componium.music.score import Track, notes
    >>> parts = [[(0, 480, 60), (480, 480, 59)], [(0, 480, 64), (480, 480, 65)], [(0, 480, 48), (480, 480, 43)]]
    >>> [(c.root, c.quality, c.bass) for c in beat_chords(Score(tuple(Track(notes(part)) for part in parts)))]
    [(0, 'major', 0), (7, 'dominant', 7)]
    """
    if len(lines(score)) < 2:
        return []
    beats = beat_lines(score)
    weights, bass = _weights(score, beats)
    sounds = weights.sum(axis=1) > 0
    shares = WEIGHT * weights[sounds] / weights[sounds].sum(axis=1, keepdims=True)
    fit = shares @ (2.0 * _TEMPLATES - 1).T - (~(shares > 0)).astype(float) @ _TEMPLATES.T
    fit += IN_ROOT_POSITION * (_ROOTS[None, :] == bass[sounds, None] % 12)
    best = fit.argmax(axis=1)
    rows = zip(beats[:-1][sounds].tolist(), best.tolist(), (bass[sounds] % 12).tolist(), strict=True)
    return [BeatChord(onset, _CHORDS[chord][0], _CHORDS[chord][1], low) for onset, chord, low in rows]


def _weights(score: Score, beats: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the ticks of each pitch class in each beat, and the lowest pitch."""
    array = pitched(score)
    start, stop = array["onset"].astype(np.int64), array["onset"].astype(np.int64) + array["duration"]
    first = np.searchsorted(beats, start, side="right") - 1
    count = np.searchsorted(beats, stop, side="left") - first
    note = np.repeat(np.arange(len(array)), count)
    beat = np.arange(len(note)) - np.repeat(count.cumsum() - count, count) + first[note]
    ticks = np.minimum(stop[note], beats[beat + 1]) - np.maximum(start[note], beats[beat])
    weights, bass = np.zeros((len(beats) - 1, 12)), np.full(len(beats) - 1, 127)
    np.add.at(weights, (beat, array["pitch"][note] % 12), ticks)
    np.minimum.at(bass, beat, array["pitch"][note].astype(np.int64))
    return weights, bass


def progression(score: Score) -> list[BeatChord]:
    """Return the chords of a score, of successive ones on one root the last.

    So a seventh that is added, or a suspension that resolves, makes no new chord.
    """
    chords = beat_chords(score)
    return [one for one, other in zip(chords, [*chords[1:], None], strict=False) if not other or other.root != one.root]


def degrees(chords: list[BeatChord], key: Key) -> list[int]:
    """Return the root of each chord in semitones above the tonic, 0 to 11."""
    return [(chord.root - key.tonic) % 12 for chord in chords]
