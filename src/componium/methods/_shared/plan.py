"""Plans of pitched parts, and the close of parts that were made as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.style.plan import Plan, sample_plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.music.instruments import DRUMS


def pitched_plan(controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
    """Draw a plan for parts that have pitches, of profiles `without_drums`.

    Raises ControlError for what can't be met, drums among it.
    """
    if DRUMS in (controls.instruments or ()):
        raise ControlError("drums, of a method that plays none", advice="ask for instruments that have pitches")
    return sample_plan(controls, profiles, rng)


def without_drums(corpus: Corpus) -> Corpus:
    """Return a corpus without drums, for methods that play none.

    Pieces of drums alone are left out.
    """
    kept = []
    for piece in corpus.pieces:
        tracks = tuple(track for track in piece.score.tracks if not track.is_drum)
        if len(tracks) == len(piece.score.tracks):
            kept.append(piece)
        elif tracks:
            kept.append(replace(piece, score=replace(piece.score, tracks=tracks)))
    return corpus.with_pieces(kept)


def tonal_parts(piece: Plan) -> list[int]:
    """Return the parts of a plan that have pitches, or all parts if all are drums."""
    parts = range(len(piece.programs))
    return [part for part in parts if piece.programs[part] != DRUMS] or list(parts)


def close_parts(parts: Sequence[Sequence[tuple[int, ...]]], plan: Plan) -> list[list[tuple[int, ...]]]:
    """Return parts that close as planned, on the tonic or off it.

    Parts are rows of (onset, duration, pitch), in ticks; drums end as they do. What sounds last is lengthened; if its
    lowest note is not as planned, it goes to the nearest pitch below the other notes that is: the tonic, or, for an
    open end, the fifth.
    """
    rows = [[part, *row] for part, part_rows in enumerate(parts) for row in part_rows]
    tonal = [row for row in rows if plan.programs[row[0]] != DRUMS]
    last = max((row[1] + row[2] for row in tonal), default=0)
    final = [row for row in tonal if row[1] + row[2] == last]
    for row in final:
        row[2] = plan.end - row[1]
    lowest = min(final, key=lambda row: row[3], default=None)
    if lowest is not None and (lowest[3] % 12 == plan.key.tonic) != plan.closed:
        wanted = (plan.key.tonic + (0 if plan.closed else 7)) % 12
        low, high = plan.ranges[lowest[0]]
        others = min((row[3] for row in final if row is not lowest), default=high)
        fitting = [pitch for pitch in range(low, high + 1) if pitch % 12 == wanted]
        under = [pitch for pitch in fitting if pitch <= others] or fitting
        lowest[3] = min(under, key=lambda pitch: (abs(pitch - lowest[3]), pitch))
    result: list[list[tuple[int, ...]]] = [[] for _ in parts]
    for part, *row in rows:
        result[part].append(tuple(row))
    return result
