"""Events codec: bars, positions, voices and pitches after a prefix."""

from componium.codecs.events.codec import Events

__all__ = ["Events"]
