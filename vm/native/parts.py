"""The parts that the machine is compiled in, and what those agree on who make and who use their code."""

from __future__ import annotations

from collections.abc import Callable

PROCESSOR, MEMORY, CHECKER, GUARDED = "processor", "memory", "checker", "guarded"
"""The parts: what runs instructions, what keeps page tables, what only the checker of vfork uses, and only watchpoints.
"""
MACHINE = (PROCESSOR, MEMORY)
MODULES = {
    PROCESSOR: (
        "vm.cpu.decode", "vm.cpu.sv32", "vm.cpu.interpreter", "vm.cpu.stepping", "vm.cpu.watching",
        "vm.engine.translator.driver",
    ),
    MEMORY: tuple(f"vm.memory.{name}" for name in ("frames", "tables", "sharing", "faults", "transfer")),
    CHECKER: ("vm.cpu.tape", "vm.cpu.changes", "vm.cpu.recorded"),
    GUARDED: ("vm.cpu.guarded", "vm.engine.translator.guarded"),
}  # fmt: skip
"""The modules with the functions of each."""
ALL = tuple(MODULES)

PYTHON, C = "py.", "c."
"""How the names of entries begin, for Python and for C."""
OBJECTS_SYMBOL = "objects"
"""Data of the machine code's: pointers to :data:`vm.native.placing.OBJECTS`."""
ARRAY, TYPE_ERROR, RAISE, NO_INTEGER = range(4)
"""Which of them is which: the type of arrays, the exception, what raises an exception that numba has kept, and the
exceptions that say that something is no integer of 64 bits."""

SETTINGS = (
    "NUMBA_BOUNDSCHECK", "NUMBA_LOOP_VECTORIZE", "NUMBA_SLP_VECTORIZE", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES",
)  # fmt: skip
"""The variables of the environment that change what is compiled.

NUMBA_OPT is none: code that is not optimised holds addresses of the process that compiled it.
"""

PIECE, OBJECT_FILE = "piece", "object file"
"""What is kept of a part: prepared to be placed by ourselves, or as LLVM has made it."""

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and what is compiled now: first of all 0, 0, and what all of it is."""


class CannotCompile(Exception):
    """The machine cannot be compiled here."""
