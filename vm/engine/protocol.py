"""What an engine is: something that runs the instructions of a process in an address space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from vm.cpu.state import Context
from vm.memory import AddressSpace, PhysicalMemory
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Statistics:
    """What a translator did.

    Regions and guest instructions translated, the processor time that took in seconds, bytes of code made; regions
    taken from the cache; regions left to the interpreter because LLVM made something of them that cannot be placed; how
    often everything was forgotten for want of room; instructions that ran translated.
    """

    regions: int = 0
    instructions: int = 0
    seconds: float = 0.0
    code_bytes: int = 0
    recalled: int = 0
    refused: int = 0
    evictions: int = 0
    executed: int = 0


class Engine(Protocol):
    """Who runs the processes of an address space."""

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run at most ``budget`` instructions of the process with ``context`` in ``space``; return why it stopped.

        That is a :class:`~vm.cpu.state.StopReason` as an int, with ``stop`` as :func:`vm.cpu.interpreter.execute` fills
        it. BUDGET may come before the budget is used up: the caller has another look, and calls again.
        """


class MachineEngine(Engine, Protocol):
    """The engine of a whole machine, which runs every address space that has no other."""

    @property
    def statistics(self) -> Statistics | None:
        """What was translated; None when nothing ever was."""

    def break_at(self, addresses: frozenset[int]) -> None:
        """Stop, until told otherwise, at marks that are put at these ``addresses`` of the space that runs.

        An engine is told before each execution for which there are some (see :mod:`vm.engine.breaking`).
        """

    def guard(self, guards: NDArray[np.int64] | None) -> None:
        """Stop, until told otherwise, before accesses that meet one of ``guards`` (:mod:`vm.cpu.guards`): TOUCHES.

        An engine is told before each execution for which there are some (see :mod:`vm.engine.guarding`).
        """

    def for_copy(self, memory: PhysicalMemory) -> MachineEngine:
        """Make the engine of a copy of the machine, over the copy of its memory.

        What was compiled for one of them, or will be, is not compiled for the other.
        """

    def save(self) -> None:
        """Keep on disk what a later run can use."""
