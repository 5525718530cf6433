import copy
import inspect

import pytest

from componium import errors
from componium.errors import (
    ComponiumError,
    FormatError,
    LimitError,
    MissingExtraError,
    NotThisFormatError,
    RepairWarning,
    UnknownNameError,
)

EVERY = [thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, ComponiumError)]
SAMPLES = {
    UnknownNameError: lambda: UnknownNameError("codec", "evnts", ["events", "remi"]),
    MissingExtraError: lambda: MissingExtraError("torch", "train"),
}


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_survives_a_copy_and_so_a_process_border(kind):
    error = SAMPLES.get(kind, lambda: kind("bad", where="byte 3", expected="good"))()
    other = copy.copy(error)
    assert type(other) is kind
    assert str(other) == str(error)
    assert vars(other) == vars(error)


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_is_drawn_in_the_tree(kind):
    assert kind.__name__ in (errors.__doc__ or "")


def test_a_message_says_what_where_expected_and_advice():
    error = FormatError("no header", where="byte 0", expected="MThd", advice="look inside")
    assert str(error) == "no header, at byte 0; expected MThd; look inside"
    assert str(FormatError("no header")) == "no header"


def test_within_names_the_file_and_keeps_the_kind():
    inner = LimitError("too long", where="byte 8")
    assert str(inner.within("a.mid")) == "too long, at a.mid, byte 8"
    assert str(NotThisFormatError("HTML").within("b.mid")) == "HTML, at b.mid"
    assert type(inner.within("a.mid")) is LimitError
    assert str(inner) == "too long, at byte 8"


def test_an_unknown_name_brings_the_near_ones():
    error = UnknownNameError("method", "transfomer", ["markov", "transformer"])
    assert error.near == ["transformer"]
    assert "did you mean transformer?" in str(error)
    assert error.within("x").near == ["transformer"]


def test_errors_are_also_what_plain_python_expects():
    assert issubclass(FormatError, ValueError)
    assert issubclass(UnknownNameError, KeyError)
    assert issubclass(MissingExtraError, ImportError)
    assert "pip install 'componium[train]'" in str(MissingExtraError("torch", "train"))


def test_a_repair_says_its_byte():
    assert str(RepairWarning("cut short", 12)) == "byte 12: cut short"
    assert str(RepairWarning("cut short")) == "cut short"
