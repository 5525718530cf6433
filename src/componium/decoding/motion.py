"""Motion of voices: the last two pitches of each, and the onset of the last."""


class Motion:
    """The last two pitches of each voice.

    Times are in 24ths of a quarter; voices are numbered from the top down.

    >>> motion = Motion()
    >>> motion.begin(voice=0, pitch=67, now=0)
    >>> motion.begin(voice=0, pitch=69, now=24)
    >>> motion.moves[0], motion.latest(0)
    ((67, 69, 24), 69)
    """

    def __init__(self) -> None:
        self.moves: dict[int, tuple[int | None, int, int]] = {}  # each voice's pitch before, its pitch, its onset

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """Move a voice to a pitch. Of several notes at once the first counts."""
        _, latest, since = self.moves.get(voice, (None, None, None))
        if since != now:
            self.moves[voice] = (latest, pitch, now)

    def latest(self, voice: int) -> int | None:
        """Return the last pitch of a voice, None before its first."""
        return self.moves[voice][1] if voice in self.moves else None

    def before(self, voice: int, now: int) -> int | None:
        """Return the pitch before a note begun now; None if there is none."""
        _, latest, since = self.moves.get(voice, (None, None, now))
        return None if since == now else latest
