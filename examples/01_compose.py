"""Compose a piece and write it as MIDI, sound, a picture, and the story of how it was made.

    python examples/01_compose.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import componium

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())

(take,) = componium.compose(style="chorales", bars=8, seed=1)
for suffix in (".mid", ".wav", ".png", ".json"):
    take.write(folder / f"chorale{suffix}")

print(take.score.title)
print("measured:", take.measured)
print("longest passage shared with the music learned from:", take.shared)
print("written to", folder)
