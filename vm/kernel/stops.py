"""What a debugger wants the loop to stop at, besides what :class:`~vm.kernel.pausing.Until` names.

Nothing of it is in guest memory, and none of it is state of the machine: who looks away sees the same run.
"""

from __future__ import annotations

from dataclasses import field

from vm.cpu.state import CHANGES, READS, WRITES
from vm.values import dataclass

KINDS = READS | WRITES | CHANGES
"""All kinds of accesses that a watchpoint can be for."""


@dataclass(frozen=True, slots=True)
class Watchpoint:
    """``size`` bytes at ``address`` are watched for accesses of ``kinds``: bits of READS, WRITES and CHANGES."""

    address: int
    size: int
    kinds: int


@dataclass(slots=True)
class Stops:
    """Where the loop is to stop, by process.

    ``breakpoints``: the process is about to execute the instruction at one of these addresses. ``watchpoints``: an
    instruction is about to access the address space that the process has, whichever process's; or the kernel has done
    so, or somebody who shares memory with it. (gdb takes it that RISC-V stops before an access, goes on by one
    instruction, and looks then.) ``calls``: the process is about to make one of these system calls, or has made it;
    None for every one. ``signals``: one of these is about to act on a thread of these processes. ``ends``: one of these
    processes is about to end, by a call of its, or by a signal that is none of its ``signals``. ``step``: that thread
    is about to execute an instruction, behind the one that it stands before, or has stood before: ``step_from`` are the
    instructions that it had retired by then, and its pc. ``place``: a thread is about to execute its instruction of
    that number: (thread, instructions that it has retired by then).
    """

    breakpoints: dict[int, frozenset[int]] = field(default_factory=dict)
    watchpoints: dict[int, tuple[Watchpoint, ...]] = field(default_factory=dict)
    calls: dict[int, frozenset[int] | None] = field(default_factory=dict)
    signals: dict[int, frozenset[int]] = field(default_factory=dict)
    ends: frozenset[int] = frozenset()
    step: int | None = None
    step_from: tuple[int, int] | None = None
    place: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """An access to a watchpoint of process ``owner``, which thread ``tid`` is about to make at ``pc``.

    ``kinds`` are what was met: bits of READS, WRITES and CHANGES. ``address`` is the first watched byte that it
    concerns. ``is_done``: it was made since the stop before; by system call ``call`` of the thread, if not None.
    """

    owner: int
    watchpoint: Watchpoint
    kinds: int
    tid: int
    pc: int
    address: int
    is_done: bool = False
    call: int | None = None
