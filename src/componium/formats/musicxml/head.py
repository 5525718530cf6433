"""Head of a MusicXML file: everything before the music.

Text is <work-title>, <movement-title>, <creator>s, <rights>, <source> and, for all else in `Score.info`, fields of
<miscellaneous>. Parts state "General MIDI" as their library, so that a reader can rely on their programs.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from componium.formats.musicxml.drums import drum
from componium.formats.musicxml.harmony import canonicalize_symbol
from componium.formats.musicxml.text import GENERAL_MIDI, clean, escape
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Chord, Score, Tempo, Track

_CREATORS = ("arranger", "composer", "lyricist", "poet", "translator")
_SNARE, _DRUM_CHANNEL = 38, 10


def drop_unsupported(score: Score) -> Score:
    """Return the score without what no file written here holds.

    That is odd blanks, programs of drums, chords without a root.
    """
    info = {clean(key): clean(value) for key, value in score.info}
    title = _title(score.title) or _title(info.get("movement", ""))
    if info.get("movement") == title or not _title(score.title):
        info.pop("movement", None)
    chords = ((chord.tick, canonicalize_symbol(clean(chord.symbol))) for chord in score.chords)
    return replace(
        score,
        tracks=tuple(_track(track) for track in score.tracks) or (Track(),),
        tempos=tuple(Tempo(tempo.tick, round(tempo.qpm, 6)) for tempo in score.tempos),
        chords=tuple(Chord(tick, symbol) for tick, symbol in chords if symbol),
        title=title,
        info=tuple(info.items()),
    )


def _track(track: Track) -> Track:
    return replace(track, name=clean(track.name), program=0 if track.is_drum else track.program)


def _title(text: str) -> str:
    """Return the title as it is read: without the suffix of a file."""
    text = clean(text)
    while (bare := re.sub(r"\.(mxl|xml|musicxml)$", "", text).strip()) != text:
        text = bare
    return text


def header(score: Score) -> Iterator[str]:
    """Yield the lines before the first part."""
    info = dict(score.info)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<score-partwise version="4.0">'
    work = _element("work-number", info.pop("number", "")) + _element("work-title", score.title)
    if work:
        yield f"<work>{work}</work>"
    if "movement" in info:
        yield _element("movement-title", info.pop("movement"))
    yield "<identification>"
    for kind in _CREATORS:
        if kind in info:
            yield f'<creator type="{kind}">{escape(info.pop(kind))}</creator>'
    if "rights" in info:
        yield _element("rights", info.pop("rights"))
    yield "<encoding><software>Componium</software></encoding>"
    if "source" in info:
        yield _element("source", info.pop("source"))
    if info:
        yield "<miscellaneous>"
        for key, value in info.items():
            yield f'<miscellaneous-field name="{escape(key)}">{escape(value)}</miscellaneous-field>'
        yield "</miscellaneous>"
    yield "</identification>"
    yield "<part-list>"
    for number, track in enumerate(score.tracks, start=1):
        yield _score_part(track, number)
    yield "</part-list>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _score_part(track: Track, number: int) -> str:
    drums = sorted({*track.notes["pitch"].tolist()}) or [_SNARE]
    sounds = [(instrument_id(number, pitch), drum(pitch).name) for pitch in drums]
    if not track.is_drum:
        sounds = [(f"P{number}-I1", INSTRUMENTS[track.program].name)]
    virtual = f"<virtual-instrument><virtual-library>{GENERAL_MIDI}</virtual-library></virtual-instrument>"
    instruments = "".join(
        f'<score-instrument id="{ident}"><instrument-name>{name}</instrument-name>{virtual}</score-instrument>'
        for ident, name in sounds
    )
    return (
        f'<score-part id="P{number}"><part-name>{escape(track.name)}</part-name>{instruments}'
        f"{_midi(track, number, drums)}</score-part>"
    )


def _midi(track: Track, number: int, drums: list[int]) -> str:
    if track.is_drum:
        return "".join(
            f'<midi-instrument id="{instrument_id(number, pitch)}"><midi-channel>{_DRUM_CHANNEL}</midi-channel>'
            f"<midi-unpitched>{pitch + 1}</midi-unpitched></midi-instrument>"
            for pitch in drums
        )
    channel = (number - 1) % 15 + 1
    channel += channel >= _DRUM_CHANNEL
    return (
        f'<midi-instrument id="P{number}-I1"><midi-channel>{channel}</midi-channel>'
        f"<midi-program>{track.program + 1}</midi-program></midi-instrument>"
    )


def instrument_id(part: int, drum: int) -> str:
    """Return the identifier that a drum has in its part."""
    return f"P{part}-I{drum + 1}"
