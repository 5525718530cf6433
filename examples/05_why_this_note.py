"""Why this note? At each step of a take, the likeliest tokens, with their probabilities, and the one that was drawn.

    python examples/05_why_this_note.py [FOLDER]

A model never writes a note at once. It writes tokens: a place in the bar, a pitch, now and then a duration. At each
step it gives every token a probability; the grammar and the wishes strike out what may not follow; one of the rest is
drawn by lot. A step with one choice left says "only".
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from componium import formats
from componium.codecs.events.codec import Events
from componium.codecs.events.guide import EventsGuide
from componium.composing import compose as composing
from componium.decoding.controls import Controls
from componium.decoding.sampling import Sampling, probabilities
from componium.methods import Autoregressive, load

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
model = load(composing.SHIPPED)
assert isinstance(model, Autoregressive)
codec, wishes, sampling = model.codec_, Controls(style="jig", bars=4), Sampling(top_p=0.98)

# Compose one take, keeping its tokens.
ids: list[int] = []
(score,) = model.generate(
    controls=wishes,
    rng=np.random.default_rng(2),
    sampling=sampling,
    on_token=lambda row, so_far: ids.append(so_far[-1]),
)
formats.write(score, folder / "jig.mid")

# Go through them again, asking at each what else might have come. The prefix (what kind of piece) was drawn by lot.
assert isinstance(codec, Events)
guide, state = EventsGuide(codec, wishes, np.array(ids[: codec.prefix_length(np.array(ids))])), model.empty_state(1)
logits = np.zeros((1, len(codec.vocab)), dtype=np.float32)  # before the first token, which is always BOS
lines = []
for index in ids:
    allowed = np.flatnonzero(guide.mask())
    chances = probabilities(logits[0, allowed], sampling)
    best = np.argsort(-chances, kind="stable")[:4]
    likeliest = ", ".join(f"{codec.vocab.token(int(allowed[at]))} {chances[at]:.0%}" for at in best if chances[at] > 0)
    drawn = f"{codec.vocab.token(index):14} {chances[allowed == index][0]:4.0%}"
    lines.append(f"{drawn}   {'only' if len(allowed) == 1 else 'of ' + likeliest}")
    guide.advance(index)
    logits, state = model.step(state, np.array([index]))
    logits += guide.bias

(folder / "why.txt").write_text("\n".join(lines) + "\n")
print("\n".join(lines[:40]))
print(f"{len(lines)} tokens, {score.n_notes} notes; all of them in {folder / 'why.txt'}")
