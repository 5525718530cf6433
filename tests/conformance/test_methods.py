"""One suite for every method that the registry finds. A new file in methods/ is tested by being there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from componium import registry
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls, measure
from componium.decoding.request import Request
from componium.errors import CheckpointError, ControlError, MissingExtraError, NotFittedError
from componium.methods import Autoregressive, Method, load
from componium.metrics.rhythm import bars_exact
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters, n_bars
from componium.music.transform import slice_bars

NAMES = registry.names("methods")
each_method = pytest.mark.parametrize("name", NAMES)
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)


METERS = (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 6, 8))


def tune(seed: int, bars: int = 8, meter: Meter = METERS[0]) -> Score:
    """Two voices in C, eighths over quarters, ending on the tonic."""
    rng = np.random.default_rng(seed)
    eighths = int(bar_quarters(meter) * 2) * bars
    upper = [(240 * at, 240, 60 + SCALE[int(step)]) for at, step in enumerate(rng.integers(0, 8, eighths - 4))]
    upper.append((240 * len(upper), 960, 60))
    lower = [(480 * at, 480, 48 + SCALE[int(step)]) for at, step in enumerate(rng.integers(0, 8, eighths // 2 - 2))]
    lower.append((480 * len(lower), 960, 48))
    return Score(
        (Track(notes(upper), 40), Track(notes(lower), 42)),
        tempos=(Tempo(0, 120.0),), meters=(meter,), keys=(Key(0, 0, "major"),),
    )


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    sides = ["train"] * 10 + ["validation"] * 2 + ["test"] * 2
    scores = [tune(at, meter=METERS[at % 3]) for at in range(len(sides))]
    pieces = [Piece(f"scale/{at}", scores[at], ("scales",), "scales", side) for at, side in enumerate(sides)]
    return Corpus("scales", tuple(pieces))


def make(name: str, **changes: Any) -> Method:
    kind = registry.load_class("methods", name, Method)
    return kind(**{**kind.TINY, **changes})


@pytest.fixture(scope="session")
def fitted(corpus: Corpus) -> dict[str, Method]:
    """Every method, fitted once; a method whose extra isn't installed is left out."""
    found = {}
    for name in NAMES:
        try:
            found[name] = make(name).fit(corpus)
        except MissingExtraError:
            continue
    return found


@pytest.fixture
def method(name: str, fitted: dict[str, Method]) -> Method:
    if name not in fitted:
        pytest.skip(f"what {name} needs to learn is not installed")
    return fitted[name]


def compose(method: Method, seed: int, **wishes: Any) -> list[Score]:
    """Two scores of four bars in the corpus' style, if the method obeys that. Skips if it doesn't obey the wishes."""
    if beyond := sorted(set(wishes) - method.supported_controls):
        pytest.skip(f"it can't be asked for {', '.join(beyond)}")
    usual = {name: value for name, value in {"bars": 4, "style": "scales"}.items() if name in method.supported_controls}
    controls = Controls(**{**usual, **wishes})
    return method.generate(Request(controls), 2, rng=np.random.default_rng(seed))


@each_method
def test_it_is_built_without_arguments_and_says_what_it_is(name: str) -> None:
    kind = registry.load_class("methods", name, Method)
    assert kind(**kind().get_params()).get_params() == kind().get_params()
    assert kind.__doc__ and registry.load("methods", name).__doc__


@each_method
def test_unfitted_it_refuses(name: str) -> None:
    if not registry.load_class("methods", name, Method).needs_music:
        pytest.skip("it learns from no music")
    with pytest.raises(NotFittedError):
        compose(make(name), 0)


@each_method
def test_fit_returns_self_and_leaves_the_corpus_alone(name: str, corpus: Corpus, fitted: dict[str, Method]) -> None:
    if name not in fitted:
        pytest.skip("not installed")
    before = [(piece.id, hash(piece.score)) for piece in corpus.pieces]
    one = make(name)
    assert one.fit(corpus) is one
    assert [(piece.id, hash(piece.score)) for piece in corpus.pieces] == before


@each_method
def test_fitting_twice_is_fitting_once(name: str, corpus: Corpus, method: Method) -> None:
    again = make(name).fit(corpus).fit(corpus)
    for key, array in method.get_weights()[1].items():
        np.testing.assert_array_equal(again.get_weights()[1][key], array)


@each_method
def test_the_same_seed_gives_the_same_music_and_another_other(name: str, method: Method) -> None:
    assert compose(method, 1) == compose(method, 1)
    assert compose(method, 1) != compose(method, 2)


@each_method
def test_global_randomness_is_untouched(name: str, corpus: Corpus, method: Method) -> None:
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    make(name).fit(corpus)
    compose(method, 1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@each_method
@pytest.mark.train
def test_torch_randomness_is_untouched(name: str, corpus: Corpus) -> None:
    import torch

    before = torch.get_rng_state()
    make(name).fit(corpus)
    assert torch.equal(torch.get_rng_state(), before)


@each_method
def test_saved_and_loaded_it_composes_the_same(name: str, method: Method, tmp_path: Path) -> None:
    method.save(tmp_path)
    assert compose(load(tmp_path), 3) == compose(method, 3)
    assert load(tmp_path).get_params() == method.get_params()


@each_method
def test_damaged_weights_are_refused(name: str, method: Method, tmp_path: Path) -> None:
    method.save(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError):
        load(tmp_path)


WISHES: dict[str, Any] = {
    "style": "scales", "key": Key(0, 2), "meter": METERS[1], "qpm": 91.0, "bars": 5, "instruments": (73, 58),
    "ending": "closed", "max_repeats": 3,
}  # fmt: skip


@each_method
@pytest.mark.parametrize("wish", [*WISHES, "prompt"])
def test_what_it_does_not_obey_it_refuses_by_name(name: str, method: Method, wish: str) -> None:
    if wish in method.supported_controls:
        pytest.skip("it obeys this; the tests below see to it")
    prompt = slice_bars(tune(99), 0, 2) if wish == "prompt" else None
    controls = Controls(**({wish: WISHES[wish]} if wish in WISHES else {}))
    with pytest.raises(ControlError, match=wish):
        method.generate(Request(controls, prompt), rng=np.random.default_rng(0))


@each_method
@pytest.mark.parametrize("bars", [4, 7])
@pytest.mark.parametrize("meter", METERS[1:], ids=str)
def test_bars_metre_key_and_tempo_are_as_asked(name: str, method: Method, bars: int, meter: Meter) -> None:
    wishes = {"bars": bars, "meter": meter, "key": Key(0, -1, "minor"), "qpm": 91.0}
    wanted = {"bars": bars, "meter": str(meter), "key": "D minor", "qpm": 91.0}
    asked = {name: wish for name, wish in wishes.items() if name in method.supported_controls}
    for score in compose(method, 5, **asked):
        found = measure(score)
        assert {name: found[name] for name in asked} == {name: wanted[name] for name in asked}
        assert "bars" not in asked or bars_exact(score, bars), found


@each_method
@pytest.mark.parametrize("ending", ["closed", "open"])
def test_it_ends_as_asked(name: str, method: Method, ending: str) -> None:
    for seed in range(3):
        assert [measure(score)["ending"] for score in compose(method, seed, ending=ending)] == [ending] * 2


@each_method
def test_instruments_are_as_asked_and_in_range(name: str, method: Method) -> None:
    for score in compose(method, 6, instruments=(73, 58)):
        assert [track.program for track in score.tracks] == [73, 58]
        assert all(59 <= pitch <= 98 for pitch in score.tracks[0].notes["pitch"].tolist())
        assert all(28 <= pitch <= 65 for pitch in score.tracks[1].notes["pitch"].tolist())


@each_method
def test_no_note_is_repeated_for_ever(name: str, method: Method) -> None:
    for score in compose(method, 8, bars=32, max_repeats=3):
        for track in score.tracks:
            pitches = track.notes["pitch"]
            runs = np.diff(np.flatnonzero(np.concatenate([[True], np.diff(pitches) != 0, [True]])))
            assert len(pitches) == 0 or runs.max() <= 3


@each_method
def test_a_prompt_is_kept(name: str, method: Method) -> None:
    prompt = slice_bars(tune(99), 0, 2)
    if "prompt" not in method.supported_controls:
        pytest.skip("it takes no prompt")
    for score in method.generate(Request(Controls(bars=5), prompt), 2, rng=np.random.default_rng(0)):
        kept = slice_bars(score, 0, 2)
        assert [track.notes.tolist() for track in kept.tracks] == [track.notes.tolist() for track in prompt.tracks]
        assert n_bars(score) == 5


def autoregressive(method: Method) -> Autoregressive:
    if not isinstance(method, Autoregressive):
        pytest.skip("has no likelihood")
    return method


@each_method
def test_probabilities_sum_to_one(name: str, method: Method) -> None:
    model = autoregressive(method)
    state = model.empty_state(2)
    for token in model.codec_.encode(tune(0)).ids[:20].tolist():
        logits, state = model.step(state, np.array([token, token]))
        chances = np.exp(logits.astype(np.float64) - logits.max())
        assert np.isfinite(logits).all() and logits.shape == (2, len(model.codec_.vocab))
        assert (chances / chances.sum()).sum() == pytest.approx(1.0)


@each_method
def test_log_prob_is_the_sum_over_steps(name: str, method: Method, corpus: Corpus) -> None:
    model, score = autoregressive(method), corpus.test.pieces[0].score
    ids = model.codec_.encode(score).ids
    condition = model.codec_.is_condition(ids)
    state, grammar, total = model.empty_state(1), model.codec_.initial_state(), 0.0
    for before, index, told in zip([None, *ids], ids.tolist(), condition.tolist(), strict=False):
        if before is not None:
            logits, state = model.step(state, np.array([before]))
            if not told:
                kept = np.where(model.codec_.allowed_next(grammar), logits[0].astype(np.float64), -np.inf)
                total += kept[index] - np.logaddexp.reduce(kept)
        model.codec_.advance(grammar, index)
    assert model.log_prob(score) == pytest.approx(total, rel=1e-6)
    assert total < 0


@each_method
def test_rows_of_a_batch_do_not_disturb_each_other(name: str, method: Method) -> None:
    model = autoregressive(method)
    first, second = (model.codec_.encode(tune(seed)).ids[:150] for seed in (1, 2))
    together, apart = model.empty_state(2), model.empty_state(1)
    for one, two in zip(first.tolist(), second.tolist(), strict=False):
        both, together = model.step(together, np.array([one, two]))
        alone, apart = model.step(apart, np.array([one]))
        np.testing.assert_allclose(both[0], alone[0], atol=2e-4)
    kept = model.select(together, np.array([1]))
    assert model.step(kept, np.array([5]))[0].shape[0] == 1


@each_method
def test_one_batch_can_be_overfitted(name: str, corpus: Corpus, fitted: dict[str, Method]) -> None:
    """Fitted long enough on one piece, it should find that piece far likelier than one it never saw."""
    if name not in fitted:
        pytest.skip("not installed")
    autoregressive(fitted[name])  # else there is no likelihood: skip before the long fit, not after it
    kind = registry.load_class("methods", name, Method)
    only = tuple(replace(piece, split="train") for piece in corpus.pieces[:1])
    training = {**kind.TINY.get("training", {}), "steps": 400, "learning_rate": 1e-2, "augment": False}
    longer = {"training": training} if "training" in kind.TINY else {}
    model = autoregressive(make(name, **longer).fit(Corpus("one", only)))
    known, unknown = corpus.pieces[0].score, corpus.pieces[1].score
    assert model.log_prob(known) / known.n_notes > 0.5 * model.log_prob(unknown) / unknown.n_notes
