"""What a vfork child did between its creation and its parent's resumption: plain facts, without judgement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vm.abi import CALL_NUMBERS, Protection
from vm.cpu import changes
from vm.cpu.changes import outline
from vm.cpu.tape import INHERITED, MOMENT
from vm.enums import quick
from vm.isa import SP
from vm.kernel.errors import MachineStopped
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

Signature = tuple[object, ...]
Layout = tuple[tuple[str, int, int, Protection], ...]
"""(name, start, end, protection) of each segment."""
MOST_KEPT = 100_000
"""Changes, about a kilobyte each, that the windows of :class:`Groups` may have together; eight segments are as much."""
ROW_ALIGNMENT = 4
ROWS_KEPT = 48
"""Bytes around a change that are kept to be shown, from an address of this alignment on."""

ERRORS = 0xFFFF_F001
"""Results from here on are error numbers, negated."""
_THREAD = {CALL_NUMBERS["tkill"]: 0, CALL_NUMBERS["tgkill"]: 1}
"""Calls that send a signal to one thread, by the argument that is the thread; the signal is behind it."""
_KILL = CALL_NUMBERS["kill"]


@quick
class Fate(IntEnum):
    """What became of a byte that a child changed."""

    UNREAD = changes.UNREAD
    READ = changes.READ
    OVERWRITTEN = changes.OVERWRITTEN
    RESULT = changes.RESULT
    """The child's copy of vfork's result, which the parent overwrote with its own."""
    OWN = changes.OWN
    """On the child's own part of the stack."""
    BELOW = changes.BELOW
    """Below the stack pointer that the parent resumed with."""
    SAME = changes.SAME
    """Not changed, but between bytes that are."""
    OUTER = changes.OUTER
    """Told of the window around this one, if it is still changed when that one ends."""


class Moment(NamedTuple):
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


class CallMade(NamedTuple):
    """A system call of the child.

    ``moved``: it moved the offset of a file that the parent has open too, or set its flags. ``taken`` are parts of the
    parent's segments that the call put an end to, if it succeeded. ``logged``: how many jumps had been by then.
    """

    moment: Moment
    number: int
    arguments: tuple[int, ...]
    result: int | None
    moved: bool = False
    taken: Layout = ()
    logged: int = 0

    @property
    def signature(self) -> Signature:
        """What calls have in common of which the same is to be said."""
        sent = self.sent and (self.sent[0] == self.moment.pid, self.sent[1])
        return self.moment.chain, self.number, self.moved, self.result, sent

    @property
    def sent(self) -> tuple[int, ...]:
        """(thread, signal) of a call that sends a signal to one thread, else nothing."""
        first = _THREAD.get(self.number)
        return () if first is None else self.arguments[first : first + 2]

    @property
    def sent_to_many(self) -> int:
        """The signal that a call sends to a process group, or to everybody (kill(2)); 0 if it sends none."""
        is_sent = self.number == _KILL and (self.arguments[0] == 0 or self.arguments[0] >> 31) and self.result == 0
        return self.arguments[1] if is_sent else 0

    @property
    def is_notable(self) -> bool:
        """True when it failed, sent a signal, or changed what it shares with the parent."""
        failed = self.result is not None and self.result >= ERRORS
        return self.moved or bool(self.taken) or failed or self.number in _THREAD or self.sent_to_many > 0


@dataclass(frozen=True, slots=True)
class Entered:
    """A function that the child called, or jumped to: ``address`` is its first instruction, ``depth`` 1 for a call by
    the function that the child began in. ``number``: how many jumps had been logged before.
    """

    moment: Moment
    address: int
    depth: int
    is_jump: bool
    number: int = 0


class Transfer(NamedTuple):
    """A call that took or gave a pointer: the function's address, its first argument, and its result with the numbers
    of the jumps at its beginning and its end.
    """

    address: int
    argument: int
    result: int
    begin: int
    end: int


class Handling(NamedTuple):
    """A signal handler of the child began: where, and how many jumps had been logged before."""

    moment: Moment
    number: int


class Sending(NamedTuple):
    """``sender`` (0: the machine) sent ``signal`` to the child; ``moment`` is the child's own if it was that itself."""

    signal: int
    sender: int
    moment: Moment | None


@dataclass(frozen=True, slots=True)
class BaseReturn:
    """A return to where the child had not been called from. ``pointer`` is the stack pointer behind it; ``jumped``:
    other functions that the child had called were left with it; ``is_jump``: it may also be a jump within a function.
    ``number``: how many jumps had been logged before; ``way`` is the one just before it, (pc, target), if it was one
    within a function.
    """

    moment: Moment
    target: int
    pointer: int
    jumped: bool
    is_jump: bool = False
    number: int = 0
    way: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Change:
    """Bytes close to one another on one page that one activation of a function changed.

    ``stores`` int64 has for each its last store (see :class:`vm.cpu.tape.Tape`), ``fates`` uint8 a :class:`Fate`.
    ``sites`` are the calls that led to the function, innermost first. ``thread`` is who stored, where that was not the
    child. ``row`` and ``row_after`` are what lay around the
    bytes before and after, from ``row_start`` on. ``uses`` are the first reads by the parent, by writer;
    ``overwriter`` is who first overwrote bytes on the stack, None if nobody did.
    """

    address: int
    old: bytes
    new: bytes
    stores: NDArray[np.int64]
    fates: NDArray[np.uint8]
    sites: tuple[int, ...]
    row_start: int
    row: bytes
    row_after: bytes
    uses: dict[int, Moment] = field(default_factory=dict)
    overwriter: Moment | None = None
    thread: int = 0

    @property
    def writers(self) -> NDArray[np.uint32]:
        """The pc of the last store to each byte (plus 1: of the system call that wrote it)."""
        return self.stores.astype(np.uint32)

    @property
    def signature(self) -> Signature:
        """What changes have in common of which the same is to be said."""
        writer, fates = outline(self.stores, self.fates)
        writers = writer if writer >= 0 else frozenset(self.writers.tolist())
        uses = tuple([(writer, use.chain) for writer, use in self.uses.items()])
        return self.address, self.sites, writers, fates, uses, self.overwriter and self.overwriter.chain

    @property
    def numbers(self) -> NDArray[np.int64]:
        """How many jumps had been logged before the last store to each byte."""
        return (self.stores & ~np.int64(INHERITED)) >> MOMENT

    @property
    def end(self) -> int:
        """One past the last byte."""
        return self.address + len(self.old)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call of vfork, as it was met first: ``call`` is its name, its instruction is at ``pc``.

    ``image`` are the bytes of the program at ``path``. ``registers`` are the parent's, and ``stack`` is what lay above
    its stack pointer; ``pointer`` is the stack pointer that the child begins with. Equal sites are one object.
    """

    path: str
    image: bytes
    call: str
    pc: int
    registers: tuple[int, ...]
    pointer: int
    stack: bytes

    @property
    def has_own_stack(self) -> bool:
        """True when the child is given a stack of its own."""
        return self.pointer != self.registers[SP]


@dataclass(slots=True)
class Window:
    """The time between a vfork and the resumption of the parent.

    ``clock`` is that of the vfork. ``outer``: the parent is itself a vfork child. ``segments`` are those before, and
    ``segments_after`` when the parent resumed. ``ended``: "exec", "exit", "abandoned" when the parent was killed
    meanwhile, "" for never. ``exit_code`` or ``signal`` is how the child ended, and ``fault`` (reason, pc, address) of
    the fault that killed it; ``last`` is the call that ended it, or where it still is. ``shared`` are the ranges of
    addresses that were mapped to be shared. ``transfers`` are calls of the child with pointers, None if there were too
    many, and ``kept`` how many pointers it was given and handed to nobody. ``neighbours`` is what other threads of the
    parent, which vfork does not suspend, changed in the memory meanwhile. ``sent`` is the last signal sent to it, and
    ``raised`` are those that it sent and the parent got.
    ``is_stuck``: it never ended, and it is not the run's limit that came too early for it.
    """

    site: Site
    number: int
    parent: int
    child: int
    clock: int
    outer: bool
    segments: Layout
    shared: tuple[tuple[int, int], ...] = ()
    calls: list[CallMade] = field(default_factory=list)
    handlers: list[Handling] = field(default_factory=list)
    entered: Sequence[Entered] = ()
    returns: Sequence[BaseReturn] = ()
    changes: list[Change] = field(default_factory=list)
    neighbours: list[Change] = field(default_factory=list)
    segments_after: Layout = ()
    ended: str = ""
    last: Moment | None = None
    exit_code: int | None = None
    signal: int | None = None
    fault: tuple[str, Moment, int] | None = None
    transfers: Sequence[Transfer] | None = ()
    kept: int = 0
    sent: Sending | None = None
    raised: frozenset[int] = frozenset()
    is_stuck: bool = False

    def change_at(self, address: int) -> Change:
        """The change that holds ``address``; ``changes`` are in the order of their addresses."""
        return self.changes[bisect_right(self.changes, address, key=lambda change: change.address) - 1]

    @property
    def signature(self) -> Signature:
        """What windows have in common of which the same is to be said."""
        return (
            self.site, self.ended, self.exit_code, self.signal, self.outer, self.segments == self.segments_after,
            self.kept > 0, self.raised,
            self.fault and (self.fault[0], self.fault[1].chain, self.fault[2]), self.last and self.last.chain,
            tuple([change.signature for change in self.changes]),
            tuple([change.signature for change in self.neighbours]),
            tuple([entry.moment.chain for entry in self.entered]),
            tuple([entry.moment.chain for entry in self.returns]),
            tuple([handling.moment.chain for handling in self.handlers]),
            tuple([call.signature for call in self.calls if call.is_notable]),
        )  # fmt: skip


class Groups:
    """Windows of which the same is to be said: the first of each kind, and how many there were."""

    def __init__(self) -> None:
        self._groups: dict[Signature, tuple[Window, int]] = {}
        self._kept = 0

    def demand_room(self) -> None:
        """MachineStopped when the windows have too much to tell already for more of them."""
        if self._kept > MOST_KEPT:
            raise MachineStopped(f"limit of {MOST_KEPT:,} changes and segments of vfork children that are remembered")

    def add(self, window: Window) -> None:
        """Count a window about which nothing will change any more."""
        signature = window.signature
        known = self._groups.get(signature)
        if known is None:
            self._groups[signature] = window, 1
            self._kept += len(window.changes) + (len(window.segments) + len(window.segments_after)) // 8
        else:
            first, count = known
            self._groups[signature] = first if first.number < window.number else window, count + 1

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[tuple[Window, int]]:
        return iter(sorted(self._groups.values(), key=lambda group: group[0].number))
