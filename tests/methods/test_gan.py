"""The adversarial method: numpy against torch, rolls there and back, a run resumed, how collapse is measured."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.checkpoints import store as checkpoint
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.plan import settle_plan
from componium.errors import CheckpointError, ControlError
from componium.inference.gan import Generator, shapes
from componium.methods.gan import GAN
from componium.methods.gan.lines import held, lines_of
from componium.methods.gan.roll import (
    HOLD,
    PITCHES,
    REST,
    ROWS,
    Rolls,
    coverage,
    distances,
    from_rows,
    last_of,
    layout_of,
    rolls_of,
    to_roll,
)  # fmt: skip
from componium.music.score import Key, Meter, Score, Track, notes
from componium.render.plots import read_log

SIZES = {"n_parts": 2, "n_rows": ROWS, "width": 12, "n_conditions": 9, "n_noise": 4, "n_channels": 6}


def chorale(tonic_fifths: int = 0) -> Score:
    """Two parts over two bars of 3/4, with a repeated note, a held one, a rest and a tie over the bar line."""
    shift = (7 * tonic_fifths + 5) % 12 - 5
    upper = [(0, 480, 72), (480, 240, 72), (720, 240, 74), (1200, 480, 76), (1680, 480, 71), (2160, 720, 72)]
    lower = [(0, 1440, 48), (1440, 1440, 48)]
    tracks = (Track(notes([(a, b, c + shift) for a, b, c in part])) for part in (upper, lower))
    return Score(tuple(tracks), meters=(Meter(0, 3, 4),), keys=(Key(0, tonic_fifths),))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    sides = ["train"] * 4 + ["validation"]
    return Corpus("two", tuple(Piece(str(at), chorale(at), ("small",), "two", side) for at, side in enumerate(sides)))


@pytest.mark.train
def test_the_numpy_generator_equals_the_torch_one() -> None:
    torch = pytest.importorskip("torch")
    from componium.nn.gan import GeneratorModule
    from componium.training.modules import weights_of

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = GeneratorModule(**SIZES)
    rng = np.random.default_rng(0)
    shape = [(3, 4), (3, 2, 4), (3, 9), (3, 2, ROWS, 12)]
    given_ = [rng.standard_normal(size, dtype=np.float32) for size in shape]
    with torch.no_grad():
        wanted = module(*map(torch.from_numpy, given_)).numpy()
    weights = weights_of(module)
    assert {name: array.shape for name, array in weights.items()} == shapes(**SIZES)
    np.testing.assert_allclose(Generator(weights, SIZES)(*given_), wanted, atol=1e-4)


def test_weights_of_another_size_are_refused() -> None:
    weights = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes(**SIZES).items()}
    with pytest.raises(CheckpointError, match="read_0"):
        Generator(weights, {**SIZES, "n_channels": 7})


@pytest.mark.train
def test_binarized_is_hard_forwards_soft_backwards_and_draws_by_the_chances() -> None:
    torch = pytest.importorskip("torch")
    from componium.nn.gan import binarized

    lot = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, ROWS, 8, generator=lot).requires_grad_()
    bar = binarized(logits, torch.rand(logits.shape, generator=lot), torch.ones(2, 3, 1, 8))
    value = bar.detach().numpy()
    np.testing.assert_allclose(value, value.round(), atol=1e-6)
    np.testing.assert_allclose(value.sum(2), 1, atol=1e-6)
    (bar * torch.linspace(0, 1, ROWS)[:, None]).sum().backward()
    assert float(logits.grad.abs().min()) > 0
    sure = torch.log(torch.tensor([0.7, 0.2, 0.1]))[None, None, :, None].expand(1, 1, 3, 4000)
    drawn = binarized(sure, torch.rand(sure.shape, generator=lot), torch.ones(1, 1, 1, 4000)).mean(3).flatten()
    np.testing.assert_allclose(drawn, [0.7, 0.2, 0.1], atol=0.03)


@pytest.mark.train
def test_what_is_held_sounds_and_is_learned_from() -> None:
    torch = pytest.importorskip("torch")
    from componium.nn.gan import sounded

    rows = np.array([[HOLD, 4, HOLD, REST, HOLD, 4], [HOLD, REST, 7, 7, HOLD, HOLD]], dtype=np.int8)[None]
    last = np.array([[9, REST]], dtype=np.int8)
    codes, struck = from_rows(rows, last)
    assert codes.tolist() == [[[9, 4, 4, REST, REST, 4], [REST, REST, 7, 7, 7, 7]]]
    assert struck.tolist() == [[[False, True, False, False, False, True], [False, False, True, True, False, False]]]
    hot = torch.nn.functional.one_hot(torch.from_numpy(rows.astype(np.int64)), ROWS).movedim(-1, 2).float()
    before = torch.nn.functional.one_hot(torch.from_numpy(last.astype(np.int64)), ROWS - 1).float()
    roll = sounded(hot.requires_grad_(), before)
    np.testing.assert_array_equal(roll.detach().numpy(), to_roll(codes, struck))
    roll[0, 0, 4, 2].backward()
    assert hot.grad[0, 0, 4, 1] == 1 and hot.grad[0, 0, HOLD, 2] == 1


def test_what_a_line_sounds_last() -> None:
    codes = np.array([[3, 5, -1, -1], [REST, 2, 2, REST], [-1, -1, -1, -1], [1, 1, 1, 8]], dtype=np.int8)
    assert last_of(codes).tolist() == [5, REST, REST, 8]


def test_a_roll_is_the_same_in_every_key_and_gives_its_notes_back(corpus: Corpus) -> None:
    layout = layout_of(corpus)
    rolls = rolls_of(corpus, layout)
    assert len(rolls) == 10 and rolls.before.tolist()[:3] == [-1, 0, -1]
    assert all((rolls.codes[at] == rolls.codes[0]).all() for at in range(0, 10, 2))
    plan = settle_plan(Controls(bars=2), key=Key(0, 2), meter=Meter(0, 3, 4), programs=[0, 0], ranges=[(0, 127)] * 2)
    codes, struck = np.concatenate(rolls.codes[:2], axis=1), np.concatenate(rolls.struck[:2], axis=1)
    made = lines_of(codes, struck, layout.lowest, plan)
    columns = ["onset", "duration", "pitch"]
    assert made == [list(map(tuple, track.notes[columns].tolist())) for track in chorale(2).tracks]


def test_the_bar_that_leads_in_comes_before_the_first_of_the_phrase() -> None:
    upbeat = Score((Track(notes([(960, 480, 60), (1440, 1440, 65), (2880, 1440, 64)])),), meters=(Meter(0, 3, 4),),
                   keys=(Key(0, 0),))  # fmt: skip
    corpus = Corpus("one", (Piece("with", upbeat, ("small",)), Piece("without", chorale(), ("small",))))
    layout = layout_of(corpus)
    told = rolls_of(corpus, layout).conditions[:, len(layout.meters) + len(layout.styles) :][:, :4]
    assert told.argmax(axis=1).tolist() == [3, 0, 1, 0, 1]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3) | st.just(REST), st.booleans()), min_size=1, max_size=48))
def test_held_fills_exactly_the_steps_that_sound(steps: list[tuple[int, bool]]) -> None:
    codes, struck = [code for code, _ in steps], [stroke for _, stroke in steps]
    found = held(codes, struck, 8)
    again = [REST] * len(codes)
    for onset, duration, code in found:
        again[onset : onset + duration] = [code] * duration
    assert again == codes
    assert max((duration for _, duration, _ in found), default=0) <= 16


def test_coverage_is_one_for_the_same_bars_and_falls_when_one_bar_is_all_there_is() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, PITCHES, (60, 1, 16)).astype(np.int8)
    real = Rolls(codes, np.ones(codes.shape, bool), np.zeros((60, 1), np.float32), np.full(60, -1))
    one = np.repeat(codes[:1], 60, axis=0), real.struck
    assert coverage((real.codes, real.struck), real) == 1.0
    assert coverage(one, real) < 0.5
    assert (np.diag(distances(real, real)) == 0).all()
    assert distances((codes[:1], ~real.struck[:1]), real)[0, 0] == 1.0


@pytest.mark.train
def test_a_run_that_is_resumed_is_the_run_that_was_not_stopped(corpus: Corpus, tmp_path: Path) -> None:
    pytest.importorskip("torch")

    def run(folder: str, steps: int, resume: bool = False) -> GAN:
        training = {"steps": steps, "batch_size": 4, "validate_every": 4, "checkpoint_every": 4, "log_every": 2}
        return GAN(n_noise=4, n_channels=8, training=training).fit(corpus, run_dir=tmp_path / folder, resume=resume)

    whole = run("whole", 8)
    run("parts", 4)
    parts = run("parts", 8, resume=True)
    for name, array in whole.get_weights()[1].items():
        np.testing.assert_array_equal(parts.get_weights()[1][name], array)
    rows = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "coverage" in row] == [4, 8]
    curves = read_log(tmp_path / "parts").curves
    assert curves["discriminator"][:, 0].tolist() == curves["generator"][:, 0].tolist() == [2, 4, 6, 8]
    assert (curves["discriminator"][:, 1] >= 0).all()
    assert checkpoint.load_tree(tmp_path / "parts" / "last.safetensors")["step"] == 8


@pytest.mark.train
def test_a_meter_never_learned_and_a_setting_unknown_are_refused(corpus: Corpus) -> None:
    pytest.importorskip("torch")
    model = GAN(**GAN.TINY).fit(corpus)
    with pytest.raises(ControlError, match="5/4"):
        model.generate(Request(Controls(meter=Meter(0, 5, 4))), 1, rng=np.random.default_rng(0))
    with pytest.raises(ControlError, match="speed"):
        GAN(training={"speed": 1}).fit(corpus)
