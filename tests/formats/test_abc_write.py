"""ABC written: what a tune looks like, and that it says what the score says, read by us and by music21."""

import random
import warnings
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from componium.formats import abc, musicxml
from componium.formats.abc.writer import drop_unsupported, notate_in_key
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes

PRINTABLE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # of a quarter; some tunes hold 10ths and 36ths, which are moved
CORPORA = [
    pytest.mark.corpora,
    pytest.mark.skipif(find_spec("music21") is None, reason="needs music21, for its corpus and as the oracle"),
]


def body(score):
    """The lines after K:."""
    text = abc.dumps(score).decode()
    assert abc.loads(text.encode(), strict=True) == abc.canonicalize(score)
    return text[text.index("\nK:") + 1 :].splitlines()[2:]


def line(*rows, **about):
    return Score((Track(notes(rows)),), **{"keys": (Key(0, 0),), **about})


def test_a_tune_as_it_is_printed():
    score = Score(
        (Track(notes([(0, 240, 62), (240, 720, 67), (960, 720, 70)]), program=73, name="Flöte"),),
        tempos=(Tempo(0, 96),), meters=(Meter(0, 1, 8), Meter(240, 6, 8)), keys=(Key(0, -2, "minor"),),
        chords=(Chord(240, "Gm"),), title='Ah | 100% & "more" &c', info={"composer": "Trad.", "rhythm": "jig"},
    )  # fmt: skip
    assert abc.dumps(score).decode().splitlines() == [
        "%abc-2.1", "X:1", 'T:Ah | 100&#37; & "more" &amp;c', "C:Trad.", "R:jig", "M:6/8", "L:1/8", "Q:1/4=96", "K:Gm",
        'V:1 clef=treble name="Flöte"', "%%MIDI program 73", 'D | "Gm"G3 B3 |]',
    ]  # fmt: skip
    assert abc.loads(abc.dumps(score)).title == score.title


def test_rights_go_with_the_tune():
    score = line((0, 480, 60), info={"rights": "(c) 2026 100 % | free", "composer": "A"}, title="B")
    assert "\nC:A\n%%abc-copyright (c) 2026 100 &#37; | free\nM:" in abc.dumps(score).decode()
    assert abc.loads(abc.dumps(score)).about("rights") == "(c) 2026 100 % | free"


def test_accidentals_hold_for_a_bar():
    score = line((0, 480, 66), (480, 480, 66), (960, 480, 65), (1440, 480, 78), (1920, 480, 66), (2400, 480, 77),
                 *((at * 480, 480, pitch) for at, pitch in enumerate((67, 60, 64, 67, 60, 62, 67, 60), start=8)))
    assert body(score)[0].startswith("^F2 F2 =F2 ^f2 | ^F2 =f2 z4 |")


def test_a_tied_note_needs_no_accidental():
    assert body(line((960, 1920, 61))) == ["z4 ^C4- | C4 z4 |]"]


def test_chords_and_tuplets():
    score = line((0, 480, 60), (0, 480, 64), (480, 160, 62), (640, 160, 64), (800, 160, 65), (960, 960, 67))
    assert body(score) == ["[CE]2 (3DEF G4 |]"]


def test_what_a_beam_joins_stands_together():
    eighths = [(at * 240, 240, 72) for at in range(7)]
    assert body(line(*eighths, meters=(Meter(0, 4, 4),))) == ["cc cc cc c z |]"]
    assert body(line(*eighths[:6], meters=(Meter(0, 6, 8),))) == ["ccc ccc |]"]
    assert body(line(*eighths[:5], meters=(Meter(0, 2, 8), Meter(480, 6, 8)))) == ["cc | ccc z3 |]"]
    assert body(line((0, 120, 72), (120, 360, 72), chords=(Chord(120, "F"),))) == ['c/2"F"c3/2 z2 z4 |]']


def test_quintuplets_say_what_they_are():
    assert body(line(*((at * 96, 96, 72) for at in range(5)))) == ["(5:4:5c/2c/2c/2c/2c/2 z2 z4 |]"]


def test_voices_are_overlays_whose_ties_go_on():
    score = line((0, 1920, 72, 0, 0), (960, 1920, 60, 0, 1), (1920, 1920, 74, 0, 0), meters=(Meter(0, 4, 4),))
    assert body(score) == ["c8 & z4 C4- | d8 & C4 z4 |]"]


def test_a_semitone_on_one_line_ties_on():
    assert body(line((0, 3840, 60), (0, 3840, 61))) == ["[=C^C]8- | [=C^C]8 |]"]


def test_a_chord_within_a_note_stands_among_invisible_rests():
    score = line((0, 1920, 72), chords=(Chord(0, "C"), Chord(960, "F")))
    assert body(score) == ['"C"c8 & x4 "F"x4 |]']


def test_where_no_key_is_said_the_likeliest_is():
    score = line(*((at * 480, 480, pitch) for at, pitch in enumerate((67, 69, 71, 72, 74, 76, 78))), keys=())
    assert "K:G" in abc.dumps(score).decode()
    assert abc.canonicalize(score).keys == (Key(0, 1),)


def test_clefs_and_drums():
    low = Track(notes([(0, 480, 40)]), program=42)
    singer = Track(notes([(0, 480, 55)]), program=52, name="Tenor")
    text = abc.dumps(Score((low, singer, Track(notes([(0, 480, 38)]), is_drum=True)))).decode()
    assert "V:1 clef=bass\n%%MIDI program 42" in text
    assert 'V:2 clef=treble-8 name="Tenor"' in text
    assert "V:3 clef=perc\n%%MIDI channel 10" in text


def test_a_name_that_reads_as_a_clef_moves_nothing():
    score = Score((Track(notes([(0, 480, 60)]), name='octave=2 -8 "x"'),), keys=(Key(0, 0),))
    assert abc.loads(abc.dumps(score)).tracks == abc.canonicalize(score).tracks


# -------------------------------------------------------------------------------------------------------- real music


def chorales(count):
    folder = Path(find_spec("music21").origin).parent / "corpus" / "bach"
    return [musicxml.loads(path.read_bytes()) for path in random.Random(5).sample(sorted(folder.glob("*.mxl")), count)]


def tunes(count):
    folder = Path(find_spec("music21").origin).parent / "corpus" / "oneills1850"
    books = [abc.loads_many(path.read_bytes()) for path in sorted(folder.glob("*.abc"))[:4]]
    return random.Random(5).sample([tune for book in books for tune in book], count)


def sounding(score):
    unit = score.ticks_per_quarter
    tables = [track.notes[["onset", "duration", "pitch"]].tolist() for track in score.tracks if len(track.notes)]
    return [sorted((Fraction(on, unit), Fraction(long, unit), pitch) for on, long, pitch in rows) for rows in tables]


def exact(number):
    return Fraction(number).limit_denominator(5040)


def by_music21(data):
    """The notes that music21 hears. Its reader overlooks the octave of clef=treble-8, knows no overlays (&), and takes
    invisible rests (x) for Cs: none of the pieces compared has these two."""
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = converter.parseData(data.decode(), format="abc")
        score = score.expandRepeats() or score
    return [
        sorted(
            (exact(note.offset), exact(note.quarterLength), p.midi)
            for note in part.stripTies().flatten().notes
            if "ChordSymbol" not in note.classes
            for p in note.pitches
        )
        for part in score.parts
    ]


class TestRealMusic:
    pytestmark = CORPORA

    def test_every_note_is_kept(self):
        for score in chorales(12) + tunes(60):
            again = abc.loads(abc.dumps(score), strict=True)
            assert again == abc.canonicalize(score)
            if all(time.denominator in PRINTABLE for part in sounding(score) for row in part for time in row[:2]):
                assert sounding(again) == sounding(score), score.title

    def test_music21_reads_the_same_notes(self):
        for score in chorales(4) + tunes(8):
            notation = notate_in_key(drop_unsupported(score))
            assert all(len(voices) == 1 for part in notation.parts for voices in part.measures)
            raised = [12 * (part.clef == "treble_8") for part in notation.parts]  # which music21 overlooks
            rows = [[(*row[:2], row[2] + up) for row in part] for part, up in zip(sounding(score), raised, strict=True)]
            assert by_music21(abc.dumps(score)) == rows, score.title
