"""LilyPond text, read again by a small reader of the tests' own: every pitch, full bars, text that stays text."""

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings

from componium.formats import lilypond
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.notation.sheet import notate, to_score
from strategies import scores

STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
NOTE = r"[a-g](?:isis|eses|is|es)?[',]*"
TOKEN = re.compile(rf"\\tuplet (\d+)/(\d+) \{{|\}}|(<[^>]*>|{NOTE}|[rsR])(\\breve|\d+)(\.*)((?:\*\d+/\d+)?)( ~)?")

MODES = "major|minor|dorian|phrygian|lydian|mixolydian|locrian"
SIGNS = re.compile(rf"\\(time|partial|key|tempo|clef|numericTimeSignature)( 4 =)?( [^ \\]+)?( \\(?:{MODES}))?")


def pitch(name: str) -> int:
    letter, marks = name[0], name[1:]
    alter = marks.count("is") - marks.count("es")
    return 48 + STEPS[letter] + alter + 12 * (marks.count("'") - marks.count(","))


def staves(text: str) -> list[list[list[str]]]:
    """For each staff, each voice's bars; strings are taken out first."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert bare.count("{") == bare.count("}") and bare.count("<<") == bare.count(">>")
    found = []
    for staff in re.split(r"(?=\\new (?:Drum)?Staff)", bare)[1:]:
        if staff.startswith("\\new Drum"):
            continue
        voices = [voice for voice in staff.split("\\new Voice")[1:] if '^""' not in voice]
        found.append([[line for line in voice.split("\n") if line.endswith("|")] for voice in voices])
    return found


def heard(bars: list[str]) -> tuple[list[int], list[Fraction]]:
    """The pitches of a voice, tied ones once, and the length of each bar in whole notes."""
    pitches, lengths, tied = [], [], False
    for bar in bars:
        length, scale = Fraction(0), Fraction(1)
        body = SIGNS.sub("", bar)
        for found in TOKEN.finditer(body):
            actual, normal, what, value, dots, times, tie = found.groups()
            if actual:
                scale = Fraction(int(normal), int(actual))
            elif what is None:
                scale = Fraction(1)
            else:
                base = Fraction(2) if value == "\\breve" else Fraction(1, int(value))
                base *= 2 - Fraction(1, 2 ** len(dots))
                length += base * scale * (Fraction(times[1:]) if times else 1)
                if what not in "rsR" and not tied:
                    pitches += [pitch(name) for name in re.findall(NOTE, what)]
                tied = bool(tie) if what not in "rsR" else tied
        lengths.append(length)
    return pitches, lengths


def check(score: Score) -> None:
    notation = notate(score)
    page = to_score(notation)
    found = staves(lilypond.dumps(score).decode())
    melodic = [track for track in page.tracks if not track.is_drum]
    assert len(found) == len(melodic)
    wanted = [Fraction(measure.duration, 4 * 322_560) for measure in notation.measures]
    for voices, track in zip(found, melodic, strict=True):
        both = [heard(bars) for bars in voices]
        assert all(lengths == wanted for _, lengths in both)
        assert sorted(one for pitches, _ in both for one in pitches) == sorted(track.notes["pitch"].tolist())


@settings(deadline=None, max_examples=30)
@given(scores())
def test_the_page_has_every_pitch_and_full_bars(score: Score) -> None:
    check(score)


def test_a_piece_by_hand() -> None:
    rows = [(0, 160, 60), (160, 160, 62), (320, 160, 64), (480, 1440, 66), (1920, 1920, 67)]
    upper = Track(notes(rows), name='A "b" \\c')
    score = Score((upper,), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),), tempos=(Tempo(0, 90.0),),
                  chords=(Chord(0, "C"), Chord(1920, "G/B")), title="#(system \"x\") } \\include")
    text = lilypond.dumps(score).decode()
    assert "\\tuplet 3/2 { c'8 d'8 e'8 }" in text and "fis'2." in text and "g'1" in text
    assert "\\key g \\major" in text and "\\tempo 4 = 90" in text and 's1*1/1^"G/B"' in text
    assert 'title = "#(system \\"x\\") } \\\\include"' in text
    check(score)


def test_the_page_names_the_composer() -> None:
    tune = Track(notes([(0, 480, 60)]))
    assert 'composer = "Trad. \\"X\\""' in lilypond.dumps(Score((tune,), info=(("composer", 'Trad. "X"'),))).decode()
    assert "composer" not in lilypond.dumps(Score((tune,))).decode()


def test_a_pickup_drums_and_rests() -> None:
    drums = Track(notes([(0, 480, 36), (480, 480, 42), (480, 480, 38)]), is_drum=True)
    tune = Track(notes([(0, 480, 67), (480, 480, 72)]))
    score = Score((tune, drums), meters=(Meter(0, 1, 4), Meter(480, 3, 4)), keys=(Key(0, 1),))
    text = lilypond.dumps(score).decode()
    assert "\\partial 1*1/4" in text and "\\drummode" in text and "bd4" in text and "<sn hhc>4" in text
    assert "\\key" in text and "\\key" not in text.partition("\\drummode")[2]  # where g is no pitch
    check(score)


def test_it_is_written_and_never_read() -> None:
    assert not hasattr(lilypond, "read")


@pytest.mark.parametrize("text", ["plain", 'say "so"', "back\\slash", "two\nlines", "漢字", "\x00"])
def test_text_is_one_string(text: str) -> None:
    told = lilypond.quoted(text)
    assert told[0] == told[-1] == '"' and "\n" not in told
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', told)
