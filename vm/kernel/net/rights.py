"""Open files on their way in messages (unix(7), SCM_RIGHTS): how many there are, and those that nobody can get at.

A socket that lies in its own queue, or two that lie in each other's, have references and no descriptor. They are found
as Linux finds them (net/unix/garbage.c): what is only referred to by messages in the queues of others of that kind is
dropped with its queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, Wake
from vm.values import dataclass

IN_FLIGHT_LIMIT = 1 << 16
"""Open files in all messages of a machine."""
FEW = 256
"""Open files on their way among which those that nobody can get at are looked for at once."""
SHARE = 8
"""Where there are more they are looked for when one in so many may have been lost since, so that it stays cheap."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Open files in one message, sent by a process of user ``uid``."""

    _follow: ClassVar[tuple[str, ...]] = ("files",)

    files: tuple[OpenFile, ...]
    uid: int


class Carrier(OpenFile):
    """An open file in which others may be on their way."""

    def carried(self) -> Iterable[OpenFile]:
        """Return the open files in the messages that wait here, each as often as it is there."""
        return ()

    def unload(self, wake: Wake) -> None:
        """Drop every message that waits here."""


class Flights:
    """The open files on their way in a machine: those that there are, and how many each user has sent."""

    _follow: ClassVar[tuple[str, ...]] = ("_flying", "_sent", "_landed")

    def __init__(self) -> None:
        self._flying: dict[OpenFile, None] = {}
        self._sent: dict[int, int] = {}
        self._landed: list[OpenFile] = []
        self._in_all = 0
        self._is_landing = False
        self._lost = 0

    def launch(self, rights: Rights, limit: int) -> None:
        """Let them be on their way. SystemCallError(ETOOMANYREFS) if their user has more than ``limit`` there."""
        if self._sent.get(rights.uid, 0) > limit or self._in_all > IN_FLIGHT_LIMIT:
            raise SystemCallError(Errno.ETOOMANYREFS)
        for file in rights.files:
            file.references += 1
            file.in_flight += 1
            self._flying[file] = None
        self._count(rights, len(rights.files))

    def _count(self, rights: Rights, change: int) -> None:
        self._in_all += change
        self._sent[rights.uid] = self._sent.get(rights.uid, 0) + change
        if not self._sent[rights.uid]:
            del self._sent[rights.uid]

    def land(self, rights: Rights, wake: Wake) -> None:
        """They are not on their way any more; what has no other reference is closed.

        What that closes may have others in its queue. They are landed one after the other, however deep that goes.
        """
        self._count(rights, -len(rights.files))
        self._landed += rights.files
        if self._is_landing:
            return
        self._is_landing = True
        is_stranded = False
        while self._landed:
            file = self._landed.pop()
            file.in_flight -= 1
            if not file.in_flight:
                del self._flying[file]
            if file.references - 1 == file.in_flight > 0:
                file.references -= 1
                is_stranded = True
            else:
                file.let_go(wake)
        self._is_landing = False
        if is_stranded:
            self.note_stranded(wake)

    def note_stranded(self, wake: Wake) -> None:
        """Something has references in messages alone: perhaps only in those that it carries."""
        self._lost += 1
        if len(self._flying) <= max(FEW, SHARE * self._lost) and not self._is_landing:
            self.collect(wake)

    def collect(self, wake: Wake) -> None:
        """Drop the messages of those that only they themselves refer to."""
        self._lost = 0
        stranded = [
            file for file in self._flying if isinstance(file, Carrier) and file.references == file.in_flight
        ]  # fmt: skip
        outside: dict[Carrier, int] = {file: file.in_flight for file in stranded}
        for carrier in stranded:
            for file in carrier.carried():
                if isinstance(file, Carrier) and file in outside:
                    outside[file] -= 1
        within_reach = [file for file, count in outside.items() if count]
        for carrier in within_reach:  # which grows
            outside.pop(carrier, None)
            for file in carrier.carried():
                if isinstance(file, Carrier) and outside.pop(file, None) is not None:
                    within_reach.append(file)
        for carrier in outside:  # each stays until all are empty: it is in the queue of another
            carrier.references += 1
        for carrier in outside:
            carrier.unload(wake)
        for carrier in outside:
            carrier.let_go(wake)
