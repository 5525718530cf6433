"""Recordings into scores: sound, then notes in seconds, then a pulse, bars and ticks.

    sound.decode   WAV, MP3, FLAC, Ogg  -> samples
    melody         a solo line          -> notes heard    (room, pyin, attacks)
    chords         several notes at once -> notes heard   (model)
    writing        notes heard          -> a Score        (beats, bars)

Solo lines need numpy alone (and a WAV file); polyphony needs the extra `transcribe` and the model, got once by
`componium transcribe --fetch`.
"""

from componium.audio.recording import Sound, decode
from componium.errors import ControlError
from componium.music.score import Meter, Score
from componium.transcription import chords, melody, model, writing
from componium.transcription.heard import type_heard
from componium.transcription.writing import write

__all__ = ["HOWS", "Sound", "decode", "listen", "transcribe", "write"]

HOWS = ("auto", "solo", "poly")
CLEAR = 0.4  # mean probability of the best pitch: solo lines in a room had over 0.7, chorales under 0.15


def listen(sound: Sound, how: str = "auto") -> tuple[type_heard, str]:
    """The notes of a recording in seconds, and whether they were heard as "solo" or "poly".

    "auto" hears polyphony if the model is there and no one pitch is clear.
    Raises ControlError for another `how`, MissingExtraError if "poly" lacks something.
    """
    if how not in HOWS:
        raise ControlError(f"no way to listen is called {how!r}", expected=f"one of {', '.join(HOWS)}")
    if how == "poly" or (how == "auto" and model.ready() and melody.clarity(sound) < CLEAR):
        return chords.notes_of(sound), "poly"
    return melody.notes_of(sound), "solo"


def transcribe(
    sound: Sound, *, how: str = "auto", quantized: bool = True, meter: Meter | None = None, qpm: float | None = None,
    program: int = 0,
) -> Score:
    """The Score of a recording, of one track, with a metre, bar lines and tempo; notes on the grid if `quantized`.

    `how` as for `listen`. `meter` and `qpm` (quarters a minute, 10 to 1000) are estimated if they aren't given.
    Raises ControlError for an option out of range, MissingExtraError if "poly" lacks something.

    >>> import numpy as np
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
