"""Triples: a note is a pitch, a step and a duration; an LSTM reads the last 25.

After TensorFlow's tutorial "Generate music with an RNN" (2021): one LSTM layer of 128 and three heads, 84,354 weights.
The pitch is drawn from a softmax; step (from onset to onset) and duration are numbers, learned by squared error with a
penalty on negative ones:

    loss = 0.05 * crossentropy(pitch) + mse(step) + mse(duration) + 10 * (relu(-step) + relu(-duration))

Here times are in quarters, not seconds, so that a tempo can be asked for, and go to the nearest sixteenth, so that bars
are kept. Windows before the first note are filled with zeros; so it begins from nothing. nn/triples.py learns.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.corpora.base import Corpus
from componium.decoding.controls import MAX_REPEATS, Controls
from componium.decoding.draws import choose_by_log
from componium.decoding.style.length import settle_length
from componium.errors import CheckpointError, CorpusError
from componium.inference.triples import TriplesNet
from componium.methods._shared.parameters import check_sizes
from componium.methods.base import Whole
from componium.music.instruments import INSTRUMENTS
from componium.music.score import DEFAULT_QPM, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.training.fitting import import_loop
from componium.training.settings import settings_of

type_rows = NDArray[np.float32]  # (N, 3): pitch, step, duration

WINDOW, GRID, TICKS = 25, 4, 480  # notes; places a quarter; ticks a quarter
LONGEST = 8.0  # quarters that a step may last, at most
LOWEST, HIGHEST = 21, 108
FULL = 6  # notes of one onset, at most
MEASURED = 512  # notes predicted at once


class Triples(Whole):
    """LSTM over notes as pitch, step and duration.

        n_hidden     cells of the LSTM
        temperature  of the pitches, above 0
        training     fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    CONTROLS = frozenset({"bars", "duration", "meter", "qpm"})
    TINY: ClassVar[Mapping[str, Any]] = {
        "n_hidden": 16,
        "training": {"steps": 20, "batch_size": 16, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self, *, n_hidden: int = 128, temperature: float = 1.0, training: Mapping[str, Any] | None = None
    ) -> None:
        self.n_hidden, self.temperature, self.training = n_hidden, temperature, training

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Train; return self.

        Raises MissingExtraError without torch, CorpusError for an empty training split.
        """
        self.check_params()
        usual = {"batch_size": 64, "learning_rate": 5e-3, "augment": False}
        loop, settings = import_loop("loop", {**usual, **(self.training or {})})
        each = [[triples_of(score) for score in side.scores] for side in (corpus.train, corpus.validation)]
        windows = Windows(each[0], settings.batch_size, settings.seed, augment=settings.augment)
        held_out = Windows(each[1], settings.batch_size, settings.seed, augment=False, shuffle=False)
        if not len(windows.places):
            raise CorpusError("nothing to learn from", where=corpus.name, expected="pieces with notes")
        from componium.nn.triples import UNIT, TriplesModule, loss
        from componium.training.modules import seeded

        module = seeded(lambda: TriplesModule(self.n_hidden), settings.seed)
        weights = loop.train_on(
            module, windows, {"": held_out} if len(held_out.places) else {}, settings, loss=loss, unit=UNIT,
            run_dir=run_dir, resume=resume, on_progress=on_progress,
        )  # fmt: skip
        return self.set_weights(_usual(corpus.train.scores), weights)

    def check_params(self) -> None:
        super().check_params()
        check_sizes(self.get_params())
        settings_of("loop", self.training)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return self.usual_, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.net_ = TriplesNet(weights, self.n_hidden)
        if missing := {"meter", "qpm", "program"} - set(learned):
            raise CheckpointError(f"the model lacks {', '.join(sorted(missing))}", expected="what save wrote")
        track = Track(notes([(0, 1, 60)]), int(learned["program"]))
        Score((track,), TICKS, (Tempo(0, learned["qpm"]),), (Meter(0, *learned["meter"]),))  # raises what can't be
        self.usual_, self.weights_ = dict(learned), weights
        return self

    def prediction_errors(self, scores: Sequence[Score]) -> dict[str, NDArray[np.float64]]:
        """Return how each note of scores is predicted from those before it, (n_notes,).

        "accuracy" is 1 where the likeliest pitch is right, "step" and "duration" are the squared errors of these times
        in squared quarters. Raises NotFittedError.
        """
        found: dict[str, list[NDArray[np.float64]]] = {"accuracy": [], "step": [], "duration": []}
        windows = Windows([triples_of(score) for score in scores], MEASURED, 0, augment=False, shuffle=False)
        for inputs, notes_after in windows.batches(0):
            logits, step, duration = self.net_.predict_all(inputs)
            found["accuracy"].append((logits.argmax(axis=1) == notes_after[:, 0]).astype(np.float64))
            found["step"].append((step - notes_after[:, 1]) ** 2)
            found["duration"].append((duration - notes_after[:, 2]) ** 2)
        return {name: np.concatenate(values) if values else np.zeros(0) for name, values in found.items()}

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        meter = controls.meter or Meter(0, *self.usual_["meter"])
        bars, qpm = settle_length(controls, meter, self.usual_["qpm"])
        end = round(bars * bar_quarters(meter) * GRID)
        rows = self._rows(end, MAX_REPEATS, rng)
        program = int(self.usual_["program"])
        track = Track(notes(_held(rows, end)), program, name=INSTRUMENTS[program].name)
        return Score((track,), TICKS, (Tempo(0, qpm or DEFAULT_QPM),), (meter,))

    def _rows(self, end: int, max_repeats: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
        """Return notes (onset, duration, pitch), in grid places, until `end`.

        Chords are composed from the lowest note up.
        """
        window = np.zeros((WINDOW, 3), dtype=np.float32)
        rows: list[tuple[int, int, int]] = []
        while True:
            logits, step, duration = self.net_.predict(window)
            chord = sum(row[0] == rows[-1][0] for row in rows[-FULL:]) if rows else 0
            places = round(min(max(step, 0.0), LONGEST) * GRID)
            if chord and (chord == FULL or rows[-1][2] == HIGHEST):
                places = max(places, 1)
            places = places if rows else 0
            onset = rows[-1][0] + places if rows else 0
            if onset >= end:
                return rows
            above = rows[-1][2] + 1 if rows and not places else LOWEST
            pitch = self._drawn(logits, above, _worn_out(rows, max_repeats), rng)
            length = max(round(min(duration, LONGEST) * GRID), 1)
            rows.append((onset, min(length, end - onset), pitch))
            row = np.array([[pitch / 128, places / GRID, length / GRID]], dtype=np.float32)
            window = np.concatenate([window[1:], row])

    def _drawn(self, logits: NDArray[np.float64], lowest: int, worn_out: int, rng: np.random.Generator) -> int:
        allowed = (np.arange(128) >= lowest) & (np.arange(128) <= HIGHEST) & (np.arange(128) != worn_out)
        allowed = allowed if allowed.any() else np.arange(128) == lowest
        return choose_by_log(np.where(allowed, logits / self.temperature, -np.inf), rng)


class Windows:
    """Batches of windows (B, 25, 3) and the notes (B, 3) that follow them.

    They begin at the first note of each piece.

    With `augment` each is up to six semitones lower or higher.
    """

    def __init__(
        self, pieces: Sequence[type_rows], batch_size: int, seed: int, *, augment: bool, shuffle: bool = True
    ) -> None:
        blank = np.zeros((WINDOW, 3), dtype=np.float32)
        self.pieces = [np.concatenate([blank, rows]) for rows in pieces]
        self.places = np.array([(at, end) for at, rows in enumerate(self.pieces) for end in range(WINDOW, len(rows))])
        self.batch_size, self.seed, self.augment, self.shuffle = batch_size, seed, augment, shuffle

    def batches(self, epoch: int) -> Iterator[tuple[type_rows, type_rows]]:
        """Yield the batches of one epoch."""
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(len(self.places)) if self.shuffle else np.arange(len(self.places))
        for begin in range(0, len(order), self.batch_size):
            chosen = self.places[order[begin : begin + self.batch_size]]
            rows = np.stack([self.pieces[at][end - WINDOW : end + 1] for at, end in chosen])
            if self.augment:
                is_note = rows[..., 2] > 0
                rows[..., 0] += is_note * rng.integers(-6, 7, len(rows))[:, None]
                rows[..., 0] = np.clip(rows[..., 0], 0, 127)
            inputs = rows[:, :-1].copy()
            inputs[..., 0] /= 128
            yield inputs, rows[:, -1]


def triples_of(score: Score) -> type_rows:
    """Return the notes of all parts but drums in time: pitch, step, duration.

    The step is in quarters since the onset before, the duration in quarters; neither is above LONGEST. Chords are from
    the lowest note up.

    >>> triples_of(Score((Track(notes([(0, 480, 60), (480, 240, 64), (480, 960, 67)])),))).tolist()
    [[60.0, 0.0, 1.0], [64.0, 1.0, 0.5], [67.0, 0.0, 2.0]]
    """
    sounding = [track.notes for track in score.tracks if not track.is_drum]
    array = np.concatenate(sounding) if sounding else notes()
    array = array[np.lexsort((array["pitch"], array["onset"]))]
    step = np.diff(array["onset"], prepend=array["onset"][:1])
    quarters = np.stack([step, array["duration"]], axis=1) / score.ticks_per_quarter
    return np.concatenate([array["pitch"][:, None], np.minimum(quarters, LONGEST)], axis=1).astype(np.float32)


def _usual(scores: Sequence[Score]) -> dict[str, Any]:
    """Return the commonest meter, tempo and instrument."""
    meters = Counter((meter.numerator, meter.denominator) for meter in map(main_meter, scores))
    tempos = Counter(round(score.tempos[0].qpm) for score in scores if score.tempos)
    programs = Counter(track.program for score in scores for track in score.tracks if not track.is_drum)
    return {"meter": list(meters.most_common(1)[0][0]), "qpm": float((tempos.most_common(1) or [(120, 0)])[0][0]),
            "program": programs.most_common(1)[0][0]}  # fmt: skip


def _worn_out(rows: Sequence[tuple[int, int, int]], max_repeats: int) -> int:
    """Return the pitch that may not be struck again; -1 if there is none.

    It was struck `max_repeats` times running.
    """
    last = [row[2] for row in rows[-max_repeats:]]
    return last[0] if len(last) == max_repeats and len(set(last)) == 1 else -1


def _held(rows: Sequence[tuple[int, int, int]], end: int) -> list[tuple[int, int, int]]:
    """Return notes in ticks, none sounding on under itself, the last until the end."""
    ends = {at: row[0] + row[1] for at, row in enumerate(rows)}
    by_pitch: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        by_pitch.setdefault(row[2], []).append(at)
    for places in by_pitch.values():
        for one, two in pairwise(places):
            ends[one] = min(ends[one], rows[two][0])
    ends[len(rows) - 1] = end
    tick = TICKS // GRID
    return [(row[0] * tick, (ends[at] - row[0]) * tick, row[2]) for at, row in enumerate(rows)]
