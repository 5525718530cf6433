"""Explanation of a note: what else it could have been, and what decided.

Every method that can explain its notes (`Method.explain`) returns these, each in its own terms:

- an autoregressive method: the chances of each pitch, and the constraints that forbade or biased it;
- rules: the hard rules that each pitch would break (`forbidden`), and the price of the soft ones (`biases`, below 0);
- a grammar or a hidden Markov model: the chances of each pitch, and the productions or chords (`reasons`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from componium.music.pitch import pitch_to_name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pitch that a note could have had.

    pitch      MIDI pitch
    chance     probability under the model alone, 0 to 1; None for a method without probabilities
    drawn      probability with which it was drawn: after masks, biases, temperature and truncation; None likewise
    forbidden  names of the constraints or rules that forbid it
    biases     by the name of a constraint, nats added to its logit; by that of a soft rule, minus its price
    """

    pitch: int
    chance: float | None = None
    drawn: float | None = None
    forbidden: tuple[str, ...] = ()
    biases: Mapping[str, float] = field(default_factory=dict)

    def to_json(self, fifths: int = 0) -> dict[str, Any]:
        """Return plain values; pitches are spelled after a key signature of `fifths`."""
        chances = {name: None if value is None else round(value, 5)
                   for name, value in (("chance", self.chance), ("drawn", self.drawn))}
        biases = {name: round(value, 3) for name, value in self.biases.items()}
        return {"pitch": self.pitch, "name": pitch_to_name(self.pitch, fifths), **chances,
                "forbidden": list(self.forbidden), "biases": biases}


@dataclass(frozen=True, slots=True)
class NoteExplanation:
    """A note and its candidates.

    onset, duration  in quarters, the onset from the bar line
    pitch            MIDI pitch, that of one of the candidates
    candidates       the likeliest first, or the cheapest; a pitch that is not among them was out of the question
    surprise         bits of its pitch under the model alone; None for a method without probabilities
    timing           bits of all else that was chosen for the note: where it begins, its voice, its duration
    reasons          further reasons, in the method's own terms
    """

    onset: Fraction
    duration: Fraction
    pitch: int
    candidates: tuple[Candidate, ...]
    surprise: float | None = None
    timing: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def chosen(self) -> Candidate:
        """The candidate that the note is."""
        return next(each for each in self.candidates if each.pitch == self.pitch)

    def to_json(self, fifths: int = 0, *, least: float = 0.0) -> dict[str, Any]:
        """Return plain values, without candidates whose chances are below `least`."""
        kept = [each for each in self.candidates if each.pitch == self.pitch or is_likely(each, least)]
        bits = {name: None if value is None else round(value, 3)
                for name, value in (("surprise_bits", self.surprise), ("timing_bits", self.timing))}
        return {"onset": float(self.onset), "duration": float(self.duration), "pitch": self.pitch,
                "name": pitch_to_name(self.pitch, fifths), **bits, "reasons": list(self.reasons),
                "candidates": [each.to_json(fifths) for each in kept]}


def is_likely(candidate: Candidate, least: float) -> bool:
    """Return whether a candidate has no chances, or one of them is at least `least`.

    >>> is_likely(Candidate(60, 0.001, 0.0), 0.01), is_likely(Candidate(60), 0.01)
    (False, True)
    """
    chances = [chance for chance in (candidate.chance, candidate.drawn) if chance is not None]
    return not chances or max(chances) >= least
