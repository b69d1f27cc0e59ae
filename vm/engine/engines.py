"""The engines by name, as the kernel runs them: the interpreter, the translator, or each where it pays."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from vm.cpu import interpreter, jit
from vm.cpu.decode import WITHOUT_ENTRIES
from vm.cpu.state import STOP_RETIRED, Context

if TYPE_CHECKING:
    from vm.engine.translator.engine import Statistics
    from vm.memory import AddressSpace, PhysicalMemory

WARM_UP = 30_000_000
"""Instructions the interpreter runs before a machine gets a translator: about 70 ms, twice what loading it takes."""


class Engine(Protocol):
    """What runs a process's instructions."""

    @property
    def statistics(self) -> Statistics | None:
        """What was translated; None when nothing ever was."""

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[Any]) -> int:
        """As :func:`vm.cpu.interpreter.execute`, over the memory of ``space``."""

    def save(self) -> None:
        """Keep on disk what a later run can use."""


class Interpreter:
    """Every instruction interpreted."""

    statistics: Statistics | None = None

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[Any]) -> int:
        """As :func:`vm.cpu.interpreter.execute`."""
        return int(interpreter.execute(context, *space.engine_arguments, budget, stop, WITHOUT_ENTRIES))

    def save(self) -> None:
        """Nothing is kept."""


class Auto:
    """The interpreter, and once a machine has run for a while the translator beside it."""

    def __init__(self, memory: PhysicalMemory) -> None:
        self._memory = memory
        self._retired = 0
        self._execute = self._interpret
        self._translator: Any = None

    @property
    def statistics(self) -> Statistics | None:
        """What was translated."""
        return None if self._translator is None else self._translator.statistics

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[Any]) -> int:
        """As :func:`vm.cpu.interpreter.execute`."""
        return self._execute(context, space, budget, stop)

    def _interpret(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[Any]) -> int:
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


def new_translator(memory: PhysicalMemory, **options: Any) -> Any:
    """A :class:`~vm.engine.translator.engine.Translator` with its options. LLVM is not imported before."""
    from vm.engine.translator.engine import Translator

    return Translator(memory, **options)


def is_translator_supported() -> bool:
    """True where the translator can run: compiled, on a processor whose code and calling conventions it knows."""
    return jit.ENABLED and platform.machine() in ("x86_64", "AMD64")


ENGINES: dict[str, Callable[[PhysicalMemory], Engine]] = {
    "interpreter": lambda memory: Interpreter(),
    "translator": new_translator,
    "auto": Auto,
}
"""How to make each engine."""


def new_engine(name: str, memory: PhysicalMemory) -> Engine:
    """The engine ``name``; the interpreter where a translator cannot run."""
    return ENGINES[name if is_translator_supported() else "interpreter"](memory)
