"""What the machine has: memory, its processor, random bytes; and what a thread wants done at its end."""

from __future__ import annotations

from vm.abi import (
    GRND_INSECURE,
    GRND_NONBLOCK,
    GRND_RANDOM,
    NANOSECONDS,
    PAGE_SIZE,
    Errno,
)
from vm.abi.layout import WORD
from vm.abi.structures import RobustListHead, Sysinfo
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.jobs import find_thread
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.ranges import check_buffer
from vm.kernel.syscalls.table import as_signed, call

RANDOM_LIMIT = 0x1FF_FFFF
"""Most bytes of one getrandom."""
CHUNK = 65536


@call("sysinfo", "EFAULT", "no loads; buffers and shared memory are 0", buffer=Kind.SYSINFO)
def sysinfo(kernel: Kernel, task: Task, buffer: int) -> int:
    """sysinfo(2): of the memory, what is free has been promised to nobody."""
    memory = kernel.memory
    total, free = memory.count * PAGE_SIZE, max(0, memory.count - memory.committed) * PAGE_SIZE
    told = Sysinfo.pack(
        uptime=as_signed(kernel.clock // NANOSECONDS & 0xFFFF_FFFF), totalram=total & 0xFFFF_FFFF,
        freeram=free & 0xFFFF_FFFF, procs=len(kernel.processes.threads) - 1 & 0xFFFF, mem_unit=1,
    )  # fmt: skip
    task.memory.write(buffer, told)
    return 0


@call("getcpu", "EFAULT", cpu=Kind.NUMBER_RESULT, node=Kind.NUMBER_RESULT, cache=Kind.ADDRESS)
def getcpu(kernel: Kernel, task: Task, cpu: int, node: int, cache: int) -> int:
    """getcpu(2): there is one processor."""
    for address in (cpu, node):
        if address:
            task.memory.write(address, bytes(4))
    return 0


@call(
    "getrandom",
    "EFAULT EINVAL",
    "the bytes come from the machine's seed",
    buffer=Kind.RANDOM_RESULT,
    size=Kind.SIZE,
    flags=Kind.RANDOM_FLAGS,
)
def getrandom(kernel: Kernel, task: Task, buffer: int, size: int, flags: int) -> int:
    """getrandom(2)."""
    if (
        flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)
        or flags & (GRND_RANDOM | GRND_INSECURE) == GRND_RANDOM | GRND_INSECURE
    ):
        raise SystemCallError(Errno.EINVAL)
    size = min(size, RANDOM_LIMIT)
    check_buffer(buffer, size)
    for done in range(0, size, CHUNK):
        if done:
            kernel.check_time()
        task.memory.write(buffer + done, task.random.take(min(CHUNK, size - done)))
    return size


@call("set_tid_address", address=Kind.ADDRESS)
def set_tid_address(kernel: Kernel, task: Task, address: int) -> int:
    """set_tid_address(2)."""
    task.clear_tid = address
    return task.tid


@call("set_robust_list", "EINVAL", head=Kind.ADDRESS, size=Kind.SIZE)
def set_robust_list(kernel: Kernel, task: Task, head: int, size: int) -> int:
    """set_robust_list(2)."""
    if size != RobustListHead.SIZE:
        raise SystemCallError(Errno.EINVAL)
    task.robust_list = head
    return 0


@call("get_robust_list", "EFAULT EPERM ESRCH", tid=Kind.PID, head=Kind.NUMBER_RESULT, size=Kind.NUMBER_RESULT)
def get_robust_list(kernel: Kernel, task: Task, tid: int, head: int, size: int) -> int:
    """get_robust_list(2): of the calling thread for 0."""
    target = find_thread(kernel, task, tid)
    if target.process is not task.process and not task.credentials.may_signal(target.credentials):
        raise SystemCallError(Errno.EPERM)
    task.memory.write(size, WORD.pack(RobustListHead.SIZE))
    task.memory.write(head, WORD.pack(target.robust_list))
    return 0
