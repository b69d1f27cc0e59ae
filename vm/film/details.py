"""What a film keeps of its first moments alone: contents of pages, what page tables allow, registers, and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vm.film.contents import Contents
from vm.film.frames import Uses
from vm.film.lives import Lives
from vm.film.reel import NEVER_ENDED, Texts
from vm.film.threads import Threads
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER
from vm.memory import AddressSpace
from vm.quantities import size
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """How many ``moments`` there is room for, and for how many bytes of contents, ``packed`` once deflated."""

    moments: int = 30_000
    changed: int = 64 << 20
    packed: int = 2 << 20


class Details:
    """Looks at the memory and the threads of ``kernel``, as long as there is ``room``: up to moment ``until``.

    ``left_out`` says what is not kept, and why.
    """

    def __init__(self, kernel: Kernel, lives: Lives, uses: Uses, texts: Texts, room: Room) -> None:
        self.contents, self.threads = Contents(kernel.memory), Threads(kernel, texts)
        self.until = NEVER_ENDED
        self._kernel, self._lives, self._uses, self._room = kernel, lives, uses, room
        self._reasons: list[str] = []
        self._are_shared = False

    @property
    def left_out(self) -> list[str]:
        """What is not kept, and why."""
        return [*self._reasons, *self.threads.left_out]

    def look(self, tids: Iterable[int], gained: Sequence[int], moment: int) -> bool:
        """Look at these threads, their memory, and frames that were ``gained``; tell whether there is room for more.

        What other threads did has not changed since the last look.
        """
        if moment >= self.until:
            return False
        for number, space in self._spaces(tids, moment).items():
            self.contents.look(number, space, moment)
        self.contents.compare(self._uses.objects, moment)
        self.contents.take(gained, moment)
        reason = self._reason(moment)
        if reason:
            self.until = moment + 1
            what = "what pages hold and their flags, registers, lines and arguments of calls"
            self._reasons.append(f"from clock {self._kernel.clock:,} on {what}: {reason}")
        return not reason

    def _spaces(self, tids: Iterable[int], moment: int) -> dict[int, AddressSpace]:
        """The address spaces to look at; the threads in them are looked at on the way."""
        spaces: dict[int, AddressSpace] = {}
        for tid in sorted(tids):
            task = self._kernel.processes.thread(tid)
            if task is not None and tid != REAPER and task.process.space is not None:
                spaces[self._uses.number_of(task.memory)] = task.memory
                self.threads.look(self._lives.life(tid), task, moment)
        were_shared, self._are_shared = self._are_shared, self._uses.are_tables_shared
        if were_shared or self._are_shared:  # what one does shows in the tables of others
            for process in self._kernel.processes:
                if process.space is not None:
                    spaces.setdefault(self._uses.number_of(process.space), process.space)
        return spaces

    def _reason(self, moment: int) -> str:
        """Why details end with this moment; empty while they do not."""
        room, contents = self._room, self.contents
        if moment + 1 >= room.moments:
            return f"they are kept of {room.moments:,} moments"
        if len(contents.data) > room.changed or contents.packed > room.packed:
            return f"{size(len(contents.data))} of pages have changed by then, and a film has no room for more"
        return ""
