"""Nats a frame on Bach's chorales in sixteenths, four voices apart: see README.md for the protocol.

    scripts/bench jsb_16th --seeds 0 --print
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import _report

HERE = Path(__file__).parent
RUNS = HERE.parents[1] / "runs" / "jsb_16th"
SIDES = {"train": "train", "validation": "valid", "test": "test"}
N_SYMBOLS, N_VOICES, SILENT = 129, 4, 128  # a voice's symbols: 128 pitches, and silence

# Chosen on validation.
SIZES = {"n_layer": 3, "n_head": 4, "n_embd": 256, "block_size": 768, "dropout": 0.3, "hidden": 0.1}
ORDERS = ((0, 1, 2, 3), (3, 0, 1, 2), (0, 3, 2, 1))  # in which a net tells the voices of a frame; soprano 0, bass 3
PERIODS = (4, 12, 16)  # a beat, a bar of three, a bar of four: windows begin where all three do
CUT = 48  # frames
KEYS = range(-3, 4)  # semitones: where a piece is heard in several keys, whose chances are averaged
TRAINING = {"steps": 4500, "batch_size": 4, "learning_rate": 2e-3, "decay": 0.6}
ROWS = {"": slice(-2), ", seeds averaged": slice(-2, -1), ", seeds and keys averaged": slice(-1, None)}
PUBLISHED = (("Music Transformer, published", "", "1.34"), ("TonicNet, published", "1.59", ""))


def load():
    """The chorales (T, 4) of each side, as symbols 0 to 128."""
    folder = os.environ.get("COMPONIUM_DATA")
    if not folder:
        raise SystemExit("COMPONIUM_DATA should name the folder with jsb_chorales/Jsb16thSeparated.json")
    text = (Path(folder) / "jsb_chorales" / "Jsb16thSeparated.json").read_text(encoding="utf-8")
    pieces = json.loads(text)
    return {side: [np.where(np.array(piece) < 0, SILENT, piece) for piece in pieces[key]]
            for side, key in SIDES.items()}  # fmt: skip


def bigram(pieces):
    """Nats a frame on validation and test if each voice depends on its own last symbol: the anchor of the protocol."""
    counts = np.full((N_VOICES, N_SYMBOLS, N_SYMBOLS), 0.1)
    for piece in pieces["train"]:
        for voice in range(N_VOICES):
            np.add.at(counts[voice], (piece[:-1, voice], piece[1:, voice]), 1)
    chances = np.log(counts / counts.sum(axis=-1, keepdims=True))
    return [-sum(chances[voice, piece[:-1, voice], piece[1:, voice]].sum() for piece in pieces[side]
                 for voice in range(N_VOICES)) / sum(len(piece) - 1 for piece in pieces[side])
            for side in ("validation", "test")]  # fmt: skip


class Voices:
    """A frame as four ids, a voice each in some order, the first voice's ids the highest: what training asks."""

    pad, bos, eos, end, first = 0, 1, 2, 3, 4  # there is no End, since the last voice closes a frame

    def __init__(self, order):
        self.order = list(order)
        self.vocab = range(self.first + N_VOICES * N_SYMBOLS)

    def encode(self, piece):
        offset = self.first + N_SYMBOLS * np.arange(N_VOICES)[::-1]
        ids = (piece[:, self.order] + offset).reshape(-1)
        return np.concatenate([[self.bos], ids, [self.eos]]).astype(np.int64)

    def is_condition(self, ids):
        return np.zeros(len(ids), dtype=bool)

    def bar_starts(self, ids):
        """Where every 48th frame begins: where a piece may be cut."""
        return np.arange(1 + N_VOICES * CUT, len(ids) - 1, N_VOICES * CUT)

    def augment(self, ids, styles, rng):
        """Up to six semitones lower or higher, within the range of all training pieces' voices (36 to 84)."""
        note = ids >= self.first
        pitch = (ids - self.first) % N_SYMBOLS
        sounding = note & (pitch != SILENT)
        low, high = max(-6, 36 - int(pitch[sounding].min())), min(6, 84 - int(pitch[sounding].max()))
        return np.where(sounding, ids + int(rng.integers(min(low, 0), max(high, 0) + 1)), ids)


def moved(piece, semitones):
    """A piece in another key."""
    return np.where(piece == SILENT, SILENT, piece + semitones)


def order_of(seed):
    """The order of voices that a seed's net tells them in."""
    return ORDERS[seed % len(ORDERS)]


def trained(seed, pieces):
    """The trained module, from its folder if it is done."""
    from componium.checkpoints import load_arrays, save_arrays
    from componium.codecs.base import Example
    from componium.nn.frame_transformer import FrameTransformerModule
    from componium.training.loop import Settings, train
    from componium.training.modules import put_weights, seeded

    codec = Voices(order_of(seed))
    ids = {"bos": codec.bos, "eos": codec.eos, "end": codec.end, "first": codec.first}
    kinds = {"n_kinds": N_VOICES * N_SYMBOLS, "n_closing": N_SYMBOLS}
    parts = {**ids, **kinds, **SIZES, "periods": PERIODS}
    module = seeded(lambda: FrameTransformerModule(len(codec.vocab), **parts), seed)
    folder = RUNS / f"frame-transformer-{seed}"
    done = folder / "model.safetensors"
    if not done.exists():
        sides = [[Example(codec.encode(piece)) for piece in pieces[side]] for side in ("train", "validation")]
        settings = Settings(**TRAINING, block_size=SIZES["block_size"], validate_every=400, checkpoint_every=200,
                            seed=seed, log_every=50)  # fmt: skip
        how = {"run_dir": folder, "resume": True, "on_progress": _report.print_progress}
        weights = train(module, codec, *sides, settings, **how)
        save_arrays(done, weights)
    put_weights(module, load_arrays(done))
    return module.eval()


def log_chances(module, ids):
    """The log of the chance of each id between bos and eos, each voice its own ids; ids (K, n): a piece in K keys.

    A window moves on by half its length, so that each id is foretold from half a window at least, where there is one.
    """
    import torch

    block, n = SIZES["block_size"], ids.shape[1] - 2
    of_voice = (torch.arange(N_VOICES * N_SYMBOLS) // N_SYMBOLS).flip(0)  # 0 the first told .. 3 the last, by id
    result, done = np.zeros((len(ids), n)), 0
    while done < n:
        begin = max(0, done - block // 2) // (N_VOICES * CUT) * N_VOICES * CUT
        begin = begin + 1 if begin else 0  # past bos, where the piece may be cut
        stop = min(begin + block, n)
        window = torch.from_numpy(ids[:, begin : stop + 1])
        voice = torch.arange(begin, stop) % N_VOICES  # of the id that comes next
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            logits = module(window[:, :-1])[..., Voices.first :].float()
        each = logits.masked_fill(of_voice != voice[:, None], -1e9).log_softmax(-1)
        found = each.gather(2, window[:, 1:, None] - Voices.first)[..., 0]
        result[:, done:stop] = found[:, done - begin :].numpy()
        done = stop
    return result


def losses(modules, pieces, keys):
    """Nats a frame over frames 2 to T, the four voices summed: of each model (by seed); of all as one, the mean of
    their chances of a frame; and of all in all `keys` (semitones from the piece's own) as one."""
    totals = np.zeros(len(modules) + 2)
    for piece in pieces:
        each = np.stack([frame_chances(module, Voices(order_of(seed)), piece, keys)
                         for seed, module in modules.items()])  # models, keys, frames
        own = each[:, list(keys).index(0)]
        totals -= [*own.sum(axis=1), _mean(own).sum(), _mean(each.reshape(-1, each.shape[-1])).sum()]
    return (totals / sum(len(piece) - 1 for piece in pieces)).tolist()


def frame_chances(module, codec, piece, keys):
    """The log of the chance of each frame but the first, in each of some keys: (keys, frames)."""
    ids = np.stack([codec.encode(moved(piece, by)) for by in keys])
    return log_chances(module, ids).reshape(len(ids), -1, N_VOICES).sum(axis=-1)[:, 1:]


def _mean(each):
    """The log of the mean chance, of logs (N, frames)."""
    return np.logaddexp.reduce(each) - np.log(len(each))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--validation", action="store_true", help="don't look at the test pieces, to choose by")
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    pieces = load()
    anchor = bigram(pieces)
    rows = [row("each voice after its own last symbol (bigram)", "", [anchor[0]], [anchor[1]])]
    modules = {int(seed): trained(int(seed), pieces) for seed in asked.seeds.split(",") if seed}
    if modules:
        sides, several = ("validation",) if asked.validation else ("validation", "test"), len(modules) > 1
        found = [losses(modules, pieces[side], KEYS if several else (0,)) for side in sides]
        for name, at in ROWS.items() if several else [("", slice(-2))]:
            rows.append(row(f"frame transformer{name}", len(modules), *(each[at] for each in found)))
    rows += [{**row(name, "", [], []), "validation": validation, "test": test} for name, validation, test in PUBLISHED]
    _report.publish(HERE, rows, ["torch"], only_print=asked.print or asked.validation)


def row(model, seeds, validation, test=()):
    """One row of the table."""
    spread = f"{np.ptp(test):.3f}" if len(test) > 1 else ""
    means = [f"{np.mean(values):.3f}" if len(values) else "" for values in (validation, test)]
    return {"model": model, "seeds": seeds, "validation": means[0], "test": means[1], "spread": spread}


if __name__ == "__main__":
    main()
