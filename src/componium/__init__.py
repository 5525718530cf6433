"""Componium: from a folder of music to new music in that style.

The public names, and the subpackages as attributes, are imported when first used: `import componium` is quick and never
imports torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from componium.version import __version__ as __version__

if TYPE_CHECKING:
    from componium.composing.accompany import accompany as accompany
    from componium.composing.arrange import arrange as arrange
    from componium.composing.compose import compose as compose
    from componium.composing.dream import dream as dream
    from componium.composing.extend import extend as extend
    from componium.composing.harmonize import harmonize as harmonize
    from componium.composing.infill import infill as infill
    from componium.composing.model import load_model as load_model
    from componium.composing.shipped import styles as styles
    from componium.composing.take import Take as Take
    from componium.composing.vary import vary as vary
    from componium.evaluation.comparison import compare as compare
    from componium.evaluation.explanation import explain as explain
    from componium.formats import read as read
    from componium.formats import read_all as read_all
    from componium.formats import write as write
    from componium.learning.train import train as train
    from componium.learning.tune import tune as tune
    from componium.music.score import Chord as Chord
    from componium.music.score import Key as Key
    from componium.music.score import Meter as Meter
    from componium.music.score import Score as Score
    from componium.music.score import Tempo as Tempo
    from componium.music.score import Track as Track
    from componium.performance.perform import perform as perform
    from componium.performance.performance import Performance as Performance
    from componium.render.show import show as show
    from componium.transcription import transcribe as transcribe


_HOME = {
    **dict.fromkeys(("Chord", "Key", "Meter", "Score", "Tempo", "Track"), "music.score"),
    **{verb: f"composing.{verb}"
       for verb in ("accompany", "arrange", "compose", "dream", "extend", "harmonize", "infill", "vary")},
    **dict.fromkeys(("read", "read_all", "write"), "formats"),
    "Performance": "performance.performance",
    "Take": "composing.take",
    "compare": "evaluation.comparison",
    "explain": "evaluation.explanation",
    "load_model": "composing.model",
    "perform": "performance.perform",
    "show": "render.show",
    "styles": "composing.shipped",
    "train": "learning.train",
    "transcribe": "transcription",
    "tune": "learning.tune",
}
__all__ = sorted(["__version__", *_HOME])  # noqa: PLE0605 (so that names are listed once)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"componium.{_HOME[name]}"), name)
    if not name.startswith("_"):
        from importlib.util import find_spec

        if find_spec(f"componium.{name}") is not None:
            return import_module(f"componium.{name}")
    raise AttributeError(f"module 'componium' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
