"""Constraints on what comes next, one file each."""
