"""A first piece: what to ask for, where nothing is, to get a whole piece.

One of REPERTOIRE is drawn in proportion to how good its best style is, then one of its styles likewise; how good is
1 - AUC of its takes (`ratings`), and those above WORST are not drawn. Bars, form, meter and tempo are drawn together,
as the style's pieces have them, until something comes back in the form, and the piece lasts SHORTEST to LONGEST
seconds. A dance that is shorter is played twice, as dances are.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from componium.composing.model import resolve_model
from componium.composing.request import build_request
from componium.composing.shipped import Style, styles
from componium.decoding.draws import choose
from componium.decoding.style.energy import quantile
from componium.decoding.style.form import returning
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.decoding.style.tempo import usual_qpm_at
from componium.methods import Method
from componium.music.time import bar_quarters

SHORTEST, LONGEST = 40.0, 90.0  # seconds
DANCES = "fiddle"  # the style within which all others are dances and airs
REPERTOIRE = (DANCES, "chorales", "hymns", "organ")  # general styles whose takes are whole pieces (docs/first_six.md)
WORST = 0.9  # AUC: takes of styles above it are nearly always told from real pieces
DRAWS = 200  # of a plan, of which one is to be long enough
LARGEST, EFFORT, MOST_TRIES = 80, 160, 3  # bars times voices: of a piece, and of all its tries, at most so many


def first_pieces(n: int, seed: int | None) -> Iterator[dict[str, Any]]:
    """Yield the arguments of `compose` for `n` pieces, each with its seed.

    They are `seed` and those after it; it is drawn for None.
    """
    first = secrets.randbits(32) if seed is None else seed
    yield from ({**first_controls(own), "seed": own} for own in range(first, first + n))


def first_controls(seed: int) -> dict[str, Any]:
    """Return arguments of `compose` that ask for a whole piece.

    They are its style, form, bars, meter and tempo, and how often it is tried.

    seed  from 0; that of the piece

    Empty where no style of REPERTOIRE is measured, as without the models that come with the package.

    >>> sorted(first_controls(1))
    ['bars', 'ending', 'form', 'meter', 'qpm', 'style', 'tries']
    """
    rng = np.random.default_rng([seed, 1])  # beside that of the piece
    style = _draw_style(rng)
    if not style:
        return {}
    method = resolve_model(None, None, request=build_request(style=style)).method
    found: dict[str, Any] = {}
    for child in rng.spawn(DRAWS):
        plan = method.plan(build_request(style=style, ending="closed"), child)
        if plan is not None and returning(plan.form.letters):
            found = _controls(plan, method)
            if _lasts_well(found, method, seed):
                return found
    return found or {"style": style}


def weights_of(known: Iterable[Style]) -> dict[str, dict[str, float]]:
    """Return the weights of styles that may be drawn, by family.

    A weight is 1 - AUC, a family one of REPERTOIRE.

    Composers' styles are left to those who ask for them, and so is what a style has from a second model.
    """
    found: dict[str, dict[str, float]] = {}
    for style in known:
        family = style.name if style.name != DANCES and not style.within else "".join(style.within)
        is_own = family in REPERTOIRE and (not style.within or family == DANCES)
        if style.rating and round(style.rating.auc, 2) <= WORST and is_own:
            found.setdefault(family, {})[style.name] = 1 - style.rating.auc
    return found


def _draw_style(rng: np.random.Generator) -> str:
    families = weights_of(styles())
    best = {family: max(weights.values()) for family, weights in families.items()}
    return _drawn(families[_drawn(best, rng)], rng) if best else ""


def _drawn(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    """Draw a name in proportion to its weight."""
    return list(weights)[choose(np.array(list(weights.values())), rng)]


def _controls(plan: Plan, method: Method) -> dict[str, Any]:
    """Return the controls of a plan.

    Of a short dance they are those by which it is played twice.
    """
    letters, bars = plan.form.letters, plan.bars
    profile = method.profile_of(plan.style)
    if DANCES in profile.within and _seconds(plan, profile) < SHORTEST:
        letters, bars = letters * 2, bars * 2
    tries = min(max(EFFORT // (bars * len(plan.programs)), 1), MOST_TRIES)
    return {"style": plan.style, "form": letters, "bars": bars, "meter": str(plan.meter), "qpm": plan.qpm,
            "ending": "closed", "tries": tries}  # fmt: skip


def _lasts_well(controls: Mapping[str, Any], method: Method, seed: int) -> bool:
    """Return whether all tries of a piece last from SHORTEST to LONGEST seconds.

    And whether none is too large.
    """
    request = build_request(**{name: value for name, value in controls.items() if name != "tries"})
    children = np.random.default_rng(seed).spawn(controls["tries"])
    plans = [method.plan(request, child) for child in children]
    return all(plan is not None and SHORTEST <= _seconds(plan, method.profile_of(plan.style)) <= LONGEST
               and plan.bars * len(plan.programs) <= LARGEST for plan in plans)  # fmt: skip


def _seconds(plan: Plan, profile: StyleProfile) -> float:
    """Return how long a piece lasts by its plan, at the usual tempo where it has none."""
    pace = quantile(profile.part("density").get("paces", {}), str(plan.meter), 0.5) or 1.0
    qpm = plan.qpm or usual_qpm_at(plan.style, 1 / pace)
    return plan.bars * float(bar_quarters(plan.meter)) * 60 / qpm
