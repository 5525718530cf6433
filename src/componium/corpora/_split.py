"""Who is kin to whom, and which side of the split a family falls on.

Bach set one hymn many times, and a fiddle tune stands in every book under another name: if one variant is learned from
and another tested on, the test measures memory. So variants share a family, and a family falls on one side whole.

Two pieces are of one family if they share any of these keys (and so on through a third: union-find):
- the first INTERVALS intervals of the top voice, repeated notes counted once (so key, rhythm and tempo don't matter);
- the same from the first note of the first full bar on (so a pickup more or less doesn't matter);
- any SHINGLE intervals in a row among the first OPENING between the notes that fall on the beat, repeated ones again
  counted once (so ornaments between the beats don't matter, nor one note that differs);
- the title, where the corpus says that titles name tunes, if it is no mere description ("Quick Step").

On the 402 chorales this joins nine in ten of the pairs whose openings, on the beat, differ by two notes or fewer.

A family's name is the smallest of its keys; its side is a hash of that name, 80/10/10. So a piece's side depends on no
other piece, except those of its own family, and on no order.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.music.score import Score, Track
from componium.music.time import bar_lines, bar_quarters, beat_quarters, meters_of

INTERVALS = 16
OPENING = 16
SHINGLE = 9
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
SALT = "split 2303"  # of 3,000 tried the one that splits the four corpora of music21 most evenly, by pieces and notes
FEW = 10  # families; with fewer, none is set aside for the test

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
    """The track with the highest mean pitch, drums and tracks of under 8 notes aside; None if there is no note."""
    pitched = [track for track in score.tracks if len(track.notes) and not track.is_drum]
    long_enough = [track for track in pitched if len(track.notes) >= 8] or pitched
    return max(long_enough, key=lambda track: float(track.notes["pitch"].mean()), default=None)


def family_keys(score: Score, title: str = "") -> tuple[str, ...]:
    """Every key by which a piece is kin to others; at least one, be it of this very piece. `title` may be empty."""
    track = top_voice(score)
    keys = _contour_keys(score, track) if track is not None else []
    words = _title_words(title)
    if words:
        keys.append("title " + words)
    return tuple(dict.fromkeys(keys or [f"piece {fingerprint(score)}"]))


def fingerprint(score: Score) -> str:
    """A hash of the sounding notes alone (onset, duration, pitch of each track, in 96ths): equal music, equal hash."""
    digest = hashlib.sha256()
    for track in score.tracks:
        rows = np.stack([track.notes["onset"], track.notes["onset"] + track.notes["duration"]])
        grid = (rows * 192 + score.ticks_per_quarter) // (2 * score.ticks_per_quarter)
        digest.update(np.ascontiguousarray(np.vstack([grid, track.notes["pitch"]]).astype("<i8")).tobytes() + b"|")
    return digest.hexdigest()[:32]


def _contour_keys(score: Score, track: Track) -> list[str]:
    last = np.append(np.diff(track.notes["onset"]) > 0, True)  # notes are sorted: the last of an onset is the highest
    line = track.notes[last]
    start = _first_full_bar(score)
    beat = max(int(beat_quarters(main_meter(score)) * score.ticks_per_quarter), 1)
    openings = [line["pitch"], line["pitch"][line["onset"] >= start]]
    moves = [_moves(pitches)[:INTERVALS] for pitches in openings]
    keys = ["contour " + _hash(own) for own in moves if len(own) == INTERVALS]
    on_beat = _moves(line["pitch"][(line["onset"] - start) % beat == 0])[:OPENING]
    return keys + ["beats " + _hash(on_beat[at : at + SHINGLE]) for at in range(len(on_beat) - SHINGLE + 1)]


def _moves(pitches: NDArray[np.int16]) -> NDArray[np.int16]:
    """The intervals of a line, repeated notes aside."""
    moves = np.diff(pitches)
    moved: NDArray[np.int16] = moves[moves != 0]
    return moved


def _hash(numbers: NDArray[np.int16]) -> str:
    return hashlib.sha256(numbers.astype("<i4").tobytes()).hexdigest()[:16]


def _first_full_bar(score: Score) -> int:
    """The tick of the first bar that is as long as its metre's successor: bar 0 unless a pickup stands before it."""
    meters = meters_of(score)
    if len(meters) == 1 or bar_quarters(meters[0]) >= bar_quarters(meters[1]):
        return 0
    return meters[1].tick if len(bar_lines(score, meters[1].tick)) == 2 else 0


def _title_words(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold().replace("'", "")
    words = re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)", " ", plain))
    own = [word for word in words if word not in _PLAIN_WORDS and not word.isdigit()]
    return " ".join(sorted(own)) if len("".join(own)) >= 6 else ""


def families(keys: Sequence[Iterable[str]]) -> list[str]:
    """The family of each piece, given each piece's keys: pieces joined by shared keys, named by their smallest key."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for own in keys:
        first, *others = (root(key) for key in own)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    return [hashlib.sha256(root(next(iter(own))).encode()).hexdigest()[:12] for own in keys]


def place(family: str) -> float:
    """Where a family stands between 0 and 1: even over families, and always the same."""
    return int.from_bytes(hashlib.sha256(f"{SALT} {family}".encode()).digest()[:8], "big") / 2**64


def assign(names: Iterable[str]) -> Mapping[str, str]:
    """The side of each family: by its place; but with under FEW families none is tested on.

    From three families up at least one is for validation, and there is always one to train on.
    """
    ordered = sorted(set(names), key=place)
    sides = {name: _side(place(name)) for name in ordered}
    if len(ordered) < FEW:
        sides = {name: "train" if side == "test" else side for name, side in sides.items()}
    if len(ordered) >= 3 and "validation" not in sides.values():
        sides[next(name for name in reversed(ordered) if sides[name] == "train")] = "validation"
    if ordered and "train" not in sides.values():
        sides[ordered[0]] = "train"
    return sides


def _side(where: float) -> str:
    if where < SHARES["train"]:
        return "train"
    return "validation" if where < SHARES["train"] + SHARES["validation"] else "test"
