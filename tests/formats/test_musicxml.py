"""Goldens of what MusicXML says, feature by feature, and what is refused."""

import io
import zipfile

import numpy as np
import pytest

from componium.errors import ComponiumError, FormatError, LimitError, NotThisFormatError, RepairWarning
from componium.formats import musicxml
from componium.formats.musicxml import container
from componium.music.score import Chord, Key, Meter, Tempo
from formats.mutations import mutate

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
START = "<attributes><divisions>2</divisions><key><fifths>0</fifths></key><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"  # noqa: E501


def note(name, duration, *extra):
    """A <note> such as note("C#4", 2, "<voice>1</voice>"); "r" for a rest, "chord" among the extras for a chord."""
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(name[1:2], "")
    pitch = f"<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>" if name != "r" else "<rest/>"
    chord = "<chord/>" if "chord" in extra else ""
    rest = "".join(text for text in extra if text != "chord")
    return f"<note>{chord}{pitch}<duration>{duration}</duration>{rest}</note>"


def tie(*types):
    return "".join(f'<tie type="{kind}"/>' for kind in types)


def measures(*contents):
    return "".join(f'<measure number="{at}">{content}</measure>' for at, content in enumerate(contents, 1))


def document(*parts, names=(), before="", instruments=()):
    listed = "".join(
        f'<score-part id="P{at}"><part-name>{names[at] if at < len(names) else ""}</part-name>'
        f"{instruments[at] if at < len(instruments) else ''}</score-part>"
        for at in range(len(parts))
    )
    body = "".join(f'<part id="P{at}">{part}</part>' for at, part in enumerate(parts))
    return f"{HEAD}<score-partwise>{before}<part-list>{listed}</part-list>{body}</score-partwise>".encode()


def rows(score, track=0):
    """(onset, duration, pitch) in quarters."""
    notes, unit = score.tracks[track].notes, score.ticks_per_quarter
    return [(float(n["onset"] / unit), float(n["duration"] / unit), int(n["pitch"])) for n in notes]


def bar(letter):
    return note(f"{letter}4", 8)


def letters(score):
    return "".join("C?D?EF?G?A?B"[int(pitch) % 12] for pitch in score.tracks[0].notes["pitch"])


def test_notes_rests_and_chords():
    score = musicxml.loads(
        document(measures(START + note("C4", 2) + note("E4", 2, "chord") + note("r", 2) + note("F#5", 4)))
    )
    assert rows(score) == [(0, 1, 60), (0, 1, 64), (2, 2, 78)]
    assert score.ticks_per_quarter == 480
    assert score.tracks[0].notes["velocity"].tolist() == [0, 0, 0]


def test_parts_keep_their_names_and_programs():
    instruments = ["", "", "", "", '<midi-instrument id="I"><midi-program>74</midi-program></midi-instrument>']
    names = ["Soprano", "Bass", "Violin I", "Horn in F", "Something"]
    score = musicxml.loads(document(*[measures(START + bar("C"))] * 5, names=names, instruments=instruments))
    assert [track.name for track in score.tracks] == names
    assert [track.program for track in score.tracks] == [52, 52, 40, 60, 73]


@pytest.mark.parametrize(
    ("name", "given", "program"),
    [("Violin I", 49, 48), ("Lead guitar", 31, 30), ("Flauto", 1, 73), ("Etwas", 5, 4), ("Oboe", 0, 68), ("", 1, 0),
     ("Alto Saxophone", 66, 65), ("Tenor Saxophone", 1, 66), ("Bass Clarinet in Bb", 72, 71), ("Alto Flute", 74, 73),
     ("Horn in A", 1, 60), ("Piano a 4 mani", 1, 0), ("Electric Piano", 5, 4), ("Voice", 69, 52), ("Voice", 54, 53)],
)
def test_the_program_of_the_file_comes_before_the_name_but_for_singers(name, given, program):
    instrument = f'<midi-instrument id="I"><midi-program>{given}</midi-program></midi-instrument>'
    score = musicxml.loads(document(measures(START + bar("C")), names=[name], instruments=[instrument]))
    assert score.tracks[0].program == program


def test_the_program_of_a_nameless_part_that_sings_is_a_choir():
    sung = measures(START + note("C4", 8, "<lyric><text>la</text></lyric>"))
    score = musicxml.loads(document(sung, measures(START + bar("C")), names=["I", "II"]))
    assert [track.program for track in score.tracks] == [52, 0]


def test_voices_are_numbered_and_backup_goes_back():
    content = note("C5", 8, "<voice>1</voice>") + "<backup><duration>8</duration></backup>"
    content += "<forward><duration>4</duration></forward>" + note("E4", 4, "<voice>5</voice>")
    score = musicxml.loads(document(measures(START + content)))
    assert rows(score) == [(0, 4, 72), (2, 2, 64)]
    assert score.tracks[0].notes["voice"].tolist() == [0, 1]


def test_ties_make_one_note():
    first = note("C4", 4) + note("D4", 4, tie("start"))
    contents = [START + first, note("D4", 8, tie("stop", "start")), note("D4", 8, tie("stop"))]
    score = musicxml.loads(document(measures(*contents)))
    assert rows(score) == [(0, 2, 60), (2, 10, 62)]


def test_ties_that_only_begin_or_are_only_drawn():
    tied = '<notations><tied type="{}"/></notations>'
    score = musicxml.loads(document(measures(START + note("C4", 8, tie("start")), note("C4", 8))))
    assert rows(score) == [(0, 8, 60)]
    content = START + note("C4", 4, tied.format("start")) + note("C4", 4, tied.format("stop"))
    assert rows(musicxml.loads(document(measures(content)))) == [(0, 4, 60)]


def test_tuplets_are_exact_and_ticks_fine_enough():
    attributes = START.replace(">2</div", ">21</div")
    triplet = "".join(note(name, 7) for name in ("C4", "D4", "E4"))
    septuplet = "".join(note(name, 3) for name in ("C4", "D4", "E4", "F4", "G4", "A4", "B4"))
    score = musicxml.loads(document(measures(attributes + triplet + septuplet + note("C4", 42))))
    assert score.ticks_per_quarter == 3360
    assert score.tracks[0].notes["onset"].tolist()[:4] == [0, 1120, 2240, 3360]
    assert score.end == 4 * 3360


def test_tuplets_that_the_file_rounds_are_exact_again():
    thirteen = (
        "<voice>1</voice><type>32nd</type><time-modification><actual-notes>13</actual-notes>"
        "<normal-notes>8</normal-notes></time-modification>"
    )
    upper = note("C4", 480) + note("D4", 37, thirteen) * 13 + note("E4", 960)
    lower = f"<backup><duration>{480 + 13 * 37 + 960}</duration></backup>" + note("C3", 1920, "<voice>2</voice>")
    back = "<backup><duration>960</duration></backup>" + note("G3", 960, "<voice>3</voice>")
    attributes = START.replace(">2</div", ">480</div")
    score = musicxml.loads(document(measures(attributes + upper + back + lower, note("F4", 1920))), strict=True)
    found = rows(score)
    assert [str(meter) for meter in score.meters] == ["4/4"]
    assert [row for row in found if row[2] != 62] == [(0, 4, 48), (0, 1, 60), (2, 2, 55), (2, 2, 64), (4, 4, 65)]
    assert [row[0] for row in found if row[2] == 62] == pytest.approx([1 + at / 13 for at in range(13)], abs=1e-4)


def test_divisions_may_change_and_have_decimals():
    later = "<attributes><divisions>3</divisions></attributes>"
    later += note("C4", 1) * 3 + note("D4", "4.5") + note("E4", "4.5")
    score = musicxml.loads(document(measures(START + bar("C"), later)))
    assert score.tracks[0].notes["onset"].tolist() == [0, 1920, 2080, 2240, 2400, 3120]
    assert score.tracks[0].notes["duration"].tolist() == [1920, 160, 160, 160, 720, 720]


def test_grace_and_cue_notes_are_left_out_and_cue_notes_counted():
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    cue = "<note><cue/><pitch><step>D</step><octave>4</octave></pitch><duration>4</duration></note>"
    content = document(measures(START + bar("C"), grace + note("C4", 4) + cue))
    with pytest.warns(RepairWarning, match="cue notes, 1 in all, were left out, at part 1, measures 2 to 2"):
        assert rows(musicxml.loads(content, strict=True))[1:] == [(4, 2, 60)]


def tremolo(marks, kind="single", type_="quarter"):
    mark = f'<tremolo type="{kind}">{marks}</tremolo>'
    return f"<voice>1</voice><type>{type_}</type><notations><ornaments>{mark}</ornaments></notations>"


@pytest.mark.parametrize(
    ("marks", "type_", "duration", "n_notes"),
    [(1, "half", 2, 4), (2, "half", 2, 8), (3, "half", 2, 16), (5, "half", 2, 16), (2, "eighth", 0.5, 4),
     (0, "half", 2, 16), (1, "32nd", 0.125, 1)],
)
def test_a_bowed_tremolo_strikes_its_chord_again_and_again(marks, type_, duration, n_notes):
    attributes = START.replace(">2</div", ">8</div")
    written = note("C4", int(duration * 8), tremolo(marks, type_=type_)) + note("E4", int(duration * 8), "chord")
    found = rows(musicxml.loads(document(measures(attributes + written + note("G4", 8))), strict=True))
    value = duration / n_notes
    assert found[:-1] == [(at * value, value, pitch) for at in range(n_notes) for pitch in (60, 64)]
    assert found[-1] == (duration, 1, 67)


def test_a_tremolo_between_two_notes_alternates():
    first = note("C4", 2, tremolo(1, "start", "half"))
    second = note("E4", 2, tremolo(1, "stop", "half")) + note("G4", 2, "chord")
    found = rows(musicxml.loads(document(measures(START + first + second + note("A4", 4))), strict=True))
    two = [(0, 0.5, 60), (0.5, 0.5, 64), (0.5, 0.5, 67)]
    assert found == [*two, *((onset + 1, duration, pitch) for onset, duration, pitch in two), (2, 2, 69)]


def test_tremolos_that_no_note_shows_or_that_never_end_stay_as_written():
    long = note("C4", 200, tremolo(3))
    assert musicxml.loads(document(measures(START + long))).n_notes == 1
    assert rows(musicxml.loads(document(measures(START + note("C4", 8, tremolo(1, "start")))))) == [(0, 4, 60)]


def test_notes_of_length_0_are_left_out_with_a_warning():
    with pytest.warns(RepairWarning, match="length 0 was left out, at part 1, measure 1"):
        assert rows(musicxml.loads(document(measures(START + note("D4", 0) + bar("C"))))) == [(0, 4, 60)]


FOUR = "".join(note(f"{letter}4", 2) for letter in "CDEF")
SCALE = document(measures(START + FOUR, bar("G"), bar("A")), names=["Scale"])


@pytest.mark.parametrize(
    ("end", "n_notes"),
    [(SCALE.index(b"<step>F"), 3), (SCALE.index(b'<measure number="2"') + 9, 4), (SCALE.index(b"<step>A") - 12, 5),
     (len(SCALE) - 5, 6)],
)
def test_of_a_file_cut_short_what_stands_before_the_cut_is_kept(end, n_notes):
    whole = musicxml.loads(SCALE)
    cut = SCALE[:end]
    documents = (cut, cut + b"<<<<", cut.decode().encode("utf-16"), cut.decode().encode("utf-16")[:-1])
    for data in documents[: 2 if n_notes > 5 else 4]:
        with pytest.warns(RepairWarning, match=r"not well-formed XML .* at line \d"):
            score = musicxml.loads(data)
        assert rows(score)[:n_notes] == rows(whole)[:n_notes] and score.n_notes == n_notes
        assert score.tracks[0].name == "Scale"
        with pytest.raises(FormatError, match="line"):
            musicxml.loads(data, strict=True)


def test_of_a_packed_file_cut_short_what_stands_before_the_cut_is_kept():
    long = document(measures(START + bar("C"), *[note(letter + "4", 4) + note("C5", 4) for letter in "DEFGAB" * 30]))
    data = container.pack(long)
    with pytest.warns(RepairWarning) as caught:
        score = musicxml.loads(data[: len(data) * 2 // 3])
    assert "a broken .mxl archive" in str(caught[0].message)
    assert 100 < score.n_notes < 361 and rows(score) == rows(musicxml.loads(data))[: score.n_notes]


def test_a_stray_zero_byte_costs_only_itself():
    at = SCALE.index(b"<step>D")
    with pytest.warns(RepairWarning, match="zero bytes, 1 in all") as caught:
        assert musicxml.loads(SCALE[:at] + b"\0" + SCALE[at:]) == musicxml.loads(SCALE)
    assert caught[0].message.offset == at


def barline(*, repeat="", ending="", kind="start", times=""):
    sign = f'<repeat direction="{repeat}"{times}/>' if repeat else ""
    volta = f'<ending number="{ending}" type="{kind}"/>' if ending else ""
    return f"<barline>{volta}{sign}</barline>"


def test_repeats_and_endings_are_played_out():
    score = musicxml.loads(document(measures(
        START + bar("C"),
        barline(repeat="forward") + bar("D"),
        barline(ending="1") + bar("E") + barline(repeat="backward", ending="1", kind="stop"),
        barline(ending="2") + bar("F") + barline(ending="2", kind="discontinue"),
        bar("G") + barline(repeat="backward", times=' times="3"'),
    )))  # fmt: skip
    assert letters(score) == "CDEDFGGG"
    assert score.meters == (Meter(0, 4, 4),)


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (['fine="yes"', 'dacapo="yes"'], "CDC"),
        (['segno="s"', 'fine="yes"', 'dalsegno="s"'], "CDECD"),
        (['tocoda="c"', 'dacapo="yes"', 'coda="c"'], "CDCE"),
    ],
)
def test_jumps_are_played_out(signs, expected):
    contents = [f"<direction><sound {sign}/></direction>{bar(name)}" for sign, name in zip(signs, "CDE", strict=False)]
    assert letters(musicxml.loads(document(measures(START + contents[0], *contents[1:])))) == expected


def test_a_pickup_is_a_short_bar_and_repeats_keep_the_grid():
    contents = [START + note("C4", 2), bar("D"), note("E4", 6) + barline(repeat="backward"), note("F4", 2), bar("G")]
    score = musicxml.loads(document(measures(*contents)))
    assert score.meters == (Meter(0, 1, 4), Meter(480, 4, 4))
    assert score.tracks[0].notes["onset"].tolist() == [480 * at for at in (0, 1, 5, 8, 9, 13, 16, 17)]


def test_meters_and_keys_change():
    change = "<attributes><key><fifths>-1</fifths><mode>dorian</mode></key>"
    change += "<time><beats>3+2</beats><beat-type>8</beat-type></time></attributes>"
    score = musicxml.loads(document(measures(START + bar("C"), change + note("D4", 5))))
    assert score.meters == (Meter(0, 4, 4), Meter(1920, 5, 8))
    assert score.keys == (Key(0, 0, "major"), Key(1920, -1, "dorian"))


def test_transposing_instruments_sound():
    transpose = "<transpose><chromatic>-2</chromatic><octave-change>-1</octave-change></transpose>"
    attributes = START.replace("<fifths>0", "<fifths>2").replace("</attributes>", transpose + "</attributes>")
    score = musicxml.loads(document(measures(attributes + note("D5", 8))))
    assert rows(score) == [(0, 4, 60)]
    assert score.keys == (Key(0, 0, "major"),)


def test_tempo_and_loudness():
    metronome = "<metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>40</per-minute></metronome>"
    content = START + '<direction><sound tempo="90" dynamics="100"/></direction>' + note("C4", 4)
    content += f"<direction><direction-type>{metronome}</direction-type></direction>"
    content += note("D4", 4).replace("<note>", '<note dynamics="50">')
    score = musicxml.loads(document(measures(content)))
    assert score.tempos == (Tempo(0, 90.0), Tempo(960, 60.0))
    assert score.tracks[0].notes["velocity"].tolist() == [90, 45]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<root><root-step>A</root-step></root><kind>minor</kind>", "Am"),
        ("<root><root-step>D</root-step></root><kind>dominant</kind><bass><bass-step>F</bass-step>"
         "<bass-alter>1</bass-alter></bass>", "D7/F#"),
        ("<root><root-step>E</root-step><root-alter>-1</root-alter></root><kind>major-seventh</kind>", "Ebmaj7"),
        ("<root><root-step>G</root-step></root><kind>dominant</kind><degree><degree-value>9</degree-value>"
         "<degree-alter>-1</degree-alter><degree-type>add</degree-type></degree>", "G7(addb9)"),
        ("<kind>none</kind>", "N.C."),
    ],
)  # fmt: skip
def test_chord_symbols(inside, expected):
    score = musicxml.loads(document(measures(START + note("C4", 4) + f"<harmony>{inside}</harmony>" + note("D4", 4))))
    assert score.chords == (Chord(960, expected),)


def test_drums():
    unpitched = "<note><unpitched/><duration>4</duration><instrument id=\"{}\"/></note>"
    drums = '<midi-instrument id="K"><midi-unpitched>36</midi-unpitched></midi-instrument>'
    content = START + unpitched.format("K") + unpitched.format("K")
    score = musicxml.loads(document(measures(content), instruments=[drums]))
    assert score.tracks[0].is_drum
    assert score.tracks[0].notes["pitch"].tolist() == [35, 35]
    plain = "<note><unpitched/><duration>4</duration></note>"
    assert musicxml.loads(document(measures(START + plain))).tracks[0].notes["pitch"].tolist() == [38]


def test_title_and_rights():
    before = "<work><work-number>12</work-number><work-title>Büchlein.mxl</work-title></work><identification>"
    before += '<creator type="composer">A. Composer</creator><rights>Public domain</rights></identification>'
    score = musicxml.loads(document(measures(START + bar("C")), before=before))
    assert score.title == "Büchlein"
    assert dict(score.info) == {"composer": "A. Composer", "number": "12", "rights": "Public domain"}
    credit = '<credit page="1"><credit-words>PDF © 2004 Somebody</credit-words></credit>'
    assert musicxml.loads(document(measures(START + bar("C")), before=credit)).about("rights") == "PDF © 2004 Somebody"


def test_timewise_reads_as_partwise():
    inner = [START + bar("C"), START + bar("E")]
    parts = "".join(f'<part id="P{at}">{content}</part>' for at, content in enumerate(inner))
    listed = '<part-list><score-part id="P0"/><score-part id="P1"/></part-list>'
    data = f"<score-timewise>{listed}<measure number='1'>{parts}</measure></score-timewise>".encode()
    score = musicxml.loads(data)
    assert [rows(score, 0), rows(score, 1)] == [[(0, 4, 60)], [(0, 4, 64)]]


def test_bars_that_rests_overfill_keep_their_meter():
    over = START + note("C4", 8) + note("r", 8)
    score = musicxml.loads(document(measures(over, bar("D")), measures(START + bar("E"), bar("F"))))
    assert score.meters == (Meter(0, 4, 4),)
    assert rows(score, 0) == [(0, 4, 60), (4, 4, 62)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
def test_encodings(encoding):
    text = document(measures(START + bar("C")), names=["Flûte"]).decode()
    claimed = text.replace("UTF-8", "UTF-16" if "16" in encoding else encoding.replace("-sig", ""))
    score = musicxml.loads(claimed.encode(encoding))
    assert (score.tracks[0].name, score.tracks[0].program) == ("Flûte", 73)


def test_namespaces_are_passed_over():
    data = document(measures(START + bar("C"))).replace(b"<score-partwise>", b'<score-partwise xmlns="http://x">')
    assert rows(musicxml.loads(data)) == [(0, 4, 60)]


# ------------------------------------------------------------------------------------------------ what is refused


def packed(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


CONTAINER = '<container><rootfiles><rootfile full-path="music/score.xml"/></rootfiles></container>'


def test_a_packed_file_gives_its_root_file():
    other = document(measures(START + bar("D")))
    wanted = document(measures(START + bar("C")))
    members = [("a.xml", other), ("META-INF/container.xml", CONTAINER), ("music/score.xml", wanted)]
    assert rows(musicxml.loads(packed(members))) == [(0, 4, 60)]
    assert rows(musicxml.loads(packed([("__MACOSX/a.xml", b"junk"), ("a.xml", wanted)]))) == [(0, 4, 60)]


def test_packed_bombs_are_refused():
    with pytest.raises(LimitError):
        musicxml.loads(packed([("a.xml", b"<a>" + b" " * 60_000_000)]))
    with pytest.raises(LimitError):
        musicxml.loads(packed([(f"{at}.xml", b"") for at in range(1001)]))
    with pytest.raises(NotThisFormatError):
        musicxml.loads(packed([("a.txt", b"hello")]))
    with pytest.raises(FormatError):
        musicxml.loads(packed([("a.xml", document())])[:100])
    with pytest.raises(FormatError):
        musicxml.loads(packed([("a.xml", document())], zipfile.ZIP_BZIP2))


def test_entities_are_refused():
    laughs = b'<!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'
    with pytest.raises(FormatError, match="entities"):
        musicxml.loads(laughs)
    outside = b'<!DOCTYPE score-partwise [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><score-partwise/>'
    with pytest.raises(FormatError, match="entities"):
        musicxml.loads(outside)
    with pytest.raises(FormatError, match="entities"):
        musicxml.loads(laughs.decode().encode("utf-16"))
    with pytest.raises(FormatError):
        musicxml.loads(HEAD.encode() + b"<score-partwise>&nbsp;</score-partwise>")
    with pytest.raises(FormatError):
        musicxml.loads(b'<?xml version="1.0" encoding="cp037"?>' + laughs.decode().encode("cp037"))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"), (b"MThd\0\0\0\6", "MIDI"), (b"<html><body/></html>", "web page"), (b"%PDF-1.4", "PDF"),
        (b"X:1\nK:C\nabc|", "ABC"), (b"hello", "text"), (b"<opus/>", "opus"), (b"<mei/>", "MEI"),
    ],
)  # fmt: skip
def test_other_things_are_named(data, kind):
    with pytest.raises(NotThisFormatError, match=kind):
        musicxml.loads(data)


def test_deep_and_large_documents_are_safe():
    deep = b"<score-partwise>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</score-partwise>"
    assert musicxml.loads(deep).tracks == ()
    with pytest.raises(LimitError):
        musicxml.loads(b"<score-partwise>" + b"<a/>" * 4_000_001 + b"</score-partwise>")
    with pytest.raises(LimitError):
        musicxml.loads(document(measures(START + note("C4", 999_999_999))))
    with pytest.raises(LimitError):
        musicxml.loads(document(measures(START + bar("C") + barline(repeat="backward", times=' times="999999999"'))))


BROKEN = {
    "backup": "<backup><duration>4</duration></backup>" + bar("C"),
    "without a pitch": "<note><duration>4</duration></note>",
    "invalid pitch": note("C4", 4).replace("<octave>4", "<octave>four"),
    "outside MIDI": note("C9", 4).replace("<octave>9", "<octave>12"),
    "is no number": note("C4", "many"),
    "divisions": "<attributes><divisions>0</divisions></attributes>" + bar("C"),
    "meter": "<attributes><time><beats>4</beats><beat-type>5</beat-type></time></attributes>" + bar("C"),
    "fifths": "<attributes><key><fifths>12</fifths></key></attributes>" + bar("C"),
    "tempo": '<sound tempo="0"/>' + bar("C"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_mistakes_are_repaired_with_a_warning_or_refused(what):
    data = document(measures(START + bar("D"), BROKEN[what]))
    with pytest.warns(RepairWarning, match="part 1, measure 2") as warned:
        musicxml.loads(data)
    assert what in str(warned[0].message)
    with pytest.raises(FormatError, match=what):
        musicxml.loads(data, strict=True)


@pytest.mark.filterwarnings("ignore::componium.errors.RepairWarning")
def test_damaged_files_never_raise_untyped_errors():
    rng = np.random.default_rng(7)
    plain = document(measures(
        START + barline(repeat="forward") + note("C4", 4, tie("start")) + note("C4", 4, tie("stop")),
        '<direction><sound tempo="90" dacapo="yes"/></direction>' + note("E4", "4.5") + note("G4", 2, "chord"),
        barline(ending="1, 2") + bar("D") + barline(repeat="backward", ending="1", kind="stop"),
    ), names=["Violin"])  # fmt: skip
    for original in (plain, packed([("META-INF/container.xml", CONTAINER), ("music/score.xml", plain)])):
        outcomes = set()
        for _ in range(300):
            try:
                outcomes.add(type(musicxml.loads(mutate(original, rng))).__name__)
            except ComponiumError as error:
                assert str(error)
                outcomes.add("refused")
        assert outcomes == {"Score", "refused"}
