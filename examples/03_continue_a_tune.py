"""Go on from a tune: the first bars are yours, the rest is the model's. `bars` counts them all.

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

# The model knows jigs as a style, played on a violin: said so, it knows where it is.
score = componium.read(tune)
violins = tuple(replace(track, program=find("violin")) for track in score.tracks)
prompt = replace(score, tracks=violins, info=(("style", "jig"),))

for take in componium.compose(prompt=prompt, bars=8, n=2, seed=5):
    take.write(folder / f"continued-{take.number}.mid")
    print(f"take {take.number}: {n_bars(prompt)} bars of the tune, {take.measured['bars']} in all")
