"""What the pieces of each style are usually like, so that what nobody wishes for is as it usually is.

Of the training pieces are kept, style by style, their prefixes (how many pieces have each), the range of each voice,
how they begin, how and where in the last bar they end, and what they shun. The prefix of a take is then drawn from
those that agree with the wishes, and the wishes are written over it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium._pace import paces_of
from componium._turns import shares_of
from componium._vertical import pair_counts
from componium.batching import Example
from componium.codecs._base import Codec, type_ids
from componium.codecs._grid import METERS, TICKS, nearest_qpm
from componium.codecs.events import KEY, KEY_MODES, METER, STYLE, TEMPO, VOICES, Events
from componium.controls import Controls
from componium.errors import ControlError
from componium.instruments import DRUMS
from componium.metrics.harmony import ends_on_tonic, parallel_fifths, parallel_octaves
from componium.metrics.pitch import interval_counts
from componium.pitch import str_key
from componium.score import Score
from componium.time import bar_lines, meters_of

OUTLIERS = 0.5  # percent of a voice's notes, at either end, that its range leaves out
NARROWEST = 12  # semitones that a range has at least
RARE = 0.0005  # of the melodic intervals: what is surely rarer isn't of the style
type_range = tuple[int, int]


def survey(codec: Codec, examples: Sequence[Example]) -> dict[str, Any]:
    """For each style, as plain values: "prefixes", "ranges", "openings", "closed", "closings", "full", "paces",
    "uneven", "turns", "parallels", "pairs" and "rare".

    prefixes   rows of ids from the metre on, each after the number of pieces that have it
    ranges     by the number of voices, the lowest and highest pitch of each voice
    openings   by mode, the first chords: rows of the lowest note, the chord and how many; see `Ends`
    closed     the share of pieces that end on the tonic, 0 to 1; 1 where no piece names its key
    closings   by metre, where in its bar, in 24ths of a quarter, the last note begins: rows of a place and how many
    full       the share of pieces whose voices all sound in the last chord, 0 to 1
    paces      by metre, how many places a quarter notes begin at: rows of a pace and how many (see _pace.py)
    uneven     how far the pace of a piece goes up and down, as a share of it; none where pieces are too short to say
    turns      by the number of voices, of each its share of the places where notes begin, and the share's spread (see
               _turns.py)
    parallels  parallel fifths and octaves a bar, the mean over pieces of several parts; 1 where there is none
    pairs      the shares of pairs of voices' notes that clash, and that cross (see _vertical.py); none of one voice
    rare       the melodic intervals within an octave that hardly ever come, in semitones
    """
    by_style: dict[str, list[int]] = {}
    for at, example in enumerate(examples):
        for style in example.styles:
            by_style.setdefault(style, []).append(at)
    scores = [codec.decode(example.ids) for example in examples]
    prefixes = [tuple(example.ids[codec.is_condition(example.ids)][2:].tolist()) for example in examples]
    return {
        style: _survey_one([prefixes[at] for at in chosen], [scores[at] for at in chosen])
        for style, chosen in sorted(by_style.items())
    }


def _survey_one(prefixes: Sequence[tuple[int, ...]], scores: Sequence[Score]) -> dict[str, Any]:
    pitched = [replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum)) for score in scores]
    return {
        "prefixes": [[n, *prefix] for prefix, n in sorted(Counter(prefixes).items())],
        "ranges": _ranges(scores),
        "openings": _openings(pitched),
        "closed": _share_closed(scores),
        "closings": _closings(pitched),
        "full": _share_full(pitched),
        **_paces(scores),
        "turns": _turns(scores),
        "parallels": _parallels(scores),
        "pairs": _pairs(pitched),
        "rare": _rare(scores),
    }


def _ranges(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    pitches: dict[int, list[list[Any]]] = {}
    for score in scores:
        voices = pitches.setdefault(len(score.tracks), [[] for _ in score.tracks])
        for voice, track in zip(voices, score.tracks, strict=True):
            voice.append(track.notes["pitch"])
    return {str(n): [_range(np.concatenate(voice)) for voice in voices] for n, voices in sorted(pitches.items()) if n}


def _range(pitches: Any) -> list[int]:
    if not len(pitches):
        return [0, 127]
    low, high = np.percentile(pitches, [OUTLIERS, 100 - OUTLIERS]).round().astype(int).tolist()
    wider = max(NARROWEST - (high - low), 0)
    return [max(low - (wider + 1) // 2, 0), min(high + (wider + 1) // 2, 127)]


def _share_closed(scores: Sequence[Score]) -> float:
    closed = [ends_on_tonic(score, score.keys[-1]) for score in scores if score.keys and score.n_notes]
    return round(float(np.mean(closed)), 4) if closed else 1.0


def _openings(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    chords: dict[str, Counter[tuple[int, int]]] = {}
    for score in scores:
        if score.n_notes and score.keys:
            notes = np.concatenate([track.notes for track in score.tracks])
            above = notes["pitch"][notes["onset"] == notes["onset"].min()].astype(int) - score.keys[0].tonic
            chord = sum(1 << each for each in set((above % 12).tolist()))
            chords.setdefault(score.keys[0].mode, Counter())[int(above.min()) % 12, chord] += 1
    return {mode: [[*chord, n] for chord, n in sorted(found.items())] for mode, found in sorted(chords.items())}


def _closings(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    places: dict[str, Counter[int]] = {}
    for score in scores:
        if score.n_notes:
            last = max(int(track.notes["onset"].max()) for track in score.tracks if len(track.notes))
            ticks = last - int(max(line for line in bar_lines(score) if line <= last))
            place = ticks * TICKS // score.ticks_per_quarter
            places.setdefault(str(meters_of(score)[-1]), Counter())[place] += 1
    return {meter: [[place, n] for place, n in sorted(found.items())] for meter, found in sorted(places.items())}


def _share_full(scores: Sequence[Score]) -> float:
    voices = [[track.notes for track in score.tracks] for score in scores if score.n_notes]
    lasts = [max(int(notes["onset"].max()) for notes in each if len(notes)) for each in voices]
    full = [all((notes["onset"] + notes["duration"]).max(initial=0) > last for notes in each)
            for each, last in zip(voices, lasts, strict=True)]  # fmt: skip
    return round(float(np.mean(full)), 4) if full else 0.0


def _paces(scores: Sequence[Score]) -> dict[str, Any]:
    found = [(str(meters_of(score)[0]), paces_of(score)) for score in scores if score.n_notes]
    rounded = Counter((meter, max(round(20 * paces.mean()), 1) / 20) for meter, paces in found)
    by_meter: dict[str, list[list[float]]] = {}
    for (meter, pace), n in sorted(rounded.items()):
        by_meter.setdefault(meter, []).append([pace, n])
    spreads = [paces.std() / paces.mean() for _, paces in found if len(paces) > 1]
    return {"paces": by_meter, **({"uneven": round(float(np.mean(spreads)), 4)} if spreads else {})}


def _turns(scores: Sequence[Score]) -> dict[str, list[list[float]]]:
    shares: dict[int, list[NDArray[np.float64]]] = {}
    for score in scores:
        if len(score.tracks) > 1 and score.n_notes:
            shares.setdefault(len(score.tracks), []).append(shares_of(score))
    stacked = {n: np.concatenate(each) for n, each in sorted(shares.items())}
    return {str(n): np.stack([each.mean(axis=0), each.std(axis=0)], axis=1).round(4).tolist()
            for n, each in stacked.items()}  # fmt: skip


def _parallels(scores: Sequence[Score]) -> float:
    found = [parallel_fifths(score) + parallel_octaves(score) for score in scores if len(score.tracks) > 1]
    return round(float(np.nanmean(found)), 4) if np.isfinite(found).any() else 1.0


def _pairs(scores: Sequence[Score]) -> list[float]:
    n_pairs, *kinds = np.sum([pair_counts(score) for score in scores], axis=0).tolist()
    return [round(n / n_pairs, 4) for n in kinds] if n_pairs else []


def _rare(scores: Sequence[Score]) -> list[int]:
    """By the rule of three: what didn't come in n may, 95 times in 100, come no oftener than in 3 of n."""
    counts = np.sum([interval_counts(score) for score in scores], axis=0)
    rare: list[int] = (np.flatnonzero(counts + 3 < RARE * counts.sum()) - len(counts) // 2).tolist()
    return rare


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
