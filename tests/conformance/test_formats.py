"""One suite for every format that the registry finds: adding a format adds its tests.

A format that writes is tested on what it writes; one that only reads on the sample here, if there is one.
"""

import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import formats, registry
from componium.errors import FormatError, RepairWarning, UnknownNameError
from componium.score import DEFAULT_VELOCITY, Chord, Key, Meter, Score, Tempo, Track, notes
from strategies import scores

FORMATS = {name: registry.load("formats", name) for name in registry.names("formats")}
READERS = [name for name in FORMATS if hasattr(FORMATS[name], "read")]
WRITERS = [name for name in FORMATS if hasattr(FORMATS[name], "write")]
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
        return FORMATS[name].write(PLAIN)
    return SAMPLES.get(name, b"")


def read_quietly(name, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepairWarning)
        return FORMATS[name].read(data, **options)


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
    assert isinstance(module.LOSES, frozenset)
    assert formats.LOSSES.keys() >= module.LOSES
    assert name in READERS or name in WRITERS
    assert not hasattr(module, "read_many") or name in READERS


@pytest.mark.parametrize("action", ["read", "write"])
def test_no_suffix_has_two_formats(action):
    every = [suffix for module in FORMATS.values() if hasattr(module, action) for suffix in module.SUFFIXES]
    assert len(every) == len(set(every))
    assert set(formats.suffixes(action)) == set(every)


@pytest.mark.parametrize("name", BOTH)
@settings(max_examples=60)
@given(score=scores())
def test_what_was_written_reads_back_but_for_what_it_loses(name, score):
    module = FORMATS[name]
    canonicalize = getattr(module, "canonicalize", lambda same: same)
    canonical = canonicalize(score)
    assert canonicalize(canonical) == canonical
    data = module.write(score)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepairWarning)  # what we write needs no repair
        again = module.read(data, strict=True)
    assert again == canonical
    assert module.write(again) == data


# For each loss, what it may change of a piece that has been printed once: (fields of a Score, columns of its notes).
TOUCHES = {
    "velocity": "velocity", "velocity-unmarked": "velocity", "voice": "voice", "no-key": "keys", "info": "info",
    "odd-info": "info", "fine-tempo": "tempos", "odd-chord-symbols": "chords", "chords-without-a-root": "chords",
    "odd-text": "title", "repeated-events": "meters", "chord-symbols": "chords",
    "tempos-within-a-bar": "tempos",
}  # fmt: skip


def kept(score, loses):
    """What must be the same: all but what the losses touch. Times are in quarters, so ticks don't matter."""
    touched = {TOUCHES[word] for word in loses & TOUCHES.keys()}
    unit = score.ticks_per_quarter
    columns = [name for name in ("pitch", "velocity", "voice") if name not in touched]
    stop = score.end if "chord-symbols" in loses else float("inf")  # a bar of chords alone goes with them
    told = {name: [(Fraction(event.tick, unit), replace(event, tick=0))
                   for event in getattr(score, name) if event.tick < stop]
            for name in ("tempos", "meters", "keys", "chords") if name not in touched}
    told["notes"] = [
        sorted((Fraction(int(n["onset"]), unit), Fraction(int(n["duration"]), unit), *(int(n[c]) for c in columns))
               for n in track.notes)
        for track in score.tracks if len(track.notes)
    ]
    told["parts"] = [() if "programs" in loses else (track.program,) for track in score.tracks if len(track.notes)]
    if "odd-text" not in loses:
        told["names"] = [track.name for track in score.tracks if len(track.notes)]
    return told | ({} if "title" in touched else {"title": score.title})


@pytest.mark.parametrize("first", BOTH)
@pytest.mark.parametrize("second", BOTH)
@settings(max_examples=10, deadline=None)
@given(score=scores(mono=True, grid=120, ticks_per_quarter=480, n_tracks=(1, 3), min_notes=1, drums=False))
def test_from_one_format_to_another_all_is_kept_but_what_either_loses(first, second, score):
    printable = FORMATS["musicxml"].canonicalize(score)
    converted = read_quietly(first, FORMATS[first].write(printable))
    again = read_quietly(second, FORMATS[second].write(converted))
    loses = FORMATS[first].LOSES | FORMATS[second].LOSES
    assert kept(again, loses) == kept(printable, loses)


@pytest.mark.parametrize("name", BOTH)
def test_a_plain_piece_keeps_every_note(name):
    again = FORMATS[name].read(FORMATS[name].write(PLAIN))
    columns = ["onset", "duration", "pitch"] + ["velocity"] * ("velocity" not in FORMATS[name].LOSES)
    kept = [[track.notes[columns].tolist() for track in score.tracks] for score in (again, PLAIN)]
    assert kept[0] == kept[1]
    assert again.title == PLAIN.title


@pytest.mark.parametrize("name", READERS)
def test_the_sample_reads(name):
    if sample(name):
        score = FORMATS[name].read(sample(name))
        assert score.n_notes > 0
        if hasattr(FORMATS[name], "read_many"):
            assert FORMATS[name].read_many(sample(name))[0] == score


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
    if name != other and sample(other):
        assert read_or_refused(name, sample(other)) is None


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=200))
def test_any_bytes_at_all_give_a_score_or_a_typed_error(name, data):
    read_or_refused(name, data)


@pytest.mark.parametrize("name", READERS)
@given(seed=st.integers(0, 2**32))
def test_a_mutated_sample_gives_a_score_or_a_typed_error(name, seed):
    rng = np.random.default_rng(seed)
    data = bytearray(sample(name))
    for _ in range(int(rng.integers(1, 6)) if data else 0):
        at, kind = int(rng.integers(len(data))), int(rng.integers(4))
        if kind == 0:
            data[at] = int(rng.integers(256))
        elif kind == 1:
            del data[at:at + int(rng.integers(1, 9))]
        elif kind == 2:
            data[at:at] = data[at:at + int(rng.integers(1, 30))]
        else:
            data[at] ^= 1 << int(rng.integers(8))
        if not data:
            break
    read_or_refused(name, bytes(data))


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
                FORMATS[name].read(data[:at], strict=True)
            except FormatError as error:
                assert error.what


@pytest.mark.parametrize("name", BOTH)
def test_files_by_suffix_in_any_case(name, tmp_path):
    for suffix in FORMATS[name].SUFFIXES:
        path = tmp_path / f"a piece{suffix.upper()}"
        formats.write(PLAIN, path)
        assert formats.read(path).title == PLAIN.title
        assert len(formats.read_all(path)) == 1
        assert [file.name for file in tmp_path.iterdir()] == [path.name]  # no debris
        path.unlink()


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "broken.mid"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match=r"broken\.mid"):
        formats.read(path)


def test_an_unknown_suffix_is_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"\.mid"):
        formats.read("piece.midd")
    with pytest.raises(UnknownNameError, match="to write"):
        formats.write(PLAIN, "piece.docx")
