"""Models that come with the package, a folder each.

A folder has config.json, model.safetensors, originality.npz, data.json and README.md, the card.
SHIPPED is the default model, DREAM the one that varies pieces. BY_METHOD gives the model of a method by the method's
name, BY_NAME every model by its own.
"""

from pathlib import Path

SHIPPED = Path(__file__).parent / "default"
DREAM = Path(__file__).parent / "dream"
BY_METHOD = {"transformer": SHIPPED, "dream": DREAM}
BY_NAME = {"shipped": SHIPPED, "default": SHIPPED, "dream": DREAM}
