"""The two halves of a neural method are one: numpy's steps give torch's logits, moved windows too."""

import numpy as np
import pytest

from componium.codecs.events.codec import Events
from componium.codecs.frames import Frames
from componium.methods.frame_transformer import FrameTransformer
from componium.methods.music_transformer import MusicTransformer
from componium.methods.part_networks import PartNetworks
from componium.methods.rnn import RNN
from componium.methods.transformer import Transformer
from componium.music.score import Score, Track, notes

CODEC = Events(styles=("x",))
LEARNED = {"codec": CODEC.config(), "profiles": {}}
EACH_KIND = pytest.mark.parametrize("kind", [Transformer, MusicTransformer, PartNetworks])


def weights_of(module) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}


def transformer(block_size: int, smear: bool = True, kind=Transformer, n_layer: int = 2, **more: int):
    import torch

    sizes = {"n_layer": n_layer, "n_head": 4, "n_embd": 64, "block_size": block_size, "smear": smear, **more}
    method = kind(**sizes)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = method._make_module(CODEC)
        for value in module.parameters():
            value.data += 0.05 * torch.randn_like(value)
    return module.eval(), method.set_weights(LEARNED, weights_of(module))


def logits_by_torch(module, ids: np.ndarray) -> np.ndarray:
    import torch

    with torch.no_grad():
        return module(torch.from_numpy(ids)[None])[0].numpy()


def logits_by_steps(method, ids: np.ndarray) -> np.ndarray:
    state, rows = method.empty_state(1), []
    for index in ids:
        logits, state = method.step(state, np.array([index]))
        rows.append(logits[0].copy())
    return np.array(rows)


def piece(bars: int = 12) -> Score:
    rng = np.random.default_rng(3)
    return Score(tuple(Track(notes([(240 * at, 240, int(p)) for at, p in enumerate(rng.integers(50, 80, 8 * bars))]))
                       for _ in range(2)))


@pytest.mark.train
@EACH_KIND
@pytest.mark.parametrize("smear", [True, False])
def test_transformer_steps_give_torchs_logits(kind, smear: bool) -> None:
    module, method = transformer(200, smear, kind)
    ids = CODEC.encode(piece()).ids[:200]
    np.testing.assert_allclose(logits_by_steps(method, ids), logits_by_torch(module, ids), atol=1e-4)


@pytest.mark.train
def test_rnn_steps_give_torchs_logits() -> None:
    import torch

    from componium.nn.rnn import RNNModule

    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = RNNModule(len(CODEC.vocab), n_layer=2, n_hidden=48, n_embd=32, dropout=0.1).eval()
        for value in module.parameters():
            value.data += 0.05 * torch.randn_like(value)
    method = RNN(n_layer=2, n_hidden=48, n_embd=32).set_weights(LEARNED, weights_of(module))
    ids = CODEC.encode(piece()).ids[:150]
    np.testing.assert_allclose(logits_by_steps(method, ids), logits_by_torch(module, ids), atol=1e-4)


@pytest.mark.train
@EACH_KIND
@pytest.mark.parametrize("n_read", [1, 90, 120, 121, 300])
def test_a_prompt_read_in_one_pass_gives_what_its_steps_give(kind, n_read: int) -> None:
    """The last two are longer than the window; the second row's are of another piece, so the window moves unlike."""
    _, method = transformer(120, kind=kind)
    one, two = (CODEC.encode(score).ids for score in (piece(20), Score(piece(30).tracks[:1])))
    prompts = np.stack([one[:n_read], two[:n_read]])
    logits, state = method.initial_state(prompts)
    by_steps = method.empty_state(2)
    for column in prompts.T:
        expected, by_steps = method.step(by_steps, column)
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    np.testing.assert_array_equal(state.ids[:, : state.length], by_steps.ids[:, : by_steps.length])
    for column in np.stack([one[n_read : n_read + 130], two[n_read : n_read + 130]]).T:
        (logits, state), (expected, by_steps) = method.step(state, column), method.step(by_steps, column)
    np.testing.assert_allclose(logits, expected, atol=1e-4)


@pytest.mark.train
def test_what_distances_add_is_the_query_times_the_vector_of_each() -> None:
    import torch

    from componium.nn.music_transformer import distance_scores

    q, table = torch.randn(2, 3, 5, 4), torch.randn(7, 4)
    scores = distance_scores(q, table)
    for i in range(5):
        for j in range(5):
            want = q[:, :, i] @ table[i - j] / 2.0 if j <= i else torch.full((2, 3), -torch.inf)
            torch.testing.assert_close(scores[:, :, i, j], want)


@pytest.mark.train
@EACH_KIND
@pytest.mark.parametrize("n_read", [121, 280])
def test_when_the_window_moves_the_prefix_stays_and_torch_agrees_on_what_is_left(kind, n_read: int) -> None:
    """With one layer, whose keys know of their own id alone, it is the same to keep them and to make them anew."""
    module, method = transformer(120, smear=False, kind=kind, n_layer=1)
    ids, state = CODEC.encode(piece()).ids, method.empty_state(1)
    for index in ids[:n_read]:
        logits, state = method.step(state, np.array([index]))
    window = state.ids[0, state.start[0] : state.length]
    n_prefix = CODEC.prefix_length(ids)
    np.testing.assert_array_equal(window[:n_prefix], ids[:n_prefix])
    np.testing.assert_array_equal(window[n_prefix:], ids[:n_read][n_prefix - len(window) :])
    np.testing.assert_allclose(logits[0], logits_by_torch(module, window)[-1], atol=1e-4)


@pytest.mark.train
def test_what_is_kept_when_the_window_moves_begins_on_a_bar_line_and_knows_what_was_before() -> None:
    _, method = transformer(120)
    ids = CODEC.encode(piece()).ids
    bars = CODEC.bar_starts(ids[:120])
    tail, n_prefix = int(bars[bars >= 60][0]), CODEC.prefix_length(ids)
    changed = ids.copy()
    changed[tail - 1] = CODEC.vocab.id("Pitch", 60)  # dropped, but what comes after it has heard it
    states = []
    for read in (ids, changed):
        state = method.empty_state(1)
        for index in read[:120]:
            _, state = method.step(state, np.array([index]))
        values = state.values[1][:, :, tail:120].copy()
        _, state = method.step(state, ids[120:121])
        np.testing.assert_array_equal(state.values[1][:, :, n_prefix : state.length - 1], values)
        states.append(state)
    assert not np.array_equal(states[0].values[1], states[1].values[1])


@pytest.mark.train
def test_in_blocks_apart_a_voice_is_deaf_to_the_others() -> None:
    """Both blocks apart: what is made of the second voice's note doesn't depend on the first's."""
    import torch

    module, _ = transformer(200, kind=PartNetworks, n_apart=2)
    ids = torch.from_numpy(CODEC.encode(piece()).ids[:60])
    voices = [at for at, index in enumerate(ids.tolist()) if CODEC.vocab.family(index) == "Voice"]
    first, second = voices[0] + 1, voices[1] + 1  # a pitch of each
    changed = ids.clone()
    changed[first] += 1
    with torch.no_grad():
        one, two = module(ids[None])[0], module(changed[None])[0]
    assert torch.equal(one[second], two[second]) and not torch.equal(one[first], two[first])


@pytest.mark.train
@EACH_KIND
def test_moving_the_window_of_rows_of_unlike_length_keeps_them_apart(kind) -> None:
    _, method = transformer(120, kind=kind)
    one, two = CODEC.encode(piece()).ids, CODEC.encode(Score(piece().tracks[:1])).ids
    together, apart = method.empty_state(2), method.empty_state(1)
    for at in range(150):
        both, together = method.step(together, np.array([one[at], two[at]]))
        alone, apart = method.step(apart, two[at : at + 1])
    np.testing.assert_allclose(both[1], alone[0], atol=1e-4)


@pytest.mark.train
def test_memory_is_bounded() -> None:
    _, method = transformer(120)
    state, ids = method.empty_state(1), CODEC.encode(piece(40)).ids
    for index in ids:
        _, state = method.step(state, np.array([index]))
        assert state.length <= 120 and state.keys[0].shape[2] == 120


@pytest.mark.train
def test_a_model_goes_on_from_another_token_by_token(tmp_path) -> None:
    import torch

    from componium.errors import CheckpointError
    from componium.nn.transformer import TransformerConfig, TransformerModule
    from componium.training.fitting import transferred
    from componium.training.modules import put_weights, weights_of

    module, method = transformer(64)
    method.save(tmp_path)
    codec = Events(styles=("new", "x"))
    sizes = {"n_layer": 2, "n_head": 4, "n_embd": 64, "block_size": 64, "dropout": 0.0}
    fresh = TransformerModule(TransformerConfig(len(codec.vocab), **sizes))
    before = fresh.embed.weight.detach().clone()
    put_weights(fresh, transferred(tmp_path, codec, weights_of(fresh)))
    for entry in (("Style", "x"), ("Pitch", 60), ("EOS", "")):
        assert torch.equal(fresh.embed.weight[codec.vocab.id(*entry)], module.embed.weight[CODEC.vocab.id(*entry)])
    new = codec.vocab.id("Style", "new")
    assert torch.equal(fresh.embed.weight[new], before[new])
    assert torch.equal(fresh.blocks[1].up.weight, module.blocks[1].up.weight)
    with pytest.raises(CheckpointError, match="shape"):
        small = TransformerModule(TransformerConfig(len(codec.vocab), **{**sizes, "n_embd": 32}))
        transferred(tmp_path, codec, weights_of(small))


def frame_transformer(block_size: int, *, n_layer: int = 2, smear: float | None = None):
    import torch

    codec = Frames(steps=2)
    method = FrameTransformer(steps=2, n_layer=n_layer, n_head=4, n_embd=64, block_size=block_size)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = method.make_module(codec)
        for value in module.parameters():
            value.data += 0.05 * torch.randn_like(value)
        if smear is not None:
            for block in module.trunk.blocks:
                block.smear.data.fill_(smear)
    return module.eval(), method.set_weights({"codec": codec.config(), "profiles": {}}, weights_of(module))


@pytest.mark.train
def test_frame_transformer_steps_give_torchs_logits() -> None:
    module, method = frame_transformer(200)
    ids = method.codec_.encode(piece()).ids[:200]
    np.testing.assert_allclose(logits_by_steps(method, ids), logits_by_torch(module, ids), atol=1e-4)


@pytest.mark.train
def test_frame_transformers_rows_end_their_frames_apart() -> None:
    _, method = frame_transformer(200)
    one, two = (method.codec_.encode(score).ids[:40] for score in (piece(), Score((piece().tracks[0],))))
    state, rows = method.empty_state(2), []
    for both in zip(one, two, strict=True):
        logits, state = method.step(state, np.array(both))
        rows.append(logits.copy())
    for row, ids in enumerate((one, two)):
        np.testing.assert_allclose(np.array(rows)[:, row], logits_by_steps(method, ids), atol=1e-4)


@pytest.mark.train
def test_when_frame_transformers_window_moves_it_keeps_what_a_fresh_one_makes_after_a_rest() -> None:
    """With one layer and unmixed keys a frame after a rest knows of itself alone: keeping it is making it anew."""
    module, method = frame_transformer(96, n_layer=1, smear=-50.0)
    codec, first = method.codec_, method.codec_.vocab.ids("Pitch").start
    frames = [[first + 60 + at % 7, first + 48, codec.end] for at in range(40)]
    frames[0] = frames[16] = [codec.end]  # rests; the window is cut after the second, at its 48th id
    ids = np.array([codec.bos, *(token for frame in frames for token in frame)])[:100]
    window = ids[48:]
    np.testing.assert_allclose(logits_by_steps(method, ids)[-1], logits_by_torch(module, window)[-1], atol=1e-4)


@pytest.mark.train
def test_what_frame_transformer_keeps_knows_what_was_before() -> None:
    _, method = frame_transformer(96)
    ids = method.codec_.encode(piece()).ids[:97]
    changed = ids.copy()
    (notes_,) = np.nonzero(method.codec_.is_note(ids[:48]))
    changed[notes_[-1]] += 1
    assert not np.allclose(logits_by_steps(method, ids)[-1], logits_by_steps(method, changed)[-1])
