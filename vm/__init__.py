"""Forklore's machine: RV32IMA over paged memory, with fork, vfork and exec as real system calls.

The public interface is :class:`Machine`; importing it is put off until it is used, because it brings numpy along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vm.version import VERSION

if TYPE_CHECKING:
    from vm.machine import Machine
    from vm.records import Result
    from vm.run import CannotRun

__version__ = VERSION

__all__ = ["CannotRun", "Machine", "Result"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import vm.machine

        return getattr(vm.machine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
