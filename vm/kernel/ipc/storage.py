"""The memory that messages take which nobody has received yet, of all queues: so they are bounded."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.system import Part, System

STORED_IN_ALL = 16 << 20
"""Bytes that there are for messages."""
HEADER = 64
"""Bytes that a message counts for beside its own."""


class MessageStorage(Part):
    """Bytes that messages take."""

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.taken = 0

    def take(self, size: int) -> None:
        """Make room for a message of ``size`` bytes. Raises SystemCallError(ENOMEM) when there is none."""
        if self.taken + size + HEADER > STORED_IN_ALL:
            raise SystemCallError(Errno.ENOMEM)
        self.taken += size + HEADER

    def keep(self, size: int) -> None:
        """Count a message of ``size`` bytes that is there already, with who has waited to send it."""
        self.taken += size + HEADER

    def give(self, size: int) -> None:
        """A message of ``size`` bytes is gone."""
        self.taken -= size + HEADER
        assert self.taken >= 0, "more messages are gone than there were"
