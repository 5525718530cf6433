"""Scores, time, pitch and instruments: what all other rooms build on."""
