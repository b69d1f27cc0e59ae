"""A process of the model: what it has still to do, and what it remembers."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from tests.oracle.small_language import CHLD, KILL, LOCAL, Body, Handle, IfFlag, Pid, Resume, SetFlag, Statement


@dataclass
class Process:
    """``frames``: what is still to be done, and the mask to go back to; above the program's own those of handlers.

    ``waits``: it has begun the statement that comes next. ``is_woken``: by a wake-up; ``rest`` is what it has to sleep.
    ``births`` counts its children. A zombie has a ``status``.
    Worlds share a process until one of them changes it (:meth:`World.own`).
    """

    parent: Pid | None
    frames: list[tuple[Body, frozenset[int]]]
    waits: bool = False
    is_woken: bool = False
    rest: int = 0
    births: int = 0
    status: int | None = None
    flag: bool = False
    files: dict[str, str] = field(default_factory=dict)
    names: dict[str, Pid] = field(default_factory=dict)
    mask: frozenset[int] = frozenset()
    former_mask: frozenset[int] | None = None
    pending: frozenset[int] = frozenset()
    handlers: dict[int, Handle] = field(default_factory=dict)
    number: int = -1
    """The same for all that are in this state; -1 while nobody has asked."""

    def copy(self) -> Process:
        twin = copy.copy(self)
        twin.frames, twin.files, twin.names = self.frames.copy(), self.files.copy(), self.names.copy()
        twin.handlers, twin.number = self.handlers.copy(), -1
        return twin

    def key(self) -> tuple[object, ...]:
        return (
            self.parent, tuple(self.frames), self.waits, self.is_woken, self.rest, self.births, self.status, self.flag,
            tuple(sorted(self.files.items())), tuple(sorted(self.names.items())), self.mask,
            self.former_mask, self.pending,
            tuple(sorted(self.handlers.items())),
        )  # fmt: skip

    @property
    def next(self) -> Statement:
        return self.frames[-1][0][0]

    @property
    def due(self) -> frozenset[int]:
        return self.pending - self.mask

    def ends_by(self, signal: int) -> bool:
        """Tell whether a signal ends the process."""
        return signal == KILL or (signal not in self.handlers and signal != CHLD)

    @property
    def is_doomed(self) -> bool:
        """A signal is due that ends it, whatever it waits for."""
        return any(self.ends_by(signal) for signal in self.due)

    @property
    def is_suspended(self) -> bool:
        """It waits for its vfork child, and no handler runs before."""
        return self.waits and isinstance(self.next, Resume)

    def ignores(self, signal: int) -> bool:
        handler = self.handlers.get(signal)
        return handler.body is None if handler else signal == CHLD

    def finish(self, follow: Body = ()) -> None:
        """The next statement is done; ``follow`` comes in its place."""
        todo, mask = self.frames[-1]
        self.frames[-1] = (follow + todo[1:], mask)
        self.waits = False

    def go_on(self) -> None:
        """Do what is the process's own affair, up to its next statement."""
        while isinstance(self.next, LOCAL):
            if isinstance(self.next, SetFlag):
                self.flag = True
                self.finish()
            elif isinstance(self.next, IfFlag):
                self.finish(self.next.then if self.flag else self.next.other)
