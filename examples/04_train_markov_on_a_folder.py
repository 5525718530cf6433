"""Train a model on a folder of music. Here the folder is made first: broken chords in all keys, as MIDI files.

    python examples/04_train_markov_on_a_folder.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import componium
from componium.music.pitch import key_of
from componium.music.score import Meter, Score, Tempo, Track, notes

CHORDS = {"I": (0, 4, 7), "IV": (5, 9, 12), "V": (7, 11, 14), "vi": (9, 12, 16)}
PROGRESSIONS = ("I IV V I", "I vi IV V I", "I V vi IV I V I", "I IV I V I")
GUITAR = 24


def study(tonic: int, progression: str) -> Score:
    """A bar of eighths a chord, up and down; the last chord rests on its root."""
    rows, names = [], progression.split()
    for bar, name in enumerate(names[:-1]):
        low, middle, high = (48 + tonic + step for step in CHORDS[name])
        pattern = (low, middle, high, middle, high, middle, high, middle)
        rows += [(1920 * bar + 240 * at, 240, pitch) for at, pitch in enumerate(pattern)]
    rows.append((1920 * (len(names) - 1), 1920, 48 + tonic))
    key = key_of(tonic, "major")
    return Score((Track(notes(rows), GUITAR),), meters=(Meter(0, 4, 4),), keys=(key,), tempos=(Tempo(0, 100.0),))


folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
for tonic in range(12):
    for number, progression in enumerate(PROGRESSIONS):
        componium.write(study(tonic, progression), folder / "studies" / f"{tonic}-{number}.mid")

# One progression in twelve keys is one family, and a family is learned from or held out as a whole.
corpus = componium.corpora.load(folder / "studies")
print(f"{len(corpus.train)} pieces to learn from, {len(corpus.validation)} held out")
model_folder = componium.train(corpus, folder / "model", method="markov", params={"order": 4})

model = componium.load_model(model_folder)
for piece in corpus.validation.pieces[:3]:
    (log_prob,) = model.log_prob([piece.score])
    print(f"{piece.id}: {-log_prob / piece.score.n_notes:.2f} nats a note")
take = componium.compose(method=model_folder, bars=4, seed=1)
take.write(folder / "study.mid")
print(take)
print("written to", folder)
