"""Sheet music: laws on any score, and textbook cases of values, ties, tuplets, voices, spelling and clefs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.errors import LimitError
from componium.music.pitch import parse_key
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.notation.sheet import QUARTER, notate, to_score
from componium.notation.spelling import choose_clef, guess_key, spell_pitch
from strategies import scores

SHORT = {1: "w", 2: "h", 4: "q", 8: "e", 16: "s", 32: "t", 64: "x", 0: "B"}


def page(rows, meter=(4, 4), tpq=480, **fields):
    """Each bar of a one-line part as text: values, dots, ties (~ after), rests (r before), tuplets in brackets."""
    score = Score((Track(notes(rows)),), tpq, meters=fields.pop("meters", (Meter(0, *meter),)), **fields)
    return [" ".join(spelled(event) for event in voices[0].events) for voices in notate(score).parts[0].measures]


def spelled(event):
    text = ("" if event.heads else "r") + SHORT[event.denominator] + "." * event.dots + "~" * event.tie_start
    if event.whole_bar:
        text = "R"
    if event.opens:
        text = f"{event.tuplet.actual}[{text}"
    return text + "]" * event.closes


def line(*durations, tpq=480):
    """Notes one after another, of so many quarters; negative: rests."""
    rows, at = [], 0
    for duration in durations:
        length = round(abs(duration) * tpq)
        if duration > 0:
            rows.append((at, length, 60))
        at += length
    return rows


@settings(max_examples=150, deadline=None)
@given(score=scores(voices=3))
def test_every_voice_fills_its_measures_and_what_is_printed_prints_the_same(score):
    notation = notate(score)
    for part in notation.parts:
        for bar, voices in zip(notation.measures, part.measures, strict=True):
            assert voices
            for voice in voices:
                ends = [0, *np.cumsum([event.duration for event in voice.events]).tolist()]
                assert [event.onset for event in voice.events] == ends[:-1]
                assert ends[-1] == bar.duration
    again = notate(to_score(notation))
    assert again.measures == notation.measures
    assert [part.measures for part in again.parts] == [part.measures for part in notation.parts]
    assert to_score(again) == to_score(notation)


@settings(max_examples=60, deadline=None)
@given(score=scores(grid=20, ticks_per_quarter=480, voices=2))
def test_no_note_is_lost_and_what_is_on_a_grid_stays(score):
    again = to_score(notate(score))
    assert again.ticks_per_quarter == 480
    for ours, theirs in zip(again.tracks, score.tracks, strict=True):
        columns = ["onset", "duration", "pitch", "velocity"]
        assert sorted(ours.notes["pitch"].tolist()) == sorted(theirs.notes["pitch"].tolist())
        if (theirs.notes["onset"] % 60 == 0).all() and (theirs.notes["duration"] % 60 == 0).all():
            assert sorted(ours.notes[columns].tolist()) == sorted(theirs.notes[columns].tolist())


@settings(max_examples=100, deadline=None)
@given(score=scores(voices=2))
def test_values_say_how_long_they_last(score):
    for part in notate(score).parts:
        for event in (event for bar in part.measures for voice in bar for event in voice.events):
            written = 8 * QUARTER if event.denominator == 0 else 4 * QUARTER // event.denominator
            written = written * 3 // 2 if event.dots else written
            if event.tuplet:
                written = written * event.tuplet.normal // event.tuplet.actual
            assert event.whole_bar or written == event.duration


@pytest.mark.parametrize(
    ("meter", "durations", "expected"),
    [
        ((4, 4), (1, 2, 1), "q h q"),  # across the middle, but from the beat
        ((4, 4), (1.5, 1, 1.5), "q. e~ e q."),  # off the beat the middle is shown
        ((4, 4), (0.5, 1, 0.5, 2), "e q e h"),
        ((4, 4), (0.25, 0.5, 0.25, 3), "s e s h."),
        ((4, 4), (2.5, 1.5), "h~ e q."),
        ((4, 4), (1.25, 2.75), "q~ s e.~ h"),
        ((4, 4), (3.5, 0.5), "h~ q. e"),
        ((4, 4), (-1, 1, -2), "rq q rh"),
        ((4, 4), (1, -2, 1), "q rq rq q"),
        ((4, 4), (1, -3), "q rq rh"),
        ((4, 4), (0.75, -0.25, 1, 2), "e. rs q h"),
        ((4, 4), (4,), "w"),
        ((3, 4), (3,), "h."),
        ((3, 4), (0.5, 2, 0.5), "e e~ q. e"),
        ((3, 4), (1, -2), "q rq rq"),
        ((6, 8), (3,), "h."),
        ((6, 8), (1, 1, 1), "q e~ e q"),
        ((6, 8), (0.5, -1, 1.5), "e re re q."),
        ((6, 8), (1.5, -1.5), "q. rq."),
        ((9, 8), (4.5,), "q.~ h."),
        ((5, 4), (5,), "h~ h."),
        ((2, 2), (1, 2, 1), "q h q"),
        ((4, 2), (8,), "B"),
        ((7, 8), (3.5,), "q.~ h"),
    ],
)
def test_values_show_the_beats(meter, durations, expected):
    assert page(line(*durations), meter)[0] == expected


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ((1 / 3, 1 / 3, 1 / 3, 3), "3[e e e] h."),
        ((2 / 3, 1 / 3, 3), "3[q e] h."),
        ((2 / 3, 2 / 3, 2 / 3, 2), "3[q q q] h"),
        ((1 / 6,) * 6 + (3,), "3[s s s] 3[s s s] h."),
        ((1 / 3, -1 / 3, 1 / 3, 3), "3[e re e] h."),
        ((1, 1 / 3, 1 / 3, 1 / 3 + 2), "q 3[e e e~] h"),
        ((0.2,) * 5 + (3,), "5[s s s s s] h."),
        ((0.5, 1 / 6, 1 / 6, 1 / 6, 3), "e 3[s s s] h."),
        ((4 / 3, 4 / 3, 4 / 3), "3[h h h]"),
        ((4 / 3, 2 / 3, 2), "3[h q] h"),
    ],
)
def test_tuplets(durations, expected):
    assert page(line(*durations))[0] == expected


def test_septuplets_and_nonuplets_are_exact():
    assert page(line(*(1 / 7,) * 7, 3, tpq=840), tpq=840) == ["7[s s s s s s s] h."]
    assert page(line(*(1 / 9,) * 9, 3, tpq=720), tpq=720) == ["9[t t t t t t t t t] h."]


def test_played_times_go_to_16ths_or_triplets():
    assert page([(7, 455, 60), (489, 230, 62), (725, 228, 64), (964, 470, 65), (1433, 480, 67)]) == ["q e e q q"]
    assert page([(3, 150, 60), (164, 150, 62), (317, 161, 64), (478, 1450, 65)]) == ["3[e e e] h."]


def test_bar_lines_cut_with_a_tie_and_whole_bars_rest():
    assert page([(960, 1920, 60), (5760, 1920, 62)]) == ["rh h~", "h rh", "R", "w"]


def test_a_pickup_counts_its_beats_from_the_end():
    meters = (Meter(0, 1, 4), Meter(480, 3, 4))
    notation = notate(Score((Track(notes([(0, 240, 60), (240, 240, 62), (480, 1440, 64)])),), meters=meters))
    assert [(bar.number, bar.pickup, str(bar.meter), bar.shows_meter) for bar in notation.measures] == [
        (0, True, "3/4", True), (1, False, "3/4", False),
    ]
    assert to_score(notation).meters == meters
    assert page([(0, 240, 60), (240, 480, 62), (720, 1920, 64)], meters=(Meter(0, 3, 8), Meter(720, 4, 4)))[0] == "e q"


def test_a_bar_cut_short_has_a_meter_of_its_own():
    score = Score((Track(notes([(0, 5760, 60)])),), meters=(Meter(0, 4, 4), Meter(2880, 3, 4)))
    assert [str(bar.meter) for bar in notate(score).measures] == ["4/4", "2/4", "3/4", "3/4"]


def test_keys_tempos_and_chords_stand_where_they_can_be_printed():
    score = Score(
        (Track(notes([(0, 3840, 60)])),),
        tempos=(Tempo(0, 90), Tempo(961, 90), Tempo(1921, 60), Tempo(9999, 70)),
        keys=(Key(0, 1), Key(1900, 2), Key(9999, 3)),
        chords=(Chord(479, "G"), Chord(1921, "D")),
    )
    first, second = notate(score).measures
    assert (first.tempos, second.tempos) == (((0, 90),), ((0, 60),))
    assert (first.key.fifths, second.key.fifths) == (1, 2)
    assert (first.chords, second.chords) == (((QUARTER, "G"),), ((0, "D"),))


def test_notes_that_overlap_become_voices_the_higher_first():
    score = Score((Track(notes([(0, 1920, 48), (0, 960, 60), (0, 960, 64), (960, 960, 62)])),))
    upper, lower = notate(score).parts[0].measures[0]
    assert [[head.pitch for head in event.heads] for event in upper.events] == [[60, 64], [62]]
    assert [[head.pitch for head in event.heads] for event in lower.events] == [[48]]
    assert sorted(to_score(notate(score)).tracks[0].notes["voice"].tolist()) == [0, 0, 0, 1]


def test_unisons_in_one_part_stay_two_notes():
    score = Score((Track(notes([(0, 1920, 60), (0, 1920, 60), (960, 1920, 60)])),))
    times = to_score(notate(score)).tracks[0].notes[["onset", "duration"]].tolist()
    assert times == [(0, 1920), (0, 1920), (960, 1920)]


@pytest.mark.parametrize(
    ("key", "pitches", "expected"),
    [
        ("A minor", (68, 66, 70), "G# F# Bb"),
        ("C major", (61, 63, 66, 68, 70), "C# Eb F# G# Bb"),
        ("D minor", (61, 70, 71), "C# Bb B"),
        ("G minor", (66, 63, 64), "F# Eb E"),
        ("C minor", (71, 69, 68), "B A Ab"),
        ("F# major", (65, 71, 70), "E# B A#"),
        ("Gb major", (71, 65), "Cb F"),
        ("B minor", (70, 68), "A# G#"),
        ("G# minor", (67, 66), "F## F#"),
        ("Eb minor", (62, 71), "D Cb"),
        ("E phrygian", (63, 65), "D# F"),
        ("E dorian", (63, 61), "D# C#"),
    ],
)
def test_spelling_follows_the_key(key, pitches, expected):
    names = [spell_pitch(pitch, parse_key(key)) for pitch in pitches]
    assert " ".join(step + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[alter] for step, alter, _ in names) == expected


@pytest.mark.parametrize(
    ("pitches", "fifths"),
    [((60, 62, 64, 65, 67, 69, 71), 0), ((66, 68, 70, 71, 73, 75, 77), 6), ((60, 63, 65, 67), -2), ((), 0)],
)
def test_without_a_key_pitches_are_spelled_by_the_scale_that_holds_most(pitches, fifths):
    assert guess_key((pitch, 480) for pitch in pitches) == Key(0, fifths)


def test_the_guessed_key_spells_the_notes():
    score = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate((66, 70, 73, 65))])),))
    events = notate(score).parts[0].measures[0][0].events
    assert [event.heads[0].step for event in events] == list("GBDF")


def test_the_octave_is_that_of_the_letter():
    assert spell_pitch(71, Key(0, -6)) == ("C", -1, 5)
    assert spell_pitch(60, Key(0, 7)) == ("B", 1, 3)
    assert spell_pitch(0, Key(0, 7)) == ("C", 0, -1)


@settings(max_examples=100)
@given(pitch=st.integers(0, 127), fifths=st.integers(-7, 7), mode=st.sampled_from(["major", "minor", "phrygian"]))
def test_every_spelling_sounds_right(pitch, fifths, mode):
    step, alter, octave = spell_pitch(pitch, Key(0, fifths, mode))
    assert 12 * (octave + 1) + "C D EF G A B".index(step) + alter == pitch
    assert -2 <= alter <= 2


@pytest.mark.parametrize(
    ("pitches", "fields", "expected"),
    [
        ((60, 72), {}, "treble"), ((36, 50), {}, "bass"), ((), {}, "treble"),
        ((38, 42), {"is_drum": True}, "percussion"),
        ((48, 67), {"program": 41}, "alto"), ((48, 67), {"name": "Viola"}, "alto"),
        ((48, 64), {"name": "Tenor"}, "treble_8"),
        ((40, 64), {"program": 24}, "treble_8"), ((40, 60), {"program": 52, "name": "Bass"}, "bass"),
        ((48, 76), {"program": 42}, "bass"), ((60, 81), {"program": 52}, "treble"),
        ((50, 66), {"program": 52}, "treble_8"), ((54, 70), {"program": 52}, "treble"),
    ],
)
def test_clefs(pitches, fields, expected):
    rows = [(480 * at, 480, pitch) for at, pitch in enumerate(range(*pitches, 3) if pitches else ())]
    assert choose_clef(Track(notes(rows), **fields)) == expected


def test_too_long_a_piece_is_refused():
    with pytest.raises(LimitError):
        notate(Score((Track(notes([(2**45, 480, 60)])),)))
    with pytest.raises(LimitError):
        notate(Score((Track(notes([(480 * 900_000, 480, 60)])),), meters=(Meter(0, 1, 128),)))
