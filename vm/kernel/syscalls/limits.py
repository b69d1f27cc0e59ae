"""What a process may use: prlimit(2)."""

from __future__ import annotations

from vm.abi import Errno, Limit
from vm.abi.structures import Rlimit64
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import alarms
from vm.kernel.process.limits import bind, limit_of
from vm.kernel.process.task import Process, Task
from vm.kernel.syscalls.jobs import find_thread
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

_RESOURCES = frozenset(Limit)


@call(
    "prlimit64",
    "EFAULT EINVAL EPERM ESRCH",
    "RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_RSS, RLIMIT_RTTIME and RLIMIT_SIGPENDING have no effect, RLIMIT_CORE has one "
    "on a status; a second of RLIMIT_CPU is 1,000,000,000 retired instructions; those of memory hold for a vfork child "
    "from its exec on",
    pid=Kind.PID,
    resource=Kind.RESOURCE,
    new=Kind.LIMITS,
    old=Kind.LIMITS_RESULT,
)
def prlimit64(kernel: Kernel, task: Task, pid: int, resource: int, new: int, old: int) -> int:
    """prlimit(2)."""
    if resource not in _RESOURCES:
        raise SystemCallError(Errno.EINVAL)
    data = task.memory.read(new, Rlimit64.SIZE) if new else b""
    target = find_thread(kernel, task, pid).process
    _check_allowed(task, target)
    former = limit_of(kernel.settings, target, resource)
    if new:
        soft, hard = Rlimit64.unpack(data)
        if soft > hard:
            raise SystemCallError(Errno.EINVAL)
        if hard > former[1] and (resource == Limit.RLIMIT_NOFILE or not task.credentials.is_privileged):
            raise SystemCallError(Errno.EPERM)
        target.limits[resource] = (soft, hard)
        bind(kernel.settings, target, resource)
        if resource == Limit.RLIMIT_NOFILE:
            for thread in target.threads:
                thread.files.limit = soft
        elif resource == Limit.RLIMIT_CPU:
            alarms.limit_processor_time(kernel, target)
    if old:
        task.memory.write(old, Rlimit64.pack_all(*former))
    return 0


def _check_allowed(task: Task, target: Process) -> None:
    """SystemCallError(EPERM) for limits of a process all of whose ids are not those of ``task``, unless it is root."""
    who, whose = task.credentials, target.credentials
    same = {whose.uid, whose.euid, whose.suid} == {who.uid} and {whose.gid, whose.egid, whose.sgid} == {who.gid}
    if target is not task.process and not same and not who.is_privileged:
        raise SystemCallError(Errno.EPERM)
