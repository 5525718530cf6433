"""Explanation of a finished score by scoring its notes again.

The ids of the score are read one by one, as if they were drawn, under a guide made anew from the plan and the request.
So masks and biases are those of composing, and each constraint can be asked alone for what it forbids and favors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec, NotePlace
from componium.decoding.explanation import Candidate, NoteExplanation
from componium.decoding.request import Request
from componium.decoding.sampling import Guide, Model, Sampling, probabilities
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score
from componium.music.types import type_ids, type_mask

type_chances = NDArray[np.float64]


class Scorer(Model, Protocol):
    """The part of an autoregressive method that rescoring needs."""

    @property
    def codec_(self) -> Codec:
        """The codec of its ids."""
        ...

    def profile_of(self, style: str) -> StyleProfile:
        """Return the profile of a style."""
        ...


@dataclass(frozen=True)
class Moment:
    """State before one id of a sequence.

    It has the logits (V,), the ids that the grammar allows (V,), and the guide.
    """

    at: int
    logits: NDArray[np.float32]
    allowed: type_mask
    guide: Guide

    def chances(self) -> type_chances:
        """Return the model's distribution among the ids that the grammar allows, (V,)."""
        return _spread(self.logits, self.allowed, Sampling())


@dataclass
class _Found:
    """Candidates of one note, and the nats of the ids that count to it."""

    candidates: tuple[Candidate, ...] = ()
    nats: float = 0.0


def explain_notes(
    model: Scorer, score: Score, bar: int, voice: int, request: Request, plan: Plan | None
) -> tuple[NoteExplanation, ...]:
    """Return the explanations of the notes of one bar and voice, both from 0.

    Without a plan, that which the score keeps to is used. Raises CodecError for a score that the codec can't take,
    ControlError for one that its guide can't lead to.
    """
    codec, profile = model.codec_, model.profile_of(plan.style if plan else score.about("style"))
    guide = codec.guide(plan or codec.plan_of(score, profile), request, profile)
    ids = codec.ids_after(guide.given, score)
    places = codec.note_places(score, ids, bar, voice)
    index = codec.note_index(ids)
    wanted = {int(index[place.at]): _Found() for place in places}
    counted = np.flatnonzero(np.isin(index, list(wanted)))
    for moment in rescore(model, guide, ids[: counted.max(initial=-1) + 1], first=int(counted.min(initial=len(ids)))):
        if (found := wanted.get(int(index[moment.at]))) is not None:
            chances = moment.chances()
            found.nats -= log(max(float(chances[ids[moment.at]]), TINIEST))
            if codec.is_note(ids[moment.at : moment.at + 1])[0]:
                found.candidates = candidates_of(moment, chances, codec.strikes(ids, moment.at), request.sampling)
    return tuple(_explanation(place, wanted[int(index[place.at])]) for place in places)


def _explanation(place: NotePlace, found: _Found) -> NoteExplanation:
    """Return the explanation of a note, with nats as bits.

    What its pitch doesn't take is its timing's.
    """
    chance = next(each.chance for each in found.candidates if each.pitch == place.pitch)
    surprise = -log(max(chance or 0.0, TINIEST))
    timing = max(found.nats - surprise, 0.0)
    return NoteExplanation(place.onset, place.duration, place.pitch, found.candidates, surprise / log(2),
                           timing / log(2))  # fmt: skip


TINIEST = float(np.finfo(np.float64).tiny)  # in place of a chance of 0, whose logarithm there is none


def rescore(model: Scorer, guide: Guide, ids: type_ids, first: int = 0) -> Iterator[Moment]:
    """Yield a Moment for each id from `first` on, but for those given.

    The ids before are read in one pass. The next moment changes the guide in place: copy it to keep it.
    """
    first = max(first, len(guide.given))
    if first >= len(ids):
        return
    grammar = model.codec_.initial_state()
    for index in ids[:first].tolist():
        guide.advance(index)
        model.codec_.advance(grammar, index)
    logits, state = model.initial_state(ids[None, :first])
    for at, index in enumerate(ids[first:].tolist(), first):
        yield Moment(at, logits[0], model.codec_.allowed_next(grammar), guide)
        guide.advance(index)
        model.codec_.advance(grammar, index)
        if at + 1 < len(ids):
            logits, state = model.step(state, np.array([index]))


def candidates_of(
    moment: Moment, chances: type_chances, struck: type_mask, sampling: Sampling
) -> tuple[Candidate, ...]:
    """Return the pitches that may be struck at a moment, the likeliest first.

    chances   (V,), the model's distribution
    struck    (V, 128), which pitches each id strikes
    sampling  temperature and truncation
    """
    n_vocab, possible = len(chances), moment.allowed[:, None] & struck
    mask, bias = _read(moment.guide, n_vocab)
    drawn = _spread(moment.logits + bias, mask, sampling) @ struck
    is_open: type_mask = np.any(possible & mask[:, None], axis=0)
    effects = _effects(moment.guide, possible)
    likelihood = chances @ struck
    order = np.lexsort((np.arange(128), -likelihood))
    return tuple(
        Candidate(pitch, float(likelihood[pitch]), float(drawn[pitch]),
                  () if is_open[pitch] else tuple(name for name, (closed, _) in effects.items() if closed[pitch]),
                  {name: float(nats[pitch]) for name, (_, nats) in effects.items() if abs(nats[pitch]) > NO_BIAS})
        for pitch in order.tolist() if possible[:, pitch].any())  # fmt: skip


NO_BIAS = 1e-4  # nats, below which a bias is rounding


def _effects(guide: Guide, possible: type_mask) -> dict[str, tuple[type_mask, NDArray[np.float64]]]:
    """Return the pitches (128,) that each constraint forbids, and its bias in nats.

    "plan" is all that the guide forbids and favors without constraints. `possible` (V, 128) are the ids of each pitch.
    """
    n_vocab, first = len(possible), possible.argmax(axis=0)
    planned, own = _read(_with(guide), n_vocab)
    allowed: type_mask = np.any(possible & planned[:, None], axis=0)
    effects = {"plan": (np.asarray(np.any(possible, axis=0) & ~allowed), own[first].astype(np.float64))}
    for name in guide.constraints.names:
        mask, bias = _read(_with(guide, name), n_vocab)
        closed: type_mask = allowed & ~np.any(possible & mask[:, None], axis=0)
        effects[name] = closed, (bias - own)[first].astype(np.float64)
    return effects


def _with(guide: Guide, *names: str) -> Guide:
    """Return a copy of a guide with no other constraints than these."""
    other = guide.copy()
    other.constraints = other.constraints.only(*names)
    return other


def _read(guide: Guide, n_vocab: int) -> tuple[type_mask, NDArray[np.float32]]:
    """Return a guide's mask and bias, (V,) each, asked for as a sampler does."""
    mask, bias = np.zeros(n_vocab, dtype=bool), np.zeros(n_vocab, dtype=np.float32)
    guide.mask(mask)
    guide.bias(bias)
    return mask, bias


def _spread(logits: NDArray[np.float32], mask: type_mask, sampling: Sampling) -> type_chances:
    """Return the distribution among the ids of a mask, (V,), 0 for the others."""
    spread = np.zeros(len(logits))
    if mask.any():
        spread[mask] = probabilities(logits[mask], sampling)
    return spread
