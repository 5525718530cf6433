"""Notes and chords: the normal order against music21, the vocabulary, what is kept."""

from itertools import combinations

import pytest

from componium.codecs.base import from_config
from componium.codecs.notechord import NoteChord, normal_order, words
from componium.corpora import Corpus, Piece
from componium.errors import CodecError, CorpusError
from componium.music.score import Score, Track, notes


def chord_at(onset: int, *pitches: int) -> list[tuple[int, ...]]:
    return [(onset, 240, pitch) for pitch in pitches]


def corpus_of(*scores: Score) -> Corpus:
    return Corpus("some", tuple(Piece(str(at), score) for at, score in enumerate(scores)))


TWO_PARTS = Score((Track(notes([*chord_at(0, 67), *chord_at(480, 72)])), Track(notes(chord_at(0, 48, 52)))))


def test_normal_order_is_that_of_music21() -> None:
    from music21.chord import Chord

    for size in range(1, 13):
        for pitches in list(combinations(range(12), size))[::9]:
            assert normal_order(pitches) == Chord(list(pitches)).normalOrder


def test_parts_are_one_stream() -> None:
    assert list(words(TWO_PARTS)) == [("Chord", "0.4.7"), ("Note", 72)]


def test_an_octave_is_a_chord() -> None:
    score = Score((Track(notes(chord_at(0, 60, 72))),))
    assert list(words(score)) == [("Chord", "0")]
    codec = NoteChord(chords=["0"])
    assert list(words(codec.canonicalize(score))) == [("Chord", "0")]


def test_a_vocabulary_is_learned_and_rare_tokens_are_left_out() -> None:
    rare = Score((Track(notes([*chord_at(0, 72), *chord_at(480, 61)])),))
    codec = NoteChord(min_count=2).fit(corpus_of(TWO_PARTS, TWO_PARTS, rare))
    assert codec.config() == {"name": "notechord", "steps": 2, "pitches": [72], "chords": ["0.4.7"]}
    assert from_config(codec.config()).config() == codec.config()
    assert [codec.vocab.token(int(index)) for index in codec.encode(rare).ids] == ["BOS", "Note_72", "EOS"]


def test_only_training_pieces_are_learned_from() -> None:
    with pytest.raises(CorpusError, match="2 times"):
        NoteChord().fit(Corpus("some", tuple(Piece(str(at), TWO_PARTS, split="test") for at in range(3))))


def test_rhythm_is_lost() -> None:
    rows = NoteChord(chords=["0.4.7"]).canonicalize(TWO_PARTS).tracks[0].notes[["onset", "duration", "pitch"]]
    assert rows.tolist() == [(0, 240, 48), (0, 240, 52), (0, 240, 55), (240, 240, 72)]


@pytest.mark.parametrize("chord", ["", "0.7.4", "12", "a", "0..4"])
def test_a_chord_not_in_normal_order_is_refused(chord: str) -> None:
    with pytest.raises(CodecError, match="chord"):
        NoteChord(chords=[chord])
