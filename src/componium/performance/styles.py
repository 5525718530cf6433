"""Weights of the performance rules by style.

A style's weights are those of its family, where they differ from GENERAL; each rule's file states the size of its
effect at weight 1. The weights are set by hand, by the conventions of each repertoire and the curves of
benchmarks/performance.
"""

from collections.abc import Mapping
from types import MappingProxyType

from componium.music.score import Score

GENERAL: Mapping[str, float] = MappingProxyType({
    "articulation": 0.6, "breath": 1.0, "climax": 1.0, "deviation": 1.0, "duration_contrast": 2.0, "fermata": 0.0,
    "final_ritardando": 1.0, "groove": 1.0, "high_loud": 0.8, "melody": 0.8, "metrical_accent": 0.8,
    "phrase_arch": 1.0, "repetition": 1.0, "swing": 0.0,
})  # fmt: skip
_STEADY = {"final_ritardando": 0.45, "phrase_arch": 0.5, "breath": 0.5}  # music to dance to: little rubato
FAMILIES: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "general": {},
    "dance": {**_STEADY, "articulation": 1.2, "metrical_accent": 1.5},
    "hornpipe": {**_STEADY, "articulation": 1.2, "metrical_accent": 1.5, "swing": 0.6},
    "air": {"articulation": 0.2, "phrase_arch": 1.4, "final_ritardando": 1.1, "metrical_accent": 0.5},
    "chorale": {"articulation": 0.15, "fermata": 1.0, "phrase_arch": 0.7, "melody": 0.6, "metrical_accent": 0.4,
                "climax": 0.8},
    "choir": {"articulation": 0.15, "phrase_arch": 0.9, "melody": 0.3, "metrical_accent": 0.4},
    "piano": {"articulation": 0.4, "phrase_arch": 1.3, "melody": 1.3, "high_loud": 1.0, "final_ritardando": 1.2},
    "song": {"melody": 1.2},
    "quartet": {"metrical_accent": 1.0},
    "harpsichord": {"articulation": 1.2, "high_loud": 0.2, "melody": 0.2, "metrical_accent": 0.4, "climax": 0.3},
    "organ": {"articulation": 0.8, "high_loud": 0.0, "melody": 0.2, "metrical_accent": 0.2, "climax": 0.5,
              "phrase_arch": 0.6},
    "band": {"phrase_arch": 0.2, "final_ritardando": 0.3, "breath": 0.2, "metrical_accent": 1.0},
    "drums": {"phrase_arch": 0.0, "final_ritardando": 0.0, "breath": 0.0, "duration_contrast": 0.0},
})  # fmt: skip
GENRES = ("afrobeat", "afrocuban", "blues", "country", "dance", "funk", "gospel", "highlife", "hiphop", "jazz", "latin",
          "neworleans", "pop", "punk", "reggae", "rock", "soul")  # fmt: skip
_MEMBERS = {
    "dance": ("fiddle", "jig", "slip jig", "reel", "polka", "march", "minuet", "waltz", "strathspey"),
    "hornpipe": ("hornpipe",),
    "air": ("air",),
    "chorale": ("chorales", "hymns"),
    "choir": ("choir", "madrigals", "trecento"),
    "piano": ("piano", "guitar"),
    "song": ("lieder", "songs"),
    "quartet": ("quartets",),
    "harpsichord": ("harpsichord",),
    "organ": ("organ",),
    "band": ("band",),
    "drums": ("drums", *GENRES),
}
FAMILY_OF = {style: family for family, styles in _MEMBERS.items() for style in styles}


def style_of(score: Score) -> str:
    """Return the style that a score states, else its rhythm ("jig"), else "".

    >>> style_of(Score(info={"rhythm": "Jig"}))
    'jig'
    """
    return (score.about("style") or score.about("rhythm")).strip().lower()


def weights_of(style: str) -> dict[str, float]:
    """Return the weight of each rule in a style; GENERAL if it is not known.

    >>> weights_of("chorales")["fermata"], weights_of("unheard of")["fermata"]
    (1.0, 0.0)
    """
    return {**GENERAL, **FAMILIES[FAMILY_OF.get(style, "general")]}
