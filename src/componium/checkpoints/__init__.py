"""Models and training states on disk."""
