"""What a process may use (getrlimit(2)): a soft limit, which counts, and a hard one, up to which it may be raised."""

from __future__ import annotations

from functools import lru_cache

from vm.abi import ARGUMENT_LIMIT, MOST_ARGUMENTS, PENDING_LIMIT, QUEUE_BYTES_LIMIT, RLIM64_INFINITY, Limit
from vm.kernel.process.table import ProcessTable
from vm.kernel.process.task import Process, Task
from vm.memory.bounds import Bounds
from vm.settings import Settings
from vm.values import dataclass


def limit_of(settings: Settings, process: Process, resource: int) -> tuple[int, int]:
    """Return (soft, hard) limit of a resource: none where neither the process nor the settings say one."""
    given = process.limits.get(resource)
    return given if given is not None else _defaults(settings).get(resource, (RLIM64_INFINITY, RLIM64_INFINITY))


def bounds_of(settings: Settings, process: Process) -> Bounds | None:
    """Return how large the address space of ``process`` may become; None where it has asked for no limit of that."""
    if not process.limits.keys() & _OF_MEMORY:
        return None
    stack, _ = limit_of(settings, process, Limit.RLIMIT_STACK)
    total, _ = limit_of(settings, process, Limit.RLIMIT_AS)
    heap, hard = limit_of(settings, process, Limit.RLIMIT_DATA)
    return Bounds(total, heap or hard, heap, stack)  # a soft limit of 0 is the program break's alone, as in Linux


def bind(settings: Settings, process: Process, resource: int) -> None:
    """Let a new limit of memory hold where ``process`` is, unless it has only borrowed that from its parent."""
    has_borrowed = any(thread.vfork_parent for thread in process.threads)
    if resource in _OF_MEMORY and process.space is not None and not has_borrowed:
        process.space.bounds = bounds_of(settings, process)


@dataclass(frozen=True, slots=True)
class Room:
    """What a program that is executed may take: bytes of ``arguments`` and ``stack``, and the bounds of its space."""

    arguments: int
    stack: int
    bounds: Bounds | None


def room_of(settings: Settings, process: Process) -> Room:
    """Return what ``process`` may execute a program with (fs/exec.c, bprm_stack_limits)."""
    if not process.limits:
        return _usual_room(settings.stack)
    stack, _ = limit_of(settings, process, Limit.RLIMIT_STACK)
    return Room(_room_for_arguments(stack), stack, bounds_of(settings, process))


@lru_cache(8)
def _usual_room(stack: int) -> Room:
    return Room(_room_for_arguments(stack), stack, None)


def _room_for_arguments(stack: int) -> int:
    return max(min(stack // 4, MOST_ARGUMENTS), ARGUMENT_LIMIT)


def tasks_of(processes: ProcessTable, uid: int) -> int:
    """Count the tasks of a real user, zombies among them."""
    return sum([thread.credentials.uid == uid for thread in processes.threads])


def most_tasks(settings: Settings, task: Task) -> int:
    """Return the soft limit of how many tasks the user of ``task`` has."""
    return limit_of(settings, task.process, Limit.RLIMIT_NPROC)[0]


def may_create(settings: Settings, processes: ProcessTable, task: Task) -> bool:
    """Tell whether RLIMIT_NPROC lets ``task`` create another (kernel/fork.c): its user has fewer, or is root."""
    who, limits = task.credentials, task.process.limits
    if not limits or Limit.RLIMIT_NPROC not in limits or who.uid == 0 or who.is_privileged:
        return True
    return tasks_of(processes, who.uid) < most_tasks(settings, task)


def may_execute(settings: Settings, processes: ProcessTable, task: Task) -> bool:
    """Tell whether ``task`` may execute a program, which one too many of its user's may not (fs/exec.c)."""
    task.is_too_many &= tasks_of(processes, task.credentials.uid) > most_tasks(settings, task)
    return not task.is_too_many


def describe(settings: Settings, process: Process) -> bytes:
    """Return all limits as /proc/PID/limits has them (proc(5))."""
    lines = [("Limit", "Soft Limit", "Hard Limit", "Units")]
    for resource, (name, unit) in zip(Limit, _NAMES, strict=True):
        soft, hard = ("unlimited" if it == RLIM64_INFINITY else str(it) for it in limit_of(settings, process, resource))
        lines.append((name, soft, hard, unit))
    return "".join(
        f"{name:25} {soft:20} {hard:20} {f'{unit:10}' if unit else ''}\n" for name, soft, hard, unit in lines
    ).encode()


_NAMES = (
    ("Max cpu time", "seconds"), ("Max file size", "bytes"), ("Max data size", "bytes"), ("Max stack size", "bytes"),
    ("Max core file size", "bytes"), ("Max resident set", "bytes"), ("Max processes", "processes"),
    ("Max open files", "files"), ("Max locked memory", "bytes"), ("Max address space", "bytes"),
    ("Max file locks", "locks"), ("Max pending signals", "signals"), ("Max msgqueue size", "bytes"),
    ("Max nice priority", ""), ("Max realtime priority", ""), ("Max realtime timeout", "us"),
)  # fmt: skip
_OF_MEMORY = frozenset({int(Limit.RLIMIT_AS), int(Limit.RLIMIT_DATA), int(Limit.RLIMIT_STACK)})


def _defaults(settings: Settings) -> dict[int, tuple[int, int]]:
    return {
        Limit.RLIMIT_STACK: (settings.stack, RLIM64_INFINITY),
        Limit.RLIMIT_CORE: (0, RLIM64_INFINITY),
        Limit.RLIMIT_NPROC: (settings.processes, settings.processes),
        Limit.RLIMIT_NOFILE: (settings.open_files, settings.open_files),
        Limit.RLIMIT_SIGPENDING: (PENDING_LIMIT, PENDING_LIMIT),
        Limit.RLIMIT_MSGQUEUE: (QUEUE_BYTES_LIMIT, QUEUE_BYTES_LIMIT),
        Limit.RLIMIT_NICE: (0, 0),
        Limit.RLIMIT_RTPRIO: (0, 0),
    }
