"""Generated and real pieces to compare: by a method or a model, or from a folder."""

import warnings
from pathlib import Path

import numpy as np

from componium import corpora, registry
from componium.checkpoints import store
from componium.composing.model import resolve_model
from componium.composing.request import N_ENDINGS
from componium.corpora import Corpus
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import LeftOutWarning, UnknownNameError
from componium.methods import Method
from componium.music.score import Score
from componium.progress import Progress, type_on_progress

HELD_OUT = "held-out"
REFERENCES = (HELD_OUT, *corpora.SPLITS, "all")
BATCH = 8  # takes composed together


def is_folder_of_takes(name: str | Path) -> bool:
    """Return whether a name is that of a folder of music, not of a method or a model."""
    return name not in registry.names("methods") and Path(name).is_dir() and not (Path(name) / store.CONFIG).exists()


def read_takes(folder: str | Path) -> list[Score]:
    """Return the pieces in a folder, in the order of its files.

    Raises CorpusError if there are none.
    """
    from componium.corpora import folder as folders

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # pictures and sound beside the music
        return list(folders.load(folder, cache=False, workers=1).scores)


def fitted(model: str | Path | Method, corpus: Corpus) -> Method:
    """Return a fitted model as it is, and a method by name fitted to a corpus.

    Raises as `resolve_model` does.
    """
    is_name = isinstance(model, str) and model in registry.names("methods")
    return resolve_model(model, corpus if is_name else None).method


def generate_takes(
    method: Method, style: str, bars: int | None, n: int, seed: int, on_progress: type_on_progress | None = None
) -> list[Score]:
    """Return takes of one style, none rejected.

    Of so many bars each, or of usual length for None. They are as `compose` gives them, with the best of several
    endings. A method that can't be asked for a style, or for bars, composes without. Raises ControlError for a style
    that a model doesn't know.
    """
    wanted = {"style": style, "bars": bars}
    supported = method.supported_controls
    request = Request(Controls(**{name: value for name, value in wanted.items() if name in supported}),  # type: ignore[arg-type]
                      endings=N_ENDINGS)
    rng, takes = np.random.default_rng(seed), list[Score]()
    for first in range(0, n, BATCH):
        takes += method.generate(request, min(BATCH, n - first), rng=rng)
        if on_progress:
            on_progress(Progress("composing", len(takes), n, style))
    return takes


def real_pieces(corpus: Corpus, style: str, reference: str = HELD_OUT) -> list[Score]:
    """Return the real pieces of a style to compare with.

    reference  "held-out" (validation and test, the default), one side of the split, or "all" of the style's pieces

    Raises UnknownNameError for another reference, or a style that the corpus doesn't have.
    """
    if reference not in REFERENCES:
        raise UnknownNameError("reference", reference, REFERENCES)
    if style not in corpus.styles:
        raise UnknownNameError("style", style, corpus.styles)
    sides = {HELD_OUT: ("validation", "test"), "all": corpora.SPLITS}.get(reference, (reference,))
    return [piece.score for piece in corpus.of_style(style) if piece.split in sides]
