"""Ask for a style, a key, a meter, a tempo, instruments; each take prints what was asked and what was measured.

    python examples/02_controls.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import componium
from componium.errors import ControlError

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
REQUESTS: dict[str, dict[str, Any]] = {
    "chorale": {"style": "chorales", "key": "D minor", "meter": "3/4", "qpm": 80},
    "jig": {"style": "jig", "key": "G major", "meter": "6/8", "temperature": 0.9},
    "winds": {"instruments": ["oboe", "clarinet", "horn", "bassoon"], "key": "F major"},
}

for name, request in REQUESTS.items():
    take = componium.compose(bars=4, seed=7, **request)
    take.write(folder / f"{name}.mid")
    print(take)

try:
    componium.compose("jig", instruments=["violin", "viola", "cello"])
except ControlError as error:
    print("refused:", error)
