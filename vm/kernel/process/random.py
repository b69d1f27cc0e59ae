"""Random bytes of a process."""

from __future__ import annotations

from hashlib import shake_128
from typing import ClassVar

from vm.values import dataclass


@dataclass(slots=True)
class RandomStream:
    """The random bytes of one process: they follow from the machine's ``seed``, its ``descent`` and what it has taken.

    ``descent`` names a process by its place in the family: the first program is (1,), its second child (1, 2). So they
    do not depend on what other processes do. ``taken`` counts the requests.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    seed: int
    descent: tuple[int, ...]
    taken: int = 0
    births: int = 0

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        name = f"{self.seed} {'.'.join(map(str, self.descent))} {self.taken}"
        self.taken += 1
        return shake_128(name.encode()).digest(size)

    def child(self) -> RandomStream:
        """Return the stream of the next child."""
        self.births += 1
        return RandomStream(self.seed, (*self.descent, self.births))
