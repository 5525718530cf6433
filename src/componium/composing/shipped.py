"""Styles of the models that come with the package, and the model for a request.

They are read from the models' configs: no weights are loaded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from componium.checkpoints import load_config, refuse_damage, store
from componium.composing.ratings import Rating, ratings
from componium.decoding.request import Request
from componium.decoding.style.names import check_style, split_styles
from componium.errors import ControlError
from componium.weights import BY_NAME

SHIPPED_MODEL = "shipped"  # the name of the default one
CACHED = 16  # configs whose styles are kept in memory


@dataclass(frozen=True, slots=True)
class Style:
    """A style of a model, and how much music of it the model learned from.

    name      as it is asked for
    model     the name of the model
    n_pieces  how many pieces of the style were learned from
    n_notes   how many notes they have; None for a model that doesn't state it
    within    the more general styles that the pieces are in, such as "fiddle" of a jig; empty for a general style
    rating    how well its takes can be told from real pieces; None if that isn't measured
    """

    name: str
    model: str
    n_pieces: int
    n_notes: int | None
    within: tuple[str, ...] = ()
    rating: Rating | None = None


def styles() -> list[Style]:
    """List the styles of the models that come with the package.

    Those of the default model come first. A style that several models know is listed for each; `compose` takes the
    first, unless a model is named. Raises CheckpointError for a damaged model.

    >>> {style.name: style.within for style in styles()}["jig"]
    ('fiddle',)
    """
    rated = {(name, rating.model): rating for name, rating in ratings().items()}
    return [replace(style, rating=rated.get((style.name, style.model))) for _, known in _models() for style in known]


def shipped_for(request: Request | None = None, *, regions: bool = False) -> str:
    """Return the name of the shipped model for a request.

    It is the first that knows the styles asked for. Where none is asked for, it is the first that knows the style which
    the request's score states, else the default model. With `regions` those models count that state regions, if
    there are any. Raises ControlError for a style that no model knows, and for styles that are of different models.
    """
    asked = request.controls.style if request is not None else None
    stated = request.score.about("style") if request is not None and request.score is not None else ""
    able = [folder for folder in _folders() if regions and _states_regions(folder)] or _folders()
    if not (text := asked or stated):
        return name_of(able[0])
    models: dict[str, str] = {}
    for name, known in _models(able):
        names = {style.name for style in known}
        if set(split_styles(text, names)) <= names:
            return name
        models = {**dict.fromkeys(names, name), **models}
    if asked and models:
        _refuse(asked, models)
    return name_of(able[0])


def _refuse(asked: str, models: dict[str, str]) -> None:
    """Raise ControlError for styles that no one model knows.

    `models` has the first that knows each style.
    """
    several = split_styles(asked)
    for style in several:
        check_style(style, sorted(models))
    raise ControlError(f"{' and '.join(several)} at once", expected="styles of one model",
                       advice=", ".join(f"{style} is of {models[style]}" for style in several))


def name_of(folder: Path) -> str:
    """Return the name of a shipped model by its folder."""
    return next(name for name, other in BY_NAME.items() if other == folder)


def _folders() -> list[Path]:
    """Return the folders of the shipped models, the default one first."""
    return list(dict.fromkeys(BY_NAME.values()))


def _models(folders: Sequence[Path] | None = None) -> Iterator[tuple[str, tuple[Style, ...]]]:
    """Yield the name and the styles of each shipped model that has styles.

    The default one comes first. A config is read as it is reached.
    """
    for folder in _folders() if folders is None else folders:
        path = folder / store.CONFIG
        if path.exists() and (known := _read(folder, path.stat().st_mtime_ns)[0]):
            yield name_of(folder), known


def _states_regions(folder: Path) -> bool:
    path = folder / store.CONFIG
    return path.exists() and _read(folder, path.stat().st_mtime_ns)[1]


@lru_cache(maxsize=CACHED)
def _read(folder: Path, stamp: int) -> tuple[tuple[Style, ...], bool]:
    """Return the styles of a model that draws ids, and whether it states regions.

    `stamp` changes when its config is written again.
    """
    learned = load_config(folder).get("learned", {})
    if "codec" not in learned:
        return (), False
    with refuse_damage(str(folder)):
        profiles = {name: profile for name, profile in learned["profiles"].items() if name}
        known = tuple(Style(name, folder.name, each["n_pieces"], each.get("n_notes"), tuple(each.get("within", ())))
                      for name, each in profiles.items())  # fmt: skip
        return known, bool(learned["codec"].get("regions"))
