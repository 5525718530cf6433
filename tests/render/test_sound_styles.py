"""A take of each style, by our own synthesizer: loudness each second, brightness, bands and tail, as they were.

The takes are those of `componium compose --style STYLE --bars 8 --seed 1` on the day they were stored, as MIDI files:
those of the first model as written, those of the second (band, choir, drums, guitar, harpsichord, hymns, lieder, organ,
piano, songs, trecento) as performed. Written anew only by `pytest tests/render/test_sound_styles.py
--regenerate-goldens`; then look at spectrograms.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import componium
from componium.audio.loudness import loudness
from componium.music.time import duration_seconds
from componium.render import sound as audio

FOLDER = Path(__file__).parent.parent / "goldens" / "sound" / "styles"
FIGURES = FOLDER / "figures.json"
RATE = 16_000
BANDS = (0, 125, 250, 500, 1000, 2000, 4000, 8000)  # Hz
FADED = 1e-3  # of the peak: -60 dB


def level(power):
    return round(float(10 * np.log10(power + 1e-12)), 2)


def figures(score):
    """Loudness in LUFS, RMS level of each second and power of each octave in dB, spectral centroid in Hz, tail in s.

    The tail is the time from the end of the last note until all that follows is 60 dB below the peak.
    """
    rendered = audio.render(score, synth="additive", sample_rate=RATE)
    wave = rendered.samples.mean(axis=1)
    seconds = np.split(wave, range(RATE, len(wave), RATE))
    power, frequencies = np.abs(np.fft.rfft(wave)) ** 2, np.fft.rfftfreq(len(wave), 1 / RATE)
    edges = np.searchsorted(frequencies, BANDS)
    last = np.flatnonzero(np.abs(wave) > FADED * np.abs(wave).max())[-1] / RATE
    return {"lufs": round(loudness([rendered.samples], RATE), 2),
            "levels": [level((second**2).mean()) for second in seconds],
            "centroid": round(float(np.average(frequencies, weights=power))),
            "bands": [level(power[low:high].sum() / power.sum()) for low, high in pairwise(edges)],
            "tail": round(float(last - duration_seconds(score)), 2)}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.mid")), ids=lambda path: path.stem)
def test_each_style_sounds_as_it_did(path, regenerate_goldens):
    measured = figures(componium.read(path))
    stored = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if regenerate_goldens:
        rows = sorted({**stored, path.stem: measured}.items())
        lines = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows]
        FIGURES.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        pytest.skip(f"{path.stem} was written anew")
    expected = stored[path.stem]
    for name, quietest in (("levels", -60), ("bands", -40)):
        heard = [at for at, one in enumerate(expected[name]) if one > quietest]
        assert [measured[name][at] for at in heard] == pytest.approx([expected[name][at] for at in heard], abs=0.5)
    assert measured["lufs"] == pytest.approx(expected["lufs"], abs=0.2)
    assert measured["centroid"] == pytest.approx(expected["centroid"], rel=0.02)
    assert measured["tail"] == pytest.approx(expected["tail"], abs=0.1)
