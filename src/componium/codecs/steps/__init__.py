"""Codecs on an even grid: their common base, and their guide."""
