"""HMM: under each beat of a melody lies a hidden chord; chords follow each other, and each lets some notes sound above.

After Moray Allan and Christopher Williams, *Harmonising Chorales by Probabilistic Inference* (2005). With two parts or
more, a hidden state is the intervals of the lower parts below the top one with the harmony's function (T, S, D or
other), read off the corpus beat by beat; what is seen is the degree of the top part. With one part nothing tells the
states: Baum-Welch finds `n_states` of them (_baum_welch.py).

To compose, states are drawn to the exact length, beginning and ending on the tonic, then a melody above them, among all
melodies by their weight; the lower parts follow from the states. Passing notes, suspensions and rhythm within the
beats are a second such model's (_ornaments.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from componium.corpora.base import Corpus
from componium.decoding.controls import MAX_REPEATS, Controls
from componium.decoding.style.plan import profile_ranges
from componium.decoding.style.profile import profiles_from_json, styles_of
from componium.errors import ControlError, CorpusError
from componium.methods._shared.plan import Plan, ended, plan, usual_in
from componium.methods.base import Whole
from componium.methods.hmm import ornaments as _ornaments
from componium.methods.hmm.baum_welch import (
    Chain,
    baum_welch,
    chain_of,
    draw_states,
    log_prob,
    type_floats,
    type_ints,
    viterbi,
)
from componium.music.score import Score, Track, notes
from componium.music.theory import DEGREES, fold, is_parallel
from componium.music.time import beat_lines, beat_quarters, meters_of
from componium.music.types import type_weights
from componium.progress import type_on_progress

FUNCTIONS = "TDSX"  # tonic, dominant, subdominant, other
STAGE = ("of", "start", "moves", "stands", "goes")  # the arrays of the ornaments
MOST_STATES = 400
SMOOTHING = 0.02
PRIOR = 3.0  # counts for each new way on from a chord, chosen on validation chorales among 0.3, 1, 3, 5, 10, 30
LEARNED_TUNES = 400  # what Baum-Welch and the ornaments hear of each kind of music, to keep a fit short
WIDEST = 9  # semitones between beats of the melody
type_rows = list[tuple[int, ...]]


class HMM(Whole):
    """A hidden Markov model of harmony. `n_states` and `restarts` are for music in one part; `ornament`, 0 to 1,
    is the share of beats that keep what the second model puts into them. `parallel_cost` are the nats that parallel
    fifths and octaves cost between the beats of a melody that is harmonised; unless it
    is 0, ornaments bring none either.
    """

    CONTROLS = frozenset(
        {"style", "key", "meter", "qpm", "bars", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"n_states": 3, "restarts": 1}

    def __init__(
        self, *, n_states: int = 8, restarts: int = 2, ornament: float = 1.0, parallel_cost: float = 6.0
    ) -> None:
        self.n_states, self.restarts = n_states, restarts
        self.ornament, self.parallel_cost = ornament, parallel_cost

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Count (one part: learn) chords and melodies, by style, parts and mode. CorpusError if no piece has a key."""
        heard: dict[str, list[type_ints]] = {}
        whole: dict[str, list[tuple[Score, type_ints]]] = {}
        for piece in corpus.train:
            if piece.score.keys and piece.score.n_notes:
                beats = beats_of(piece.score)
                for style in piece.styles:
                    heard.setdefault(_name(style, beats.shape[1], _is_minor(piece.score)), []).append(beats)
                    name = f"{style}|{beats.shape[1]}|{_beat_of(piece.score)}"
                    whole.setdefault(name, []).append((piece.score, beats))
        if not heard:
            raise CorpusError("no piece with a key", where=corpus.name)
        self.usual_ = usual_in(corpus)
        self.models_ = {name: self._learned(pieces) for name, pieces in sorted(heard.items())}
        self.ornaments_ = {name: _ornaments.learned([
            (beats, _ornaments.patterns_of(score, beats, _scale(score))) for score, beats in pieces[:LEARNED_TUNES]])
            for name, pieces in sorted(whole.items())}
        return self

    def _learned(self, pieces: list[type_ints]) -> dict[str, Any]:
        if pieces[0].shape[1] > 1:
            return counted(pieces)
        lines = [beats[beats[:, 0] >= 0, 0] for beats in pieces[:LEARNED_TUNES]]
        degrees = [line % 12 for line in lines if len(line)]
        chain, _ = baum_welch(degrees, self.n_states, 12, np.random.default_rng(0), restarts=self.restarts, steps=20)
        return {"chain": chain, "states": [["X"]] * self.n_states, "leaps": _leaps(lines)}

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain = {name: model["states"] for name, model in self.models_.items()}
        arrays: type_weights = {}
        for name, model in self.models_.items():
            chain = model["chain"]
            told = {"start": chain.start, "moves": chain.moves, "emits": chain.emits, "leaps": model["leaps"]}
            arrays |= {f"{name}.{kind}": table for kind, table in told.items()}
        patterns = {name: stage["patterns"] for name, stage in self.ornaments_.items()}
        arrays |= {f"{name}.{kind}": stage[kind] for name, stage in self.ornaments_.items() for kind in STAGE}
        return {"usual": self.usual_, "states": plain, "patterns": patterns}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.models_ = dict(learned["usual"]), {}
        for name, states in learned["states"].items():
            chain = Chain(*(weights[f"{name}.{kind}"] for kind in ("start", "moves", "emits")))
            self.models_[name] = {"chain": chain, "states": states, "leaps": weights[f"{name}.leaps"]}
        self.ornaments_ = {
            name: {"patterns": _ornaments.patterns_from(rows), **{kind: weights[f"{name}.{kind}"] for kind in STAGE}}
            for name, rows in learned["patterns"].items()}
        return self

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        piece = plan(wishes, self.usual_, rng)
        model = self._model(piece.style, len(piece.programs), "minor" in piece.key.mode)
        chain, states = model["chain"], model["states"]
        length = piece.end // piece.beat_ticks
        fits = np.zeros((length, len(states)))
        home = np.array([state[0] == "T" for state in states])
        if home.any():
            fits[0, ~home] = -np.inf
            if piece.closed and length > 1:
                fits[-1] = _closing(model)
        path = draw_states(chain, fits, rng)
        top = _melody(model, path, piece, rng)
        lines = [top]
        for part in range(1, len(piece.programs)):
            below = [pitch - states[state][part] for pitch, state in zip(top, path.tolist(), strict=True)]
            lines.append(fold(below, *piece.ranges[part]).tolist())
        beats = np.array(lines).T
        stage = self._stage(piece.style, len(lines), beat_quarters(piece.meter))
        rows = self._dressed(stage, beats, piece, rng)
        return piece.score([unrepeated(row, MAX_REPEATS) for row in ended(rows, piece)])

    def _dressed(self, stage: Mapping[str, Any], beats: type_ints, piece: Plan, rng: np.random.Generator) -> list[Any]:
        tonic, scale = piece.key.tonic, DEGREES[piece.key.mode]
        patterns = _ornaments.drawn_patterns(stage, beats - tonic, share=self.ornament, rng=rng)
        if self.parallel_cost:
            patterns = _ornaments.without_parallels(patterns, beats - tonic, scale)
        ticks = [at * piece.beat_ticks for at in range(len(beats) + 1)]
        return [[(on, long, pitch + tonic) for on, long, pitch in _ornaments.dressed(
            (beats[:, part] - tonic).tolist(), [row[part] for row in patterns], ticks, scale,
            (low - tonic, high - tonic))] for part, (low, high) in enumerate(piece.ranges)]

    def _stage(self, style: str, parts: int, beat: Fraction) -> Mapping[str, Any]:
        """The ornaments of a style in so many parts, at this length of a beat or the nearest one heard."""
        names = [name.split("|") for name in self.ornaments_]
        fitting = [name for name in names if name[1] == str(parts)]
        best = min(fitting, key=lambda name: (name[0] != style, (Fraction(name[2]) / beat).denominator != 1,
                                              abs(Fraction(name[2]) - beat)))
        return self.ornaments_["|".join(best)]

    def _model(self, style: str, parts: int, minor: bool) -> dict[str, Any]:
        """The model of a style, or of the other mode, or of any style with so many parts."""
        others = [name for name in self.models_ if name.split("|")[1] == str(parts)]
        for name in (_name(style, parts, minor), _name(style, parts, not minor), *others):
            if name in self.models_:
                found: dict[str, Any] = self.models_[name]
                return found
        raise ControlError(f"{parts} parts, of which this HMM has heard nothing",
                           expected=", ".join(sorted({name.split("|")[1] for name in self.models_})))

    def harmonize(self, melody: Score, *, rng: np.random.Generator | None = None) -> Score:
        """The melody (the first track, kept note for note) with the lower parts of the likeliest chords under it.

        With `rng` the chords are drawn as often as they are likely. Raises ControlError if no key is stated, or
        nothing was learned in parts.
        """
        if not melody.keys or not melody.n_notes:
            raise ControlError("a melody without a key or without notes", expected="both")
        most = max(int(name.split("|")[1]) for name in self.models_)
        if most < 2:
            raise ControlError("an HMM that has heard no lower parts", expected="one fitted to music in parts")
        model = self._model(str(styles_of(self.usual_)[0]), most, _is_minor(melody))
        style, alone = str(styles_of(self.usual_)[0]), replace(melody, tracks=melody.tracks[:1])
        top, tonic, scale = beats_of(alone)[:, :1], melody.keys[0].tonic, _scale(melody)
        ranges = self._ranges(style, most, tonic)
        beats = self._chords_under(top[:, 0], model, ranges, rng)
        stage = self._stage(style, most, _beat_of(melody))
        given = [row[0] for row in _ornaments.patterns_of(alone, top, scale)]
        patterns = _ornaments.drawn_patterns(stage, beats, top=given, share=self.ornament, rng=rng)
        if self.parallel_cost:
            patterns = _ornaments.without_parallels(patterns, beats, scale)
        tracks, ticks = [melody.tracks[0]], beat_lines(melody).tolist()
        for part in range(1, most):
            rows = _ornaments.dressed(beats[:, part].tolist(), [row[part] for row in patterns], ticks, scale,
                                      ranges[part])
            tracks.append(Track(notes([(on, long, min(max(pitch + tonic, 0), 127)) for on, long, pitch in rows]),
                                melody.tracks[0].program))
        return replace(melody, tracks=tuple(tracks), chords=())

    def harmony_nats(self, score: Score) -> tuple[float, int, int]:
        """Nats of the chords under the first part, given the whole of it; how many are known; and how many beats are.

        Chords that were never heard, or where a part is silent, are summed over, and not counted as known. Raises
        ControlError if nothing was learned in so many parts.
        """
        model = self._model(str(styles_of(self.usual_)[0]), len(score.tracks), _is_minor(score))
        beats, chain = beats_of(score), model["chain"]
        heard = np.where((beats[:, 0] >= 0)[:, None], chain.fits(beats[:, 0] % 12), 0.0)
        numbers = {tuple(state): at for at, state in enumerate(model["states"])}
        path = np.array([numbers.get(_state(beat) or (), -1) for beat in beats.tolist()])
        told = np.where((path[:, None] < 0) | (path[:, None] == np.arange(len(numbers))), heard, -np.inf)
        return log_prob(chain, heard) - log_prob(chain, told), int((path >= 0).sum()), len(path)

    def _ranges(self, style: str, parts: int, tonic: int) -> list[tuple[int, int]]:
        """The usual range of each part, in semitones over the tonic."""
        found = profile_ranges(profiles_from_json(self.usual_)[style], parts)
        return [(low - tonic, high - tonic) for low, high in found]

    def _chords_under(
        self, top: type_ints, model: Mapping[str, Any], ranges: Sequence[tuple[int, int]],
        rng: np.random.Generator | None,
    ) -> type_ints:
        """The pitches of all parts at each beat, (beats, parts), the first being `top`: in range where any chord is."""
        chain = model["chain"]
        below = np.array([[0, *state[1:]] for state in model["states"]], dtype=np.int64)
        low, high = np.array(ranges).T
        pitches = top[:, None, None] - below  # (beats, states, parts)
        fine = ((pitches >= low) & (pitches <= high))[..., 1:].all(axis=-1)
        fits = np.where((top >= 0)[:, None], chain.fits(top % 12), 0.0)
        fits[~fine & fine.any(axis=1, keepdims=True) & (top >= 0)[:, None]] = -np.inf
        costs = [-self.parallel_cost * count for count in parallels(below, np.diff(top).tolist())]
        path = viterbi(chain, fits, costs)[0] if rng is None else draw_states(chain, fits, rng, costs)
        beats: type_ints = pitches[np.arange(len(top)), path]
        for part in range(1, len(ranges)):
            beats[:, part] = fold(beats[:, part], *ranges[part])
        beats[top < 0] = -1
        return beats


def parallels(below: type_ints, steps: Sequence[int]) -> list[type_floats]:
    """How many pairs of parts move in parallel fifths or octaves from each chord to each, for each step of the top.

    `below` (chords, parts) are the parts' distances under the top one.

    >>> parallels(np.array([[0, 7], [0, 4]]), [2])[0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    found: dict[int, type_floats] = {}
    for step in set(steps):
        moved = step - (below[None] - below[:, None])  # (from, to, parts)
        found[step] = np.zeros(moved.shape[:2])
        for high, low in combinations(range(below.shape[1]), 2):
            gap = below[:, low] - below[:, high]
            found[step] += is_parallel(gap[:, None], moved[..., high], moved[..., low])
    return [found[step] for step in steps]


def beats_of(score: Score) -> type_ints:
    """What each part sounds at each beat, in semitones over the lowest tonic (-1: silence): (beats, parts)."""
    ticks = beat_lines(score)[:-1]
    found = np.full((len(ticks), len(score.tracks)), -1, dtype=np.int64)
    for part, track in enumerate(score.tracks):
        if len(track.notes):
            at = np.searchsorted(track.notes["onset"], ticks, side="right") - 1
            sounds = (at >= 0) & (track.notes["onset"][at] + track.notes["duration"][at] > ticks)
            found[sounds, part] = np.maximum(track.notes["pitch"][at][sounds].astype(int) - score.keys[0].tonic, 0)
    return found


def counted(pieces: Sequence[type_ints]) -> dict[str, Any]:
    """The model of pieces in parts, by counting: its commonest states, smoothed."""
    rows = [[_state(beat) for beat in beats.tolist()] for beats in pieces]
    common = Counter(state for row in rows for state in row if state).most_common(MOST_STATES)
    numbers = {state: at for at, (state, _) in enumerate(common)}
    if not numbers:
        raise CorpusError("no beat at which all parts sound")
    total = len(numbers)
    shares = np.array([n for _, n in common], dtype=float)
    start = np.full(total, SMOOTHING)
    moves = np.zeros((total, total))
    emits = np.full((total, 12), SMOOTHING)
    for beats, row in zip(pieces, rows, strict=True):
        path = [numbers.get(state, -1) if state else -1 for state in row]
        if path and path[0] >= 0:
            start[path[0]] += 1
        for at, here in enumerate(path):
            if here >= 0:
                emits[here, beats[at, 0] % 12] += 1
                if at and path[at - 1] >= 0:
                    moves[path[at - 1], here] += 1
    met = np.maximum((moves > 0).sum(axis=1, keepdims=True), 1)  # Witten and Bell: a count for each new way on
    moves += PRIOR * met * shares / shares.sum()
    chain = chain_of(*(table / table.sum(axis=-1, keepdims=True) for table in (start, moves, emits)))
    return {"chain": chain, "states": [list(state) for state in numbers], "leaps": _leaps([b[:, 0] for b in pieces])}


def _state(beat: list[int]) -> tuple[Any, ...] | None:
    """The function, then how far each lower part is under the first; None where a part is silent."""
    return (_function(beat), *[beat[0] - pitch for pitch in beat[1:]]) if min(beat) >= 0 else None


def _function(beat: list[int]) -> str:
    bass, above = min(beat) % 12, {(pitch - min(beat)) % 12 for pitch in beat}
    if bass in (3, 4, 7) and above & {8, 9} and not above & {7}:  # a sixth chord is what its root is
        return "D" if bass == 7 and 4 not in above and 5 not in above else "T"
    return {0: "T", 9: "T", 8: "T", 3: "T", 4: "T", 7: "D", 11: "D", 5: "S", 2: "S"}.get(bass, "X")


def _leaps(lines: Sequence[type_ints]) -> type_floats:
    """The log chance of each interval of the melody from beat to beat, -WIDEST to WIDEST."""
    counts = np.ones(2 * WIDEST + 1)
    for line in lines:
        steps = np.diff(line)[(line[1:] >= 0) & (line[:-1] >= 0)]
        np.add.at(counts, steps[np.abs(steps) <= WIDEST] + WIDEST, 1)
    found: type_floats = np.log(counts / counts.sum())
    return found


def _closing(model: Mapping[str, Any]) -> type_floats:
    """How well each state closes under the tonic: in tonic harmony with the tonic in the bass, if any state has it."""
    found: type_floats = model["chain"].emits[:, 0].copy()
    close = np.array([state[0] == "T" and max(state[1:]) % 12 == 0 for state in model["states"]])
    if close.any():
        found[~close] = -np.inf
    return found


def _melody(model: Mapping[str, Any], path: type_ints, piece: Plan, rng: np.random.Generator) -> list[int]:
    """A pitch for each beat, drawn among all melodies in range by the states under it and by its intervals."""
    low, high = piece.ranges[0]
    pitches = np.arange(low, high + 1)
    leaps = pitches[None, :] - pitches[:, None]
    moves = np.where(np.abs(leaps) <= WIDEST, model["leaps"][np.clip(leaps + WIDEST, 0, 2 * WIDEST)], -np.inf)
    start = (-0.05 * (pitches - (low + high) / 2) ** 2).astype(np.float64)
    degrees = (pitches - piece.key.tonic) % 12
    fits = model["chain"].emits[path][:, degrees]
    fits[-1, (degrees != 0) if piece.closed else (degrees == 0)] = -np.inf
    drawn = draw_states(Chain(start, moves, np.zeros((len(pitches), 1))), fits, rng)
    return [int(pitch) for pitch in pitches[drawn]]


def unrepeated(rows: Sequence[tuple[int, ...]], most: int) -> type_rows:
    """The line with no pitch struck more than `most` times running: what would be, is held on."""
    found: type_rows = []
    run = 0
    for onset, length, pitch in rows:
        run = run + 1 if found and found[-1][2] == pitch else 1
        if run > most:
            found[-1] = (found[-1][0], onset + length - found[-1][0], pitch)
        else:
            found.append((onset, length, pitch))
    return found


def _name(style: str, parts: int, minor: bool) -> str:
    return f"{style}|{parts}|{'minor' if minor else 'major'}"


def _is_minor(score: Score) -> bool:
    return "minor" in score.keys[0].mode


def _scale(score: Score) -> tuple[int, ...]:
    return DEGREES[score.keys[0].mode]


def _beat_of(score: Score) -> Fraction:
    """The length of a beat in quarters, in the metre that the score ends in (it may begin with a pickup's)."""
    return beat_quarters(meters_of(score)[-1])
