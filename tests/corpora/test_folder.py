"""Corpora of folders: what is taken, what is left out, and that nothing depends on order or on processes."""

import os
from pathlib import Path

import numpy as np
import pytest

from componium import corpora, formats
from componium.corpora import folder
from componium.errors import CorpusError, LeftOutWarning, RepairWarning, UnknownNameError

LETTERS = "CDEFGABcdefgab"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path_factory.mktemp("cache")))


def tune(seed, title="", key="C"):
    rng = np.random.default_rng(seed)
    bars = ["".join(rng.choice(list(LETTERS), 8)) for _ in range(8)]
    return f"X:1\nT:{title}\nM:4/4\nL:1/8\nK:{key}\n" + "|".join(bars) + "|]\n"


def make(place, n):
    for seed in range(n):
        (place / f"tune{seed:02}.abc").write_text(tune(seed))
    return place


def test_what_is_left_out_is_listed_with_its_reason(tmp_path):
    place = make(tmp_path, 3)
    (place / "copy.abc").write_text(tune(1, "Another Title"))
    (place / "silent.abc").write_text("X:1\nM:4/4\nL:1/4\nK:C\nz4|z4|]\n")
    (place / "broken.xml").write_text("<score-partwise><part>")
    (place / "notes.txt").write_text("words")
    (place / ".hidden.abc").write_text(tune(9))
    (place / "sub" / "deeper").mkdir(parents=True)
    (place / "sub" / "deeper" / "last.abc").write_text(tune(10))
    with pytest.warns(LeftOutWarning, match=r"broken\.xml: can't be read: .*; and 1 more files; .*--left-out"):
        corpus = corpora.load(place)
    assert [piece.id for piece in corpus] == ["copy", "sub/deeper/last", "tune00", "tune02"]
    reasons = dict(corpus.left_out)
    assert set(reasons) == {"tune01", "silent.abc", "broken.xml", "notes.txt"}
    assert reasons["tune01"] == "the same music as copy"
    assert reasons["silent.abc"] == "no notes in it"
    assert reasons["notes.txt"] == "no format has the suffix .txt"
    assert reasons["broken.xml"].startswith("can't be read: ")
    assert str(tmp_path) not in reasons["broken.xml"]
    styles = {piece.id: piece.styles for piece in corpus}
    assert styles["copy"] == (tmp_path.name,)
    assert styles["sub/deeper/last"] == (tmp_path.name, "sub")


def test_a_recording_beside_its_score_is_left_out(tmp_path):
    place = make(tmp_path, 2)
    (place / "sub").mkdir()
    for name in ("tune00.wav", "tune01.MP3", "sub/tune00.flac"):
        (place / name).write_bytes(b"no sound")
    with pytest.warns(LeftOutWarning, match=r"sub/tune00\.flac: can't be read"):
        corpus = corpora.load(place)
    assert [piece.id for piece in corpus] == ["tune00", "tune01"]
    reasons = dict(corpus.left_out)
    assert reasons["tune00.wav"] == "a recording beside its score, tune00.abc"
    assert reasons["tune01.MP3"] == "a recording beside its score, tune01.abc"
    assert reasons["sub/tune00.flac"].startswith("can't be read: ")


def test_no_file_ends_a_corpus(tmp_path, monkeypatch):
    place = make(tmp_path, 3)
    (place / "digits.abc").write_text(f"X:1\nT:&#{'1' * 5000};\nK:C\nCDEF|GABc|\n")
    (place / "empty.mid").write_bytes(b"")
    (place / "dangling.mid").symlink_to("nothing.mid")
    (place / "denied.krn").write_text("**kern\n4c\n*-\n")
    os.mkfifo(place / "pipe.abc")
    with open(os.fsencode(place) + b"/caf\xe9.abc", "w") as file:
        file.write(tune(9))

    def failing(path, **options):
        if path.name == "denied.krn":
            raise ZeroDivisionError("a defect")
        return read_all(path, **options)

    read_all = formats.read_all
    monkeypatch.setattr(formats, "read_all", failing)
    with pytest.warns(LeftOutWarning) as caught:
        corpus = folder.load(place, workers=1)
    assert len(caught) == 1
    assert [piece.id for piece in corpus] == ["digits", "tune00", "tune01", "tune02"]
    reasons = dict(corpus.left_out)
    assert reasons.keys() == {"empty.mid", "dangling.mid", "denied.krn", "pipe.abc", "caf\\xe9.abc"}
    assert reasons["denied.krn"].startswith("its reader failed: ZeroDivisionError: a defect")
    assert reasons["caf\\xe9.abc"] == "its name is not UTF-8"
    assert reasons["pipe.abc"] == "no regular file"
    with pytest.warns(LeftOutWarning):  # each time, from the cache too
        assert folder.load(place) == corpus


def test_a_folder_whose_own_name_is_not_utf_8_is_a_corpus(tmp_path):
    place = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    Path(place).mkdir()
    make(Path(place), 2)
    assert {piece.styles for piece in corpora.load(place)} == {("\\xff",)}


def test_processes_and_the_cache_change_nothing(tmp_path):
    place = make(tmp_path, 30)
    calls = []
    alone = folder.load(place, workers=1, cache=False)
    many = folder.load(place, workers=2, on_progress=lambda at: calls.append((at.done, at.total)))
    kept = folder.load(place, on_progress=lambda at: calls.append(("again", at.total)))
    assert alone == many == kept
    assert calls[-1] == (30, 30)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_a_changed_file_is_read_again_and_a_damaged_cache_is_built_again(tmp_path):
    from componium.corpora import _cache

    place = make(tmp_path, 3)
    first = corpora.load(place)
    (kept,) = (_cache.cache_folder() / "corpora").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    assert corpora.load(place) == first
    (place / "tune00.abc").write_text(tune(77, "Longer"))
    assert corpora.load(place).pieces[0] != first.pieces[0]
    assert corpora.load(place).pieces[1:] == first.pieces[1:]


def test_names_of_files_do_not_change_the_split(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for seed in range(20):
        (tmp_path / "a" / f"{seed:02}.abc").write_text(tune(seed))
        (tmp_path / "b" / f"{99 - seed}.abc").write_text(tune(seed))
    one, other = corpora.load(tmp_path / "a"), corpora.load(tmp_path / "b")
    split = {piece.sha256: (piece.family, piece.split) for piece in one}
    assert split == {piece.sha256: (piece.family, piece.split) for piece in other}


def test_a_transposed_copy_lands_on_the_same_side(tmp_path):
    place = make(tmp_path, 20)
    for seed in range(20):
        up = (tmp_path / f"tune{seed:02}.abc").read_text().translate(str.maketrans(LETTERS[:7], LETTERS[7:]))
        (place / f"variant{seed:02}.abc").write_text("".join(up.replace("K:c", "K:C")) + "%\n")
    sides = {piece.id: piece.split for piece in corpora.load(place)}
    assert len(set(sides.values())) >= 2


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_few_files_leave_something_to_train_on_and_to_choose_by(tmp_path, n):
    corpus = corpora.load(make(tmp_path, n))
    assert len(corpus.train) >= 1
    assert len(corpus.validation) >= (1 if n >= 3 else 0)
    assert len(corpus.test) == 0
    assert len(corpus.train) + len(corpus.validation) == n


def test_one_file_is_a_corpus_and_a_tune_book_many_pieces(tmp_path):
    book = tmp_path / "book.abc"
    book.write_text("".join(tune(seed).replace("X:1", f"X:{seed}") + "\n" for seed in range(5)))
    corpus = corpora.load(book)
    assert [piece.id for piece in corpus] == [f"book/X:{n}" for n in range(5)]
    assert len({piece.sha256 for piece in corpus}) == 1


def test_where_there_is_nothing_the_reasons_are_given(tmp_path):
    with pytest.raises(CorpusError, match="it is empty"):
        corpora.load(tmp_path)
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(CorpusError, match=r"a\.txt: no format has the suffix"):
        corpora.load(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean chorales"):
        corpora.load("chorals")


def test_parts_of_a_corpus(tmp_path):
    corpus = corpora.load(make(tmp_path, 20))
    assert len(corpus) == len(corpus.train) + len(corpus.validation) + len(corpus.test) == len(corpus.scores)
    assert corpus.split("test") == corpus.test
    assert corpus.of_style(tmp_path.name).pieces == corpus.pieces
    assert len(corpus.with_pieces(corpus.pieces[:2])) == 2
    with pytest.raises(CorpusError, match="train, validation, test"):
        corpus.split("dev")
    with pytest.raises(CorpusError, match="the same piece twice"):
        corpora.join([corpus, corpus])


def record(path, pitches):
    """Write a recording of a line, half a second a note and as long a rest at the end."""
    import io

    from componium.audio.files import encode_wav

    time = np.arange(4000) / 8000
    tones = [0.5 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time) for pitch in pitches]
    samples = np.concatenate([*tones]).astype(np.float32)
    encode_wav([samples[:, None]], 8000, file := io.BytesIO(), channels=1)
    path.write_bytes(file.getvalue())


def test_what_was_transcribed_is_said_each_time(tmp_path):
    for at in range(2):
        record(tmp_path / f"{at}.wav", [69, 71, 73 + at, 74, 76, 74, 73, 71])
    for _ in range(2):  # from the cache too
        with pytest.warns(RepairWarning, match=r"2 recordings of .*: \d+ notes, \d+ a minute, \d+% silence"):
            corpora.load(tmp_path)


def test_a_recording_of_which_little_was_transcribed_is_said_to_be_silent(tmp_path):
    record(tmp_path / "0.wav", [69, 71, 73, 74] + [0] * 12)  # 8 Hz is no note
    with pytest.warns(RepairWarning, match=r"1 recording of .*: \d notes, .* 7\d% silence"):
        corpora.load(tmp_path)


def test_recordings_are_read_anew_once_the_model_is_there(tmp_path, monkeypatch):
    from componium.corpora import _build

    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "b.abc").write_text(tune(1))
    plans = [_build.Plan("x", tmp_path, files, folder.prepare, "", "") for files in (("a.wav",), ("b.abc",))]
    keys = []
    for ready in (False, True):
        monkeypatch.setattr(_build.model, "ready", lambda ready=ready: ready)
        keys.append([_build._cache_key(plan) for plan in plans])
    assert keys[0][0] != keys[1][0] and keys[0][1] == keys[1][1]
