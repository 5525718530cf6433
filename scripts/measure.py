"""Measure what the profiles of saved weights lack: python scripts/measure.py [NAME]

A constraint that is added measures a part of its own of each style, and so do the critics. This measures the parts
that the profiles of src/componium/weights/NAME (by default "default") have not, on the training pieces of its corpus;
the others stay as they are, and so do the weights, and the notes of every take that doesn't use the new parts.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from componium import corpora
from componium.checkpoints import store
from componium.decoding.constraints.base import constraint_classes
from componium.decoding.critics import PART, measure_critics
from componium.music.score import Score

WEIGHTS = Path(__file__).parent.parent / "src" / "componium" / "weights"


def main(name: str = "default") -> None:
    config, weights = store.load_model(WEIGHTS / name)
    profiles = config["learned"]["profiles"]
    pieces = corpora.load(config["about"]["corpus"]).train.pieces
    if len(pieces) != (n_pieces := profiles[""]["n_pieces"]):
        sys.exit(f"{len(pieces)} pieces, but the profiles are of {n_pieces}: the corpus is of another version")
    for style, profile in profiles.items():
        scores = [piece.score for piece in pieces if not style or style in piece.styles]
        profile["parts"] |= measure_missing(scores, profile["parts"])
    store.save_model(WEIGHTS / name, config, weights)


def measure_missing(scores: list[Score], parts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the parts of a profile that it has not, by name of the constraint."""
    measures = {name: kind.measure for name, kind in constraint_classes().items()} | {PART: measure_critics}
    measured = {name: measure(scores) for name, measure in measures.items() if name not in parts}
    return {name: part for name, part in measured.items() if part}


if __name__ == "__main__":
    main(*sys.argv[1:])
