"""Families of variants of one tune, found by the features that variants share.

Bach set one hymn many times, and a fiddle tune is in every book under another name: if a method learned from one
variant and were tested on another, the test would measure memory. So variants share a family, and a family falls on
one side of the split whole.

Two pieces are of one family if they share any of these features (and so on through a third: union-find):
- the first INTERVALS intervals of the top voice, repeated notes counted once (so key, rhythm and tempo don't matter);
- the same from the first note of the first full bar on (so a pickup more or less doesn't matter);
- any SHINGLE intervals in a row among the first OPENING between the notes that fall on the beat, repeated ones again
  counted once (so ornaments between the beats don't matter, nor one note that differs);
- the title, where the corpus states that titles name tunes, if it is no mere description ("Quick Step").

On the 402 chorales this joins nine in ten of the pairs whose openings, on the beat, differ by two notes or fewer.
A family's name is the smallest of its features, hashed.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.music.score import Score, Track
from componium.music.time import bar_lines, bar_quarters, beat_quarters, meters_of

INTERVALS = 16
OPENING = 16
SHINGLE = 9

# A title made of such words alone names a kind of piece, not a tune.
_PLAIN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a air allegro and andante by chorale coda dance double fling gavotte hornpipe jig largo march menuet minuet "
        "movement music new no number of old part piece quick quickstep reel score slip slipjig slow song step "
        "strathspey the title track tune untitled violin waltz",
    )
)


def top_voice(score: Score) -> Track | None:
    """Return the track with the highest mean pitch; None if there is no note.

    Drums and, where there are others, tracks of under 8 notes are left out.
    """
    pitched = [track for track in score.tracks if len(track.notes) and not track.is_drum]
    long_enough = [track for track in pitched if len(track.notes) >= 8] or pitched
    return max(long_enough, key=lambda track: float(track.notes["pitch"].mean()), default=None)


def family_features(score: Score, title: str = "") -> tuple[str, ...]:
    """Return the features by which a piece shares a family; at least one.

    `title` may be empty. A piece without any other feature has that of its own fingerprint.
    """
    track = top_voice(score)
    features = _contour_features(score, track) if track is not None else []
    words = _title_words(title)
    if words:
        features.append("title " + words)
    return tuple(dict.fromkeys(features or [f"piece {fingerprint(score)}"]))


def fingerprint(score: Score) -> str:
    """Return a hash of the sounding notes alone: equal music, equal hash.

    It covers onset, duration and pitch of each track, rounded to 96ths of a quarter.
    """
    digest = hashlib.sha256()
    for track in score.tracks:
        rows = np.stack([track.notes["onset"], track.notes["onset"] + track.notes["duration"]])
        grid = (rows * 192 + score.ticks_per_quarter) // (2 * score.ticks_per_quarter)
        digest.update(np.ascontiguousarray(np.vstack([grid, track.notes["pitch"]]).astype("<i8")).tobytes() + b"|")
    return digest.hexdigest()[:32]


def _contour_features(score: Score, track: Track) -> list[str]:
    last = np.append(np.diff(track.notes["onset"]) > 0, True)  # notes are sorted: the last of an onset is the highest
    line = track.notes[last]
    start = _first_full_bar(score)
    beat = max(int(beat_quarters(main_meter(score)) * score.ticks_per_quarter), 1)
    openings = [line["pitch"], line["pitch"][line["onset"] >= start]]
    moves = [_moves(pitches)[:INTERVALS] for pitches in openings]
    features = ["contour " + _hash(own) for own in moves if len(own) == INTERVALS]
    on_beat = _moves(line["pitch"][(line["onset"] - start) % beat == 0])[:OPENING]
    return features + ["beats " + _hash(on_beat[at : at + SHINGLE]) for at in range(len(on_beat) - SHINGLE + 1)]


def _moves(pitches: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the intervals of a line, repeated notes left out."""
    moves = np.diff(pitches)
    moved: NDArray[np.int16] = moves[moves != 0]
    return moved


def _hash(numbers: NDArray[np.int16]) -> str:
    return hashlib.sha256(numbers.astype("<i4").tobytes()).hexdigest()[:16]


def _first_full_bar(score: Score) -> int:
    """Return the tick of the first full bar: 0 unless a pickup stands before it."""
    meters = meters_of(score)
    if len(meters) == 1 or bar_quarters(meters[0]) >= bar_quarters(meters[1]):
        return 0
    return meters[1].tick if len(bar_lines(score, meters[1].tick)) == 2 else 0


def _title_words(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold().replace("'", "")
    words = re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)", " ", plain))
    own = [word for word in words if word not in _PLAIN_WORDS and not word.isdigit()]
    return " ".join(sorted(own)) if len("".join(own)) >= 6 else ""


def find_families(features: Sequence[Iterable[str]]) -> list[str]:
    """Return the family of each piece, given each piece's features.

    Pieces joined by shared features are of one family.
    """
    parent: dict[str, str] = {}

    def root(feature: str) -> str:
        while parent.setdefault(feature, feature) != feature:
            parent[feature] = parent[parent[feature]]
            feature = parent[feature]
        return feature

    for own in features:
        first, *others = map(root, own)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    return [hashlib.sha256(root(next(iter(own))).encode()).hexdigest()[:12] for own in features]
