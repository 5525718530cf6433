"""What kind of tune it is: the words of ABC's R: and of titles, brought to a small closed set.

>>> rhythm_of("Double Jig"), rhythm_of("", "Fisher's Hornpipe"), rhythm_of("", "The Rocky Road", "9/8"), rhythm_of("")
('jig', 'hornpipe', 'slip jig', '')
"""

import re

RHYTHMS = ("air", "hornpipe", "jig", "march", "minuet", "polka", "reel", "slip jig", "strathspey", "waltz")

# The first that matches counts. A clog is a hornpipe and a fling a strathspey by another name, a slide a jig in 12/8.
_WORDS = (
    ("slip jig", r"slip ?jig|hop ?jig"),
    ("jig", r"jigg?|slide|gigg?|gigue"),
    ("reel", r"reel"),
    ("hornpipe", r"hornpipe|clog"),
    ("strathspey", r"strathspey|fling"),
    ("march", r"march|quick ?step|retreat|grenadiers"),
    ("minuet", r"minuet|menuet"),
    ("waltz", r"waltz|walse"),
    ("polka", r"polka"),
    ("air", r"air|lament(ation)?|song|lullaby"),
)
# Metres that allow no other reading; 2/4, 4/4 and 3/4 are used for many dances.
_METERS = {"9/8": "slip jig", "6/8": "jig", "12/8": "jig"}


def rhythm_of(rhythm: str, title: str = "", meter: str = "") -> str:
    """The kind of tune, one of RHYTHMS: what R: says, else a word of its title, else its metre if that settles it."""
    said = _named(rhythm)
    if said:
        return "slip jig" if said == "jig" and meter == "9/8" else said
    return _named(title) or _METERS.get(meter, "")


def _named(text: str) -> str:
    for name, pattern in _WORDS:
        if re.search(rf"\b({pattern})s?\b", text.lower()):
            return name
    return ""
