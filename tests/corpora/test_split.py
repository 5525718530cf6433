"""Kinship and split: laws, and families that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.corpora import _split
from componium.corpora._families import family_features, find_families, fingerprint, top_voice
from componium.music.score import Meter, Score, Track, notes
from componium.music.transform import map_ticks, transpose

# O Haupt voll Blut und Wunden, as in BWV 244.54, in quarters; the first note is a pickup.
HYMN = [64, 69, 67, 65, 64, 62, 64, 71, 72, 72, 71, 69, 71, 69, 72, 71, 69, 67, 69, 71, 69, 67, 65, 64]


def line(pitches, onset=0, length=480, pickup=0):
    rows = [(onset + place * length, length, pitch) for place, pitch in enumerate(pitches)]
    meters = (Meter(0, 1, 4), Meter(pickup, 4, 4)) if pickup else (Meter(0, 4, 4),)
    return Score((Track(notes(rows)),), meters=meters)


def related(one, other):
    first, second = find_families([family_features(one), family_features(other)])
    return first == second


@given(st.integers(-20, 20))
def test_a_transposed_tune_is_of_the_same_family(semitones):
    tune = line(HYMN, pickup=480)
    assert related(tune, transpose(tune, semitones))
    assert family_features(tune)[0] == family_features(transpose(tune, semitones))[0]


def test_tempo_pickup_repeated_notes_and_passing_notes_do_not_part_a_family():
    tune = line(HYMN, pickup=480)
    assert related(tune, map_ticks(tune, lambda ticks: 2 * ticks))
    assert related(tune, line(HYMN[1:]))
    assert related(tune, line([HYMN[0], *HYMN], pickup=480))
    ornamented = np.concatenate([tune.tracks[0].notes[:4], notes([(3 * 480 + 240, 240, 66)]), tune.tracks[0].notes[4:]])
    assert related(tune, Score((Track(ornamented),), meters=tune.meters))


def test_other_music_is_of_another_family():
    rng = np.random.default_rng(1)
    tunes = [line(rng.integers(60, 80, 30).tolist()) for _ in range(50)]
    assert len(set(find_families([family_features(tune) for tune in tunes]))) == 50


def test_titles_make_kin_unless_they_only_name_a_kind():
    one, other = line(HYMN), line([*range(60, 84)])
    named = [family_features(one, "The Rakes of Mallow"), family_features(other, "Rakes of Mallow, The. (Reel)")]
    plain = [family_features(one, "Quick Step"), family_features(other, "Slow Air. No. 2")]
    assert len(set(find_families(named))) == 1
    assert len(set(find_families([keys[:-1] for keys in named]))) == 2
    assert not any(key.startswith("title") for keys in plain for key in keys)


def test_short_pieces_drums_and_silence_have_a_family_of_their_own():
    drums = Score((Track(notes([(0, 10, 36)]), is_drum=True),))
    few = [line([60, 62]), line([60, 64]), Score(), drums]
    keys = [family_features(score) for score in few]
    assert all(len(own) >= 1 for own in keys)
    assert len(set(find_families(keys))) == 4


def test_the_top_voice_is_the_soprano_whatever_the_order():
    soprano, bass = line(HYMN).tracks[0], transpose(line([*range(60, 84)]), -24).tracks[0]
    assert top_voice(Score((bass, soprano))) is not None
    assert family_features(Score((bass, soprano))) == family_features(Score((soprano, bass)))


@given(st.lists(st.text("abcdef", min_size=1, max_size=6), min_size=1, max_size=40, unique=True), st.randoms())
def test_the_split_depends_on_no_order_and_trains_on_something(names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    sides = _split.assign_sides(names)
    assert sides == _split.assign_sides(shuffled)
    assert "train" in sides.values()
    assert len(names) < 3 or "validation" in sides.values()
    assert len(names) >= _split.FEW or "test" not in sides.values()


def test_a_family_stays_on_its_side_whatever_else_there_is():
    few, many = [f"f{n}" for n in range(200)], [f"f{n}" for n in range(2000)]
    assert all(_split.assign_sides(many)[name] == side for name, side in _split.assign_sides(few).items())


def test_the_shares_are_those_promised():
    sides = list(_split.assign_sides(f"family {n}" for n in range(10_000)).values())
    for side, share in _split.SHARES.items():
        assert sides.count(side) / 10_000 == pytest.approx(share, abs=0.01)


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), min_size=1, max_size=12))
def test_families_are_the_connected_components(keys):
    found = find_families(keys)
    for one, own in enumerate(keys):
        for other, others in enumerate(keys):
            if set(own) & set(others):
                assert found[one] == found[other]
    assert len(set(found)) == _components(keys)


def _components(keys):
    groups = []
    for own in keys:
        touching = [group for group in groups if group & set(own)]
        groups = [group for group in groups if not group & set(own)] + [set(own).union(*touching)]
    return len(groups)


def test_equal_music_has_one_fingerprint_whatever_its_ticks():
    fine = line(HYMN)
    coarse = Score((Track(notes([(2 * n, 2, pitch) for n, pitch in enumerate(HYMN)])),), ticks_per_quarter=2)
    assert fingerprint(fine) == fingerprint(coarse)
    assert fingerprint(fine) != fingerprint(line(HYMN[1:]))
