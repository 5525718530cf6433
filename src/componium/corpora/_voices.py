"""Choosing the voices of a piece from among its parts, and giving each its sound."""

from collections.abc import Sequence
from dataclasses import replace

from componium.errors import CorpusError
from componium.music.score import Score, Track

CHOIR = 52


def word_of(track: Track) -> str:
    """The first word of a part's name, in small letters, without dots: "Soprano  Oboe 1" is "soprano"."""
    return next(iter(track.name.replace(".", " ").lower().split()), "")


def named(score: Score, words: Sequence[str]) -> list[Track]:
    """The tracks whose names begin with each of these words, in this order; empty unless each is there once."""
    found = [[track for track in score.tracks if word_of(track) == word] for word in words]
    return [tracks[0] for tracks in found] if all(len(tracks) == 1 for tracks in found) else []


def by_register(score: Score) -> list[Track]:
    """The tracks from high to low, by mean pitch."""
    return sorted(score.tracks, key=lambda track: -float(track.notes["pitch"].mean()))


def dressed(score: Score, tracks: Sequence[Track], names: Sequence[str], programs: Sequence[int]) -> Score:
    """The score with these tracks alone, named and given programs; CorpusError unless there is one for each name."""
    if len(tracks) != len(names):
        raise CorpusError(f"{len(tracks)} parts, not {len(names)}")
    rows = zip(tracks, names, programs, strict=True)
    return replace(score, tracks=tuple(replace(track, name=name, program=sound) for track, name, sound in rows))
