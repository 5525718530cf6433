"""Polyphonic notes, decoded from onset and note probabilities.

The decoding of Basic Pitch (Bittner et al., ICASSP 2022), simplified: a note begins at a peak of the onset
probability and lasts while the note probability is high.
"""

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import Sound
from componium.transcription import model
from componium.transcription.notes import timed_notes, type_timed_notes

ONSET = 0.5  # probability at which a note begins
SOUNDS = 0.3  # probability below which it ends ...
PATIENCE = 11  # ... if for so many frames
SHORTEST = 0.08  # seconds


def detect_notes(sound: Sound) -> type_timed_notes:
    """Detect the notes of a polyphonic recording, in seconds.

    Raises MissingExtraError as `model.predict` does.
    """
    if not sound.samples.any():
        return timed_notes()
    return decode(model.predict(sound))


def decode(posteriors: model.Posteriors) -> type_timed_notes:
    """Decode posteriors to notes in seconds."""
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
    return timed_notes(rows)


def _end(sounds: NDArray[np.float32], start: int) -> int:
    """Return the first frame from which the key is silent for PATIENCE frames."""
    silent = 0
    for at in range(start + 1, len(sounds)):
        silent = silent + 1 if sounds[at] < SOUNDS else 0
        if silent == PATIENCE:
            return at - PATIENCE + 1
    return len(sounds) - silent


def _with_rises(posteriors: model.Posteriors) -> NDArray[np.float32]:
    """Return onset probabilities, raised where a key suddenly sounds without an onset."""
    onset, note = posteriors
    rise = np.zeros_like(note)
    rise[2:] = np.maximum(np.minimum(note[2:] - note[1:-1], note[2:] - note[:-2]), 0)
    scale = float(onset.max(initial=0)) / max(float(rise.max(initial=0)), 1e-6)
    result: NDArray[np.float32] = np.maximum(onset, rise * np.float32(scale))
    return result
