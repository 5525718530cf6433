"""What keeps a sequence to its key: notes that tell it from its rivals are leaned to."""

import numpy as np
import pytest

from componium.decoding.constraints.tonality import FEWEST, Tonality

SOUNDING = np.arange(48, 84)
G_MAJOR = (7, 9, 11, 0, 2, 4, 6)


def led(heard: list[int], tonic: int = 0, mode: str = "major") -> np.ndarray:
    """What is added to each pitch class, C first, after these were heard."""
    tonality = Tonality(SOUNDING, tonic, mode)
    for pitch_class in heard:
        tonality.hear(pitch_class)  # 48 is a C
    assert np.array_equal(tonality.bias[:12], tonality.bias[12:24])
    return tonality.bias[:12]


def test_a_piece_that_keeps_to_its_key_is_left_alone() -> None:
    safe = [0, 4, 7, 0, 5, 9, 0, 7, 11, 2, 7, 0, 4, 0, 7, 0]
    assert not led(safe).any()


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "mixolydian"])
def test_where_another_key_leads_the_notes_that_tell_them_apart_are_leaned_to(mode: str) -> None:
    strayed = [7, 11, 2, 7, 6, 9, 2, 7, 11, 2, 6, 7, 7, 2]  # G major
    lean = led(strayed, mode=mode)
    assert lean[0] > 0.5 and lean[5] > 0 and lean[6] < 0 and lean[11] < 0


def test_the_more_another_key_leads_the_stronger_the_lean() -> None:
    little, much = [0, 4, 7, 0, 5, 9, 0, 7, 11, 2, 7, 0, 4, 7, 2, 7, 0], [7, 11, 2, 7, 6, 9, 2, 7, 11, 2, 6, 7, 7, 2]
    assert np.abs(led(much)).sum() > np.abs(led(little)).sum() > 0


def test_nothing_is_leaned_to_after_too_few_notes_or_where_all_are_alike() -> None:
    strayed = list(G_MAJOR) * 4
    assert led(strayed).any() and not led(strayed[: FEWEST - 1]).any()
    assert not led(list(range(12)) * 2).any()
