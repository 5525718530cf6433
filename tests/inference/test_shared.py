"""Rows that begin alike keep what they share once; what they say is as if each kept its own."""

import numpy as np
import pytest

from random_nets import BLOCK_SIZE, RANDOM_IDS, random_net

ROWS = np.zeros(4, dtype=np.int64)
LATER = np.random.default_rng(2).integers(0, int(RANDOM_IDS.max()), (4, 60))


def begun(n_read: int, *, smear: bool = True):
    net = random_net(smear=smear).net_
    alone = net.state(1)
    net.read(alone, RANDOM_IDS[:1, :n_read])
    apart = net.state(4)
    net.read(apart, RANDOM_IDS[ROWS, :n_read])
    return net, alone, apart


@pytest.mark.parametrize("smear", [True, False])
@pytest.mark.parametrize("n_read", [1, 30, BLOCK_SIZE - 5])
def test_branches_give_the_same_logits_also_when_the_window_moves_on(n_read: int, smear: bool) -> None:
    net, alone, apart = begun(n_read, smear=smear)
    branches = net.select(alone, ROWS)
    assert branches.n_shared == n_read
    for column in LATER.T:
        np.testing.assert_allclose(net.step(branches, column), net.step(apart, column), atol=1e-4)
    assert bool(branches.n_shared) == (n_read + LATER.shape[1] <= BLOCK_SIZE)


def test_several_ids_are_read_at_once() -> None:
    net, alone, apart = begun(20)
    branches = net.select(alone, ROWS)
    np.testing.assert_allclose(net.read(branches, LATER[:, :10]), net.read(apart, LATER[:, :10]), atol=1e-4)


def test_branches_of_branches_and_what_they_are_from_go_on_by_themselves() -> None:
    net, alone, apart = begun(20)
    branches = net.select(alone, ROWS)
    net.read(branches, LATER[:, :10])
    net.read(apart, LATER[:, :10])
    rows = np.array([3, 1, 3])
    fewer, own = net.select(branches, rows), net.select(apart, rows)
    net.step(branches, LATER[:, 40])
    net.step(alone, LATER[:1, 40])
    np.testing.assert_allclose(net.step(fewer, LATER[:3, 11]), net.step(own, LATER[:3, 11]), atol=1e-4)
