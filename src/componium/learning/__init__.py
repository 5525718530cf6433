"""From a corpus to a saved model."""
