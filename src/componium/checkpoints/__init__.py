"""Models and training states on disk."""

from componium.checkpoints.store import (
    load_arrays,
    load_config,
    load_metadata,
    load_model,
    load_tree,
    refuse_damage,
    save_arrays,
    save_model,
    save_tree,
    weight,
    weights_hash,
)

__all__ = [
    "load_arrays",
    "load_config",
    "load_metadata",
    "load_model",
    "load_tree",
    "refuse_damage",
    "save_arrays",
    "save_model",
    "save_tree",
    "weight",
    "weights_hash",
]
