"""MusicXML written: round trips, what is lost, validity by the schema, and what the page says."""

import io
import warnings
import zipfile
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from hypothesis import given, settings

from componium import formats
from componium.errors import FormatError, LimitError, RepairWarning
from componium.formats import musicxml, mxl
from componium.formats.musicxml import container
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from formats.musicxml_schema import HAS_SCHEMA, problems
from strategies import scores

needs_schema = pytest.mark.skipif(not HAS_SCHEMA, reason="needs the packages musicxml and xmlschema, for the schema")
SATB = Score(
    (
        Track(notes([(0, 480, 69), (480, 960, 68), (1440, 480, 69), (1920, 1920, 71)]), 52, name="Soprano"),
        Track(notes([(0, 960, 48), (0, 480, 52), (480, 480, 53), (960, 320, 55), (1280, 320, 54), (1600, 320, 55)]), 52,
              name="Tenor"),
        Track(notes([(0, 480, 36, 100), (480, 240, 42, 60), (720, 240, 42, 60), (960, 480, 38, 90)]), is_drum=True),
    ),
    tempos=(Tempo(0, 66.5), Tempo(1920, 80)), meters=(Meter(0, 4, 4),), keys=(Key(0, 0, "minor"),),
    chords=(Chord(0, "Am7"), Chord(720, "E7(b9)/G#"), Chord(1920, "N.C.")), title="A & B <quoted>",
    info={"composer": "J. S. \"Bach\"", "rights": "© none", "rhythm": "chorale", "number": "BWV 1", "movement": "I"},
)


def read(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepairWarning)
        return musicxml.loads(data, strict=True)


def elements(score, path):
    return fromstring(musicxml.dumps(score)).findall(path)


def texts(score, path):
    return [element.text for element in elements(score, path)]


def one(rows, **fields):
    track = {name: fields.pop(name) for name in ("program", "name", "is_drum") if name in fields}
    return Score((Track(notes(rows), **track),), **fields)


@settings(max_examples=100, deadline=None)
@given(score=scores(voices=3))
def test_what_was_written_reads_back(score):
    canonical = musicxml.canonicalize(score)
    assert musicxml.canonicalize(canonical) == canonical
    data = musicxml.dumps(score)
    assert read(data) == canonical
    assert musicxml.dumps(canonical) == data


@settings(max_examples=60, deadline=None)
@given(score=scores(grid=60, ticks_per_quarter=480, n_tracks=(1, 3), mono=True, chords=False, keys=False, titles=False,
                    meters=False, tempos=False, drums=False))
def test_lines_on_a_grid_lose_nothing_but_default_meter(score):
    again = read(musicxml.dumps(score))
    assert [track.notes.tolist() for track in again.tracks] == [track.notes.tolist() for track in score.tracks]
    assert [track.program for track in again.tracks] == [track.program for track in score.tracks]
    assert (again.meters, again.ticks_per_quarter) == ((Meter(0, 4, 4),), 480)


def test_everything_a_page_can_say_survives():
    again = read(musicxml.dumps(SATB))
    for name in ("tempos", "meters", "keys", "chords", "title", "info"):
        assert getattr(again, name) == getattr(SATB, name), name
    assert [(track.name, track.program, track.is_drum) for track in again.tracks] == [
        (track.name, track.program, track.is_drum) for track in SATB.tracks
    ]
    columns = ["onset", "duration", "pitch", "velocity"]
    for ours, theirs in zip(again.tracks, SATB.tracks, strict=True):
        assert ours.notes[columns].tolist() == theirs.notes[columns].tolist()


@pytest.mark.parametrize(
    ("score", "field", "expected"),
    [
        (one([(3, 470, 60), (483, 471, 62), (971, 950, 64)]), "notes", [(0, 480), (480, 480), (960, 960)]),
        (one([(0, 960, 60), (480, 960, 64)]), "voice", [0, 1]),
        (one([(0, 1920, 60)], keys=(Key(0, 1), Key(480, 2))), "keys", (Key(0, 2),)),
        (one([(0, 1920, 60)], tempos=(Tempo(0, 60), Tempo(480, 60), Tempo(9600, 70))), "tempos", (Tempo(0, 60),)),
        (one([(0, 1920, 60)], tempos=(Tempo(0, 66.66666666),)), "tempos", (Tempo(0, 66.666667),)),
        (one([(0, 1920, 60)], chords=(Chord(0, "C"), Chord(480, "IV"))), "chords", (Chord(0, "C"),)),
        (one([(0, 1920, 60)], meters=(Meter(0, 4, 4), Meter(5760, 3, 4))), "meters", (Meter(0, 4, 4),)),
        (one([(0, 1920, 36)], is_drum=True, program=8), "program", 0),
        (one([(0, 1920, 60)], title=" A\0  tune.xml "), "title", "A tune"),
        (Score(), "notes", []),
    ],
)
def test_what_is_lost(score, field, expected):
    again = read(musicxml.dumps(score))
    track = again.tracks[0]
    found = {
        "notes": track.notes[["onset", "duration"]].tolist(), "voice": track.notes["voice"].tolist(),
        "program": track.program,
    }
    assert found.get(field, getattr(again, field, None)) == expected


@needs_schema
@settings(max_examples=30, deadline=None)
@given(score=scores(voices=2))
def test_any_score_is_valid_by_the_schema(score):
    assert not problems(musicxml.dumps(score))


@needs_schema
def test_a_score_with_everything_is_valid_by_the_schema():
    assert not problems(musicxml.dumps(SATB))


def test_spelling_accidentals_and_clefs():
    assert texts(SATB, "part[@id='P1']//step") == ["A", "G", "A", "B"]
    assert texts(SATB, "part[@id='P1']//accidental") == ["sharp"]
    clefs = [[child.text for child in clef] for clef in elements(SATB, "part//clef")]
    assert clefs == [["G", "2"], ["G", "2", "-1"], ["percussion"]]


def test_an_accidental_holds_to_the_bar_line_and_over_a_tie():
    rows = [(0, 480, 66), (480, 480, 66), (960, 480, 65), (1440, 960, 66), (2400, 480, 66), (2880, 960, 65)]
    after = [(3840 + at * 480, 480, pitch) for at, pitch in enumerate((67, 60, 64, 67, 60, 62, 67, 60))]  # in C
    shown = [note.findtext("accidental") for note in elements(one(rows + after, keys=(Key(0, 0),)), "part//note")]
    assert shown[:7] == ["sharp", None, "natural", "sharp", None, "sharp", "natural"]
    in_g = one([(0, 480, 66), (480, 480, 65), (960, 960, 77), *after], keys=(Key(0, 1),))
    assert [note.findtext("accidental") for note in elements(in_g, "part//note")][:3] == [None, "natural", "natural"]


def test_ties_at_the_bar_line():
    tied = [[tie.get("type") for tie in note.findall("tie")] for note in elements(one([(960, 5000, 60)]), "part//note")]
    assert tied[1:4] == [["start"], ["stop", "start"], ["stop", "start"]]
    score = one([(0, 5760, 60)])
    assert [tied.get("type") for tied in elements(score, "part//tied")] == ["start", "stop", "start", "stop"]


def test_triplets_have_brackets_and_their_ratio():
    triplet = [note for note in elements(SATB, "part[@id='P2']//note") if note.find("time-modification") is not None]
    assert [note.findtext("time-modification/actual-notes") for note in triplet] == ["3"] * 3
    assert [note.findtext("type") for note in triplet] == ["quarter"] * 3
    marks = [[mark.attrib for mark in note.iterfind("notations/tuplet")] for note in triplet]
    assert marks == [[{"type": "start", "bracket": "yes"}], [], [{"type": "stop"}]]


def test_eighths_are_beamed_by_the_beat():
    rows = [(240 * at, 240, 60) for at in range(4)] + [(960, 360, 60), (1320, 120, 60), (1440, 480, 62)]
    beams = [[beam.text for beam in note.findall("beam")] for note in elements(one(rows), "part//note")]
    assert beams == [["begin"], ["end"], ["begin"], ["end"], ["begin"], ["end", "backward hook"], []]
    jig = one([(240 * at, 240, 60) for at in range(6)], meters=(Meter(0, 6, 8),))
    assert texts(jig, "part//beam") == ["begin", "continue", "end"] * 2


def test_a_pickup_is_an_implicit_measure_of_number_0():
    score = one([(0, 480, 60), (480, 1440, 62)], meters=(Meter(0, 1, 4), Meter(480, 3, 4)))
    assert [measure.attrib for measure in elements(score, "part/measure")] == [
        {"number": "0", "implicit": "yes"}, {"number": "1"},
    ]
    assert (texts(score, "part//beats"), read(musicxml.dumps(score)).meters) == (["3"], score.meters)


def test_a_part_that_is_silent_in_the_pickup_rests_as_long_as_it_is():
    meters = (Meter(0, 3, 8), Meter(720, 4, 4))
    score = Score((Track(notes([(0, 720, 60)])), Track(notes([(720, 480, 48)]))), meters=meters)
    rests = fromstring(musicxml.dumps(score)).findall("part[@id='P2']/measure[@number='0']/note")
    assert [(note.find("rest").attrib, note.findtext("type")) for note in rests] == [({}, "eighth"), ({}, "quarter")]


def test_the_last_bar_has_a_final_bar_line():
    styles = [measure.findtext("barline/bar-style") for measure in elements(SATB, "part[@id='P1']/measure")]
    assert styles == [None, "light-heavy"]


def test_voices_go_back_to_the_bar_line():
    measure = elements(SATB, "part[@id='P2']/measure")[0]
    assert [child.tag for child in measure].count("backup") == 1
    assert {voice.text for voice in measure.iter("voice")} == {"1", "2"}


def test_a_dotted_beat_has_a_dotted_metronome_mark():
    score = one([(0, 1440, 60)], meters=(Meter(0, 6, 8),), tempos=(Tempo(0, 120),))
    assert [mark.tag for mark in elements(score, "part//metronome/*")] == ["beat-unit", "beat-unit-dot", "per-minute"]
    assert texts(score, "part//per-minute") == ["80"]


def test_the_tempo_word_is_before_the_first_metronome_mark_and_comes_back():
    tempos = (Tempo(0, 100.4), Tempo(1920, 80))
    score = one([(0, 1920, 60), (1920, 1920, 62)], tempos=tempos, info=(("tempo", "Più mosso"),))
    assert texts(score, "part//words") == ["Più mosso"]
    assert [mark.tag for mark in elements(score, "part/measure[@number='1']/direction//direction-type/*")] == [
        "words", "metronome"]
    assert texts(score, "part//per-minute") == ["100", "80"]
    again = read(musicxml.dumps(score))
    assert again.about("tempo") == "Più mosso" and again.tempos == score.tempos


def test_stems_are_stated_where_voices_sound_together():
    alone = one([(0, 960, 72)])
    together = one([(0, 960, 72), (0, 480, 60), (480, 480, 62)])
    assert texts(alone, "part//stem") == [] and texts(together, "part//stem") == ["up", "down", "down"]


def test_pitches_below_c0_sound_right_by_a_transposition():
    score = one([(0, 480, 0), (480, 480, 11), (960, 960, 127)], keys=(Key(0, 3),))
    assert texts(score, "part//octave-change") == ["-1"]
    assert read(musicxml.dumps(score)).tracks[0].notes["pitch"].tolist() == [0, 11, 127]
    assert read(musicxml.dumps(score)).keys == score.keys


def test_programs_are_kept_whatever_the_names():
    score = Score((Track(notes([(0, 480, 60)]), 73, name="Violin"), Track(notes([(0, 480, 60)]), 0, name="Alto")))
    assert [track.program for track in read(musicxml.dumps(score)).tracks] == [73, 0]


@pytest.mark.parametrize(
    "symbol", ["C", "F#m7b5", "Bbmaj7/D", "G7sus4", "Ebm(maj7)", "C7(b9)(add13)", "Dweird \"x\"", "N.C."]
)
def test_chord_symbols(symbol):
    assert read(musicxml.dumps(one([(0, 1920, 60)], chords=(Chord(240, symbol),)))).chords == (Chord(240, symbol),)


def test_unisons_of_two_voices_stay_apart_over_the_bar_line():
    score = one([(960, 1920, 60, 0, 0), (0, 1920, 60, 0, 1), (1920, 960, 60, 0, 1)])
    assert sorted(read(musicxml.dumps(score)).tracks[0].notes[["onset", "duration"]].tolist()) == [
        (0, 1920), (960, 1920), (1920, 960),
    ]


def test_the_packed_file_is_a_zip_of_the_plain_one(tmp_path):
    path = tmp_path / "piece.mxl"
    formats.write(SATB, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["META-INF/container.xml", "score.musicxml"]
        assert archive.read("score.musicxml") == musicxml.dumps(SATB)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert formats.read(path) == read(musicxml.dumps(SATB))
    assert path.read_bytes() == mxl.dumps(SATB)
    formats.write(SATB, tmp_path / "piece.xml")
    assert (tmp_path / "piece.xml").read_bytes() == musicxml.dumps(SATB)


def test_a_document_that_packs_as_well_as_a_bomb_is_stored():
    xml = b"<score-partwise>" + b"<part/>" * 300_000 + b"</score-partwise>"
    assert len(container.parse(container.pack(xml))) == 300_000


def test_what_would_be_too_large_to_read_is_not_written(monkeypatch):
    monkeypatch.setattr(container, "MAX_XML", 1000)
    with pytest.raises(LimitError):
        musicxml.dumps(SATB)
    with pytest.raises(LimitError):
        musicxml.dumps(one([(480 * 4 * 200_000, 480, 60)]))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\evil.musicxml", "score.musicxml/../x"])
def test_a_root_file_elsewhere_is_never_looked_for(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("META-INF/container.xml", f'<container><rootfile full-path="{name}"/></container>')
    with pytest.raises(FormatError):
        musicxml.loads(buffer.getvalue())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, musicxml.dumps(SATB))
    assert musicxml.loads(buffer.getvalue()).title == SATB.title  # a name like any other: nothing is extracted
    assert not list(tmp_path.iterdir())


def test_the_archive_that_we_write_stays_within_its_own_limits():
    data = mxl.dumps(SATB)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("drums_first", [False, True])
def test_a_staff_of_drums_has_no_key_signature_beside_other_parts(drums_first: bool) -> None:
    tune, drums = Track(notes([(0, 480, 62), (480, 480, 65)])), Track(notes([(0, 480, 36)]), is_drum=True)
    parts = (drums, tune) if drums_first else (tune, drums)
    keys = (Key(0, -1, "minor"), Key(1920, 2, "major"))
    later = notes([(1920, 480, 60)])
    score = Score(tuple(replace(part, notes=np.concatenate([part.notes, later])) for part in parts), keys=keys)
    text = musicxml.dumps(score)
    assert text.count(b"<key>") == 2 and musicxml.loads(text).keys == keys
    alone = replace(score, tracks=(score.tracks[0 if drums_first else 1],))
    assert musicxml.loads(musicxml.dumps(alone)).keys == keys  # a key is kept, though nothing has it
