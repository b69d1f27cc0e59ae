"""Signals on their way: sending one, what it does when its process gets to it, entering handlers and returning.

A signal acts when its process is about to run in user mode, as in Linux: until then it waits in the process's
:class:`~vm.kernel.signals.state.Signals`. Sources: signal(7), and Linux's kernel/signal.c and
arch/riscv/kernel/signal.c.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from vm import events
from vm.abi import (
    CLD_CONTINUED,
    CLD_DUMPED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    MINIMUM_SIGNAL_STACK,
    SI_KERNEL,
    SI_USER,
    SIG_DFL,
    SIG_IGN,
    SIGFRAME_SIZE,
    SIGINFO_SIZE,
    SIGNAL_PAGE,
    SIGSET_SIZE,
    SS_AUTODISARM,
    SS_DISABLE,
    SS_ONSTACK,
    TICK,
    UCONTEXT_MASK,
    UCONTEXT_REGISTERS,
    UCONTEXT_RESERVED,
    UCONTEXT_STACK,
    WAIT_CONTINUED,
    Errno,
    HandlerFlag,
    Signal,
)
from vm.cpu.state import NO_RESERVATION, PC, RESERVED_ADDRESS
from vm.kernel.errors import SystemCallError
from vm.kernel.process import alarms
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.signals.state import STOPPING, Action, AlternateStack, Disposition, SignalInfo, bit
from vm.memory import BadAddress, OutOfMemory

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel

_FIELDS_TOLD = 20
"""Bytes of a siginfo's fields that an event holds: those that a sender, a fault or a child fills in."""

# --- sending ----------------------------------------------------------------------------------------------------------


def from_process(sender: Task, signal: int, code: int = SI_USER) -> SignalInfo:
    """The siginfo of a signal that a process sends with kill(2)."""
    return SignalInfo.of(signal, code, sender.pid, sender.uid)


def send(kernel: Kernel, target: Task, info: SignalInfo, *, sender: int = 0, own: bool = False) -> bool:
    """Let a signal wait for ``target`` and wake it if need be; False when a real-time signal finds no room.

    ``own``: it goes to the target's one thread, not to the process. Zombies and the reaper take none.
    """
    return not announce(kernel, target, info, sender) or keep(kernel, target, info, own=own)


def keep(kernel: Kernel, target: Task, info: SignalInfo, *, own: bool = False) -> bool:
    """The other half of :func:`send`: what an announced signal does that waits for ``target``."""
    signals = target.signals
    added = signals.add(info, own=own)
    if info.signal == Signal.SIGKILL:
        target.stopped = False
    wait = target.wait
    if wait is not None and not target.stopped and signals.is_due and (wait.interruptible or signals.is_deadly()):
        kernel.scheduler.unblock(target)
    kernel.scheduler.wake("signal", target.pid)
    return added


def announce(kernel: Kernel, target: Task, info: SignalInfo, sender: int) -> bool:
    """The first half of :func:`send`: what a signal does by being sent. False when ``target`` has no use for it."""
    if target.state is State.ZOMBIE or target.pid == REAPER:
        return False
    signals, signal = target.signals, info.signal
    told = events.Signalled(kernel.clock, target.pid, signal, sender, info.code, info.fields[:_FIELDS_TOLD])
    kernel.events.emit(told)
    if signal == Signal.SIGCONT:
        signals.discard(STOPPING)
        go_on(kernel, target)
    elif bit(signal) & STOPPING:
        signals.discard(bit(Signal.SIGCONT))
    return bool(signals.mask & bit(signal)) or not signals.is_ignored(signal)


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
        kernel.events.emit(events.Continued(kernel.clock, task.pid))
        tell_parent(kernel, task, CLD_CONTINUED, Signal.SIGCONT)


def stop(kernel: Kernel, task: Task, signal: int) -> None:
    """Stop a process until SIGCONT."""
    task.stopped = True
    task.stop_report, task.continue_report = signal, False
    kernel.events.emit(events.Stopped(kernel.clock, task.pid, signal))
    tell_parent(kernel, task, CLD_STOPPED, signal)


def tell_parent(kernel: Kernel, task: Task, code: int, status: int) -> None:
    """SIGCHLD for a child that stopped or goes on, unless its parent does not want it; waits see it in any case."""
    parent = kernel.processes[task.parent]
    disposition = parent.signals.disposition(Signal.SIGCHLD)
    if disposition.handler != SIG_IGN and not disposition.flags & HandlerFlag.SA_NOCLDSTOP:
        send(kernel, parent, child_info(task, Signal.SIGCHLD, code, status), sender=task.pid)
    kernel.scheduler.wake("child", task.parent)


def child_info(child: Task, signal: int, code: int, status: int) -> SignalInfo:
    """The siginfo of a child's change of state; its times are in ticks."""
    return SignalInfo.of(signal, code, child.pid, child.uid, status, child.retired // TICK)


def describe(status: int) -> tuple[int, int]:
    """(si_code, si_status) for a wait status word, as waitid(2) and SIGCHLD report it."""
    if status == WAIT_CONTINUED:
        return CLD_CONTINUED, Signal.SIGCONT
    if status & 0xFF == 0x7F:
        return CLD_STOPPED, status >> 8
    if status & 0x7F:
        return (CLD_DUMPED if status & 0x80 else CLD_KILLED), status & 0x7F
    return CLD_EXITED, status >> 8


def groups_held(kernel: Kernel, task: Task) -> set[int]:
    """The process groups that a process which ends connects to the rest of its session, as parent or as child."""
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
    """True for a process group none of whose members has a parent in another group of its session (setpgid(2)).

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


# --- acting -----------------------------------------------------------------------------------------------------------


def deliver(kernel: Kernel, task: Task) -> None:
    """Let every signal that is due act: the process has ended, is stopped, or enters the last handler first."""
    signals = task.signals
    while (info := signals.take(~signals.mask)) is not None:
        if info.signal == Signal.SIGALRM:
            alarms.rearm(kernel, task)
        action = signals.action(info.signal)
        if action is None:
            enter_handler(kernel, task, info)
        elif action is Action.STOP:
            if info.signal == Signal.SIGSTOP or not is_orphaned(kernel, task.group):
                stop(kernel, task, info.signal)
                return
        elif action in (Action.TERMINATE, Action.DUMP):
            kernel.terminate(task, info.signal | (0x80 if action is Action.DUMP and task.may_dump else 0))
            return
        if task.state is State.ZOMBIE:
            return


def enter_handler(kernel: Kernel, task: Task, info: SignalInfo) -> None:
    """Make ``task`` run its handler next, and then the signal page, which calls rt_sigreturn.

    A frame that does not fit into the stack is a SIGSEGV.
    """
    signals, context = task.signals, task.context
    disposition = signals.disposition(info.signal)
    if task.call is not None:
        kernel.interrupt_call(task, restart=bool(disposition.flags & HandlerFlag.SA_RESTART))
    if disposition.flags & HandlerFlag.SA_RESETHAND:
        signals.dispositions[info.signal] = replace(disposition, handler=SIG_DFL)
    pointer = frame_address(signals.stack, int(context[2]), bool(disposition.flags & HandlerFlag.SA_ONSTACK))
    mask = signals.mask if signals.saved_mask is None else signals.saved_mask
    try:
        if pointer is None:
            raise BadAddress(int(context[2]))
        task.memory.write(pointer, frame(task, info, mask))
    except OutOfMemory:
        kernel.terminate(task, Signal.SIGKILL)
        return
    except BadAddress:
        if info.signal == Signal.SIGSEGV:
            signals.set_disposition(Signal.SIGSEGV, Disposition())
        force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
        return
    if signals.stack.flags & SS_AUTODISARM:
        signals.stack = AlternateStack(flags=SS_DISABLE)
    signals.saved_mask = None
    itself = 0 if disposition.flags & HandlerFlag.SA_NODEFER else bit(info.signal)
    signals.set_mask(signals.mask | disposition.mask | itself)
    context[[1, 2, 10, 11, 12]] = (SIGNAL_PAGE, pointer, info.signal, pointer, pointer + SIGINFO_SIZE)
    context[PC] = disposition.handler & ~3
    context[RESERVED_ADDRESS] = NO_RESERVATION
    kernel.events.emit(events.Handled(kernel.clock, task.pid, info.signal, disposition.handler))


def frame_address(stack: AlternateStack, pointer: int, wants_stack: bool) -> int | None:
    """Where a handler's frame begins; None when it would overflow the alternate stack that is in use."""
    if stack.holds(pointer) and not stack.holds(pointer - SIGFRAME_SIZE):
        return None
    if wants_stack and stack.state(pointer) == 0:
        pointer = stack.start + stack.size
    return (pointer - SIGFRAME_SIZE) & 0xFFFF_FFF0


def words(*values: int) -> bytes:
    """32-bit words as they lie in memory."""
    return b"".join(value.to_bytes(4, "little") for value in values)


def frame(task: Task, info: SignalInfo, mask: int) -> bytes:
    """riscv32's struct rt_sigframe. The floating-point area is all zeros, as a kernel without an FPU leaves it."""
    stack = task.signals.stack
    parts = (
        (0, info.to_bytes()),
        (SIGINFO_SIZE + UCONTEXT_STACK, words(stack.start, stack.flags, stack.size)),
        (SIGINFO_SIZE + UCONTEXT_MASK, mask.to_bytes(SIGSET_SIZE, "little")),
        (SIGINFO_SIZE + UCONTEXT_REGISTERS, words(int(task.context[PC]), *task.context[1:32].tolist())),
    )
    content = bytearray(SIGFRAME_SIZE)
    for offset, data in parts:
        content[offset : offset + len(data)] = data
    return bytes(content)


def return_from_handler(kernel: Kernel, task: Task) -> None:
    """rt_sigreturn(2): go back to what the frame at the stack pointer says, whoever wrote it; SIGSEGV for a bad one."""
    signals, context = task.signals, task.context
    try:
        data = task.memory.read(int(context[2]) + SIGINFO_SIZE, SIGFRAME_SIZE - SIGINFO_SIZE)
        if any(data[UCONTEXT_RESERVED:]):
            raise BadAddress(int(context[2]))
    except BadAddress:
        force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
        return

    def word(offset: int) -> int:
        return int.from_bytes(data[offset : offset + 4], "little")

    signals.set_mask(int.from_bytes(data[UCONTEXT_MASK : UCONTEXT_MASK + SIGSET_SIZE], "little"))
    registers = [word(UCONTEXT_REGISTERS + 4 * index) for index in range(32)]
    context[1:32] = registers[1:]
    context[PC] = registers[0] & ~3
    context[RESERVED_ADDRESS] = NO_RESERVATION
    start, flags, size = (word(UCONTEXT_STACK + 4 * index) for index in range(3))
    with suppress(SystemCallError):  # which Linux overlooks, too
        set_stack(task, start, flags, size)


def set_stack(task: Task, start: int, flags: int, size: int) -> None:
    """sigaltstack(2); SystemCallError(EPERM, EINVAL, ENOMEM)."""
    signals = task.signals
    if signals.stack.holds(int(task.context[2])):
        raise SystemCallError(Errno.EPERM)
    mode = flags & ~SS_AUTODISARM
    if mode not in (0, SS_DISABLE, SS_ONSTACK):
        raise SystemCallError(Errno.EINVAL)
    if mode == SS_DISABLE:
        signals.stack = AlternateStack(0, 0, flags)
    elif size < MINIMUM_SIGNAL_STACK:
        raise SystemCallError(Errno.ENOMEM)
    else:
        signals.stack = AlternateStack(start, size, flags)
