"""Sound learned and generated sample by sample."""
