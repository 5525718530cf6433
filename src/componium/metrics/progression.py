"""Progressions: which chords follow which, and how phrases close.

Conventions: chords are those of analysis.chords, successive ones on one root counted once, and are named by the degree
of their root above the tonic of the key that analysis.key finds from the notes, not of the key signature. A dominant is
a major triad or a dominant seventh on the fifth degree; the tonic, subdominant and submediant are chords of any quality
on degrees 1, 4 and 6 (in minor its lowered 6). Phrases end as in analysis.phrases. A single line has no chords: nan.
"""

import math
from collections import Counter
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from componium.analysis.chords import BeatChord, beat_chords, degrees, progression
from componium.analysis.key import find_key
from componium.analysis.lines import lines, pitched
from componium.analysis.phrases import phrase_ends
from componium.metrics._statistics import ratio
from componium.music.score import Score, type_notes
from componium.music.time import n_bars

TONIC, SUPERTONIC, SUBDOMINANT, DOMINANT = 0, 2, 5, 7
SUBMEDIANTS = (8, 9)
CADENCES = ("authentic", "plagal", "deceptive", "half")


def harmonic_rhythm(score: Score) -> float:
    """Return the number of chord changes a bar."""
    chords = progression(beat_chords(score))
    return ratio(len(chords) - 1, n_bars(score)) if chords else math.nan


def final_authentic(score: Score) -> float:
    """Return 1 if the last two chords are a dominant and a tonic in root position.

    Else 0.
    """
    chords = progression(beat_chords(score))
    if not chords:
        return math.nan
    last = chords[-2:]
    return float(_cadence(last, _tonic(score)) == "authentic" and last[-1].bass == last[-1].root)


def _tonic(score: Score) -> int:
    return find_key(score).tonic


def _cadence(last: list[BeatChord], tonic: int) -> str:
    """Return the kind of cadence that two chords make, "" if they make none."""
    if len(last) < 2:
        return ""
    before, after = ((chord.root - tonic) % 12 for chord in last)
    is_dominant = [at == DOMINANT and chord.quality in ("major", "dominant")
                   for at, chord in zip((before, after), last, strict=True)]  # fmt: skip
    if is_dominant[1]:
        return "half"
    if is_dominant[0]:
        return "authentic" if after == TONIC else "deceptive" if after in SUBMEDIANTS else ""
    return "plagal" if (before, after) == (SUBDOMINANT, TONIC) else ""


def cadences(score: Score) -> Counter[str]:
    """Return the number of phrases that end in each kind of cadence, "" for none.

    authentic  dominant to tonic (V-I)
    plagal     subdominant to tonic (IV-I)
    deceptive  dominant to submediant (V-vi)
    half       any chord to the dominant
    """
    chords = beat_chords(score)
    if not chords:
        return Counter()
    tonic, onsets = _tonic(score), np.array([chord.onset for chord in chords])
    at = [int(np.searchsorted(onsets, end, side="right")) for end in phrase_ends(score)]
    return Counter(_cadence(progression(chords[:stop])[-2:], tonic) for stop in at)


def phrase_triad_rate(score: Score) -> float:
    """Return the share of phrases that end on a major or minor triad in root position.

    The sonority is what sounds when the last note of the phrase begins; a third or a fifth may be lacking. nan for a
    single line.
    """
    if len(lines(score)) < 2:
        return math.nan
    array, ends = pitched(score), phrase_ends(score)
    return ratio(sum(_is_triad(array, end) for end in ends.tolist()), len(ends))


def _is_triad(array: type_notes, tick: int) -> bool:
    sounding = array["pitch"][(array["onset"] <= tick) & (array["onset"] + array["duration"] > tick)]
    return is_root_position(sounding.tolist())


def is_root_position(pitches: Collection[int]) -> bool:
    """Return whether pitches are a major or minor triad in root position.

    It may lack its third or fifth.

    >>> is_root_position([48, 64, 67]), is_root_position([64, 67, 72]), is_root_position([48, 55])
    (True, False, True)
    """
    above = {(pitch - min(pitches)) % 12 for pitch in pitches}
    return above <= {0, 4, 7} or above <= {0, 3, 7}


def degrees_of(score: Score) -> list[int]:
    """Return the degree of each chord, in semitones above the tonic; none of a line."""
    chords = progression(beat_chords(score))
    return degrees(chords, find_key(score)) if chords else []


def _share(score: Score, pattern: tuple[int, ...]) -> float:
    """Return the share of runs of chords that are on a pattern of degrees."""
    row = degrees_of(score)
    runs = [tuple(row[at : at + len(pattern)]) for at in range(len(row) - len(pattern) + 1)]
    return ratio(runs.count(pattern), len(runs))


def rate_ii_v_i(score: Score) -> float:
    """Return the share of runs of three chords that are on degrees 2, 5 and 1."""
    return _share(score, (SUPERTONIC, DOMINANT, TONIC))


def rate_i_iv_v_i(score: Score) -> float:
    """Return the share of runs of four chords that are on degrees 1, 4, 5 and 1."""
    return _share(score, (TONIC, SUBDOMINANT, DOMINANT, TONIC))


def bigrams(score: Score) -> NDArray[np.int64]:
    """Return how often a chord on one degree is followed by one on another.

    The shape is (12, 12), [from, to], in semitones above the tonic; all 0 for a single line.
    """
    counts = np.zeros((12, 12), dtype=np.int64)
    row = degrees_of(score)
    np.add.at(counts, (row[:-1], row[1:]), 1)
    return counts


SCALARS = (harmonic_rhythm, final_authentic, phrase_triad_rate, rate_ii_v_i, rate_i_iv_v_i)
