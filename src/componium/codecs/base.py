"""Contract of a codec: Scores to ids and back, and the grammar of the ids.

Laws (one conformance suite holds every codec to them)
- decode(encode(s).ids) == canonicalize(s), and canonicalize is idempotent: losses are explicit.
- Any ids at all decode to a valid Score.
- encode's ids are allowed by the grammar at every step, and any sequence sampled under it decodes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.codecs.vocab import Vocab
from componium.corpora.base import Corpus
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.sampling import Guide
from componium.decoding.style.form import Form
from componium.decoding.style.observed import observe_plan
from componium.decoding.style.plan import Plan, continue_plan, fill_plan, sample_plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import CodecError, ControlError
from componium.music.score import Score
from componium.music.time import bar_lines
from componium.music.types import type_ids, type_mask


class Example(NamedTuple):
    """A piece as ids, and the styles that may be named for it."""

    ids: type_ids
    styles: tuple[str, ...] = ()


class Encoded(NamedTuple):
    """A score as ids (T,), and which of them are targets of learning (T,).

    A prefix is no target, nor are ids that are given.
    """

    ids: type_ids
    targets: type_mask


class NotePlace(NamedTuple):
    """A note, and the place in a sequence of the id that strikes it.

    Onset and duration are in quarters, the onset from the bar line.
    """

    at: int
    onset: Fraction
    duration: Fraction
    pitch: int


class Codec(ABC):
    """A codec: Scores to token ids and back.

    `bos`, `eos` and `pad` are ids; a sequence begins with bos and ends with eos.
    """

    vocab: Vocab
    bos: int
    eos: int
    pad: int

    def encode(self, score: Score, hidden: Region | None = None) -> Encoded:
        """Return the ids of a score, bos and eos included.

        With `hidden`, they are of a score to be filled in there. Raises CodecError for a region where the codec can't
        state one.
        """
        if hidden is not None:
            raise CodecError(f"a region to fill in with {type(self).__name__}", expected="a codec that states regions")
        return self.encoded(self._encode(score))

    def encoded(self, ids: type_ids) -> Encoded:
        """Return ids with their targets: all but the first and those that are given."""
        targets = ~self.is_condition(ids)
        targets[0] = False
        return Encoded(ids, targets)

    @abstractmethod
    def _encode(self, score: Score) -> type_ids:
        """Return the ids of a score, bos and eos included, (T,)."""

    @abstractmethod
    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        """Return the score of any ids; those out of place are ignored.

        Raises CodecError for ids outside the vocabulary.
        """

    @abstractmethod
    def canonicalize(self, score: Score) -> Score:
        """Return the score as this representation keeps it."""

    @abstractmethod
    def initial_state(self) -> Any:
        """Return the grammar's state before bos."""

    @abstractmethod
    def allowed_next(self, state: Any) -> type_mask:
        """Return which ids may come next, (V,): at least one, until eos."""

    @abstractmethod
    def advance(self, state: Any, index: int) -> None:
        """Move the grammar's state (in place) past one id."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Return the plain JSON values from which `from_config` rebuilds this codec."""

    def fit(self, corpus: Corpus) -> "Codec":
        """Return the codec fitted to a corpus, such as its vocabulary; itself by default."""
        return self

    @property
    def supported_controls(self) -> frozenset[str]:
        """Controls that its guide meets exactly.

        They are fields of Controls, "prompt" and "region".
        """
        return frozenset()

    def plan(self, request: Request, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
        """Draw the plan of one piece. Raises ControlError for what can't be met."""
        if request.score is not None and request.region is not None:
            return fill_plan(self.canonicalize(request.score), request.controls, profiles, rng)
        if request.score is not None:
            prompt, tempos = self.canonicalize(request.score), request.score.tempos
            prompt = replace(prompt, tempos=tempos) if len(tempos) == len(prompt.tempos) == 1 else prompt
            return continue_plan(prompt, request.controls, profiles, rng)
        plan = sample_plan(request.controls, profiles, rng)
        return plan if "form" in self.supported_controls else replace(plan, form=Form())

    def guide(self, plan: Plan, request: Request, profile: StyleProfile) -> Guide:
        """Return the guide of one piece.

        Raises ControlError for what the codec can't meet.
        """
        raise ControlError(f"a guide of the codec {type(self).__name__}", expected="a codec that has one")

    # For explanations: a finished score, read as if it were being composed.

    def plan_of(self, score: Score, profile: StyleProfile) -> Plan:
        """Return the plan that a finished score keeps to."""
        return observe_plan(self.canonicalize(score), profile)

    def ids_after(self, given: type_ids, score: Score) -> type_ids:
        """Return the ids by which a finished score goes on from those given (T,).

        Those that its guide was given come first.
        """
        return np.concatenate([given, self.encode(score).ids[len(given) :]])

    def note_places(self, score: Score, ids: type_ids, bar: int, voice: int) -> list[NotePlace]:
        """Return the notes of one bar and voice of a score, both from 0.

        By default the codec keeps tracks, and its notes are in the order of onset, track and pitch.
        """
        kept = self.canonicalize(score)
        begin, end = bar_lines(kept)[bar : bar + 2].tolist()
        rows = sorted((onset, number, pitch, duration) for number, track in enumerate(kept.tracks)
                      for onset, duration, pitch in track.notes[["onset", "duration", "pitch"]].tolist())
        return [NotePlace(at, Fraction(onset - begin, kept.ticks_per_quarter),
                          Fraction(duration, kept.ticks_per_quarter), pitch)
                for at, (onset, number, pitch, duration) in zip(np.flatnonzero(self.is_note(ids)).tolist(), rows,
                                                                strict=True)
                if number == voice and begin <= onset < end]  # fmt: skip

    def strikes(self, ids: type_ids, at: int) -> type_mask:
        """Return which pitches each id would strike at a place of a sequence, (V, 128)."""
        raise TypeError(f"{type(self).__name__} doesn't state which pitches its ids strike")

    def note_index(self, ids: type_ids) -> NDArray[np.int64]:
        """Return the number of the note that each id leads to or belongs to, (T,).

        It is -1 after the last note.
        """
        notes = self.is_note(ids)
        index: NDArray[np.int64] = np.cumsum(notes) - notes
        return np.where(index < notes.sum(), index, -1)

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """Return a variant of a training piece that is as good an example.

        By default it is the same.
        """
        return ids

    def fill_examples(self, ids: type_ids, size: int, rng: np.random.Generator) -> Iterator[type_ids]:
        """Yield sequences of at most `size` ids from a piece with parts of it hidden.

        A model learns from them to fill in. By default there are none.
        """
        yield from ()

    def stated_quarters(self) -> Mapping[str, NDArray[np.float64]]:
        """Return the times that ids state in quarters, (V,), nan for none.

        They are by what is stated: "step", the time since the onset or the bar line before, and "duration". By default
        there are none.
        """
        return {}

    def is_note(self, ids: type_ids) -> type_mask:
        """Return which ids stand for one note each, (T,): nats a note are counted by them."""
        raise TypeError(f"{type(self).__name__} doesn't state which ids are notes")

    def is_condition(self, ids: type_ids) -> type_mask:
        """Return which ids describe the piece, as a prefix does, (T,).

        They are given, so no likelihood counts them.
        """
        return np.zeros(len(ids), dtype=bool)

    def bar_starts(self, ids: type_ids) -> NDArray[np.int64]:
        """Return the places in `ids` where a bar begins, so that a piece may be cut there.

        By default there is none.
        """
        return np.zeros(0, dtype=np.int64)


def from_config(config: dict[str, Any]) -> Codec:
    """Return the codec of a `config()`. Raises UnknownNameError for an unknown name."""
    options = {key: value for key, value in config.items() if key != "name"}
    return registry.load_class("codecs", config["name"], Codec)(**options)
