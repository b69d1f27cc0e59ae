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
    info = task.signals.take(wanted)
    if info is not None and info.signal == Signal.SIGALRM:
        alarms.rearm(system, task.process)
    return info
