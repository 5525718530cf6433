"""Models that come with the package, a folder each.

A folder has config.json, model.safetensors, originality.npz, data.json and README.md, the card.
SHIPPED is the default model, DREAM the one that varies pieces; a further folder here is a further model. BY_METHOD
gives the model of a method by the method's name, BY_NAME every model by its own, the default one first. REALISM has
how well each style can be told from real pieces, which scripts/rate_styles.py measures.
"""

from pathlib import Path

_HERE = Path(__file__).parent
SHIPPED, DREAM = _HERE / "default", _HERE / "dream"
REALISM = _HERE / "realism.json"
BY_METHOD = {"transformer": SHIPPED, "dream": DREAM}
BY_NAME = {"shipped": SHIPPED, "default": SHIPPED, "dream": DREAM,
           **{path.parent.name: path.parent for path in sorted(_HERE.glob("*/config.json"))}}  # fmt: skip
