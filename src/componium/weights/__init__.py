"""The models that come with the package, a folder each: config.json, model.safetensors, README.md (the card)."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "default"
DREAM = Path(__file__).parent / "dream"
BY_METHOD = {"transformer": SHIPPED, "dream": DREAM}
