"""Sending a signal: it waits for its process, which is woken if need be, and stops or continues it (signal(7)).

A signal acts when its process is about to run in user mode, as in Linux (:mod:`vm.kernel.signals.acting`); until then
it waits in the process's :class:`~vm.kernel.signals.state.Signals`. Source: Linux's kernel/signal.c.
"""

from __future__ import annotations

from itertools import islice

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
    SIGNAL_LIMIT,
    TICK,
    WAIT_CONTINUED,
    HandlerFlag,
    Signal,
    waits,
)
from vm.kernel.choice import ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, Task
from vm.kernel.signals.state import STOPPING, Action, Disposition, SignalInfo, bit

_FIELDS_TOLD = 20
"""Bytes of a siginfo's fields that an event holds: those that a sender, a fault or a child fills in."""


def from_process(sender: Task, signal: int, code: int = SI_USER) -> SignalInfo:
    """Return the siginfo of a signal that a process sends with kill(2)."""
    return SignalInfo.of(signal, code, sender.pid, sender.uid)


def send(
    kernel: Kernel, process: Process, info: SignalInfo, *, sender: int = 0, thread: Task | None = None,
    named: Task | None = None,
) -> bool:  # fmt: skip
    """Let a signal wait for ``process`` and wake who takes it if need be; False when a real-time signal finds no room.

    ``thread``: it goes to this one alone, not to the process. ``named``: the thread by whose number the process was
    named, by default its first, which takes it if it can. Zombies and the reaper take none.
    """
    return not announce(kernel, process, info, sender, thread) or keep(kernel, process, info, thread, named)


def keep(
    kernel: Kernel, process: Process, info: SignalInfo, thread: Task | None = None, named: Task | None = None
) -> bool:
    """Do what an announced signal does that waits for its process: the other half of :func:`send`."""
    if thread is not None:
        added = thread.signals.own.add(info)
        taker: Task | None = thread
    else:
        added = process.signals.shared.add(info)
        taker = _taker(kernel, process, info.signal, named)
    if info.signal == Signal.SIGKILL:
        process.stopped = False
    if taker is not None:
        _tell(kernel, taker)
        if len(process.threads) > 1 and not process.fatal and not taker.signals.mask & bit(info.signal):
            _doom(kernel, process, info.signal)
    kernel.scheduler.wake("signalled", process.pid)
    return added


def _tell(kernel: Kernel, task: Task) -> None:
    """Let a thread look at the signals that wait: it is woken if one is due, or may be one that it waits for."""
    signals, wait = task.signals, task.wait
    signals.notice()
    may_go_on = signals.is_due and not task.process.stopped
    if wait is not None and may_go_on and (wait.interruptible or signals.is_deadly()):
        kernel.scheduler.unblock(task, "signal")
    kernel.scheduler.wake("signal", task.tid)


def _taker(kernel: Kernel, process: Process, signal: int, named: Task | None = None) -> Task | None:
    """Return the thread that takes a signal sent to its process: the first, or the next that does not block it.

    ``named`` is asked instead of the first. None when all block it, or have one to take already, which look anew once
    they have. Which it is, is a choice.
    Source: Linux's kernel/signal.c, complete_signal.
    """
    threads = process.threads
    if len(threads) == 1:
        return threads[0]
    named = named or process.leader
    first = named if named in threads else None
    at = threads.index(process.next_taker) if process.next_taker in threads else 0
    others = [task for task in (*threads[at:], *threads[:at]) if task is not first]
    candidates = [first, *others] if first else others
    able = list(islice((task for task in candidates if _is_able(kernel, task, signal)), kernel.options_wanted))
    if not able:
        return None
    options = tuple([task.tid for task in able])
    taker = able[kernel.decide(ChoiceKind.TAKER, options, pid=process.pid, midway=True)]
    if taker is not first:
        process.next_taker = taker
    return taker


def _is_able(kernel: Kernel, task: Task, signal: int) -> bool:
    if not task.signals.wants(signal):
        return False
    return signal == Signal.SIGKILL or task is kernel.running or not task.signals.is_due


def _doom(kernel: Kernel, process: Process, signal: int) -> None:
    """Let no thread of ``process`` go on where a signal ends it without a core dump: whichever runs next ends all."""
    if process.signals.action(signal) is not Action.TERMINATE:
        return
    process.fatal = signal
    for thread in process.threads:
        thread.signals.own.add(SignalInfo.of(Signal.SIGKILL, SI_KERNEL))
        _tell(kernel, thread)


def retarget(kernel: Kernel, process: Process, refused: int) -> None:
    """Find threads for the signals sent to ``process`` that nobody is about to take.

    They are of the set ``refused``: who may have been about to take them has ended, or blocks them now.
    Source: Linux's kernel/signal.c, retarget_shared_pending.
    """
    waiting = process.signals.shared.signals & refused
    if not waiting:
        return
    for signal in [number for number in range(1, SIGNAL_LIMIT + 1) if waiting & bit(number)]:
        is_taken = any(task.signals.is_due and task.signals.wants(signal) for task in process.threads)
        taker = None if is_taken else _taker(kernel, process, signal)
        if taker is not None:
            _tell(kernel, taker)


def change_mask(kernel: Kernel, task: Task, mask: int) -> None:
    """Let ``task`` block exactly this set; what it does not take any more, another thread may."""
    refused = ~task.signals.mask
    task.signals.set_mask(mask)
    if len(task.process.threads) > 1 and task.signals.shared.signals:
        retarget(kernel, task.process, task.signals.mask & refused)


def announce(kernel: Kernel, process: Process, info: SignalInfo, sender: int, thread: Task | None = None) -> bool:
    """Do what a signal does by being sent: the first half of :func:`send`. False when nobody has a use for it."""
    if process.is_zombie or process.pid == REAPER:
        return False
    signals, signal = (thread or process).signals, info.signal
    number = process.pid if thread is None else thread.tid
    kernel.emit(events.Signalled, number, signal, sender, info.code, info.fields[:_FIELDS_TOLD])
    if signal == Signal.SIGCONT:
        _discard(process, STOPPING)
        go_on(kernel, process)
    elif bit(signal) & STOPPING:
        _discard(process, bit(Signal.SIGCONT))
    return bool(signals.mask & bit(signal)) or not signals.is_ignored(signal)


def _discard(process: Process, unwanted: int) -> None:
    for thread in process.threads:
        thread.signals.discard(unwanted)


def send_own(kernel: Kernel, task: Task, signal: int) -> None:
    """Send ``task`` a signal on account of what it does itself: SIGPIPE, SIGXFSZ, SIGKILL."""
    send(kernel, task.process, from_process(task, signal), thread=task)


def force(kernel: Kernel, task: Task, info: SignalInfo) -> None:
    """Send a signal that cannot be ignored or blocked: a fault's. Where it is, it takes its default action."""
    signals = task.signals
    blocked = signals.mask & bit(info.signal)
    if blocked or signals.disposition(info.signal).handler == SIG_IGN:
        signals.set_disposition(info.signal, Disposition())
        signals.set_mask(signals.mask & ~blocked)
    send(kernel, task.process, info, thread=task)


def go_on(kernel: Kernel, process: Process) -> None:
    """Continue a stopped process."""
    if process.stopped:
        process.stopped = False
        process.stop_report, process.continue_report = 0, True
        kernel.emit(events.Continued, process.pid)
        tell_parent(kernel, process, CLD_CONTINUED, Signal.SIGCONT)


def stop(kernel: Kernel, process: Process, signal: int) -> None:
    """Stop a process until SIGCONT. All its threads stop: those that wait leave their waits, as for a signal.

    Source: Linux's kernel/signal.c, do_signal_stop.
    """
    process.stopped = True
    for thread in process.threads:
        if thread.wait is not None and thread.wait.interruptible:
            thread.has_stopped = True
            kernel.scheduler.unblock(thread, "signal")
    process.stop_report, process.continue_report = signal, False
    kernel.emit(events.Stopped, process.pid, signal)
    tell_parent(kernel, process, CLD_STOPPED, signal)


def tell_parent(kernel: Kernel, process: Process, code: int, status: int) -> None:
    """SIGCHLD for a child that stopped or goes on, unless its parent does not want it; waits see it in any case."""
    parent = kernel.processes[process.parent]
    disposition = parent.signals.disposition(Signal.SIGCHLD)
    if disposition.handler != SIG_IGN and not disposition.flags & HandlerFlag.SA_NOCLDSTOP:
        send(kernel, parent, child_info(process, Signal.SIGCHLD, code, status), sender=process.pid)
    kernel.scheduler.wake("child", process.parent)


def child_info(child: Process, signal: int, code: int, status: int) -> SignalInfo:
    """Return the siginfo of a child's change of state; its times are in ticks."""
    return SignalInfo.of(signal, code, child.pid, child.credentials.uid, status, child.retired // TICK)


def describe(status: int) -> tuple[int, int]:
    """(si_code, si_status) for a wait status word, as waitid(2) and SIGCHLD report it."""
    if status == WAIT_CONTINUED:
        return CLD_CONTINUED, Signal.SIGCONT
    if (signal := waits.stop_signal(status)) is not None:
        return CLD_STOPPED, signal
    if (signal := waits.term_signal(status)) is not None:
        return (CLD_DUMPED if waits.is_dumped(status) else CLD_KILLED), signal
    return CLD_EXITED, waits.exit_code(status) or 0


def groups_held(kernel: Kernel, process: Process) -> set[int]:
    """Return the process groups that a process which ends connects to the rest of its session, by kinship."""
    parent, groups = kernel.processes[process.parent], set()
    for pid in process.children:
        child = kernel.processes[pid]
        if child.group != process.group and child.session == process.session:
            groups.add(child.group)
    if process.group != parent.group and process.session == parent.session:
        groups.add(process.group)
    return groups


def hang_up(kernel: Kernel, groups: set[int]) -> None:
    """Of these groups, send SIGHUP and SIGCONT to those that are orphaned now and have a stopped member (exit(3))."""
    for group in sorted(groups):
        members = [process for process in kernel.processes if process.group == group]
        if any(process.stopped for process in members) and is_orphaned(kernel, group):
            for signal in (Signal.SIGHUP, Signal.SIGCONT):
                for member in members:
                    send(kernel, member, SignalInfo.of(signal, SI_KERNEL))


def is_orphaned(kernel: Kernel, group: int) -> bool:
    """Return true for a process group none of whose members has a parent in another group of its session (setpgid(2)).

    Terminal stop signals do not stop it. The program that was started counts as a job of the shell outside.
    """
    for process in kernel.processes:
        if process.group != group or process.is_zombie or process.pid == REAPER:
            continue
        parent = kernel.processes[process.parent]
        if process.pid == REAPER + 1:
            return False
        if parent.pid != REAPER and parent.session == process.session and parent.group != group:
            return False
    return True
