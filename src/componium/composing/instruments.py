"""Default instruments of new takes."""

from dataclasses import replace

from componium.decoding.request import Request
from componium.decoding.style.plan import name_tracks
from componium.music.instruments import INSTRUMENTS, SINGERS, SUNG_DEFAULT
from componium.music.score import Score, Track


def with_default_instruments(score: Score, request: Request) -> Score:
    """Return a take with its sung parts on SUNG_DEFAULT.

    Instruments that are asked for stay, and so do a prompt's. The music learned from keeps its choirs, and so do its
    models; only what a take is written and played with changes.
    """
    if request.controls.instruments is not None or request.score is not None:
        return score
    return replace(score, tracks=_renamed(score.tracks))


def _renamed(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """Return tracks with singers replaced; their names, if an instrument's, follow."""
    sung = [not track.is_drum and track.program in SINGERS for track in tracks]
    played = [replace(track, program=SUNG_DEFAULT) if sings else track
              for track, sings in zip(tracks, sung, strict=True)]  # fmt: skip
    named = [sings and track.name.startswith(INSTRUMENTS[track.program].name)
             for track, sings in zip(tracks, sung, strict=True)]  # fmt: skip
    return tuple(new if is_named else old
                 for new, old, is_named in zip(name_tracks(played), played, named, strict=True))  # fmt: skip
