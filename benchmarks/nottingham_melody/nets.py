"""Recurrent nets that foretell the next step of a melody: with a window of 32 steps, and with the tune so far.

"lstm" sees the last 32 steps, nothing else. "lstm with copying" sees the tune so far, the place in the bar, what
stood 32 and 64 steps before, and what followed the longest match earlier in the tune, with that match's length.
"""

import time

import numpy as np
import torch
from torch import nn

from componium.checkpoint import load_arrays, save_arrays
from componium.training import put_weights, weights_of

CLASSES, WINDOW, LONGEST, EMPTY = 89, 32, 20, 89  # silence is 0, pitches 21 to 108 are 1 to 88


class Net(nn.Module):
    """inputs (B, T, F) -> logits (B, T, CLASSES): embeddings summed, then an LSTM, then a softmax layer."""

    def __init__(self, sizes, n_hidden):
        super().__init__()
        self.embeds = nn.ModuleList(nn.Embedding(size, 128) for size in sizes)
        self.lstm = nn.LSTM(128, n_hidden, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(n_hidden, CLASSES)

    def forward(self, inputs):
        x = sum(embed(inputs[..., at]) for at, embed in enumerate(self.embeds))
        return self.head(self.dropout(self.lstm(self.dropout(x))[0]))


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


def seen(steps, copies):
    """(T, F): what is known before each step."""
    before = np.concatenate([[EMPTY], steps[:-1]])
    if not copies:
        return before[:, None]
    far = [np.concatenate([np.full(min(lag, len(steps)), EMPTY), steps[:-lag]]) for lag in (32, 64)]
    return np.stack([before, np.arange(len(steps)) % 8, *copied(steps), *far], axis=1)


SIZES = {False: (CLASSES + 1,), True: (CLASSES + 1, 8, CLASSES + 1, LONGEST + 1, CLASSES + 1, CLASSES + 1)}
PITCHES = {False: (0,), True: (0, 2, 4, 5)}  # the columns that move with the key


def moved(values, by):
    return np.where((values > 0) & (values < EMPTY), np.clip(values + by, 1, CLASSES - 1), values)


def batch_of(tunes, copies, size, rng):
    """Stretches of `size` steps, each tune in a key drawn anew: inputs (B, T, F) and targets (B, T), -100 for none."""
    inputs, targets = [], []
    for at in rng.integers(len(tunes), size=32 if copies else 128):
        known, steps = tunes[at]
        start, by = int(rng.integers(max(len(steps) - size, 0) + 1)) * (not copies), int(rng.integers(-5, 7))
        known, steps = known[start : start + size].copy(), moved(steps[start : start + size], by)
        for column in PITCHES[copies]:
            known[:, column] = moved(known[:, column], by)
        fill = size - len(steps)
        inputs.append(np.pad(known, ((0, fill), (0, 0))))
        targets.append(np.pad(steps, (0, fill), constant_values=-100))
    return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(targets))


def foretold(net, tunes, copies):
    """Logits and truth of every step from the 33rd on of prepared tunes."""
    logits, truth = [], []
    net.eval()
    with torch.no_grad():
        for known, steps in tunes:
            rows = torch.from_numpy(known)
            if len(steps) <= WINDOW:
                continue
            if copies:
                logits.append(net(rows[None])[0, WINDOW:])
            else:  # the window's last prediction: rows[at] is the step before step `at`
                windows = rows.unfold(0, WINDOW, 1)[1:].transpose(1, 2)
                logits.append(net(windows)[:, -1])
            truth.append(torch.from_numpy(steps[WINDOW:]))
    net.train()
    return torch.cat(logits), torch.cat(truth)


def figures(net, tunes, copies):
    """Accuracy and nats of the next step."""
    logits, truth = foretold(net, tunes, copies)
    nats = nn.functional.cross_entropy(logits, truth)
    return float((logits.argmax(1) == truth).float().mean()), float(nats)


def trained(train, validation, copies, minutes, seed, file, tell=print):
    """The net with the lowest validation nats met within so many minutes; from `file` if it is there."""
    torch.manual_seed(seed)
    net = Net(SIZES[copies], 256 if copies else 128)
    if file.exists():
        put_weights(net, load_arrays(file))
        return net
    rng, began, lowest, step = np.random.default_rng(seed), time.monotonic(), np.inf, 0
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.01)
    best = weights_of(net)
    while (share := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 4e-3 * min(1.0, 2 * (1 - share) + 0.01)
        inputs, targets = batch_of(train, copies, 256 if copies else WINDOW, rng)
        loss = nn.functional.cross_entropy(net(inputs).flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            hits, nats = figures(net, validation, copies)
            tell(f"step {step}, validation {hits:.3f}, {nats:.3f} nats", flush=True)
            if nats < lowest:
                lowest, best = nats, weights_of(net)
    hits, nats = figures(net, validation, copies)
    put_weights(net, weights_of(net) if nats < lowest else best)
    save_arrays(file, weights_of(net))
    return net


def prepared(tunes, copies):
    """Tunes as (what is seen, steps), in classes."""
    return [(seen(steps, copies), steps) for steps in map(classes, tunes) if len(steps) > 1]
