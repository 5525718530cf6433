"""Decoding: controls, constraints and sampling, in musical values."""
