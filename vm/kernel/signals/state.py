"""Signals as data: what a process does with each, which it blocks, and which wait for it (signal(7)).

A signal set is an int whose bit n - 1 stands for signal n, as in the guest's memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from enum import Enum
from typing import ClassVar

from vm.abi import (
    BUS_ADRALN,
    BUS_ADRERR,
    IGNORED_BY_DEFAULT,
    ILL_ILLOPC,
    PENDING_LIMIT,
    SEGV_ACCERR,
    SEGV_MAPERR,
    SIG_DFL,
    SIG_IGN,
    SS_AUTODISARM,
    SS_DISABLE,
    SS_ONSTACK,
    STOPPING_BY_DEFAULT,
    TRAP_BRKPT,
    Signal,
)
from vm.abi.layout import packed_words
from vm.abi.structures import Siginfo
from vm.cpu.state import StopReason
from vm.enums import quick
from vm.memory import Fault
from vm.values import dataclass


@quick
class Action(Enum):
    """Default actions."""

    TERMINATE = "terminate"
    DUMP = "terminate with a core dump"
    IGNORE = "ignore"
    STOP = "stop"
    CONTINUE = "continue"


_DUMPING = frozenset(
    {
        Signal.SIGQUIT, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGABRT, Signal.SIGBUS, Signal.SIGFPE, Signal.SIGSEGV,
        Signal.SIGXCPU, Signal.SIGXFSZ, Signal.SIGSYS,
    }
)  # fmt: skip


def default_action(signal: int) -> Action:
    """Return the action of signal(7)'s table; terminate for the real-time signals."""
    if signal == Signal.SIGCONT:
        return Action.CONTINUE
    if signal in IGNORED_BY_DEFAULT:
        return Action.IGNORE
    if signal in STOPPING_BY_DEFAULT:
        return Action.STOP
    return Action.DUMP if signal in _DUMPING else Action.TERMINATE


FAULT_SIGNALS = {
    StopReason.FETCH_FAULT: (Signal.SIGSEGV, 0),
    StopReason.LOAD_FAULT: (Signal.SIGSEGV, 0),
    StopReason.STORE_FAULT: (Signal.SIGSEGV, 0),
    StopReason.MISALIGNED_JUMP: (Signal.SIGBUS, BUS_ADRALN),
    StopReason.MISALIGNED_ATOMIC: (Signal.SIGBUS, BUS_ADRALN),
    StopReason.ILLEGAL: (Signal.SIGILL, ILL_ILLOPC),
    StopReason.BREAKPOINT: (Signal.SIGTRAP, TRAP_BRKPT),
}
"""The signal each stop raises and its si_code; for a page fault it depends on what the fault met."""

PAGE_FAULT_SIGNALS = {
    Fault.UNMAPPED: (Signal.SIGSEGV, SEGV_MAPERR),
    Fault.FORBIDDEN: (Signal.SIGSEGV, SEGV_ACCERR),
    Fault.BEYOND: (Signal.SIGBUS, BUS_ADRERR),
}
"""The signal and si_code of a page fault that was not resolved."""


def bit(signal: int) -> int:
    """Return the set that holds one signal."""
    return 1 << (signal - 1)


def set_of(signals: Iterable[int]) -> int:
    """Return the set that holds these signals."""
    return sum(map(bit, signals))


UNBLOCKABLE = set_of((Signal.SIGKILL, Signal.SIGSTOP))
STOPPING = set_of(STOPPING_BY_DEFAULT)
SYNCHRONOUS = set_of(
    (Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGFPE, Signal.SIGSYS)
)  # fmt: skip
"""Signals that Linux delivers before all others (SYNCHRONOUS_MASK in kernel/signal.c)."""
FIRST_QUEUED = 32
"""The first real-time signal: from it on, each sending counts."""


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """A siginfo_t: ``fields`` are the bytes behind si_code, as far as they are not zero; riscv32 has no padding.

    ``expiry``: the number of the timer whose signal it is, and which of its settings was meant (timer_settime(2)).
    """

    signal: int
    code: int
    fields: bytes = b""
    error: int = 0
    expiry: tuple[int, int] | None = None

    @classmethod
    def of(cls, signal: int, code: int, *words: int) -> SignalInfo:
        """Make one with words: of a sender (pid, uid, value), of a fault (address), a child (pid, uid, status, …)."""
        return cls(signal, code, packed_words(*[word & 0xFFFF_FFFF for word in words]))

    def to_bytes(self) -> bytes:
        """Return it as it lies in the guest's memory."""
        return Siginfo.pack_all(self.signal, self.error, self.code, self.fields)


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a process does with a signal: a struct sigaction. ``mask`` is blocked, too, while its handler runs."""

    handler: int = SIG_DFL
    flags: int = 0
    mask: int = 0


@dataclass(frozen=True, slots=True)
class AlternateStack:
    """Where handlers with SA_ONSTACK run (sigaltstack(2)); none while ``size`` is 0."""

    start: int = 0
    size: int = 0
    flags: int = 0

    def holds(self, pointer: int) -> bool:
        """Tell whether the program with this stack pointer runs on it."""
        if self.flags & SS_AUTODISARM:
            return False
        return self.start < pointer <= self.start + self.size

    def state(self, pointer: int) -> int:
        """SS_DISABLE, SS_ONSTACK or 0: whether it is there, and in use."""
        if not self.size:
            return SS_DISABLE
        return SS_ONSTACK if self.holds(pointer) else 0


@dataclass(slots=True)
class Pending:
    """Signals that wait for a process, in the order of their sending; ``signals`` is the set of them.

    A standard signal waits at most once, a real-time signal as often as it was sent, and so does that of a timer, which
    sends no second one while the first waits.
    """

    _follow: ClassVar[tuple[str, ...]] = ("queue",)

    signals: int = 0
    queue: list[SignalInfo] = field(default_factory=list)

    def add(self, info: SignalInfo) -> bool:
        """Queue a signal; False when a real-time signal finds no room."""
        if self.signals & bit(info.signal) and info.expiry is None:
            if info.signal < FIRST_QUEUED:
                return True
            if len(self.queue) >= PENDING_LIMIT:
                return False
        self.signals |= bit(info.signal)
        self.queue.append(info)
        return True

    def first_of(self, wanted: int) -> int:
        """Return the waiting signal of the set ``wanted`` whose turn it is; 0 when none of them waits."""
        found = self.signals & wanted
        found = found & SYNCHRONOUS or found
        return (found & -found).bit_length()

    def take(self, wanted: int) -> SignalInfo | None:
        """Remove and return the signal of the set ``wanted`` whose turn it is; None when none of them waits."""
        signal = self.first_of(wanted)
        if not signal:
            return None
        index = next(index for index, info in enumerate(self.queue) if info.signal == signal)
        info = self.queue.pop(index)
        if not any(other.signal == signal for other in self.queue):
            self.signals &= ~bit(signal)
        return info

    def discard(self, unwanted: int) -> None:
        """Forget the signals of a set."""
        if self.signals & unwanted:
            self.signals &= ~unwanted
            self.queue = [info for info in self.queue if not bit(info.signal) & unwanted]

    def discard_expiries(self) -> None:
        """Forget the signals of timers."""
        self.queue = [info for info in self.queue if info.expiry is None]
        self.signals = set_of({info.signal for info in self.queue})


@dataclass(slots=True, eq=False)
class Signals:
    """The signal state of one thread.

    ``mask`` is the set it blocks; ``saved_mask`` the one to go back to after a call that waits with another mask
    (sigsuspend(2), ppoll(2)); ``awaited`` the set that it waits for (sigtimedwait(2)). ``own`` are signals sent to it
    (faults, tkill), ``shared`` those sent to the process, and ``dispositions`` what that does with each: all threads of
    a process have the same of both. ``is_due``: one waits that is not blocked, and it is this thread's to take it.
    """

    _follow: ClassVar[tuple[str, ...]] = ("dispositions", "own", "shared")

    dispositions: dict[int, Disposition] = field(default_factory=dict)
    mask: int = 0
    saved_mask: int | None = None
    awaited: int = 0
    own: Pending = field(default_factory=Pending)
    shared: Pending = field(default_factory=Pending)
    stack: AlternateStack = AlternateStack()
    is_due: bool = False

    @property
    def pending(self) -> int:
        """The set of all signals that wait."""
        return self.own.signals | self.shared.signals

    @property
    def due(self) -> int:
        """The set of those that wait and are not blocked."""
        return self.pending & ~self.mask

    def disposition(self, signal: int) -> Disposition:
        """Return what the process does with ``signal``."""
        return self.dispositions.get(signal, _DEFAULT)

    def action(self, signal: int) -> Action | None:
        """Return what ``signal`` does to the process: None where a handler runs."""
        handler = self.disposition(signal).handler
        if handler == SIG_IGN:
            return Action.IGNORE
        return default_action(signal) if handler == SIG_DFL else None

    def is_ignored(self, signal: int) -> bool:
        """Tell whether ``signal`` has no effect, by its disposition or by default; SIGCONT's is had when it is sent."""
        return self.action(signal) in (Action.IGNORE, Action.CONTINUE)

    def set_disposition(self, signal: int, disposition: Disposition) -> None:
        """Change what the process does with ``signal``; one that is now ignored does not wait any longer."""
        self.dispositions[signal] = disposition
        if self.is_ignored(signal):
            self.discard(bit(signal))

    def set_mask(self, mask: int) -> None:
        """Block exactly this set, without SIGKILL and SIGSTOP."""
        self.mask = mask & ~UNBLOCKABLE
        self.is_due = bool(self.due)

    def restore_mask(self) -> None:
        """End a wait with another mask."""
        if self.saved_mask is not None:
            mask, self.saved_mask = self.saved_mask, None
            self.set_mask(mask)

    def notice(self) -> None:
        """Look whether one of the signals that wait is due, as a thread does that is told to take it."""
        self.is_due = bool(self.due)

    def wants(self, signal: int) -> bool:
        """Tell whether a signal that is sent to the process is one that this thread takes: not blocked, or awaited."""
        return not self.mask & ~self.awaited & bit(signal)

    def first_of(self, wanted: int) -> int:
        """Return the signal that :meth:`take` would take, 0 for none."""
        wanted = wanted & bit(Signal.SIGKILL) & self.pending or wanted
        return self.own.first_of(wanted) or self.shared.first_of(wanted)

    def take(self, wanted: int) -> SignalInfo | None:
        """Remove and return the signal of the set ``wanted`` whose turn it is: SIGKILL, the thread's own, others."""
        wanted = wanted & bit(Signal.SIGKILL) & self.pending or wanted
        info = self.own.take(wanted) or self.shared.take(wanted)
        self.is_due = bool(self.due)
        return info

    def discard(self, unwanted: int) -> None:
        """Forget waiting signals of a set."""
        self.own.discard(unwanted)
        self.shared.discard(unwanted)
        self.is_due = bool(self.due)

    def is_deadly(self) -> bool:
        """Tell whether a signal waits that ends the process without a core dump, as soon as it gets to it."""
        due = self.due
        return any(due >> number & 1 and self.action(number + 1) is Action.TERMINATE for number in range(64))

    def forked(self, *, shares_handlers: bool = False) -> Signals:
        """Return a child's: it has the dispositions, mask and alternate stack, and nothing pending (fork(2)).

        ``shares_handlers``: both have the same dispositions from now on (clone(2), CLONE_SIGHAND).
        """
        dispositions = self.dispositions if shares_handlers else dict(self.dispositions)
        return Signals(dispositions, self.mask, stack=self.stack)

    def of_another_thread(self) -> Signals:
        """Return those of another thread of the process: it has the mask, and no alternate stack (sigaltstack(2))."""
        return Signals(self.dispositions, self.mask, shared=self.shared)

    def executed(self) -> None:
        """Forget handlers, the alternate stack and what timers have sent; what is ignored stays so (execve(2))."""
        for pending in (self.own, self.shared):
            pending.discard_expiries()
        self.is_due = bool(self.due)
        self.dispositions = {
            signal: replace(_DEFAULT, handler=SIG_IGN)
            for signal, disposition in self.dispositions.items()
            if disposition.handler == SIG_IGN
        }
        self.stack = AlternateStack()


_DEFAULT = Disposition()
