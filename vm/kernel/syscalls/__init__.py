"""The system calls, grouped by subject; importing this package fills :data:`TABLE`."""

from vm.kernel.syscalls import (
    credentials,
    files,
    futexes,
    identity,
    jobs,
    memory,
    polling,
    processes,
    resources,
    signals,
    time,
)
from vm.kernel.syscalls.table import TABLE, Kind, Row

__all__ = [
    "TABLE",
    "Kind",
    "Row",
    "credentials",
    "files",
    "futexes",
    "identity",
    "jobs",
    "memory",
    "polling",
    "processes",
    "resources",
    "signals",
    "time",
]
