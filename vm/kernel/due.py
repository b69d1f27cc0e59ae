"""What happens at moments of guest time: waits end, and interval timers ring."""

from __future__ import annotations

from vm.abi import SI_KERNEL, Signal
from vm.kernel.choice import ChoiceKind
from vm.kernel.errors import MachineStopped
from vm.kernel.kernel import Kernel
from vm.kernel.process import alarms
from vm.kernel.process.timers import NEVER
from vm.kernel.signals.sending import send
from vm.kernel.signals.state import SignalInfo


def expire(kernel: Kernel) -> None:
    """Do what is due by now. MachineStopped at the end of guest time."""
    if kernel.clock >= NEVER:
        raise MachineStopped("end of guest time, 146 years,")
    while keys := kernel.timers.due(kernel.clock):
        at = kernel.decide(ChoiceKind.TIMER, tuple([pid for _, pid in keys]))
        kernel.timers.cancel(keys[at])
        kernel.system.decisions.begin_step()
        kind, pid = keys[at]
        if kind == "deadline":
            task = kernel.processes.thread(pid)
            assert task is not None, f"thread {pid} has ended while it waited"
            kernel.scheduler.unblock(task, "deadline")
        else:
            process = kernel.processes[pid]
            for signal in (Signal.SIGALRM,) if kind == "alarm" else alarms.expired(kernel, process):
                send(kernel, process, SignalInfo.of(signal, SI_KERNEL))
