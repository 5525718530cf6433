"""HMM: under each beat of a melody lies a hidden chord; chords follow each other, and each lets some notes sound above.

After Moray Allan and Christopher Williams, *Harmonising Chorales by Probabilistic Inference* (2005). With two parts or
more, a hidden state is the intervals of the lower parts below the top one with the harmony's function (T, S, D or
other), read off the corpus beat by beat; what is seen is the degree of the top part. With one part nothing tells the
states: Baum-Welch finds `n_states` of them (_baum_welch.py).

To compose, states are drawn to the exact length, beginning and ending on the tonic, then a melody above them, among all
melodies by their weight; the lower parts follow from the states. Thirds are then filled with passing notes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from componium.controls import Controls
from componium.corpora._base import Corpus
from componium.errors import ControlError, CorpusError, NotFittedError
from componium.guides import SCALES
from componium.methods._base import Method, Run, type_weights
from componium.methods._baum_welch import Chain, baum_welch, chain_of, draw_states, type_floats, type_ints, viterbi
from componium.methods._plan import Plan, ended, plan, usual_in
from componium.score import Score, Track, notes
from componium.time import beat_lines

FUNCTIONS = "TDSX"  # tonic, dominant, subdominant, other
MOST_STATES = 400
SMOOTHING = 0.02
LEARNED_TUNES = 400  # what Baum-Welch hears of each style and mode, to keep a fit short
WIDEST = 9  # semitones between beats of the melody
type_rows = list[tuple[int, ...]]


class HMM(Method):
    """A hidden Markov model of harmony. `n_states` and `restarts` are for music in one part, `ornament` is 0 to 1."""

    obeys: ClassVar[frozenset[str]] = frozenset(
        {"style", "key", "meter", "qpm", "bars", "instruments", "ending", "max_repeats"})
    TINY: ClassVar[Mapping[str, Any]] = {"n_states": 3, "restarts": 1}

    def __init__(self, *, n_states: int = 8, restarts: int = 2, ornament: float = 0.4) -> None:
        self.n_states, self.restarts, self.ornament = n_states, restarts, ornament

    def parameters(self) -> dict[str, Any]:
        return {"n_states": self.n_states, "restarts": self.restarts, "ornament": self.ornament}

    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Count (one part: learn) chords and melodies, by style, parts and mode. CorpusError if no piece has a key."""
        heard: dict[str, list[type_ints]] = {}
        for piece in corpus.train:
            if piece.score.keys and piece.score.n_notes:
                beats = beats_of(piece.score)
                for style in piece.styles:
                    heard.setdefault(_name(style, beats.shape[1], _is_minor(piece.score)), []).append(beats)
        if not heard:
            raise CorpusError("no piece with a key", where=corpus.name)
        self.usual_ = usual_in(corpus)
        self.models_ = {name: self._learned(pieces) for name, pieces in sorted(heard.items())}
        return self

    def _learned(self, pieces: list[type_ints]) -> dict[str, Any]:
        if pieces[0].shape[1] > 1:
            return counted(pieces)
        lines = [beats[beats[:, 0] >= 0, 0] for beats in pieces[:LEARNED_TUNES]]
        degrees = [line % 12 for line in lines if len(line)]
        chain, _ = baum_welch(degrees, self.n_states, 12, np.random.default_rng(0), restarts=self.restarts, steps=20)
        return {"chain": chain, "states": [["X"]] * self.n_states, "leaps": _leaps(lines)}

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        self._fitted()
        plain = {name: model["states"] for name, model in self.models_.items()}
        arrays: type_weights = {}
        for name, model in self.models_.items():
            chain = model["chain"]
            told = {"start": chain.start, "moves": chain.moves, "emits": chain.emits, "leaps": model["leaps"]}
            arrays |= {f"{name}.{kind}": table for kind, table in told.items()}
        return {"usual": self.usual_, "states": plain}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.models_ = dict(learned["usual"]), {}
        for name, states in learned["states"].items():
            chain = Chain(*(weights[f"{name}.{kind}"] for kind in ("start", "moves", "emits")))
            self.models_[name] = {"chain": chain, "states": states, "leaps": weights[f"{name}.leaps"]}
        return self

    def _fitted(self) -> None:
        if not hasattr(self, "models_"):
            raise NotFittedError("this HMM has learned nothing", advice="call fit(corpus), or load one")

    def generate(
        self, n: int = 1, *, controls: Controls | None = None, prompt: Score | None = None, rng: np.random.Generator
    ) -> list[Score]:
        """Compose `n` scores. Raises ControlError for a number of parts that it hasn't heard."""
        self._fitted()
        wishes = controls or Controls()
        self.refuse(wishes, prompt)
        return [self._compose(plan(wishes, self.usual_, stream), stream) for stream in rng.spawn(n)]

    def _compose(self, piece: Plan, rng: np.random.Generator) -> Score:
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
        rows = [_line(top, piece)]
        for part in range(1, len(piece.programs)):
            below = [pitch - states[state][part] for pitch, state in zip(top, path.tolist(), strict=True)]
            rows.append(_line(_inside(below, piece.ranges[part]), piece))
        parts = ended([ornamented(row, piece, self.ornament, rng) for row in rows], piece)
        return piece.score([unrepeated(row, piece.max_repeats) for row in parts])

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
        self._fitted()
        if not melody.keys or not melody.n_notes:
            raise ControlError("a melody without a key or without notes", expected="both")
        most = max(int(name.split("|")[1]) for name in self.models_)
        if most < 2:
            raise ControlError("an HMM that has heard no lower parts", expected="one fitted to music in parts")
        model = self._model(str(self.usual_["styles"][0]), most, _is_minor(melody))
        beats, lines = beats_of(replace(melody, tracks=melody.tracks[:1]))[:, 0], beat_lines(melody)
        fits = np.where((beats >= 0)[:, None], model["chain"].fits(beats % 12), 0.0)
        path = viterbi(model["chain"], fits)[0] if rng is None else draw_states(model["chain"], fits, rng)
        tonic = melody.keys[0].tonic
        tracks = [melody.tracks[0]]
        for part in range(1, most):
            rows = [(int(lines[at]), int(lines[at + 1] - lines[at]), int(pitch) + tonic - model["states"][state][part])
                    for at, (pitch, state) in enumerate(zip(beats, path.tolist(), strict=True)) if pitch >= 0]
            tracks.append(Track(notes([(on, long, min(max(pitch, 0), 127)) for on, long, pitch in rows]),
                                melody.tracks[0].program))
        return replace(melody, tracks=tuple(tracks), chords=())


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
    rows = [[_state(beat) for beat in beats.tolist()] for beats in pieces[:LEARNED_TUNES]]
    common = Counter(state for row in rows for state in row if state).most_common(MOST_STATES)
    numbers = {state: at for at, (state, _) in enumerate(common)}
    if not numbers:
        raise CorpusError("no beat at which all parts sound")
    total = len(numbers)
    shares = np.array([n for _, n in common], dtype=float)
    start = np.full(total, SMOOTHING)
    moves = np.tile(shares / shares.sum(), (total, 1))  # one count, spread as the states are common
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


def _inside(pitches: list[int], limits: tuple[int, int]) -> list[int]:
    """Each pitch in the octave nearest to its own that is in range."""
    low, high = limits
    return [min((p for p in range(low, high + 1) if (p - pitch) % 12 == 0), key=lambda p: abs(p - pitch),
                default=min(max(pitch, low), high)) for pitch in pitches]


def _line(pitches: list[int], piece: Plan) -> type_rows:
    return [(at * piece.beat_ticks, piece.beat_ticks, pitch) for at, pitch in enumerate(pitches)]


def ornamented(rows: type_rows, piece: Plan, share: float, rng: np.random.Generator) -> type_rows:
    """The line with a share of its thirds filled: the scale's note between, in the latter half of the beat."""
    scale = {(piece.key.tonic + step) % 12 for step in SCALES[piece.key.mode]}
    found: type_rows = []
    for (onset, length, pitch), after in zip(rows, [*rows[1:], rows[-1]], strict=True):
        between = [p for p in range(min(pitch, after[2]) + 1, max(pitch, after[2])) if p % 12 in scale]
        if abs(pitch - after[2]) in (3, 4) and len(between) == 1 and rng.random() < share:
            first = length * 2 // 3 if length % 9 == 0 else length // 2  # a dotted beat has thirds
            found += [(onset, first, pitch), (onset + first, length - first, between[0])]
        else:
            found.append((onset, length, pitch))
    return found


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
