"""The system calls, grouped by subject; importing this package fills :data:`TABLE`."""

from vm.kernel.syscalls import (
    attributes,
    credentials,
    descriptors,
    futexes,
    identity,
    jobs,
    memory,
    opening,
    paths,
    polling,
    processes,
    resources,
    signals,
    terminals,
    time,
    transfers,
)
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import TABLE, Row

__all__ = [
    "TABLE",
    "Kind",
    "Row",
    "attributes",
    "credentials",
    "descriptors",
    "futexes",
    "identity",
    "jobs",
    "memory",
    "opening",
    "paths",
    "polling",
    "processes",
    "resources",
    "signals",
    "terminals",
    "time",
    "transfers",
]
