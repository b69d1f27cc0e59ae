"""Who a process is, and what system it runs on."""

from __future__ import annotations

from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

UTSNAME = ("Linux", "forklore", "6.1.0", "#1 Forklore", "riscv32", "(none)")
"""sysname, nodename, release, version, machine, domainname (uname(2))."""


@call("getpid")
def getpid(kernel: Kernel, task: Task) -> int:
    """getpid(2)."""
    return task.pid


@call("getppid")
def getppid(kernel: Kernel, task: Task) -> int:
    """getppid(2): 1 once the parent has ended."""
    return task.parent


@call("getuid")
def getuid(kernel: Kernel, task: Task) -> int:
    """getuid(2)."""
    return task.uid


@call("geteuid")
def geteuid(kernel: Kernel, task: Task) -> int:
    """geteuid(2)."""
    return task.credentials.euid


@call("getgid")
def getgid(kernel: Kernel, task: Task) -> int:
    """getgid(2)."""
    return task.gid


@call("getegid")
def getegid(kernel: Kernel, task: Task) -> int:
    """getegid(2)."""
    return task.credentials.egid


@call("gettid")
def gettid(kernel: Kernel, task: Task) -> int:
    """gettid(2): every process has one thread."""
    return task.pid


@call("uname", "EFAULT", buffer=Kind.UTSNAME)
def uname(kernel: Kernel, task: Task, buffer: int) -> int:
    """uname(2): six fields of 65 bytes."""
    task.memory.write(buffer, b"".join(field.encode().ljust(65, b"\0") for field in UTSNAME))
    return 0
