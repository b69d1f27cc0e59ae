"""User and group ids (credentials(7)). Root, whose effective user id is 0, has every capability; there are no others.

An id of -1 leaves what it would set as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vm.abi import GROUPS_LIMIT, Errno
from vm.abi.layout import WORD, packed_words, words
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.limits import most_tasks, tasks_of
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call

KEEP = 0xFFFF_FFFF


def become(kernel: Kernel, task: Task, who: Credentials) -> None:
    """Give ``task`` other ids (kernel/cred.c, commit_creds).

    With other effective ones it may not be dumped any more, and does not hear of its parent's end. A user who already
    has too many processes gets one more, but it may not execute a program.
    """
    former, task.credentials = task.credentials, who
    if former.uid != who.uid:
        task.is_too_many = who.uid != 0 and tasks_of(kernel.processes, who.uid) - 1 > most_tasks(kernel.settings, task)
    if (former.euid, former.egid) != (who.euid, who.egid):
        task.memory.is_dumpable = False
        task.process.death_signal = 0


def check_ids(task: Task, allowed: set[int], *wanted: int) -> None:
    """SystemCallError(EPERM) when somebody but root wants an id that is none of those it has."""
    if not task.credentials.is_privileged and not set(wanted) - {KEEP} <= allowed:
        raise SystemCallError(Errno.EPERM)


def users(who: Credentials) -> tuple[int, int, int]:
    """Real, effective and saved user id."""
    return who.uid, who.euid, who.suid


def groups(who: Credentials) -> tuple[int, int, int]:
    """Real, effective and saved group id."""
    return who.gid, who.egid, who.sgid


def with_users(who: Credentials, real: int, effective: int, saved: int) -> Credentials:
    """Return ``who`` with other user ids."""
    return replace(who, uid=real, euid=effective, suid=saved)


def with_groups(who: Credentials, real: int, effective: int, saved: int) -> Credentials:
    """Return ``who`` with other group ids."""
    return replace(who, gid=real, egid=effective, sgid=saved)


Get = Callable[[Credentials], tuple[int, int, int]]
Set = Callable[[Credentials, int, int, int], Credentials]


def set_one(kernel: Kernel, task: Task, get: Get, put: Set, wanted: int) -> int:
    """setuid(2), setgid(2): root sets all three, others the effective one."""
    if wanted == KEEP:
        raise SystemCallError(Errno.EINVAL)
    real, _, saved = get(task.credentials)
    if task.credentials.is_privileged:
        become(kernel, task, put(task.credentials, wanted, wanted, wanted))
    else:
        check_ids(task, {real, saved}, wanted)
        become(kernel, task, put(task.credentials, real, wanted, saved))
    return 0


def set_two(kernel: Kernel, task: Task, get: Get, put: Set, real: int, effective: int) -> int:
    """setreuid(2), setregid(2)."""
    old_real, old_effective, old_saved = get(task.credentials)
    check_ids(task, {old_real, old_effective}, real)
    check_ids(task, {old_real, old_effective, old_saved}, effective)
    new_real = old_real if real == KEEP else real
    new_effective = old_effective if effective == KEEP else effective
    changed = real != KEEP or (effective != KEEP and effective != old_real)
    become(kernel, task, put(task.credentials, new_real, new_effective, new_effective if changed else old_saved))
    return 0


def set_three(kernel: Kernel, task: Task, get: Get, put: Set, wanted: tuple[int, int, int]) -> int:
    """setresuid(2), setresgid(2)."""
    old = get(task.credentials)
    check_ids(task, set(old), *wanted)
    new = [before if after == KEEP else after for before, after in zip(old, wanted, strict=True)]
    become(kernel, task, put(task.credentials, *new))
    return 0


def store_three(task: Task, ids: tuple[int, int, int], addresses: tuple[int, int, int]) -> int:
    """getresuid(2), getresgid(2)."""
    for number, address in zip(ids, addresses, strict=True):
        task.memory.write(address, WORD.pack(number))
    return 0


@call("setuid", "EINVAL EPERM", uid=Kind.ID)
def setuid(kernel: Kernel, task: Task, uid: int) -> int:
    """setuid(2)."""
    return set_one(kernel, task, users, with_users, uid)


@call("setgid", "EINVAL EPERM", gid=Kind.ID)
def setgid(kernel: Kernel, task: Task, gid: int) -> int:
    """setgid(2)."""
    return set_one(kernel, task, groups, with_groups, gid)


@call("setreuid", "EPERM", real=Kind.ID, effective=Kind.ID)
def setreuid(kernel: Kernel, task: Task, real: int, effective: int) -> int:
    """setreuid(2)."""
    return set_two(kernel, task, users, with_users, real, effective)


@call("setregid", "EPERM", real=Kind.ID, effective=Kind.ID)
def setregid(kernel: Kernel, task: Task, real: int, effective: int) -> int:
    """setregid(2)."""
    return set_two(kernel, task, groups, with_groups, real, effective)


@call("setresuid", "EPERM", real=Kind.ID, effective=Kind.ID, saved=Kind.ID)
def setresuid(kernel: Kernel, task: Task, real: int, effective: int, saved: int) -> int:
    """setresuid(2)."""
    return set_three(kernel, task, users, with_users, (real, effective, saved))


@call("setresgid", "EPERM", real=Kind.ID, effective=Kind.ID, saved=Kind.ID)
def setresgid(kernel: Kernel, task: Task, real: int, effective: int, saved: int) -> int:
    """setresgid(2)."""
    return set_three(kernel, task, groups, with_groups, (real, effective, saved))


@call("getresuid", "EFAULT", real=Kind.NUMBER_RESULT, effective=Kind.NUMBER_RESULT, saved=Kind.NUMBER_RESULT)
def getresuid(kernel: Kernel, task: Task, real: int, effective: int, saved: int) -> int:
    """getresuid(2)."""
    return store_three(task, users(task.credentials), (real, effective, saved))


@call("getresgid", "EFAULT", real=Kind.NUMBER_RESULT, effective=Kind.NUMBER_RESULT, saved=Kind.NUMBER_RESULT)
def getresgid(kernel: Kernel, task: Task, real: int, effective: int, saved: int) -> int:
    """getresgid(2)."""
    return store_three(task, groups(task.credentials), (real, effective, saved))


@call("getgroups", "EFAULT EINVAL", size=Kind.INT, list=Kind.GROUPS_RESULT)
def getgroups(kernel: Kernel, task: Task, size: int, list: int) -> int:
    """getgroups(2)."""
    members = task.credentials.groups
    if size < 0 or (size and size < len(members)):
        raise SystemCallError(Errno.EINVAL)
    if size:
        task.memory.write(list, packed_words(*members))
    return len(members)


@call("setgroups", "EFAULT EINVAL EPERM", size=Kind.INT, list=Kind.GROUPS)
def setgroups(kernel: Kernel, task: Task, size: int, list: int) -> int:
    """setgroups(2)."""
    if not task.credentials.is_privileged:
        raise SystemCallError(Errno.EPERM)
    if not 0 <= size <= GROUPS_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    data = task.memory.read(list, 4 * size) if size else b""
    members = sorted(words(data))
    if KEEP in members:
        raise SystemCallError(Errno.EINVAL)
    task.credentials = replace(task.credentials, groups=tuple(members))
    return 0


@call("setfsuid", uid=Kind.ID, deviation="the effective id is the one for files")
def setfsuid(kernel: Kernel, task: Task, uid: int) -> int:
    """setfsuid(2): the present id, unchanged."""
    return task.credentials.euid


@call("setfsgid", gid=Kind.ID, deviation="the effective id is the one for files")
def setfsgid(kernel: Kernel, task: Task, gid: int) -> int:
    """setfsgid(2): the present id, unchanged."""
    return task.credentials.egid
