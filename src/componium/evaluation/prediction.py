"""Prediction of the next id: accuracy, perplexity, and squared errors of times.

Counted are the ids after the prefix, each predicted from the true ones before it, among those that the grammar allows.
- accuracy: the share that were the likeliest.
- perplexity: e to the mean nats of an id, as if each were one of so many equally likely ones.
- errors: where the codec's ids state a time (`Codec.stated_quarters`), the mean of (expected - true) squared, in
  squared quarters; expected is the mean over the model's distribution of the ids of that kind.

All of them depend on the codec: compare equal codecs only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from componium.codecs.base import Codec
from componium.decoding.sampling import Step


@dataclass(frozen=True)
class Prediction:
    """Figures of predicting music note by note, or id by id.

    They are nan or empty for what a method doesn't predict.

    accuracy    share of predictions that were right, 0 to 1
    perplexity  of an id, from 1
    errors      mean squared errors in squared quarters, by what is predicted: "step", "duration"
    """

    accuracy: float = float("nan")
    perplexity: float = float("nan")
    errors: Mapping[str, float] = field(default_factory=dict)


class Predictions:
    """Running figures over the steps of a model through music; `add` is an `on_step`."""

    def __init__(self, codec: Codec) -> None:
        self._times, self._ids, self._hits, self._nats = codec.stated_quarters(), 0, 0, 0.0
        self._errors: dict[str, list[float]] = {name: [] for name in self._times}

    def add(self, step: Step) -> None:
        """Count one id."""
        logits = np.where(step.mask, step.logits.astype(np.float64), -np.inf)
        weights = np.exp(logits - logits.max())
        self._ids += 1
        self._hits += int(logits.argmax() == step.id)
        self._nats -= float(np.log(weights[step.id] / weights.sum()))
        for name, quarters in self._times.items():
            if not np.isnan(true := quarters[step.id]):
                known = np.where(np.isnan(quarters), 0.0, weights)
                expected = float(known @ np.nan_to_num(quarters) / known.sum())
                self._errors[name].append((expected - float(true)) ** 2)

    def result(self) -> Prediction:
        """Return the figures of all that was counted."""
        if not self._ids:
            return Prediction()
        errors = {name: float(np.mean(values)) for name, values in self._errors.items() if values}
        return Prediction(self._hits / self._ids, float(np.exp(self._nats / self._ids)), errors)
