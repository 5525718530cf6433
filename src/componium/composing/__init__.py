"""The verbs: requests in, takes out."""
