"""Samples, wave files, the built-in synthesizer, loudness."""
