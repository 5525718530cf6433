"""Functions of a Score that say what is in it: lines, keys, meters, cadences."""
