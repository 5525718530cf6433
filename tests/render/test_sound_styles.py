"""A take of each shipped style, by our own synthesizer: loudness each second and brightness, as they were.

The takes are those of `componium compose --style STYLE --bars 8 --seed 1` on the day they were stored, as MIDI files.
Written anew only by `pytest tests/render/test_sound_styles.py --regenerate-goldens`; then look at spectrograms.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import componium
from componium.render import sound as audio

FOLDER = Path(__file__).parent.parent / "goldens" / "sound" / "styles"
FIGURES = FOLDER / "figures.json"
RATE = 8000


def figures(score):
    """RMS level in dB of each second, and the spectral centroid in Hz."""
    wave = audio.render(score, synth="additive", sample_rate=RATE, tail=0.5).samples.mean(axis=1)
    seconds = np.split(wave, range(RATE, len(wave), RATE))
    levels = [round(float(10 * np.log10((second**2).mean() + 1e-12)), 2) for second in seconds]
    power = np.abs(np.fft.rfft(wave)) ** 2
    return {"levels": levels, "centroid": round(float(np.average(np.fft.rfftfreq(len(wave), 1 / RATE), weights=power)))}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.mid")), ids=lambda path: path.stem)
def test_each_style_sounds_as_it_did(path, regenerate_goldens):
    measured = figures(componium.read(path))
    stored = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if regenerate_goldens:
        rows = sorted({**stored, path.stem: measured}.items())
        lines = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows]
        FIGURES.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        pytest.skip(f"{path.stem} was written anew")
    assert measured["levels"] == pytest.approx(stored[path.stem]["levels"], abs=0.5)
    assert measured["centroid"] == pytest.approx(stored[path.stem]["centroid"], rel=0.02)
