"""Composing: takes are as asked, tell of themselves, and what can't be done is refused with the reason."""

import json
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import componium
from componium import formats
from componium.composing import compose as composing
from componium.composing.compose import compose
from componium.corpora import Corpus, Piece
from componium.errors import CheckpointError, ComponiumError, ControlError
from componium.methods import Method, make
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.transform import slice_bars
from componium.originality.index import Index


def tune(seed: int) -> Score:
    steps = np.cumsum(np.random.default_rng(seed).integers(-2, 3, 64)) % 8
    rows = [(240 * at, 240, 60 + (0, 2, 4, 5, 7, 9, 11, 12)[int(step)]) for at, step in enumerate(steps)]
    return Score((Track(notes(rows), 40),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0, "major"),))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus("tunes", tuple(Piece(f"tune/{at}", tune(at), ("tunes",)) for at in range(12)))


@pytest.fixture(scope="module")
def model(corpus: Corpus) -> Method:
    return make("markov", order=5).fit(corpus)


@pytest.fixture(scope="module")
def folder(model: Method, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    model.save(path)
    Index.of([(piece.id, piece.score) for piece in corpus.pieces]).save(path / "originality.npz")
    return path


def test_the_same_seed_gives_the_same_takes(model: Method) -> None:
    one, two, other = (compose(method=model, n=2, bars=8, seed=seed) for seed in (5, 5, 6))
    assert [take.score for take in one] == [take.score for take in two] != [take.score for take in other]
    assert one[0].score != one[1].score


def test_a_chosen_seed_is_told_and_repeats_the_take(model: Method) -> None:
    take = compose(method=model, bars=4)[0]
    assert compose(method=model, bars=4, seed=take.seed)[0].score == take.score


@pytest.mark.parametrize("bars", [4, 5, 100])
def test_a_take_says_what_was_asked_and_what_came(folder: Path, bars: int) -> None:
    take = compose(style="tunes", key="A minor", meter="4/4", qpm=77, bars=bars, seed=1, method=folder)[0]
    told = take.to_json()
    assert json.loads(json.dumps(told)) == told
    for name in ("style", "key", "meter", "qpm", "bars"):
        assert told["asked"][name] == told["measured"][name], name
    assert told["version"] == componium.__version__ and told["method"] == "markov" and len(told["weights"]) == 16
    assert told["longest_shared_passage"]["notes"] >= 0
    assert take.score.title and take.score.tempos[0].qpm == 77


def test_a_take_is_written_in_every_form(folder: Path, tmp_path: Path) -> None:
    take = compose(bars=4, seed=2, method=folder)[0]
    for suffix in ("mid", "wav", "png", "json"):
        take.write(tmp_path / f"take.{suffix}")
    assert componium.read(tmp_path / "take.mid").n_notes == take.score.n_notes
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert file.getnchannels() == 2 and file.getnframes() > 44100
    assert (tmp_path / "take.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "take.json").read_text())["seed"] == 2


def test_each_bar_is_told_as_it_is_made(model: Method) -> None:
    heard: list[tuple[int, int, Score]] = []
    takes = compose(bars=6, seed=3, n=2, method=model, on_bar=lambda *told: heard.append(told))
    for number, take in enumerate(takes):
        bars = [bar for at, bar, _ in heard if at == number]
        assert bars == list(range(6))
        told = [score.tracks[0].notes["pitch"].tolist() for at, _, score in heard if at == number]
        assert told[0] == slice_bars(take.score, 0, 1).tracks[0].notes["pitch"].tolist()


def test_a_prompt_begins_the_take(model: Method) -> None:
    prompt = slice_bars(tune(50), 0, 2)
    score = compose(bars=6, seed=4, prompt=prompt, method=model)[0].score
    assert slice_bars(score, 0, 2).tracks[0].notes.tolist() == prompt.tracks[0].notes.tolist()


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"bars": 3}, "4 to 1024"), ({"bars": 1025}, "4 to 1024"), ({"style": "tune"}, "tunes"), ({"key": "H"}, "key"),
     ({"meter": "5/8"}, "seen no music"), ({"meter": "4/5"}, "meter"), ({"qpm": 4}, "10 to 400"),
     ({"qpm": "fast"}, "number"), ({"instruments": ["violin", "cello"]}, "2 instruments"),
     ({"instruments": ["violon"]}, "violin"),
     ({"temperature": -1}, "temperature"), ({"top_p": 0}, "sampling"), ({"key": "C locrian"}, "mode")],
)
def test_what_cannot_be_done_is_refused_with_the_reason(model: Method, wish: dict, reason: str) -> None:
    with pytest.raises(ComponiumError, match=reason):
        compose(**{"bars": 4, **wish}, method=model, seed=0)


def test_no_model_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="train"):
        compose(method=tmp_path)


def test_instruments_keep_to_their_range(model: Method) -> None:
    track = compose(bars=8, seed=1, instruments=["tuba"], method=model)[0].score.tracks[0]
    assert track.program == 58 and track.name == "tuba" and track.notes["pitch"].max() <= 65


def test_a_method_that_is_not_autoregressive_composes_too(model: Method) -> None:
    class Fixed(Method):
        """Always the same tune."""

        def fit(self, corpus, run=None):
            return self

        def generate(self, n=1, *, controls=None, prompt=None, rng):
            if controls is not None and controls.key is not None:
                raise ControlError("a fixed tune takes no key")
            return [replace(tune(0), title=str(rng.integers(10))) for _ in range(n)]

        def parameters(self):
            return {}

        def get_weights(self):
            return {}, {}

        def set_weights(self, learned, weights):
            return self

    assert compose(bars=8, seed=0, n=2, method=Fixed())[1].score.n_notes == 64
    with pytest.raises(ControlError):
        compose(key="C", method=Fixed())


@pytest.mark.skipif(not (composing.SHIPPED / "config.json").exists(), reason="the weights are not in this checkout")
@pytest.mark.parametrize("style", ["chorales", "fiddle", "jig", "quartets", "madrigals"])
def test_the_shipped_model_composes_as_asked(style: str) -> None:
    take = compose(style=style, bars=6, key="G major", seed=1)[0]
    assert take.measured["bars"] == 6 and take.measured["key"] == "G major" and take.measured["style"] == style
    assert take.score.n_notes > 12 and take.shared is not None


class Scale(Method):
    """Not one token after another: a rising scale, whatever is wished, learned from nothing."""

    needs_music = False
    obeys = frozenset({"bars"})

    def fit(self, corpus, run=None):
        return self

    def generate(self, n=1, *, controls=None, prompt=None, rng):
        self.refuse(controls, prompt)
        rows = [(480 * at, 480, 60 + at % 8) for at in range(4 * (controls.bars or 4))]
        return [Score((Track(notes(rows)),), meters=(Meter(0, 4, 4),)) for _ in range(n)]

    def parameters(self):
        return {}

    def get_weights(self):
        return {}, {}

    def set_weights(self, learned, weights):
        return self


def test_a_method_that_draws_no_tokens_composes_too_and_tells_of_its_bars() -> None:
    heard = []
    take, = compose(method=Scale(), bars=5, seed=0, on_bar=lambda take, bar, music: heard.append((bar, music.n_notes)))
    assert heard == [(bar, 4) for bar in range(5)] and take.sampling == {}
    with pytest.raises(ControlError, match="temperature"):
        compose(method=Scale(), temperature=0.5)
    with pytest.raises(ControlError, match="can't be asked for key, style"):
        compose(method=Scale(), key="C", style="jig")


def test_a_method_by_name_learns_from_a_folder_first(tmp_path) -> None:
    for at in range(6):
        tune = [(240 * step, 240, 60 + (at * step) % 12) for step in range(64)]
        formats.write(Score((Track(notes(tune)),), meters=(Meter(0, 4, 4),)), tmp_path / f"{at}.mid")
    told = []
    take, = compose(method="markov", corpus=tmp_path, bars=4, seed=1, on_progress=lambda *what: told.append(what))
    assert told[-1][:3] == (f"reading {tmp_path}", 6, 6)  # and learning, of a Markov model, takes no time to speak of
    assert take.method == "markov" and take.measured["bars"] == 4 and take.shared is not None
    with pytest.raises(ControlError, match="3 bars"):  # told before anything is read
        compose(method="markov", corpus=tmp_path / "nowhere", bars=3)
    with pytest.raises(ControlError, match="learned nothing"):
        compose(method="markov")
    with pytest.raises(CheckpointError, match="one of"):
        compose(method="no-such-method")
