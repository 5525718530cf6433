"""MusicXML files patched: stretches of voices change, all else stays byte for byte."""

import io
import re
import warnings
import zipfile
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import fromstring, tostring

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from componium.errors import FormatError, PatchError, RoundingWarning
from componium.formats import musicxml, mxl
from componium.formats._patching import splice_score
from componium.music.score import Chord, notes
from componium.music.transform import copy_bars, splice_cells
from formats.musicxml_schema import HAS_SCHEMA, problems
from formats.patches import cells_of, changed, outside, random_cells
from strategies import scores


def note(step, octave, duration, voice=1, more="", inside=""):
    kind = {2: "eighth", 4: "quarter", 8: "half", 16: "whole"}[duration]
    return (f"<note>{inside}<pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{duration}</duration>"
            f"<voice>{voice}</voice><type>{kind}</type>{more}</note>")


def lyric(text):
    return f'<lyric number="1"><syllabic>single</syllabic><text>{text}</text></lyric>'


def notations(*marks):
    return f"<notations>{''.join(marks)}</notations>"


SLUR_ON, SLUR_OFF = '<slur type="start" number="1"/>', '<slur type="stop" number="1"/>'
STACCATO = "<articulations><staccato/></articulations>"
TIE_ON, TIE_OFF = '<tie type="start"/>', '<tie type="stop"/>'
DOLCE = "<direction><direction-type><words>dolce</words></direction-type></direction>"
BREAK = '<print new-system="yes"><system-layout><system-distance>90</system-distance></system-layout></print>'
HARMONY = "<harmony><root><root-step>{}</root-step></root><kind>major</kind></harmony>"
DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<!-- engraved by hand -->
<score-partwise version='3.1'><identification><creator type="composer">Ana</creator></identification>
<part-list><score-part id="P1"><part-name>Choir</part-name></score-part>
<score-part id="P2"><part-name>Bass</part-name></score-part></part-list>
<part id="P1">
 <measure number="1" width="321.50"><attributes><divisions>4</divisions><key><fifths>0</fifths></key>
  <time><beats>4</beats><beat-type>4</beat-type></time></attributes>
  {HARMONY.format("C")}{note("C", 5, 8, more=notations(SLUR_ON) + lyric("A"))}
  {note("D", 5, 8, more=notations(STACCATO) + lyric("men"))}
  <backup><duration>16</duration></backup>
  {note("E", 4, 16, 2, more=lyric("Oh"))}
 </measure>
 <measure number="2">{BREAK}
  {note("E", 5, 4, more=notations(SLUR_OFF) + lyric("ye"))}{DOLCE}
  {note("F", 5, 8, more=lyric("who"))}
  {note("G", 5, 4, more=notations(SLUR_ON)).replace("<voice>", TIE_ON + "<voice>")}
  <backup><duration>16</duration></backup>
  {note("C", 4, 8, 2)}<!-- a comment -->{note("D", 4, 8, 2, more=lyric("la"))}
 </measure>
 <measure number="3">{HARMONY.format("G")}
  {note("G", 5, 4).replace("<voice>", TIE_OFF + "<voice>")}
  {note("A", 5, 4, more=notations(SLUR_OFF, STACCATO) + lyric("go"))}
  {note("B", 5, 8, more=lyric("on"))}
  <backup><duration>16</duration></backup>
  {note("E", 4, 16, 2)}
  <barline location="right"><bar-style>light-heavy</bar-style></barline>
 </measure>
</part>
<part id="P2">
 <measure number="1"><attributes><divisions>1</divisions></attributes>
  <note><pitch><step>C</step><octave>3</octave></pitch><duration>4</duration></note></measure>
 <measure number="2"><note><rest measure="yes"/><duration>4</duration></note></measure>
 <measure number="3"><note><pitch><step>G</step><octave>2</octave></pitch><duration>4</duration></note></measure>
</part></score-partwise>
"""
FILE = DOCUMENT.encode()


def load(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return musicxml.loads(data, strict=True)


def sounding(score):
    unit = score.ticks_per_quarter
    return [Counter((Fraction(a, unit), Fraction(b, unit), c)
                    for a, b, c in track.notes[["onset", "duration", "pitch"]].tolist()) for track in score.tracks]


def with_notes(score, track, rows):
    tracks = list(score.tracks)
    tracks[track] = replace(tracks[track], notes=notes(rows))
    return replace(score, tracks=tuple(tracks))


def measures(data, part=0):
    return [tostring(measure).decode() for measure in fromstring(data).findall("part")[part].findall("measure")]


def lyrics(text):
    return re.findall("<text>(.*?)</text>", text)


def test_nothing_changed_gives_the_same_bytes():
    score = load(FILE)
    assert musicxml.patch(FILE, score) == FILE
    assert musicxml.patch(FILE, changed(score, np.random.default_rng(0)), cells_of(score)) == FILE


def filled(rows=((1920, 960, 72), (2880, 960, 74)), voice=0):
    """The score of FILE with other notes of one voice in its second bar."""
    score = load(FILE)
    old = score.tracks[0].notes
    kept = old[(old["onset"] < 1920) | (old["onset"] >= 3840) | (old["voice"] != voice)]
    return with_notes(score, 0, [*kept.tolist(), *((*row, 0, voice) for row in rows)])


def test_one_voice_is_filled_and_all_else_stays():
    score, other = load(FILE), filled()
    data = musicxml.patch(FILE, other, cells_of(score, (1, 0)))
    assert sounding(load(data)) == sounding(other)
    before, after = measures(FILE), measures(data)
    assert after[0] == before[0]
    assert measures(data, 1) == measures(FILE, 1)
    assert lyrics(after[1]) == ["la"]  # of the voice that stays
    for kept in (BREAK, DOLCE, "<!-- engraved by hand -->", "<!-- a comment -->", 'width="321.50"', "<!DOCTYPE"):
        assert kept in data.decode()
    assert lyrics(after[2]) == ["go", "on"]
    assert not HAS_SCHEMA or problems(data) == problems(FILE) == []


def test_slurs_over_the_edge_end_at_new_notes():
    data = musicxml.patch(FILE, filled())
    second = fromstring(data).findall("part/measure")[1].findall("note")
    assert [slur.get("type") for slur in second[0].iterfind("notations/slur")] == ["stop"]
    assert [slur.get("type") for slur in second[1].iterfind("notations/slur")] == ["start"]


def test_a_tie_out_of_what_goes_is_cut_and_the_rest_of_its_bar_stays():
    data = musicxml.patch(FILE, filled())
    third = fromstring(data).findall("part/measure")[2]
    first, *others = third.findall("note")
    assert first.find("rest") is not None
    assert first.find("tie") is None
    assert [other.findtext("pitch/step") for other in others] == ["A", "B", "E"]
    assert others[0].find("notations/articulations/staccato") is not None


def test_new_notes_ring_over_the_edge_by_a_tie():
    other = filled(((1920, 960, 72), (2880, 1440, 79)))
    data = musicxml.patch(FILE, other)
    assert sounding(load(data)) == sounding(other)
    second, third = fromstring(data).findall("part/measure")[1:3]
    assert [tie.get("type") for tie in second.findall("note/tie")] == ["start"]
    assert third.find("note/tie").get("type") == "stop"
    assert lyrics(measures(data)[2]) == ["go", "on"]


def test_finer_notes_have_finer_divisions_and_the_file_s_hold_again():
    other = filled(tuple((1920 + 160 * at, 160, 72 + at) for at in range(12)))
    data = musicxml.patch(FILE, other)
    assert sounding(load(data)) == sounding(other)
    values = [element.text for element in fromstring(data).findall("part/measure")[1].iter("divisions")]
    assert values == ["3", "4"]
    assert measures(data)[0] == measures(FILE)[0]


def test_an_empty_bar_is_filled_and_overlaps_become_voices():
    score = load(FILE)
    rows = [*score.tracks[1].notes.tolist(), (1920, 1920, 48), (2400, 480, 52), (2400, 960, 55)]
    other = with_notes(score, 1, rows)
    data = musicxml.patch(FILE, other, cells_of(score, (1, 1)))
    assert sounding(load(data)) == sounding(other)
    assert measures(data) == measures(FILE)


def test_chord_symbols_are_replaced():
    score = load(FILE)
    other = replace(score, chords=(Chord(0, "C"), Chord(2400, "Am7"), Chord(3840, "D7"), Chord(4800, "E")))
    data = musicxml.patch(FILE, other, cells_of(score), np.array([False, True, True]))
    assert load(data).chords == other.chords
    assert sounding(load(data)) == sounding(score)


def test_provenance_is_stated_in_the_head():
    score = load(FILE)
    data = musicxml.patch(FILE, replace(score, info={"provenance": "by <me>"}))
    assert load(data).about("provenance") == "by <me>"
    again = musicxml.patch(data, replace(score, info={"provenance": "again"}))
    assert load(again).about("provenance") == "again"
    assert measures(again) == measures(FILE)
    bare = FILE.replace(b'<identification><creator type="composer">Ana</creator></identification>', b"")
    assert load(musicxml.patch(bare, replace(score, info={"provenance": "x"}))).about("provenance") == "x"


REPEATED = DOCUMENT.replace(
    f'<measure number="2">{BREAK}',
    '<measure number="2"><barline location="left"><repeat direction="forward"/></barline>'
    '<barline location="right"><repeat direction="backward"/></barline>',
).encode()


def test_a_bar_that_is_repeated_is_refused_and_others_are_not():
    score = load(REPEATED)
    assert score.n_bars == 4
    rng = np.random.default_rng(1)
    with pytest.raises(PatchError, match="measure 2 is played as bars 2 and 3, which would differ"):
        musicxml.patch(REPEATED, changed(score, rng), cells_of(score, (1, 0)))
    with pytest.raises(PatchError, match="which would differ"):
        musicxml.patch(REPEATED, changed(score, rng), cells_of(score, (1, 0), (2, 0)))
    data = musicxml.patch(REPEATED, changed(score, rng), cells_of(score, (0, 0), (0, 1)))
    assert measures(data)[1:] == measures(REPEATED)[1:]


UNTIED = REPEATED.replace(TIE_ON.encode(), b"").replace(TIE_OFF.encode(), b"")


@pytest.mark.parametrize("filled", [1, 2])
def test_a_repeated_bar_is_patched_if_its_passes_are_equal(filled):
    score = load(UNTIED)
    assert musicxml.measures_played(UNTIED) == [0, 1, 1, 2]
    cells = cells_of(score, (filled, 0))
    asked = replace(score, tracks=splice_cells(score, changed(score, np.random.default_rng(1)), cells))
    target = copy_bars(asked, {3 - filled: filled})
    data = musicxml.patch(UNTIED, target)
    assert sounding(load(data)) == sounding(target) != sounding(score)
    kept = [at for at, (one, two) in enumerate(zip(measures(UNTIED), measures(data), strict=True)) if one == two]
    assert kept == [0, 2] and measures(data, 1) == measures(UNTIED, 1)


def test_a_transposing_part_is_written_as_its_player_reads_it():
    clarinet = FILE.replace(b"<divisions>1</divisions>", b"<divisions>1</divisions><transpose><chromatic>-2</chromatic>"
                                                          b"</transpose>")  # fmt: skip
    score = load(clarinet)
    other = with_notes(score, 1, [*score.tracks[1].notes.tolist(), (1920, 1920, 46)])
    data = musicxml.patch(clarinet, other)
    assert sounding(load(data)) == sounding(other)
    assert fromstring(data).findall("part")[1].findall("measure")[1].findtext("note/pitch/step") == "C"


def test_drums_keep_the_instruments_of_the_file():
    drums = b"""<score-partwise><part-list><score-part id="P1"><part-name>Kit</part-name><score-instrument id="K">
<instrument-name>Kick</instrument-name></score-instrument><score-instrument id="S"><instrument-name>Snare
</instrument-name></score-instrument><midi-instrument id="K"><midi-channel>10</midi-channel><midi-unpitched>37
</midi-unpitched></midi-instrument><midi-instrument id="S"><midi-channel>10</midi-channel><midi-unpitched>39
</midi-unpitched></midi-instrument></score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>1
</divisions></attributes><note><unpitched/><duration>4</duration><instrument id="K"/></note></measure>
<measure number="2"><note><unpitched/><duration>4</duration><instrument id="S"/></note></measure></part>
</score-partwise>"""
    score = load(drums)
    other = with_notes(score, 0, [(0, 1920, 36), (1920, 480, 38), (2400, 1440, 36)])
    assert sounding(load(musicxml.patch(drums, other))) == sounding(other)
    with pytest.raises(PatchError, match="the drum 49"):
        musicxml.patch(drums, with_notes(score, 0, [(0, 1920, 36), (1920, 1920, 49)]))


def test_two_hands_get_new_notes_by_middle_c():
    def hand(number, pitch, voice):
        return note(*pitch, 16, voice, more=f"<staff>{number}</staff>")

    piano = f"""<score-partwise><part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>
<part id="P1">{''.join(f'''<measure number="{at}">{"<attributes><divisions>4</divisions><staves>2</staves></attributes>"
if at == 1 else ""}{hand(1, "E5", 1)}<backup><duration>16</duration></backup>{hand(2, "C3", 5)}</measure>'''
for at in (1, 2))}</part></score-partwise>""".encode()
    score = load(piano)
    kept = [row for row in score.tracks[0].notes.tolist() if row[0] == 0]
    other = with_notes(score, 0, [*kept, (1920, 960, 76), (2880, 960, 74), (1920, 1920, 50)])
    data = musicxml.patch(piano, other, cells_of(score, (1, 0)))
    assert sounding(load(data)) == sounding(other)
    places = [(one.findtext("pitch/step"), one.findtext("voice"), one.findtext("staff"))
              for one in fromstring(data).findall("part/measure")[1].findall("note")]
    assert places == [("E", "1", "1"), ("D", "1", "1"), ("D", "5", "2")]
    (first, left), (right, _) = kept, [row for row in score.tracks[0].notes.tolist() if row[0] == 1920]
    other = with_notes(score, 0, [first, left, right, (1920, 1920, 62, 0, left[4])])
    data = musicxml.patch(piano, other, cells_of(score, (1, 0)))
    assert musicxml.loads(data) == other  # a note of the left hand stays in it, wherever it is moved


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_the_encoding_stays(encoding):
    text = DOCUMENT.replace("UTF-8", encoding).replace("Ana", "Añá")
    data = musicxml.patch(text.encode(encoding), filled())
    assert "Añá" in data.decode(encoding)
    assert sounding(load(data)) == sounding(filled())


def test_an_archive_keeps_its_other_files():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.recordare.musicxml")
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="a.xml"/></container>')
        archive.writestr("a.xml", FILE, zipfile.ZIP_DEFLATED)
        archive.writestr("thumbnail.png", b"\x89PNG")
    data = mxl.patch(buffer.getvalue(), filled())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["mimetype", "META-INF/container.xml", "a.xml", "thumbnail.png"]
        assert archive.read("thumbnail.png") == b"\x89PNG"
        assert archive.read("a.xml") == musicxml.patch(FILE, filled())


def test_a_broken_document_is_refused():
    with pytest.raises(FormatError):
        musicxml.patch(FILE[:-300], load(FILE))


@settings(max_examples=25)
@given(score=scores(voices=2, n_tracks=(1, 3), min_notes=1, grid=40, ticks_per_quarter=480), seed=st.integers(0, 9999))
def test_a_patched_file_reads_back_as_what_was_asked(score, seed):
    data = musicxml.dumps(score)
    before = load(data)
    rng = np.random.default_rng(seed)
    other, cells = changed(before, rng, step=40), random_cells(before, rng)
    target = splice_score(before, other, cells, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundingWarning)
        try:
            patched = musicxml.patch(data, other, cells)
        except PatchError as error:  # a part that is written an octave lower has no place for its highest notes
            assume("transposition" not in str(error) and "below C0" not in str(error))
            raise
    after = load(patched)
    names = ("onset", "duration", "pitch")
    scaled = [Counter({tuple(time * before.ticks_per_quarter for time in row[:2]) + row[2:]: count
                       for row, count in rows.items()}) for rows in sounding(after)]
    kept = [Counter(rows) for rows in outside(before, cells, *names)]
    assert all(not one - other for one, other in zip(kept, scaled, strict=True))
    assert [rows.total() for rows in scaled] == [len(track.notes) for track in target.tracks]
    assert all(getattr(after, name) == getattr(before, name) for name in ("meters", "keys", "tempos", "title"))


@pytest.mark.data
@pytest.mark.parametrize("folder", ["openscore_lieder", "openscore_quartets", "openewld"])
def test_files_of_others_keep_what_was_not_changed(folder, data_folder):
    rng = np.random.default_rng(0)
    paths = sorted(path for path in (data_folder / folder).rglob("*") if path.suffix in (".mxl", ".musicxml", ".xml"))
    n_patched = 0
    for path in sorted(paths, key=lambda path: path.stat().st_size)[:: max(len(paths) // 4, 1)][:3]:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = musicxml.loads(data)
            assert musicxml.patch(data, score) == data
            try:
                other, cells = changed(score, rng), random_cells(score, rng)
                after = musicxml.loads(musicxml.patch(data, other, cells))
            except PatchError:
                continue
        names = ("onset", "duration", "pitch")
        if after.ticks_per_quarter == score.ticks_per_quarter:
            kept = zip(outside(score, cells, *names), outside(after, cells, *names), strict=True)
            assert all(not Counter(old) - Counter(new) for old, new in kept), path
        n_patched += 1
    assert n_patched or not paths
