"""Measure what the profiles of saved weights lack: python scripts/measure.py [NAME]

A constraint that is added measures a part of its own of each style, and so do the critics; a field may be added to
profiles. This measures the fields and parts that the profiles of src/componium/weights/NAME (by default "default")
have not, on the training pieces of its corpus; the others stay as they are, and so do the weights, and the notes of
every take that doesn't use the new parts.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from componium.checkpoints import store
from componium.decoding.style.measuring import measure_profiles
from componium.learning.arrays import load_music

WEIGHTS = Path(__file__).parent.parent / "src" / "componium" / "weights"


def main(name: str = "default") -> None:
    config, weights = store.load_model(WEIGHTS / name)
    profiles = config["learned"]["profiles"]
    pieces = load_music(config["about"]["corpus"]).train.pieces
    if len(pieces) != (n_pieces := profiles[""]["n_pieces"]):
        sys.exit(f"{len(pieces)} pieces, but the profiles are of {n_pieces}: the corpus is of another version")
    for style, measured in measure_profiles((piece.score, piece.styles) for piece in pieces).items():
        profiles[style] = with_missing(profiles[style], measured.to_json())
    store.save_model(WEIGHTS / name, config, weights)


def with_missing(profile: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile with the fields and parts that it has not, in the order of those measured."""
    parts = {**measured["parts"], **profile["parts"]}
    return {**{name: profile.get(name, value) for name, value in measured.items()}, "parts": parts}


if __name__ == "__main__":
    main(*sys.argv[1:])
