"""The best of several tries: one of the takes of the same seed, with a record of how it was chosen."""

from pathlib import Path

import numpy as np
import pytest

from componium.composing.compose import compose
from componium.composing.record import read_take
from componium.decoding.controls import Controls
from componium.decoding.critics import Search, critique, total
from componium.decoding.request import Request
from componium.errors import ControlError, UnknownNameError
from componium.methods import Autoregressive, Method
from componium.music.transform import slice_bars
from componium.progress import Progress
from componium.render.terminal import line_text


def test_the_best_of_the_takes_of_one_seed_is_kept(folder: Path, model: Method) -> None:
    plain = compose("tunes", bars=4, seed=1, n=6, endings=1, method=folder)
    best = compose("tunes", bars=4, seed=1, n=2, tries=3, endings=1, method=folder)
    for take in best:
        tries = plain[3 * (take.number - 1) : 3 * take.number]
        marks = sorted(total(critique(each.score, model.profile_of("tunes"))) for each in tries)
        assert take.score == tries[take.kept - 1].score and take.draw == tries[take.kept - 1].number
        assert total(take.critics) >= marks[1] - 1e-9  # the better of two that go on
        assert take.plan == tries[take.kept - 1].plan


def test_a_kept_try_has_the_ending_that_it_has_alone(folder: Path) -> None:
    plain = compose("tunes", bars=6, seed=2, n=12, method=folder)
    for take in compose("tunes", bars=6, seed=2, n=3, tries=4, method=folder):
        assert take.score == plain[take.draw - 1].score


def test_endings_of_tries_are_judged_with_what_comes_before(model: Method) -> None:
    seen: list[int] = []
    codec = model.codec_  # type: ignore[attr-defined]

    class Seen(type(codec)):  # type: ignore[misc]
        def decode(self, ids):  # type: ignore[no-untyped-def]
            seen.append(len(self.bar_starts(np.array(ids))))
            return super().decode(ids)

    other = type(model)(**model.get_params()).set_weights(*model.get_weights())
    other.codec_.__class__ = Seen  # type: ignore[attr-defined]
    request = Request(Controls(style="tunes", bars=8, ending="closed"), endings=4)
    assert len(list(other.compose_each(request, 4, rng=np.random.default_rng(5), search=Search(4)))) == 1
    assert seen[-5:] == [8] * 5  # four endings, and the piece


def test_critics_of_endings_alone_give_up_no_try(folder: Path, model: Method) -> None:
    plain = compose("tunes", bars=4, seed=1, n=10, endings=1, method=folder)
    take = compose("tunes", bars=4, seed=1, tries=10, critics=["cadence"], endings=1, method=folder)
    marks = [total(critique(each.score, model.profile_of("tunes"), ["cadence"])) for each in plain]
    assert total(take.critics) == max(marks) and take.kept == marks.index(max(marks)) + 1


def test_half_of_the_tries_are_given_up_at_a_quarter_of_the_bars(model: Method) -> None:
    request = Request(Controls(style="tunes", bars=8))
    drawn: list[int] = []
    assert isinstance(model, Autoregressive)

    class Counted(type(model)):  # type: ignore[misc]
        def step(self, state, ids):  # type: ignore[no-untyped-def]
            drawn.append(len(ids))
            return super().step(state, ids)

    counted = Counted(**model.get_params()).set_weights(*model.get_weights())
    made = list(counted.compose_each(request, 8, rng=np.random.default_rng(3), search=Search(8)))
    assert len(made) == 1 and drawn[0] == 8 and drawn.index(4) < len(drawn) / 2


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


def test_the_try_that_leads_is_reported_bar_by_bar(folder: Path) -> None:
    seen: list[Progress] = []
    compose("tunes", bars=8, seed=2, tries=4, endings=1, method=folder, on_progress=seen.append)
    tries = [each.score for each in compose("tunes", bars=8, seed=2, n=4, endings=1, method=folder)]
    trying = [each for each in seen if each.stage == "trying"]
    assert {each.text[:12] for each in trying} == {"4 tries left", "2 tries left"}
    for each in trying:
        drawn = [line_text(slice_bars(score, each.done - 1, each.done)) for score in tries]
        assert each.total == 8 and each.text.split(": ")[1] in drawn
    assert trying[-1].done == 8 and [each.stage for each in seen if each not in trying] == ["composing"]


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
