"""One standard input for several runs: read from the host once, as far as any of them reads."""

from __future__ import annotations

from vm.kernel.console import CHUNK, Input


class Recording:
    """What ``source`` has given so far. Nothing is read before a run asks for it."""

    def __init__(self, source: Input) -> None:
        self.source = source
        self.pieces: list[bytes] = []
        self.is_ended = False

    def fetch(self) -> bool:
        """Read one more piece; False at the end, and while there is nothing to read yet."""
        if self.is_ended:
            return False
        piece = self.source.peek(CHUNK)
        if not piece:
            self.is_ended = piece is not None
            return False
        self.source.advance(len(piece))
        self.pieces.append(piece)
        return True


class Replay:
    """A run's own input, which is the same in every run, in the same pieces (:class:`vm.kernel.console.Input`)."""

    is_live = False

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._piece = 0
        self._offset = 0

    def peek(self, size: int) -> bytes | None:
        """The next bytes of the piece that is read; empty at the end, None while they have not arrived."""
        recording = self._recording
        if self._piece == len(recording.pieces) and not recording.fetch():
            return b"" if recording.is_ended else None
        return recording.pieces[self._piece][self._offset :][:size]

    def advance(self, size: int) -> None:
        """Consume bytes that :meth:`peek` returned."""
        self._offset += size
        if self._piece < len(self._recording.pieces) and self._offset == len(self._recording.pieces[self._piece]):
            self._piece, self._offset = self._piece + 1, 0

    def wait(self, seconds: float | None) -> None:
        """Let the host wait until the next piece has arrived."""
        self._recording.source.wait(seconds)
