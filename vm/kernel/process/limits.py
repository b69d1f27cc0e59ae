"""What a process may use (getrlimit(2)): a soft limit, which counts, and a hard one, up to which it may be raised."""

from __future__ import annotations

from vm.abi import PENDING_LIMIT, RLIM64_INFINITY, Limit
from vm.kernel.process.task import Process
from vm.settings import Settings


def limit_of(settings: Settings, process: Process, resource: int) -> tuple[int, int]:
    """Return (soft, hard) limit of a resource: none where neither the process nor the settings say one."""
    given = process.limits.get(resource)
    return given if given is not None else _defaults(settings).get(resource, (RLIM64_INFINITY, RLIM64_INFINITY))


def _defaults(settings: Settings) -> dict[int, tuple[int, int]]:
    return {
        Limit.RLIMIT_STACK: (settings.stack, RLIM64_INFINITY),
        Limit.RLIMIT_CORE: (0, RLIM64_INFINITY),
        Limit.RLIMIT_NPROC: (settings.processes, settings.processes),
        Limit.RLIMIT_NOFILE: (settings.open_files, settings.open_files),
        Limit.RLIMIT_SIGPENDING: (PENDING_LIMIT, PENDING_LIMIT),
        Limit.RLIMIT_NICE: (0, 0),
        Limit.RLIMIT_RTPRIO: (0, 0),
    }
