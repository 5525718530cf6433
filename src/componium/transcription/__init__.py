"""Transcription: recordings to scores, by way of notes in seconds.

    audio.recording.decode   WAV, MP3, FLAC, Ogg   -> samples
    melody                   a solo line           -> notes in seconds   (dereverberation, pyin, vibrato, onsets)
    polyphony                several notes at once -> notes in seconds   (model)
    quantization             notes in seconds      -> a Score            (beats, bars)
    coverage                 Scores                -> notes a minute, share of silence

Solo lines need numpy alone (and a WAV file); polyphony needs the extra `transcribe` and a model, downloaded once by
`componium transcribe --fetch`.
"""

from pathlib import Path

from componium.audio.recording import Sound, decode, read_recording
from componium.errors import ControlError
from componium.music.pitch import parse_meter
from componium.music.score import Meter, Score
from componium.transcription import melody, model, polyphony, quantization
from componium.transcription.notes import type_timed_notes
from componium.transcription.quantization import to_score

__all__ = ["TEXTURES", "Sound", "decode", "detect_notes", "to_score", "transcribe"]

TEXTURES = ("auto", "solo", "poly")
CLEAR = 0.4  # mean probability of the best pitch: solo lines in a room had over 0.7, chorales under 0.15


def detect_notes(sound: Sound, texture: str = "auto") -> tuple[type_timed_notes, str]:
    """Detect the notes of a recording; return them, in seconds, and the texture.

    `texture` is "solo" (one note at a time), "poly" (several), or "auto": polyphony, if the model is there and no one
    pitch is clear. Raises ControlError for another texture, MissingExtraError if "poly" lacks something.
    """
    if texture not in TEXTURES:
        raise ControlError(f"no texture is called {texture!r}", expected=f"one of {', '.join(TEXTURES)}")
    if texture == "poly" or (texture == "auto" and model.ready() and melody.clarity(sound) < CLEAR):
        return polyphony.detect_notes(sound), "poly"
    return melody.detect_notes(sound), "solo"


def transcribe(
    recording: Sound | str | Path, *, texture: str = "auto", quantized: bool = True, meter: Meter | str | None = None,
    qpm: float | None = None, program: int = 0,
) -> Score:
    """Transcribe a recording to a Score of one track, with meter, bar lines and tempo.

    recording: a Sound, or the path of a file (.wav, .mp3, .flac, .ogg).
    texture: "auto" (default), "solo" or "poly", as for `detect_notes`.
    quantized: whether notes are moved to the grid; default True.
    meter: such as "3/4"; estimated if None.
    qpm: quarters a minute, 10 to 1000; estimated if None.
    program: the General MIDI program of the track; default 0.

    Raises ControlError for an option out of range, FormatError for a file that isn't a recording, OSError,
    MissingExtraError if "poly" lacks something.

    >>> import numpy as np
    >>> time = np.arange(8000) / 8000
    >>> tones = [np.sin(2 * np.pi * 440 * 2 ** (step / 12) * time[:4000]) for step in (0, 2, 4, 5, 7, 5, 4, 2)]
    >>> score = transcribe(Sound(np.concatenate(tones).astype(np.float32), 8000), texture="solo")
    >>> score.tracks[0].notes["pitch"].tolist()
    [69, 71, 73, 74, 76, 74, 73, 71]
    """
    if qpm is not None and not quantization.QPM[0] <= qpm <= quantization.QPM[1]:
        raise ControlError(f"a tempo of {qpm:g}", expected="10 to 1000 quarters a minute")
    sound = recording if isinstance(recording, Sound) else read_recording(recording)
    meter = parse_meter(meter) if isinstance(meter, str) else meter
    notes, texture = detect_notes(sound, texture)
    return to_score(
        notes, quantized=quantized, meter=meter, qpm=qpm, program=program, solo=texture == "solo", seconds=sound.seconds
    )
