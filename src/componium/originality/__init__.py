"""How much of a score stands in the music learned from."""

from componium.originality.index import Index, Shared

__all__ = ["Index", "Shared"]
