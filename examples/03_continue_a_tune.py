"""Continue a tune: the first bars are kept, the others are composed.

    python examples/03_continue_a_tune.py [FOLDER]
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import componium
from componium.music.instruments import find
from componium.music.time import n_bars

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
ABC = """X:1
T:The Irish Washerwoman
M:6/8
L:1/8
Q:3/8=110
K:G
BGG DGG|BGB dcB|cAA EAA|cAc edc|
"""
tune = folder / "tune.abc"
tune.write_text(ABC)

# The model learned jigs as a style, played on a violin.
score = componium.read(tune)
score = replace(score, tracks=tuple(replace(track, program=find("violin")) for track in score.tracks))

for take in componium.extend(score, 4, style="jig", n=2, seed=5):
    take.write(folder / f"continued-{take.number}.mid")
    print(f"take {take.number}: {n_bars(score)} bars of the tune, {take.measured['bars']} in all")
