"""Conformance suites for methods, codecs and formats, other packages' included.

`check_method`, `check_codec` and `check_format` run every check that applies and raise AssertionError at the first that
fails. `checks_for` gives the same checks one by one, so that pytest can show each as a test of its own:

    @pytest.mark.parametrize(("name", "check"), checks_for(MyMethod))
    def test_my_method(name, check):
        check()

A check that does not apply is not among them: what applies follows from a method's tags and supported controls.

>>> from componium.codecs.melody import Melody
>>> check_codec(Melody(steps=2))
"""

from collections.abc import Sequence
from types import ModuleType

from componium.codecs.base import Codec
from componium.errors import PluginError
from componium.methods.base import Method
from componium.testing.checks import type_checks
from componium.testing.codecs import codec_checks
from componium.testing.formats import format_checks
from componium.testing.suite import method_checks

__all__ = ["check_codec", "check_format", "check_method", "checks_for"]


def check_method(kind_or_method: type[Method] | Method) -> None:
    """Run the conformance suite on a method.

    A class is tried with its `TINY` arguments, an instance with its own.

    Raises AssertionError for a law that does not hold.
    """
    _run(method_checks(kind_or_method))


def check_codec(codec: Codec) -> None:
    """Run the conformance suite on a codec.

    Raises AssertionError for a law that does not hold.
    """
    _run(codec_checks(codec))


def check_format(module: ModuleType, samples: Sequence[bytes] = ()) -> None:
    """Run the conformance suite on a format; `samples` are files of it.

    Raises AssertionError for a law that does not hold.
    """
    _run(format_checks(module, samples))


def checks_for(thing: type[Method] | Method | Codec | ModuleType) -> type_checks:
    """Return (name, check) for every check that applies.

    Raises PluginError for anything else.
    """
    if isinstance(thing, Method) or (isinstance(thing, type) and issubclass(thing, Method)):
        return method_checks(thing)
    if isinstance(thing, Codec):
        return codec_checks(thing)
    if isinstance(thing, ModuleType):
        return format_checks(thing)
    raise PluginError(f"{thing!r} has no conformance suite", expected="a method, a codec or the module of a format")


def _run(checks: type_checks) -> None:
    for name, check in checks:
        try:
            check()
        except AssertionError as error:
            error.add_note(f"in {name}")
            raise
