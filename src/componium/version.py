"""The version, apart from the root, whose public names import every room."""

__version__ = "0.1.0"
