"""Who a process is, and what system it runs on."""

from __future__ import annotations

from vm.abi.structures import Utsname
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

UTSNAME = Utsname.pack(
    sysname=b"Linux", nodename=b"forklore", release=b"6.1.0", version=b"#1 Forklore", machine=b"riscv32",
    domainname=b"(none)",
)  # fmt: skip
"""What uname(2) tells."""


@call("getpid")
def getpid(kernel: Kernel, task: Task) -> int:
    """getpid(2)."""
    return task.pid


@call("getppid")
def getppid(kernel: Kernel, task: Task) -> int:
    """getppid(2): 1 once the parent has ended."""
    return task.process.parent


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
    """gettid(2): for the first thread of a process, the process's number."""
    return task.tid


@call("uname", "EFAULT", buffer=Kind.UTSNAME)
def uname(kernel: Kernel, task: Task, buffer: int) -> int:
    """uname(2)."""
    task.memory.write(buffer, UTSNAME)
    return 0
