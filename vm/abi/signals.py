"""Signals, their actions, codes and sets (asm-generic/signal.h, signal(7))."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from vm.enums import quick


@quick
class Signal(IntEnum):
    """Signal numbers."""

    SIGHUP = 1
    SIGINT = 2
    SIGQUIT = 3
    SIGILL = 4
    SIGTRAP = 5
    SIGABRT = 6
    SIGBUS = 7
    SIGFPE = 8
    SIGKILL = 9
    SIGUSR1 = 10
    SIGSEGV = 11
    SIGUSR2 = 12
    SIGPIPE = 13
    SIGALRM = 14
    SIGTERM = 15
    SIGSTKFLT = 16
    SIGCHLD = 17
    SIGCONT = 18
    SIGSTOP = 19
    SIGTSTP = 20
    SIGTTIN = 21
    SIGTTOU = 22
    SIGURG = 23
    SIGXCPU = 24
    SIGXFSZ = 25
    SIGVTALRM = 26
    SIGPROF = 27
    SIGWINCH = 28
    SIGIO = 29
    SIGPWR = 30
    SIGSYS = 31


SIGNAL_LIMIT = 64
"""Highest signal number; 32 to 64 are the real-time signals."""

IGNORED_BY_DEFAULT = frozenset({Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGURG, Signal.SIGWINCH})
STOPPING_BY_DEFAULT = frozenset({Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU})


def signal_name(number: int) -> str:
    """``SIGSEGV`` for 11, ``SIGRTMIN+n`` or the plain number where no name exists."""
    try:
        return Signal(number).name
    except ValueError:
        return f"SIGRT_{number - 32}" if 32 <= number <= SIGNAL_LIMIT else f"signal {number}"


SIG_DFL, SIG_IGN = 0, 1
"""What sa_handler holds for the default action and for none (sigaction(2)); anything else is a handler's address."""

SIGSET_SIZE = 8
"""Bytes of a signal set: bit n - 1 stands for signal n."""

PENDING_LIMIT = 1024
"""Most signals queued for a process (RLIMIT_SIGPENDING)."""


@quick
class HandlerFlag(IntFlag):
    """sa_flags of sigaction(2); asm-generic/signal-defs.h."""

    SA_NOCLDSTOP = 0x0000_0001
    SA_NOCLDWAIT = 0x0000_0002
    SA_SIGINFO = 0x0000_0004
    SA_EXPOSE_TAGBITS = 0x0000_0800
    SA_ONSTACK = 0x0800_0000
    SA_RESTART = 0x1000_0000
    SA_NODEFER = 0x4000_0000
    SA_RESETHAND = 0x8000_0000


SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = 0, 1, 2
"""How rt_sigprocmask changes the mask."""

SS_ONSTACK, SS_DISABLE, SS_AUTODISARM = 1, 2, 0x8000_0000
"""Flags of a stack_t (sigaltstack(2))."""
MINIMUM_SIGNAL_STACK = 2048
"""Bytes an alternate stack has at least (MINSIGSTKSZ)."""

SI_USER, SI_KERNEL, SI_QUEUE, SI_TKILL = 0, 0x80, -1, -6
"""si_code of signals that were sent (sigaction(2))."""
ILL_ILLOPC, TRAP_BRKPT, SEGV_MAPERR, SEGV_ACCERR, BUS_ADRALN, BUS_ADRERR = 1, 1, 1, 2, 1, 2
"""si_code of signals that a fault raises."""
