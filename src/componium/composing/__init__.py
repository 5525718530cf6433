"""Composing: requests in, takes out; one file a verb, found by the registry."""
