"""ABC against music21, on tunes of three books: the notes as written, and repeats played out.

music21 10 differs from the standard, or fails, in ways that have nothing to do with us; both readers are therefore
given the same tunes without the signs that trip it up:
- a broken rhythm next to a slur or a staccato dot (`(c>d)`) is read as even notes;
- the one-letter decorations H, T, u, v... swallow the note that follows;
- fingerings, grace notes and backquotes between two notes break chords and broken rhythms apart;
- `:|` without `|:` goes back to the very start, where the standard says to the last repeat or double bar: only tunes
  that write every `|:` are compared with their repeats.
It is told that the files are of version 2.1, for else it forgets accidentals within the bar.
"""

import random
import re
import warnings
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from componium.errors import FormatError
from componium.formats import abc

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(find_spec("music21") is None, reason="needs music21, for its corpus and as the oracle"),
]
BOOKS = ("oneills1850", "ryansMammoth", "airdsAirs")


def tunes(book):
    import music21

    for path in sorted((Path(music21.__file__).parent / "corpus" / book).glob("*.abc")):
        data = path.read_bytes()
        text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        yield from re.split(r"(?m)^(?=X:)", text)[1:]


def sample(book, n, wanted=lambda tune: True):
    found = [tune for tune in tunes(book) if wanted(tune)]
    random.Random(5).shuffle(found)
    sound = (tune for tune in found if is_sound(tune))
    return [next(sound) for _ in range(n)]


def is_sound(tune):
    """Whether there is nothing to mend in it (which each reader does in its own way)."""
    try:
        abc.loads(tune.encode(), strict=True)
    except FormatError:
        return False
    return True


def simpler(tune, *, repeats):
    """The tune without what music21 trips over (see above), and without its repeats if they aren't wanted."""
    lines, in_music = [], False
    for line in tune.split("\n"):
        line = re.sub(r"%.*", "", line)
        if re.match(r"[A-Za-z]:", line) and not re.match(r"[A-Ga-gxz]:[|:\]\d]", line):
            lines.append(line)
            in_music = in_music or line.startswith("K:")
        elif in_music:
            lines.append(simpler_music(line, repeats=repeats))
    return "\n".join(line for line in lines if line.strip() and not line.startswith("P:"))


def simpler_music(line, *, repeats):
    line = re.sub(r'"[^"]*"|\{[^}]*\}|!\w+[.\w]*!|\((?![2-9])|\)|[HTuvkMSLRPUVnos~.`!\\]', "", line)
    line = re.sub(r" *([<>]+) *", r"\1", line)
    if not repeats:
        line = re.sub(r"(\[(?=\|))?[|:][|:\]]*(\[?[1-9])?|\[[1-9]", "|", line)
    return line


def oracle(text, *, repeats):
    """(onset, duration, pitch) of each note in quarters, as music21 reads them; None where it can't unroll repeats."""
    from music21 import converter, repeat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = converter.parse("%abc-2.1\n" + text, format="abc")
        try:
            score = score.expandRepeats() if repeats else score
        except repeat.ExpanderException:
            return None
        notes = score.stripTies().flatten().notes
        return sorted(
            (exact(element.offset), exact(element.quarterLength), pitch.midi)
            for element in notes
            for pitch in element.pitches
            if not element.duration.isGrace and "ChordSymbol" not in element.classes
        )


def exact(number):
    return Fraction(number).limit_denominator(5040)


def ours(text):
    score = abc.loads(text.encode())
    unit = score.ticks_per_quarter
    return sorted(
        (Fraction(int(note["onset"]), unit), Fraction(int(note["duration"]), unit), int(note["pitch"]))
        for track in score.tracks
        for note in track.notes
    )


@pytest.mark.parametrize("book", BOOKS)
def test_the_written_notes_are_those_that_music21_reads(book):
    # [V:..] within lines: two voices that music21 reads as one. Ties between two pitches: it merges them.
    def wanted(tune):
        return "[V:" not in tune and not re.search(r"[A-Ga-g][,'\d/]*-[A-Ga-gH~.]|Hx|\[[A-Ga-g]+\d*\|", tune)

    texts = [simpler(tune, repeats=False) for tune in sample(book, 20, wanted)]
    wrong = [text for text in texts if ours(text) != oracle(text, repeats=False)]
    assert not wrong


@pytest.mark.parametrize("book", BOOKS[:2])
def test_repeats_are_played_out_as_music21_does(book):
    def wanted(tune):
        music = tune.partition("\nK:")[2]
        starts, ends = len(re.findall(r"\|:", music)), len(re.findall(r":\|", music))
        return starts == ends > 0 and not re.search(r"::|\[V|[A-Ga-g][,'\d/]*-[A-Ga-gH~.]|Hx|!|D\.C|\[\|", music)

    texts = [simpler(tune, repeats=True) for tune in sample(book, 9, wanted)]
    read = [(text, oracle(text, repeats=True)) for text in texts]
    wrong = [text for text, notes in read if notes is not None and ours(text) != notes]
    assert not wrong
    assert sum(notes is not None for _, notes in read) >= 6
