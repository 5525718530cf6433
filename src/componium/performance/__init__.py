"""Performance: how a score is played.

`perform` applies rules (a file each in `rules/`) with the weights of a style (`styles.py`). Each rule reads a Piece,
the score laid out for them, and returns an Effect: changes of loudness, timing, articulation and tempo, which add up.
The result is a Performance: the score, unchanged, and beside it the notes as they are played.
"""
