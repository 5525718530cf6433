"""Every method that the registry finds passes the conformance suite, over several codecs where it takes one.

What is tested stands in componium.testing; a new file in methods/ is tested by being there.
"""

from collections.abc import Callable

import pytest

from componium import registry
from componium.errors import MissingExtraError
from componium.methods import Method, make
from componium.testing import checks_for

OVER_OTHER_CODECS = {
    f"{name}-{codec}": make(name, **{**registry.load_class("methods", name, Method).TINY, "codec": codec})
    for name, codec in (("markov", "frames"), ("markov", "melody"), ("markov", "notechord"))
}
WINDOWED = {**registry.load_class("methods", "rnn", Method).TINY, "block_size": 32,
            "codec": {"name": "melody", "kind": "sounding"}}
OVER_OTHER_CODECS["rnn-window"] = make("rnn", **WINDOWED)
METHODS = {name: registry.load_class("methods", name, Method) for name in registry.names("methods")}
CASES = [pytest.param(check, id=f"{method}-{name}") for method, thing in {**METHODS, **OVER_OTHER_CODECS}.items()
         for name, check in checks_for(thing)]  # fmt: skip


@pytest.mark.parametrize("check", CASES)
def test_method(check: Callable[[], None]) -> None:
    try:
        check()
    except MissingExtraError as error:
        pytest.skip(str(error))
