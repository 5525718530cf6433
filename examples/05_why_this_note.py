"""Why this note? At each step of a take, the likeliest tokens with their probabilities, and the one that was drawn.

    python examples/05_why_this_note.py [FOLDER]

A model doesn't write a whole note at once. It writes tokens: a place in the bar, a pitch, now and then a duration. At
each step it gives every token a logit; the grammar and the controls mask those that may not follow; constraints add a
bias; one of the others is drawn. `on_step` is called with all of these, as they were used.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import componium
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling, Step, probabilities
from componium.methods import Autoregressive

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
model = componium.load_model("shipped")
assert isinstance(model, Autoregressive)
vocab, sampling = model.codec_.vocab, Sampling(top_p=0.98)
lines = []


def explain(step: Step) -> None:
    """Add a line about one step."""
    allowed = np.flatnonzero(step.mask)
    if len(allowed) == 1:
        lines.append(f"{vocab.token(step.id):14} only")
        return
    chances = probabilities(step.logits[allowed] + step.bias[allowed], sampling)
    best = np.argsort(-chances, kind="stable")[:4]
    likeliest = ", ".join(f"{vocab.token(int(allowed[at]))} {chances[at]:.0%}" for at in best if chances[at] > 0)
    lines.append(f"{vocab.token(step.id):14} {chances[allowed == step.id][0]:4.0%} of {likeliest}")


request = Request(Controls(style="jig", bars=4), sampling=sampling)
(score,) = model.generate(request, rng=np.random.default_rng(2), on_step=explain)
componium.write(score, folder / "jig.mid")
(folder / "why.txt").write_text("\n".join(lines) + "\n")
print("\n".join(lines[:40]))
print(f"{len(lines)} tokens, {score.n_notes} notes; all of them in {folder / 'why.txt'}")
