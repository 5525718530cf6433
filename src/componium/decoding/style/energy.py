"""Energy: a quantile of the tempi, densities and durations of a style's pieces."""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np

from componium.decoding.draws import choose
from componium.decoding.style.profile import Setting

TAILS = 0.05  # the share of pieces beyond the lowest energy, and beyond the highest: the odd ones
ALIKE = 0.1  # standard deviation of the likeness of two densities, in natural logarithms
type_rows = Mapping[str, Sequence[Sequence[float]]]


def quantile(rows: type_rows, meter: str, energy: float) -> float | None:
    """Return the value at a quantile of pieces in a meter, or of all if none has it.

    rows    by meter, rows of (value, number of pieces)
    meter   such as "4/4", or "" for all
    energy  0 to 1, from the lowest value to the highest, without TAILS

    It is interpolated between the pieces; None where there are none.

    >>> quantile({"4/4": [(1.0, 1), (2.0, 1), (3.0, 2)]}, "4/4", 0.5)
    2.333
    """
    values, places = _places(rows.get(meter) or [row for each in rows.values() for row in each])
    return round(float(np.interp(_place(energy), places, values)), 3) if values else None


def rank(rows: type_rows, meter: str, value: float) -> float:
    """Return the energy at which `quantile` is a value, 0 to 1."""
    values, places = _places(rows.get(meter) or [row for each in rows.values() for row in each])
    place = float(np.interp(value, values, places))
    return min(max((place - TAILS) / (1 - 2 * TAILS), 0.0), 1.0)


def draw_meter(paces: type_rows, energy: float, rng: np.random.Generator) -> str:
    """Draw a meter by how many of its pieces are as dense as an energy asks for.

    paces  by meter, rows of (onsets a quarter, number of pieces); not empty
    """
    pace = quantile(paces, "", energy) or 1.0
    meters = list(paces)
    weights = [sum(count * np.exp(-0.5 * (log(each / pace) / ALIKE) ** 2) for each, count in paces[meter])
               for meter in meters]  # fmt: skip
    return meters[choose(np.array(weights) + 1e-9, rng)]


def tempo_at(settings: Sequence[Setting], meter: str, energy: float) -> float | None:
    """Return the tempo at a quantile of those stated in a meter, None without any."""
    rows = [(float(each.qpm), each.count) for each in settings if each.qpm and each.meter == meter]
    return quantile({"": rows}, "", energy)


def _place(energy: float) -> float:
    return TAILS + (1 - 2 * TAILS) * energy


def _places(rows: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    """Return the values in order, and the middle of each one's share of the pieces."""
    ordered = sorted(rows, key=lambda row: row[0])
    counts = np.array([row[-1] for row in ordered], dtype=float)
    places = (counts.cumsum() - counts / 2) / max(counts.sum(), 1.0)
    return [row[0] for row in ordered], places.tolist()
