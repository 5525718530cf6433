"""State that the parts of one MusicXML score share: measures, keys, tempos."""

import re
from fractions import Fraction
from math import lcm
from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats.musicxml.text import get_text, parse_number
from componium.music.score import Chord, Key, Score, Tempo
from componium.notation.repeats import Measure, play_order, type_time
from componium.notation.unfolding import Line, Played, perform

MAX_PARTS = 1000
MAX_ABSENT = 100_000  # measures that a part of a timewise score is absent from, all parts together
_MAX_UNITS = 1 << 20  # per quarter; finer divisions than that become fractions


class Piece:
    """Measures, keys, tempos and chords that the parts of one score share and fill."""

    def __init__(self, root: Element, strict: bool) -> None:
        self.root, self.strict = root, strict
        self.units = self._units_per_quarter()
        self.described = {part.get("id", ""): part for part in root.iterfind("part-list/score-part")}
        self.names = [get_text(part, "part-name") for part in self.described.values()]
        self.measures: list[Measure] = []
        self.sounds_to: dict[int, type_time] = {}  # where in a measure the last note ends
        self.filled: set[int] = set()  # the measures that some part fills exactly
        self.lines: list[Line] = []
        self.keys: list[tuple[int, type_time, tuple[int, str]]] = []
        self.tempos: list[tuple[int, type_time, float]] = []
        self.chords: list[tuple[int, type_time, str]] = []
        self.n_notes = 0

    def _units_per_quarter(self) -> int:
        """Return units that hold the divisions of all parts."""
        texts = {element.text for element in self.root.iter("divisions")}
        units = 1
        for text in texts:
            value = parse_number(text)
            if value and value.denominator == 1 and value > 0 and lcm(units, int(value)) <= _MAX_UNITS:
                units = lcm(units, int(value))
        return units

    def measure(self, at: int) -> Measure:
        """Return a measure; a new one is like the one before."""
        while len(self.measures) <= at:
            self.measures.append(Measure(meter=self.measures[-1].meter if self.measures else (4, 4)))
        return self.measures[at]

    def full(self, measure: Measure) -> type_time:
        """Return the length that the meter gives a measure, 0 if it is free."""
        top, bottom = measure.meter or (0, 1)
        length = 4 * top * self.units
        return length // bottom if length % bottom == 0 else Fraction(length, bottom)

    def play(self) -> Played:
        """Return all that was read as it is played, repeats unfolded."""
        for at, measure in enumerate(self.measures):
            full = self.full(measure)
            if not measure.length or (at in self.filled and measure.length > full):
                measure.length = max(full, self.sounds_to.get(at, 0))
        return perform(self.measures, self.lines, self.units, play_order(self.measures))

    def score(self) -> Score:
        """Return the score of all that was read."""
        played = self.play()
        return Score(
            tracks=tuple(played.tracks),
            ticks_per_quarter=played.ticks_per_quarter,
            tempos=tuple(Tempo(tick, qpm) for tick, qpm in played.replay(self.tempos)),
            meters=tuple(played.meters),
            keys=tuple(Key(tick, *key) for tick, key in played.replay(self.keys)),
            chords=tuple(Chord(tick, symbol) for tick, symbol in played.replay(self.chords, holds=False)),
            title=_title(self.root),
            info=_info(self.root),
        )


def measures_by_part(root: Element) -> list[tuple[str, list[Element]]]:
    """Return (part id, its measures) in score order, from either nesting."""
    if root.tag == "score-partwise":
        return [(part.get("id", ""), part.findall("measure")) for part in root.findall("part")]
    parts: dict[str, list[Element]] = {}
    absent = 0
    for at, measure in enumerate(root.findall("measure")):
        for part in measure.findall("part"):
            measures = parts.setdefault(part.get("id", ""), [])
            absent += at - len(measures)
            if len(parts) > MAX_PARTS or absent > MAX_ABSENT:
                expected = f"at most {MAX_PARTS}, absent from at most {MAX_ABSENT} measures in all"
                raise LimitError("too many parts", expected=expected)
            measures.extend(Element("measure") for _ in range(at - len(measures)))
            measures.append(part)
    return list(parts.items())


def _title(root: Element) -> str:
    title = get_text(root, "work/work-title") or get_text(root, "movement-title")
    return re.sub(r"\.(mxl|xml|musicxml)$", "", title)


def _info(root: Element) -> tuple[tuple[str, str], ...]:
    creators = root.iterfind("identification/creator")
    fields = root.iterfind("identification/miscellaneous/miscellaneous-field")
    info = {field.get("name", ""): get_text(field, ".") for field in fields}
    info |= {creator.get("type", "composer"): get_text(creator, ".") for creator in creators}
    info["rights"] = "; ".join(get_text(rights, ".") for rights in root.iterfind("identification/rights"))
    if not info["rights"]:  # often it is only on the page
        lines = (get_text(words, ".") for words in root.iterfind("credit/credit-words"))
        info["rights"] = "; ".join(line for line in lines if re.search(r"©|\(c\)|copyright", line, re.IGNORECASE))
    info["source"] = get_text(root, "identification/source")
    info["number"] = get_text(root, "work/work-number") or get_text(root, "movement-number")
    if get_text(root, "movement-title") != get_text(root, "work/work-title"):
        info["movement"] = get_text(root, "movement-title")
    return tuple(info.items())
