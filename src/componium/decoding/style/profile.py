"""Profile of a style: the statistics behind plans and constraints.

Times are in 24ths of a quarter. A profile is measured from Scores (see `decoding.style.measuring`), never from ids, and
is saved with the model as JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, TypeVar

import numpy as np

from componium.decoding.draws import choose
from componium.errors import CheckpointError

T = TypeVar("T")
VERSION = 1
MODES = {"major": "major", "minor": "minor", "dorian": "dorian", "mixolydian": "mixolydian", "lydian": "major",
         "phrygian": "minor", "locrian": "minor"}  # the mode in KEY_MODES for each
KEY_MODES = ("major", "minor", "dorian", "mixolydian")
QPMS = np.array([round(30 * 2 ** (step / 8)) for step in range(32)])  # the tempos that are distinguished
CONTAINERS = (dict, list, tuple)
type_range = tuple[int, int]  # the lowest and highest pitch


def nearest_qpm(qpm: float) -> int:
    """Return the tempo of QPMS nearest to `qpm`, in ratio.

    >>> nearest_qpm(100)
    101
    """
    return int(QPMS[np.argmin(np.abs(np.log(QPMS / qpm)))])


@dataclass(frozen=True, slots=True)
class Setting:
    """A joint choice of meter, key, tempo, texture and programs, with its count.

    meter     such as "3/4"; empty if the piece states none
    tonic     pitch class of the key; -1 if the piece states none
    mode      one of KEY_MODES; empty if the piece states none
    qpm       one of QPMS; 0 if the piece states none
    texture   "mono" if no voice sounds two notes at once, else "poly"
    programs  General MIDI programs, one a voice from the top; 128 is drums
    """

    meter: str = ""
    tonic: int = -1
    mode: str = ""
    qpm: int = 0
    texture: str = "poly"
    programs: tuple[int, ...] = (0,)
    count: int = 1

    def order(self) -> tuple[Any, ...]:
        """Return the key by which the settings of a profile are sorted."""
        numerator, denominator = map(int, self.meter.split("/")) if self.meter else (0, 0)
        mode = KEY_MODES.index(self.mode) if self.mode else -1
        return denominator, numerator, mode, self.tonic, self.qpm, self.texture, len(self.programs), self.programs


@dataclass(frozen=True, slots=True)
class StyleProfile:
    """Statistics of the pieces of a style.

    n_pieces  how many pieces were measured
    n_notes   how many notes they have
    within    the more general styles that the pieces are in, such as "fiddle" of a jig; empty for a general style
    settings  meter, key, tempo, texture and instruments, jointly, in the order of `Setting.order`
    openings  by mode, first chords: rows of (lowest pitch class, chord, count); pitch classes are semitones above the
              tonic, a chord has bit k set for pitch class k
    closed    share of pieces whose last and lowest note is the tonic, 0 to 1
    closings  by meter, onsets in its bar of the last note: rows of (onset, count)
    full      share of pieces in whose last chord all voices sound, 0 to 1
    lengths   numbers of bars: rows of (bars, count)
    parts     statistics of each constraint, by name, and of the critics
    """

    n_pieces: int = 0
    n_notes: int = 0
    within: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    openings: Mapping[str, tuple[tuple[int, int, int], ...]] = field(default_factory=dict)
    closed: float = 1.0
    closings: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    full: float = 0.0
    lengths: tuple[tuple[int, int], ...] = ()
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    version: int = VERSION

    def part(self, name: str) -> Mapping[str, Any]:
        """Return the statistics of a constraint, or "critics"; empty if it has none."""
        return self.parts.get(name, {})

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain JSON values."""
        values = asdict(self)
        return {**values, "settings": [list(asdict(row).values()) for row in self.settings]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the profile of the values that `to_json` gives.

        Raises CheckpointError for another version, or anything else that is no profile.
        """
        try:
            if values["version"] != VERSION:
                raise CheckpointError(f"a style profile of version {values['version']}", expected=str(VERSION),
                                      advice="fit the method again")
            known = {each.name for each in fields(cls)}
            kept = {name: frozen(value) for name, value in values.items() if name in known}
            kept["settings"] = tuple(_checked(Setting(*row)) for row in kept["settings"])
            return _checked(cls(**kept))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"not a style profile: {error!r}", advice="fit the method again") from error


def _checked(values: T) -> T:
    """Return a dataclass unless a field isn't of its default's type (TypeError)."""
    pristine = type(values)()
    for each in fields(values):  # type: ignore[arg-type]
        value, default = getattr(values, each.name), getattr(pristine, each.name)
        wanted = int | float if isinstance(default, float) else type(default)
        if not isinstance(value, wanted):
            raise TypeError(f"{each.name} is {value!r}")
    return values


def frozen(value: Any) -> Any:
    """Return a JSON value with its lists as tuples."""
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    if isinstance(value, list | tuple):  # of its items only containers ask for a call: most are numbers
        return tuple([frozen(item) if isinstance(item, CONTAINERS) else item for item in value])
    return value


def profiles_to_json(profiles: Mapping[str, StyleProfile]) -> dict[str, Any]:
    """Return profiles by style as plain JSON values."""
    return {style: profile.to_json() for style, profile in profiles.items()}


def profiles_from_json(values: Any) -> dict[str, StyleProfile]:
    """Return what `profiles_to_json` returned. Raises CheckpointError."""
    if not isinstance(values, Mapping):
        raise CheckpointError("a model without style profiles", advice="fit the method again")
    return {style: StyleProfile.from_json(profile) for style, profile in values.items()}


def styles_of(profiles: Mapping[str, StyleProfile]) -> tuple[str, ...]:
    """Return the names of the styles, without the profile of all pieces together."""
    return tuple(style for style in profiles if style)


def rows_of(counts: Iterable[tuple[Any, int]]) -> tuple[Any, ...]:
    """Return sorted rows of a key and its count, tuples of keys flattened."""
    return tuple((*(key if isinstance(key, tuple) else (key,)), count) for key, count in sorted(counts))


def draw_row(rows: Sequence[Sequence[Any]], rng: np.random.Generator) -> Sequence[Any] | None:
    """Draw a row with its last value as weight; return None if there are no rows."""
    return rows[choose(np.array([row[-1] for row in rows], dtype=float), rng)] if len(rows) else None
