"""Keyboard parts on two staves: when they need them, what goes where, and that it all reads back."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from componium.formats import musicxml
from componium.music.score import Key, Meter, Score, Track, notes
from componium.notation.sheet import notate
from formats.musicxml_schema import HAS_SCHEMA, problems

LEFT = [(480 * at, 480, pitch) for at in range(8) for pitch in (40, 47, 52)]
RIGHT = [(240 * at, 240, 72 + at % 5) for at in range(16)]


def piece(rows: list[tuple[int, ...]], program: int = 0) -> Score:
    return Score((Track(notes(sorted(rows)), program, name="part"),), 480, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))


def staves(score: Score) -> list[list[int]]:
    """The lowest and highest pitch on each staff."""
    found: dict[int, list[int]] = {}
    for voices in notate(score, hands=True).parts[0].measures:
        for voice in voices:
            pitches = [head.pitch for event in voice.events for head in event.heads]
            found.setdefault(voice.staff, []).extend(pitches)
    return [[min(found[staff]), max(found[staff])] for staff in sorted(found)]


def test_low_notes_under_high_ones_are_the_left_hands() -> None:
    assert staves(piece(LEFT + RIGHT)) == [[72, 76], [40, 52]]


def test_of_several_voices_each_stays_with_one_hand() -> None:
    climbing = [(480 * at, 480, 45 + 3 * at, 0, 1) for at in range(8)]  # to 66, its median below middle C
    assert staves(piece([(*row, 0, 0) for row in RIGHT] + climbing)) == [[72, 76], [45, 66]]


@pytest.mark.parametrize(("rows", "program"), [
    (LEFT + RIGHT, 40),  # a violin
    (RIGHT, 0),
    (LEFT, 0),
    ([(480 * at, 480, 48 + 3 * at) for at in range(8)], 0),  # one line, from low to high
])  # fmt: skip
def test_other_parts_have_one_staff(rows: list[tuple[int, ...]], program: int) -> None:
    assert len(staves(piece(rows, program))) == 1


def test_two_staves_read_back_and_a_silent_hand_rests() -> None:
    late = [(onset + 1920, duration, pitch) for onset, duration, pitch in LEFT]
    score = piece(RIGHT + late)
    data = musicxml.dumps(score)
    assert data.count(b"<staves>2</staves>") == 1 and b'<clef number="2"><sign>F</sign>' in data
    assert data.count(b'<rest measure="yes"/>') == 2  # the left hand in the first bar, the right in the third
    found = musicxml.loads(data)
    assert found == musicxml.canonicalize(score)
    assert sorted(found.tracks[0].notes[["onset", "pitch"]].tolist()) == sorted(
        score.tracks[0].notes[["onset", "pitch"]].tolist()
    )


def test_rests_that_other_voices_fill_are_not_shown() -> None:
    high = [(0, 480, 76, 0, 0), (960, 960, 76, 0, 0)]  # rests on the second beat
    low = [(480 * at, 480, 64, 0, 1) for at in range(3)]  # sounds there, and rests on the last
    data = musicxml.dumps(piece(high + low, 40))
    assert data.count(b'<note print-object="no"><rest/>') == 2 and data.count(b"<rest") == 2
    alone = musicxml.dumps(piece(high + low[2:], 40))
    assert alone.count(b"<note><rest/>") == 1  # nothing sounds on the second beat: the first voice says so
    assert musicxml.loads(data) == musicxml.canonicalize(piece(high + low, 40))


TIMES = st.integers(1, 30).map(lambda steps: 240 * steps)
ROWS = st.tuples(TIMES, TIMES, st.integers(30, 90), st.just(0), st.integers(0, 2))


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROWS, min_size=4, max_size=24), voices=st.booleans())
@example(rows=[(0, 80, 40, 0, 0)] * 9 + [(3920, 720, 40, 0, 0), (4000, 80, 95, 0, 0), (6480, 1280, 40, 0, 0),
         (6720, 80, 94, 0, 0)], voices=False)  # its voices, once printed, would be parted otherwise
def test_what_was_printed_is_printed_the_same_again(rows: list[tuple[int, ...]], voices: bool) -> None:
    score = piece(rows if voices else [(*row[:4], 0) for row in rows])
    data = musicxml.dumps(score)
    found = musicxml.loads(data)
    assert found == musicxml.canonicalize(score) == musicxml.canonicalize(found)
    assert musicxml.dumps(found) == data


@pytest.mark.corpora
def test_music21_finds_two_staves_with_the_same_notes() -> None:
    converter = pytest.importorskip("music21").converter
    score = piece(LEFT + RIGHT)
    parsed = converter.parse(musicxml.dumps(score).decode(), format="musicxml")
    assert len(parsed.parts) == 2
    assert sorted(pitch.midi for pitch in parsed.pitches) == sorted(score.tracks[0].notes["pitch"].tolist())


@pytest.mark.skipif(not HAS_SCHEMA, reason="needs the packages musicxml and xmlschema")
def test_two_staves_are_valid_by_the_schema() -> None:
    assert problems(musicxml.dumps(piece(LEFT + [(onset + 1920, *rest) for onset, *rest in RIGHT]))) == []
