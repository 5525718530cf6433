"""Rules of performance: one file a rule, a function of the file's name from Piece to Effect."""
