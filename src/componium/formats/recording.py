"""Recordings: WAV, MP3, FLAC and Ogg files, transcribed to a score. Read only.

A solo line is tracked by pYIN; polyphony is transcribed by the model, where the extra `transcribe` and the model are
installed (see docs/transcription.md). Tempo, meter and bar lines are estimates.
"""

from componium.music.score import Score
from componium.transcription import decode, transcribe

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg")


def loads(data: bytes, *, strict: bool = False) -> Score:
    """Transcribe a recording to a quantized score.

    A file that ends too soon is read as far as it goes, with a RepairWarning; `strict` refuses it. Raises
    NotThisFormatError, FormatError, LimitError over half an hour, MissingExtraError where an extra is not installed.
    """
    return transcribe(decode(data, strict=strict))
