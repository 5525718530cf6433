"""Names of styles, several joined by commas, and the error for an unknown one."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from componium.errors import MOST_LISTED, ControlError, did_you_mean, near_names
from componium.music.score import Score


def split_styles(text: str, known: Collection[str] = ()) -> tuple[str, ...]:
    """Return the styles that a text names, each once.

    They are joined by commas; a known style that has a comma in its name is one.

    >>> split_styles("jig, chorales"), split_styles("Bach, J. S.", {"Bach, J. S.", "jig"})
    (('jig', 'chorales'), ('Bach, J. S.',))
    """
    if text in known:
        return (text,)
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def check_style(style: str, known: Collection[str]) -> None:
    """Raise ControlError, with the near names, unless a style is one of those known.

    >>> check_style("chorals", ["chorales", "jig"])
    Traceback (most recent call last):
    ...
    componium.errors.ControlError: no style 'chorals'; expected one of chorales, jig; did you mean chorales?
    """
    if style in known:
        return
    several = split_styles(style)
    if len(several) > 1 and set(several) <= set(known):
        raise ControlError(f"{' and '.join(several)} at once", expected="one style",
                           advice="only a method that draws one id after another composes in several")
    raise ControlError(f"no style {style!r}", expected=_listed(style, known), advice=did_you_mean(style, known))


def _listed(style: str, known: Iterable[str]) -> str:
    """Return what was expected; nothing where the names are many and some are near."""
    names = tuple(known)
    if len(names) > MOST_LISTED and near_names(style, names):
        return ""
    return f"one of {', '.join(names)}" if names else "none"


def stating(score: Score, style: str) -> Score:
    """Return a score that states a style."""
    others = (entry for entry in score.info if entry[0] != "style")
    return replace(score, info=(("style", style), *others))
