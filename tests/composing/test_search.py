"""The best of several tries: one of the takes of the same seed, with a record of how it was chosen."""

from pathlib import Path

import pytest

from componium.composing.compose import compose
from componium.composing.record import read_take
from componium.decoding.critics import critique, total
from componium.errors import ControlError, UnknownNameError
from componium.methods import Method


def test_the_best_of_the_takes_of_one_seed_is_kept(folder: Path, model: Method) -> None:
    plain = compose("tunes", bars=4, seed=1, n=6, method=folder)
    best = compose("tunes", bars=4, seed=1, n=2, tries=3, method=folder)
    for take in best:
        tries = plain[3 * (take.number - 1) : 3 * take.number]
        marks = [total(critique(each.score, model.profile_of("tunes"))) for each in tries]
        assert take.score == tries[take.kept - 1].score and take.draw == tries[take.kept - 1].number
        assert total(take.critics) == pytest.approx(max(marks)) and take.plan == tries[take.kept - 1].plan


def test_named_critics_alone_choose(folder: Path) -> None:
    take = compose("tunes", bars=4, seed=1, tries=3, critics=["melody"], method=folder)
    assert list(take.critics) == ["melody"]


def test_the_record_states_the_search(folder: Path, tmp_path: Path) -> None:
    take = compose("tunes", bars=4, seed=1, tries=3, method=folder)
    record = take.to_json()
    assert (record["tries"], record["kept"]) == (3, take.kept) and record["critics"] == take.critics
    assert f"number {take.kept} of 3 tries" in str(take)
    take.write(tmp_path / "take.mid")
    take.write(tmp_path / "take.json")
    read = read_take(tmp_path / "take.json")
    assert (read.tries, read.kept, read.critics, read.request.endings) == (3, take.kept, take.critics, 8)


def test_bars_are_reported_once_the_best_is_chosen(folder: Path) -> None:
    bars: list[tuple[int, int]] = []
    compose("tunes", bars=4, seed=1, n=2, tries=2, method=folder, on_bar=lambda take, bar, _: bars.append((take, bar)))
    assert bars == [(take, bar) for take in range(2) for bar in range(4)]


def test_wrong_arguments_are_refused(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="taste"):
        compose("tunes", bars=4, tries=2, critics=["taste"], method=folder)
    for wrong in ({"tries": 0}, {"endings": 0}, {"endings": "many"}):
        with pytest.raises(ControlError, match=next(iter(wrong))):
            compose("tunes", bars=4, method=folder, **wrong)
    with pytest.raises(ControlError, match="tries"):
        compose("tunes", bars=4, tries=2, critics=["phrases"], method=folder)  # of single lines
    with pytest.raises(ControlError, match="tries"):
        compose(bars=4, tries=2, method="rules")  # knows no style
