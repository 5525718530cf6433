"""Why this note? A bar of a chorale, explained by the model that composed it, and judged by the rules of harmony.

    python examples/05_why_this_note.py [FOLDER]

It writes the chorale, the explanation of the alto in bar 2 as text, JSON and a picture, and the same notes as the rules
of four-part writing see them. docs/lesson-why-this-note.md reads them.
"""

import sys
import tempfile
from pathlib import Path

import componium

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
take = componium.compose("chorales", key="D minor", meter="4/4", bars=8, seed=3)
take.write(folder / "chorale.mid")

why = componium.explain(take, bar=2, voice="alto")  # a pickup is bar 0, as on the page
for suffix in ("txt", "json", "png"):
    why.write(folder / f"why.{suffix}")
print(why)

by_rules = componium.explain(take.score, bar=2, voice="alto", method="rules")
by_rules.write(folder / "rules.png")
by_rules.write(folder / "rules.txt")
print(f"\n{by_rules}")
