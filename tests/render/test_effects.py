"""Plots of effect sizes: a row a feature, a panel a comparison."""

import pytest

from componium.errors import ControlError
from componium.render.plots.effects import Effects, effects_figure, render_effects

ROWS = [("melody", "step_rate", -0.4, -0.6, -0.2), ("form", "pickup", 0.1, -0.2, 0.4), ("melody", "turn_rate", 1, 1, 1)]


def test_features_stand_by_group_under_its_name():
    axes, = effects_figure([Effects("jigs", ROWS)]).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["step rate", "turn rate", "pickup"]
    places = axes.get_yticks().tolist()
    assert places == sorted(places, reverse=True) and places[1] - places[2] == 2  # a row free for the group's name
    assert [text.get_text() for text in axes.texts if text.get_text()] in (["form", "melody"], ["melody", "form"])


def test_a_point_is_filled_if_its_interval_leaves_out_zero():
    axes, = effects_figure([Effects("jigs", ROWS)]).axes
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(point.get_xdata()[0]) for point in points] == [-0.4, 0.1, 1]
    assert [point.get_markerfacecolor() == "white" for point in points] == [False, True, False]


def test_a_feature_that_one_comparison_lacks_is_left_empty_there():
    one, other = effects_figure([Effects("a", ROWS), Effects("b", ROWS[:1])], title="Two").axes
    assert len(one.lines) == 7 and len(other.lines) == 3  # the middle, then a point and an interval each


def test_the_same_rows_give_the_same_bytes_and_none_are_refused():
    assert render_effects([Effects("jigs", ROWS)]) == render_effects([Effects("jigs", ROWS)])
    assert render_effects([Effects("jigs", ROWS)], ".svg").startswith(b"<?xml")
    with pytest.raises(ControlError, match="no features to plot"):
        effects_figure([])
