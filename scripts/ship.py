"""Turn a training run into the shipped weights: python scripts/ship.py RUN [NAME]

From the folder that `componium train` wrote (by default runs/default) makes src/componium/weights/NAME:
model.safetensors (float16; 8 bits from 8 million weights on), config.json, originality.npz (the index of the training
music), data.json (every training file, with its hash and the rights line that it states). The card, README.md, is
written by hand.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from componium import corpora, methods
from componium._files import write_atomic
from componium.checkpoints import store as checkpoint
from componium.codecs.encoded import EncodedCorpus
from componium.composing.model import ORIGINALITY, index_corpus, measure_unseen
from componium.inference.engines import LARGE
from componium.learning.arrays import load_music

WEIGHTS = Path(__file__).parent.parent / "src" / "componium" / "weights"


def main(run: str = "runs/default", name: str = "default") -> None:
    out = WEIGHTS / name
    about = checkpoint.load_config(Path(run))["about"]
    method = methods.load(run)
    n_weights = sum(array.size for array in method.get_weights()[1].values())
    method.save(out, about=about, bits=8 if n_weights >= LARGE else 16)
    corpus = load_music(about["corpus"])
    measure_unseen(index_corpus(corpus), corpus).save(out / ORIGINALITY)
    files = json.dumps(sources(corpus), indent=0, ensure_ascii=False)
    write_atomic(out / "data.json", f"{files}\n".encode())
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>10,} {path}")


def sources(corpus: corpora.Corpus) -> dict[str, dict[str, list[str]]]:
    """Return the rights lines by side of the split and by file, a name and a hash.

    Arrays hold the ids of pieces in place of names, and no rights line: these are counted in the credits.
    """
    found: dict[str, dict[str, set[str]]] = {side: defaultdict(set) for side in corpora.SPLITS}
    for piece in corpus.pieces:
        rights = "see the credits" if isinstance(corpus, EncodedCorpus) else piece.rights or "none stated"
        found[piece.split][f"{piece.source or piece.id} {piece.sha256}"].add(rights)
    return {side: {file: sorted(rights) for file, rights in sorted(files.items())} for side, files in found.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
