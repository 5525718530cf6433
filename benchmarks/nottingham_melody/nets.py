"""Nets that foretell the next step of a melody and are no methods of the package: told the place, or the tune so far.

"transformer with the place" sees the last 32 steps and is told where in the bar they stand, too.
"lstm with copying" sees the tune so far, the place in the bar, what stood 32 and 64 steps before, and what followed the
longest match earlier in the tune, with its length.
"""

from dataclasses import dataclass

import numpy as np
import recipe
import torch
from torch import nn

from componium.checkpoints import load_arrays, save_arrays
from componium.nn.trunks import TRUNKS
from componium.training.modules import put_weights, weights_of
from componium.training.optimizer import MuonAdamW

CLASSES, WINDOW, LONGEST, EMPTY = 89, 32, 20, 89  # silence is 0, pitches 21 to 108 are 1 to 88
LONG = 256  # steps of a tune that a net with copying learns from at a time
SEEN = {  # what may be known before each step, and how many values it has: of these, pitches move with the key
    "before": CLASSES + 1, "place": 8, "guess": CLASSES + 1, "length": LONGEST + 1,
    "32 before": CLASSES + 1, "64 before": CLASSES + 1,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of net: what reads the past, in how many layers of how many channels, and what it sees."""

    trunk: str
    n_layer: int
    n_embd: int
    seen: tuple[str, ...]
    dropout: float
    rate: float  # of learning
    steps: int

    @property
    def copies(self):
        """Whether it sees the tune so far."""
        return "guess" in self.seen

    @property
    def size(self):
        """Steps it learns from at a time."""
        return LONG if self.copies else WINDOW


KINDS = {
    "transformer with the place": Kind("attention", 3, 192, ("before", "place"), 0.1, 3e-3, 1500),
    "lstm with copying": Kind("lstm", 1, 256, tuple(SEEN), 0.3, 4e-3, 500),
}


class Net(nn.Module):
    """inputs (B, T, F) -> logits (B, T, CLASSES): embeddings summed, then what reads the past, then a softmax layer."""

    def __init__(self, kind):
        super().__init__()
        self.embeds = nn.ModuleList(nn.Embedding(SEEN[name], kind.n_embd) for name in kind.seen)
        self.trunk = TRUNKS[kind.trunk](kind.n_layer, 4, kind.n_embd, 4096, kind.dropout)
        self.norm = nn.RMSNorm(kind.n_embd) if kind.trunk == "attention" else nn.Identity()
        self.dropout = nn.Dropout(kind.dropout)
        self.head = nn.Linear(kind.n_embd, CLASSES)

    def forward(self, inputs):
        x = sum(embed(inputs[..., at]) for at, embed in enumerate(self.embeds))
        return self.head(self.dropout(self.norm(self.trunk(self.dropout(x)))))


def classes(tune):
    """Pitches 21 to 108 as 1 to 88; silence stays 0."""
    steps = np.array(tune)
    return np.where(steps == 0, 0, steps - 20)


def copied(steps):
    """For each step: what followed the longest match of those before it, of equals the latest; the match's length."""
    guess, length = np.full(len(steps), EMPTY), np.zeros(len(steps), dtype=np.int64)
    match = np.zeros(len(steps) + 1, dtype=np.int64)  # match[j]: how far the steps up to now agree with those up to j
    for now in range(1, len(steps)):
        past = steps[: now - 1]
        match[1:now] = np.where(past == steps[now - 1], match[: now - 1] + 1, 0)
        if now > 1 and match[1:now].max():
            end = now - 1 - int(match[1:now][::-1].argmax())
            guess[now], length[now] = steps[end], min(match[end], LONGEST)
    return guess, length


def seen(steps, names):
    """(T, F): what is known before each step, a column a name."""
    known = {"before": np.concatenate([[EMPTY], steps[:-1]]), "place": np.arange(len(steps)) % 8}
    if "guess" in names:
        known["guess"], known["length"] = copied(steps)
        for lag in (32, 64):
            known[f"{lag} before"] = np.concatenate([np.full(min(lag, len(steps)), EMPTY), steps[:-lag]])
    return np.stack([known[name] for name in names], axis=1)


def moved(values, by):
    return np.where((values > 0) & (values < EMPTY), np.clip(values + by, 1, CLASSES - 1), values)


def batch_of(tunes, kind, rng):
    """Stretches of tunes, each in a key drawn anew: inputs (B, T, F) and targets (B, T), -100 for none."""
    inputs, targets = [], []
    for at in rng.integers(len(tunes), size=32 if kind.copies else 128):
        known, steps = tunes[at]
        start = int(rng.integers(max(len(steps) - kind.size, 0) + 1)) * (not kind.copies)
        by, stretch = int(rng.integers(-5, 7)), slice(start, start + kind.size)
        known, steps = known[stretch].copy(), moved(steps[stretch], by)
        for column, name in enumerate(kind.seen):
            if SEEN[name] == CLASSES + 1:
                known[:, column] = moved(known[:, column], by)
        fill = kind.size - len(steps)
        inputs.append(np.pad(known, ((0, fill), (0, 0))))
        targets.append(np.pad(steps, (0, fill), constant_values=-100))
    return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(targets))


def foretold(net, tunes, kind):
    """The logarithms of the chances, and the truth, of every step from the 33rd on of prepared tunes."""
    logits, truth = [], []
    net.eval()
    with torch.no_grad():
        for known, steps in tunes:
            rows = torch.from_numpy(known)
            if len(steps) <= WINDOW:
                continue
            if kind.copies:
                logits.append(net(rows[None])[0, WINDOW:])
            else:  # the window's last prediction: rows[at] is the step before step `at`
                windows = rows.unfold(0, WINDOW, 1)[1:].transpose(1, 2)
                logits.append(net(windows)[:, -1])
            truth.append(torch.from_numpy(steps[WINDOW:]))
    net.train()
    return torch.cat(logits).log_softmax(-1).numpy(), torch.cat(truth).numpy()


def trained(train, validation, kind, seed, file, tell=print):
    """The net with the lowest validation nats met in training; from `file` if it is there."""
    torch.manual_seed(seed)
    net = Net(kind)
    if file.exists():
        put_weights(net, load_arrays(file))
        return net
    rng, lowest, best = np.random.default_rng(seed), np.inf, weights_of(net)
    optimizer = MuonAdamW(net.named_parameters(), lr=kind.rate, weight_decay=0.01)
    for step in range(1, kind.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = kind.rate * min(1.0, 2 * (1 - step / kind.steps) + 0.01)
        learn(net, optimizer, *batch_of(train, kind, rng))
        if step % (kind.steps // 5) == 0:
            hits, nats = recipe.figures_of([foretold(net, validation, kind)])
            tell(f"step {step}, validation {hits:.3f}, {nats:.3f} nats", flush=True)
            if nats < lowest:
                lowest, best = nats, weights_of(net)
    put_weights(net, best)
    save_arrays(file, weights_of(net))
    return net


def learn(net, optimizer, inputs, targets):
    """One step."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(inputs).float()
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


def prepared(tunes, kind):
    """Tunes as (what is seen, steps), in classes."""
    return [(seen(steps, kind.seen), steps) for steps in map(classes, tunes) if len(steps) > 1]
