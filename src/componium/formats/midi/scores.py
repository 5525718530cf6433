"""From the events of a MIDI file to a Score, for both readers.

Conventions
- Each channel of each track chunk is one Track. Channel 10 is drums.
- A track's name (FF 03) is its Tracks' name; but in type 0, and in the first track of type 1 if it has no notes, it is
  the title, as the standard defines.
- The sequences of type 2 follow one another, each in the tempo and meter that it states.
- Copyright notices (FF 02) become info["rights"].
"""

from collections.abc import Iterator

from componium.errors import LimitError
from componium.formats.midi.events import (
    KEY,
    MAX_SECONDS,
    METER,
    MIN_MSPQ,
    NAME,
    RIGHTS,
    TEMPO,
    TEXT,
    Chunk,
    Header,
    Meta,
    Part,
    Repairs,
    decode_text,
    mspq_to_qpm,
    split_word,
)
from componium.music.score import DEFAULT_QPM, MODES, Chord, Key, Meter, Score, Tempo, Track, type_notes


def to_score(header: Header, chunks: list[Chunk], repairs: Repairs) -> Score:
    """Build the Score of a file's header and track chunks.

    Raises LimitError beyond 12 hours.
    """
    if header.type == 2:
        chunks = list(_in_sequence(chunks))
    events = _Events(repairs)
    tracks: list[Track] = []
    first = True
    for chunk in chunks:
        name = events.read(chunk.metas, first) if chunk.metas else ""
        if header.type == 0 or (header.type == 1 and first and not chunk.parts):
            events.title, name = name, ""
        tracks += [_track(part, name) for part in chunk.parts]
        first = False
    if header.smpte_mspq is not None:
        events.tempos = [Tempo(0, mspq_to_qpm(header.smpte_mspq))]
    _check_length(header, events, [part.end for chunk in chunks for part in chunk.parts])
    return events.score(header.ticks_per_quarter, tracks)


class _Events:
    """Events other than notes, collected from all tracks."""

    def __init__(self, repairs: Repairs) -> None:
        self.repairs = repairs
        self.title = ""
        self.tempos: list[Tempo] = []
        self.meters: list[Meter] = []
        self.keys: list[Key] = []
        self.chords: list[Chord] = []
        self.modes: dict[int, str] = {}
        self.info: dict[str, str] = {}
        self.rights: dict[str, None] = {}  # an ordered set

    def read(self, metas: list[Meta], first: bool) -> str:
        """Collect the events of a track chunk; return its name."""
        name = ""
        for tick, kind, payload, offset in metas:
            if kind == NAME:
                name = name or decode_text(payload, offset, self.repairs)
            elif kind == TEMPO:
                self._tempo(tick, payload, offset)
            elif kind == METER:
                self._meter(tick, payload, offset)
            elif kind == KEY:
                self._key(tick, payload, offset)
            elif kind == RIGHTS:
                self._rights(payload, offset)
            elif kind == TEXT and first and b": " in payload:
                self._word(tick, payload, offset)
        return name

    def _tempo(self, tick: int, payload: bytes, offset: int) -> None:
        mspq = int.from_bytes(payload)
        if mspq == 0:
            self.repairs.add("a tempo of zero was left out", offset)
            return
        if mspq < MIN_MSPQ:
            self.repairs.add("a tempo above 100,000 quarters a minute was slowed to that", offset)
        self.tempos.append(Tempo(tick, mspq_to_qpm(max(mspq, MIN_MSPQ))))

    def _meter(self, tick: int, payload: bytes, offset: int) -> None:
        numerator, power = payload[:2]
        if numerator == 0 or power > 7:
            self.repairs.add("an invalid meter was left out", offset)
            return
        self.meters.append(Meter(tick, numerator, 1 << power))

    def _key(self, tick: int, payload: bytes, offset: int) -> None:
        fifths = (payload[0] ^ 128) - 128
        if not -7 <= fifths <= 7 or payload[1] > 1:
            self.repairs.add("an invalid key was left out", offset)
            return
        self.keys.append(Key(tick, fifths, "minor" if payload[1] else "major"))

    def _rights(self, payload: bytes, offset: int) -> None:
        self.rights[decode_text(payload, offset, self.repairs)] = None
        self.info["rights"] = ""  # its place among the others

    def _word(self, tick: int, payload: bytes, offset: int) -> None:
        word, value = split_word(decode_text(payload, offset, self.repairs))
        if word == "chord" and value:
            self.chords.append(Chord(tick, value))
        elif word == "mode" and value in MODES:
            self.modes[tick] = value
        elif word and word != "rights" and tick == 0:
            self.info[word] = value

    def score(self, ticks_per_quarter: int, tracks: list[Track]) -> Score:
        """Return all of it as a Score."""
        if self.rights:
            self.info["rights"] = "\n".join(filter(None, self.rights))
        if self.modes:
            self.keys = [Key(key.tick, key.fifths, self.modes.get(key.tick, key.mode)) for key in self.keys]
        return Score(
            tuple(tracks), ticks_per_quarter, tuple(self.tempos), tuple(self.meters), tuple(self.keys),
            tuple(self.chords), self.title, tuple(self.info.items()),
        )


def _track(part: Part, name: str) -> Track:
    """Build a Track of a part.

    Notes that are known to be valid and sorted are not checked again, as that takes most of the time.
    """
    if not part.checked:
        return Track(part.notes, part.program, part.is_drum, name)
    track = object.__new__(Track)
    set_field = object.__setattr__
    set_field(track, "notes", part.notes)
    set_field(track, "program", part.program)
    set_field(track, "is_drum", part.is_drum)
    set_field(track, "name", name)
    return track


def _in_sequence(chunks: list[Chunk]) -> Iterator[Chunk]:
    """Yield each track chunk moved to the end of the one before.

    It gets the default tempo and meter where it states none.
    """
    start = 0
    for chunk in chunks:
        metas = [(tick + start, kind, payload, offset) for tick, kind, payload, offset in chunk.metas]
        defaults = ((TEMPO, b"\x07\xa1\x20"), (METER, b"\x04\x02\x18\x08"))
        missing = [(start, kind, payload, 0) for kind, payload in defaults if start and not _opens(chunk, kind)]
        parts = [part._replace(notes=_later(part.notes, start), end=part.end + start) for part in chunk.parts]
        yield Chunk(missing + metas, parts, chunk.end)
        start += chunk.end


def _opens(chunk: Chunk, kind: int) -> bool:
    return any(meta[:2] == (0, kind) for meta in chunk.metas)


def _later(notes: type_notes, ticks: int) -> type_notes:
    moved = notes.copy()
    moved["onset"] += ticks
    return moved


def _check_length(header: Header, events: _Events, ends: list[int]) -> None:
    for kind in (events.tempos, events.meters, events.keys, events.chords):
        ends += [event.tick for event in kind]
    end = max(ends, default=0)
    seconds, tick, qpm = 0.0, 0, DEFAULT_QPM
    for tempo in sorted(events.tempos, key=lambda tempo: tempo.tick):
        seconds += (tempo.tick - tick) / header.ticks_per_quarter * 60 / qpm
        tick, qpm = tempo.tick, tempo.qpm
    seconds += (end - tick) / header.ticks_per_quarter * 60 / qpm
    if seconds > MAX_SECONDS:
        raise LimitError(f"the music lasts {seconds / 3600:.1f} hours", expected=f"at most {MAX_SECONDS // 3600}")
