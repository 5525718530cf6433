"""Sound and pictures of a Score: `audio` (WAV), `pianoroll` (PNG), `terminal` (text), `notebook` (HTML)."""
