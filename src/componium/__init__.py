"""Componium: from a folder of music to new music in that style.

The public names are imported when first used, so `import componium` is quick and never imports torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from componium.composing import Take as Take
    from componium.composing import compose as compose
    from componium.formats import read as read
    from componium.formats import read_all as read_all
    from componium.formats import write as write
    from componium.score import Chord as Chord
    from componium.score import Key as Key
    from componium.score import Meter as Meter
    from componium.score import Score as Score
    from componium.score import Tempo as Tempo
    from componium.score import Track as Track

__version__ = "0.1.0"

_HOME = {
    "Chord": "score", "Key": "score", "Meter": "score", "Score": "score", "Tempo": "score", "Track": "score",
    "Take": "composing", "compose": "composing", "read": "formats", "read_all": "formats", "write": "formats",
}
__all__ = sorted(["__version__", *_HOME])  # noqa: PLE0605 (so that names are listed once)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'componium' has no attribute {name!r}")
    return getattr(import_module(f"componium.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
