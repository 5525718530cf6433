"""Index the training music of saved weights again: python scripts/index.py [NAME]

Makes src/componium/weights/NAME/originality.npz (by default of "default"), the passages of the training music and the
figures of unseen music, which are to be measured again when the search for copies has changed.
"""

import sys
from pathlib import Path

from componium.checkpoints import store
from componium.composing.model import ORIGINALITY, index_corpus, measure_unseen
from componium.learning.arrays import load_music

WEIGHTS = Path(__file__).parent.parent / "src" / "componium" / "weights"


def main(name: str = "default") -> None:
    corpus = load_music(store.load_config(WEIGHTS / name)["about"]["corpus"])
    measure_unseen(index_corpus(corpus), corpus).save(WEIGHTS / name / ORIGINALITY)


if __name__ == "__main__":
    main(*sys.argv[1:])
