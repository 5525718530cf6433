"""Corpora as arrays: what comes out is what the codec says of each piece."""

import io
import json

import numpy as np
import pytest

from componium.analysis.tune_chords import find_chords
from componium.codecs.encoded import examples_of
from componium.codecs.events import Events
from componium.corpora import SPLITS, Corpus, Piece
from componium.errors import FormatError, UnknownNameError
from componium.learning import arrays
from componium.learning.train import train
from componium.music.score import Chord, Key, Meter, Score, Track, notes


def tune(pitches, **about):
    rows = notes([(480 * place, 480, pitch, 90) for place, pitch in enumerate(pitches)])
    return Score((Track(rows),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), **about)


PIECES = (
    Piece("a", tune(np.random.default_rng(1).integers(60, 80, 40).tolist()), ("mine", "a"), source="a.mid",
          rights="by me"),
    Piece("b", tune([60, 64, 67, 72] * 4, chords=(Chord(0, "C"), Chord(1920, "G7"))), ("mine",), split="test"),
    Piece("c", tune([60] * 7), ("mine",)),
)


@pytest.fixture
def written(tmp_path, monkeypatch):
    corpus = Corpus("mine", PIECES, license="CC0", left_out=(("x", "too long"),))
    monkeypatch.setattr(arrays, "load_corpus", lambda name, **_: corpus)
    counts = arrays.write_arrays(["mine"], tmp_path / "out.npz")
    return counts, np.load(tmp_path / "out.npz", allow_pickle=False)


def test_pieces_come_back_with_their_chords_and_without_velocities(written):
    _, saved = written
    about = json.loads(str(saved["about"]))
    codec = Events(about["codec"]["styles"], regions=True)
    parts = np.split(saved["ids"].astype(np.int64), np.cumsum(saved["n_ids"])[:-1])
    scores = [codec.decode(ids) for ids in parts]
    for score, piece in zip(scores, PIECES, strict=False):
        assert score.tracks[0].notes["pitch"].tolist() == piece.score.tracks[0].notes["pitch"].tolist()
        assert not score.tracks[0].notes["velocity"].any()
    assert [chord.symbol for chord in scores[1].chords] == ["C", "G7"]
    assert scores[0].chords == find_chords(codec.canonicalize(PIECES[0].score))


def test_the_tables_are_of_one_length_and_say_what_was_left_out(written):
    counts, saved = written
    about = json.loads(str(saved["about"]))
    assert about["ids"] == ["a", "b"]
    assert about["styles"] == [["mine", "a"], ["mine"]]
    assert [SPLITS[side] for side in saved["split"]] == ["train", "test"]
    assert saved["n_notes"].tolist() == [40, 16]
    assert saved["n_ids"].sum() == len(saved["ids"]) == counts["mine"]["ids"]
    assert counts["mine"] | {"ids": 0} == {
        "pieces": 2, "train": 1, "validation": 0, "test": 1, "notes": 56, "ids": 0, "left out": 2}  # fmt: skip
    assert about["left_out"] == [["x", "too long"], ["c", "fewer than 8 notes"]]
    assert about["credits"].startswith("mine: CC0") and "by me (1 piece)" in about["credits"]


def test_the_same_rows_give_the_same_arrays():
    rows = [arrays.Row("mine", piece, np.arange(9)) for piece in PIECES]
    packed = [arrays.pack(Events(("mine",), regions=True), ["mine"], rows, [], "") for _ in range(2)]
    with np.load(io.BytesIO(packed[0])) as first, np.load(io.BytesIO(packed[1])) as second:
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


def test_an_unknown_corpus_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="chorals"):
        arrays.write_arrays(["chorals"], tmp_path / "out.npz")


def test_a_file_of_arrays_is_a_corpus_whose_ids_are_not_encoded_again(written, tmp_path, monkeypatch):
    corpus = arrays.load_arrays(tmp_path / "out.npz")
    assert [(piece.id, piece.styles, piece.split) for piece in corpus] == [
        (piece.id, piece.styles, piece.split) for piece in PIECES[:2]]  # fmt: skip
    assert corpus.left_out == (("x", "too long"), ("c", "fewer than 8 notes"))
    codec = Events(corpus.styles, regions=True, velocities=False)
    assert codec.config() == corpus.config
    wanted = [codec.encode(piece.score).ids for piece in corpus]
    other = [Events().encode(piece.score).ids for piece in corpus]
    assert [example.ids.tolist() for example in examples_of(Events(), corpus)] == [ids.tolist() for ids in other]
    monkeypatch.setattr(Events, "encode", None)
    found = examples_of(codec, corpus)
    assert [example.ids.tolist() for example in found] == [ids.tolist() for ids in wanted]
    assert [example.styles for example in examples_of(codec, corpus.test)] == [("mine",)]


def test_sources_and_rights_come_back_and_older_files_are_read_without(written, tmp_path):
    path = tmp_path / "out.npz"
    assert [(piece.source, piece.rights) for piece in arrays.load_arrays(path)] == [("a.mid", "by me"), ("", "")]
    with np.load(path) as saved:
        older = dict(saved)
    about = json.loads(str(older["about"]))
    older["about"] = np.array(json.dumps({name: about[name] for name in about if name not in ("sources", "rights")}))
    np.savez(path, **older)
    assert [(piece.id, piece.rights) for piece in arrays.load_arrays(path)] == [("a", ""), ("b", "")]


def test_a_method_learns_from_a_file_of_arrays(written, tmp_path):
    folder = train(tmp_path / "out.npz", tmp_path / "model", method="markov")
    about = json.loads((folder / "config.json").read_text())["about"]
    assert about["pieces"] == {"train": 1, "validation": 0, "test": 1} and "mine: CC0" in about["license"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    if content is None:
        np.savez(path, ids=np.zeros(3))
    else:
        path.write_bytes(content)
    with pytest.raises(FormatError, match="not a file of arrays"):
        arrays.load_arrays(path)
