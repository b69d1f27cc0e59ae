"""No page-table entry is trusted: whatever stands in a live page table, nothing outside of physical memory is reached.

The entries are written behind the machine's back. What an access may do then is told by a walk in plain Python,
from the RISC-V privileged specification, section "Virtual Address Translation Process", which shares nothing with the
machine's. tests/cpu/test_modes.py runs all of it with checked bounds as well, where a miss is an IndexError.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.cpu.engine import ENGINES, SLOW, EngineMachine
from vm.abi import PAGE_SIZE, Protection
from vm.memory import AddressSpace, BadAddress, Fault, OutOfMemory
from vm.memory.frames import FREE_IN_USE, NOT_IN_USE
from vm.memory.resident import resident
from vm.memory.strategies import STRATEGIES

CODE, DATA, OTHER = 0x0001_0000, 0x0040_0000, 0x0080_0000
"""Three pages, each under a last-level table of its own."""
NEW, MORE = OTHER + 0x40000, 2 * PAGE_SIZE
"""Where a page is moved, and the size of what it becomes there."""
FRAMES = 64
VALID, READ, WRITE, EXECUTE, USER = 1, 2, 4, 8, 16
RWU = VALID | READ | WRITE | USER
BITS = {Protection.READ: READ, Protection.WRITE: WRITE, Protection.EXEC: EXECUTE}
INSTRUCTIONS = {
    "lw": (0x0005_2583, Protection.READ),
    "lbu": (0x0005_4583, Protection.READ),
    "lr.w": (0x1005_25AF, Protection.READ),
    "sw": (0x00B5_2023, Protection.WRITE),
    "sb": (0x00B5_0023, Protection.WRITE),
    "sc.w": (0x18B5_25AF, Protection.WRITE),
    "amoadd.w": (0x00B5_25AF, Protection.WRITE),
    "jr": (0x0005_0067, Protection.EXEC),
}
"""Instructions that access the address in a0, as words, and how."""


@pytest.fixture(autouse=True)
def frames_balance() -> None:
    """Nothing is audited here: these tests leave page tables that no machine makes."""


class Machine:
    """A process whose page at DATA is about to lose its entry."""

    def __init__(self, engine: str) -> None:
        self.machine = EngineMachine(ENGINES[engine], FRAMES * PAGE_SIZE)
        self.space = self.machine.space
        for address in (DATA, OTHER):
            self.machine.install(address, b"x" * PAGE_SIZE, "rw")
        self.memory = self.space.memory
        self.words = self.memory.words

    def slot(self) -> int:
        """Index of DATA's pointer entry."""
        return self.space.root * 1024 + (DATA >> 22)

    def leaf(self) -> int:
        """Index of DATA's last-level entry."""
        return (int(self.words[self.slot()]) >> 10) * 1024 + (DATA >> 12 & 1023)

    def frame(self, address: int) -> int:
        """The frame of a page."""
        return self.space.entry(address) >> 10


def beyond(chance: random.Random) -> int:
    """A frame number that physical memory has not got."""
    return chance.choice([FRAMES, FRAMES + 1, 0xFFFFF, 0x100000, 0x3FFFFF, chance.randrange(FRAMES, 1 << 22)])


Damage = Callable[[Machine, random.Random], tuple[int, int]]
"""Chooses (index in words, new entry)."""

DAMAGES: dict[str, Damage] = {
    "leaf beyond memory": lambda m, chance: (m.leaf(), beyond(chance) << 10 | 0xD7),
    "pointer beyond memory": lambda m, chance: (m.slot(), beyond(chance) << 10 | VALID),
    "protected pointer beyond memory": lambda m, chance: (m.slot(), beyond(chance) << 10 | 0x100 | VALID),
    "pointer as a leaf": lambda m, chance: (m.leaf(), m.frame(OTHER) << 10 | VALID),
    "leaf as a pointer": lambda m, chance: (m.slot(), m.frame(OTHER) << 10 | RWU),
    "pointer to a page of data": lambda m, chance: (m.slot(), m.frame(OTHER) << 10 | VALID),
    "pointer to the root": lambda m, chance: (m.slot(), m.space.root << 10 | VALID),
    "leaf that shows its own table": lambda m, chance: (m.leaf(), m.leaf() // 1024 << 10 | 0xD7),
    "leaf that shows the root": lambda m, chance: (m.leaf(), m.space.root << 10 | 0xD7),
    "leaf that shows a free frame": lambda m, chance: (m.leaf(), (FRAMES - 1) << 10 | 0xD7),
    "writable, not readable": lambda m, chance: (m.leaf(), m.frame(DATA) << 10 | VALID | WRITE | USER),
    "writable, executable": lambda m, chance: (m.leaf(), m.frame(DATA) << 10 | VALID | WRITE | EXECUTE | USER),
    "reserved bits of a pointer": lambda m, chance: (
        m.slot(), int(m.words[m.slot()]) | chance.choice([16, 64, 128, 16 | 64 | 128]),
    ),
    "random leaf": lambda m, chance: (m.leaf(), chance.getrandbits(32)),
    "random pointer": lambda m, chance: (m.slot(), chance.getrandbits(32)),
}  # fmt: skip


def may(memory_words: list[int], root: int, address: int, access: Protection) -> bool:
    """What the specification lets a user do, over a physical memory of FRAMES frames; and this machine's PROTECTED."""
    pointer = memory_words[root * 1024 + (address >> 22)]
    if not pointer & VALID or pointer & (READ | WRITE | EXECUTE | USER | 64 | 128) or pointer >> 10 >= FRAMES:
        return False
    if access == Protection.WRITE and pointer & 0x100:
        return False
    entry = memory_words[(pointer >> 10) * 1024 + (address >> 12 & 1023)]
    if not entry & VALID or entry & (READ | WRITE) == WRITE or not entry & USER or not entry & BITS[access]:
        return False
    return entry >> 10 < FRAMES


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def damaged(engine: str, damage: str, chance: random.Random, code: int = 0) -> Machine:
    machine = Machine(engine)
    words = code.to_bytes(4, "little") + b"\x73\0\0\0" + bytes(PAGE_SIZE - 8)
    machine.machine.install(CODE, words, "rx")
    machine.space.flush()
    index, entry = DAMAGES[damage](machine, chance)
    machine.words[index] = entry
    return machine


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_access_obeys_the_specification(engine: str, damage: str):
    chance = random.Random(damage)
    for name, (code, access) in INSTRUCTIONS.items():
        machine = damaged(engine, damage, chance, code)
        process = machine.machine
        process.x = [0] * 10 + [DATA, 7] + [0] * 20
        process.pc, process.reservation = CODE, (DATA, 0x7878_7878)
        allowed = may(machine.words.tolist(), machine.space.root, DATA, access)
        stop = process.engine(process.context, machine.space, 1)
        if name == "jr":
            assert stop.retired == 1
            stop = process.engine(process.context, machine.space, 1)
        if allowed:
            assert stop.reason.name not in ("LOAD_FAULT", "STORE_FAULT", "FETCH_FAULT"), name
        else:
            assert (stop.reason.name.endswith("FAULT"), stop.address, stop.retired) == (True, DATA, 0), name


@pytest.mark.parametrize("damage", ["leaf beyond memory", "pointer beyond memory", "reserved bits of a pointer",
                                    "writable, not readable"])  # fmt: skip
def test_a_fault_on_what_cannot_be_trusted_is_refused_and_not_tried_for_ever(engine: str, damage: str):
    for access in (Protection.READ, Protection.WRITE):
        machine = damaged(engine, damage, random.Random(damage))
        assert machine.space.handle_fault(DATA, access) is Fault.FORBIDDEN
        with pytest.raises(BadAddress) as caught:
            machine.space.read(DATA - 4, 8) if access == Protection.READ else machine.space.write(DATA, b"data")
        assert caught.value.address in (DATA - 4, DATA)
        with pytest.raises(BadAddress):
            machine.space.read_string(DATA, 100)
        assert machine.space.peek(DATA, 4) in (b"", b"xxxx")
        machine.space.destroy()


RW = Protection.READ | Protection.WRITE
ATTEMPTS: list[Callable[[AddressSpace], object]] = [
    lambda space: space.read(DATA, 100),
    lambda space: space.write(DATA + 4000, b"w" * 200),
    lambda space: space.handle_fault(DATA, Protection.WRITE),
    lambda space: space.find(DATA) and space.protect(DATA, DATA + PAGE_SIZE, Protection.READ),
    lambda space: space.find(DATA) and space.protect(DATA, DATA + PAGE_SIZE, RW),
    lambda space: space.discard(DATA, DATA + PAGE_SIZE),
    lambda space: space.find(DATA) and space.is_free(NEW, NEW + MORE) and space.move(DATA, PAGE_SIZE, NEW, MORE),
    lambda space: space.unmap(DATA, DATA + PAGE_SIZE),
    lambda space: space.is_free(DATA, DATA + MORE) and space.map(DATA, DATA + MORE, RW, "mapping"),
    lambda space: space.peek(DATA, 100),
    resident,
    lambda space: space.resident(space.segments[0]),
]
"""What the kernel does to page tables and through them."""


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@pytest.mark.parametrize("damage", DAMAGES)
def test_the_kernel_reaches_nothing_outside(strategy: str, damage: str):
    """Whatever it does next ends well, in an error of the guest's, or where the accounts of frames stop the machine."""
    chance = random.Random(damage + strategy)
    for _ in range(2 if SLOW else 8):
        machine = damaged("interpreter", damage, chance)
        spaces = [machine.space]
        stopped = ""
        try:
            for _ in range(2):
                with suppress(OutOfMemory):
                    spaces.append(STRATEGIES[strategy](chance.choice(spaces))[0])
                for attempt in chance.sample(ATTEMPTS, len(ATTEMPTS)):
                    with suppress(BadAddress, OutOfMemory):
                        attempt(chance.choice(spaces))
            for space in spaces:
                space.destroy()
        except AssertionError as error:
            stopped = str(error)
        assert stopped in ("", FREE_IN_USE, NOT_IN_USE)
        assert not stopped or "beyond" not in damage
