"""Plans that follow a chart: its chords in the key and the bars of a piece."""

from dataclasses import replace
from fractions import Fraction

from componium.decoding.context import TICKS
from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.music.chart import Chart, chord_in
from componium.music.chords import PlainChord
from componium.music.pitch import str_key
from componium.music.time import bar_quarters

STEP = 6  # chords change on 16ths


def with_chords(plan: Plan, chart: Chart, ending: str | None) -> Plan:
    """Return a plan that follows a chart, repeated to the plan's last bar.

    Within a bar a chord that is written again goes on ("C C G" in 3/4), as in what models learn from.
    Its opening is left to the first chord, its closing onset is not before the last one. Unless an ending is asked for,
    it is closed where the last root is the tonic. Raises ControlError for a closed ending on another chord, and for
    more chords in a bar than it has 16ths.
    """
    length = int(bar_quarters(plan.meter) * TICKS)
    chords: list[tuple[int, PlainChord | None]] = []
    for bar in range(plan.bars):
        texts = chart.bars[bar % len(chart.bars)]
        if len(texts) > length // STEP:
            raise ControlError(f"{len(texts)} chords in a bar of {plan.meter}", where=f"bar {bar + 1}",
                               expected=f"at most {length // STEP}")
        found = [chord_in(text, plan.key) for text in texts]
        chords += [(bar * length + _share(at, len(texts), length), chord)
                   for at, chord in enumerate(found) if not at or chord != found[at - 1]]  # fmt: skip
    onset, last = chords[-1]
    tonic = plan.key.tonic
    if ending == "closed" and last is not None and tonic not in last.pitch_classes:
        raise ControlError(f"a closed ending in {str_key(plan.key)} on {last.name(plan.key.fifths)}",
                           expected="a last chord with the tonic", advice='leave the ending out, or ask for "open"')
    closed = plan.closed if ending is not None or last is None else last.root == tonic
    late = onset % length
    closing = late if plan.closing is not None and plan.closing < late else plan.closing
    return replace(plan, chords=tuple(chords), opening=None, closing=closing, closed=closed, is_keyed=True,
                   is_metered=True)  # fmt: skip


def _share(at: int, n: int, length: int) -> int:
    """Return the onset of the `at`-th of `n` chords in a bar, on a 16th.

    >>> [_share(at, 3, 96) for at in range(3)]
    [0, 30, 66]
    """
    return round(Fraction(at * length, n * STEP)) * STEP
