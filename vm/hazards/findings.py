"""What the checker has to say: findings, their stories, and the bytes they tell of."""

from __future__ import annotations

from pathlib import Path

from vm.hazards.rules import Level
from vm.hazards.windows import Fate
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the program. ``file`` is empty and ``line`` 0 without debugging information; ``path`` is where the
    host has the source. ``call`` names the system call that was being made there. ``begin`` is the first line
    of the statement, or where the function begins, if nothing has a name.
    """

    function: str
    pc: int
    file: str = ""
    line: int = 0
    path: Path | None = None
    call: str = ""
    begin: int = 0

    @property
    def statement(self) -> tuple[object, ...]:
        """What places of one statement have in common: function, file and first line; else the function, or the pc."""
        return (self.function, self.file, self.begin or self.line) if self.line else (self.begin or self.pc,)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a finding's story; ``role`` is vfork, fork, write, resumed, read, …"""

    role: str
    text: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class Range:
    """Adjacent bytes that the child changed, their content before and after, where they lie in words, and the worst
    that became of them. ``row`` and ``row_after`` are what lay around them, from ``row_start`` on.
    """

    address: int
    old: bytes
    new: bytes
    where: str
    fate: Fate
    row_start: int
    row: bytes
    row_after: bytes

    @property
    def size(self) -> int:
        """Bytes that really differ."""
        return sum(old != new for old, new in zip(self.old, self.new, strict=True))


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a child broke. ``count`` children broke it in the same way; ``child`` is the first of them.

    ``unlisted``: bytes changed in more places than ``ranges`` lists. ``accepted`` says how somebody accepted it; empty
    if nobody did.
    """

    rule: str
    level: Level
    title: str
    message: str
    location: Location
    parent: int
    child: int
    story: tuple[Step, ...]
    ranges: tuple[Range, ...] = ()
    count: int = 1
    unlisted: int = 0
    advice: str = ""
    accepted: str = ""

    @property
    def size(self) -> int:
        """Bytes changed."""
        return sum(area.size for area in self.ranges) + self.unlisted

    @property
    def key(self) -> tuple[object, ...]:
        """What findings of the same kind have in common."""
        vfork = self.story[0].location
        return self.rule, self.level, self.location.statement, vfork and vfork.statement


def here(location: Location) -> str:
    """The source as a path from here where it lies below, else absolute, else as the compiler was told."""
    if location.path is None:
        return location.file
    try:
        return location.path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return location.path.as_posix()
