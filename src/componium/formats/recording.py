"""Recordings: WAV, MP3, FLAC and Ogg files, heard and written down as a score. Read only.

A solo line is tracked by pYIN; polyphony is heard by the model, where the extra `transcribe` and the model are there
(see docs/transcription.md). Tempo, metre and bar lines are estimates.
"""

from componium.music.score import Score
from componium.transcription import decode, transcribe

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg")


def loads(data: bytes, *, strict: bool = False) -> Score:
    """The score of a recording, quantized.

    A file that ends too soon is read as far as it goes, with a RepairWarning; `strict` refuses it. Raises
    NotThisFormatError, FormatError, LimitError over half an hour, MissingExtraError where a part isn't installed.
    """
    return transcribe(decode(data, strict=strict))
