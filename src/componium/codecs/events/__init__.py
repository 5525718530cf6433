"""The events codec: bars, positions, voices and pitches, with a prefix that states the controls."""

from componium.codecs.events.codec import Events

__all__ = ["Events"]
