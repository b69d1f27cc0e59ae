"""One standard input for several runs: read from the host once, as far as any of them reads."""

from __future__ import annotations

from vm.kernel.errors import MachineStopped
from vm.kernel.ports import CHUNK, Input, left_until, limit_waiting

LARGEST = 64 << 20
"""Bytes that are kept at most; a piece counts as :data:`PIECE` at least, as it takes that much."""
PIECE = 64


class SharedInput:
    """What ``source`` has given so far. Nothing is read before a run asks for it.

    ``deadline``: the time of the host's monotonic clock at which waiting for it ends.
    """

    def __init__(self, source: Input) -> None:
        self.source = source
        self.deadline: float | None = None
        self.pieces: list[bytes] = []
        self._size = 0
        self.is_ended = False

    def fetch(self) -> bool:
        """Read one more piece, and wait for it; False at the end, and when the time is up.

        MachineStopped when it would be too much, in each run at the same place.
        """
        if self.is_ended:
            return False
        if self._size >= LARGEST:
            raise MachineStopped(f"limit of {LARGEST >> 20} MiB of standard input that several runs can read")
        limit_waiting(self.source, self.deadline)
        while (piece := self.source.peek(CHUNK)) is None and left_until(self.deadline) != 0 and self.source.is_live:
            self.source.wait(left_until(self.deadline))
        if not piece:
            self.is_ended = piece is not None
            return False
        self.source.advance(len(piece))
        self.pieces.append(piece)
        self._size += max(len(piece), PIECE)
        return True


class RunsInput:
    """A run's own input, which is the same in every run, in the same pieces (:class:`vm.kernel.ports.Input`)."""

    is_live = False

    def __init__(self, shared: SharedInput) -> None:
        self._shared = shared
        self.pauses = False
        self._piece = 0
        self._offset = 0

    @property
    def deadline(self) -> float | None:
        """The time of the host's monotonic clock at which waiting for input ends."""
        return self._shared.deadline

    @deadline.setter
    def deadline(self, when: float | None) -> None:
        """Set it for all runs that read the input."""
        self._shared.deadline = when

    def peek(self, size: int) -> bytes | None:
        """The next bytes of the piece that is read; empty at the end, None when the time is up before they arrive."""
        shared = self._shared
        if self._piece == len(shared.pieces) and not shared.fetch():
            return b"" if shared.is_ended else None
        return shared.pieces[self._piece][self._offset :][:size]

    def advance(self, size: int) -> None:
        """Consume bytes that :meth:`peek` returned."""
        piece = self._shared.pieces[self._piece] if self._piece < len(self._shared.pieces) else b""
        self.pauses = piece[self._offset : self._offset + size].endswith(b"\n")
        self._offset += size
        if self._offset == len(piece):
            self._piece, self._offset = self._piece + 1, 0

    def wait(self, seconds: float | None) -> None:
        """Never needed: whoever looks has waited."""
