"""What a vfork child did between its creation and its parent's resumption: plain facts, without judgement."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm.abi import Protection

Signature = tuple[object, ...]
Layout = tuple[tuple[str, int, int, Protection], ...]
"""(name, start, end, protection) of each segment."""
ROW_ALIGNMENT = 4
ROWS_KEPT = 48
"""Bytes around a change that are kept to be shown, from an address of this alignment on."""

_ERRORS = 0xFFFF_F001
"""Results from here on are error numbers, negated."""


class Fate(IntEnum):
    """What became of a byte that a child changed."""

    UNREAD = 0
    READ = 1
    OVERWRITTEN = 2
    RESULT = 3
    """The child's copy of vfork's result, which the parent overwrote with its own."""
    OWN = 4
    """On the child's own part of the stack."""
    BELOW = 5
    """Below the stack pointer that the parent resumed with."""
    SAME = 6
    """Not changed, but between bytes that are."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a process was: ``chain`` is its pc and behind it the calls that led there, innermost first.

    ``call``: the number of the system call that it was making, or None. ``clock`` is guest time, where it is known.
    """

    pid: int
    chain: tuple[int, ...]
    call: int | None = None
    clock: int = 0

    @property
    def pc(self) -> int:
        """The instruction itself."""
        return self.chain[0]


@dataclass(frozen=True, slots=True)
class CallMade:
    """A system call of the child. ``moved``: it moved the offset of a file that the parent has open too."""

    moment: Moment
    number: int
    arguments: tuple[int, ...]
    result: int | None
    moved: bool = False

    @property
    def is_notable(self) -> bool:
        """True when it failed, or moved a shared offset."""
        return self.moved or (self.result is not None and self.result >= _ERRORS)


@dataclass(frozen=True, slots=True)
class Entered:
    """A function that the child called, or jumped to: ``address`` is its first instruction, ``depth`` 1 for a call by
    the function that the child began in.
    """

    moment: Moment
    address: int
    depth: int
    is_jump: bool


@dataclass(frozen=True, slots=True)
class BaseReturn:
    """A return to where the child had not been called from. ``pointer`` is the stack pointer behind it; ``jumped``:
    other functions that the child had called were left with it.
    """

    moment: Moment
    target: int
    pointer: int
    jumped: bool


@dataclass(slots=True)
class Change:
    """Bytes close to one another that one activation of a function changed.

    ``writers`` uint32 has for each the pc of the last store (plus 1: of the system call), ``fates`` uint8 a
    :class:`Fate`. ``sites`` are the calls that led to the function, innermost first; ``uses`` the first reads by the
    parent, by writer. ``row`` and ``row_after`` are what lay around the bytes before and after, from ``row_start`` on.
    """

    address: int
    old: bytes
    new: bytes
    writers: NDArray[np.uint32]
    sites: tuple[int, ...]
    row_start: int
    row: bytes
    row_after: bytes
    fates: NDArray[np.uint8]
    uses: dict[int, Moment] = field(default_factory=dict)

    def run_at(self, index: int) -> tuple[int, int]:
        """First and end of the bytes around byte ``index`` that the same instruction wrote."""
        others = np.flatnonzero(self.writers != self.writers[index])
        place = int(np.searchsorted(others, index))
        first = int(others[place - 1]) + 1 if place else 0
        return first, int(others[place]) if place < len(others) else len(self.old)

    @property
    def end(self) -> int:
        """One past the last byte."""
        return self.address + len(self.old)


def _values(array: NDArray[Any]) -> frozenset[int]:
    """The values that occur in an array, mostly of one value or few."""
    first = array[0]
    return frozenset((int(first),)) if (array == first).all() else frozenset(np.unique(array).tolist())


@dataclass(slots=True)
class Window:
    """The time between a vfork and the resumption of the parent.

    ``registers`` are the parent's at the call, whose instruction is ``pc``, and ``stack`` is what lay above its stack
    pointer then; ``pointer`` is the stack pointer that the
    child began with. ``segments`` are (name, start, end, protection) before and ``segments_after`` when the parent
    resumed. ``ended``: "exec", "exit", "abandoned" when the parent was killed meanwhile, "" for never. ``status`` is
    the child's wait status and ``fault`` (reason, pc, address) of the fault that killed it. ``mapped_by`` are calls
    that changed the mappings.
    """

    number: int
    parent: int
    child: int
    call: str
    pc: int
    registers: tuple[int, ...]
    pointer: int
    path: str
    clock: int
    outer: int | None
    stack: bytes
    segments: Layout
    images: dict[int, bytes]
    first_call: int
    floor: int
    saved_control: tuple[int, int]
    calls: list[CallMade] = field(default_factory=list)
    handlers: list[Moment] = field(default_factory=list)
    entered: list[Entered] = field(default_factory=list)
    returns: list[BaseReturn] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    segments_after: Layout = ()
    ended: str = ""
    end_clock: int = 0
    last: Moment | None = None
    status: int | None = None
    fault: tuple[str, Moment, int] | None = None

    def change_at(self, address: int) -> Change:
        """The change that holds ``address``; ``changes`` are in the order of their addresses."""
        return self.changes[bisect_right(self.changes, address, key=lambda change: change.address) - 1]

    @property
    def signature(self) -> Signature:
        """What windows have in common of which the same is to be said."""
        return (
            self.path, self.pc, self.registers[1], self.registers[2], self.pointer, self.ended, self.status,
            self.outer is None, self.segments == self.segments_after, self.fault, self.last and self.last.chain,
            tuple(
                (change.address, change.sites, _values(change.writers), _values(change.fates),
                 tuple((writer, use.chain) for writer, use in change.uses.items()))
                for change in self.changes
            ),
            tuple(entry.moment.chain for entry in self.entered), tuple(entry.moment.chain for entry in self.returns),
            tuple(moment.chain for moment in self.handlers),
            tuple((call.moment.chain, call.number, call.moved, call.result) for call in self.calls if call.is_notable),
        )  # fmt: skip

    @property
    def has_own_stack(self) -> bool:
        """True when the child was given a stack of its own."""
        return self.pointer != self.registers[2]
