"""Process groups and sessions (credentials(7), "Process group ID and session ID")."""

from __future__ import annotations

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call


def find(kernel: Kernel, task: Task, pid: int) -> Process:
    """Return the process of which ``pid`` is a thread, the caller's for 0. Raises SystemCallError(ESRCH)."""
    return find_thread(kernel, task, pid).process


def find_thread(kernel: Kernel, task: Task, tid: int) -> Task:
    """Return the thread ``tid``, the caller for 0. Raises SystemCallError(ESRCH)."""
    found = kernel.processes.thread(tid) if tid else task
    if found is None:
        raise SystemCallError(Errno.ESRCH)
    return found


@call("setpgid", "EACCES EINVAL EPERM ESRCH", pid=Kind.PID, group=Kind.PID)
def setpgid(kernel: Kernel, task: Task, pid: int, group: int) -> int:
    """setpgid(2)."""
    if (group or pid) < 0:
        raise SystemCallError(Errno.EINVAL)
    target = find(kernel, task, pid)
    if pid and target.pid != pid:
        raise SystemCallError(Errno.EINVAL)  # another thread's number
    if target is not task.process:
        if target.parent != task.pid:
            raise SystemCallError(Errno.ESRCH)
        if target.session != task.process.session:
            raise SystemCallError(Errno.EPERM)
        if target.has_executed:
            raise SystemCallError(Errno.EACCES)
    if target.session == target.pid:
        raise SystemCallError(Errno.EPERM)
    group = group or target.pid
    if group == REAPER:
        raise SystemCallError(Errno.EPERM)  # it is the machine's own
    if group != target.pid:
        members = [other for other in kernel.processes if other.group == group]
        if not any(member.session == task.process.session for member in members):
            raise SystemCallError(Errno.EPERM)
    target.group = group
    return 0


@call("getpgid", "ESRCH", pid=Kind.PID)
def getpgid(kernel: Kernel, task: Task, pid: int) -> int:
    """getpgid(2)."""
    return find(kernel, task, pid).group


@call("setsid", "EPERM")
def setsid(kernel: Kernel, task: Task) -> int:
    """setsid(2)."""
    if any(other.group == task.pid for other in kernel.processes):
        raise SystemCallError(Errno.EPERM)
    task.process.session = task.process.group = task.pid
    return task.pid


@call("getsid", "ESRCH", pid=Kind.PID)
def getsid(kernel: Kernel, task: Task, pid: int) -> int:
    """getsid(2)."""
    return find(kernel, task, pid).session
