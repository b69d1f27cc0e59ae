"""What is kept of a process at the moment of its death, or of a call that failed it: plain values, told of later."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from vm import events
from vm.abi import PAGE_SIZE, STACK_TOP, Protection
from vm.cpu.state import PC
from vm.enums import quick
from vm.isa import RA, SP
from vm.kernel.process.task import Task
from vm.memory import AddressSpace
from vm.memory.segments import FilePages, Segment
from vm.values import dataclass

STACK_KEPT, FAILURE_STACK_KEPT = 16 << 10, 8 << 10
"""Bytes of the stack that are kept, from the page of the stack pointer on, to find the calls that led there."""

DATA_KEPT = 40
"""Bytes that are kept of what a fault concerns."""


@quick
class Cause(Enum):
    """Why a process died of a signal."""

    FAULT = "an instruction could not be executed"
    MEMORY = "memory that was promised was not there"
    ITSELF = "it sent itself the signal"
    SENT = "somebody else did"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a process was: pc, x0 to x31, and its stack from the page of sp on, zeros where there was none."""

    pc: int
    registers: tuple[int, ...]
    stack: bytes

    def word(self, address: int) -> int | None:
        """The word at ``address`` of the stack; None where it is not kept."""
        offset = address - (self.registers[SP] & -PAGE_SIZE)
        return int.from_bytes(self.stack[offset : offset + 4], "little") if 0 <= offset <= len(self.stack) - 4 else None


def standing(task: Task, kept: int) -> Standing:
    """Where ``task`` is, with so many bytes of its stack."""
    registers = task.context.tolist()
    first = registers[SP] & -PAGE_SIZE
    pages = [_page(task, first + offset) for offset in range(0, kept, PAGE_SIZE)]
    while pages and not pages[-1].strip(b"\0"):
        pages.pop()
    return Standing(registers[PC], tuple(registers[:32]), b"".join(pages))


def _page(task: Task, address: int) -> bytes:
    """A page of the stack, from the bytes that are there."""
    return task.memory.peek(address, PAGE_SIZE).ljust(PAGE_SIZE, b"\0") if address < STACK_TOP else b""


@dataclass(frozen=True, slots=True)
class Area:
    """A segment as it was: ``floor`` is how far a stack may grow down, ``path`` the file that a mapping shows."""

    name: str
    start: int
    end: int
    protection: Protection
    floor: int | None
    path: bytes

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end

    @property
    def shown(self) -> str:
        """``data (00012000-00014000)``."""
        return f"{self.name} ({self.start:08x}-{self.end:08x})"


def _area(segment: Segment) -> Area:
    path = segment.backing.content.path if isinstance(segment.backing, FilePages) and segment.name == "mapping" else b""
    return Area(segment.name, segment.start, segment.end, segment.protection, segment.floor, path)


def areas_around(space: AddressSpace, addresses: tuple[int, ...]) -> tuple[Area, ...]:
    """The segments at these addresses and those beside them, in order."""
    segments, chosen = space.segments, set()
    for address in addresses:
        index = segments.above(address)
        chosen |= {number for number in (index - 2, index - 1, index) if 0 <= number < len(segments)}
    return tuple(_area(segments[number]) for number in sorted(chosen))


@dataclass(frozen=True, slots=True)
class Failure:
    """A system call that failed with ``error``, made where the process stood; ``clock`` is guest time."""

    clock: int
    number: int
    arguments: tuple[int, ...]
    error: int
    standing: Standing

    def is_again(self, number: int, error: int, task: Task) -> bool:
        """True for the same call at the same place."""
        here, there = task.context, self.standing
        same = (number, error, there.pc) == (self.number, self.error, int(here[PC]))
        return same and (there.registers[RA], there.registers[SP]) == (int(here[RA]), int(here[SP]))


@dataclass(frozen=True, slots=True)
class Remains:
    """A process that died of a signal, which its ``thread`` took.

    ``fault`` is the last instruction of its that could not be executed, ``sender`` the
    pid that sent the signal (0: the machine), ``areas`` segments around the places concerned, ``word`` the instruction
    at its pc, ``data`` what lay at the address that the fault concerns, ``failures`` the last calls that had failed,
    ``image`` the file it ran. ``has_room``: there was memory for another page.
    """

    kind: ClassVar[str] = "death"
    pid: int
    thread: int
    parent: int
    name: str
    path: str
    image: bytes
    clock: int
    retired: int
    signal: int
    cause: Cause
    sender: int
    fault: events.Faulted | None
    standing: Standing
    areas: tuple[Area, ...]
    word: int | None
    data: bytes
    failures: tuple[Failure, ...]
    has_room: bool
    is_program: bool

    @property
    def pc(self) -> int:
        """Where it died."""
        return self.standing.pc

    def area(self, address: int) -> Area | None:
        """The segment that held ``address``."""
        return next((area for area in self.areas if address in area), None)

    @property
    def likeness(self) -> tuple[object, ...]:
        """What deaths have in common of which the same is to be said."""
        reason = self.fault.reason if self.fault is not None else ""
        return self.path, self.signal, self.cause, self.pc, reason, self.sender == self.pid


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that the machine did not make for process ``pid``, which runs ``image``."""

    kind: ClassVar[str] = "call"
    pid: int
    image: bytes
    failure: Failure

    @property
    def likeness(self) -> int:
        """What refused calls have in common that are told once."""
        return self.failure.number


@dataclass(frozen=True, slots=True)
class Left:
    """A thread of process ``pid`` that had not ended when the machine ended the run."""

    pid: int
    thread: int
    name: str
    image: bytes
    standing: Standing
    waits_for: str


def remains_of(
    task: Task, event: events.Exited, image: bytes, cause: Cause, sender: int, fault: events.Faulted | None,
    failures: tuple[Failure, ...], is_program: bool,
) -> Remains:  # fmt: skip
    """What is left of ``task`` while its end is told; its memory can still be read."""
    where, space = standing(task, STACK_KEPT), task.memory
    addresses = (where.pc, where.registers[SP], fault.address if fault is not None else where.pc)
    code = space.peek(where.pc, 4)
    word = int.from_bytes(code, "little") if len(code) == 4 else None
    return Remains(
        task.pid, task.tid, task.process.parent, task.name, task.process.path, image, event.clock, event.retired,
        event.signal or 0, cause, sender, fault, where, areas_around(space, addresses), word,
        space.peek(addresses[2], DATA_KEPT), failures, space.memory.committed < space.memory.count, is_program,
    )  # fmt: skip
