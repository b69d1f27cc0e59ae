"""The product's engines behind the shape of the naive interpreter, so that tests compare like with like."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numba

from tests.oracle import naive
from vm.abi import PAGE_SIZE, Protection
from vm.cpu import interpreter
from vm.cpu.state import NO_RESERVATION, PC, RESERVED_ADDRESS, RESERVED_WORD, Context, Stop, StopReason, new_context
from vm.engine.engines import is_translator_supported
from vm.memory import AddressSpace, Fault, PhysicalMemory

SLOW = bool(numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK)
"""True in the modes in which machines are slow."""

Run = Callable[[Context, AddressSpace, int], Stop]


def translate_at_once(context: Context, space: AddressSpace, budget: int) -> Stop:
    """The translator of the space's memory, which translates whatever it meets."""
    memory: Any = space.memory
    if not hasattr(memory, "translator"):
        from vm.engine.translator.engine import Translator

        memory.translator = Translator(memory, threshold=0)
    return memory.translator.run(context, space, budget)


ENGINES: dict[str, Run] = {"interpreter": interpreter.run}
"""Every engine, by name; all of them pass the same tests."""
if is_translator_supported():
    ENGINES["translator"] = translate_at_once

PROTECTION = {"r": Protection.READ, "w": Protection.WRITE, "x": Protection.EXEC}
FAULTS = {
    StopReason.FETCH_FAULT: Protection.EXEC,
    StopReason.LOAD_FAULT: Protection.READ,
    StopReason.STORE_FAULT: Protection.WRITE,
}


def protection(permissions: str) -> Protection:
    """The product's word for "r", "rw", "rx" and so on."""
    result = Protection.NONE
    for letter in permissions:
        result |= PROTECTION[letter]
    return result


class EngineMachine:
    """One process: a context and an address space of ``size`` bytes whose frames are handed out in random order."""

    def __init__(self, run: Run, size: int = 1 << 20) -> None:
        self.engine = run
        self.space = AddressSpace(PhysicalMemory(size))
        self.context = new_context()
        self.random = random.Random(0)

    def sample(self, compiled: int, slow: int, checked: int | None = None) -> int:
        """A number of trials: ``slow`` where an engine runs uncompiled, with checked bounds, or compiles each one.

        ``checked`` where it compiles each one and bounds are checked: in code that is there once, beside the trials'.
        """
        if self.engine is not interpreter.run and numba.config.BOUNDSCHECK and checked is not None:
            return checked
        return slow if SLOW or self.engine is not interpreter.run else compiled

    def share(self) -> EngineMachine:
        """Another process in the same address space, as after vfork."""
        other = EngineMachine.__new__(EngineMachine)
        other.engine, other.space, other.random = self.engine, self.space, self.random
        other.context = new_context()
        return other

    @property
    def x(self) -> list[int]:
        """The registers."""
        return [int(value) for value in self.context[:32]]

    @x.setter
    def x(self, values: list[int]) -> None:
        self.context[:32] = values

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return int(self.context[PC])

    @pc.setter
    def pc(self, value: int) -> None:
        self.context[PC] = value

    @property
    def reservation(self) -> tuple[int, int] | None:
        """Address and word of the last LR."""
        address = int(self.context[RESERVED_ADDRESS])
        return None if address == NO_RESERVATION else (address, int(self.context[RESERVED_WORD]))

    @reservation.setter
    def reservation(self, value: tuple[int, int] | None) -> None:
        self.context[RESERVED_ADDRESS], self.context[RESERVED_WORD] = value or (NO_RESERVATION, 0)

    def install(self, address: int, data: bytes, permissions: str) -> None:
        """Map pages with this content, in place of what was there; pages of zeros get no frame before their use.

        Old pages are unmapped, or kept and written while the segment is not executable: either must discard what was
        decoded from them.
        """
        wanted, end = protection(permissions), address + len(data)
        segment = self.space.find(address)
        if segment is not None and self.random.getrandbits(1):
            self.space.unmap(address, end)
            segment = None
        if segment is None:
            self.space.map(address, end, wanted, "mapping")
        self.space.protect(address, end, Protection.READ | Protection.WRITE)
        pages = list(range(address, end, PAGE_SIZE))
        self.random.shuffle(pages)
        for page in pages:
            content = data[page - address :][:PAGE_SIZE]
            if any(content) or self.space.entry(page):
                assert self.space.handle_fault(page, Protection.WRITE) is Fault.RESOLVED
                self.space.load(page, content)
        self.space.protect(address, end, wanted)

    def run(self, budget: int) -> naive.Stop:
        """Retire at most ``budget`` instructions, giving pages their first frames on the way as the kernel does."""
        retired = 0
        while True:
            stop = self.engine(self.context, self.space, budget - retired)
            retired += stop.retired
            access = FAULTS.get(stop.reason)
            if access is None or self.space.handle_fault(stop.address, access) is not Fault.RESOLVED:
                return naive.Stop(stop.reason.name, stop.pc, stop.address, retired)

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of mapped pages, read past the tables' permissions and without a mark in them."""
        data = b""
        for page in range(address & -PAGE_SIZE, address + size, PAGE_SIZE):
            entry = self.space.entry(page)
            start = (entry >> 10) * PAGE_SIZE
            data += self.space.memory.ram[start : start + PAGE_SIZE].tobytes() if entry & 1 else bytes(PAGE_SIZE)
        return data[address % PAGE_SIZE :][:size]
