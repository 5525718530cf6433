"""Rules of performance, one by one: each does what its text says, in numbers that can be worked out by hand."""

import numpy as np
import pytest

from componium import registry
from componium.music.score import Meter, Score, Tempo, Track, notes
from componium.performance.effect import Effect
from componium.performance.piece import BASS, BEAT, DIVISION, DOWNBEAT, HALF_BAR, INNER, MELODY, WEAK, prepare
from componium.performance.rules.climax import find_climax


def apply(name, piece):
    return registry.load_function("rules", name)(piece)


def line(*rows, meter=(4, 4), qpm=120.0, pickup=0, drums=False, **fields):
    """A piece of one track, from rows (onset, duration, pitch) in quarters."""
    ticks = [(round(480 * onset), round(480 * duration), pitch) for onset, duration, pitch in rows]
    meters = (Meter(0, pickup, 4), Meter(480 * pickup, *meter)) if pickup else (Meter(0, *meter),)
    return prepare(Score((Track(notes(ticks), is_drum=drums),), tempos=(Tempo(0, qpm),), meters=meters), "", **fields)


def quarters(bars, pitch=60, **fields):
    return line(*((at, 1, pitch) for at in range(4 * bars)), **fields)


def test_metrical_levels():
    piece = line(*((at / 4, 0.25, 60) for at in range(16)))
    assert piece.level[:8].tolist() == [DOWNBEAT, WEAK, DIVISION, WEAK, BEAT, WEAK, DIVISION, WEAK]
    assert piece.level[8] == HALF_BAR
    jig = line(*((at / 2, 0.5, 60) for at in range(6)), meter=(6, 8))
    assert jig.level.tolist() == [DOWNBEAT, DIVISION, DIVISION, HALF_BAR, DIVISION, DIVISION]
    waltz = quarters(1, meter=(3, 4))
    assert waltz.level[:4].tolist() == [DOWNBEAT, BEAT, BEAT, DOWNBEAT]
    assert quarters(2, pickup=1).level[:5].tolist() == [BEAT, DOWNBEAT, BEAT, HALF_BAR, BEAT]


def test_accents_follow_the_levels():
    loudness = apply("metrical_accent", quarters(2)).loudness
    assert loudness[:4].tolist() == [2.4, 0.4, 1.2, 0.4]


def test_phrase_arch_turns_in_the_middle_and_keeps_the_length():
    piece = quarters(4)
    effect = apply("phrase_arch", piece)
    lengths = np.diff(np.append(piece.segments, piece.end))
    assert np.argmax(effect.tempo) in (len(lengths) // 2 - 1, len(lengths) // 2)
    assert effect.tempo[-1] < effect.tempo[0] < 0 < effect.tempo.max()
    assert np.sum(effect.tempo * lengths) / piece.end == pytest.approx(0, abs=2e-3)


def test_the_melody_is_the_loudest_then_the_bass():
    parts = [[(480 * at, 480, pitch) for at in range(4)] for pitch in (72, 64, 48)]
    piece = prepare(Score(tuple(Track(notes(rows)) for rows in parts)), "")
    assert piece.role.reshape(3, 4)[:, 0].tolist() == [MELODY, INNER, BASS]
    assert apply("melody", piece).loudness.reshape(3, 4)[:, 0].tolist() == [0, -3.5, -2.0]
    assert not np.any(apply("melody", quarters(1)).loudness)


def test_high_loud_is_three_decibels_an_octave():
    assert apply("high_loud", line((0, 1, 60), (1, 1, 72))).loudness.tolist() == [-1.5, 1.5]


def test_duration_contrast_is_the_published_one():
    piece = line((0, 0.75, 60), (0.75, 0.25, 62), (1, 1, 64), qpm=75.0)  # 600, 200 and 800 ms
    effect = apply("duration_contrast", piece)
    assert effect.loudness == pytest.approx([0, -0.825, 0])
    # The beat's loss of 16.5 ms is made good by all of it: at 3/4 of it the shift is 3/4 of that.
    assert effect.shift == pytest.approx([0, 0.75 * 16.5, 0])
    assert apply("duration_contrast", line(*((at / 2, 0.5, 60) for at in range(16)))).shift == pytest.approx(0)


def test_repeated_notes_are_shortened_and_others_detached():
    piece = line((0, 1, 60), (1, 1, 60), (2, 1, 62), (4, 1, 62))
    assert apply("repetition", piece).gap.tolist() == [80, 0, 0, 0]
    assert apply("articulation", piece).gap.tolist() == [60, 60, 0, 0]


def two_phrases():
    return line(*((at, 1, 60 + at) for at in range(6)), (6, 2, 64), *((at, 1, 60) for at in range(8, 14)), (14, 2, 60))


def test_breaths_and_fermatas_stand_at_the_ends_of_phrases():
    piece = two_phrases()
    assert piece.phrases.start.tolist() == [0, 8] and piece.phrases.last.tolist() == [6, 14]
    gap = apply("breath", piece).gap
    assert np.flatnonzero(gap).tolist() == [6] and gap[6] == 180
    slower = piece.segments[apply("fermata", piece).tempo < 0]
    assert slower.min() == 6 and slower.max() < 8


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_fermata_is_half_a_beat_longer_however_long_it_is_written(length):
    before, after = ([(at, 1, 60) for at in range(begin, begin + 8)] for begin in (0, 12))
    piece = line(*before, (8, length, 64), *after)
    held = (piece.segments >= 8) & (piece.segments < 12)
    lasts = (np.diff(piece.segments)[held[:-1]] / np.exp(apply("fermata", piece).tempo[held])).sum()
    assert lasts == pytest.approx(4.5)  # with the rest after it, at which nothing begins


def test_long_chords_one_after_the_other_are_no_phrases():
    assert line(*((2 * at, 2, 60) for at in range(8))).phrases.start.tolist() == [0, 6]


def test_long_music_without_rests_is_divided_into_phrases_of_four_bars():
    assert quarters(16).phrases.start.tolist() == [0, 16, 32, 48]
    assert quarters(16).phrases.rests.tolist() == [False, False, False, True]
    assert quarters(16, pickup=1).phrases.start.tolist() == [0, 16, 32, 48]


def test_swing_moves_the_second_half_of_a_beat():
    piece = line(*((at / 4, 0.25, 60) for at in range(8)))
    assert apply("swing", piece).shift[:4] == pytest.approx([0, 28.75, 57.5, 28.75])  # of 500 ms
    assert not np.any(apply("swing", line((0, 0.5, 60), (0.5, 0.5, 60), meter=(6, 8))).shift)


def test_final_ritardando_is_the_runners_curve():
    piece = quarters(16)
    tempo = np.exp(apply("final_ritardando", piece).tempo)
    assert (tempo[piece.segments < 63 - 8] == 1).all()
    slowing = tempo[(piece.segments >= 55) & (piece.segments < 63)]
    x = (np.arange(len(slowing)) + 0.5) / len(slowing)
    assert slowing == pytest.approx((1 + (0.6**3 - 1) * x) ** (1 / 3))
    assert tempo[-1] == pytest.approx(0.6 * np.exp(-0.3 * 0.75))  # the last note lasts a quarter of a bar


def test_the_climax_is_the_high_point():
    piece = line(*((at, 1, 80 if at == 20 else 60 + at % 3) for at in range(32)))
    assert find_climax(piece) == 20
    loudness = apply("climax", piece).loudness
    assert np.argmax(loudness) == 20 and loudness[0] == -4 and loudness[-1] < 4
    assert isinstance(apply("climax", quarters(1, drums=True)).loudness, float)


def test_deviation_needs_a_generator():
    assert apply("deviation", quarters(4)).shift == 0.0
    effect = apply("deviation", quarters(64, rng=np.random.default_rng(0)))
    assert 4 < effect.shift.std() < 6 and 0.4 < effect.loudness.std() < 0.6


@pytest.mark.parametrize("name", registry.names("rules"))
def test_drums_alone_and_single_notes_are_no_trouble(name):
    for piece in (quarters(2, pitch=38, drums=True), line((0, 1, 60)), line((0, 1, 60), (0, 1, 64))):
        effect = apply(name, piece)
        assert isinstance(effect, Effect)
        for column in ("loudness", "shift", "gap"):
            np.broadcast_to(getattr(effect, column), piece.onset.shape)
        np.broadcast_to(effect.tempo, piece.segments.shape)
        if piece.is_drum.all() and name not in ("groove", "deviation", "swing", "climax"):
            assert not np.any(effect.loudness) and not np.any(effect.gap)
