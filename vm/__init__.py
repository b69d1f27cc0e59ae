"""Forklore's machine: RV32IMA over paged memory, with fork, vfork and exec as real system calls.

The public interface is :class:`Machine`; importing it is put off until it is used, because it brings numpy along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vm.machine import Machine
    from vm.records import Result
    from vm.run import CannotRun

__version__ = "0.1.0"
"""The version of the package, which takes it from here: to ask what is installed takes longer than all of click."""

__all__ = ["CannotRun", "Machine", "Result"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import vm.machine

        return getattr(vm.machine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
