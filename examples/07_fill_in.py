"""A tune goes in: a bass, a piano part, four other ways for its fourth bar, and other chords under it come out.

    python examples/07_fill_in.py [FOLDER]

docs/fill-in.md shows what was written.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import componium
from componium.composing.patterns import accompany_by_pattern
from componium.music.score import Chord

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
tune = componium.compose("jig", key="G", form="AB", bars=8, seed=6).score
tune = replace(tune, tracks=(replace(tune.tracks[0], name="Tune"),))
componium.write(tune, folder / "tune.abc")

bass = componium.accompany(tune, ["cello"], style="lieder", seed=1)  # by a model that states regions
bass.write(folder / "bass.musicxml")
piano = componium.accompany(tune, ["piano"], style="lieder", seed=1)
piano.write(folder / "piano.musicxml")

original, *others = componium.infill(tune, bars=(4, 5), n=4, seed=1, temperature=1.2)  # the upbeat is bar 0
for number, take in enumerate(others, 1):
    take.write(folder / f"bar-4-{number}.abc")
    print(f"way {number}: {'; '.join(take.measured['changed']) or 'the same again'}")

bar = 3 * tune.ticks_per_quarter
for name, symbols in (("plain", ()), ("other", ("Em", "C", "Am", "D", "Em", "C", "D7", "G"))):
    chords = tuple(Chord(bar * at, symbol) for at, symbol in enumerate(symbols))
    score = accompany_by_pattern(replace(tune, chords=chords), "jig")  # without symbols they are found in the tune
    componium.write(score, folder / f"chords-{name}.mid")
    print(f"{name} chords: {' '.join(chord.symbol for chord in score.chords)}")
