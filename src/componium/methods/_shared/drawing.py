"""Takes drawn one id after another, from their prompts to their scores."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

import numpy as np

from componium.decoding.critics import CADENCE, Search, critique, mark_of_close, total
from componium.decoding.request import Request
from componium.decoding.sampling import Guide, type_on_step
from componium.decoding.style.plan import Plan
from componium.methods._shared.blended import Conditioned
from componium.methods._shared.endings import n_endings, sample_with_endings
from componium.methods._shared.tries import sample_tries, type_on_draw
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars


def draw_takes(
    model: Conditioned, request: Request, plans: Sequence[Plan], guides: list[Guide],
    rngs: Sequence[np.random.Generator], on_step: type_on_step | None = None,
    on_score: Callable[[int, Score], None] | None = None, search: Search | None = None,
    on_draw: type_on_draw | None = None,
) -> Generator[tuple[int, int], None, list[Score]]:  # fmt: skip
    """Yield (row, id) for every id of every take, prompts included; return the scores.

    model                what gives the logits
    plans, guides, rngs  one a row
    on_step              called with the steps of what is kept; not for tries
    on_score             called with the row and the score of each take that is done, before its last id is yielded
    search               groups the rows as tries, of each group of which one is yielded; by default each is a take
    on_draw              for tries: called as `sample_tries` calls it, with the ids of the prompts too
    """
    if not guides:
        return []
    codec, search = model.codec_, search or Search()
    shortest = min(len(guide.given) for guide in guides)
    prompts = np.stack([guide.given[:shortest] for guide in guides])
    rows: list[list[int]] = [[] for _ in guides]
    profiles = [model.profile_of(plan.style) for plan in plans]

    def mark_of_ending(row: int, guide: Guide, ids: list[int]) -> float:
        """Return the mark of the close of a piece, in a row."""
        score = guide.finish(codec.decode([*rows[row], *ids]))
        return mark_of_close(score, profiles[row], closed=plans[row].closed)

    def mark_of_try(row: int, ids: Sequence[int], n_new_bars: int | None) -> float:
        """Return the mark of a piece, or that of its beginning, which has no close yet."""
        score, critics = guides[row].finish(codec.decode([*rows[row], *ids])), search.critics
        if n_new_bars is not None:
            critics = tuple(name for name in critics if name != CADENCE)
            score = slice_bars(score, 0, n_new_bars + (n_bars(request.score) if request.score else 0))
        return total(critique(score, profiles[row], critics))

    for row, (guide, ids) in enumerate(zip(guides, prompts.tolist(), strict=True)):
        for index in ids:
            guide.advance(index)
            rows[row].append(index)
            if on_draw:
                on_draw(row, index, 0)
            yield row, index
    scores: dict[int, Score] = {}
    counts = [n_endings(request, profile) for profile in profiles]
    sampling = request.sampling if request.region else replace(request.sampling, rhythm=model.rhythm)
    drawing = (model, prompts, guides, rngs, sampling)
    if search.tries == 1:
        drawn = sample_with_endings(*drawing, on_step, counts, mark_of_ending)
    else:
        drawn = sample_tries(*drawing, search.tries, counts, mark_of_ending, mark_of_try, on_draw)
    for row, index in drawn:
        rows[row].append(index)
        if index == codec.eos:
            scores[row] = guides[row].finish(codec.decode(rows[row]))
            if on_score:
                on_score(row, scores[row])
        yield row, index
    return [scores[row] for row in sorted(scores)]
