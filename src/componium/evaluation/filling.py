"""Filling in, measured on pieces whose hidden cells are known.

A held-out piece is read with cells hidden, and what stood there is predicted, id by id, among what the guide allows.
Beside it the same ids are predicted from what comes before them alone. Both count the same choices, so the difference
is what the bars behind tell, and the other voices.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import constraint_classes
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.sampling import Guide
from componium.errors import ControlError
from componium.methods import Autoregressive
from componium.music.score import Score
from componium.music.types import type_ids, type_mask


class FillNats(NamedTuple):
    """Nats of what a score has in a region, and the number of its notes there.

    around  with all that is known around it
    before  from what comes before alone
    """

    around: float
    before: float
    n_notes: int


def fill_nats(method: Autoregressive, score: Score, region: Region) -> FillNats:
    """Return the nats of what a score has in a region.

    Constraints are off. Raises ControlError for a method that states no regions, and as its codec does for a score that
    it can't take.
    """
    codec = method.codec_
    if "region" not in codec.supported_controls:
        raise ControlError(f"holes of {method.name}", expected="a method whose codec states regions")
    score = codec.canonicalize(score)
    request = Request(score=score, region=region, constraints=dict.fromkeys(constraint_classes(), False))
    plan = method.plan(request, np.random.default_rng(0))
    assert plan is not None
    guide = codec.guide(plan, request, method.profile_of(plan.style))
    ids, plain = codec.encode(score, region).ids, codec.encode(score).ids
    fill = int(np.flatnonzero(ids == codec.vocab.id("Fill"))[0]) + 1
    bar = int(codec.bar_starts(plain)[0])
    return _nats(method, guide, ids, plain, fill - bar)


def _nats(method: Autoregressive, guide: Guide, ids: type_ids, plain: type_ids, shift: int) -> FillNats:
    """Return the nats of the ids behind those that the guide is given.

    `plain` has them `shift` places earlier.
    """
    first = len(guide.given)
    for index in ids[:first].tolist():
        guide.advance(index)
    around, left = method.initial_state(ids[None, :first])
    before, right = method.initial_state(plain[None, : first - shift])
    nats, n_notes = np.zeros(2), 0
    allowed = np.zeros(len(method.codec_.vocab), dtype=bool)
    for index in ids[first:].tolist():
        guide.mask(allowed)
        if allowed.sum() > 1:
            nats += [_surprise(logits[0], index, allowed) for logits in (around, before)]
            n_notes += int(method.codec_.is_note(np.array([index]))[0])
        guide.advance(index)
        (around, left), (before, right) = (method.step(state, np.array([index])) for state in (left, right))
    return FillNats(float(nats[0]), float(nats[1]), n_notes)


def _surprise(logits: NDArray[np.float32], index: int, allowed: type_mask) -> float:
    """Return the nats of an id among those allowed."""
    row = logits[allowed].astype(np.float64)
    return float(np.log(np.exp(row - row.max()).sum()) + row.max() - logits[index])
