"""Real music written as MusicXML: reads back the same, and music21 finds the same notes in it as in the source.

Some movements have times finer than what is printed (512ths in written-out ornaments): those are moved.
"""

import random
import warnings
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from componium.formats import abc, musicxml
from componium.music.score import Score
from formats.musicxml_schema import HAS_SCHEMA, problems

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(find_spec("music21") is None, reason="needs music21, for its corpus and as the oracle"),
]
EXACT = ("bach/*.mxl", "mozart/k1*/*.mxl", "haydn/*/*.mxl", "beethoven/*/*.mxl", "monteverdi/*.mxl")


def sample(count, patterns=EXACT):
    folder = Path(find_spec("music21").origin).parent / "corpus"
    rng = random.Random(5)
    found = [rng.sample(sorted(folder.glob(pattern)), count) for pattern in patterns]
    return [musicxml.loads(path.read_bytes()) for paths in found for path in paths]


def tunes(count):
    folder = Path(find_spec("music21").origin).parent / "corpus" / "oneills1850"
    books = [abc.loads_many(path.read_bytes()) for path in sorted(folder.glob("*.abc"))[:4]]
    return [tune for book in books for tune in book][:count]


def sounding(score: Score):
    """For each part (onset, duration, pitch) of its notes in quarters."""
    unit = score.ticks_per_quarter
    tables = [track.notes[["onset", "duration", "pitch"]].tolist() for track in score.tracks]
    return [sorted((Fraction(on, unit), Fraction(long, unit), pitch) for on, long, pitch in rows) for rows in tables]


def by_music21(data):
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = converter.parseData(data.decode(), format="musicxml").toSoundingPitch().expandRepeats()
    return score, [_notes(part.stripTies().flatten().notes) for part in score.parts]


def _notes(elements):
    return sorted(
        (exact(element.offset), exact(element.quarterLength), pitch.midi)
        for element in elements
        if "ChordSymbol" not in element.classes
        for pitch in element.pitches
    )


def exact(number):
    return Fraction(number).limit_denominator(5040)


def test_real_music_keeps_every_note_meter_key_and_name():
    for score in sample(2) + tunes(20):
        canonical = musicxml.canonicalize(score)
        again = musicxml.loads(musicxml.dumps(score), strict=True)
        assert again == canonical
        assert again.n_notes == score.n_notes
        if 480 * 21 % score.ticks_per_quarter == 0:
            assert sounding(again) == sounding(score), score.title
            meters = [str(meter) for meter in score.meters if meter.tick < score.end]
            assert [str(meter) for meter in again.meters] == meters, score.title


def test_music21_reads_the_same_notes():
    for score in sample(3, EXACT[:1]) + sample(1, EXACT[1:2]) + tunes(6):
        canonical = musicxml.canonicalize(score)
        theirs, rows = by_music21(musicxml.dumps(score))
        assert rows == sounding(canonical), score.title
        assert [part.partName for part in theirs.parts if canonical.tracks[0].name] == [
            track.name for track in canonical.tracks if track.name
        ]


@pytest.mark.skipif(not HAS_SCHEMA, reason="needs the packages musicxml and xmlschema, for the schema")
def test_real_music_is_valid_by_the_schema():
    for score in sample(1, EXACT[:1]) + tunes(5):
        assert not problems(musicxml.dumps(score)), score.title
