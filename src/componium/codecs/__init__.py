"""Scores as sequences of ids, one file a representation, found by the file's name."""
