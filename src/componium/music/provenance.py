"""Provenance: the record of how a score was made, as one line of text.

A take's files carry it: `Score.info` has it under PROVENANCE, formats write it as they write the rest of `info`, and
sound, pictures and pages as their description.

>>> record = {"version": "1.0", "method": "markov", "seed": 3, "asked": {"bars": 8, "key": "auto"},
...           "measured": {"bars": 8, "key": "D minor", "instruments": ["oboe", "horn"]}}
>>> describe(record)
'made by Componium 1.0; method: markov; seed: 3; asked: bars=8; measured: bars=8, key=D minor, instruments=oboe/horn'
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from componium.music.score import Score

PROVENANCE = "provenance"  # its name in Score.info
_LABELS = {  # name in the record -> the same in the text, in its order
    "method": "method", "model": "model", "weights": "weights", "seed": "seed", "number": "take",
    "sampling": "sampling", "asked": "asked", "measured": "measured",
    "longest_shared_passage": "longest shared passage",
}  # fmt: skip


def describe(record: Mapping[str, Any]) -> str:
    """Return the record of a take (`Take.to_json`) as one line of text.

    Controls that were left open, and what is unknown, are left out.
    """
    values = ((label, _in_words(record.get(name))) for name, label in _LABELS.items())
    facts = (f"{label}: {text}" for label, text in values if text)
    return "; ".join([f"made by Componium {record['version']}", *facts])


def with_provenance(score: Score, text: str) -> Score:
    """Return a score whose `info` states a provenance, in place of an old one."""
    return replace(score, info=tuple((dict(score.info) | {PROVENANCE: text}).items()))


def provenance_of(score: Score) -> str:
    """Return the provenance that a score states, or the empty string."""
    return score.about(PROVENANCE)


def _in_words(value: Any) -> str:
    if isinstance(value, Mapping):
        texts = ((name, _in_words(item)) for name, item in value.items())
        return ", ".join(f"{name}={text}" for name, text in texts if text and text != "auto")
    if isinstance(value, list | tuple):
        return "/".join(map(str, value))
    return "" if value is None else " ".join(str(value).split())
