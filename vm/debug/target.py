"""What a debugger can do with a machine: the words that the remote protocol and the machine have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Protocol

from vm.enums import quick
from vm.values import dataclass


@quick
class Why(Enum):
    """Why the machine has stopped, as the remote protocol tells it."""

    SIGNAL = "a signal is about to act, or a step is done (SIGTRAP)"
    BREAKPOINT = "swbreak"
    HARDWARE_BREAKPOINT = "hwbreak"
    WATCH = "watch"
    READ_WATCH = "rwatch"
    ACCESS_WATCH = "awatch"
    CALL_ENTRY = "syscall_entry"
    CALL_RETURN = "syscall_return"
    FORK = "fork"
    VFORK = "vfork"
    VFORK_DONE = "vforkdone"
    EXEC = "exec"
    LIBRARIES = "library"
    EXITED = "the process has exited"
    KILLED = "the process was killed by a signal"
    BEGIN = "replaylog:begin"
    END = "replaylog:end"
    NOBODY = "no process is left"


@dataclass(frozen=True, slots=True)
class Stop:
    """The machine has stopped in thread ``tid`` of process ``pid``.

    ``signal`` is gdb's number of the signal (5 for SIGTRAP). ``number`` is the address of a watchpoint, the number of a
    system call, the pid of a child, the exit status, or gdb's number of the signal that killed. ``path`` is what was
    executed.
    ``notes`` are lines for the user's console, told before the stop.
    """

    why: Why
    pid: int
    tid: int
    signal: int = 5
    number: int = 0
    path: bytes = b""
    notes: tuple[str, ...] = ()


@quick
class Move(Enum):
    """What a thread is to do."""

    CONTINUE = "c"
    STEP = "s"


@dataclass(frozen=True, slots=True)
class Action:
    """What the threads of (``pid``, ``tid``) are to do; None is every one.

    ``signal`` (gdb's number, 0 for none) is what acts on the thread when it goes on, instead of the one that it has
    stopped for. A step goes on inside ``span``, the addresses from the first up to before the second.
    """

    move: Move
    pid: int | None = None
    tid: int | None = None
    signal: int | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread for a list of threads: its ``name`` is the program's, ``state`` says what it does or waits for."""

    pid: int
    tid: int
    name: str
    state: str


BACKWARDS = ("fork", "vfork", "exec", "exit")
"""Events that can be stopped at on the way back, where gdb is not told of them as such."""


@dataclass(frozen=True, slots=True)
class Caught:
    """What is stopped at besides what the protocol has packets for.

    ``calls``: system calls of these numbers, before they are made and behind them; None for every one. ``events``:
    of BACKWARDS, where they are about to happen, on the way back.
    """

    calls: frozenset[int] | None = frozenset()
    events: frozenset[str] = frozenset()


class Refused(Exception):
    """What was asked cannot be done: ``errno`` for the protocol (an E packet), and a message for a person."""

    def __init__(self, errno: int, message: str = "") -> None:
        super().__init__(errno, message)
        self.errno = errno

    def __str__(self) -> str:
        return str(self.args[1])


class Target(Protocol):
    """A machine as the remote protocol sees it. A method raises :class:`Refused` for what there is not."""

    # --- looking
    def threads(self) -> Sequence[ThreadLine]:
        """Return every thread that is alive, of the processes that are told of."""

    def registers(self, tid: int) -> Sequence[int]:
        """x0 to x31 and pc: 33 unsigned numbers."""

    def read(self, pid: int, address: int, size: int) -> bytes:
        """As many bytes as can be read, at most ``size``; Refused (EFAULT) where the first cannot."""

    def executable(self, pid: int) -> bytes:
        """The path of its image, in the guest."""

    def auxiliary_vector(self, pid: int) -> bytes:
        """Return what its image found above its environment at the start."""

    def signal_information(self, tid: int) -> bytes:
        """The 128 bytes of siginfo_t of the signal that it has stopped for."""

    def read_file(self, pid: int, path: bytes) -> bytes:
        """What the guest's file ``path`` holds, as the process ``pid`` would find it (0: the first one)."""

    def read_link(self, pid: int, path: bytes) -> bytes:
        """Where the link ``path`` leads, as the process ``pid`` would find it; Refused (EINVAL) where it is none."""

    # --- agreeing
    def wants(self, events: frozenset[Why]) -> None:
        """Whoever looks can be told of these. Without FORK or VFORK a child goes its own way, and an exec is no stop.

        Of FORK, VFORK (and VFORK_DONE with it), EXEC and NOBODY; before this is called none is wanted.
        """

    # --- changing
    def set_registers(self, tid: int, values: Sequence[int]) -> None:
        """Set x0 to x31 and pc."""

    def write(self, pid: int, address: int, data: bytes) -> None:
        """Write memory, whatever its pages permit to the process."""

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        """Z0 to Z4: a breakpoint (0, 1), or a watchpoint for writes, reads, accesses (2, 3, 4).

        A client can ask for any number of any size: Refused (ENOSPC, EINVAL) bounds both.
        """

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        """Take back what was inserted so; what is not there is no fault."""

    def pass_signals(self, signals: Iterable[int]) -> None:
        """These (gdb's numbers) act without a stop."""

    def catch_calls(self, numbers: frozenset[int] | None, *, wanted: bool) -> None:
        """Stop at these system calls, None for every one; or at none.

        Of every process, those that come into being included: the protocol's packet names none.
        """

    # --- going
    def resume(self, actions: Sequence[Action]) -> Stop:
        """Go on until something is to be told.

        The first action that names a thread is its; a thread that none names stays where it is.
        """

    def go_back(self, pid: int | None, tid: int | None, *, step: bool, alone: bool = False) -> Stop:
        """Go back by one instruction of the thread, or to where the run before would have stopped last.

        ``alone``: the debugger lets that process go, and no other.
        """

    def takes(self, pid: int) -> None:
        """Note that the debugger has asked for a process: it knows of it then. To have selected it does not count."""

    def lists(self) -> None:
        """Note that the debugger is given the list of threads."""

    def has_to_tell(self, pid: int) -> bool:
        """Tell whether a process is gone, and its end is still to be told."""

    def prepare(self, interrupted: Callable[[], bool]) -> None:
        """Make ready for what may be asked next, until that is asked: ``interrupted``."""

    def interrupt(self) -> None:
        """Let the machine stop soon (SIGINT). May be called from another thread, and at any time."""

    def kill(self, pid: int) -> None:
        """Kill the process, as SIGKILL does."""

    def detach(self, pid: int) -> None:
        """Let the process go its own way, and tell nothing of it any more."""

    # --- monitor
    def monitor(self, command: str, tid: int) -> Iterator[str]:
        """Lines that answer a ``monitor`` command, without their ends; the last may be a complaint."""
