"""The engine that stops before accesses to ranges of memory; what accesses none of them runs as it would without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from vm.cpu.guarded import is_next_guarded
from vm.cpu.guards import GUARD_SIZE, MOST_GUARDS, new_guards
from vm.cpu.state import CHANGES, PC, READS, STOP_ADDRESS, STOP_RETIRED, TOUCHES, WRITES, Context, StopReason
from vm.cpu.stepping import REACHED
from vm.engine.accesses import Access, look_ahead
from vm.engine.protocol import Engine, MachineEngine
from vm.memory import AddressSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BUDGET = int(StopReason.BUDGET)
MOST_SETS = 256
"""Sets of ranges for which an engine is kept ready."""


class Range(Protocol):
    """``size`` bytes at ``address`` are guarded against accesses of ``kinds``: bits of READS, WRITES and CHANGES."""

    @property
    def address(self) -> int:
        """Of its first byte."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def kinds(self) -> int:
        """Of accesses."""


class Met(NamedTuple):
    """The range of this ``number`` is met by an access of ``kinds``, first at ``address``."""

    number: int
    kinds: int
    address: int


class Guarding:
    """Makes engines that stop before accesses; ``machine`` is the engine of the whole machine."""

    def __init__(self, machine: MachineEngine) -> None:
        self._machine = machine
        self._made: dict[tuple[Range, ...], Guarded] = {}

    def around(self, ranges: tuple[Range, ...], others: Engine | None = None, *, one_by_one: bool = False) -> Guarded:
        """Return what runs processes as ``others`` do, the machine's engine if None, and stops before accesses.

        ``others`` may stop for other reasons. Where they look at each instruction by themselves they are given one at a
        time: ``one_by_one``. It is good until the next one is asked for. Raises ValueError for more ranges than can be
        guarded, and for one that is none.
        """
        guarded = self._made.get(ranges)
        if guarded is None:
            if len(self._made) >= MOST_SETS:
                self._made.clear()
            guarded = self._made[ranges] = Guarded(self._machine, ranges)
        guarded.others = self._machine if others is None else others
        guarded.one_by_one = one_by_one
        return guarded


class Guarded:
    """Stops before an instruction that accesses one of ``ranges``: ``execute`` returns REACHED; ``ahead`` tells more.

    Nothing of the instruction has happened then, and it will not fault. A write of the bytes that are there meets no
    range that is guarded against CHANGES alone. The first instruction of an execution is none to stop before.
    """

    def __init__(self, machine: MachineEngine, ranges: tuple[Range, ...]) -> None:
        if len(ranges) > MOST_GUARDS:
            raise ValueError(f"no more than {MOST_GUARDS} ranges of memory can be guarded at a time")
        for each in ranges:
            if each.size < 1 or each.address < 0 or each.address + each.size > 1 << 32:
                raise ValueError(f"{each.size} bytes at {each.address:#x} are no range of memory")
        self.others: Engine = machine
        self.one_by_one = False
        self._machine = machine
        self._ranges = ranges
        rows = [(each.address, each.address + each.size, each.kinds) for each in ranges]
        self._guards = new_guards(np.array(rows, np.int64).reshape(-1, GUARD_SIZE))

    def ahead(self, context: Context, space: AddressSpace) -> tuple[Access, tuple[Met, ...]] | None:
        """Tell what the next instruction accesses, and which ranges that meets; None if none, or if it will fault."""
        tlb, ram, decoded, _, root = space.engine_arguments
        if not is_next_guarded(context, tlb, ram, decoded, root, self._guards):
            return None
        found = look_ahead(context, space)
        assert found is not None, f"pc {int(context[PC]):#x} accesses memory"
        return found.access, tuple(self._met(*found))

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says; or stop before an access: REACHED."""
        tlb, ram, decoded, _, root = space.engine_arguments
        if is_next_guarded(context, tlb, ram, decoded, root, self._guards):
            return self.others.execute(context, space, min(budget, 1), stop)
        if self.one_by_one:
            return self._step(context, space, budget, stop)
        self._machine.guard(self._guards)
        try:
            reason = self.others.execute(context, space, budget, stop)
        finally:
            self._machine.guard(None)
        return REACHED if reason == TOUCHES else reason

    def _step(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run one instruction after the other."""
        retired, reason = 0, _BUDGET
        tlb, ram, decoded, _, root = space.engine_arguments
        while retired < budget and reason == _BUDGET:
            if is_next_guarded(context, tlb, ram, decoded, root, self._guards):
                reason, stop[STOP_ADDRESS] = REACHED, 0
                break
            reason = self.others.execute(context, space, 1, stop)
            retired += int(stop[STOP_RETIRED])
            if not stop[STOP_RETIRED]:
                break
        stop[STOP_RETIRED] = retired
        return reason

    def _met(self, done: Access, old: int) -> Iterator[Met]:
        """The ranges that an access meets where ``old`` was."""
        made = (READS if done.read is not None else 0) | (WRITES if done.written is not None else 0)
        changes = 0 if done.written is None else old ^ done.written
        for number, each in enumerate(self._ranges):
            first = max(done.address, each.address)
            places = range(first - done.address, min(done.size, each.address + each.size - done.address))
            changed = [done.address + place for place in places if changes >> 8 * place & 0xFF]
            kinds = each.kinds & (made | (CHANGES if changed else 0)) if places else 0
            if kinds:
                yield Met(number, kinds, changed[0] if kinds == CHANGES else first)
