"""The engines of machines by name: the interpreter, the translator, or each where it pays."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vm.cpu import interpreter
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.state import STOP_RETIRED, Context, StopReason
from vm.engine.protocol import MachineEngine, Statistics
from vm.memory import AddressSpace, PhysicalMemory
from vm.native import jit

if TYPE_CHECKING:  # it is imported when it is needed, for what comes with it
    from numpy.typing import NDArray

    from vm.engine.translator.cache import Cache
    from vm.engine.translator.engine import Translator

_BUDGET = int(StopReason.BUDGET)
FRESH = 30_000
"""Instructions that the interpreter runs first in every address space: about what using translations takes."""


def interpret(
    context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64], guards: NDArray[np.int64] | None
) -> int:
    """Run a process with every instruction interpreted, and stop before accesses that meet ``guards``, if any."""
    if guards is None:
        return int(interpreter.execute(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES))
    from vm.cpu.guarded import execute_guarded  # it is a part of its own

    return int(execute_guarded(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES, guards))


class Interpreter:
    """Every instruction interpreted."""

    statistics: Statistics | None = None

    def __init__(self) -> None:
        self._guards: NDArray[np.int64] | None = None

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        return interpret(context, space, budget, stop, self._guards)

    def guard(self, guards: NDArray[np.int64] | None) -> None:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        self._guards = guards

    def break_at(self, addresses: frozenset[int]) -> None:
        """Do nothing: the marks are in the way."""

    def for_copy(self, memory: PhysicalMemory) -> Interpreter:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        return Interpreter()

    def save(self) -> None:
        """Keep nothing."""


class Auto:
    """The interpreter in address spaces that are new, then the translator."""

    def __init__(self, memory: PhysicalMemory, cache: Cache | None = None) -> None:
        self._memory = memory
        self._cache = cache
        self._space: AddressSpace | None = None
        self._fresh = 0
        self._fresh_of: WeakKeyDictionary[AddressSpace, int] = WeakKeyDictionary()
        self._translator: Translator | None = None
        self._addresses: frozenset[int] = frozenset()
        self._guards: NDArray[np.int64] | None = None

    @property
    def statistics(self) -> Statistics | None:
        """What was translated."""
        return None if self._translator is None else self._translator.statistics

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        if space is not self._space:
            self._turn_to(space)
        if self._fresh > 0:
            return self._interpret(context, space, budget, stop)
        if self._translator is None:
            self._translator = new_translator(self._memory, waits=True, cache=self._cache)
            self._translator.break_at(self._addresses)
            self._translator.guard(self._guards)
        return self._translator.execute(context, space, budget, stop)

    def _turn_to(self, space: AddressSpace) -> None:
        if self._space is not None:
            self._fresh_of[self._space] = self._fresh
        self._space, self._fresh = space, self._fresh_of.get(space, FRESH)

    def _interpret(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        most = min(budget, self._fresh)
        reason = interpret(context, space, most, stop, self._guards)
        retired = int(stop[STOP_RETIRED])
        self._fresh -= retired
        if retired == most < budget and reason == _BUDGET:
            reason = self.execute(context, space, budget - retired, stop)
            stop[STOP_RETIRED] += retired
        return reason

    def break_at(self, addresses: frozenset[int]) -> None:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        self._addresses = addresses
        if self._translator is not None:
            self._translator.break_at(addresses)

    def guard(self, guards: NDArray[np.int64] | None) -> None:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        self._guards = guards
        if self._translator is not None:
            self._translator.guard(guards)

    def for_copy(self, memory: PhysicalMemory) -> Auto:
        """As :class:`~vm.engine.protocol.MachineEngine` says."""
        if self._translator is not None:
            self._cache = self._translator.share()
        elif self._cache is None:
            from vm.engine.translator.cache import cache_on_disk

            self._cache = cache_on_disk()
        return Auto(memory, self._cache)

    def save(self) -> None:
        """Keep the translations."""
        if self._translator is not None:
            self._translator.save()


def new_translator(memory: PhysicalMemory, *, waits: bool = False, cache: Cache | None = None) -> Translator:
    """Make a translator; one that ``waits`` does not load LLVM before interpreting has taken as long."""
    from vm.engine.translator.engine import SECONDS_TO_LOAD, Translator

    return Translator(memory, loading=SECONDS_TO_LOAD if waits else 0.0, cache=cache)


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
