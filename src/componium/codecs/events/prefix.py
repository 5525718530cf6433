"""What is usual in a style, so that what nobody wishes for is as it usually is.

`survey` tells what the style's pieces are like. Of a take the prefix is drawn from those of the pieces that agree with
the wishes, and the wishes are written over it; how it begins and ends is drawn, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.codec import KEY, KEY_MODES, METER, STYLE, TEMPO, VOICES, Events
from componium.codecs.events.grid import METERS, nearest_qpm
from componium.decoding.controls import Controls
from componium.errors import ControlError
from componium.music.instruments import DRUMS
from componium.music.pitch import str_key
from componium.music.types import type_ids


def wished_ids(codec: Events, wish: Controls) -> dict[int, int]:
    """For each place of the prefix the id that is wished for. Raises ControlError for what the codec can't say."""
    words: dict[int, tuple[str, int | str]] = {}
    if wish.style is not None:
        if wish.style not in codec.styles:
            raise ControlError(f"no style {wish.style!r}", expected=f"one of {', '.join(codec.styles)}")
        words[STYLE] = ("Style", wish.style)
    if wish.key is not None:
        if wish.key.mode not in KEY_MODES:
            raise ControlError(f"the mode of {str_key(wish.key)}", expected=f"one of {', '.join(KEY_MODES)}")
        words[KEY] = ("Key", f"{wish.key.tonic}_{wish.key.mode}")
    if wish.meter is not None:
        if (wish.meter.numerator, wish.meter.denominator) not in METERS:
            raise ControlError(f"a metre of {wish.meter}", expected="at most 8 quarters a bar, 2 to 16 below")
        words[METER] = ("Meter", str(wish.meter))
    if wish.qpm is not None:
        words[TEMPO] = ("Tempo", nearest_qpm(wish.qpm))
    if wish.instruments is not None:
        words[VOICES] = ("Voices", len(wish.instruments))
    return {place: codec.vocab.id(*word) for place, word in words.items()}


def are_drums(codec: Events, prefix: type_ids) -> NDArray[np.bool_]:
    """Of each voice of a prefix, whether it is a drum's."""
    n_voices = int(codec.vocab.values[prefix[VOICES]])
    result: NDArray[np.bool_] = prefix[VOICES + 1 : VOICES + 1 + n_voices] == codec.vocab.id("Program", "drums")
    return result


def _with_parts(codec: Events, rows: Sequence[Any], instruments: Sequence[int], what: str) -> list[Any]:
    """The rows with as many parts, and as many of them drums, as are wished for of `what`. Raises ControlError if there
    is none."""
    wanted = len(instruments), instruments.count(DRUMS)
    found = [(len(drums), int(drums.sum())) for drums in (are_drums(codec, row[2]) for row in rows)]
    if wanted not in found:
        known = [f"{n} ({drums} of them drums)" if drums else f"{n}" for n, drums in sorted(set(found))]
        beat = f", {wanted[1]} of them drums," if wanted[1] else ""
        raise ControlError(f"{wanted[0]} instrument{'s' * (wanted[0] > 1)}{beat} for {what}",
                           expected=f"{' or '.join(known)}, as in the music learned from")
    return [row for row, these in zip(rows, found, strict=True) if these == wanted]


@dataclass(frozen=True, slots=True)
class Ends:
    """How a piece is to begin and end, None where nothing is known.

    `opening` is the first chord's lowest pitch class, in semitones above the tonic, and the chord, a bit for each such
    pitch class; `closing` is where in the last bar, in 24ths of a quarter, the last notes begin; `is_full`, whether all
    voices sound in the end.
    """

    opening: tuple[int, int] | None = None
    closing: int | None = None
    is_full: bool = False


def choose_ends(usual: Mapping[str, Any], mode: str, meter: str, rng: np.random.Generator) -> Ends:
    """A beginning and an end, each as often as pieces of the style in this mode and this metre have it."""
    opening = _drawn(usual.get("openings", {}).get(mode, ()), rng)
    closing = _drawn(usual.get("closings", {}).get(meter, ()), rng)
    is_full = bool(rng.random() < usual.get("full", 0.0))
    return Ends((opening[0], opening[1]) if opening else None, closing[0] if closing else None, is_full)


def _drawn(rows: Sequence[Sequence[int]], rng: np.random.Generator) -> Sequence[int] | None:
    """One of some rows, the last of each of which is its weight."""
    weights = np.array([row[-1] for row in rows], dtype=float)
    return rows[rng.choice(len(rows), p=weights / weights.sum())] if len(rows) else None


def choose_prefix(codec: Events, wish: Controls, seen: Mapping[str, Any], rng: np.random.Generator) -> type_ids:
    """A training piece's prefix that agrees with as many wishes as any does, with the wishes written over it.

    `seen` is what `survey` tells. Raises ControlError for a number of parts, or a metre, of which the model
    has seen nothing.
    """
    wished = wished_ids(codec, wish)
    seen = {style: usual["prefixes"] for style, usual in seen.items()}
    chosen = dict(seen) if wish.style is None or wish.style not in seen else {wish.style: seen[wish.style]}
    rows = [(style, row[0], np.array([codec.bos, 0, *row[1:]])) for style, found in chosen.items() for row in found]
    if wish.meter is not None and not any(wished[METER] == row[1] for found in seen.values() for row in found):
        known = sorted({codec.vocab.token(row[1])[len("Meter_") :] for found in seen.values() for row in found})
        raise ControlError(f"a metre of {wish.meter}, in which this model has seen no music",
                           expected=f"one of {', '.join(known)}")
    for place in (VOICES, METER, TEMPO, KEY):
        if place == VOICES and wish.instruments is not None:
            rows = _with_parts(codec, rows, wish.instruments, wish.style or "this model")
        else:
            rows = [row for row in rows if row[2][place] == wished.get(place)] or rows
    if not rows:
        raise ControlError("this model doesn't say what it was trained on", expected="one fitted by this version")
    styles = sorted({row[0] for row in rows})
    style = styles[rng.integers(len(styles))]
    rows = [row for row in rows if row[0] == style]
    weights = np.array([row[1] for row in rows], dtype=float)
    ids = rows[rng.choice(len(rows), p=weights / weights.sum())][2].copy()
    ids[STYLE] = codec.vocab.id("Style", style)
    for place, index in wished.items():
        ids[place] = index
    return ids
