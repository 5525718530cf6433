"""Componium: from a folder of music to new music in that style.

The public names are imported when first used, so `import componium` is quick and never imports torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from componium.composing.compose import Take as Take
    from componium.composing.compose import compose as compose
    from componium.formats import read as read
    from componium.formats import read_all as read_all
    from componium.formats import write as write
    from componium.music.score import Chord as Chord
    from componium.music.score import Key as Key
    from componium.music.score import Meter as Meter
    from componium.music.score import Score as Score
    from componium.music.score import Tempo as Tempo
    from componium.music.score import Track as Track

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(("Chord", "Key", "Meter", "Score", "Tempo", "Track"), "music.score"),
    **dict.fromkeys(("Take", "compose"), "composing.compose"),
    **dict.fromkeys(("read", "read_all", "write"), "formats"),
}
__all__ = sorted(["__version__", *_HOME])  # noqa: PLE0605 (so that names are listed once)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'componium' has no attribute {name!r}")
    return getattr(import_module(f"componium.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
