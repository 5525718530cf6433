"""Hidden Markov model of harmony: a hidden chord under each beat of a melody.

After Moray Allan and Christopher Williams, *Harmonising Chorales by Probabilistic Inference* (2005). With two parts or
more, a hidden state is the intervals of the lower parts below the top one with the harmony's function (T, S, D or
other), counted in the corpus beat by beat; observed is the degree of the top part. With one part no state is known:
Baum-Welch finds `n_states` of them (baum_welch.py).

To compose, states are drawn to the exact length, beginning and ending on the tonic, then a melody above them, among all
melodies by their weight; the lower parts follow from the states. Passing notes, suspensions and rhythm within the beats
come from a second such model (ornaments.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.corpora.base import Corpus
from componium.decoding.controls import MAX_REPEATS, Controls
from componium.decoding.explanation import NoteExplanation
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan, profile_ranges
from componium.decoding.style.profile import profiles_from_json, profiles_to_json, styles_of
from componium.errors import CheckpointError, ControlError, CorpusError
from componium.methods._shared.parameters import check_range
from componium.methods._shared.plan import close_parts, pitched_plan, without_drums
from componium.methods._shared.tables import check_range_of, check_shape
from componium.methods.base import Whole, profiles_of
from componium.methods.hmm import ornaments
from componium.methods.hmm.baum_welch import (
    Chain,
    baum_welch,
    draw_states,
    log_prob,
    log_sum,
    predict,
    type_floats,
    type_ints,
    viterbi,
)
from componium.methods.hmm.explaining import explain_bar
from componium.methods.hmm.melody import closing_weights, draw_melody, limit_repeats
from componium.methods.hmm.states import (
    WIDEST,
    beat_notes,
    beat_pitches,
    count_parallels,
    count_states,
    log_intervals,
    state_of,
)
from componium.music.score import Score, Track, notes
from componium.music.theory import DEGREES, fold
from componium.music.time import beat_lines, beat_quarters
from componium.music.types import type_weights
from componium.progress import type_on_progress

STAGE = ("of", "start", "moves", "stands", "goes")  # the arrays of the ornaments
MOST_TUNES = 400  # what Baum-Welch and the ornaments hear of each kind of music, to keep a fit short


class HMM(Whole):
    """Hidden Markov model of harmony.

      n_states       states of music in one part, 1 or more
      restarts       restarts of Baum-Welch for music in one part, 1 or more
      ornament       share of beats that keep the patterns of the second model, 0 to 1
      parallel_cost  nats that parallel fifths and octaves cost between the beats of a melody that is harmonized, 0 or
                     more; unless it is 0, ornaments bring none either
    """

    tags = frozenset({"needs_music", "likelihood"})
    CONTROLS = frozenset(
        {"style", "key", "meter", "qpm", "bars", "duration", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"n_states": 3, "restarts": 1}

    def __init__(
        self, *, n_states: int = 8, restarts: int = 2, ornament: float = 1.0, parallel_cost: float = 6.0
    ) -> None:
        self.n_states, self.restarts = n_states, restarts
        self.ornament, self.parallel_cost = ornament, parallel_cost

    def check_params(self) -> None:
        super().check_params()
        check_range("n_states", self.n_states, 1, 1000)
        check_range("restarts", self.restarts, 1, 1000)
        check_range("ornament", self.ornament, 0, 1)
        check_range("parallel_cost", self.parallel_cost, 0)

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Count chords and melodies by style, parts and mode; learn those of one part.

        Raises CorpusError if no piece has a key, ControlError.
        """
        self.check_params()
        corpus = without_drums(corpus)
        known: dict[str, list[type_ints]] = {}
        whole: dict[str, list[tuple[Score, type_ints]]] = {}
        for piece in corpus.train:
            if piece.score.keys and piece.score.n_notes:
                beats = beat_pitches(piece.score)
                for style in piece.styles:
                    known.setdefault(_name(style, beats.shape[1], _is_minor(piece.score)), []).append(beats)
                    name = f"{style}|{beats.shape[1]}|{_beat_of(piece.score)}"
                    whole.setdefault(name, []).append((piece.score, beats))
        if not known:
            raise CorpusError("no piece with a key", where=corpus.name)
        self.profiles_ = profiles_of(corpus.train)
        self.models_ = {name: self._fit_model(pieces) for name, pieces in sorted(known.items())}
        self.ornaments_ = {name: ornaments.fit_patterns([
            (beats, ornaments.read_patterns(score, beats, _scale(score))) for score, beats in pieces[:MOST_TUNES]])
            for name, pieces in sorted(whole.items())}
        return self

    def _fit_model(self, pieces: list[type_ints]) -> dict[str, Any]:
        if pieces[0].shape[1] > 1:
            return count_states(pieces)
        lines = [beats[beats[:, 0] >= 0, 0] for beats in pieces[:MOST_TUNES]]
        degrees = [line % 12 for line in lines if len(line)]
        chain, _ = baum_welch(degrees, self.n_states, 12, np.random.default_rng(0), restarts=self.restarts, steps=20)
        return {"chain": chain, "states": [["X"]] * self.n_states, "leaps": log_intervals(lines)}

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain = {name: model["states"] for name, model in self.models_.items()}
        arrays: type_weights = {}
        for name, model in self.models_.items():
            chain = model["chain"]
            stated = {"start": chain.start, "moves": chain.moves, "emits": chain.emits, "leaps": model["leaps"]}
            arrays |= {f"{name}.{kind}": table for kind, table in stated.items()}
        patterns = {name: stage["patterns"] for name, stage in self.ornaments_.items()}
        arrays |= {f"{name}.{kind}": stage[kind] for name, stage in self.ornaments_.items() for kind in STAGE}
        return {"profiles": profiles_to_json(self.profiles_), "states": plain, "patterns": patterns}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.profiles_, self.models_ = profiles_from_json(learned.get("profiles")), {}
        for name, states in learned["states"].items():
            n_states, n_parts = len(states), int(name.split("|")[-2])
            if not states or not all(len(state) >= n_parts and isinstance(state[0], str) for state in states):
                raise CheckpointError(f"states of {name} that aren't chords", expected="what save wrote")
            check_shape("start", weights[f"{name}.start"], n_states, kinds="f")
            check_shape("moves", weights[f"{name}.moves"], n_states, n_states, kinds="f")
            check_shape("emits", weights[f"{name}.emits"], n_states, 12, kinds="f")
            check_shape("leaps", weights[f"{name}.leaps"], 2 * WIDEST + 1, kinds="f")
            chain = Chain(*(weights[f"{name}.{kind}"] for kind in ("start", "moves", "emits")))
            self.models_[name] = {"chain": chain, "states": states, "leaps": weights[f"{name}.leaps"]}
        if not self.models_:
            raise CheckpointError("a model without states", expected="what save wrote")
        self.ornaments_ = {
            name: {"patterns": ornaments.parse_patterns(rows), **{kind: weights[f"{name}.{kind}"] for kind in STAGE}}
            for name, rows in learned["patterns"].items()}
        if {name.split("|")[-2] for name in self.models_} - {name.split("|")[-2] for name in self.ornaments_}:
            raise CheckpointError("states of a number of parts without ornaments", expected="what save wrote")
        for name, stage in self.ornaments_.items():
            n_patterns = len(stage["patterns"])
            n_states = len(check_shape("of", stage["of"], None, int(name.split("|")[-2]), kinds="iu"))
            check_range_of("of", stage["of"], 0, n_patterns)
            for kind, shape in (("start", (n_states,)), ("moves", (n_states, n_states)), ("stands", (n_patterns, 24)),
                                ("goes", (n_patterns, 2 * ornaments.WIDEST + 2))):
                check_shape(kind, stage[kind], *shape, kinds="f")
        return self

    def explain(
        self, score: Score, bar: int, voice: int, *, request: Request | None = None, plan: Plan | None = None
    ) -> tuple[NoteExplanation, ...]:
        """Explain the notes of one bar and voice, both from 0, by expected harmony.

        Raises ControlError for a score without a key, or in a number of parts in which nothing was learned.
        """
        if not score.keys or any(track.is_drum for track in score.tracks):
            raise ControlError("a score without a key, or with drums", expected="pitched parts in a key")
        style = score.about("style") or str(styles_of(self.profiles_)[0])
        model = self._model(style, len(score.tracks), _is_minor(score))
        return explain_bar(score, model, bar, voice)

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        piece = pitched_plan(controls, self.profiles_, rng)
        model = self._model(piece.style, len(piece.programs), "minor" in piece.key.mode)
        chain, states = model["chain"], model["states"]
        length = piece.end // piece.beat_ticks
        fits = np.zeros((length, len(states)))
        home = np.array([state[0] == "T" for state in states])
        if home.any():
            fits[0, ~home] = -np.inf
            if piece.closed and length > 1:
                fits[-1] = closing_weights(model)
        path = draw_states(chain, fits, rng)
        top = draw_melody(model, path, piece, rng)
        lines = [top]
        for part in range(1, len(piece.programs)):
            below = [pitch - states[state][part] for pitch, state in zip(top, path.tolist(), strict=True)]
            lines.append(fold(below, *piece.ranges[part]).tolist())
        beats = np.array(lines).T
        stage = self._stage(piece.style, len(lines), beat_quarters(piece.meter))
        rows = self._ornament(stage, beats, piece, rng)
        return piece.score([limit_repeats(row, MAX_REPEATS) for row in close_parts(rows, piece)])

    def _ornament(self, stage: Mapping[str, Any], beats: type_ints, piece: Plan, rng: np.random.Generator) -> list[Any]:
        tonic, scale = piece.key.tonic, DEGREES[piece.key.mode]
        patterns = ornaments.choose_patterns(stage, beats - tonic, share=self.ornament, rng=rng)
        if self.parallel_cost:
            patterns = ornaments.avoid_parallels(patterns, beats - tonic, scale)
        ticks = [at * piece.beat_ticks for at in range(len(beats) + 1)]
        return [[(on, long, pitch + tonic) for on, long, pitch in ornaments.apply_patterns(
            (beats[:, part] - tonic).tolist(), [row[part] for row in patterns], ticks, scale,
            (low - tonic, high - tonic))] for part, (low, high) in enumerate(piece.ranges)]

    def _stage(self, style: str, parts: int, beat: Fraction) -> Mapping[str, Any]:
        """Return the ornaments of a style in so many parts.

        They are those of this length of a beat, or of the nearest in the corpus.
        """
        names = [name.split("|") for name in self.ornaments_]
        fitting = [name for name in names if name[1] == str(parts)]
        best = min(fitting, key=lambda name: (name[0] != style, (Fraction(name[2]) / beat).denominator != 1,
                                              abs(Fraction(name[2]) - beat)))
        return self.ornaments_["|".join(best)]

    def _model(self, style: str, parts: int, minor: bool) -> dict[str, Any]:
        """Return the model of a style, of the other mode, or of any style in these parts."""
        others = [name for name in self.models_ if name.split("|")[1] == str(parts)]
        for name in (_name(style, parts, minor), _name(style, parts, not minor), *others):
            if name in self.models_:
                model: dict[str, Any] = self.models_[name]
                return model
        raise ControlError(f"{parts} parts, in which this HMM was fitted to no music",
                           expected=", ".join(sorted({name.split("|")[1] for name in self.models_})))

    def harmonize(self, melody: Score, *, rng: np.random.Generator | None = None) -> Score:
        """Return the melody with the lower parts of the likeliest chords under it.

        The melody is the first track, and is kept note for note. With `rng` the chords are drawn by their probability.
        Raises ControlError if no key is stated, or nothing was learned in parts.
        """
        if not melody.keys or not melody.n_notes:
            raise ControlError("a melody without a key or without notes", expected="both")
        most = max(int(name.split("|")[1]) for name in self.models_)
        if most < 2:
            raise ControlError("an HMM fitted to no lower parts", expected="one fitted to music in parts")
        model = self._model(str(styles_of(self.profiles_)[0]), most, _is_minor(melody))
        style, alone = str(styles_of(self.profiles_)[0]), replace(melody, tracks=melody.tracks[:1])
        top, tonic, scale = beat_pitches(alone)[:, :1], melody.keys[0].tonic, _scale(melody)
        ranges = self._ranges(style, most, tonic)
        beats = self._chords_under(top[:, 0], model, ranges, rng)
        stage = self._stage(style, most, _beat_of(melody))
        given = [row[0] for row in ornaments.read_patterns(alone, top, scale)]
        patterns = ornaments.choose_patterns(stage, beats, top=given, share=self.ornament, rng=rng)
        if self.parallel_cost:
            patterns = ornaments.avoid_parallels(patterns, beats, scale)
        tracks, ticks = [melody.tracks[0]], beat_lines(melody).tolist()
        for part in range(1, most):
            rows = ornaments.apply_patterns(beats[:, part].tolist(), [row[part] for row in patterns], ticks, scale,
                                      ranges[part])
            tracks.append(Track(notes([(on, long, min(max(pitch + tonic, 0), 127)) for on, long, pitch in rows]),
                                melody.tracks[0].program))
        return replace(melody, tracks=tuple(tracks), chords=())

    def harmony_nats(self, score: Score) -> tuple[float, int, int]:
        """Return the nats of the chords under the first part, known chords, and beats.

        The first part is given as a whole. Chords that were never seen, or where a part is silent, are summed over and
        not counted as known. Raises ControlError if nothing was learned in so many parts.
        """
        chain, degrees, chords, is_known = self._observed(score)
        return log_prob(chain, degrees) - log_prob(chain, chords), int(is_known.sum()), len(is_known)

    def log_prob(self, scores: Sequence[Score]) -> type_floats:
        """Return the log-likelihood of each score's beats in nats, (n,).

        It is summed over all paths of states by the forward algorithm. Observed at each beat are the degree of the
        first part and, with parts, the chord under it; silence, and a chord that was never learned, are summed over.
        What stands between beats, and drums, aren't counted. Raises ControlError for a score without a key, and for one
        in so many parts as nothing was learned in.
        """
        return np.array([log_prob(chain, chords) for chain, _, chords, _ in map(self._observed, scores)], dtype=float)

    def note_log_probs(self, score: Score) -> type_floats:
        """Return the log-likelihood of each note in nats, (n_notes,), part by part.

        At each beat the note of the first part takes that of its degree, given the beats before; the notes of the other
        parts share that of the chord, given the degree too. Notes between beats take 0; drums are left out. Raises as
        `log_prob` does.
        """
        score = _pitched(score)
        chain, degrees, chords, is_known = self._observed(score)
        before = predict(chain, chords)
        degree = log_sum(before + degrees, axis=1)
        chord = log_sum(before + chords, axis=1) - degree
        of_part = [np.zeros(len(track.notes)) for track in score.tracks]
        for part, (logs, places) in enumerate(zip(of_part, beat_notes(score).T, strict=True)):
            counted = places >= 0 if part == 0 else is_known
            shares = degree if part == 0 else chord / (len(of_part) - 1)
            np.add.at(logs, places[counted], shares[counted])
        return np.concatenate(of_part) if of_part else np.zeros(0)

    def _observed(self, score: Score) -> tuple[Chain, type_floats, type_floats, NDArray[np.bool_]]:
        """Return the model for a score, and the log probability of each beat by state.

        Of the degrees alone (T, K), of the degrees and the chords (T, K), and which beats have a known chord (T,).
        """
        score = _pitched(score)
        if not score.keys:
            raise ControlError("a likelihood of a score without a key", expected="one that states its key")
        style = score.about("style") or str(styles_of(self.profiles_)[0])
        model = self._model(style, len(score.tracks), _is_minor(score))
        beats, chain = beat_pitches(score), model["chain"]
        degrees = np.where((beats[:, 0] >= 0)[:, None], chain.fits(beats[:, 0] % 12), 0.0)
        numbers = {tuple(state): at for at, state in enumerate(model["states"])}
        path = np.array([numbers.get(state_of(beat) or (), -1) for beat in beats.tolist()])
        is_known = (path >= 0) & (beats.shape[1] > 1)
        chords = np.where(~is_known[:, None] | (path[:, None] == np.arange(len(model["states"]))), degrees, -np.inf)
        return chain, degrees, chords, is_known

    def _ranges(self, style: str, parts: int, tonic: int) -> list[tuple[int, int]]:
        """Return the usual range of each part, in semitones over the tonic."""
        ranges = profile_ranges(self.profiles_[style], parts)
        return [(low - tonic, high - tonic) for low, high in ranges]

    def _chords_under(
        self, top: type_ints, model: Mapping[str, Any], ranges: Sequence[tuple[int, int]],
        rng: np.random.Generator | None,
    ) -> type_ints:
        """Return the pitches of all parts at each beat, (beats, parts), `top` the first.

        They stay in range where any chord allows that.
        """
        chain = model["chain"]
        below = np.array([[0, *state[1:]] for state in model["states"]], dtype=np.int64)
        low, high = np.array(ranges).T
        pitches = top[:, None, None] - below  # (beats, states, parts)
        fine = ((pitches >= low) & (pitches <= high))[..., 1:].all(axis=-1)
        fits = np.where((top >= 0)[:, None], chain.fits(top % 12), 0.0)
        fits[~fine & fine.any(axis=1, keepdims=True) & (top >= 0)[:, None]] = -np.inf
        costs = [-self.parallel_cost * count for count in count_parallels(below, np.diff(top).tolist())]
        path = viterbi(chain, fits, costs)[0] if rng is None else draw_states(chain, fits, rng, costs)
        beats: type_ints = pitches[np.arange(len(top)), path]
        for part in range(1, len(ranges)):
            beats[:, part] = fold(beats[:, part], *ranges[part])
        beats[top < 0] = -1
        return beats


def _name(style: str, parts: int, minor: bool) -> str:
    return f"{style}|{parts}|{'minor' if minor else 'major'}"


def _pitched(score: Score) -> Score:
    return replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum))


def _is_minor(score: Score) -> bool:
    return "minor" in score.keys[0].mode


def _scale(score: Score) -> tuple[int, ...]:
    return DEGREES[score.keys[0].mode]


def _beat_of(score: Score) -> Fraction:
    """Return the length of a beat in quarters, in the score's main meter."""
    return beat_quarters(main_meter(score))
