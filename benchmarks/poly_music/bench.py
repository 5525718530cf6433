"""Nats a frame on the four sets of Boulanger-Lewandowski et al. (2012), by TCN's protocol.

The loss of a test set is the sum over all its frames but each piece's first, over how many they are. Models are
trained by the package's own loop; a run that is done is kept in runs/poly_music, one that was stopped goes on.

    scripts/bench poly_music --sets JSB_Chorales --seeds 0 --print
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import scipy.io

sys.path.insert(0, str(Path(__file__).parents[1]))
import _report

HERE = Path(__file__).parent
RUNS = HERE.parents[1] / "runs" / "poly_music"
SETS = ("JSB_Chorales", "Nottingham", "Piano_midi", "MuseData")
SIDES = {"train": "traindata", "validation": "validdata", "test": "testdata"}
LOWEST, N_KEYS = 21, 88

# What is trained: parts of the net, its size, and how. Chosen on validation.
SIZES = {"n_layer": 3, "n_head": 4, "n_embd": 256}
KINDS = {
    "frame transformer": {"trunk": "attention", "head": "joint"},
    "transformer": {"trunk": "attention", "head": "factorised"},
    "lstm": {"trunk": "lstm", "head": "factorised"},
    "wavenet": {"trunk": "wavenet", "head": "factorised"},
}
BLOCK = {"JSB_Chorales": 640, "Nottingham": 1280, "MuseData": 1024, "Piano_midi": 1024}
DROPOUT = {"JSB_Chorales": 0.25, "Nottingham": 0.1, "MuseData": 0.15, "Piano_midi": 0.25}
BATCH = {"JSB_Chorales": 4, "Nottingham": 4, "MuseData": 4, "Piano_midi": 4}
STEPS = {"JSB_Chorales": 1800, "Nottingham": 1000, "MuseData": 2200, "Piano_midi": 700}
PUBLISHED = (
    ("LSTM (TCN paper)", "each key by itself", {"JSB_Chorales": 8.45, "Nottingham": 3.29}),
    ("TCN", "each key by itself", {"JSB_Chorales": 8.10, "Nottingham": 3.07}),
    ("RNN-NADE", "joint", {"JSB_Chorales": 5.56, "Nottingham": 2.31, "MuseData": 5.60, "Piano_midi": 7.05}),
)


def load(name):
    """The rolls (T, 88), bool, of a set's three sides."""
    folder = os.environ.get("COMPONIUM_DATA")
    if not folder:
        raise SystemExit("COMPONIUM_DATA should name the folder with poly_music/*.mat")
    matrix = scipy.io.loadmat(Path(folder) / "poly_music" / f"{name}.mat")
    return {side: [roll > 0 for roll in matrix[key][0]] for side, key in SIDES.items()}


# Anchors: models that need no training loop, by which the protocol is checked (tests/test_poly_music.py).


def unigram(rolls):
    """Nats a frame, all frames, if each key sounds as often as in training, whatever came before."""
    frames = np.concatenate(rolls["train"])
    chance = (frames.sum(axis=0) + 0.5) / (len(frames) + 1)
    return nats(np.concatenate(rolls["test"]), chance)


def keywise_markov(rolls):
    """Nats a frame, frames 2 to T, if each key depends on whether it sounded just before."""
    sounded = np.concatenate([roll[:-1] for roll in rolls["train"]])
    sounds = np.concatenate([roll[1:] for roll in rolls["train"]])
    chance = np.stack([((sounds & (sounded == was)).sum(axis=0) + 0.5) / ((sounded == was).sum(axis=0) + 1)
                       for was in (False, True)])  # fmt: skip
    before = np.concatenate([roll[:-1] for roll in rolls["test"]])
    return nats(np.concatenate([roll[1:] for roll in rolls["test"]]), np.where(before, chance[1], chance[0]))


def nats(frames, chance):
    """Mean over frames of the keys' summed negative log-likelihoods."""
    return float(-np.where(frames, np.log(chance), np.log1p(-chance)).sum(axis=1).mean())


# Ours.


def ids_of(codec, rolls):
    """Rolls of 88 keys as ids."""
    return [codec.encode_roll(np.pad(roll, ((0, 0), (LOWEST, 128 - LOWEST - N_KEYS)))) for roll in rolls]


def run_folder(name, kind, seed):
    """Where a run is kept."""
    return RUNS / f"{name}-{kind.replace(' ', '-')}-{seed}"


def trained(name, kind, seed, rolls):
    """The codec and the trained module, from its folder if it is done."""
    from componium.checkpoints import load_arrays, save_arrays
    from componium.codecs.base import Example
    from componium.codecs.frames import Frames
    from componium.methods.frame_transformer import FrameTransformer
    from componium.training.loop import Settings, train
    from componium.training.modules import put_weights, seeded

    codec = Frames(steps=1)
    method = FrameTransformer(steps=1, **SIZES, block_size=BLOCK[name], dropout=DROPOUT[name])
    module = seeded(lambda: method.make_module(codec, **KINDS[kind]), seed)
    folder = run_folder(name, kind, seed)
    done = folder / "model.safetensors"
    if not done.exists():
        sides = [[Example(ids) for ids in ids_of(codec, rolls[side])] for side in ("train", "validation")]
        sides[1] = shortened(sides[1], 60_000)
        settings = Settings(steps=STEPS[name], batch_size=BATCH[name], block_size=BLOCK[name], learning_rate=2e-3,
                            decay=0.6, validate_every=200, checkpoint_every=200, seed=seed, log_every=50)  # fmt: skip
        how = {"run_dir": folder, "resume": True, "on_progress": _report.print_progress}
        weights = train(module, codec, *sides, settings, **how)
        save_arrays(done, weights)
    put_weights(module, load_arrays(done))
    return codec, module.eval()


def shortened(examples, n_ids):
    """The first examples, of so many ids in all: enough to choose a step by."""
    total = np.cumsum([len(example.ids) for example in examples])
    return examples[: int(np.searchsorted(total, n_ids)) + 1]


def log_probs(codec, modules, ids, block):
    """The log of the chance of each id but the first, (N + 1, n): by each of N models, and by the mean of their
    chances. There is no end of piece, and only 88 keys.

    A window of `block` ids moves on by half, so each id is foretold from at least half a window, where there is one.
    """
    import torch

    first = codec.vocab.ids("Pitch").start
    allowed = torch.zeros(len(codec.vocab), dtype=torch.bool)
    allowed[first + LOWEST : first + LOWEST + N_KEYS] = allowed[codec.end] = True
    result, done, n = np.zeros((len(modules) + 1, len(ids) - 1)), 0, len(ids) - 1
    starts = np.concatenate([[0], codec.bar_starts(ids)])
    while done < n:
        begin = int(starts[np.searchsorted(starts, max(0, done - block // 2))]) if done else 0
        stop = min(begin + block, n)
        window = torch.from_numpy(ids[begin : stop + 1])
        pitch = torch.where(window[:-1] >= first, window[:-1], len(codec.vocab))  # only lower ones may follow
        mask = allowed & (torch.arange(len(codec.vocab)) < pitch[:, None])
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            each = [module(window[None, :-1])[0].float().masked_fill(~mask, -1e9).log_softmax(-1) for module in modules]
        found = torch.stack([one.gather(1, window[1:, None])[:, 0] for one in each]).numpy()
        found = np.concatenate([found, np.logaddexp.reduce(found)[None] - np.log(len(each))])
        result[:, done:stop] = found[:, done - begin :]
        done = stop
    return result


def losses(codec, modules, rolls, block):
    """Nats a frame over frames 2 to T, and over all frames, of pieces: (N + 1,) each, of N models and of their mean."""
    later, first, n_later, n_first = 0.0, 0.0, 0, 0
    for ids in ids_of(codec, rolls):
        found, frame = log_probs(codec, modules, ids[:-1], block), codec.frame_of(ids[1:-1])
        later, first = later - found[:, frame > 0].sum(axis=1), first - found[:, frame == 0].sum(axis=1)
        n_later, n_first = n_later + int(frame[-1]), n_first + 1
    return later / n_later, (later + first) / (n_later + n_first)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--validation", action="store_true", help="measure on validation, to choose by")
    parser.add_argument("--done", action="store_true", help="only what has been trained already")
    parser.add_argument("--keep", action="store_true", help="leave the other sets' rows in results.csv as they are")
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    side, seeds = "validation" if asked.validation else "test", [int(seed) for seed in asked.seeds.split(",")]
    rows = []
    for name in asked.sets.split(","):
        rolls = load(name)
        rows.append(row(name, "each key as often as in training", "each key by itself", "", all_frames=unigram(rolls)))
        rows.append(row(name, "each key after itself (Markov)", "each key by itself", "", [keywise_markov(rolls)]))
        for kind in asked.kinds.split(","):
            rows += ours(name, kind, seeds, rolls, side, asked.done)
        for method, form, figures in PUBLISHED:
            rows += [row(name, f"{method}, published", form, "", [figures[name]])] if name in figures else []
    rows = with_others(rows) if asked.keep else rows
    _report.publish(HERE, rows, ["torch", "scipy"], only_print=asked.print or asked.validation)


def with_others(rows):
    """Rows, and those that results.csv has of other sets, in order."""
    measured = {row["set"] for row in rows}
    others = [old for old in _report.read_csv(HERE / "results.csv") if old["set"] not in measured]
    return sorted([*rows, *others], key=lambda row: SETS.index(row["set"]))


def ours(name, kind, seeds, rolls, side, only_done):
    """The rows of one kind of net: the mean over seeds, and the seeds' average as one model."""
    if only_done:
        seeds = [seed for seed in seeds if (run_folder(name, kind, seed) / "model.safetensors").exists()]
    if not seeds:
        return []
    both = [trained(name, kind, seed, rolls) for seed in seeds]
    codec, modules = both[0][0], [module for _, module in both]
    form = "joint" if KINDS[kind]["head"] == "joint" else "each key by itself"
    later, every = losses(codec, modules, rolls[side], BLOCK[name])
    found = [row(name, kind, form, len(seeds), later[:-1], every[:-1].mean())]
    if len(modules) > 1:
        found.append(row(name, f"{kind}, seeds averaged", form, len(seeds), later[-1:], every[-1]))
    return found


def row(name, model, form, seeds, later=(), all_frames=None):
    """One row of the table."""
    return {
        "set": name, "model": model, "frame": form, "seeds": seeds,
        "frames 2 to T": f"{np.mean(later):.3f}" if len(later) else "",
        "spread": f"{np.ptp(later):.3f}" if len(later) > 1 else "",
        "all frames": "" if all_frames is None else f"{all_frames:.3f}",
    }  # fmt: skip


if __name__ == "__main__":
    main()
