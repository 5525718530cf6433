"""Neural networks without torch: the numpy halves that compose."""
