"""Bred tunes: changes are what they are called, critics mark what they say, and marks never fall."""

import json
import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import stand_in
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.plan import settle_plan
from componium.decoding.style.typical import Typical
from componium.errors import ControlError, FormatError
from componium.methods import genetic, load, make
from componium.methods.genetic import mutations as _mutations
from componium.methods.genetic import tunes
from componium.methods.genetic.critics import Likelihood, Taste, novelty, rules, shape, variety
from componium.music.pitch import parse_key
from componium.music.score import Key, Meter, Score, Track, notes

PIECE = settle_plan(Controls(bars=4), key=Key(0, 0), meter=Meter(0, 4, 4), programs=[40], ranges=[(48, 96)])
RISING = ((0, 24, 60), (24, 24, 62), (48, 24, 64), (72, 24, 65))
LINES = [RISING] * 4


def pitches(line) -> list[int]:
    return [pitch for _, _, pitch in line]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_motif_moves_along_the_scale() -> None:
    moved = {tuple(pitches(line)) for seed in range(40) for line in _mutations.transpose_motif(LINES, PIECE, rng(seed))}
    assert (62, 64, 65, 67) in moved and (59, 60, 62, 64) in moved  # a step up and down in C major
    assert all(pitch % 12 in (0, 2, 4, 5, 7, 9, 11) for found in moved for pitch in found)


def test_inversion_turns_around_the_first_note_and_twice_is_nothing() -> None:
    once = _mutations.invert([RISING], PIECE, rng())
    assert pitches(once[0]) == [60, 59, 57, 55]
    assert _mutations.invert(once, PIECE, rng()) == [RISING]


def test_retrograde_keeps_the_rhythm() -> None:
    line = ((0, 36, 60), (36, 12, 62), (48, 48, 67))
    turned, = _mutations.retrograde([line], PIECE, rng())
    assert pitches(turned) == [67, 62, 60] and [note[:2] for note in turned] == [note[:2] for note in line]


def test_an_ornament_lasts_as_long_as_what_it_adorns() -> None:
    for seed in range(20):
        for line in _mutations.ornament(LINES, PIECE, rng(seed)):
            assert sum(duration for _, duration, _ in line) == 96
            assert all(one[0] + one[1] == other[0] for one, other in pairwise(line))


def test_phrases_change_places() -> None:
    tune = [((at,),) for at in range(8)]
    for seed in range(30):
        changed = _mutations.swap_phrases(tune, rng(seed))
        assert len(changed) == 8 and set(changed) <= set(tune)
    changed = [_mutations.swap_phrases(tune, rng(seed)) for seed in range(30)]
    assert any(sorted(one) == tune != one for one in changed)


def test_no_change_leaves_the_range() -> None:
    tune = [(RISING,)] * 4
    narrow = settle_plan(Controls(bars=4), key=Key(0, 0), meter=Meter(0, 4, 4), programs=[40], ranges=[(59, 67)])
    for seed in range(300):
        tune = _mutations.mutate(tune, narrow, rng(seed))
        assert all(59 <= pitch <= 67 for bar in tune for _, _, pitch in bar[0])
    assert len(_mutations.MUTATIONS) == 4


def test_the_likelihood_critic_likes_what_is_as_usual_as_the_music_counted() -> None:
    walks = [walk(seed) for seed in range(30)]
    critic = Likelihood.of(walks[:20])
    jumpy = [(24 * at, 24, int(pitch)) for at, pitch in enumerate(rng().integers(48, 90, 32))]
    new = [critic.mark(walk) for walk in walks[20:]]
    assert np.mean(new) > 0.5 > 10 * critic.mark(jumpy)
    assert Typical.of([1.0, 3.0]) == Typical(2.0, 1.0)


def test_the_likelihood_critic_rewards_no_copies() -> None:
    walks = [walk(seed) for seed in range(30)]
    critic = Likelihood.of([*walks[:20], *walks[:20]])
    assert critic.typical == Likelihood.of(walks[:20]).typical
    assert np.mean([critic.mark(walk) for walk in walks[20:]]) > np.mean([critic.mark(walk) for walk in walks[:20]])


def walk(seed: int) -> list[tuple[int, int, int]]:
    """A melody that mostly steps."""
    steps = np.cumsum(np.random.default_rng(seed).choice([-2, -1, 1, 2, 5], 32, p=[0.3, 0.2, 0.2, 0.2, 0.1]))
    return [(24 * at, 24, 60 + int(step)) for at, step in enumerate(steps)]


def test_the_rules_count_what_they_forbid() -> None:
    fine = [(24 * at, 24, pitch) for at, pitch in enumerate([60, 62, 64, 65, 67, 65, 62, 60])]
    wrong = {
        "a note outside the scale": [60, 61, 64, 65, 67, 65, 62, 60],
        "a leap beyond an octave": [60, 62, 64, 65, 79, 65, 62, 60],
        "a note struck again and again": [60, 62, 62, 62, 62, 65, 62, 60],
        "another ending": [60, 62, 64, 65, 67, 65, 64, 62],
    }
    assert rules([fine], parse_key("C"), True, 24) == 1
    for line in wrong.values():
        assert rules([[(24 * at, 24, pitch) for at, pitch in enumerate(line)]], parse_key("C"), True, 24) < 1
    clash = [(24 * at, 24, pitch - 1) for at, _, pitch in fine]
    assert rules([fine, clash], parse_key("C"), True, 24) < 0.5


def test_novelty_and_variety() -> None:
    assert novelty(["a", "b", "c", "a", "b"], {("a", "b"), ("b", "a")}) == 0.5
    assert novelty(["a"], set()) == 0
    assert variety(["a", "b", "a", "b"]) == 0.5 and variety(["a", "b"]) == 1


def test_a_listener_s_taste_is_learned(tmp_path) -> None:
    steps = [[(12 * at, 12, 60 + at % 8) for at in range(32)], [(12 * at, 12, 67 - at % 8) for at in range(32)]]
    leaps = [[(48 * at, 48, 60 + by * (at % 3)) for at in range(8)] for by in (7, -9)]
    rated = [{"melody": line, "rating": 1.0} for line in steps] + [{"melody": line, "rating": 0.0} for line in leaps]
    path = tmp_path / "ratings.json"
    path.write_text(json.dumps(rated))
    taste = Taste.read(path)
    assert taste.mark(steps[0]) > 0.7 and taste.mark(leaps[0]) < 0.3 and len(shape(steps[0])) == 12
    for text in ("{}", "[]", '[{"melody": [], "rating": 2}]', "not JSON"):
        path.write_text(text)
        with pytest.raises(FormatError, match="ratings"):
            Taste.read(path)


@pytest.mark.parametrize("told", ["fitted here", "saved before"])
def test_a_model_says_how_likely_a_tune_is(told: str, tmp_path) -> None:
    corpus = stand_in.music()
    chain = {"method": "markov", "order": 3}
    if told == "saved before":
        make("markov", order=3).fit(corpus).save(tmp_path / "chain")
    model = {"folder": str(tmp_path / "chain")} if told == "saved before" else chain
    weights = {"likelihood": 1.0, "variety": 0, "rules": 0, "novelty": 0, "taste": 0}
    method = make("genetic", population=8, generations=2, model=model, weights=weights).fit(corpus)
    wish = Controls(style="jig", bars=4, key=parse_key("D"), instruments=(40,))
    piece, first = method._first_generation(method.bars_, wish, rng())
    scores = [piece.score(tunes.rows_of(tune, piece)) for tune in first]
    bits = [-method.model_.log_prob([score])[0] / np.log(2) / score.n_notes for score in scores]
    assert method._judge(piece, first)(first) == pytest.approx([Typical.of(bits).mark(one) for one in bits], rel=1e-4)
    score, = method.generate(Request(wish), 1, rng=rng(1))
    method.save(tmp_path / "bred")
    again, = load(tmp_path / "bred").generate(Request(wish), 1, rng=rng(1))
    assert again == score and score.n_notes


def test_a_model_that_foretells_nothing_is_refused() -> None:
    for model in ({"method": "dice"}, {"order": 3}):
        with pytest.raises(ControlError, match="member"):
            make("genetic", model=model).fit(stand_in.music())


def test_the_best_mark_never_falls_and_python_s_own_chance_is_left_alone() -> None:
    method: genetic.Genetic = make("genetic", population=20, generations=12).fit(stand_in.music())
    before = random.getstate()
    score, = method.generate(Request(Controls(style="jig", bars=8)), 1, rng=rng(3))
    assert random.getstate() == before
    curve = [float(word) for word in score.about("fitness").split()]
    assert len(curve) == 13 and all(one <= other for one, other in pairwise(curve)) and curve[-1] > curve[0]


@pytest.mark.parametrize(("fewest", "joined"), [(3, 0), (4, 3)])
def test_short_tunes_go_on_with_the_next_only_where_few_are_long_enough(
    monkeypatch: pytest.MonkeyPatch, fewest: int, joined: int
) -> None:
    def tune(seed: int) -> Piece:
        pitches = np.random.default_rng(seed).integers(60, 72, 32 if seed < 3 else 16).tolist()
        track = Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(pitches)]), 40)
        return Piece(f"{seed}", Score((track,), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),)), ("reel",))

    monkeypatch.setattr(tunes, "FEWEST", fewest)
    method = make("genetic").fit(Corpus("six", tuple(map(tune, range(6)))))
    found = tunes.tunes_of(method.bars_, replace(PIECE, bars=8))
    assert len(found) == 3 + joined
    assert [tune[4:] for tune in found[3:]] == [tune[:4] for tune in (*found[4:], found[0])][:joined]
