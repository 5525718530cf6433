"""Polyphony: from how surely each key begins and sounds to notes.

The decoding of Basic Pitch (Bittner et al., ICASSP 2022), simplified: a note begins where the onset probability peaks,
and lasts while the key is heard.
"""

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import Sound
from componium.transcription import model
from componium.transcription.heard import heard, type_heard

ONSET = 0.5  # probability at which a note begins
SOUNDS = 0.3  # below which it has ended ...
PATIENCE = 11  # ... if for so many frames
SHORTEST = 0.08  # seconds


def notes_of(sound: Sound) -> type_heard:
    """The notes of a polyphonic recording, in seconds. Raises MissingExtraError as `model.listen` does."""
    if not sound.samples.any():
        return heard()
    return decode(model.listen(sound))


def decode(posteriors: model.Posteriors) -> type_heard:
    """Posteriors as notes."""
    onset, left = _with_rises(posteriors), posteriors.note.copy()
    rate = model.RATE / model.HOP
    least = max(round(SHORTEST * rate), 1)
    rows = []
    edged = np.pad(onset, ((1, 1), (0, 0)))
    begins = (onset > edged[:-2]) & (onset >= edged[2:]) & (onset >= ONSET)
    for start, key in np.argwhere(begins)[::-1].tolist():  # backwards: a note ends where the next on its key begins
        stop = _end(left[:, key], start)
        if stop - start > least:
            loud = float(posteriors.note[start:stop, key].mean())
            left[start:stop, max(key - 1, 0) : key + 2] = 0
            rows.append((start / rate, stop / rate, key + model.LOWEST, round(40 + 80 * min(loud, 1.0))))
    return heard(rows)


def _end(sounds: NDArray[np.float32], start: int) -> int:
    """The first frame from which the key is silent for PATIENCE frames."""
    silent = 0
    for at in range(start + 1, len(sounds)):
        silent = silent + 1 if sounds[at] < SOUNDS else 0
        if silent == PATIENCE:
            return at - PATIENCE + 1
    return len(sounds) - silent


def _with_rises(posteriors: model.Posteriors) -> NDArray[np.float32]:
    """Onset probabilities, raised where a key suddenly sounds though no onset was seen."""
    onset, note = posteriors
    rise = np.zeros_like(note)
    rise[2:] = np.maximum(np.minimum(note[2:] - note[1:-1], note[2:] - note[:-2]), 0)
    scale = float(onset.max(initial=0)) / max(float(rise.max(initial=0)), 1e-6)
    result: NDArray[np.float32] = np.maximum(onset, rise * np.float32(scale))
    return result
