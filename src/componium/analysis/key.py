"""Key finding by correlation of pitch classes with key profiles.

Only the notes count, not the key signature. The method is Krumhansl and Schmuckler's (Krumhansl, Cognitive Foundations
of Musical Pitch, 1990, ch. 4): the total duration of each pitch class is correlated with a profile of each key, and the
highest correlation wins. Profiles, C first:

    krumhansl   Krumhansl and Kessler, Psychological Review 89 (1982): listeners' ratings
    temperley   Temperley, What's Key for Key?, Music Perception 17 (1999): the former, corrected by hand
    kostka      Temperley, Music and Probability (2007): shares of segments of the Kostka-Payne corpus
    bellman     Bellman, About the determination of key of a musical excerpt, CMMR 2005: after Budge's chord counts
    albrecht    Albrecht and Shanahan, The use of large corpora to train a new type of key-finding algorithm,
                Music Perception 31 (2013): shares of notes in 490 pieces

Profiles of other modes are those of major or minor with the degrees exchanged that differ: Dorian is minor with its
sixths exchanged, Mixolydian major with its sevenths exchanged.

`final` adds to each key whose tonic is the lowest note of the final sonority: the ending says more of the key than any
other note, and profiles alone often mistake the dominant or the relative for the tonic. 0 leaves it out.

>>> from componium.music.pitch import str_key
>>> from componium.music.score import Track, notes
>>> scale = [(480 * i, 480, pitch) for i, pitch in enumerate([62, 64, 65, 67, 69, 70, 73, 74])]
>>> str_key(find_key(Score(tracks=(Track(notes(scale)),))))
'D minor'
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.analysis.cadence import final_root
from componium.analysis.lines import pitched
from componium.errors import ScoreError, UnknownNameError
from componium.music.pitch import key_of
from componium.music.score import MODES, Key, Score, type_notes

PROFILES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
    "kostka": (
        (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    ),
    "bellman": (
        (16.80, 0.86, 12.95, 1.41, 13.49, 11.93, 1.25, 20.28, 1.80, 8.04, 0.62, 10.57),
        (18.16, 0.69, 12.99, 13.34, 1.07, 11.15, 1.38, 21.07, 7.49, 1.53, 0.92, 10.21),
    ),
    "albrecht": (
        (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
        (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
    ),
}
# Each mode: 0 (major) or 1 (minor) as its base, and the semitones above the tonic to exchange.
_EXCHANGES: dict[str, tuple[int, tuple[tuple[int, int], ...]]] = {
    "major": (0, ()), "lydian": (0, ((5, 6),)), "mixolydian": (0, ((10, 11),)),
    "minor": (1, ()), "dorian": (1, ((8, 9),)), "phrygian": (1, ((1, 2),)), "locrian": (1, ((1, 2), (6, 7))),
}
# Of the five the best on each style by notes alone: final = 0 finds the tonic of 92 % of the chorales, 90 % of the
# fiddle tunes, 67 % of the madrigals in componium.corpora; 0.2 that of 97, 91 and 93 %. (The keys of chorales and
# madrigals are themselves estimated with the ending, so part of that gain is theirs; the tunes' are as transcribed.)
MAJOR_AND_MINOR = ("major", "minor")
DEFAULT_PROFILE = "albrecht"
DEFAULT_FINAL = 0.2


def key_profile(mode: str, profile: str = DEFAULT_PROFILE) -> NDArray[np.float64]:
    """Return the profile of a mode, tonic first: (12,).

    Raises UnknownNameError for an unknown mode or profile.
    """
    if profile not in PROFILES:
        raise UnknownNameError("key profile", profile, PROFILES)
    if mode not in _EXCHANGES:
        raise UnknownNameError("mode", mode, MODES)
    base, exchanges = _EXCHANGES[mode]
    weights = np.array(PROFILES[profile][base])
    for one, other in exchanges:
        weights[[one, other]] = weights[[other, one]]
    return weights


@cache
def standard_profiles(modes: tuple[str, ...], profile: str) -> NDArray[np.float64]:
    """Return standardized profiles of some modes in all keys: (mode, tonic, 12).

    Each has mean 0 and length 1, so that its product with standardized durations is their correlation.
    """
    profiles = np.array([[np.roll(key_profile(mode, profile), tonic) for tonic in range(12)] for mode in modes])
    profiles -= profiles.mean(axis=-1, keepdims=True)
    standard: NDArray[np.float64] = profiles / np.linalg.norm(profiles, axis=-1, keepdims=True)
    return standard


def pitch_class_durations(array: type_notes) -> NDArray[np.float64]:
    """Return the total duration of each pitch class, in ticks, C first: (12,)."""
    return np.bincount(array["pitch"] % 12, weights=array["duration"], minlength=12).astype(np.float64)


def key_correlations(
    array: type_notes, *, profile: str = DEFAULT_PROFILE, modes: Sequence[str] = MAJOR_AND_MINOR
) -> NDArray[np.float64]:
    """Return the correlation of notes' pitch classes with each key: (mode, tonic).

    -1 to 1; all are 0 if every pitch class sounds equally long.
    """
    durations = pitch_class_durations(array)
    durations -= durations.mean()
    length = float(np.linalg.norm(durations))
    return standard_profiles(tuple(modes), profile) @ (durations / length if length > 0 else durations)


def find_key(
    score: Score,
    *,
    profile: str = DEFAULT_PROFILE,
    modes: Sequence[str] = MAJOR_AND_MINOR,
    final: float = DEFAULT_FINAL,
    prior: NDArray[np.float64] | None = None,
) -> Key:
    """Find the key of a score from its notes.

    profile   one of PROFILES
    modes     the modes that are considered, of MODES
    final     what ending on the tonic adds to a key's correlation, 0 or more (default: 0.2)
    prior     what else there is for or against each key, (mode, tonic), added to the correlations

    Returns the key at tick 0, spelled with the fewest accidentals. Raises ScoreError if there are no pitched notes,
    UnknownNameError for an unknown profile or mode.
    """
    evidence = key_correlations(pitched(score), profile=profile, modes=modes)
    root = final_root(score)
    if np.isnan(root):
        raise ScoreError("no notes to find a key in", expected="at least one that is not a drum's")
    evidence[:, int(root)] += final
    mode, tonic = np.unravel_index(np.argmax(evidence if prior is None else evidence + prior), evidence.shape)
    return key_of(int(tonic), modes[int(mode)])


def with_key(score: Score, *, final: float = DEFAULT_FINAL) -> Score:
    """Return a score that states a key: that of its notes where it states none.

    A score of drums alone states none.

    final  as of `find_key`; 0 for the beginning of a piece
    """
    return score if score.keys or not len(pitched(score)) else replace(score, keys=(find_key(score, final=final),))


def same_key(one: Key, other: Key) -> bool:
    """Return whether two keys have the same tonic and mode, however spelled."""
    return (one.tonic, one.mode) == (other.tonic, other.mode)
