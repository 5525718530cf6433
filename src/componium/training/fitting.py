"""Training of the neural methods.

Torch is imported only when it begins, so that composing needs none.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from componium.checkpoints import load_model, weight
from componium.codecs.base import Codec, Example, from_config
from componium.errors import CheckpointError, MissingExtraError
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.training.settings import settings_of
from componium.weights import SHIPPED


def learn(
    make_module: Callable[[], Any],
    codec: Codec,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    training: Mapping[str, Any],
    *,
    start: str | None = None,
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> type_weights:
    """Train a new torch module; return its best weights on examples held out.

    make_module  makes the module, ids (B, T) -> logits (B, T, V)
    training     fields of training.loop.Settings by name
    start        a model to go on from: "default" for the shipped one, or a folder (see `transferred`)
    run_dir      folder for the state of the run
    resume       go on from the state in `run_dir`, if there is one
    on_progress  called now and then with a Progress

    Raises MissingExtraError without torch, CorpusError without examples, CheckpointError if `start` doesn't fit.
    """
    loop, settings = import_loop("loop", training)
    modules = importlib.import_module("componium.training.modules")
    module = modules.seeded(make_module, settings.seed)
    if start is not None:
        folder = SHIPPED if start == "default" else Path(start)
        modules.put_weights(module, transferred(folder, codec, modules.weights_of(module)))
    weights: type_weights = loop.train(
        module, codec, examples, held_out, settings, run_dir=run_dir, resume=resume, on_progress=on_progress
    )
    return weights


def import_loop(name: str, training: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return a training loop, "loop" or "adversarial", and its Settings.

    The Settings have the fields in `training`.

    Raises MissingExtraError without torch, ControlError for a field that there isn't or a value out of range.
    """
    settings = settings_of(name, training)
    try:
        return importlib.import_module(f"componium.training.{name}"), settings
    except ImportError as error:
        if (error.name or "").startswith("componium"):
            raise
        raise MissingExtraError("what trains neural networks (torch and lightning)", "train") from error


def transferred(folder: Path, codec: Codec, fresh: type_weights) -> type_weights:
    """Return the weights of a saved model for another net of the same size.

    The first weights of that net are `fresh`.

    The codecs may have other styles: embeddings are matched token by token, and a token that the saved model lacks
    keeps its fresh one. Raises CheckpointError if the model is missing or of another size.
    """
    config, saved = load_model(folder)
    try:
        known = from_config(config["learned"]["codec"]).vocab
    except (KeyError, TypeError) as error:
        raise CheckpointError("a model without a codec", where=str(folder), expected="a neural model") from error
    n_embd = fresh["embed.weight"].shape[1]
    embed, old = fresh["embed.weight"].copy(), weight(saved, "embed.weight", (len(known), n_embd))
    for row, entry in enumerate(codec.vocab.entries):
        if known.has(*entry):
            embed[row] = old[known.id(*entry)]
    others = {name: weight(saved, name, array.shape) for name, array in fresh.items() if name != "embed.weight"}
    return {"embed.weight": embed, **others}
