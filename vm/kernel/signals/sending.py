"""Sending a signal: it waits for its process, which is woken if need be, and stops or continues it (signal(7)).

A signal acts when its process is about to run in user mode, as in Linux (:mod:`vm.kernel.signals.acting`); until then
it waits in the process's :class:`~vm.kernel.signals.state.Signals`. Source: Linux's kernel/signal.c.
"""

from __future__ import annotations

from vm import events
from vm.abi import (
    CLD_CONTINUED,
    CLD_DUMPED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    SI_KERNEL,
    SI_USER,
    SIG_IGN,
    TICK,
    WAIT_CONTINUED,
    HandlerFlag,
    Signal,
    waits,
)
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.signals.state import STOPPING, Disposition, SignalInfo, bit

_FIELDS_TOLD = 20
"""Bytes of a siginfo's fields that an event holds: those that a sender, a fault or a child fills in."""


def from_process(sender: Task, signal: int, code: int = SI_USER) -> SignalInfo:
    """Return the siginfo of a signal that a process sends with kill(2)."""
    return SignalInfo.of(signal, code, sender.pid, sender.uid)


def send(kernel: Kernel, target: Task, info: SignalInfo, *, sender: int = 0, own: bool = False) -> bool:
    """Let a signal wait for ``target`` and wake it if need be; False when a real-time signal finds no room.

    ``own``: it goes to the target's one thread, not to the process. Zombies and the reaper take none.
    """
    return not announce(kernel, target, info, sender) or keep(kernel, target, info, own=own)


def keep(kernel: Kernel, target: Task, info: SignalInfo, *, own: bool = False) -> bool:
    """Do what an announced signal does that waits for ``target``: the other half of :func:`send`."""
    signals = target.signals
    added = signals.add(info, own=own)
    if info.signal == Signal.SIGKILL:
        target.stopped = False
    wait = target.wait
    if wait is not None and not target.stopped and signals.is_due and (wait.interruptible or signals.is_deadly()):
        kernel.scheduler.unblock(target, "signal")
    kernel.scheduler.wake("signal", target.pid)
    return added


def announce(kernel: Kernel, target: Task, info: SignalInfo, sender: int) -> bool:
    """Do what a signal does by being sent: the first half of :func:`send`. False when ``target`` has no use for it."""
    if target.state is State.ZOMBIE or target.pid == REAPER:
        return False
    signals, signal = target.signals, info.signal
    kernel.emit(events.Signalled, target.pid, signal, sender, info.code, info.fields[:_FIELDS_TOLD])
    if signal == Signal.SIGCONT:
        signals.discard(STOPPING)
        go_on(kernel, target)
    elif bit(signal) & STOPPING:
        signals.discard(bit(Signal.SIGCONT))
    return bool(signals.mask & bit(signal)) or not signals.is_ignored(signal)


def send_own(kernel: Kernel, task: Task, signal: int) -> None:
    """Send ``task`` a signal on account of what it does itself: SIGPIPE, SIGXFSZ, SIGKILL."""
    send(kernel, task, from_process(task, signal), own=True)


def force(kernel: Kernel, task: Task, info: SignalInfo) -> None:
    """Send a signal that cannot be ignored or blocked: a fault's. Where it is, it takes its default action."""
    signals = task.signals
    blocked = signals.mask & bit(info.signal)
    if blocked or signals.disposition(info.signal).handler == SIG_IGN:
        signals.set_disposition(info.signal, Disposition())
        signals.set_mask(signals.mask & ~blocked)
    send(kernel, task, info, own=True)


def go_on(kernel: Kernel, task: Task) -> None:
    """Continue a stopped process."""
    if task.stopped:
        task.stopped = False
        task.stop_report, task.continue_report = 0, True
        kernel.emit(events.Continued, task.pid)
        tell_parent(kernel, task, CLD_CONTINUED, Signal.SIGCONT)


def stop(kernel: Kernel, task: Task, signal: int) -> None:
    """Stop a process until SIGCONT."""
    task.stopped = True
    task.stop_report, task.continue_report = signal, False
    kernel.emit(events.Stopped, task.pid, signal)
    tell_parent(kernel, task, CLD_STOPPED, signal)


def tell_parent(kernel: Kernel, task: Task, code: int, status: int) -> None:
    """SIGCHLD for a child that stopped or goes on, unless its parent does not want it; waits see it in any case."""
    parent = kernel.processes[task.parent]
    disposition = parent.signals.disposition(Signal.SIGCHLD)
    if disposition.handler != SIG_IGN and not disposition.flags & HandlerFlag.SA_NOCLDSTOP:
        send(kernel, parent, child_info(task, Signal.SIGCHLD, code, status), sender=task.pid)
    kernel.scheduler.wake("child", task.parent)


def child_info(child: Task, signal: int, code: int, status: int) -> SignalInfo:
    """Return the siginfo of a child's change of state; its times are in ticks."""
    return SignalInfo.of(signal, code, child.pid, child.uid, status, child.retired // TICK)


def describe(status: int) -> tuple[int, int]:
    """(si_code, si_status) for a wait status word, as waitid(2) and SIGCHLD report it."""
    if status == WAIT_CONTINUED:
        return CLD_CONTINUED, Signal.SIGCONT
    if (signal := waits.stop_signal(status)) is not None:
        return CLD_STOPPED, signal
    if (signal := waits.term_signal(status)) is not None:
        return (CLD_DUMPED if waits.is_dumped(status) else CLD_KILLED), signal
    return CLD_EXITED, waits.exit_code(status) or 0


def groups_held(kernel: Kernel, task: Task) -> set[int]:
    """Return the process groups that a process which ends connects to the rest of its session, by kinship."""
    parent = kernel.processes[task.parent]
    children = [kernel.processes[pid] for pid in task.children]
    groups = {child.group for child in children if child.group != task.group and child.session == task.session}
    if task.group != parent.group and task.session == parent.session:
        groups.add(task.group)
    return groups


def hang_up(kernel: Kernel, groups: set[int]) -> None:
    """Of these groups, send SIGHUP and SIGCONT to those that are orphaned now and have a stopped member (exit(3))."""
    for group in sorted(groups):
        members = [task for task in kernel.processes if task.group == group]
        if any(task.stopped for task in members) and is_orphaned(kernel, group):
            for signal in (Signal.SIGHUP, Signal.SIGCONT):
                for member in members:
                    send(kernel, member, SignalInfo.of(signal, SI_KERNEL))


def is_orphaned(kernel: Kernel, group: int) -> bool:
    """Return true for a process group none of whose members has a parent in another group of its session (setpgid(2)).

    Terminal stop signals do not stop it. The program that was started counts as a job of the shell outside.
    """
    for task in kernel.processes:
        if task.group != group or task.state is State.ZOMBIE or task.pid == REAPER:
            continue
        parent = kernel.processes[task.parent]
        if task.pid == REAPER + 1:
            return False
        if parent.pid != REAPER and parent.session == task.session and parent.group != group:
            return False
    return True
