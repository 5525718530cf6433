"""One suite for every format that the registry finds: adding a format adds its tests.

A format that writes is tested on what it writes; one that only reads on the sample here, if there is one.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import formats, registry
from componium.errors import FormatError, PatchError, RepairWarning, UnknownNameError
from componium.formats.losses import ASPECTS, COMMON, Loss, changed_aspects, declared_aspects
from componium.music.score import DEFAULT_VELOCITY, Chord, Key, Meter, Score, Tempo, Track, notes
from componium.testing.formats import check_patch
from formats.mutations import mutate
from strategies import TITLES, scores

FORMATS = {name: registry.load("formats", name) for name in registry.names("formats")}
READERS = [name for name in FORMATS if hasattr(FORMATS[name], "loads")]
WRITERS = [name for name in FORMATS if hasattr(FORMATS[name], "dumps")]
BOTH = [name for name in READERS if name in WRITERS]

PLAIN = Score(
    tracks=(
        Track(notes([(0, 480, 60, DEFAULT_VELOCITY), (480, 480, 64, 90), (960, 960, 67, 70)]), program=40, name="Ut"),
        Track(notes([(0, 1920, 36, DEFAULT_VELOCITY)]), program=32),
        Track(notes([(0, 240, 38, 100), (960, 240, 38, 100)]), is_drum=True),
    ),
    tempos=(Tempo(0, 120.0),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), chords=(Chord(0, "C"),), title="荒城の月",
)
SAMPLES = {
    "abc": b"X:1\nT:The Sample\nC:Trad.\nM:6/8\nL:1/8\nQ:3/8=100\nK:Edor\n"
           b"|:\"Em\"E3 BAB|{g}e2f (3gfe d|[1 B3-B2z:|[2 A6|]\n"
           b"\nX:2\nM:C|\nK:Bb\n[B2D2]F>G ^A=B,|z4 [K:Gm]|\n",
    "musicxml": b"""<?xml version="1.0"?><score-partwise version="3.1"><work><work-title>Sample</work-title></work>
<part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list><part id="P1"><measure number="1">
<attributes><divisions>4</divisions><key><fifths>-1</fifths><mode>minor</mode></key><time><beats>3</beats>
<beat-type>4</beat-type></time></attributes><harmony><root><root-step>D</root-step></root><kind>minor</kind></harmony>
<note><pitch><step>D</step><octave>4</octave></pitch><duration>4</duration><tie type="start"/><voice>1</voice></note>
<note><pitch><step>D</step><octave>4</octave></pitch><duration>4</duration><tie type="stop"/><voice>1</voice></note>
<note><chord/><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>4</duration></note><backup>
<duration>4</duration></backup><forward><duration>4</duration></forward><note><rest/><duration>4</duration></note>
</measure><measure number="2"><barline location="left"><repeat direction="forward"/></barline><note><pitch>
<step>C</step><alter>1</alter><octave>5</octave></pitch><duration>12</duration></note><barline location="right">
<repeat direction="backward"/></barline></measure></part></score-partwise>""",
}


def sample(name):
    if name in WRITERS:
        return FORMATS[name].dumps(PLAIN)
    return SAMPLES.get(name, b"")


def read_quietly(name, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepairWarning)
        return FORMATS[name].loads(data, **options)


def read_or_refused(name, data):
    """The score, or None if it was refused by a typed error; any other error is the test's failure."""
    try:
        score = read_quietly(name, data)
    except FormatError as error:
        assert str(error)
        return None
    assert isinstance(score, Score)
    return score


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_its_suffixes_and_what_it_loses(name):
    module = FORMATS[name]
    assert module.__doc__
    assert isinstance(module.SUFFIXES, tuple)
    assert module.SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in module.SUFFIXES)
    assert name in READERS or name in WRITERS
    assert not hasattr(module, "loads_many") or name in READERS
    assert all(registry.with_suffix(suffix, "formats") is module for suffix in module.SUFFIXES), "not a literal"


@pytest.mark.parametrize("name", WRITERS)
def test_each_loss_is_explained_and_names_aspects(name):
    for word, loss in FORMATS[name].LOSES.items():
        assert isinstance(loss, Loss)
        assert word
        assert loss.meaning
        assert set(loss.aspects) <= ASPECTS.keys()
        others = (FORMATS[other].LOSES.get(word, loss) for other in WRITERS)
        assert all(other == loss for other in others), f"{word} means two things"


@pytest.mark.parametrize(("function", "listed"), [("loads", READERS), ("dumps", WRITERS)])
def test_no_suffix_has_two_formats(function, listed):
    every = [suffix for name in listed for suffix in FORMATS[name].SUFFIXES]
    assert len(every) == len(set(every))
    assert set(registry.suffixes("formats", function)) == set(every)


@pytest.mark.parametrize("name", BOTH)
@settings(max_examples=60)
@given(score=scores(voices=3))
def test_what_was_written_reads_back_but_for_what_it_loses(name, score):
    module = FORMATS[name]
    canonicalize = getattr(module, "canonicalize", lambda same: same)
    canonical = canonicalize(score)
    assert canonicalize(canonical) == canonical
    data = module.dumps(score)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepairWarning)  # what we write needs no repair
        again = module.loads(data, strict=True)
    assert again == canonical
    assert module.dumps(again) == data
    assert changed_aspects(score, again) <= declared_aspects(module.LOSES)


# What a format may lose is in here; so a loss that is declared but never happens is caught as well.
ODD = Score(
    tracks=(
        Track(notes([(1, 350, 60), (100, 100, 60, 9), (100, 333, 64, 3), (2000, 50, 72, 9), (2001, 50, 71, 8),
                     (5000, 77, 71, 5, 2), (5000, 44, 69, 7)]), program=3, name="a\tb \\ c"),
        Track(name="Tacet"),
        Track(notes([(3, 100, 38)]), program=8, is_drum=True),
    ),
    ticks_per_quarter=97,
    tempos=(Tempo(5, 100.12345678), Tempo(9000, 60)), meters=(Meter(0, 4, 4), Meter(388, 4, 4)),
    keys=(Key(10, 1), Key(2000, 1)), chords=(Chord(7, "*odd*"), Chord(400, "C"), Chord(900, "N.C.")),
    title="x \x07 \\ y.xml", info={"Odd Key": "  a  ", "composer": " b\x01  c "},
)  # fmt: skip


@pytest.mark.parametrize("name", BOTH)
def test_all_that_is_declared_lost_can_be_and_nothing_else(name):
    module = FORMATS[name]
    seen = set()
    for score in (ODD, Score()):
        seen |= changed_aspects(score, read_quietly(name, module.dumps(score)))
    assert seen == declared_aspects(module.LOSES)


def test_every_common_loss_is_used():
    assert COMMON.keys() <= {word for name in WRITERS for word in FORMATS[name].LOSES}


def converted(score, first, second):
    """The score written in one format, read, written in another, read."""
    return read_quietly(second, FORMATS[second].dumps(read_quietly(first, FORMATS[first].dumps(score))))


def check_pairs(score, first, never=frozenset()):
    """What has been printed once has lost all that printing loses: from one format to another, only the rest can be."""
    printed = FORMATS["musicxml"].canonicalize(replace(
        score,
        chords=tuple(chord for chord in score.chords if chord.tick < score.end),  # a bar of chords alone goes with them
        tracks=tuple(replace(track, name=score.title) for track in score.tracks),
    ))  # fmt: skip
    for second in BOTH:
        loses = FORMATS[first].LOSES | FORMATS[second].LOSES
        rest = {word: loses[word] for word in loses.keys() - FORMATS["musicxml"].LOSES.keys() - never}
        assert changed_aspects(printed, converted(printed, first, second)) <= declared_aspects(rest), second


lines = scores(mono=True, grid=120, ticks_per_quarter=480, n_tracks=(1, 3), min_notes=1, titles=False)
voices = scores(voices=2, grid=80, ticks_per_quarter=480, n_tracks=(0, 3), titles=False)
titles = st.sampled_from(TITLES)


@pytest.mark.parametrize("first", BOTH)
@settings(max_examples=8, deadline=None)
@given(score=lines, title=titles)
def test_lines_go_from_format_to_format_and_lose_only_what_is_declared(first, score, title):
    check_pairs(replace(score, title=title), first, never={"struck-again"})


@pytest.mark.parametrize("first", BOTH)
@settings(max_examples=8, deadline=None)
@given(score=voices, title=titles)
def test_voices_go_from_format_to_format_and_lose_only_what_is_declared(first, score, title):
    check_pairs(replace(score, title=title), first)


def keeps_notes(name):
    """True of formats that declare no loss of notes but that of times which sheet music can't show."""
    rest = {word: loss for word, loss in FORMATS[name].LOSES.items() if word not in {"played-times", "struck-again"}}
    return "notes" not in declared_aspects(rest)


@pytest.mark.parametrize("name", [name for name in BOTH if keeps_notes(name)])
def test_a_plain_piece_keeps_every_note(name):
    again = FORMATS[name].loads(FORMATS[name].dumps(PLAIN))
    columns = ["onset", "duration", "pitch"] + ["velocity"] * ("velocity" not in FORMATS[name].LOSES)
    kept = [[track.notes[columns].tolist() for track in score.tracks] for score in (again, PLAIN)]
    assert kept[0] == kept[1]
    assert again.title == PLAIN.title


@pytest.mark.parametrize("name", [name for name in BOTH if hasattr(FORMATS[name], "patch")])
def test_a_patch_changes_its_cells_alone(name):
    check_patch(FORMATS[name], [FORMATS[name].dumps(PLAIN)])


@pytest.mark.parametrize("name", READERS)
def test_the_sample_reads(name):
    if sample(name):
        score = FORMATS[name].loads(sample(name))
        assert score.n_notes > 0
        if hasattr(FORMATS[name], "loads_many"):
            assert FORMATS[name].loads_many(sample(name))[0] == score


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"<html><body>404</body></html>", b"\xff\xfe\x00\x01" * 64, b"hello\n" * 9]
)
def test_what_is_something_else_is_refused_by_a_typed_error(name, data):
    with pytest.raises(FormatError) as caught:
        read_quietly(name, data)
    assert caught.value.what


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("other", READERS)
def test_the_bytes_of_another_format_are_refused(name, other):
    if FORMATS[name].loads is not FORMATS[other].loads and sample(other):  # mxl is musicxml, packed
        assert read_or_refused(name, sample(other)) is None


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=200))
def test_any_bytes_at_all_give_a_score_or_a_typed_error(name, data):
    read_or_refused(name, data)


@pytest.mark.parametrize("part", range(8))
@pytest.mark.parametrize("name", READERS)
def test_mutations_give_a_score_or_a_typed_error(name, part, n_mutations):
    seeds = [seed for seed in (sample(name), SAMPLES.get(name)) if seed]
    rng = np.random.default_rng(part)
    count = n_mutations // 8 if seeds else 0
    scores = [read_or_refused(name, mutate(seeds[at % len(seeds)], rng)) for at in range(count)]
    assert not count or (None in scores and any(scores))


@pytest.mark.parametrize("name", READERS)
def test_a_sample_cut_anywhere_gives_a_score_or_a_typed_error(name):
    data = sample(name)
    for at in range(0, len(data), max(len(data) // 150, 1)):
        read_or_refused(name, data[:at])


@pytest.mark.parametrize("name", READERS)
def test_strict_never_warns(name):
    data = sample(name)
    for at in range(0, len(data), max(len(data) // 40, 1)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", RepairWarning)
            try:
                FORMATS[name].loads(data[:at], strict=True)
            except FormatError as error:
                assert error.what


@pytest.mark.parametrize("name", BOTH)
def test_files_by_suffix_in_any_case(name, tmp_path):
    for suffix in FORMATS[name].SUFFIXES:
        path = tmp_path / f"a piece{suffix.upper()}"
        formats.write(PLAIN, path)
        assert formats.read(path) == FORMATS[name].loads(FORMATS[name].dumps(PLAIN))
        assert len(formats.read_all(path)) == 1
        assert [file.name for file in tmp_path.iterdir()] == [path.name]  # no debris
        path.unlink()


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "broken.mid"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match=r"broken\.mid"):
        formats.read(path)


def test_what_has_no_patch_is_refused_by_a_typed_error():
    with pytest.raises(PatchError, match=r"expected one of .*\.mid"):
        formats.patch(FORMATS["abc"].dumps(PLAIN), "abc", PLAIN)
    with pytest.raises(UnknownNameError):
        formats.patch(b"", ".docx", PLAIN)
    assert formats.patch(FORMATS["midi"].dumps(PLAIN), ".MID", formats.find_reader("mid").loads(
        FORMATS["midi"].dumps(PLAIN))) == FORMATS["midi"].dumps(PLAIN)  # fmt: skip


def test_an_unknown_suffix_is_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"\.mid"):
        formats.read("piece.midd")
    with pytest.raises(UnknownNameError, match="to write"):
        formats.write(PLAIN, "piece.docx")
