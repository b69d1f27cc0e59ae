"""What a signal leaves on the stack while its handler runs, and how a process goes back (sigreturn(2)).

Source: Linux's arch/riscv/kernel/signal.c.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi import (
    MINIMUM_SIGNAL_STACK,
    SI_KERNEL,
    SS_AUTODISARM,
    SS_DISABLE,
    SS_ONSTACK,
    Errno,
    Signal,
)
from vm.abi.layout import packed_words, words
from vm.abi.structures import SignalFrame, SignalStack, Ucontext
from vm.cpu.state import NO_RESERVATION, PC, RESERVED_ADDRESS
from vm.isa import SP
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.signals import sending
from vm.kernel.signals.state import AlternateStack, SignalInfo
from vm.memory import BadAddress


def context_address(stack: AlternateStack, pointer: int, wants_stack: bool) -> int | None:
    """Return where what a handler returns to is saved.

    None when it would overflow the alternate stack that is in use.
    """
    if stack.holds(pointer) and not stack.holds(pointer - SignalFrame.SIZE):
        return None
    if wants_stack and stack.state(pointer) == 0:
        pointer = stack.start + stack.size
    return (pointer - SignalFrame.SIZE) & 0xFFFF_FFF0


def saved_context(task: Task, info: SignalInfo, mask: int) -> bytes:
    """Return riscv32's struct rt_sigframe. The floating-point area is zeros, as a kernel without an FPU leaves it."""
    stack = task.signals.stack
    context = Ucontext.pack(
        uc_stack=SignalStack.pack_all(stack.start, stack.flags, stack.size), uc_sigmask=mask,
        registers=packed_words(int(task.context[PC]), *task.context[1:32].tolist()),
    )  # fmt: skip
    return SignalFrame.pack_all(info.to_bytes(), context)


def return_from_handler(kernel: Kernel, task: Task) -> None:
    """rt_sigreturn(2): go back to what is saved at the stack pointer, whoever wrote it; SIGSEGV for a bad one."""
    context = task.context
    try:
        saved = Ucontext.unpack(task.memory.read(int(context[SP]) + SignalFrame.OFFSETS["uc"], Ucontext.SIZE))
        if any(saved.reserved):
            raise BadAddress(int(context[SP]))
    except BadAddress:
        sending.force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
        return

    sending.change_mask(kernel, task, saved.uc_sigmask)
    pc, *registers = words(saved.registers)
    context[1:32] = registers
    context[PC] = pc & ~3
    context[RESERVED_ADDRESS] = NO_RESERVATION
    with suppress(SystemCallError):  # which Linux overlooks, too
        set_stack(task, SignalStack.unpack(saved.uc_stack))


def set_stack(task: Task, wanted: SignalStack) -> None:
    """sigaltstack(2). Raises SystemCallError(EPERM, EINVAL, ENOMEM)."""
    signals = task.signals
    start, flags, size = wanted
    if signals.stack.holds(int(task.context[SP])):
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
