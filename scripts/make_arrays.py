"""Write the training input of the large model: python scripts/make_arrays.py OUT [NAME...]

OUT is an .npz file (see componium.learning.arrays), NAME a corpus; by default all but one's own folder. A table of what
was written is printed. WORKERS=1 in the environment reads in one process.
"""

import os
import sys
import time

from componium import corpora
from componium.learning.arrays import write_arrays
from componium.progress import Progress

COLUMNS = ("pieces", *corpora.SPLITS, "notes", "ids", "left out")


def main(out: str, *names: str) -> None:
    chosen = names or [name for name in corpora.names() if name != "folder"]
    workers = int(os.environ["WORKERS"]) if "WORKERS" in os.environ else None
    counts = write_arrays(chosen, out, workers=workers, on_progress=Report())
    print(" ".join(["corpus".ljust(14), *(column.rjust(10) for column in COLUMNS)]))
    for name, row in counts.items():
        print(" ".join([name.ljust(14), *(f"{row[column]:>10,}" for column in COLUMNS)]))


class Report:
    """Progress as a line a stage and then every ten seconds."""

    def __init__(self) -> None:
        self.stage, self.time = "", 0.0

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self.stage or progress.done == progress.total or time.monotonic() > self.time + 10:
            self.stage, self.time = progress.stage, time.monotonic()
            print(f"{progress.stage}: {progress.done:,} of {progress.total:,}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
