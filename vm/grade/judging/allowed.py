"""What judging asks of the texts that the lab's reference solution can have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Allowed(Protocol):
    """The texts that a program may write to each stream: "output", "errors" or "terminal"."""

    @property
    def is_complete(self) -> bool:
        """True if there are no other texts; nothing is judged by them otherwise."""

    @property
    def reason(self) -> str:
        """Why these are not all."""

    def permits(self, data: bytes, stream: str = "output") -> bool:
        """Tell whether a stream can have this text. Raises TooLarge, and ValueError where nothing is known of it."""

    def examples(self, limit: int = 3, stream: str = "output") -> Sequence[bytes]:
        """Return the first texts of a stream, in a fixed order, at most so many. Raises TooLarge."""
