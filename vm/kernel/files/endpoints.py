"""Open files that are the end of a conversation: what is written to one is sent by somebody to another (socket(7))."""

from __future__ import annotations

from typing import Protocol

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, Wake, WouldBlock
from vm.memory import AddressSpace
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Who:
    """A process as those it talks to know it: its pid, user and group (unix(7), SCM_CREDENTIALS)."""

    pid: int
    uid: int
    gid: int


class Sending(Protocol):
    """One call that sends: where its bytes go, and how. ``flags`` are those of the open file, as far as they count.

    ``is_quiet``: no SIGPIPE goes with EPIPE.
    """

    flags: int
    is_quiet: bool

    def check_size(self, size: int) -> None:
        """SystemCallError(EMSGSIZE) for a message that is too long."""

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Send some of ``data``, or all of a message; how many bytes were taken. Raises SystemCallError."""


class Endpoint(OpenFile):
    """An open file whose reads and writes receive and send.

    What one read gets is what one :meth:`peek` returns, also where that is nothing. ``keeps_messages``: what one write
    gives stays one message, and is taken as a whole or not at all. ``largest`` bytes of a message are ever read.
    """

    keeps_messages = False
    largest = 1 << 22

    @property
    def waiting(self) -> int:
        """Bytes that a read can get (FIONREAD). Raises SystemCallError."""
        return 0

    @property
    def is_at_mark(self) -> bool:
        """True when what is read next is urgent (sockatmark(3)). Raises SystemCallError(ENOTTY) where nothing is."""
        raise SystemCallError(Errno.ENOTTY)

    def control(self, memory: AddressSpace, request: int, argument: int) -> int:
        """Answer a request of ioctl(2) that only ends of conversations know. Raises SystemCallError."""
        raise SystemCallError(Errno.ENOTTY)

    def sending(self, who: Who) -> Sending:
        """Return what a write by ``who`` writes to."""
        raise NotImplementedError
