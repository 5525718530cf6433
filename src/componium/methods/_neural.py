"""What the neural methods share: how a torch module is trained from a corpus, without importing torch to compose."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from componium.codecs._base import Codec
from componium.corpora._base import Corpus
from componium.errors import CheckpointError, ControlError, MissingExtraError
from componium.methods._base import Run, examples_of, type_weights


def learn(
    make_module: Callable[[], Any], codec: Codec, corpus: Corpus, training: Mapping[str, Any], run: Run | None
) -> type_weights:
    """Train what `make_module` makes on the corpus and return its best weights on validation.

    `training` are the fields of training.Settings. Raises MissingExtraError without torch, CorpusError without music.
    """
    try:
        from componium import training as loop
    except ImportError as error:
        if (error.name or "").startswith("componium"):
            raise
        raise MissingExtraError("what trains neural networks (torch and lightning)", "train") from error
    run = run or Run()
    known = [field.name for field in fields(loop.Settings)]
    unknown = sorted(set(training) - set(known))
    if unknown:
        raise ControlError(f"no training setting {', '.join(unknown)}", expected=f"some of {', '.join(known)}")
    settings = loop.Settings(**training)
    report = run.on_report
    return loop.train(
        loop.seeded(make_module, settings.seed),
        codec,
        examples_of(codec, corpus.train),
        examples_of(codec, corpus.validation),
        settings,
        folder=run.folder,
        resume=run.resume,
        on_report=(lambda now: report(now.step, now.steps, _words(now))) if report else None,
    )


def _words(now: Any) -> str:
    text = f"loss {now.loss:.3f}, {now.tokens_per_second:,.0f} tokens/s"
    return text if now.validation is None else f"{text}, validation {now.validation:.4f} nats/token"


def weight(weights: type_weights, name: str, shape: tuple[int, ...]) -> Any:
    """One array, as float32. Raises CheckpointError if it is missing or has another shape."""
    import numpy as np

    array = weights.get(name)
    if array is None or array.shape != shape:
        found = "missing" if array is None else f"of shape {array.shape}"
        raise CheckpointError(f"the weight {name} is {found}", expected=f"shape {shape}")
    return np.ascontiguousarray(array, dtype=np.float32)
