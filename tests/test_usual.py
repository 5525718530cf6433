"""What is usual in a style: prefixes, ranges, endings; and what takes make of them."""

from componium.batching import Example
from componium.codecs.events import Events
from componium.score import Key, Meter, Score, Track, notes
from componium.usual import survey

CODEC = Events(styles=("tune",))


def tune(*pitches: int, second: tuple[int, ...] = ()) -> Example:
    """Quarters in C major, 4/4, in one voice or two."""
    voices = [pitches, *([second] if second else [])]
    tracks = tuple(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(line)])) for line in voices)
    score = Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), info=(("style", "tune"),))
    return Example(CODEC.encode(score), ("tune",))


def test_pieces_alike_are_counted_together_and_endings_shared_out() -> None:
    found = survey(CODEC, [tune(64, 62, 67, 60), tune(64, 62, 60, 72), tune(60, 62, 64, 67)])["tune"]
    assert [row[0] for row in found["prefixes"]] == [3]
    assert found["closed"] == 0.6667
    assert found["parallels"] == 1.0  # of one part nothing can be said


def test_parallels_are_counted_a_bar() -> None:
    found = survey(CODEC, [tune(64, 66, 64, 64, second=(57, 59, 57, 57))])["tune"]
    assert found["parallels"] == 2.0


def test_a_leap_is_rare_only_where_there_is_enough_music_to_say_so() -> None:
    steps = tune(*[60, 62] * 100)
    assert survey(CODEC, [steps])["tune"]["rare"] == []
    assert survey(CODEC, [steps] * 40)["tune"]["rare"] == [*range(-12, -2), -1, 0, 1, *range(3, 13)]


def test_a_voice_s_range_is_that_of_its_notes_but_an_octave_at_least() -> None:
    wide = tune(*range(55, 80), second=(40, 41, 42, 43))
    narrow = tune(60, 62, 64, 66)
    assert survey(CODEC, [wide])["tune"]["ranges"] == {"2": [[55, 79], [35, 48]]}
    assert survey(CODEC, [wide, narrow])["tune"]["ranges"]["1"] == [[57, 69]]


def test_a_corpus_without_styles_has_nothing_usual() -> None:
    assert survey(CODEC, [Example(tune(60).ids)]) == {}
