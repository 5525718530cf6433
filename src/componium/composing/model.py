"""Fitted models by name, folder or object, with their originality index.

Every room above resolves its models here. One rule, for methods and corpora alike: a registered name comes before a
folder of that name; write "./name" for the folder.

    None          the model that comes with the package and knows the style asked for, the default one first; with a
                  corpus, markov, which learns at once and from little
    a Method      itself
    a model name  "shipped" (also "default"), "dream", or another model that comes with the package
    a method name fitted to the corpus; without one, the model of that method that comes with the package, or the
                  method itself if it learns nothing
    a folder      the model saved there by `train` or `Method.save`
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from componium import corpora, registry
from componium.checkpoints import store
from componium.composing.shipped import SHIPPED_MODEL, shipped_for
from componium.corpora import Corpus, Piece
from componium.decoding.controls import DEFAULT_BARS
from componium.decoding.request import Request
from componium.errors import CheckpointError, ControlError, UnknownNameError, UnusedWarning
from componium.methods import Autoregressive, Method, load, make
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from componium.originality import Index, with_unseen
from componium.progress import Progress, type_on_progress, with_stage
from componium.weights import BY_METHOD, BY_NAME

ORIGINALITY = "originality.npz"  # the index of the training music, in a model's folder
LEARNER = "markov"
CACHED = 4  # models kept in memory
UNSEEN = 100  # pieces of a style, at most, whose originality is measured


@dataclass(frozen=True)
class Model:
    """A fitted method with its name.

    folder   the name of its folder, "" if it was not loaded from one
    weights  the hash of its weights, "" likewise
    indexed  the originality index of its training music, perhaps still being read; None if that is not known
    """

    method: Method
    name: str
    folder: str = ""
    weights: str = ""
    indexed: Index | Future[Index] | None = None

    @property
    def index(self) -> Index | None:
        """The originality index of its training music.

        Raises CheckpointError, OSError if it can't be read.
        """
        return self.indexed.result() if isinstance(self.indexed, Future) else self.indexed


def resolve_model(
    model: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    *,
    request: Request | None = None,
    regions: bool = False,
    able: str = "",
    or_draws: bool = False,
    params: Mapping[str, Any] | None = None,
    usual_corpus: str | None = None,
    on_progress: type_on_progress | None = None,
) -> Model:
    """Return a fitted model, by the rule at the head of this module.

    model         a method, the name of a method or of a model, or a folder; None for a shipped model, or for markov
                  where there is a corpus
    corpus        the music that a method given by name is fitted to: a Corpus, a name, or a folder
    request       what the model is for: its style chooses among the models that come with the package
    regions       whether it is to fill in: of those models one that states regions is taken, if there is one
    able          a function that the method must have, such as "harmonize"
    or_draws      whether a method without it will do, if it draws one id after another
    params        parameters of a method given by name
    usual_corpus  the corpus for a method by name that must learn first, where none is given
    on_progress   called with a Progress while music is read and learned from

    Raises ControlError for a corpus or parameters beside a fitted model, for a method that must learn first and for
    one that isn't able, and for a style that no model knows; UnknownNameError, with the near names, for an unknown
    name; CheckpointError for a folder without a model.
    """
    if model is None:
        model = shipped_for(request, regions=regions) if corpus is None else LEARNER
    if not isinstance(model, Method | str | Path):
        raise ControlError(f"a method {model!r}", expected="a Method, the name of one, or a folder with a model")
    if isinstance(model, str) and model in registry.names("methods"):
        kind = registry.load_class("methods", model, Method)
        _check_able(kind, model, able, or_draws)
        needs_music = "needs_music" in kind.tags and model not in BY_METHOD
        music = corpus or usual_corpus if needs_music else corpus
        return _by_method_name(model, music, params or {}, on_progress)
    if corpus is not None or params:
        beside = "a corpus to learn from" if corpus is not None else f"{' and '.join(params or {})} for it"
        raise ControlError(f"a model that is already fitted, and {beside}", expected="one of them",
                           advice=f"give a method's name: {', '.join(registry.names('methods'))}")
    resolved = Model(model, model.name) if isinstance(model, Method) else _from_folder(folder_of(model))
    _check_able(type(resolved.method), resolved.name, able, or_draws)
    return resolved


def _check_able(kind: type[Method], name: str, able: str, or_draws: bool) -> None:
    if able and not hasattr(kind, able) and not (or_draws and issubclass(kind, Autoregressive)):
        methods = registry.names("methods")
        others = (other for other in methods if hasattr(registry.load_class("methods", other, Method), able))
        raise ControlError(f"the method {name} can't {able}", expected=f"one of {', '.join(others)}")


def load_model(model: str | Path = SHIPPED_MODEL) -> Method:
    """Return a fitted method by the name of a model, or from its folder.

    model  "shipped" (default), "dream" or another model's name, or the folder that `train` or `Method.save` wrote

    Raises as `resolve_model` does.

    >>> load_model("shipped").name
    'transformer'
    """
    if isinstance(model, str) and model in registry.names("methods"):
        return _by_method_name(model, None, {}, None).method
    return load(_checked(folder_of(model)))


def resolve_corpus(corpus: Corpus | str | Path, on_progress: type_on_progress | None = None) -> Corpus:
    """Return a corpus given as itself, by its name, or as a folder.

    Raises as `corpora.load` does, and ControlError for other types.
    """
    if isinstance(corpus, Corpus):
        return corpus
    if not isinstance(corpus, str | Path):
        raise ControlError(f"a corpus {corpus!r}", expected="a Corpus, the name of one, or a folder of music")
    return corpora.load(corpus, on_progress=on_progress)


def warn_unless_it_learns(method: Method, corpus: Corpus) -> None:
    """Warn (UnusedWarning) if a method learns nothing from the music given to it."""
    if "needs_music" not in method.tags:
        learners = (name for name in registry.names("methods")
                    if "needs_music" in registry.load_class("methods", name, Method).tags)
        warnings.warn(UnusedWarning(f"{method.name} learns nothing from music: {corpus.name} only serves to find the "
                                    f"longest passage shared with it; methods that learn: {', '.join(learners)}"),
                      stacklevel=2)  # fmt: skip


def index_corpus(corpus: Corpus) -> Index:
    """Return the originality index of a corpus' training pieces, each once."""
    unique = {piece.id: piece.score for piece in corpus.train}
    return Index.of(unique.items())


def measure_unseen(index: Index, corpus: Corpus, on_progress: type_on_progress | None = None) -> Index:
    """Return the index with figures of held-out pieces, to compare takes with.

    Measured are the last 16 bars of some pieces of each style, evenly through validation and test.
    """
    held_out = [piece for piece in corpus.pieces if piece.split != "train" and piece.styles]
    styles = dict.fromkeys(piece.styles[0] for piece in held_out)
    chosen = []
    for style in styles:
        pieces = [piece for piece in held_out if piece.styles[0] == style]
        chosen += [pieces[at] for at in np.linspace(0, len(pieces) - 1, min(UNSEEN, len(pieces))).astype(int)]
    return with_unseen(index, last_bars(chosen, on_progress))


def last_bars(
    pieces: Sequence[Piece], on_progress: type_on_progress | None = None
) -> Iterator[tuple[tuple[str, ...], Score]]:
    """Yield the styles of each piece and its last 16 bars, a take's usual length."""
    for done, piece in enumerate(pieces):
        if on_progress:
            on_progress(Progress("comparing unseen music", done, len(pieces)))
        count = n_bars(piece.score)
        yield piece.styles, slice_bars(piece.score, max(count - DEFAULT_BARS, 0), count)


def _by_method_name(
    name: str, corpus: Corpus | str | Path | None, params: Mapping[str, Any], on_progress: type_on_progress | None
) -> Model:
    method = make(name, **params)
    if corpus is not None:
        method.check_params()  # before the music is read
        music = resolve_corpus(corpus, on_progress)
        warn_unless_it_learns(method, music)
        method.fit(music, on_progress=with_stage(on_progress, "learning"))
        return Model(method, name, indexed=index_corpus(music))
    if name in BY_METHOD and not params:
        return _from_folder(BY_METHOD[name])
    if "needs_music" in method.tags:
        raise ControlError(f"{name} has learned nothing yet", advice="name a corpus or a folder to learn from")
    return Model(method, name)


def folder_of(model: str | Path) -> Path:
    """Return the folder of a model. Raises UnknownNameError if there is none."""
    if isinstance(model, str) and model in BY_NAME:
        return BY_NAME[model]
    folder = Path(model).expanduser()
    if not folder.exists() and len(folder.parts) == 1:
        raise UnknownNameError("method, model or folder", str(model), {*registry.names("methods"), *BY_NAME})
    return folder


def _checked(folder: Path) -> Path:
    if not (folder / store.CONFIG).exists():
        is_ours = folder in BY_NAME.values()
        advice = "reinstall componium" if is_ours else "name a folder that `componium train` wrote"
        raise CheckpointError("no model there", where=str(folder), expected=store.CONFIG, advice=advice)
    return folder


def _from_folder(folder: Path) -> Model:
    _checked(folder)
    files = (folder / name for name in (store.CONFIG, store.WEIGHTS, ORIGINALITY))
    stamp = tuple((path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in files)
    return _load(folder.resolve(), stamp)


@lru_cache(maxsize=CACHED)
def _load(folder: Path, stamp: tuple[tuple[int, int] | None, ...]) -> Model:
    """Return a saved model; `stamp` changes when its files are written again."""
    index = folder / ORIGINALITY
    reading = _read_ahead(index) if index.exists() else None
    method = load(folder)
    return Model(method, method.name, folder.name, store.weights_hash(folder), reading)


def _read_ahead(path: Path) -> Future[Index]:
    """Return an index that is read while its model composes, ready to compare."""
    reader = ThreadPoolExecutor(1)
    reading = reader.submit(lambda: Index.load(path).made_ready())
    reader.shutdown(wait=False)
    return reading
