"""Humdrum **kern: tokens, spines and bars by hand, and the same notes as music21 finds."""

import warnings
from pathlib import Path

import pytest

from componium.errors import FormatError, LimitError, NotThisFormatError, RepairWarning
from componium.formats import kern
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Key, Meter, Score, Track, notes

SCALE = """!!!COM: Nobody
!!!OTL@@DE: Leiter
**kern\t**text\t**kern
*I"Bass\t*\t*I"Violin
*clefF4\t*\t*clefG2
*k[b-]\t*\t*k[b-]
*d:\t*\t*d:
*M3/4\t*\t*M3/4
*MM92\t*\t*MM92
4D\tla\t8d 8f
.\t.\t8e
=1\t=1\t=1
[2.AA\tla\t4.cc#
.\t.\t8dd
.\t.\tqee
.\t.\t4r
=2\t=2\t=2
*\t*\t*^
2.AA]\tla\t4.ff\t12a
.\t.\t.\t12b-
.\t.\t.\t12cc
.\t.\t.\t2dd
.\t.\t4.gg\t.
*\t*\t*v\t*v
=:|!\t=:|!\t=:|!
4D\tla\t4d
==\t==\t==
*-\t*-\t*-
"""


def rows(score: Score, part: int) -> list[tuple[float, float, int]]:
    unit = score.ticks_per_quarter
    return [(note["onset"] / unit, note["duration"] / unit, int(note["pitch"])) for note in score.tracks[part].notes]


@pytest.fixture(scope="module")
def scale() -> Score:
    return kern.loads(SCALE.encode(), strict=True)


def test_what_is_said(scale: Score) -> None:
    assert (scale.title, scale.about("composer")) == ("Leiter", "Nobody")
    assert [track.name for track in scale.tracks] == ["Violin", "Bass"]
    assert [(key.fifths, key.mode) for key in scale.keys] == [(-1, "minor")]
    assert scale.tempos[0].qpm == 92 and [str(meter) for meter in scale.meters][:2] == ["1/4", "3/4"]


COMPOSERS = [("Bach, J. S.", "Bach, J. S."), ("  one\ntwo\t*- ", "one two *-"), (" ", "")]


@pytest.mark.parametrize(("composer", "kept"), COMPOSERS)
def test_the_composer_is_written_and_read_back(composer: str, kept: str) -> None:
    score = Score(title="Air", info=(("composer", composer), ("source", "a book")))
    again = kern.loads(kern.dumps(score), strict=True)
    assert again.about("composer") == kept and again.title == "Air"
    assert again == kern.canonicalize(score) == kern.canonicalize(again)


def test_notes_chords_ties_grace_notes_and_split_spines(scale: Score) -> None:
    upper = rows(scale, 0)
    assert upper[:5] == [(0, 0.5, 62), (0, 0.5, 65), (0.5, 0.5, 64), (1, 1.5, 73), (2.5, 0.5, 74)]
    assert (4, 1.5, 77) in upper and (5.5, 1.5, 79) in upper  # the first voice
    assert [round(onset, 3) for onset, _, pitch in upper if pitch in (69, 70, 72)][:3] == [4, 4.333, 4.667]
    assert rows(scale, 1)[:2] == [(0, 1, 50), (1, 6, 45)]  # one note, tied over the bar


def test_a_repeat_is_played_again(scale: Score) -> None:
    assert scale.end / scale.ticks_per_quarter == 7 + 7 + 1
    assert (8, 6, 45) in rows(scale, 1)


CROSSED = {  # what lies across a bar line, and where the d of the other spine must sound
    "a rest": "**kern\t**kern\n*M1/4\t*M1/4\n2r\t4c\n=-\t=-\n.\t4d\n==\t==\n*-\t*-\n",
    "a note": "**kern\t**kern\n*M1/4\t*M1/4\n2C\t4c\n=\t=\n.\t4d\n==\t==\n*-\t*-\n",
    "a note of one voice": "**kern\n*M1/4\n*^\n2C\t4c\n=\t=\n.\t4d\n*v\t*v\n==\n*-\n",
}


@pytest.mark.parametrize("piece", CROSSED.values(), ids=CROSSED)
def test_what_lies_across_a_bar_line_delays_nothing(piece: str) -> None:
    score = kern.loads(piece.encode(), strict=True)
    onsets = {pitch: onset for part in range(len(score.tracks)) for onset, _, pitch in rows(score, part)}
    assert (onsets[60], onsets[62]) == (0, 1)
    assert [str(meter) for meter in score.meters] == ["1/4"] and score.end == 2 * score.ticks_per_quarter


UNEQUAL = [("1r\t4c\n.\t4d\n.\t4d", 3), ("1e\t4c\n.\t4d\n.\t4d", 3), ("4c\t2c", 2)]


@pytest.mark.parametrize(("bar", "length"), UNEQUAL)
def test_a_bar_of_unequal_parts_ends_where_its_meter_does_or_its_longest_part(bar: str, length: float) -> None:
    piece = f"**kern\t**kern\n*M3/4\t*M3/4\n{bar}\n=2\t=2\n2.gg\t2.aa\n==\t==\n*-\t*-\n"
    with pytest.warns(RepairWarning, match=r"do not end together, at line \d"):
        score = kern.loads(piece.encode())
    assert [onset for part in (0, 1) for onset, _, pitch in rows(score, part) if pitch > 78] == [length] * 2


def test_joined_spines_of_several_parts_leave_the_others_in_their_columns() -> None:
    piece = "**kern\t**kern\n*\t*^\n*\t*^\t*\n4c\t4e\t4g\t4b\n*v\t*v\t*\t*\n*\t*v\t*v\n4d\t4f\n*-\t*-\n"
    with pytest.warns(RepairWarning, match="several parts join, at line 5"):
        score = kern.loads(piece.encode())
    assert [rows(score, part)[-1] for part in (0, 1)] == [(1, 1, 65), (1, 1, 62)]


def test_a_spine_that_pauses_without_a_rest_goes_on_with_the_others() -> None:
    piece = "**kern\t**kern\n4c\t4e\n.\t4f\n4d\t4g\n*-\t*-\n"
    with pytest.warns(RepairWarning, match="line 4"):
        score = kern.loads(piece.encode())
    assert rows(score, 1) == [(0, 1, 60), (2, 1, 62)]


@pytest.mark.parametrize(("end", "last"), [("==", 4), ("=:|!", 10), ("=:|!\n==", 10), ("=3\n==", 4), ("*", 4)])
def test_a_short_last_bar_is_no_meter_of_its_own(end: str, last: float) -> None:
    score = kern.loads(f"**kern\n*M3/4\n4g\n=1\n2.cc\n=2\n2dd\n{end}\n*-\n".encode(), strict=True)
    assert [str(meter) for meter in score.meters] == ["1/4", "3/4"]
    assert rows(score, 0)[-1] == (last, 2, 74)


def test_durations_of_every_kind() -> None:
    tokens = {"4": 1, "8.": 0.75, "8c.": 0.75, "12": 1 / 3, "0": 8, "00": 16, "1": 4, "3%2": 8 / 3, "16..": 0.4375}
    for token, quarters in tokens.items():
        score = kern.loads(f"**kern\n{token}{'' if 'c' in token else 'c'}\n*-\n".encode())
        assert score.tracks[0].notes["duration"][0] / score.ticks_per_quarter == pytest.approx(quarters, abs=1e-3)


def test_several_pieces_in_one_file() -> None:
    book = "**kern\n4c\n*-\n!!!OTL: Second\n**kern\n4d\n4e\n*-\n"
    assert [score.n_notes for score in kern.loads_many(book.encode())] == [1, 2]
    assert kern.loads_many(book.encode())[1].title == "Second"


def test_a_list_of_sections_is_played_through() -> None:
    piece = "**kern\n*>[A,B,A]\n*>norep[A,B]\n*>A\n4c\n=1\n4d\n*>B\n4e\n==\n*-\n"
    score = kern.loads(piece.encode(), strict=True)
    assert score.tracks[0].notes["pitch"].tolist() == [60, 62, 64, 60, 62]
    with pytest.warns(RepairWarning, match="no section 'C'"):
        assert kern.loads(piece.replace("A]", "C]").encode()).n_notes == 3


def test_instrument_codes_and_a_last_bar_without_a_bar_line() -> None:
    score = kern.loads(b"**kern\n*Ivioln\n*M2/4\n=1\n2c\n=2\n4d\n4e\n*-\n", strict=True)
    assert (score.tracks[0].name, score.tracks[0].program) == ("Violin", 40)
    assert [str(meter) for meter in score.meters] == ["2/4"] and score.end == 4 * score.ticks_per_quarter


@pytest.mark.parametrize(("label", "code", "program"), [
    ("Śpiew.", "vox", 52), ("CANTVS.", "cant", 52), ("GŁOS.", "soprn", 52), ("Bass", "bass", 52), ("Bass", "", 32),
    ("Unknown", "flt", 73), ("Unknown", "clarb", 71), ("Unknown", "", 0), ("Oboe", "violn", 68), ("", "saxt", 66),
])
def test_the_label_names_the_instrument_or_else_the_code(label: str, code: str, program: int) -> None:
    score = kern.loads(f'**kern\n*I{code}\n*I"{label}\n4c\n*-\n'.encode(), strict=True)
    assert score.tracks[0].program == program


def test_all_names_of_general_midi_come_back() -> None:
    tracks = [Track(notes([(0, 480, 60)]), program, name=name.name) for program, name in enumerate(INSTRUMENTS)]
    score = kern.loads(kern.dumps(Score(tuple(tracks))), strict=True)
    assert [track.program for track in score.tracks] == list(range(128))


def test_a_signature_said_again_keeps_the_mode() -> None:
    score = kern.loads(b"**kern\n*k[b-]\n*d:\n4c\n=\n*k[b-]\n4d\n*-\n")
    assert [(key.fifths, key.mode) for key in score.keys] == [(-1, "minor")]


@pytest.mark.parametrize(
    "token", ["9" * 9000 + "c", "*M" + "9" * 9000 + "/4", "*MM" + "9" * 9000, "4" + "." * 9000, "9" * 100_000]
)
def test_long_numbers_do_no_harm(token: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepairWarning)
        assert kern.loads(f"**kern\n{token}\n4c\n*-\n".encode()).tracks[0].notes["pitch"].tolist()[-1] == 60


def test_durations_that_nothing_fits_are_rounded() -> None:
    odd = "".join(f"{number}c\n" for number in range(1, 3000))
    with pytest.warns(RepairWarning, match="rounded"):
        assert kern.loads(f"**kern\n{odd}*-\n".encode()).n_notes == 2999


def test_what_is_too_large_is_refused() -> None:
    for data in (b"**kern\n" + b"4c\n" * 700_000, b"**kern\n" + b"*^\n" * 300,
                 b"**kern\n*>[" + b"A," * 2000 + b"A]\n*>A\n4c\n*-\n"):
        with pytest.raises(LimitError), warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)
            kern.loads(data)


def test_a_stray_zero_byte_costs_only_itself() -> None:
    data = SCALE.encode()
    at = data.index(b"8dd")
    with pytest.warns(RepairWarning, match="zero bytes, 1 in all"):
        assert kern.loads(data[:at] + b"\0" + data[at:]) == kern.loads(data)
    with pytest.raises(FormatError, match=f"byte {at}"):
        kern.loads(data[:at] + b"\0" + data[at:], strict=True)


def test_a_file_cut_at_the_end_of_a_line_says_so() -> None:
    lines = SCALE.splitlines(keepends=True)
    with pytest.warns(RepairWarning, match="spines without an end .* at line 16"):
        score = kern.loads("".join(lines[:16]).encode())
    assert rows(score, 0)[-1] == (2.5, 0.5, 74)


def test_text_that_is_not_utf_8() -> None:
    assert kern.loads("!!!OTL: Für\n**kern\n4c\n*-\n".encode("latin-1")).title == "Für"


@pytest.mark.parametrize(
    "damaged",
    ["**kern\t**kern\n4c\n*-\t*-\n", "**kern\nc\n4d\n*-\n", "**kern\n4hm\n4d\n*-\n",
     "**kern\t**kern\n4c\t2c\n4d\t4e\n*-\t*-\n"],
)
def test_damage_is_repaired_with_a_warning_or_refused(damaged: str) -> None:
    with pytest.warns(RepairWarning, match="line"):
        assert kern.loads(damaged.encode()).n_notes
    with pytest.raises(FormatError, match="line"):
        kern.loads(damaged.encode(), strict=True)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00\x01**kern", b"**text\nla\n*-\n"])
def test_what_is_not_kern_is_refused(data: bytes) -> None:
    with pytest.raises((NotThisFormatError, FormatError)):
        kern.loads(data)


@pytest.mark.corpora
def test_the_same_notes_as_music21() -> None:
    music21 = pytest.importorskip("music21")
    root = Path(music21.__file__).parent / "corpus"
    for path in sorted((root / "palestrina").glob("*.krn"))[::220]:  # without repeats, which music21 leaves as written
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = music21.converter.parse(path, forceSource=True).stripTies()
            ours = kern.loads(path.read_bytes())
        parts = [row for part in range(len(ours.tracks)) for row in rows(ours, part)]
        found = sorted((round(onset, 3), pitch) for onset, _, pitch in parts)
        wanted = sorted((round(float(note.getOffsetInHierarchy(theirs)), 3), pitch.midi)
                        for note in theirs.recurse().notes if not note.duration.isGrace for pitch in note.pitches)
        assert found == wanted, path.name


def test_a_file_with_more_than_100_000_bad_lines_of_several_kinds_is_refused():
    data = b"**kern\n*M4/4\n4c\n" + b"4\nx\n" * 50_001 + b"*-\n"
    with pytest.warns(RepairWarning), pytest.raises(FormatError, match="too damaged to repair"):
        kern.loads(data)


def test_a_bar_cut_by_the_next_meter_is_read_as_the_meter_that_canonicalize_says():
    meters = (Meter(0, 6, 8), Meter(1440, 91, 128), Meter(2800, 6, 8), Meter(4240, 91, 128), Meter(5600, 6, 8))
    score = Score((Track(notes([(240 * at, 240, 60 + at % 5) for at in range(30)])),), meters=meters, keys=(Key(0, 0),))
    assert str(kern.canonicalize(score).meters[3]) == "45/64"  # to a 128th short of 91/128
    assert kern.loads(kern.dumps(score)) == kern.canonicalize(score)
