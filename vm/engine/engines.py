"""The engines of machines by name: the interpreter, the translator, or each where it pays."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from vm.cpu import interpreter
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.state import STOP_RETIRED, Context
from vm.engine.protocol import MachineEngine, Statistics
from vm.memory import AddressSpace, PhysicalMemory
from vm.native import jit

if TYPE_CHECKING:  # it is imported when it is needed, for what comes with it
    from numpy.typing import NDArray

    from vm.engine.translator.engine import Translator

WARM_UP = 30_000_000
"""Instructions the interpreter runs before a machine gets a translator: about 70 ms, twice what loading it takes."""


class Interpreter:
    """Every instruction interpreted."""

    statistics: Statistics | None = None

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        return int(interpreter.execute(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES))

    def save(self) -> None:
        """Keep nothing."""


class Auto:
    """The interpreter, and once a machine has run for a while the translator beside it."""

    def __init__(self, memory: PhysicalMemory) -> None:
        self._memory = memory
        self._retired = 0
        self._execute = self._interpret
        self._translator: Translator | None = None

    @property
    def statistics(self) -> Statistics | None:
        """What was translated."""
        return None if self._translator is None else self._translator.statistics

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        return self._execute(context, space, budget, stop)

    def _interpret(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        reason = int(interpreter.execute(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES))
        self._retired += int(stop[STOP_RETIRED])
        if self._retired >= WARM_UP:
            self._translator = new_translator(self._memory, interpreted=self._retired)
            self._execute = self._translator.execute
        return reason

    def save(self) -> None:
        """Keep the translations."""
        if self._translator is not None:
            self._translator.save()


def new_translator(memory: PhysicalMemory, *, interpreted: int = 0) -> Translator:
    """Make a translator, for a machine that has ``interpreted`` so many instructions before."""
    from vm.engine.translator.engine import Translator

    return Translator(memory, interpreted=interpreted)


def is_translator_supported() -> bool:
    """Tell whether the translator can run here: compiled, on a processor whose calling conventions it knows."""
    return jit.ENABLED and platform.machine() in ("x86_64", "AMD64")


ENGINES: dict[str, Callable[[PhysicalMemory], MachineEngine]] = {
    "interpreter": lambda memory: Interpreter(),
    "translator": new_translator,
    "auto": Auto,
}
"""How to make each engine."""


def new_engine(name: str, memory: PhysicalMemory) -> MachineEngine:
    """Make the engine ``name``; the interpreter where a translator cannot run.

    What an engine needs to run is made when it runs first, so that a machine which is only looked at costs nothing.
    """
    return ENGINES[name if is_translator_supported() else "interpreter"](memory)
