"""Humdrum files damaged at random give a Score or a typed error, never anything else."""

import warnings

import numpy as np
import pytest

from componium.errors import FormatError, RepairWarning
from componium.formats import kern
from componium.music.score import Score
from formats.mutations import mutate
from formats.test_kern import SCALE

LETTERS = b"\t\n*=[]_.#-^v|:0123456789abcdefgABCDEFGqr%!"


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_give_a_score_or_a_typed_error(seed: int) -> None:
    rng, read = np.random.default_rng(seed), 0
    for at in range(300):
        data = bytearray(SCALE.encode())
        if at % 2:
            data = bytearray(mutate(bytes(data), rng))
        else:
            for place in rng.integers(len(data), size=int(rng.integers(1, 12))).tolist():
                data[place] = LETTERS[int(rng.integers(len(LETTERS)))]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)
            try:
                score = kern.loads(bytes(data))
            except FormatError:
                continue
        assert isinstance(score, Score)
        read += 1
    assert read > 100
