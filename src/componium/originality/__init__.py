"""Originality: passages that a score shares with the music learned from."""

from componium.originality.index import Index, Shared

__all__ = ["Index", "Shared"]
