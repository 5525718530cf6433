"""Measure how drummers play, for performances: python scripts/measure_groove.py FOLDER

FOLDER is the Groove MIDI Dataset, as it is published. Writes src/componium/performance/groove.json.
"""

import json
import sys
from pathlib import Path

from componium._files import write_atomic
from componium.performance import drummers, groove


def main(folder: str) -> None:
    table = drummers.measure((genre, score) for _, genre, score in drummers.recordings(Path(folder)))
    text = json.dumps({"credit": drummers.CREDIT, "license": "CC BY 4.0", **table.to_json()})
    write_atomic(groove.FILE, (text.replace("[[", "\n[[").replace("], [", "],\n[") + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
