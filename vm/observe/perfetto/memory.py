"""How much memory each process has for itself and how much with others, counted from events alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from vm import events
from vm.abi import PAGE_SIZE

_MACHINE = 0
"""The owner of the machine's own frames; spaces have numbers from 1, and shared memory the negatives of its own."""


class Amount(NamedTuple):
    """Bytes of memory with a frame: ``private`` in frames that nothing else uses, ``shared`` in those of others too."""

    private: int
    shared: int


class Memory:
    """Follows who uses which frame. It must hear all events from before the start of the machine.

    A page of a process is private when its frame has no other use, in the process's own address space neither, and
    nobody else is in that space: a vfork child and its suspended parent have nothing for themselves.
    """

    def __init__(self) -> None:
        self._uses: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self._others: Counter[int] = Counter()
        self._pages: Counter[int] = Counter()
        self._private: Counter[int] = Counter()
        self._spaces: dict[int, int] = {}
        self._members: dict[int, set[int]] = defaultdict(set)
        self._changed: set[int] = set()
        self._hearers: dict[type[events.Event], Callable[[Any], None]] = {
            events.FramesChanged: self._frames_changed, events.Created: self._created, events.Exited: self._exited,
        }  # fmt: skip

    @property
    def used(self) -> int:
        """Frames in use, whatever for."""
        return len(self._uses) + len(self._others)

    def amount(self, pid: int) -> Amount:
        """What process ``pid`` has; nothing once it has ended."""
        space = self._spaces.get(pid, _MACHINE)
        if not space:
            return Amount(0, 0)
        pages = self._pages[space]
        private = self._private[space] if len(self._members[space]) == 1 else 0
        return Amount(private * PAGE_SIZE, (pages - private) * PAGE_SIZE)

    def take_changed(self) -> set[int]:
        """Return the processes whose amounts may be others than the last time, and forget them."""
        changed, self._changed = self._changed, set()
        return changed

    def hear(self, event: events.Event) -> None:
        """Take an event."""
        hearer = self._hearers.get(type(event))
        if hearer is not None:
            hearer(event)

    # --- who is in which space --------------------------------------------------------------------------------------

    def _enter(self, pid: int, space: int) -> None:
        self._leave(pid)
        self._spaces[pid] = space
        self._members[space].add(pid)
        self._changed |= self._members[space]

    def _leave(self, pid: int) -> None:
        space = self._spaces.pop(pid, _MACHINE)
        if space:
            self._changed |= self._members[space]
            self._members[space].discard(pid)
            if not self._members[space]:
                del self._members[space]

    def _created(self, event: events.Created) -> None:
        if event.how == "share":
            self._enter(event.child, self._spaces[event.pid])

    def _exited(self, event: events.Exited) -> None:
        self._leave(event.pid)

    # --- who uses which frame -----------------------------------------------------------------------------------------

    def _frames_changed(self, event: events.FramesChanged) -> None:
        if event.use == "root":
            for _ in event.gained:
                self._enter(event.pid, event.space)
        if event.use in ("root", "table"):
            self._others.subtract(frame for _, frame in event.lost)
            self._others.update(frame for _, frame in event.gained)
            for _, frame in event.lost:
                if not self._others[frame]:
                    del self._others[frame]
            return
        owner = {"page": event.space, "shared": -event.space, "machine": _MACHINE}[event.use]
        for place, frame in event.lost:
            self._lose(frame, (owner, place))
        for place, frame in event.gained:
            self._gain(frame, (owner, frame if owner == _MACHINE else place))
        if owner > 0:
            self._changed |= self._members.get(owner, set())

    def _gain(self, frame: int, use: tuple[int, int]) -> None:
        uses = self._uses[frame]
        if len(uses) == 1:
            self._note_private(uses, -1)
        uses.add(use)
        self._count(use[0], 1)
        if len(uses) == 1:
            self._note_private(uses, 1)

    def _lose(self, frame: int, use: tuple[int, int]) -> None:
        uses = self._uses[frame]
        if len(uses) == 1:
            self._note_private(uses, -1)
        uses.remove(use)
        self._count(use[0], -1)
        if len(uses) == 1:
            self._note_private(uses, 1)
        elif not uses:
            del self._uses[frame]

    def _count(self, owner: int, change: int) -> None:
        if owner > 0:
            _add(self._pages, owner, change)

    def _note_private(self, uses: set[tuple[int, int]], change: int) -> None:
        """The one use that a frame has left is the only one, or is that no more."""
        ((owner, _),) = uses
        if owner > 0:
            _add(self._private, owner, change)
            self._changed |= self._members.get(owner, set())


def _add(counts: Counter[int], key: int, change: int) -> None:
    """Count; what has come to nothing is forgotten."""
    counts[key] += change
    if not counts[key]:
        del counts[key]
