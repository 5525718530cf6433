"""Gallery: eight bars by each of the classic methods, all learned from the same forty chorales in major.

    python examples/06_every_way.py [FOLDER]

Each method is a file or a package in componium/methods, behind the same two calls: fit and generate. A method refuses
the controls that it doesn't support, so each is asked only for those that it does. One whose extra isn't installed is
passed over.

The chorales are transposed to G first. A Markov chain soon forgets the key: over eight takes 4 % of its notes were
outside the scale when it learned from both modes, 3 % from major in every key, and 1 % from major in G, where each
degree lies in one octave. What it composes is a chorale's texture, not its harmony: a chord is more tokens than its
context.
"""

import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import componium
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import MissingExtraError
from componium.methods import make
from componium.music.score import Key
from componium.music.transform import transpose

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
chorales = componium.corpora.load("chorales")


def in_g(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces in major, transposed to G."""
    major = [piece for piece in pieces if piece.score.keys[0].mode == "major"]
    return [replace(piece, score=transpose(piece.score, (12 - piece.score.keys[0].tonic) % 12 - 5)) for piece in major]


few = Corpus("forty chorales", (*in_g(chorales.train.pieces)[:40], *in_g(chorales.validation.pieces)[:5]))
CONTROLS: dict[str, Any] = {"bars": 8, "key": Key(0, 1), "qpm": 84.0}
METHODS: dict[str, dict[str, Any]] = {
    "dice": {}, "stochastic": {}, "grammar": {}, "recombine": {}, "genetic": {"generations": 8},
    "markov": {}, "hmm": {}, "ensemble": {}, "rules": {},
}  # fmt: skip

for name, params in METHODS.items():
    began = time.perf_counter()
    try:
        method = make(name, **params).fit(few)
        controls = {name: value for name, value in CONTROLS.items() if name in method.supported_controls}
        (score,) = method.generate(Request(Controls(**controls)), rng=np.random.default_rng(7))
    except MissingExtraError as error:
        print(f"{name}: {error}")
        continue
    componium.write(score, folder / f"{name}.mid")
    spent, top = time.perf_counter() - began, score.tracks[0].notes["pitch"][:12].tolist()
    print(f"{name}: {score.n_notes} notes in {len(score.tracks)} parts, {spent:.1f} s; begins {top}")
print(f"in {folder}")
