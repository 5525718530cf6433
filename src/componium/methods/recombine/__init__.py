"""Recombine: slices of real pieces, joined only where every part would have gone to the very same note.

After David Cope's *Experiments in Musical Intelligence* (*Computers and Musical Style*, 1991; *Virtual Music*, 2001).
Music is cut into beats (a tune: into bars), and each slice remembers its destination: what sounds next in its piece.
Composing goes from slice to slice; after each come only slices that begin with its destination, note for note and held
note for held note, at the same place of the bar. So the voice-leading at each join is that of the source. A phrase that
returns in several pieces, a signature, is kept whole. The walk ends in the last slice of a real piece, a cadence:
before it sets out it is known from which slices that can be reached in just as many steps as are left.

Where the corpus is too small for that, what must agree at a join is loosened (JOINS) until the length can be reached.
The score says which bar came from where: `score.about("sources")`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.style.plan import TICKS_PER_QUARTER
from componium.errors import ControlError, CorpusError
from componium.methods._shared.bars import TO_MAJOR, TO_MINOR, offset_of, type_ints
from componium.methods._shared.plan import Plan, ended, plan, usual_in
from componium.methods.base import Whole
from componium.methods.recombine.slices import (
    BAR,
    ENTRY,
    LAST,
    METER,
    MINOR,
    NEXT,
    PARTS,
    PIECE,
    PLACE,
    Slices,
    slices_of,
    unit_of,
)  # fmt: skip
from componium.music.score import Score
from componium.music.theory import best_octave
from componium.music.types import type_weights
from componium.progress import type_on_progress

JOINS = ("every part", "the outer parts", "any")  # what must agree at a join, from the strictest on
UNIT = TICKS_PER_QUARTER // 24
DRAWS = 20
TRIES = 5  # a rare metre that nobody asked for may have too little music
SIGNATURE_NOTES = 6  # a signature has at least so many notes in its top part


class Recombine(Whole):
    """Cope's recombination. `stay` is the chance to go on in the same piece where another would do as well; a signature
    is `signature` slices that return in the top part of at least `pieces` pieces.
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "instruments", "ending"})

    def __init__(self, *, stay: float = 0.25, signature: int = 4, pieces: int = 3) -> None:
        self.stay, self.signature, self.pieces = stay, signature, pieces

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Cut the training pieces into slices and find the signatures. Raises CorpusError if no piece has a key."""
        self.usual_, self.slices_ = usual_in(corpus), slices_of(corpus)
        if not len(self.slices_.about):
            raise CorpusError("nothing to recombine", where=corpus.name, expected="pieces with a key")
        self.kept_ = signatures(self.slices_, self.signature, self.pieces)
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.slices_.to_weights()
        return {"usual": self.usual_, "slices": plain}, {**arrays, "kept": self.kept_}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.slices_ = dict(learned["usual"]), Slices.from_weights(learned["slices"], weights)
        self.kept_ = weights["kept"].astype(bool)
        return self

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        for _ in range(TRIES):
            piece, stock, kept = self._prepared(wishes, rng)
            for join in range(len(JOINS)):
                ways = _Ways(stock, piece, join)
                if ways.starts().any():
                    return _score(stock, self._walk(ways, kept, rng), piece)
        raise ControlError(f"no {piece.bars} bars of {piece.meter} can be joined from this music",
                           expected="more music, or fewer bars")

    def _prepared(self, wishes: Controls, rng: np.random.Generator) -> tuple[Plan, Slices, NDArray[np.bool_]]:
        """A plan for which there are slices, these, and which are kept with the next; what nobody asked for is drawn
        anew where there are none.
        """
        for _ in range(DRAWS):
            piece = plan(wishes, self.usual_, rng)
            stock, playable = tuned(self.slices_, piece)
            fits = playable & _fitting(stock, piece) & (np.diff(stock.first) > 0)
            if (fits & (stock.about[:, LAST] == 1)).any():
                return piece, stock.only(fits), self.kept_[fits]
        raise ControlError(f"no music in {piece.meter} for {len(piece.programs)} parts in their ranges",
                           expected="a metre and instruments that the corpus has")

    def _walk(self, ways: "_Ways", kept: NDArray[np.bool_], rng: np.random.Generator) -> list[int]:
        """Slice after slice, to the end."""
        about = ways.slices.about
        path = [int(rng.choice(np.flatnonzero(ways.starts())))]
        while not ways.ends(path[-1], len(path)):
            here = path[-1]
            found = ways.after(here, len(path))
            others = found[about[found, PIECE] != about[here, PIECE]]
            if here + 1 in found and (not len(others) or kept[here] or rng.random() < self.stay):
                path.append(here + 1)
            else:
                path.append(int(rng.choice(others if len(others) else found)))
        return path


class _Ways:
    """Which slice may stand where, so that the end is reached with the last bar."""

    def __init__(self, slices: Slices, piece: Plan, join: int) -> None:
        self.slices = slices
        self.a_bar = piece.bar_ticks // UNIT // unit_of(piece.meter, len(piece.programs))
        self.steps = piece.bars * self.a_bar
        self._entry, self._next = _keys(slices, join)
        self._members = _groups(self._entry)
        is_last = slices.about[:, LAST] == 1
        right = is_last & (_closes(slices, is_last, piece.key.tonic) == piece.closed)
        self._last = right if right.any() else is_last
        self._places = slices.about[:, PLACE]
        self._leads = self._find_leads()

    def _find_leads(self) -> list[NDArray[np.bool_]]:
        """For each step, by entry, whether a slice with it leads to the end from there; worked out from the end."""
        n_keys = int(max(self._entry.max(), self._next.max())) + 2  # the last stands for -1, which leads nowhere
        leads = [np.zeros(n_keys, dtype=bool) for _ in range(self.steps + 1)]
        every = np.arange(len(self._entry))
        for at in reversed(range(self.steps)):
            leads[at][self._entry[every[self._ok(every, at, leads)]]] = True
        return leads

    def _ok(self, numbers: type_ints, at: int, leads: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """Which of these slices lead to the end if they stand at step `at`."""
        ok: NDArray[np.bool_] = leads[at + 1][self._next[numbers]]
        if at >= self.steps - self.a_bar:  # in the last bar; what sounds at the end is held to its end
            ok = ok | self._last[numbers]
        return ok & (self._places[numbers] == at % self.a_bar) if self.a_bar > 1 else ok

    def starts(self) -> NDArray[np.bool_]:
        """The slices to begin with: first in their pieces, with all parts; or, if none leads to the end, others."""
        every = np.arange(len(self._entry))
        downbeat: NDArray[np.bool_] = self._ok(every, 0, self._leads) & (self._places == 0)
        first = downbeat & (self.slices.about[:, BAR] == 0)
        for chosen in (first, downbeat):
            full = chosen.copy()
            full[chosen] = [self._is_full(at) for at in np.flatnonzero(chosen).tolist()]
            if full.any():
                return full
        return downbeat

    def _is_full(self, at: int) -> bool:
        rows = self.slices.of(at)
        return len(set(rows[rows[:, 0] == 0, 3].tolist())) == int(self.slices.about[at, PARTS])

    def ends(self, here: int, done: int) -> bool:
        """Whether the path of `done` slices, the last of them `here`, may stop."""
        return done > self.steps - self.a_bar and bool(self._last[here])

    def after(self, here: int, at: int) -> type_ints:
        """The slices that may stand at step `at` after `here`."""
        group = self._members[int(self._next[here])]
        found: type_ints = group[self._ok(group, at, self._leads)]
        return found


def _groups(entry: type_ints) -> dict[int, type_ints]:
    """The slices of each entry."""
    order = np.argsort(entry, kind="stable")
    keys, starts = np.unique(entry[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(order, starts[1:]), strict=True))


def _keys(slices: Slices, join: int) -> tuple[type_ints, type_ints]:
    """Numbers for the entry and the destination of each slice, alike where a join is allowed.

    What is loosened never joins a held note to one that isn't.
    """
    about = slices.about
    if join == 0:
        return about[:, ENTRY], about[:, NEXT]
    numbers: dict[tuple[Any, ...], int] = {}
    entry = np.full(len(about), -1, dtype=np.int64)
    for at in range(len(about)):
        sounding = slices.of(at)
        sounding = sounding[sounding[:, 0] == 0]
        outer = sorted(sounding[:, 2].tolist())
        told = (outer[:1], outer[-1:]) if join == 1 else ()
        place = int(about[at, PLACE]) if about[at, PARTS] > 1 else 0
        held = tuple(sorted(sounding[sounding[:, 4] == 1][:, 2].tolist()))
        entry[at] = numbers.setdefault((place, held, str(told)), len(numbers))
    follows = (about[1:, PIECE] == about[:-1, PIECE]) & (about[:-1, LAST] == 0)
    return entry, np.append(np.where(follows, entry[1:], -1), -1)


def _closes(slices: Slices, chosen: NDArray[np.bool_], tonic: int) -> NDArray[np.bool_]:
    """Which of the chosen slices end with the tonic as their lowest note."""
    found = np.zeros(len(chosen), dtype=bool)
    for at in np.flatnonzero(chosen).tolist():
        rows = slices.of(at)
        ends = rows[:, 0] + rows[:, 1]
        found[at] = rows[ends == ends.max(), 2].min() % 12 == tonic
    return found


def _fitting(stock: Slices, piece: Plan) -> NDArray[np.bool_]:
    """The slices in this metre for so many parts, of this mode and style where there is a whole piece of it."""
    about, meters = stock.about, stock.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every: NDArray[np.bool_] = (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    style, mode = stock.has_style(piece.style), about[:, MINOR] == ("minor" in piece.key.mode)
    for fits in (every & style & mode, every & style, every & mode):
        if (fits & (about[:, LAST] == 1)).sum() >= 2:
            return fits
    return every


def tuned(slices: Slices, piece: Plan) -> tuple[Slices, NDArray[np.bool_]]:
    """The slices as they sound in the piece's key, each part in its best octave; and which are inside all ranges."""
    notes, minor = slices.notes.copy(), "minor" in piece.key.mode
    of_other = np.repeat(slices.about[:, MINOR] != minor, np.diff(slices.first))
    notes[of_other, 2] += (TO_MINOR if minor else TO_MAJOR)[notes[of_other, 2] % 12]
    notes[:, 2] += offset_of(piece.key.tonic)
    for part, (low, high) in enumerate(piece.ranges):
        mine = notes[:, 3] == part
        notes[mine, 2] += best_octave(notes[mine, 2], low, high)
    low, high = np.array([*piece.ranges, *[(0, 127)] * 32]).T
    so_far = np.concatenate([[0], np.cumsum((notes[:, 2] < low[notes[:, 3]]) | (notes[:, 2] > high[notes[:, 3]]))])
    playable: NDArray[np.bool_] = so_far[slices.first[1:]] == so_far[slices.first[:-1]]
    return replace(slices, notes=notes), playable


def signatures(slices: Slices, length: int, pieces: int) -> NDArray[np.bool_]:
    """Which slices are followed, within a signature, by the next one of their piece: (S,).

    A signature is a run of `length` slices whose top part has the same intervals and rhythm in `pieces` pieces or more.
    """
    shapes = [_shape(slices.of(at)) for at in range(len(slices.about))]
    where: dict[tuple[Any, ...], list[int]] = {}
    for at in range(len(shapes) - length + 1):
        run = shapes[at : at + length]
        if slices.about[at, PIECE] == slices.about[at + length - 1, PIECE] and sum(map(len, run)) >= SIGNATURE_NOTES:
            base = next((shape[0][2] for shape in run if shape), 0)
            key = tuple(tuple((onset, duration, pitch - base) for onset, duration, pitch in shape) for shape in run)
            where.setdefault(key, []).append(at)
    kept = np.zeros(len(shapes), dtype=bool)
    for places in where.values():
        if len({int(slices.about[at, PIECE]) for at in places}) >= pieces:
            for at in places:
                kept[at : at + length - 1] = True
    return kept


def _shape(rows: type_ints) -> list[tuple[int, int, int]]:
    """Onset, duration and pitch of the top part's notes."""
    top = rows[rows[:, 3] == rows[:, 3].min()] if len(rows) else rows
    return [(onset, duration, pitch) for onset, duration, pitch in top[:, :3].tolist()]


def _score(stock: Slices, path: list[int], piece: Plan) -> Score:
    """The slices one after another; notes that were cut and are held on both sides are one again."""
    unit = unit_of(piece.meter, len(piece.programs)) * UNIT
    parts: list[list[tuple[int, ...]]] = [[] for _ in piece.programs]
    going: dict[tuple[int, int], int] = {}  # part and pitch of a note that is held on: where it is in its part
    for at, number in enumerate(path):
        held = {}
        for onset, duration, pitch, part, from_before, on in stock.of(number).tolist():
            place = going.get((part, pitch)) if from_before else None
            if place is None:
                parts[part].append((at * unit + onset * UNIT, duration * UNIT, pitch))
                place = len(parts[part]) - 1
            else:
                start, length, _ = parts[part][place]
                parts[part][place] = (start, length + duration * UNIT, pitch)
            if on:
                held[part, pitch] = place
        going = held
    score = piece.score(ended(parts, piece))
    return replace(score, info=(*score.info, ("sources", _sources(stock, path, piece, unit))))


def _sources(stock: Slices, path: list[int], piece: Plan, unit: int) -> str:
    """For each bar the pieces and the bars in them that it came from: "1 bwv66.6:3; 2 bwv66.6:4, bwv8.6:7; ..."."""
    told = []
    for bar in range(piece.bars):
        inside = [number for at, number in enumerate(path) if at * unit // piece.bar_ticks == bar]
        names = [f"{stock.pieces[stock.about[number, PIECE]]}:{stock.about[number, BAR] + 1}" for number in inside]
        told.append(f"{bar + 1} {', '.join(dict.fromkeys(names))}")
    return "; ".join(told)
