"""Rendering of a Score: sound, sheet music, pictures, text and notebook HTML."""
