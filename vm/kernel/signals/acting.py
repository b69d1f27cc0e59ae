"""What a signal does once its process is about to run: it ends, stops, or enters a handler (signal(7)).

Source: Linux's kernel/signal.c and arch/riscv/kernel/signal.c.
"""

from __future__ import annotations

from dataclasses import replace

from vm import events
from vm.abi import SI_KERNEL, SIG_DFL, SIGNAL_LIMIT, SIGNAL_PAGE, SS_AUTODISARM, SS_DISABLE, HandlerFlag, Signal, waits
from vm.abi.structures import SignalFrame
from vm.cpu.state import NO_RESERVATION, PC, RESERVED_ADDRESS
from vm.isa import SP
from vm.kernel import dispatch
from vm.kernel.choice import ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.process.lifecycle import terminate
from vm.kernel.process.task import State, Task
from vm.kernel.signals import sending, taking
from vm.kernel.signals.contexts import context_address, saved_context
from vm.kernel.signals.state import SYNCHRONOUS, Action, AlternateStack, Disposition, SignalInfo, bit
from vm.memory import BadAddress, OutOfMemory

SIGNAL_WORK = 32
"""What it takes to enter a handler, in :attr:`vm.memory.frames.PhysicalMemory.work`."""


def deliver(kernel: Kernel, task: Task) -> None:
    """Let every signal that is due act: the process has ended, is stopped, or enters the last handler first."""
    _let_act(kernel, task)
    if task.call is None:
        task.signals.restore_mask()  # of a wait that has ended without a handler


def _let_act(kernel: Kernel, task: Task) -> None:
    signals = task.signals
    while (info := _take(kernel, task)) is not None:
        kernel.system.decisions.begin_step()
        action = signals.action(info.signal)
        if action is None:
            enter_handler(kernel, task, info)
        elif action is Action.STOP:
            if info.signal == Signal.SIGSTOP or not sending.is_orphaned(kernel, task.process.group):
                sending.stop(kernel, task.process, info.signal)
                return
        elif action in (Action.TERMINATE, Action.DUMP):
            process, signal = task.process, info.signal
            if signal == Signal.SIGKILL and process.fatal:
                signal = process.fatal
            terminate(kernel, process, waits.killed(signal, dumped=action is Action.DUMP and process.may_dump))
            return
        if task.state is State.ZOMBIE:
            return


def _take(kernel: Kernel, task: Task) -> SignalInfo | None:
    """Take the next of the signals that are due; which it is, is a choice where none has to be the first."""
    signals = task.signals
    due = signals.due
    first = signals.first_of(due)
    if due & due - 1 and not bit(first) & (SYNCHRONOUS | bit(Signal.SIGKILL)):
        numbers = tuple([number for number in range(1, SIGNAL_LIMIT + 1) if bit(number) & due])
        answer = kernel.decide(ChoiceKind.SIGNAL, numbers, numbers.index(first), pid=task.tid)
        due = bit(numbers[answer])
    return taking.take(kernel.system, task, due)


def enter_handler(kernel: Kernel, task: Task, info: SignalInfo) -> None:
    """Make ``task`` run its handler next, and then the signal page, which calls rt_sigreturn.

    What does not fit into the stack is a SIGSEGV.
    """
    kernel.system.memory.work += SIGNAL_WORK
    signals, context = task.signals, task.context
    disposition = signals.disposition(info.signal)
    if task.call is not None:
        dispatch.interrupt(kernel, task, restart=bool(disposition.flags & HandlerFlag.SA_RESTART))
    if disposition.flags & HandlerFlag.SA_RESETHAND:
        signals.dispositions[info.signal] = replace(disposition, handler=SIG_DFL)
    pointer = context_address(signals.stack, int(context[SP]), bool(disposition.flags & HandlerFlag.SA_ONSTACK))
    mask = signals.mask if signals.saved_mask is None else signals.saved_mask
    try:
        if pointer is None:
            raise BadAddress(int(context[SP]))
        task.memory.write(pointer, saved_context(task, info, mask))
    except OutOfMemory:
        terminate(kernel, task.process, Signal.SIGKILL)
        return
    except BadAddress:
        if info.signal == Signal.SIGSEGV:
            signals.set_disposition(Signal.SIGSEGV, Disposition())
        sending.force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
        return
    if signals.stack.flags & SS_AUTODISARM:
        signals.stack = AlternateStack(flags=SS_DISABLE)
    signals.saved_mask = None
    itself = 0 if disposition.flags & HandlerFlag.SA_NODEFER else bit(info.signal)
    sending.change_mask(kernel, task, signals.mask | disposition.mask | itself)
    context[[1, 2, 10, 11, 12]] = (SIGNAL_PAGE, pointer, info.signal, pointer, pointer + SignalFrame.OFFSETS["uc"])
    context[PC] = disposition.handler & ~3
    context[RESERVED_ADDRESS] = NO_RESERVATION
    kernel.emit(events.Handled, task.tid, info.signal, disposition.handler)
