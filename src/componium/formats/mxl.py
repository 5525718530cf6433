"""Compressed MusicXML (.mxl): MusicXML in a zip archive, read and written.

>>> from componium.music.score import Score, Track, notes
>>> data = dumps(Score((Track(notes([(0, 480, 60)])),)))
>>> data[:2], loads(data).n_notes
(b'PK', 1)
"""

from componium.formats import musicxml
from componium.formats.musicxml import LOSES, canonicalize, container, loads, measures_played, patch
from componium.music.score import Score

SUFFIXES = (".mxl",)


def dumps(score: Score) -> bytes:
    """Return the bytes of an archive, byte for byte reproducible.

    Raises as `musicxml.dumps` does.
    """
    return container.pack(musicxml.dumps(score))


__all__ = ["LOSES", "SUFFIXES", "canonicalize", "dumps", "loads", "measures_played", "patch"]
