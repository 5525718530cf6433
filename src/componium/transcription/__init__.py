"""Recordings into scores: sound, then notes in seconds, then a pulse, bars and ticks.

    sound.decode   WAV, MP3, FLAC, Ogg  -> samples
    melody         a solo line          -> notes heard    (room, pyin, attacks)
    chords         several notes at once -> notes heard   (model)
    writing        notes heard          -> a Score        (beats, bars)

Solo lines need numpy alone (and a WAV file); polyphony needs the extra `transcribe` and the model, got once by
`componium transcribe --fetch`.
"""

import numpy as np

from componium.errors import ControlError
from componium.score import Meter, Score
from componium.transcription import chords, melody, model, writing
from componium.transcription.heard import type_heard
from componium.transcription.sound import Sound, decode
from componium.transcription.writing import write

__all__ = ["HOWS", "Sound", "decode", "listen", "transcribe", "write"]

HOWS = ("auto", "solo", "poly")
CROWDED = 0.12  # of the sounding time, with several notes at once: more than a solo line in a room


def listen(sound: Sound, how: str = "auto") -> tuple[type_heard, str]:
    """The notes of a recording in seconds, and whether they were heard as "solo" or "poly".

    "auto" hears polyphony if the model is there and finds several notes at once for a good part of the time.
    Raises ControlError for another `how`, MissingExtraError if "poly" lacks something.
    """
    if how not in HOWS:
        raise ControlError(f"no way to listen is called {how!r}", expected=f"one of {', '.join(HOWS)}")
    if how == "poly" or (how == "auto" and model.ready()):
        notes = chords.notes_of(sound)
        if how == "poly" or _crowd(notes) > CROWDED:
            return notes, "poly"
    return melody.notes_of(sound), "solo"


def transcribe(
    sound: Sound, *, how: str = "auto", quantized: bool = True, meter: Meter | None = None, qpm: float | None = None,
    program: int = 0,
) -> Score:
    """The Score of a recording, of one track, with a metre, bar lines and tempo; notes on the grid if `quantized`.

    `how` as for `listen`. `meter` and `qpm` (quarters a minute, 10 to 1000) are estimated if they aren't given.
    Raises ControlError for an option out of range, MissingExtraError if "poly" lacks something.

    >>> time = np.arange(8000) / 8000
    >>> tones = [np.sin(2 * np.pi * 440 * 2 ** (step / 12) * time[:4000]) for step in (0, 2, 4, 5, 7, 5, 4, 2)]
    >>> score = transcribe(Sound(np.concatenate(tones).astype(np.float32), 8000), how="solo")
    >>> score.tracks[0].notes["pitch"].tolist()
    [69, 71, 73, 74, 76, 74, 73, 71]
    """
    if qpm is not None and not writing.QPM[0] <= qpm <= writing.QPM[1]:
        raise ControlError(f"a tempo of {qpm:g}", expected="10 to 1000 quarters a minute")
    notes, heard_as = listen(sound, how)
    return write(
        notes, quantized=quantized, meter=meter, qpm=qpm, program=program, solo=heard_as == "solo"
    )


def _crowd(notes: type_heard) -> float:
    """The share of the sounding time in which several notes sound, not counting ends that overlap a little."""
    if not len(notes):
        return 0.0
    end = int(np.ceil(notes["offset_second"].max() * 50)) + 1
    count = np.zeros(end + 1)
    np.add.at(count, (notes["onset_second"] * 50).astype(int), 1)
    stop = np.maximum(notes["offset_second"] - 0.1, notes["onset_second"])
    np.add.at(count, (stop * 50).astype(int), -1)
    sounding = np.cumsum(count)
    return float((sounding > 1).sum() / max((sounding > 0).sum(), 1))
