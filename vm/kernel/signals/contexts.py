"""What a signal leaves on the stack while its handler runs, and how a process goes back (sigreturn(2)).

Source: Linux's arch/riscv/kernel/signal.c.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi import (
    MINIMUM_SIGNAL_STACK,
    SI_KERNEL,
    SIGFRAME_SIZE,
    SIGINFO_SIZE,
    SIGSET_SIZE,
    SS_AUTODISARM,
    SS_DISABLE,
    SS_ONSTACK,
    UCONTEXT_MASK,
    UCONTEXT_REGISTERS,
    UCONTEXT_RESERVED,
    UCONTEXT_STACK,
    Errno,
    Signal,
)
from vm.cpu.state import NO_RESERVATION, PC, RESERVED_ADDRESS
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.signals import sending
from vm.kernel.signals.state import AlternateStack, SignalInfo
from vm.memory import BadAddress


def context_address(stack: AlternateStack, pointer: int, wants_stack: bool) -> int | None:
    """Where what a handler returns to is saved; None when it would overflow the alternate stack that is in use."""
    if stack.holds(pointer) and not stack.holds(pointer - SIGFRAME_SIZE):
        return None
    if wants_stack and stack.state(pointer) == 0:
        pointer = stack.start + stack.size
    return (pointer - SIGFRAME_SIZE) & 0xFFFF_FFF0


def words(*values: int) -> bytes:
    """32-bit words as they lie in memory."""
    return b"".join(value.to_bytes(4, "little") for value in values)


def saved_context(task: Task, info: SignalInfo, mask: int) -> bytes:
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
    """rt_sigreturn(2): go back to what is saved at the stack pointer, whoever wrote it; SIGSEGV for a bad one."""
    signals, context = task.signals, task.context
    try:
        data = task.memory.read(int(context[2]) + SIGINFO_SIZE, SIGFRAME_SIZE - SIGINFO_SIZE)
        if any(data[UCONTEXT_RESERVED:]):
            raise BadAddress(int(context[2]))
    except BadAddress:
        sending.force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
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
