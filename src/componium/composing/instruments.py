"""Instruments of new takes, and the names of their parts."""

from collections.abc import Sequence
from dataclasses import replace

from componium.decoding.request import Request
from componium.decoding.style.plan import name_tracks
from componium.music.instruments import INSTRUMENTS, SINGERS, SUNG_DEFAULT
from componium.music.score import Score, Track

_NAMES = {  # instrument -> its part, where that isn't the name alone
    "acoustic grand piano": "Piano", "bright acoustic piano": "Piano", "electric grand piano": "Piano",
    "electric piano 1": "Electric Piano", "electric piano 2": "Electric Piano", "drawbar organ": "Organ",
    "church organ": "Organ", "nylon guitar": "Guitar", "steel guitar": "Guitar", "acoustic bass": "Bass",
    "fingered electric bass": "Electric Bass", "picked electric bass": "Electric Bass", "cello": "Violoncello",
    "contrabass": "Double Bass", "string ensemble 1": "Strings", "string ensemble 2": "Strings",
    "french horn": "Horn", "soprano sax": "Soprano Saxophone", "alto sax": "Alto Saxophone",
    "tenor sax": "Tenor Saxophone", "baritone sax": "Baritone Saxophone", "whistle": "Tin Whistle",
    "choir aahs": "Choir", "voice oohs": "Voices",
}  # fmt: skip
_VOICES = {"Soprano": 70, "Alto": 65, "Tenor": 58, "Bass": 51}  # in Bach's chorales, by their usual mean pitch


def with_default_instruments(score: Score, request: Request) -> Score:
    """Return a take with its sung parts on SUNG_DEFAULT, and its parts named.

    Instruments that are asked for stay, and so do a prompt's, with their names. The music learned from keeps its
    choirs, and so do its models; only what a take is written and played with changes.
    """
    if request.score is not None:
        return score
    if request.controls.instruments is not None:
        return replace(score, tracks=name_parts(score.tracks))
    named = name_parts(score.tracks, by_voice=True)
    played = (replace(track, program=SUNG_DEFAULT) if _is_sung(track) else track for track in named)
    return replace(score, tracks=tuple(played))


def name_parts(tracks: Sequence[Track], *, by_voice: bool = False) -> tuple[Track, ...]:
    """Return tracks named as on a page of music, if named by their programs.

    by_voice  name singers "Soprano" ... "Bass"; not for a choir's sound, whose name has to say "choir"

    >>> [track.name for track in name_parts((Track(program=42, name="cello"), Track(program=60, name="Kate")))]
    ['Violoncello', 'Kate']
    """
    sung = [track for track in tracks if by_voice and _is_sung(track)]
    voices = iter(_VOICES if len(sung) == len(_VOICES) else map(_voice, sung))
    names = [next(voices) if by_voice and _is_sung(track) else _instrument(track) for track in tracks]
    return tuple(replace(track, name=name) if track.name == plain.name else track
                 for track, plain, name in zip(tracks, name_tracks(tracks), _numbered(names), strict=True))  # fmt: skip


def _is_sung(track: Track) -> bool:
    return not track.is_drum and track.program in SINGERS


def _instrument(track: Track) -> str:
    name = "drums" if track.is_drum else INSTRUMENTS[track.program].name
    return _NAMES.get(name, name.title())


def _voice(track: Track) -> str:
    """Return the voice whose usual pitch is nearest."""
    pitches = track.notes["pitch"]
    return min(_VOICES, key=lambda name: abs(float(pitches.mean()) - _VOICES[name])) if len(pitches) else "Voice"


def _numbered(names: Sequence[str]) -> list[str]:
    """Return the names, numbered where one comes twice."""
    return [f"{name} {names[: at + 1].count(name)}" if names.count(name) > 1 else name for at, name in enumerate(names)]
