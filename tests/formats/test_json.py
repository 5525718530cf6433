"""Scores as JSON: nothing is lost, and what is no score is refused with its place."""

import json
import warnings

import pytest
from hypothesis import given, settings

from componium.composing.take import Take
from componium.errors import FormatError, LimitError, NotThisFormatError
from componium.formats.json import LOSES, MAX_BYTES, dumps, loads
from componium.music.score import Score, Tempo, Track, notes
from strategies import scores

HEAD = '"format": "componium-score", "version": 1'


def refusal(text):
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(FormatError) as caught:
        loads(data)
    return str(caught.value)


@settings(max_examples=100, deadline=None)
@given(score=scores())
def test_nothing_is_lost(score):
    assert loads(dumps(score)) == score
    assert dumps(loads(dumps(score))) == dumps(score)
    assert LOSES == {}


@pytest.mark.parametrize("qpm", [1, 100_000, 96.5, 1 / 3 * 200, 119.99999999999999])
def test_tempos_are_exact(qpm):
    score = Score(tempos=(Tempo(2**48, qpm),), ticks_per_quarter=0x7FFF, info={"a": "\ud800 \x00 \"b\""})
    assert loads(dumps(score)) == score


def test_other_programs_read_it():
    document = json.loads(dumps(Score((Track(notes([(0, 480, 60, 80, 1)]), name="荒"),))))
    assert document["tracks"] == [{"name": "荒", "program": 0, "is_drum": False, "notes": [[0, 480, 60, 80, 1]]}]


def test_what_is_left_out_is_as_in_an_empty_score():
    assert loads(f"\ufeff {{{HEAD}}}".encode()) == Score()
    assert loads(f'{{{HEAD}, "tracks": [{{"notes": [[0, 1, 60]]}}]}}'.encode()).n_notes == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"version": 2', "version 2"),
        ('"version": 1.0', "version"),
        (f'{HEAD}, "title": 3', "a whole number instead of text, at title"),
        (f'{HEAD}, "colour": 3', "unknown name 'colour'"),
        (f'{HEAD}, "title": "a", "title": "b"', "'title' is there twice"),
        (f'{HEAD}, "info": {{"composer": null}}', "null instead of text, at info.composer"),
        (f'{HEAD}, "tempos": [[0, NaN]]', "NaN"),
        (f'{HEAD}, "tempos": [[0, -Infinity]]', "-Infinity"),
        (f'{HEAD}, "tempos": [[0, 1e999]]', "a tempo of inf"),
        (f'{HEAD}, "tempos": [[0, true]]', "true or false instead of a number, at tempos[0]"),
        (f'{HEAD}, "meters": [[0, 4, 3]]', " of 4/3"),
        (f'{HEAD}, "meters": [[0, 4]]', "a row of 2 values, at meters[0]"),
        (f'{HEAD}, "keys": [[0, 1, "jazz"]]', "a key of 1 jazz"),
        (f'{HEAD}, "keys": [[0, 1.0, "major"]]', "a number instead of a whole number, at keys[0]"),
        (f'{HEAD}, "chords": [[-1, "C"]]', "an event before the start"),
        (f'{HEAD}, "tracks": 3', "a whole number instead of a list, at tracks"),
        (f'{HEAD}, "tracks": [3]', "a whole number instead of {...}, at tracks[0]"),
        (f'{HEAD}, "tracks": [{{"solo": 1}}]', "unknown name 'solo', at tracks[0]"),
        (f'{HEAD}, "tracks": [{{"program": 128}}]', "program 128, at tracks[0]"),
        (f'{HEAD}, "tracks": [{{"notes": [[0, 1, 60], [0, 0, 60]]}}]', "at tracks[0], note 1"),
        (f'{HEAD}, "tracks": [{{"notes": [[0, 1, 60], [0, 1.5, 60]]}}]', "at tracks[0].notes[1]"),
        (f'{HEAD}, "tracks": [{{"notes": [[0, 1, 99999]]}}]', "too large for a note"),
        (f'{HEAD}, "tracks": [{{"notes": [[0, 1, 60, 1, 1, 1]]}}]', "a row of 6 values"),
        (f'{HEAD}, "ticks_per_quarter": {"9" * 5000}', "a number of 5000 digits"),
    ],
)
def test_errors_name_the_place(text, said):
    text = text if "format" in text else f'"format": "componium-score", {text}'
    assert said in refusal(f"{{{text}}}")


def test_broken_text_is_refused_with_its_place():
    assert "line 2, column" in refusal('{"format":\n]}')
    assert "byte 12" in refusal(b'{"format": "\xff"}')
    assert "empty" in refusal(b"")


def test_what_would_eat_memory_is_refused():
    deep = b'{"a":' + b"[" * 200_000, b'{"a":' * 200_000
    for data in (*deep, b'{"a":[' + b"[]," * 500_001, b"{" + b"1," * 3_000_001):
        with pytest.raises(LimitError, match="lists"):
            loads(data)


def test_what_is_too_long_is_neither_read_nor_written():
    with pytest.raises(LimitError, match="bytes"):
        loads(b"{" + b" " * MAX_BYTES)
    with pytest.raises(LimitError, match="bytes"):
        dumps(Score(title="a" * MAX_BYTES))


def test_a_takes_history_is_said_to_be_one(tmp_path):
    path = tmp_path / "take.json"
    Take(Score(), seed=1).write(path)
    with pytest.raises(NotThisFormatError, match="history of a take"):
        loads(path.read_bytes())
    with pytest.raises(NotThisFormatError, match="something else"):
        loads(b'{"a": 1}')


def test_strict_reads_the_same():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loads(dumps(Score(title="a")), strict=True).title == "a"
