"""Hidden harmony: what is counted, what is kept of a melody that is harmonised, and what is refused."""

from itertools import pairwise, product

import numpy as np
import pytest

from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods.hmm import HMM, beat_pitches, count_parallels, limit_repeats
from componium.metrics import harmony
from componium.music.score import Key, Meter, Score, Track, notes

# Tops and basses of beats; in C a given top note always has one bass.
BASS_OF = {72: 48, 74: 43, 71: 43, 77: 41, 76: 48}
TOPS = (72, 74, 76, 77, 76, 74, 71, 72)


def hymn(shift: int = 0, parts: int = 2) -> Score:
    rows = [(480 * at, 480, top + shift) for at, top in enumerate(TOPS)]
    bass = [(480 * at, 480, BASS_OF[top] + shift) for at, top in enumerate(TOPS)]
    tracks = (Track(notes(rows)), Track(notes(bass)))[:parts]
    return Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, {0: 0, 2: 2, 7: 1}[shift]),))


def taught(parts: int = 2) -> HMM:
    pieces = tuple(Piece(f"hymn/{shift}", hymn(shift, parts), ("hymns",)) for shift in (0, 2, 7))
    return HMM(n_states=2, restarts=1).fit(Corpus("hymns", pieces))


@pytest.mark.parametrize("shift", [0, 2, 7])
def test_a_known_melody_gets_its_own_bass_back_in_any_key(shift: int) -> None:
    found = taught().harmonize(hymn(shift, parts=1))
    np.testing.assert_array_equal(beat_pitches(found), beat_pitches(hymn(shift)))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_melody_is_kept_note_for_note(seed: int | None) -> None:
    melody = Score((Track(notes([(0, 240, 72), (240, 240, 73), (960, 960, 71)]), 40),), keys=(Key(0, 0),))
    found = taught().harmonize(melody, rng=None if seed is None else np.random.default_rng(seed))
    assert found.tracks[0] == melody.tracks[0] and len(found.tracks) == 2
    assert found.tracks[1].notes["onset"].tolist() == [0, 960, 1440]  # none under a rest


def test_what_cannot_be_harmonised_is_refused() -> None:
    with pytest.raises(ControlError, match="key"):
        taught().harmonize(Score((Track(notes([(0, 480, 60)])),)))
    with pytest.raises(ControlError, match="lower parts"):
        taught(parts=1).harmonize(hymn(parts=1))


def chances_by_enumeration(model: HMM, score: Score) -> float:
    """The sum over all paths of states of the chances of the degrees and of the known chords, without logs."""
    states, chain = model.models_["hymns|2|major"]["states"], model.models_["hymns|2|major"]["chain"]
    start, moves, emits = (np.exp(table) for table in (chain.start, chain.moves, chain.emits))
    beats, total = beat_pitches(score).tolist(), 0.0
    for path in product(range(len(states)), repeat=len(beats)):
        chance = start[path[0]] * np.prod([moves[pair] for pair in pairwise(path)])
        for (top, bass), state in zip(beats, path, strict=True):
            known = top >= 0 and bass >= 0 and [one for one in states if one[1] == top - bass]
            chance *= emits[state, top % 12] if top >= 0 else 1.0
            chance *= not known or states[state][1] == top - bass
        total += chance
    return float(np.log(total))


def test_its_likelihood_is_the_sum_over_all_paths_of_states() -> None:
    model = taught()
    top, bass = [(0, 480, 72), (480, 480, 71), (1440, 480, 74)], [(0, 480, 48), (480, 480, 50), (1440, 240, 43)]
    score = Score((Track(notes(top)), Track(notes(bass))), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))
    assert model.log_prob([score]) == pytest.approx([chances_by_enumeration(model, score)])
    assert model.log_prob([score])[0] < model.log_prob([hymn()])[0] / 2  # its second chord was never learned


@pytest.mark.parametrize("parts", [1, 2])
def test_the_notes_share_the_likelihood(parts: int) -> None:
    model, score = taught(parts), hymn(parts=parts)
    by_note = model.note_log_probs(score)
    assert by_note.sum() == pytest.approx(model.log_prob([score])[0])
    assert len(by_note) == score.n_notes and (by_note <= 1e-12).all()
    if parts == 2:  # in C a given top note always has one bass: the chord says hardly more than the top part
        assert by_note[:8].sum() < 4 * by_note[8:].sum()


def test_a_likelihood_without_a_key_or_in_other_parts_is_refused() -> None:
    with pytest.raises(ControlError, match="key"):
        taught().log_prob([Score((Track(notes([(0, 480, 60)])),))])
    with pytest.raises(ControlError, match="1 parts"):
        taught().log_prob([hymn(parts=1)])


def test_it_begins_and_ends_on_the_tonic() -> None:
    for score in taught().generate(Request(Controls(bars=4, ending="closed")), 5, rng=np.random.default_rng(0)):
        tonic = score.keys[0].tonic
        assert [(track.notes["pitch"][-1] - tonic) % 12 for track in score.tracks] == [0, 0]
        assert score.end == 4 * 1920 * score.ticks_per_quarter // 480


def test_a_tune_in_one_part_is_learned_without_being_told() -> None:
    score, = taught(parts=1).generate(Request(Controls(bars=3)), rng=np.random.default_rng(0))
    assert len(score.tracks) == 1 and score.n_notes > 3


def test_what_repeats_too_often_is_held() -> None:
    assert limit_repeats([(at, 1, 60) for at in range(5)], 2) == [(0, 1, 60), (1, 4, 60)]


def test_lower_parts_stay_in_their_usual_range() -> None:
    model = taught()
    low, high = model.profiles_["hymns"].part("ranges")["by_voices"]["2"][1]
    melody = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate((96, 95, 60, 62, 84))])),),
                   keys=(Key(0, 0),))
    for rng in (None, np.random.default_rng(1)):
        bass = model.harmonize(melody, rng=rng).tracks[1].notes["pitch"]
        assert low <= bass.min() and bass.max() <= high


@pytest.mark.parametrize("seed", [None, 0])
def test_passing_notes_are_learned_and_the_melody_still_kept(seed: int | None) -> None:
    run = [48, 50, 52, 50] * 4  # the bass fills its thirds, under plain beats
    score = Score((Track(notes([(480 * at, 480, 72) for at in range(8)])),
                   Track(notes([(240 * at, 240, pitch) for at, pitch in enumerate(run)]))), keys=(Key(0, 0),))
    model = HMM().fit(Corpus("runs", tuple(Piece(f"run/{at}", score, ("runs",)) for at in range(8))))
    melody = Score(score.tracks[:1], keys=score.keys)
    found = model.harmonize(melody, rng=None if seed is None else np.random.default_rng(seed))
    assert found.tracks[0] == melody.tracks[0]
    assert 50 in found.tracks[1].notes["pitch"]
    plain = HMM(ornament=0.0).set_weights(*model.get_weights()).harmonize(melody)
    assert set(plain.tracks[1].notes["duration"].tolist()) == {480}


def test_a_melody_in_any_mode_is_harmonised() -> None:
    for mode in ("phrygian", "lydian", "locrian", "dorian"):
        melody = Score(hymn(parts=1).tracks, keys=(Key(0, 0, mode),))
        assert len(taught().harmonize(melody).tracks) == 2


def test_nats_of_a_harmony_equal_enumeration() -> None:
    """The bass of the first and last beats is known, that between was never heard: two free states of each beat."""
    model = taught()
    score = Score((Track(notes([(0, 480, 72), (480, 480, 74), (960, 480, 72), (1440, 480, 72)])),
                   Track(notes([(0, 480, 48), (480, 480, 37), (960, 480, 48), (1440, 480, 48)]))), keys=(Key(0, 0),))
    named = next(each for name, each in model.models_.items() if "major" in name)
    chain, states = named["chain"], [tuple(state) for state in named["states"]]
    home, symbols = states.index(("T", 24)), [0, 2, 0, 0]

    def nats(path: tuple[int, ...]) -> float:
        moved = sum(chain.moves[one, other] for one, other in pairwise(path))
        seen = sum(chain.emits[state, degree] for state, degree in zip(path, symbols, strict=True))
        return float(chain.start[path[0]] + moved + seen)

    every = {path: np.exp(nats(path)) for path in product(range(len(states)), repeat=4)}
    stated = sum(chance for path, chance in every.items() if path[0] == path[2] == path[3] == home)
    found, known, beats = model.harmony_nats(score)
    assert (known, beats) == (3, 4)
    assert found == pytest.approx(-np.log(stated / sum(every.values())))


def test_parallels_are_those_of_the_metric() -> None:
    rng = np.random.default_rng(0)
    below = np.column_stack([np.zeros(20, int), np.sort(rng.integers(0, 30, (20, 2)), axis=1)])
    for step in (-3, 0, 5):
        found, = count_parallels(below, [step])
        for one, other in product(range(20), repeat=2):
            chords = np.array([84 - below[one], 84 + step - below[other]])
            score = Score(tuple(Track(notes([(0, 480, high), (480, 480, then)])) for high, then in chords.T.tolist()))
            if len(set(chords.mean(axis=0))) == 3:  # the metric orders parts by their mean
                assert found[one, other] == harmony.parallel_fifths(score) + harmony.parallel_octaves(score)


def test_parallels_are_shunned_where_another_chord_will_do() -> None:
    """Two basses are as common; the one leads to parallel octaves."""
    pieces = []
    for at, bass in enumerate(((48, 50), (48, 43))):
        score = Score((Track(notes([(0, 480, 72), (480, 480, 74)])),
                       Track(notes([(0, 480, bass[0]), (480, 480, bass[1])]))), keys=(Key(0, 0),))
        pieces += [Piece(f"{at}/{n}", score, ("x",)) for n in range(3 - at)]
    melody = Score((Track(notes([(0, 480, 72), (480, 480, 74)])),), keys=(Key(0, 0),))
    model = HMM().fit(Corpus("x", tuple(pieces)))
    assert model.harmonize(melody).tracks[1].notes["pitch"].tolist() == [48, 43]
    free = HMM(parallel_cost=0.0).set_weights(*model.get_weights())
    assert free.harmonize(melody).tracks[1].notes["pitch"].tolist() == [48, 50]
