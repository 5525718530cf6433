"""Csound documents (.csd), written only: an instrument a part, and the notes.

Times are in quarters and tempos in a `t` statement, so that the score can be edited as music. `csound take.csd` plays
it, `csound -W -o take.wav take.csd` writes a sound file. Text goes into comments, and only letters, digits and plain
punctuation of it, so that no title can be more than a title.

Source: B. Vercoe et al., *The Canonical Csound Reference Manual*, 6.18.

>>> from componium.music.score import Score, Track, notes
>>> "i 1 0 1 69 100" in dumps(Score((Track(notes([(0, 480, 69, 100)])),))).decode()
True
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np

from componium.formats.csound.orchestra import HEAD, drum_kit, instrument, master
from componium.formats.losses import Loss, common
from componium.music.instruments import INSTRUMENTS
from componium.music.provenance import provenance_of
from componium.music.score import DEFAULT_QPM, DEFAULT_VELOCITY, Score, Tempo, Track

SUFFIXES = (".csd",)
LOSES = common("info") | {
    "signs": Loss("meters, keys, chord symbols and voices are left out", ("meters", "keys", "chords", "voice")),
    "timbres": Loss("programs sound by their family, unmarked velocities as the usual one", ("programs", "velocity")),
}
TAIL = 2.5  # seconds of reverberation after the last note
_PLAIN = frozenset(" .,:;()'-/=+_&!?")
_LOUDEST = 1.0  # amplitude of all notes that sound at once


def dumps(score: Score) -> bytes:
    """Return the text of a .csd file, UTF-8."""
    return "\n".join(_document(score)).encode()


def _document(score: Score) -> Iterator[str]:
    parts = [track for track in score.tracks if len(track.notes)]
    yield "<CsoundSynthesizer>"
    yield "<CsOptions>\n-d -m0 -odac\n</CsOptions>"
    yield "<CsInstruments>"
    yield HEAD
    gain = _LOUDEST / max(_most_at_once(parts), 1) ** 0.6  # between adding as amplitudes and as powers
    for number, track in enumerate(parts, start=1):
        yield f"; {_comment(track.name or INSTRUMENTS[track.program].name)}"
        pan = 0.5 + 0.3 * ((number - 1) / max(len(parts) - 1, 1) * 2 - 1) if len(parts) > 1 else 0.5
        yield drum_kit(number, gain, pan) if track.is_drum else instrument(number, track.program, gain, pan)
    yield master(len(parts) + 1)
    yield "</CsInstruments>"
    yield "<CsScore>"
    yield from _score(score, parts)
    yield "</CsScore>"
    yield "</CsoundSynthesizer>\n"


def _score(score: Score, parts: list[Track]) -> Iterator[str]:
    for text in (score.title, score.about("composer"), provenance_of(score)):
        if _comment(text):
            yield f"; {_comment(text)}"
    tempos = score.tempos or (Tempo(0, DEFAULT_QPM),)
    unit = score.ticks_per_quarter
    yield _tempos(tempos, unit)
    tail = TAIL * tempos[-1].qpm / 60
    yield f"i {len(parts) + 1} 0 {_number(Fraction(score.end, unit) + Fraction(tail))}"
    for number, track in enumerate(parts, start=1):
        for onset, duration, pitch, velocity in track.notes[["onset", "duration", "pitch", "velocity"]].tolist():
            start, length = _number(Fraction(onset, unit)), _number(Fraction(duration, unit))
            yield f"i {number} {start} {length} {pitch} {velocity or DEFAULT_VELOCITY}"
    yield "e"


def _tempos(tempos: tuple[Tempo, ...], unit: int) -> str:
    """Return the `t` statement; a tempo holds until the next, so it is stated twice.

    >>> _tempos((Tempo(0, 120), Tempo(960, 90)), 480)
    't 0 120 2 120 2 90'
    """
    words = ["0", f"{tempos[0].qpm:g}"]
    for before, tempo in pairwise(tempos):
        at = _number(Fraction(tempo.tick, unit))
        words += [at, f"{before.qpm:g}", at, f"{tempo.qpm:g}"]
    return f"t {' '.join(words)}"


def _number(value: Fraction) -> str:
    """Return a number in as few digits as give it to a millionth.

    >>> _number(Fraction(3, 2)), _number(Fraction(4)), _number(Fraction(1, 3))
    ('1.5', '4', '0.333333')
    """
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _comment(text: str) -> str:
    """Return text as a comment may hold it: on one line, nothing that Csound reads.

    >>> _comment('Air </CsScore> "#include" $X;\\n')
    'Air /CsScore include X;'
    """
    return " ".join("".join(sign if sign.isalnum() or sign in _PLAIN else " " for sign in text).split())


def _most_at_once(parts: list[Track]) -> int:
    """Return the largest number of notes that sound together."""
    if not parts:
        return 0
    onsets = np.concatenate([track.notes["onset"] for track in parts])
    offsets = np.concatenate([track.notes["onset"] + track.notes["duration"] for track in parts])
    ticks = np.concatenate([offsets, onsets])
    order = np.lexsort((np.repeat([0, 1], len(onsets)), ticks))  # at one tick the offsets come first
    return int(np.cumsum(np.repeat([-1, 1], len(onsets))[order]).max())
