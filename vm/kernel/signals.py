"""What a signal does by default (signal(7)), and which signal a fault raises."""

from __future__ import annotations

from enum import Enum

from vm.abi import IGNORED_BY_DEFAULT, STOPPING_BY_DEFAULT, Signal
from vm.cpu.state import StopReason


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
    """The action of signal(7)'s table; terminate for the real-time signals."""
    if signal == Signal.SIGCONT:
        return Action.CONTINUE
    if signal in IGNORED_BY_DEFAULT:
        return Action.IGNORE
    if signal in STOPPING_BY_DEFAULT:
        return Action.STOP
    return Action.DUMP if signal in _DUMPING else Action.TERMINATE


FAULT_SIGNALS = {
    StopReason.FETCH_FAULT: Signal.SIGSEGV,
    StopReason.LOAD_FAULT: Signal.SIGSEGV,
    StopReason.STORE_FAULT: Signal.SIGSEGV,
    StopReason.MISALIGNED_JUMP: Signal.SIGBUS,
    StopReason.MISALIGNED_ATOMIC: Signal.SIGBUS,
    StopReason.ILLEGAL: Signal.SIGILL,
    StopReason.BREAKPOINT: Signal.SIGTRAP,
}
"""The signal each stop raises."""
