"""Torch modules of the neural methods, one file each; imported only to train."""
