"""Learning: from a corpus or a folder of music to a saved model."""
