"""Goldens of what ABC says, feature by feature, and what is repaired or refused."""

import warnings

import numpy as np
import pytest

from componium.errors import ComponiumError, FormatError, LimitError, NotThisFormatError, RepairWarning
from componium.formats import abc
from componium.formats.abc import fields
from componium.music.score import Chord, Key, Meter, Tempo
from formats.mutations import mutate


def tune(music, *, key="C", meter="4/4", unit="1/4", more=""):
    return f"X:1\nT:Tune\n{more}M:{meter}\nL:{unit}\nK:{key}\n{music}\n".encode()


def read(music, **header):
    return abc.loads(tune(music, **header))


def pitches(score, track=0):
    return score.tracks[track].notes["pitch"].tolist()


def lengths(score, track=0):
    return [float(duration) / score.ticks_per_quarter for duration in score.tracks[track].notes["duration"]]


def onsets(score, track=0):
    return [float(onset) / score.ticks_per_quarter for onset in score.tracks[track].notes["onset"]]


def letters(score):
    return "".join("C?D?EF?G?A?B"[pitch % 12] for pitch in pitches(score))


def test_pitches_and_octaves():
    assert pitches(read("C,, C, C c c' c'' ^F _B =B ^^C __D")) == [36, 48, 60, 72, 84, 96, 66, 70, 71, 62, 60]


def test_lengths():
    assert lengths(read("C C2 C/ C/2 C// C3/2 C/4 C3/4", unit="1/8")) == [0.5, 1, 0.25, 0.25, 0.125, 0.75, 0.125, 0.375]
    assert lengths(read("C|[L:1/16]C|", unit="1/8")) == [0.5, 0.25]


@pytest.mark.parametrize(
    ("meter", "unit"),
    [("2/4", 0.25), ("3/4", 0.5), ("6/8", 0.5), ("C|", 0.5), ("C", 0.5), ("none", 0.5), ("5/8", 0.25)],
)
def test_the_unit_follows_from_the_meter(meter, unit):
    assert lengths(abc.loads(f"X:1\nM:{meter}\nK:C\nC|".encode())) == [unit]


def test_rests_and_spacers():
    assert onsets(read("C z C x2 C y C | Z2 | C")) == [0, 2, 5, 6, 4 + 3 + 8]


def test_broken_rhythm():
    assert lengths(read("C>D E<F | C>>D E<<F | C > D")) == [1.5, 0.5, 0.5, 1.5, 1.75, 0.25, 0.25, 1.75, 1.5, 0.5]
    assert lengths(read("(C>D) C>{g}D [CE]>D")) == [1.5, 0.5, 1.5, 0.5, 1.5, 1.5, 0.5]


@pytest.mark.parametrize(
    ("music", "meter", "expected"),
    [
        ("(3CDE", "4/4", [2 / 3] * 3), ("(2CD", "6/8", [1.5] * 2), ("(4CDEF", "6/8", [0.75] * 4),
        ("(3:2:4CDEF G", "4/4", [2 / 3] * 4 + [1]), ("(3::2CD E", "4/4", [2 / 3, 2 / 3, 1]),
        ("(5CDEFG", "4/4", [0.4] * 5),
        ("(5CDEFG", "9/8", [0.6] * 5), ("((3CDE)", "4/4", [2 / 3] * 3), ("(3C>DE", "4/4", [1, 1 / 3, 2 / 3]),
        ("(3(CDE)", "4/4", [2 / 3] * 3), ("(3.C.D.E", "4/4", [2 / 3] * 3),
    ],
)  # fmt: skip
def test_tuplets(music, meter, expected):
    assert lengths(read(music, meter=meter)) == pytest.approx(expected, abs=1e-9)


def test_tuplets_are_exact():
    score = read("(7:4:7CDEFGAB c4 (9:4:9CDEFGABcd")
    assert score.ticks_per_quarter % 63 == 0
    assert score.end == 12 * score.ticks_per_quarter


def test_ties_merge_and_carry_the_accidental():
    assert lengths(read("C-C D | C2-|C2")) == [2, 1, 4]
    assert pitches(read("^F4-|F4 F")) == [66, 65]
    assert lengths(read("[CE]2-[CE]2 | [C2E2-][E2G2]")) == [4, 4, 2, 4, 2]
    assert lengths(read("C-D C-z C")) == [1, 1, 1, 1]


def test_a_tie_into_both_endings():
    assert lengths(read("|:A4|C4-|1C4:|2C4|")) == [4, 8, 4, 8]


def test_chords_and_overlays():
    score = read('"C"[CEG]2 [C2E2] | C4 & E2G2 |')
    assert onsets(score) == [0, 0, 0, 2, 2, 4, 4, 6]
    assert lengths(score) == [2] * 5 + [4, 2, 2]
    assert score.tracks[0].notes["voice"].tolist() == [0] * 6 + [1, 1]


def test_accidentals_hold_to_the_end_of_the_bar():
    assert pitches(read("^F F f =F F | F")) == [66, 66, 78, 65, 65, 65]
    assert pitches(read("I:propagate-accidentals octave\n^F F f|")) == [66, 66, 77]
    assert pitches(read("%%propagate-accidentals not\n^F F|")) == [66, 65]
    assert pitches(read("F =F F | F", key="G")) == [66, 65, 65, 66]


@pytest.mark.parametrize(
    ("text", "key", "alters"),
    [
        ("G", (1, "major"), "F#"), ("Ador", (1, "dorian"), "F#"), ("Gmix", (0, "mixolydian"), ""),
        ("Em", (1, "minor"), "F#"), ("D", (2, "major"), "F# C#"), ("Bb", (-2, "major"), "Bb Eb"),
        ("F# minor", (3, "minor"), "F# C# G#"), ("Ephr", (0, "phrygian"), ""), ("F Lydian", (0, "lydian"), ""),
        ("Bloc", (0, "locrian"), ""), ("Cmaj", (0, "major"), ""), ("EM", (4, "major"), "F# C# G# D#"),
        ("A min", (0, "minor"), ""), ("D mix bass", (1, "mixolydian"), "F#"), ("none", (0, "major"), ""),
        ("HP", (2, "mixolydian"), "F# C#"), ("D =c", (2, "major"), "F# C="), ("Dexp ^c _b", (2, "major"), "C# Bb"),
        ("C clef=bass", (0, "major"), ""), ("clef=bass", None, ""), ("G aeolian", (-2, "minor"), "Bb Eb"),
    ],
)  # fmt: skip
def test_keys(text, key, alters):
    found = fields.key(text)
    assert found.key == key
    assert found.alters == {name[0]: {"#": 1, "b": -1, "=": 0}[name[1]] for name in alters.split()}


def test_keys_and_meters_change():
    score = read("FGAB|[K:D][M:3/4]FGA|\nK:Gm\nM:6/8\nB3|", key="C")
    assert score.keys == (Key(0, 0, "major"), Key(1920, 2, "major"), Key(3360, -2, "minor"))
    assert score.meters == (Meter(0, 4, 4), Meter(1920, 3, 4), Meter(3360, 6, 8))
    assert pitches(score) == [65, 67, 69, 71, 66, 67, 69, 70]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4/4", (4, 4)), ("C", (4, 4)), ("C|", (2, 2)), ("none", None), ("2+3/8", (5, 8)), ("(2+2+3)/8", (7, 8))],
)
def test_meters(text, expected):
    assert fields.meter(text) == expected


@pytest.mark.parametrize(
    ("text", "qpm"),
    [("1/4=120", 120), ("3/8=80", 120), ('1/2=60 "Slow"', 120), ("120", 120),
     ('"Allegro" 1/4=96', 96), ("C=200", 100),
     ("1/4 3/8 1/4=40", 140), ('"Lively"', None), ("1/4=0", None)],
)  # fmt: skip
def test_tempos(text, qpm):
    score = abc.loads(f"X:1\nL:1/8\nQ:{text}\nK:C\nC4|".encode())
    assert score.tempos == (() if qpm is None else (Tempo(0, float(qpm)),))


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("|:C4|D4:|E4|", "CDCDE"), ("C4|D4:|E4|F4:|", "CDCDEFEF"), ("C4::D4:|", "CCDD"), ("C4:|:D4:|", "CCDD"),
        ("C4:||:D4:|", "CCDD"), ("|:C4|1D4:|2E4||F4|]", "CDCEF"), ("|:C4|[1D4:|[2E4|F4|]", "CDCEF"),
        ("|:C4 [1 D4:| [2 E4|]", "CDCE"), ("|:C4|1,2D4:|3E4|]", "CDCDCE"), ("|:C4|1-2D4:|3E4|]", "CDCDCE"),
        ("|:C4|1D4|E4:|2F4|G4:|A4|", "CDECFGA"), ("C4||D4:|", "CDD"), ("|:C4||D4:|", "CDCD"), ("|::C4::|", "CCC"),
        ("C4|1D4:|2E4||\nF4|1G4:|2A4|]", "CDCEFGFA"), ("C4|!fine!D4|E4!D.C.!|", "CDECD"),
        ("C4 | | D4 [|] E4 |]", "CDE"), ("C4|!segno!D4|E4!D.S.!|]", "CDEDE"),
    ],
)  # fmt: skip
def test_repeats_are_played_out(music, expected):
    assert letters(read(music)) == expected


def test_parts_are_played_in_the_order_of_the_header():
    assert letters(read("P:A\nC4|\nP:B\nD4:|", more="P:ABA\n")) == "CDDC"
    assert letters(read("[P:A]C4|[P:B]D4|", more="P:(AB)2A\n")) == "CDCDC"
    assert letters(read("P:A\nC4|\nP:B\nD4|")) == "CD"
    assert fields.parts("A2(BC)3") == "AABCBCBC"
    assert len(fields.parts("A99" * 99)) == fields.MAX_PARTS


def test_pickups_and_repeats_keep_the_grid():
    score = read("G|C4|C3:|G|D4|D3:|")
    assert score.meters == (Meter(0, 1, 4), Meter(480, 4, 4))
    assert len(pitches(score)) == 12
    assert score.end == (2 * 8 + 2 * 8) * 480


def test_voices_are_tracks():
    header = 'V:1 name="Violin"\nV:2 name="Bass" clef=bass octave=-1\n'
    score = read("V:1\nC4|D4|\nV:2\nE4|F4|\n[V:1]G4|", more=header)
    assert [track.name for track in score.tracks] == ["Violin", "Bass"]
    assert [track.program for track in score.tracks] == [40, 32]
    assert [pitches(score, 0), pitches(score, 1)] == [[60, 62, 67], [52, 53]]
    assert onsets(score, 1) == [0, 4]


def test_programs_come_from_directives():
    assert read("%%MIDI program 73\nC4|").tracks[0].program == 73
    assert abc.loads(b"X:1\n%%MIDI program 1 40\nK:C\nC|").tracks[0].program == 40


def test_chord_symbols_and_annotations():
    score = read('"Am"C2 "D7/F#"D2|"4"E2 "^slow"F "Fine"G|"Bbmaj7"C4|')
    assert score.chords == (Chord(0, "Am"), Chord(960, "D7/F#"), Chord(3840, "Bbmaj7"))


def test_ornaments_words_and_comments_are_passed_over():
    music = "{g}C ~D .E !trill!F | % a comment\nw: la la la\nHG TA uB v!sf!c | (C D) `E` F \\\n| +trill+G4 |\nW: words"
    assert letters(read(music)) == "CDEFGABCCDEFG"


def test_titles_and_info():
    header = "T:Caf\\'e du &quot;Nord&quot;\nC:Trad.\nR:reel\nS:A book\nB:B book\nZ:Somebody\n"
    score = abc.loads(f"X:7\n{header}K:C % comment\nC|".encode())
    assert score.title == 'Café du "Nord"'
    assert score.about("composer") == "Trad."
    assert [score.about(name) for name in ("rhythm", "source", "book", "number", "transcriber")] == [
        "reel", "A book", "B book", "7", "Somebody",
    ]  # fmt: skip


def test_a_book_has_many_tunes():
    book = b"M:3/4\nL:1/4\n\nX:1\nT:One\nK:C\nCDE|\n\nSome words, and bad grace.\n\nX:2\nT:Two\nM:2/4\nK:G\nFG|\n"
    first, second = abc.loads_many(book)
    assert (first.title, second.title) == ("One", "Two")
    assert (pitches(first), pitches(second)) == ([60, 62, 64], [66, 67])
    assert (first.meters, second.meters) == ((Meter(0, 3, 4),), (Meter(0, 2, 4),))
    assert abc.loads(book) == first


def test_encodings_and_line_ends():
    latin = "X:1\nT:Fläche\nK:C\nC|".encode("latin-1")
    assert abc.loads(latin).title == "Fläche"
    assert abc.loads("X:1\nT:Fläche\nK:C\nC|".encode("utf-16")).title == "Fläche"
    assert abc.loads(b"\xef\xbb\xbfX:1\r\nT:a\r\nK:C\r\nC|\r\nD|\r\n") == abc.loads(b"X:1\rT:a\rK:C\rC|\rD|\r")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"), (b"MThd\0\0\0\6", "MIDI"), (b"PK\x03\x04", "zip"), (b"<score-partwise/>", "XML"),
        (b"hello there", "no tune"), (b"\0\1\2\3" * 100, "binary"), (b"!!!COM: x\n**kern", "Humdrum"),
    ],
)  # fmt: skip
def test_other_things_are_named(data, kind):
    with pytest.raises(NotThisFormatError, match=kind):
        abc.loads(data)


@pytest.mark.parametrize(
    ("data", "byte", "what"),
    [
        (tune("C D @ E|"), 31, "'@'"), (tune("> C|"), 27, "broken rhythm"), (tune("C C/0|"), 29, "divided by 0"),
        (b"X:1\nT:a\nCDE|", 0, "without K:"), (b"X:1\nK:q\nC|", 4, "the key 'q'"), (b"X:1\nM:4/5\nK:C\nC|", 4, "meter"),
        (b"T:a\nK:C\nC|", 0, "without X:"), ("X:1\nT:é\nK:C\nC@".encode(), 14, "'@'"), (tune("-C|"), 27, "tie"),
    ],
)  # fmt: skip
def test_mistakes_are_repaired_with_a_warning_at_their_byte_or_refused(data, byte, what):
    with pytest.warns(RepairWarning, match=what) as warned:
        abc.loads(data)
    assert warned[0].message.offset == byte
    with pytest.raises(FormatError, match=f"byte {byte}"):
        abc.loads(data, strict=True)


def test_limits():
    with pytest.raises(LimitError):
        abc.loads_many(b"X:1\n" * 100_001)
    with pytest.raises(LimitError):
        read("z99999 " * 100, unit="100/1")
    with pytest.raises(LimitError):
        read("P:A\n" + "C|" * 2000, more="P:A99A99A99\n")


@pytest.mark.filterwarnings("ignore::componium.errors.RepairWarning")
def test_damaged_files_never_raise_untyped_errors():
    rng = np.random.default_rng(8)
    original = tune(
        '[V:1] (3abc d>e|:"Am"[ace]2 z2 a-|1 a/2b//c3/4 :|2 A4 ||\nP:B\n[M:9/8][K:D]A^Bc & d3|]\n%%MIDI program 40\n'
        "V:2\nC4-|C4 Z2|!D.C.!]",
        more='Q:3/8=60\nP:AB\nC:Somebody\nV:1 name="Fiddle"\n',
    )
    outcomes = set()
    for _ in range(400):
        try:
            outcomes.update(type(score).__name__ for score in abc.loads_many(mutate(original, rng)))
        except ComponiumError as error:
            assert str(error)
            outcomes.add("refused")
    assert outcomes == {"Score", "refused"}


def test_a_stray_zero_byte_costs_only_itself():
    tune = b"X:1\nT:Air\nK:C\nCDEF|GABc|\n"
    with pytest.warns(RepairWarning, match="zero bytes, 1 in all") as caught:
        assert abc.loads(tune[:20] + b"\0" + tune[20:]) == abc.loads(tune)
    assert caught[0].message.offset == 20


def pitches_of(body, head="M:4/4\nL:1/4\n"):
    (track,) = abc.loads(f"X:1\n{head}{body}\n".encode()).tracks
    return track.notes["pitch"].tolist()


def test_a_clef_moves_the_octave_until_another_clef_is_stated():
    clefs = "K:C clef=treble-8\nC|[K:C clef=treble]C|[K:clef=treble+8]C|[K:G]C|[K:C treble]C|"
    assert pitches_of(clefs) == [48, 60, 72, 72, 60]
    octaves = "K:C octave=-1\nC|[K:G]C|[K:G octave=0]C|[K:C transpose=2]C|[K:C transpose=0]C|"
    assert pitches_of(octaves) == [48, 48, 60, 62, 60]


def test_a_clef_in_a_key_replaces_that_of_the_voice():
    voice = "K:C\nV:1 clef=treble-8\nC|[K:clef=bass]C|[V:1 clef=bass-8]C|[V:1 name=Bass]C|"
    assert pitches_of(voice) == [48, 60, 48, 48]
    tune = b"X:1\nL:1/4\nK:C clef=treble-8\nV:T\nV:B clef=bass\n[V:T]CDEF|\n[V:B]C,4|\n"
    assert [track.notes["pitch"][0] for track in abc.loads(tune).tracks] == [48, 48]


@pytest.mark.parametrize(("tuplet", "n", "quarters"), [
    ("(10:8:10", 10, 2), ("(12:8:12", 12, 2), ("(11:8", 11, 2), ("(13", 13, 2), ("(5:4:5", 5, 1), ("(10:12:10", 10, 3),
])  # fmt: skip
def test_a_tuplet_may_have_two_digits(tuplet, n, quarters):
    score = abc.loads(f"X:1\nM:4/4\nL:1/16\nK:C\n{tuplet}{'c' * n}C4|".encode(), strict=True)
    assert score.n_notes == n + 1
    assert onsets(score)[-1] == quarters


def test_chord_symbols_of_all_spellings_are_read():
    tune = 'X:1\nL:1/4\nK:C\n"F6/9"F"N.C."E"NC"E"Em7♭5"e|"C°7"c"B♭/D"d"C7(b9,13)"c"CΔ7"c|'
    symbols = [chord.symbol for chord in abc.loads(tune.encode(), strict=True).chords]
    assert symbols == ["F6/9", "N.C.", "N.C.", "Em7b5", "C°7", "Bb/D", "C7(b9,13)", "CΔ7"]


def test_a_chord_symbol_that_is_not_understood_is_said_and_other_text_is_not():
    with pytest.warns(RepairWarning, match="the chord symbol 'C7xyz' is unknown and was left out") as caught:
        assert abc.loads(b'X:1\nL:1/4\nK:C\n"C7xyz"C"Allegro"D"Fine"E"^A7xyz"F|').chords == ()
    assert len(caught) == 1


@pytest.mark.parametrize(("written", "read"), [
    (r"\AA\aa \AE\ae \OE\oe \ss \/O\/o \DH\dh \TH\th", "Åå Ææ Œœ ß Øø Ðð Þþ"),
    (r"Fran\c{c}ais \cC \'{e}t\'e \vS \HO \;a \=o \uG \.Z \~n", "Français Ç été Š Ő ą ō Ğ Ż ñ"),
    (r"\u00e9t&eacute; &#233;", "été é"),
])  # fmt: skip
def test_letters_of_the_standard_are_read(written, read):
    assert abc.loads(f"X:1\nT:{written}\nK:C\nC|".encode()).title == read


@pytest.mark.parametrize(("title", "encoding", "declared"), [
    ("Катюша", "cp1251", ""), ("Во поле береза стояла", "cp1251", ""), ("Für Élise d’été", "cp1252", ""),
    ("Śpiew", "iso-8859-2", "%%abc-charset iso-8859-2\n"), ("Ночь", "koi8-r", "I:abc-charset koi8-r\n"),
    ("Ça ira", "latin-1", "%%abc-charset no-such\n"),
])  # fmt: skip
def test_names_in_older_encodings_are_read(title, encoding, declared):
    data = f"X:1\n{declared}T:{title}\nL:1/4\nK:C\nCDEF|".encode(encoding)
    assert abc.loads(data).title == title


@pytest.mark.parametrize("body", [
    "#" * 3000, "[A:" * 3000, "[V:1" * 500, "K:\n" * 200, "C999/0" * 500, "-" * 2000, ">" + " >" * 2000, "[K:q]" * 900,
])  # fmt: skip
def test_warnings_are_few_however_many_the_repairs(body):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        abc.loads(f"X:1\nK:C\nCD|{body}\n".encode())
    assert len(caught) <= 40


def test_bars_of_rest_are_counted_before_they_are_made():
    with pytest.raises(LimitError, match="too many bars of rest"):
        abc.loads(b"X:1\nK:C\n" + b"Z999|" * 200)
    assert abc.loads(b"X:1\nM:4/4\nL:1/4\nK:C\nZ999|C4|").n_bars == 1000


def test_a_number_too_long_for_a_letter_is_none():
    assert abc.loads(b"X:1\nT:a&#" + b"1" * 5000 + b";b\nK:C\nC|").title == "a\ufffdb"
