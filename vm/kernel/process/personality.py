"""What a process has that calls a simulator's services instead of Linux's calls alone."""

from __future__ import annotations

from dataclasses import field, replace
from typing import ClassVar

from vm.elf import DialectNote
from vm.services import AUTO, GNU, LAYOUTS
from vm.values import dataclass


@dataclass(slots=True)
class Personality:
    """Whose services a process calls, and what they remember.

    ``heap`` is the next address that sbrk gives out. ``random``: the states of its random numbers, by their index.
    ``line`` is what has been read of a line that is not complete. ``said``: what its user was told once.
    """

    _follow: ClassVar[tuple[str, ...]] = ("random", "line", "said")

    dialect: str
    heap: int
    random: dict[int, int] = field(default_factory=dict)
    line: bytearray = field(default_factory=bytearray)
    said: set[str] = field(default_factory=set)

    def forked(self) -> Personality:
        """Return what a child has of its own."""
        return replace(self, random=dict(self.random), line=bytearray(), said=set(self.said))


def personality_of(note: DialectNote | None, wanted: str, brk: int) -> Personality | None:
    """That of a program with this ``note``, or with the services ``wanted`` unless that is AUTO; None for Linux's.

    ``brk``: where its heap begins unless the note says so.
    """
    dialect = wanted if wanted != AUTO else note.dialect if note is not None else GNU
    if dialect not in LAYOUTS:
        return None
    heap = note.heap if note is not None and note.heap else brk
    return Personality(dialect, heap)
