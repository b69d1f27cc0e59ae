"""The system calls, grouped by subject; importing this package fills :data:`ROWS`."""

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
    prctl,
    processes,
    resources,
    signals,
    terminals,
    time,
    transfers,
)
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import ROWS, TABLE, Row, find_row

__all__ = [
    "ROWS",
    "TABLE",
    "Kind",
    "Row",
    "attributes",
    "credentials",
    "descriptors",
    "find_row",
    "futexes",
    "identity",
    "jobs",
    "memory",
    "opening",
    "paths",
    "polling",
    "prctl",
    "processes",
    "resources",
    "signals",
    "terminals",
    "time",
    "transfers",
]
