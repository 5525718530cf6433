"""Motion: the last two pitches of each voice."""

from componium.decoding.motion import Motion


def moved(*moves: tuple[int, int, int]) -> Motion:
    motion = Motion()
    for voice, pitch, now in moves:
        motion.begin(voice, pitch, now)
    return motion


def test_a_voice_moves_from_its_last_pitch() -> None:
    motion = moved((0, 67, 0), (1, 50, 0), (0, 60, 24))
    assert motion.moves == {0: (67, 60, 24), 1: (None, 50, 0)}
    assert (motion.latest(0), motion.latest(2)) == (60, None)


def test_a_voice_moves_once_at_a_time() -> None:
    motion = moved((0, 67, 0), (0, 60, 24))
    assert (motion.before(0, 48), motion.before(0, 24), motion.before(2, 24)) == (60, None, None)


def test_of_a_chord_in_one_voice_the_first_note_counts() -> None:
    assert moved((0, 67, 0), (0, 71, 0), (0, 69, 24), (0, 72, 24)).moves[0] == (67, 69, 24)
