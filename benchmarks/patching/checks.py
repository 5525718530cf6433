"""Checks that a patched file differs from the original only where it was edited; the files are read by others' code."""

import io
import re
import zipfile
from collections import Counter
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from componium.music.time import bar_lines

_MEASURE = re.compile(r"<measure\b[^>]*?/>|<measure\b.*?</measure\s*>", re.DOTALL)
_PART = re.compile(r"<part\b[^>-]*>.*?</part\s*>", re.DOTALL)
_CHILD = re.compile(r"<(note|backup|forward|attributes)\b[^>]*?(?:/>|>.*?</\1\s*>)", re.DOTALL)
_DIVISIONS = re.compile(r"\s*<divisions>\d+</divisions>\s*")


def sounding(score, unit=None):
    """Return onset, duration, pitch and velocity of each part's notes, in quarters."""
    unit = unit or score.ticks_per_quarter
    return [Counter((Fraction(onset, unit), Fraction(duration, unit), pitch, velocity)
                    for onset, duration, pitch, velocity, _ in track.notes.tolist()) for track in score.tracks]


AROUND = ("tempos", "meters", "keys", "chords", "title", "info", "parts")


def around(score):
    """Return all of a score but its notes."""
    return (score.tempos, score.meters, score.keys, score.chords, score.title, score.info,
            [(track.name, track.program, track.is_drum) for track in score.tracks])  # fmt: skip


def notes_outside(score, cell):
    """Return the notes of each part that begin outside a cell."""
    bar, part = cell
    bounds = [*bar_lines(score).tolist(), score.end + 1]
    found = []
    for at, track in enumerate(score.tracks):
        onsets = track.notes["onset"]
        inside = (onsets >= bounds[bar]) & (onsets < bounds[bar + 1])
        found.append(track.notes[~inside] if at == part else track.notes)
    return [Counter(array[["onset", "duration", "pitch", "velocity"]].tolist()) for array in found]


def first_difference(one, other):
    """Return the notes of the first part that differs, in words."""
    old, new = next(pair for pair in zip(one, other, strict=True) if pair[0] != pair[1])
    return f"{sorted((old - new).elements())[:4]} became {sorted((new - old).elements())[:4]}"


def is_held_by_pedal(data, wanted, found):
    """Return whether a MIDI file has a sustain pedal, and nothing but durations of notes differs from those wanted."""
    import mido

    pedals = any(message.type == "control_change" and message.control == 64 and message.value >= 64
                 for track in mido.MidiFile(file=io.BytesIO(data), clip=True).tracks for message in track)  # fmt: skip
    bare = [[Counter((onset, *rest) for onset, _, *rest in part.elements()) for part in parts]
            for parts in (wanted, found)]  # fmt: skip
    return pedals and bare[0] == bare[1]


def midi_differences(before, after):
    """Return the kinds of events of a MIDI file, by mido, that are not as they were; notes are left out."""
    import mido

    def events(data):
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
        rows = []
        for track in file.tracks:
            tick, row = 0, []
            for message in track:
                tick += message.time
                if message.type not in ("note_on", "note_off", "end_of_track"):
                    row.append((tick, message.type, tuple(message.bytes())))
            rows.append(row)
        return file.ticks_per_beat, file.type, rows

    one, other = events(before), events(after)
    if one[:2] != other[:2] or len(one[2]) != len(other[2]):
        return ["tracks"]
    return [kind for old, new in zip(one[2], other[2], strict=True) if old != new
            for kind in sorted({row[1] for row in {*old} ^ {*new}} or {"order"})]  # fmt: skip


def document(data):
    """Return the text of a MusicXML file, compressed or not, and the bytes of other files beside it."""
    if data[:2] != b"PK":
        return _decoded(data), {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    root = next(name for name in files if name.endswith(("xml", "musicxml")) and not name.startswith("META-INF"))
    return _decoded(files.pop(root)), files


def _decoded(data):
    named = re.match(rb'<\?xml[^>]*encoding=["\']([\w-]+)', data)
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else named[1].decode() if named else "utf-8")


def xml_differences(before, after, cell, most):
    """Return words for all of a MusicXML file that is other than it was, beside the notes of a part's few measures.

    most  the number of measures in which notes may have changed
    """
    (one, files), (other, others) = document(before), document(after)
    if files != others:
        return ["files of the archive"]
    if _MEASURE.split(one) != _MEASURE.split(other):
        return ["text outside of the measures"]
    found, changed = [], 0
    parts = zip(_PART.findall(one), _PART.findall(other), strict=True)
    for part, texts in enumerate(parts):
        old, new = map(_MEASURE.findall, texts)
        pairs = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
        if pairs and part != cell[1]:
            found.append("other parts")
        changed += len(pairs)
        found += [word for pair in pairs for word in _changed_measure(*pair)]
    return found + (["further measures"] if changed > most else [])


def _changed_measure(old, new):
    """Yield words for what a changed measure has lost or got beside notes."""
    rests = (_CHILD.sub(_kept, text) for text in (old, new))
    one, other = ([word.strip() for word in re.findall(r"<[^>]*>[^<]*", rest)] for rest in rests)
    if one != other:
        yield f"beside the notes {[*(Counter(one) - Counter(other)), *(Counter(other) - Counter(one))][:6]}"


def _kept(match):
    """Return the text of attributes beside divisions; nothing for notes and moves."""
    if match[1] != "attributes":
        return ""
    text = _DIVISIONS.sub("", match[0])
    return "" if re.fullmatch(r"<attributes[^>]*>\s*</attributes>", text) else text


def voices_changed(before, after, part):
    """Return the most voices of one measure whose notes are not all as they were, byte for byte."""
    texts = [_MEASURE.findall(_PART.findall(document(data)[0])[part]) for data in (before, after)]
    most = 0
    for pair in zip(*texts, strict=True):
        if pair[0] != pair[1]:
            old, new = map(_by_voice, pair)
            most = max(most, sum(bool(notes - new.get(voice, Counter())) for voice, notes in old.items()))
    return most


def _by_voice(measure):
    voices = {}
    for match in _CHILD.finditer(measure):
        if match[1] == "note":
            voice = re.search("<voice>(.*?)</voice>", match[0])
            voices.setdefault(voice[1] if voice else "", Counter())[match[0]] += 1
    return voices


def schema_problems(data, original):
    """Return the kinds of what MusicXML's schema says against a file, but not against the original."""
    one, other = (Counter(_reasons(document(each)[0])) for each in (data, original))
    return sorted((one - other).keys() - other.keys())


def _reasons(text):
    return [re.sub(r"\d+", "n", error.reason or "")[:120] for error in _schema().iter_errors(text)]


@cache
def _schema():
    """Return MusicXML 4.0's schema, as the package `musicxml` carries it."""
    import xmlschema

    path = Path(find_spec("musicxml").origin).parent / "generate_classes" / "musicxml_4_0.xsd"
    text = path.read_text(encoding="utf-8")
    return xmlschema.XMLSchema(re.sub(r'schemaLocation="[^"]*"', "", text), allow="local")
