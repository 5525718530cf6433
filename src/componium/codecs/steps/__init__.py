"""Codecs on an even grid: what they share, and their guide."""
