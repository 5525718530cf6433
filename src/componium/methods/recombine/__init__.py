"""Recombination: slices of real pieces, joined where every part continues alike.

After David Cope's *Experiments in Musical Intelligence* (*Computers and Musical Style*, 1991; *Virtual Music*, 2001).
Music is cut into beats (a tune: into bars), and each slice has a destination: what sounds next in its piece. Composing
goes from slice to slice; after each come only slices that begin with its destination, note for note and held note for
held note, at the same place of the bar. So the voice-leading at each join is that of the source. A phrase that returns
in several pieces, a signature, is kept whole. The walk ends in the last slice of a real piece, a cadence: before it
sets out, the slices from which that can be reached in just as many steps as are left are computed.

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
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan, sample_plan
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.errors import ControlError, CorpusError
from componium.methods._shared.parameters import check_range
from componium.methods._shared.plan import close_parts
from componium.methods._shared.tables import check_shape
from componium.methods.base import Whole, profiles_of
from componium.methods.recombine.slices import BAR, LAST, PIECE, Slices, slices_of, unit_of
from componium.methods.recombine.tuning import find_signatures, select_slices, to_plan
from componium.methods.recombine.ways import JOINS, Ways
from componium.music.score import Score
from componium.music.types import type_weights
from componium.progress import type_on_progress

UNIT = TICKS_PER_QUARTER // 24
DRAWS = 20
TRIES = 5  # a rare meter that was not requested may have too little music


class Recombine(Whole):
    """Recombination after Cope.

      stay       probability of going on in the same piece where another would do as well, 0 to 1
      signature  slices of a signature
      pieces     pieces in whose top part a signature returns, at least
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "duration", "instruments", "ending"})

    def __init__(self, *, stay: float = 0.25, signature: int = 4, pieces: int = 3) -> None:
        self.stay, self.signature, self.pieces = stay, signature, pieces

    def check_params(self) -> None:
        super().check_params()
        check_range("stay", self.stay, 0, 1)
        check_range("signature", self.signature, 1)
        check_range("pieces", self.pieces, 1)

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Cut the training pieces into slices and find the signatures.

        Raises CorpusError if no piece has a key, ControlError.
        """
        self.check_params()
        self.profiles_, self.slices_ = profiles_of(corpus.train), slices_of(corpus)
        if not len(self.slices_.about):
            raise CorpusError("nothing to recombine", where=corpus.name, expected="pieces with a key")
        self.kept_ = find_signatures(self.slices_, self.signature, self.pieces)
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.slices_.to_weights()
        return {"profiles": profiles_to_json(self.profiles_), "slices": plain}, {**arrays, "kept": self.kept_}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.profiles_ = profiles_from_json(learned.get("profiles"))
        self.slices_ = Slices.from_weights(learned["slices"], weights)
        self.kept_ = check_shape("kept", weights["kept"], len(self.slices_.about)).astype(bool)
        return self

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        for _ in range(TRIES):
            piece, slices, kept = self._prepare(controls, rng)
            for join in range(len(JOINS)):
                ways = Ways(slices, piece, join)
                if ways.starts().any():
                    return _score(slices, self._walk(ways, kept, rng), piece)
        raise ControlError(f"no {piece.bars} bars of {piece.meter} can be joined from this music",
                           expected="more music, or fewer bars")

    def _prepare(self, controls: Controls, rng: np.random.Generator) -> tuple[Plan, Slices, NDArray[np.bool_]]:
        """Return a plan, slices for it, and the mask of those kept with the next one.

        What was not requested is drawn anew where there are none.
        """
        for _ in range(DRAWS):
            piece = sample_plan(controls, self.profiles_, rng)
            slices, playable = to_plan(self.slices_, piece)
            fits = playable & select_slices(slices, piece) & (np.diff(slices.first) > 0)
            if (fits & (slices.about[:, LAST] == 1)).any():
                return piece, slices.only(fits), self.kept_[fits]
        raise ControlError(f"no music in {piece.meter} for {len(piece.programs)} parts in their ranges",
                           expected="a meter and instruments that the corpus has")

    def _walk(self, ways: Ways, kept: NDArray[np.bool_], rng: np.random.Generator) -> list[int]:
        """Return the slices of a piece, one after another to its end."""
        about = ways.slices.about
        path = [int(rng.choice(np.flatnonzero(ways.starts())))]
        while not ways.may_end(path[-1], len(path)):
            here = path[-1]
            choices = ways.after(here, len(path))
            others = choices[about[choices, PIECE] != about[here, PIECE]]
            if here + 1 in choices and (not len(others) or kept[here] or rng.random() < self.stay):
                path.append(here + 1)
            else:
                path.append(int(rng.choice(others if len(others) else choices)))
        return path


def _score(slices: Slices, path: list[int], piece: Plan) -> Score:
    """Return the slices as a score; notes that were cut are joined again."""
    unit = unit_of(piece.meter, len(piece.programs)) * UNIT
    parts: list[list[tuple[int, ...]]] = [[] for _ in piece.programs]
    going: dict[tuple[int, int], int] = {}  # part and pitch of a note that is held on: where it is in its part
    for at, number in enumerate(path):
        held = {}
        for onset, duration, pitch, part, from_before, on in slices.of(number).tolist():
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
    score = piece.score(close_parts(parts, piece))
    return replace(score, info=(*score.info, ("sources", _sources(slices, path, piece, unit))))


def _sources(slices: Slices, path: list[int], piece: Plan, unit: int) -> str:
    """Return for each bar the pieces and the bars in them that it came from.

    As text: "1 bwv66.6:3; 2 bwv66.6:4, bwv8.6:7; ...".
    """
    bars = []
    for bar in range(piece.bars):
        inside = [number for at, number in enumerate(path) if at * unit // piece.bar_ticks == bar]
        names = [f"{slices.pieces[slices.about[number, PIECE]]}:{slices.about[number, BAR] + 1}" for number in inside]
        bars.append(f"{bar + 1} {', '.join(dict.fromkeys(names))}")
    return "; ".join(bars)
