"""Ask for things: a style, a key, a metre, a tempo, instruments. What was asked stands beside what came out.

    python examples/02_wishes.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import componium
from componium.errors import ControlError

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
WISHES: dict[str, dict[str, Any]] = {
    "chorale": {"style": "chorales", "key": "D minor", "meter": "3/4", "qpm": 80},
    "jig": {"style": "jig", "key": "G major", "meter": "6/8", "temperature": 0.9},
    "winds": {"instruments": ["oboe", "clarinet", "horn", "bassoon"], "key": "F major"},
}

for name, wishes in WISHES.items():
    (take,) = componium.compose(bars=4, seed=7, **wishes)
    take.write(folder / f"{name}.mid")
    print(name)
    for wish, asked in take.asked.items():
        print(f"  {wish:12} asked {asked!s:44} found {take.measured[wish]}")

try:
    componium.compose(style="jig", instruments=["violin", "viola", "cello"])
except ControlError as error:
    print("refused:", error)
