"""Repeats, endings and jumps: the order in which written measures are played.

After a jump (da capo, dal segno) no repeat is taken again, and the last ending is played.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from componium.errors import LimitError

MAX_PLAYED = 100_000  # measures, once unfolded

type_time = int | Fraction


@dataclass(slots=True)
class Measure:
    """Stretch between two bar lines: its length, meter (None: free) and signs."""

    length: type_time = 0
    meter: tuple[int, int] | None = (4, 4)
    forward: bool = False  # |: at its start
    backward: int = 0  # :| at its end; how often the passage is played in all
    endings: frozenset[int] = frozenset()  # the passes it is played in; empty: all of them
    closes: bool = False  # a section ends here: a later :| without |: goes back no further
    signs: set[str] = field(default_factory=set)  # segno, coda at its start; fine, tocoda, dacapo, dalsegno at its end


def play_order(measures: Sequence[Measure]) -> list[int]:
    """Return the measures in the order they are played.

    Raises LimitError when that is over 100,000.

    >>> a, b, c = Measure(forward=True), Measure(endings=frozenset({1}), backward=2), Measure(endings=frozenset({2}))
    >>> play_order([a, b, c])
    [0, 1, 0, 2]
    """
    if not any(m.backward or m.endings or m.signs for m in measures):
        return _limited(list(range(len(measures))))
    order = _walk(measures)
    # Signs that leave a measure out for ever are a mistake: then everything is played once, as written.
    return order if len(set(order)) == len(measures) else list(range(len(measures)))


def _limited(order: list[int]) -> list[int]:
    if len(order) > MAX_PLAYED:
        raise LimitError("the repeats make the piece too long", expected=f"at most {MAX_PLAYED} measures")
    return order


def _walk(measures: Sequence[Measure]) -> list[int]:
    last_pass = _last_passes(measures)
    codas = [at for at, measure in enumerate(measures) if "coda" in measure.signs]
    order: list[int] = []
    at, start, turn, jumped = 0, 0, 1, False
    while at < len(measures):
        measure = measures[at]
        if measure.forward and start != at:
            start, turn = at, 1
        if measure.endings and (last_pass[at] if jumped else turn) not in measure.endings:
            at += 1
            continue
        order.append(at)
        _limited(order)
        if jumped and "fine" in measure.signs:
            break
        target = _jump(measures, at, codas if jumped else None)
        if measure.backward and not jumped and turn < max(last_pass[at], measure.backward * (not measure.endings)):
            at, turn = start, turn + 1
        elif target is not None:
            at, jumped = target, jumped or "tocoda" not in measure.signs
        else:
            closes = measure.closes and not measures[start].forward
            if measure.backward or closes or _ends_volta(measures, at, last_pass[at]):
                start, turn = at + 1, 1
            at += 1
    return order


def _jump(measures: Sequence[Measure], at: int, codas: Sequence[int] | None) -> int | None:
    """Return the measure to jump to, or None.

    `codas` are the measures with one, given once a jump was taken.
    """
    signs = measures[at].signs
    if codas is not None:
        following = bisect_right(codas, at)
        return codas[following] if "tocoda" in signs and following < len(codas) else None
    if "dalsegno" in signs:
        return max((i for i, m in enumerate(measures[: at + 1]) if "segno" in m.signs), default=0)
    return 0 if "dacapo" in signs else None


def _last_passes(measures: Sequence[Measure]) -> list[int]:
    """Return, for each measure, the last pass through its endings; 0 outside endings."""
    result = [0] * len(measures)
    for inside, group in groupby(range(len(measures)), key=lambda i: bool(measures[i].endings)):
        if inside:
            span = list(group)
            top = max(max(measures[i].endings) for i in span)
            repeats = any(measures[i].backward and top in measures[i].endings for i in span)
            first_only = len({measures[i].endings for i in span}) == 1
            for i in span:
                result[i] = top + 1 if repeats and first_only else top
    return result


def _ends_volta(measures: Sequence[Measure], at: int, last_pass: int) -> bool:
    over = at + 1 == len(measures) or not measures[at + 1].endings
    return over and bool(measures[at].endings) and last_pass in measures[at].endings
