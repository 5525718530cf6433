"""Types of fiddle tune, normalized from ABC's R: field, titles and meters.

>>> tune_type("Double Jig"), tune_type("", "Fisher's Hornpipe"), tune_type("", "The Rocky Road", "9/8"), tune_type("")
('jig', 'hornpipe', 'slip jig', '')
"""

import re

TUNE_TYPES = ("air", "hornpipe", "jig", "march", "minuet", "polka", "reel", "slip jig", "strathspey", "waltz")

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
# Meters that allow no other reading; 2/4, 4/4 and 3/4 are used for many dances.
_METERS = {"9/8": "slip jig", "6/8": "jig", "12/8": "jig"}


def tune_type(rhythm: str, title: str = "", meter: str = "") -> str:
    """Return the type of a tune, one of TUNE_TYPES; "" if it is not known.

    It is what R: states, else a word of the title, else the type that the meter determines.
    """
    stated = _named(rhythm)
    if stated:
        return "slip jig" if stated == "jig" and meter == "9/8" else stated
    return _named(title) or _METERS.get(meter, "")


def _named(text: str) -> str:
    """Return the type of tune that a text names; "" if none."""
    for name, pattern in _WORDS:
        if re.search(rf"\b({pattern})s?\b", text.lower()):
            return name
    return ""
