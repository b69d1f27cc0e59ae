"""What happens at moments of guest time: waits end, and timers expire."""

from __future__ import annotations

from collections.abc import Callable

from vm.abi import SI_KERNEL, Signal
from vm.kernel.choice import ChoiceKind
from vm.kernel.errors import MachineStopped
from vm.kernel.kernel import Kernel
from vm.kernel.process import alarms
from vm.kernel.process.timers import NEVER, OF_FILES
from vm.kernel.signals.sending import send
from vm.kernel.signals.state import SignalInfo


def expire(kernel: Kernel) -> None:
    """Do what is due by now. MachineStopped at the end of guest time."""
    if kernel.clock >= NEVER:
        raise MachineStopped("end of guest time, 146 years,")
    while keys := kernel.timers.due(kernel.clock):
        numbers = tuple([0 if kind in OF_FILES else number for kind, number in keys])
        kind, number = key = keys[kernel.decide(ChoiceKind.TIMER, numbers)]
        kernel.timers.cancel(key)
        kernel.system.decisions.begin_step()
        _HAPPENS[kind](kernel, number)


def _end_wait(kernel: Kernel, tid: int) -> None:
    task = kernel.processes.thread(tid)
    assert task is not None, f"thread {tid} has ended while it waited"
    kernel.scheduler.unblock(task, "deadline")


def _ring(kernel: Kernel, pid: int) -> None:
    send(kernel, kernel.processes[pid], SignalInfo.of(Signal.SIGALRM, SI_KERNEL))


def _ring_for_processor_time(kernel: Kernel, pid: int) -> None:
    process = kernel.processes[pid]
    for signal in alarms.expired(kernel, process):
        send(kernel, process, SignalInfo.of(signal, SI_KERNEL))
    if process.timers:
        _expire_timers(kernel, pid)


def _expire_timers(kernel: Kernel, pid: int) -> None:
    from vm.kernel.signals import ringing  # for programs that have such timers

    ringing.expire(kernel, kernel.processes[pid])


def _tell_timer_file(kernel: Kernel, number: int) -> None:
    kernel.scheduler.wake("timerfd", number)


_HAPPENS: dict[str, Callable[[Kernel, int], None]] = {
    "deadline": _end_wait, "alarm": _ring, "processor time": _ring_for_processor_time, "timerfd": _tell_timer_file,
    "timers": _expire_timers,
}  # fmt: skip
"""What each kind of moment means, for the process, thread or file of that number."""
