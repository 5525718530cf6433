"""Compose a piece and write it as MIDI, sound, a picture, and a record of how it was made.

    python examples/01_compose.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import componium

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())

take = componium.compose("chorales", bars=8, seed=1)
for suffix in (".mid", ".wav", ".png", ".json"):
    take.write(folder / f"chorale{suffix}")

print(take)
print("written to", folder)
