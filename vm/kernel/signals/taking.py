"""Taking a signal that waits: whoever takes it, and however, the timer whose signal it is runs on then.

Source: Linux's kernel/signal.c, dequeue_signal.
"""

from __future__ import annotations

from vm.abi import Signal
from vm.kernel.process import alarms
from vm.kernel.process.task import Task
from vm.kernel.signals.state import SignalInfo
from vm.kernel.system import System


def take(system: System, task: Task, wanted: int) -> SignalInfo | None:
    """Remove and return the signal of the set ``wanted`` whose turn it is; None when none of them waits."""
    while (info := task.signals.take(wanted)) is not None:
        if info.signal == Signal.SIGALRM:
            alarms.rearm(system, task.process)
        told = info if info.expiry is None else _taken(system, task, info)
        if told is not None:
            return told
    return None


def _taken(system: System, task: Task, info: SignalInfo) -> SignalInfo | None:
    from vm.kernel.signals import ringing  # for programs that have such timers

    return ringing.taken(system, task.process, info)
