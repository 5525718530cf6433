"""Styles: profiles measured from pieces, and plans drawn from profiles."""
