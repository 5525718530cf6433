"""What the neural methods share: how a torch module is trained from a corpus, without importing torch to compose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from componium.checkpoints.store import load_model, weight
from componium.codecs.base import Codec, Example, from_config
from componium.errors import ControlError, MissingExtraError
from componium.music.types import type_weights
from componium.progress import type_on_progress
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
    """Train what `make_module` makes on examples and return its best weights on those held out.

    `training` are the fields of training.Settings; `start` is a model to go on from (see `carried_over`).
    Raises MissingExtraError without torch, CorpusError without music, CheckpointError if `start` doesn't fit.
    """
    loop, settings = the_loop(training)
    module = loop.seeded(make_module, settings.seed)
    if start is not None:
        folder = SHIPPED if start == "default" else Path(start)
        loop.put_weights(module, carried_over(folder, codec, loop.weights_of(module)))
    weights: type_weights = loop.train(
        module,
        codec,
        examples,
        held_out,
        settings,
        run_dir=run_dir,
        resume=resume,
        on_progress=on_progress,
    )
    return weights


def the_loop(training: Mapping[str, Any]) -> tuple[Any, Any]:
    """The module training.py, and its Settings with these fields.

    Raises MissingExtraError without torch, ControlError for a field that it lacks.
    """
    try:
        from componium.training import loop
    except ImportError as error:
        if (error.name or "").startswith("componium"):
            raise
        raise MissingExtraError("what trains neural networks (torch and lightning)", "train") from error
    known = [field.name for field in fields(loop.Settings)]
    unknown = sorted(set(training) - set(known))
    if unknown:
        raise ControlError(f"no training setting {', '.join(unknown)}", expected=f"some of {', '.join(known)}")
    return loop, loop.Settings(**training)


def carried_over(folder: Path, codec: Codec, fresh: type_weights) -> type_weights:
    """The weights of a saved model in place of `fresh` ones: what that model knows, the next need not learn.

    The codecs may know different styles: embeddings are matched token by token, and a token that the saved model lacks
    keeps its fresh one. Raises CheckpointError if the model is missing or of another size.
    """
    config, saved = load_model(folder)
    known = from_config(config["learned"]["codec"]).vocab
    n_embd = fresh["embed.weight"].shape[1]
    embed, old = fresh["embed.weight"].copy(), weight(saved, "embed.weight", (len(known), n_embd))
    for row, entry in enumerate(codec.vocab.entries):
        if known.has(*entry):
            embed[row] = old[known.id(*entry)]
    others = {name: weight(saved, name, array.shape) for name, array in fresh.items() if name != "embed.weight"}
    return {"embed.weight": embed, **others}
