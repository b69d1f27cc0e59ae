"""How threads are scheduled (sched(7)): policies, priorities, nice values, and the one processor.

:mod:`vm.kernel.process.policy` says what a policy means; who may choose which follows ``kernel/sched/syscalls.c``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vm.abi import PAGE_SIZE, Errno, Limit
from vm.abi.layout import WORD, word
from vm.abi.scheduling import (
    HIGHEST_NICE,
    HIGHEST_PRIORITY,
    LOWEST_NICE,
    PRIO_PGRP,
    PRIO_PROCESS,
    PRIO_USER,
    SCHED_DEADLINE,
    SCHED_RESET_ON_FORK,
    SMALLEST_ATTR,
    SchedAttr,
    SchedParam,
    SchedulingFlag,
    SchedulingPolicy,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.limits import limit_of
from vm.kernel.process.policy import FIFO, IDLE, ROUND_ROBIN, Policy
from vm.kernel.process.task import Task
from vm.kernel.syscalls.jobs import find_thread
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.timeouts import write_timespec

_KINDS = frozenset(map(int, SchedulingPolicy))
_OF_PRIORITY = (FIFO, ROUND_ROBIN)
_FLAGS = int(sum(SchedulingFlag))
_RESETS, _KEEPS_POLICY, _KEEPS_PARAMETERS = (
    int(flag)
    for flag in (
        SchedulingFlag.SCHED_FLAG_RESET_ON_FORK,
        SchedulingFlag.SCHED_FLAG_KEEP_POLICY,
        SchedulingFlag.SCHED_FLAG_KEEP_PARAMS,
    )
)
_CLAMPS = int(SchedulingFlag.SCHED_FLAG_UTIL_CLAMP_MIN | SchedulingFlag.SCHED_FLAG_UTIL_CLAMP_MAX)


def target_of(kernel: Kernel, task: Task, tid: int) -> Task:
    """Return the thread that a call is about, the caller for 0. Raises SystemCallError(EINVAL, ESRCH)."""
    if tid < 0:
        raise SystemCallError(Errno.EINVAL)
    return find_thread(kernel, task, tid)


def may_be_as_nice(kernel: Kernel, target: Task, nice: int) -> bool:
    """Tell whether RLIMIT_NICE of ``target`` lets it have that nice value."""
    return HIGHEST_NICE + 1 - nice <= limit_of(kernel.settings, target.process, Limit.RLIMIT_NICE)[0]


def outdoes(target: Task, task: Task) -> bool:
    """Tell whether ``target`` may have privileges that ``task`` may not (security/commoncap.c, cap_safe_nice)."""
    whose, who = target.credentials, task.credentials
    return 0 in (whose.uid, whose.euid, whose.suid) and 0 not in (who.uid, who.euid, who.suid)


def is_ones_own(target: Task, task: Task) -> bool:
    """Tell whether ``target`` is a thread of the user as whom ``task`` acts."""
    return task.credentials.euid in (target.credentials.uid, target.credentials.euid)


# --- policies ---------------------------------------------------------------------------------------------------------


def check(kernel: Kernel, task: Task, target: Task, wanted: Policy) -> None:
    """Raise SystemCallError(EINVAL, EPERM) for a policy that there is not, or that ``task`` may not give ``target``."""
    if wanted.kind not in _KINDS or not 0 <= wanted.priority <= HIGHEST_PRIORITY:
        raise SystemCallError(Errno.EINVAL)
    if (wanted.kind in _OF_PRIORITY) != (wanted.priority != 0):
        raise SystemCallError(Errno.EINVAL)
    if not task.credentials.is_privileged and not _is_allowed(kernel, task, target, wanted):
        raise SystemCallError(Errno.EPERM)


def change(kernel: Kernel, task: Task, target: Task, wanted: Policy) -> None:
    """Give ``target`` the policy that ``task`` wants it to have. Raises SystemCallError(EINVAL, EPERM)."""
    check(kernel, task, target, wanted)
    if wanted != target.policy:
        slack = 0 if wanted.priority else wanted.slack or wanted.usual_slack
        kernel.scheduler.change(target, replace(wanted, slack=slack))


def _is_allowed(kernel: Kernel, task: Task, target: Task, wanted: Policy) -> bool:
    """Tell whether somebody who is not root may do that (user_check_sched_setscheduler)."""
    former = target.policy
    if wanted.kind in _OF_PRIORITY:
        most, _ = limit_of(kernel.settings, target.process, Limit.RLIMIT_RTPRIO)
        if wanted.kind != former.kind and not most:
            return False
        if wanted.priority > former.priority and wanted.priority > most:
            return False
    elif wanted.kind != IDLE and wanted.nice < former.nice and not may_be_as_nice(kernel, target, wanted.nice):
        return False
    if former.kind == IDLE and wanted.kind != IDLE and not may_be_as_nice(kernel, target, former.nice):
        return False
    if outdoes(target, task):
        return False
    return is_ones_own(target, task) and (wanted.resets or not former.resets)


def _read_priority(task: Task, address: int) -> int:
    if not address:
        raise SystemCallError(Errno.EINVAL)
    return SchedParam.unpack(task.memory.read(address, SchedParam.SIZE)).sched_priority


@call(
    "sched_setscheduler",
    "EFAULT EINVAL EPERM ESRCH",
    "SCHED_DEADLINE is EINVAL; SCHED_FIFO and SCHED_RR leave nothing to others, and these nothing to SCHED_IDLE",
    pid=Kind.PID,
    policy=Kind.POLICY,
    parameters=Kind.PRIORITY,
)
def sched_setscheduler(kernel: Kernel, task: Task, pid: int, policy: int, parameters: int) -> int:
    """sched_setscheduler(2)."""
    if policy < 0 or pid < 0:
        raise SystemCallError(Errno.EINVAL)
    priority = _read_priority(task, parameters)
    target = find_thread(kernel, task, pid)
    kind, resets = policy & ~SCHED_RESET_ON_FORK, bool(policy & SCHED_RESET_ON_FORK)
    change(kernel, task, target, replace(target.policy, kind=kind, priority=priority, resets=resets))
    return 0


@call("sched_getscheduler", "EINVAL ESRCH", returns=Kind.POLICY_RESULT, pid=Kind.PID)
def sched_getscheduler(kernel: Kernel, task: Task, pid: int) -> int:
    """sched_getscheduler(2)."""
    policy = target_of(kernel, task, pid).policy
    return policy.kind | (SCHED_RESET_ON_FORK if policy.resets else 0)


@call("sched_setparam", "EFAULT EINVAL EPERM ESRCH", pid=Kind.PID, parameters=Kind.PRIORITY)
def sched_setparam(kernel: Kernel, task: Task, pid: int, parameters: int) -> int:
    """sched_setparam(2)."""
    if pid < 0:
        raise SystemCallError(Errno.EINVAL)
    priority = _read_priority(task, parameters)
    target = find_thread(kernel, task, pid)
    change(kernel, task, target, replace(target.policy, priority=priority))
    return 0


@call("sched_getparam", "EFAULT EINVAL ESRCH", pid=Kind.PID, parameters=Kind.PRIORITY_RESULT)
def sched_getparam(kernel: Kernel, task: Task, pid: int, parameters: int) -> int:
    """sched_getparam(2)."""
    if not parameters:
        raise SystemCallError(Errno.EINVAL)
    policy = target_of(kernel, task, pid).policy
    task.memory.write(parameters, SchedParam.pack_all(policy.priority))
    return 0


def _read_attributes(task: Task, address: int) -> SchedAttr:
    """Return a struct sched_attr of whatever version. Raises SystemCallError(E2BIG) for one that says more."""
    size = word(task.memory.read(address, 4)) or SMALLEST_ATTR
    if not SMALLEST_ATTR <= size <= PAGE_SIZE or any(
        task.memory.read(address + SchedAttr.SIZE, max(0, size - SchedAttr.SIZE))
    ):
        task.memory.write(address, WORD.pack(SchedAttr.SIZE))
        raise SystemCallError(Errno.E2BIG)
    data = task.memory.read(address, min(size, SchedAttr.SIZE))
    attributes = SchedAttr.unpack(data.ljust(SchedAttr.SIZE, b"\0"))
    if attributes.sched_flags & _CLAMPS and size < SchedAttr.SIZE:
        raise SystemCallError(Errno.EINVAL)
    return attributes


@call(
    "sched_setattr",
    "E2BIG EFAULT EINVAL ENOTSUP EPERM ESRCH",
    "as sched_setscheduler; SCHED_FLAG_UTIL_CLAMP_MIN and SCHED_FLAG_UTIL_CLAMP_MAX are ENOTSUP",
    pid=Kind.PID,
    attributes=Kind.ATTRIBUTES,
    flags=Kind.FLAGS,
)
def sched_setattr(kernel: Kernel, task: Task, pid: int, attributes: int, flags: int) -> int:
    """sched_setattr(2)."""
    if not attributes or pid < 0 or flags:
        raise SystemCallError(Errno.EINVAL)
    given = _read_attributes(task, attributes)
    if given.sched_policy >> 31:
        raise SystemCallError(Errno.EINVAL)
    target = find_thread(kernel, task, pid)
    former, bits = target.policy, given.sched_flags
    kind = former.kind if bits & _KEEPS_POLICY else given.sched_policy
    priority = former.priority if bits & _KEEPS_PARAMETERS else given.sched_priority
    nice = former.nice if bits & _KEEPS_PARAMETERS else min(max(given.sched_nice, LOWEST_NICE), HIGHEST_NICE)
    if kind in _OF_PRIORITY or kind == IDLE:
        nice = former.nice
    resets = former.resets if bits & _KEEPS_POLICY else bool(bits & _RESETS)
    if bits & ~_FLAGS:
        raise SystemCallError(Errno.EINVAL)
    if bits & _CLAMPS:
        raise SystemCallError(Errno.ENOTSUP)
    wanted = replace(former, kind=kind, priority=priority, nice=nice, resets=resets)
    if bits & _KEEPS_PARAMETERS:  # nor does the kind change then
        check(kernel, task, target, wanted)
        wanted = replace(former, resets=resets)
    change(kernel, task, target, wanted)
    return 0


@call(
    "sched_getattr",
    "EFAULT EINVAL ESRCH",
    "no run times",
    pid=Kind.PID,
    attributes=Kind.ATTRIBUTES_RESULT,
    size=Kind.SIZE,
    flags=Kind.FLAGS,
)
def sched_getattr(kernel: Kernel, task: Task, pid: int, attributes: int, size: int, flags: int) -> int:
    """sched_getattr(2)."""
    if not attributes or not SMALLEST_ATTR <= size <= PAGE_SIZE or flags:
        raise SystemCallError(Errno.EINVAL)
    policy = target_of(kernel, task, pid).policy
    room, size = size, min(size, SchedAttr.SIZE)
    told = SchedAttr.pack(
        size=size, sched_policy=policy.kind, sched_flags=_RESETS if policy.resets else 0,
        sched_nice=0 if policy.priority else policy.nice, sched_priority=policy.priority, sched_util_max=1024,
    )  # fmt: skip
    task.memory.write(attributes, told[:size].ljust(room, b"\0"))
    return 0


@call("sched_get_priority_max", "EINVAL", policy=Kind.POLICY)
def sched_get_priority_max(kernel: Kernel, task: Task, policy: int) -> int:
    """sched_get_priority_max(2)."""
    return _one_of(policy, HIGHEST_PRIORITY)


@call("sched_get_priority_min", "EINVAL", policy=Kind.POLICY)
def sched_get_priority_min(kernel: Kernel, task: Task, policy: int) -> int:
    """sched_get_priority_min(2)."""
    return _one_of(policy, 1)


def _one_of(policy: int, priority: int) -> int:
    """Return a priority if the policy has any, else 0. Raises SystemCallError(EINVAL) for no policy."""
    if policy not in _KINDS and policy != SCHED_DEADLINE:
        raise SystemCallError(Errno.EINVAL)
    return priority if policy in _OF_PRIORITY else 0


@call(
    "sched_rr_get_interval_time64",
    "EFAULT EINVAL ESRCH",
    "a quantum of the machine for SCHED_RR, the length of its turns for any other but SCHED_FIFO",
    pid=Kind.PID,
    interval=Kind.TIMESPEC_RESULT,
)
def sched_rr_get_interval(kernel: Kernel, task: Task, pid: int, interval: int) -> int:
    """sched_rr_get_interval(2): an instruction takes a nanosecond."""
    policy = target_of(kernel, task, pid).policy
    write_timespec(task, interval, 0 if policy.kind == FIFO else policy.turn(kernel.scheduler.quantum))
    return 0


# --- nice values ------------------------------------------------------------------------------------------------------


def threads_of(kernel: Kernel, task: Task, which: int, who: int) -> Iterator[Task]:
    """The threads that getpriority(2) and setpriority(2) are about. Raises SystemCallError(EINVAL)."""
    if which not in (PRIO_PROCESS, PRIO_PGRP, PRIO_USER):
        raise SystemCallError(Errno.EINVAL)
    if which == PRIO_PROCESS:
        found = kernel.processes.thread(who) if who else task
        return iter([found] if found is not None else [])
    threads = iter(kernel.processes.threads)
    if which == PRIO_PGRP:
        group = who or task.process.group
        return (thread for thread in threads if thread.process.group == group)
    uid = (who & 0xFFFF_FFFF) or task.uid
    return (thread for thread in threads if thread.uid == uid)


@call("getpriority", "EINVAL ESRCH", "20 for a nice value of 0, as Linux's call", which=Kind.PRIORITY_OF, who=Kind.PID)
def getpriority(kernel: Kernel, task: Task, which: int, who: int) -> int:
    """getpriority(2), "C library/kernel differences": 20 less the lowest nice value."""
    found = [thread.policy.nice for thread in threads_of(kernel, task, which, who)]
    if not found:
        raise SystemCallError(Errno.ESRCH)
    return HIGHEST_NICE + 1 - min(found)


@call(
    "setpriority",
    "EACCES EINVAL EPERM ESRCH",
    "the turns of threads that take turns are as long as their weights in Linux say, a quantum for a nice value of 0",
    which=Kind.PRIORITY_OF,
    who=Kind.PID,
    nice=Kind.INT,
)
def setpriority(kernel: Kernel, task: Task, which: int, who: int, nice: int) -> int:
    """setpriority(2): goes through all threads, and tells of the last that it may not change."""
    nice = min(max(nice, LOWEST_NICE), HIGHEST_NICE)
    error: Errno | None = Errno.ESRCH
    for target in threads_of(kernel, task, which, who):
        is_root = task.credentials.is_privileged
        if not is_root and not is_ones_own(target, task):
            error = Errno.EPERM
        elif nice < target.policy.nice and not is_root and not may_be_as_nice(kernel, target, nice):
            error = Errno.EACCES
        elif not is_root and outdoes(target, task):
            error = Errno.EPERM
        else:
            error = None if error == Errno.ESRCH else error
            if nice != target.policy.nice:
                kernel.scheduler.change(target, replace(target.policy, nice=nice))
    if error is not None:
        raise SystemCallError(error)
    return 0


# --- the processor ----------------------------------------------------------------------------------------------------


@call("sched_getaffinity", "EFAULT EINVAL ESRCH", pid=Kind.PID, size=Kind.SIZE, mask=Kind.PROCESSORS_RESULT)
def sched_getaffinity(kernel: Kernel, task: Task, pid: int, size: int, mask: int) -> int:
    """sched_getaffinity(2), "C library/kernel differences": the bytes stored, a word for the one processor."""
    if size < 4 or size % 4:
        raise SystemCallError(Errno.EINVAL)
    find_thread(kernel, task, pid)
    task.memory.write(mask, WORD.pack(1))
    return 4


@call("sched_setaffinity", "EFAULT EINVAL EPERM ESRCH", pid=Kind.PID, size=Kind.SIZE, mask=Kind.PROCESSORS)
def sched_setaffinity(kernel: Kernel, task: Task, pid: int, size: int, mask: int) -> int:
    """sched_setaffinity(2): only the one processor can be chosen."""
    chosen = task.memory.read(mask, min(size, 4))
    target = find_thread(kernel, task, pid)
    if not task.credentials.is_privileged and (outdoes(target, task) or not is_ones_own(target, task)):
        raise SystemCallError(Errno.EPERM)
    if not chosen or not chosen[0] & 1:
        raise SystemCallError(Errno.EINVAL)
    return 0
