"""Selection of the voices of a piece among its tracks."""

from collections.abc import Sequence
from dataclasses import replace

from componium.errors import CorpusError
from componium.music.score import Score, Track

CHOIR = 52


def first_word(track: Track) -> str:
    """Return the first word of a track's name in lower case, without dots."""
    return next(iter(track.name.replace(".", " ").lower().split()), "")


def find_voices(score: Score, words: Sequence[str]) -> list[Track]:
    """Return the tracks whose names begin with these words, in this order.

    Empty unless each word begins the name of just one track.
    """
    matches = [[track for track in score.tracks if first_word(track) == word] for word in words]
    return [tracks[0] for tracks in matches] if all(len(tracks) == 1 for tracks in matches) else []


def by_register(score: Score) -> list[Track]:
    """Return the tracks from high to low, by mean pitch."""
    return sorted(score.tracks, key=lambda track: -float(track.notes["pitch"].mean()))


def with_voices(score: Score, tracks: Sequence[Track], names: Sequence[str], programs: Sequence[int]) -> Score:
    """Return the score with these tracks alone, under other names and programs.

    Raises CorpusError unless there is one track for each name.
    """
    if len(tracks) != len(names):
        raise CorpusError(f"{len(tracks)} parts, not {len(names)}")
    rows = zip(tracks, names, programs, strict=True)
    return replace(score, tracks=tuple(replace(track, name=name, program=program) for track, name, program in rows))
