"""Rules of performance, a file each: functions from a Piece to an Effect."""
