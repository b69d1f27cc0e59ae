"""How a system call fails, and how the machine ends a run."""

from __future__ import annotations

from vm.abi import Errno


class SystemCallError(Exception):
    """A system call fails with ``errno``: its caller sees -errno in a0."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno)
        self.errno = errno

    def __str__(self) -> str:
        return self.errno.name


class Midway(RuntimeError):
    """A machine is asked for what it can only do between two steps, while it is in the middle of one."""


class MachineStopped(Exception):
    """A limit of the machine was reached: ``limit`` names it and its value."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit
