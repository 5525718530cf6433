"""Slices for one piece: those that fit its plan, in its key; and signatures."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.decoding.style.plan import Plan
from componium.methods._shared.bars import in_kit, kit_of_plan, move_to_key, out_of_range, type_ints
from componium.methods.recombine.slices import KIT, LAST, METER, MINOR, PARTS, PIECE, Slices

SIGNATURE_NOTES = 6  # a signature has at least so many notes in its top part


def select_slices(slices: Slices, piece: Plan) -> NDArray[np.bool_]:
    """Return the mask of the slices in the plan's meter for so many parts.

    They are of its mode and style where there is a whole piece of these.
    """
    about, meters = slices.about, slices.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every: NDArray[np.bool_] = (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    every &= about[:, KIT] == kit_of_plan(piece)
    style, mode = slices.has_style(piece.style), about[:, MINOR] == ("minor" in piece.key.mode)
    for fits in (every & style & mode, every & style, every & mode):
        if (fits & (about[:, LAST] == 1)).sum() >= 2:
            return fits
    return every


def to_plan(slices: Slices, piece: Plan) -> tuple[Slices, NDArray[np.bool_]]:
    """Transpose slices to the plan's key, each part but drums in its best octave.

    Returns the slices and the mask of those inside all ranges.
    """
    counts = np.diff(slices.first)
    is_drum = in_kit(slices.notes[:, 3], np.repeat(slices.about[:, KIT], counts))
    of_other = np.repeat(slices.about[:, MINOR] != ("minor" in piece.key.mode), counts)
    notes = move_to_key(slices.notes, piece.key, piece.ranges, of_other, is_drum)
    so_far = np.concatenate([[0], np.cumsum(out_of_range(notes, piece.ranges, is_drum))])
    playable: NDArray[np.bool_] = so_far[slices.first[1:]] == so_far[slices.first[:-1]]
    return replace(slices, notes=notes), playable


def find_signatures(slices: Slices, length: int, pieces: int) -> NDArray[np.bool_]:
    """Return the mask (S,) of slices that a signature joins to the next.

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
    """Return onset, duration and pitch of the top part's notes."""
    top = rows[rows[:, 3] == rows[:, 3].min()] if len(rows) else rows
    return [(onset, duration, pitch) for onset, duration, pitch in top[:, :3].tolist()]
