"""Headings of takes: a title and a tempo word, as a page of music has them.

>>> from componium.music.score import Key, Meter, Score
>>> title_of(Score(keys=(Key(0, 1),)), "reel"), title_of(Score(keys=(Key(0, -2, "minor"),)), "piano")
('Reel in G', 'Prelude in G minor')
>>> title_of(Score(keys=(Key(0, 4),)), "chopin", ("piano",))
'Prelude in E, after Chopin'
>>> tempo_word(Score(meters=(Meter(0, 4, 4),)), "chorales", 76.0), tempo_word(Score(), "reel", 190.0)
('Andante', 'Lively')
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from componium.analysis.meter import main_meter
from componium.decoding.style.tempo import usual_qpm, usual_qpm_at
from componium.music.pitch import str_key
from componium.music.score import Meter, Score
from componium.music.time import beat_quarters

_PIECES = {  # style -> a piece of it; of any other style it is the style itself
    "": "Piece", "band": "Song", "chorales": "Chorale", "choir": "Motet", "drums": "Drum Study", "fiddle": "Tune",
    "guitar": "Study", "harpsichord": "Sonata", "hymns": "Hymn", "lieder": "Lied", "madrigals": "Madrigal",
    "openquartets": "Quartet", "organ": "Voluntary", "piano": "Prelude", "quartets": "Quartet", "songs": "Song",
    "trecento": "Ballata",
}  # fmt: skip
_TYPES = {"fiddle", "drums"}  # the styles in these are types of tunes, and genres; in others they are composers
_DANCES = {"fiddle": "Lively", "hornpipe": "Lively", "jig": "Lively", "march": "Tempo di marcia",
           "minuet": "Tempo di minuetto", "reel": "Lively", "slip jig": "Lively", "strathspey": "Steady",
           "waltz": "Tempo di valse"}  # fmt: skip
_NEAR = 4 / 5, 5 / 4  # of a dance's usual tempo, within which it has its own word
# Beats a minute from which each word holds, as on the scales of metronomes; see "Tempo marks", The Harvard Dictionary
# of Music (Apel 1969).
_FROM = (60, 66, 76, 108, 120, 168, 200)
_WORDS = ("Largo", "Larghetto", "Adagio", "Andante", "Moderato", "Allegro", "Presto", "Prestissimo")


def with_heading(score: Score, style: str, qpm: float, within: Sequence[str] = ()) -> Score:
    """Return a take's score with its title, and its tempo word as "tempo" in `info`.

    Those of a prompt stay.

    style   "" for none
    qpm     quarters a minute at the beginning
    within  the more general styles that the style is in
    """
    word = score.about("tempo") or tempo_word(score, style, qpm)
    return replace(score, title=score.title or title_of(score, style, within),
                   info=tuple((dict(score.info) | {"tempo": word}).items()))  # fmt: skip


def title_of(score: Score, style: str, within: Sequence[str] = ()) -> str:
    """Return the title of a piece: "Reel in G", "Motet in F, after Marenzio".

    within  the more general styles that the style is in, such as "piano" of a composer's; empty for a general style
    """
    is_composer = bool(within) and not {*within} & _TYPES and style not in _DANCES
    kind = _PIECES[within[0]] if is_composer and len(within) == 1 and within[0] in _PIECES else "Piece"
    piece = kind if is_composer else _PIECES.get(style, style.title())
    title = f"{piece} in {_key_in_words(score)}" if score.keys else piece
    return f"{title}, after {style.title()}" if is_composer else title


def _key_in_words(score: Score) -> str:
    tonic, mode = str_key(score.keys[0]).split(maxsplit=1)
    accidental = {"#": "-sharp", "b": "-flat"}.get(tonic[1:], tonic[1:])
    return f"{tonic[0]}{accidental}" + ("" if mode == "major" else f" {mode}")


def tempo_word(score: Score, style: str, qpm: float) -> str:
    """Return the word for a tempo.

    It is a dance's own near its usual tempo, in whatever note values it is written, else that of its beats a minute, by
    its main meter: a short first bar has another.
    """
    usual = (usual_qpm(score, style), usual_qpm_at(style, 1.0))
    if style in _DANCES and any(_NEAR[0] <= qpm / each <= _NEAR[1] for each in usual):
        return _DANCES[style]
    beats = qpm / float(beat_quarters(main_meter(score) if score.meters else Meter(0, 4, 4)))
    return _WORDS[bisect_right(_FROM, beats)]
