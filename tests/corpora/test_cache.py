"""The cache: what goes in comes out, and what is damaged is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.corpora import Corpus, Piece, _cache
from strategies import scores, texts


@st.composite
def corpora(draw):
    pieces = tuple(
        Piece(f"p{n}", score, styles=("a", "b")[:n], collection="c", split=("train", "validation", "test")[n],
              family=f"f{n}", sha256="0" * 64, source=draw(texts), rights=draw(texts))
        for n, score in enumerate(draw(st.lists(scores(), max_size=3)))
    )
    return Corpus("x", pieces, draw(texts), draw(texts), (("file", "reason"),), (("file", "mended"),))


@given(corpora())
def test_round_trip_is_exact(corpus):
    assert _cache.unpack(_cache.pack(corpus, "key"), "key") == corpus


@given(corpora(), st.data())
def test_damage_and_other_keys_are_seen(corpus, data):
    packed = _cache.pack(corpus, "key")
    assert _cache.unpack(packed, "another") is None
    at = data.draw(st.integers(0, len(packed) - 1))
    damaged = packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :]
    assert _cache.unpack(damaged, "key") is None
    assert _cache.unpack(packed[:at], "key") is None


def test_it_lies_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path))
    assert _cache.load("none", "key") is None
    _cache.save("some", "key", Corpus("some"))
    assert _cache.load("some", "key") == Corpus("some")
    assert [path.name for path in tmp_path.rglob("*.corpus")] == ["some.corpus"]


def test_the_notes_of_what_was_loaded_are_frozen(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path))
    from componium.music.score import Score, Track, notes

    corpus = Corpus("x", (Piece("p", Score((Track(notes([(0, 1, 60)])),))),))
    _cache.save("x", "key", corpus)
    kept = _cache.load("x", "key")
    with pytest.raises(ValueError, match="read-only"):
        kept.pieces[0].score.tracks[0].notes["pitch"] = 0
