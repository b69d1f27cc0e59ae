"""The system calls, grouped by subject; importing this package fills :data:`TABLE`."""

from vm.kernel.syscalls import files, identity, memory, processes
from vm.kernel.syscalls.table import TABLE, Kind, Row

__all__ = ["TABLE", "Kind", "Row", "files", "identity", "memory", "processes"]
