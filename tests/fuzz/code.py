"""Random code, legal and not, on both engines in lock-step: the same stops, registers, memory, output and counts.

The code is a loop, so that the translator's optimizer has something to do, of random instructions and of shapes that
make LLVM combine neighbours into vectors and put constants into pools: masks of comparisons, products and quotients by
constants, chains of selections, bytes put together, words updated side by side.
"""

from __future__ import annotations

import random
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fuzz.harness import Case, Fuzzer, limited, main, scratch
from tests.oracle.generator import AMOS, ARITHMETIC, BRANCHES, EDGES, IMMEDIATE, LOADS, MULTIPLY, SHIFTS, STORES
from tests.oracle.generator import b_type as branch
from tests.oracle.generator import i_type as immediate
from tests.oracle.generator import j_type as jump
from tests.oracle.generator import r_type as register
from tests.oracle.generator import s_type as store
from tests.oracle.generator import u_type as upper
from tests.translator.at_once import translate_at_once
from tests.translator.test_lockstep_machines import Recorder, without_times
from vm import Machine
from vm.abi import Protection
from vm.elf import OutputSection, write_image
from vm.isa import INSTRUCTIONS
from vm.native import jit, parts

SECONDS = 20.0
"""What one run may take, translation included."""
CODE, DATA = 0x1_0000, 0x4_0000
POOL = (5, 6, 7, *range(10, 16), *range(18, 32))
"""Registers that the code may change; s0 points into the data and s1 counts the loop."""
BASE, COUNT, NUMBER = 8, 9, 17
LOAD, STORE, ADD, OP, JALR, BRANCH, LUI, AUIPC, AMO, ECALL = 0x03, 0x23, 0x13, 0x33, 0x67, 0x63, 0x37, 0x17, 0x2F, 0x73
CALLS = (64, 124, 172, 214, 222, 215, 226, 260, 278, 403, 1071, 1079)
SETTINGS: dict[str, Any] = {
    "memory": 2 << 20, "stack": 64 << 10, "processes": 4, "output": 10_000, "instructions": 20_000,
}  # fmt: skip


def constant(to: int, value: int) -> list[int]:
    """``to`` = ``value``."""
    return [upper(LUI, to, (value + 0x800) >> 12), immediate(ADD, 0, to, to, value)]


class Writer:
    """Writes the parts of one loop's body, each a list of words that may stand anywhere."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.shapes: tuple[Callable[[], list[int]], ...] = (
            self.arithmetic, self.arithmetic, self.masks, self.by_constant, self.selection, self.bytes, self.neighbours,
            self.neighbours, self.memory, self.skip, self.reductions,
        )  # fmt: skip

    def reg(self) -> int:
        """A register that may be changed; rarely the one that cannot."""
        return self.chance.choice(POOL) if self.chance.random() < 0.97 else 0

    def value(self) -> int:
        """A word."""
        return self.chance.choice([*EDGES, self.chance.getrandbits(32), 1 << self.chance.randrange(32), 0x0101_0101])

    def arithmetic(self) -> list[int]:
        """A few instructions on registers alone."""
        words = []
        for _ in range(self.chance.choice([1, 3, 8])):
            match self.chance.randrange(4):
                case 0:
                    words.append(
                        register(OP, *self.chance.choice([*ARITHMETIC.values()]), self.reg(), self.reg(), self.reg())
                    )
                case 1:
                    words.append(
                        register(OP, *self.chance.choice([*MULTIPLY.values()]), self.reg(), self.reg(), self.reg())
                    )
                case 2:
                    f3 = self.chance.choice([*IMMEDIATE.values()])
                    words.append(immediate(ADD, f3, self.reg(), self.reg(), self.chance.choice([*EDGES, 5, -1])))
                case _:
                    f3, f7 = self.chance.choice([*SHIFTS.values()])
                    words.append(register(ADD, f3, f7, self.reg(), self.reg(), self.chance.randrange(32)))
        return words

    def masks(self) -> list[int]:
        """Comparisons made masks, and masks put together."""
        words, masks = [], []
        for _ in range(self.chance.choice([1, 2, 4, 8])):
            mask, f3 = self.reg(), self.chance.choice([2, 3])
            words.append(register(OP, f3, 0, mask, self.reg(), self.reg()))
            if self.chance.random() < 0.6:
                words.append(register(OP, 0, 0x20, mask, 0, mask))  # neg
            masks.append(mask)
        for mask in masks:
            words.append(
                register(
                    OP, self.chance.choice([4, 6, 7]), 0, self.reg(), mask, self.chance.choice([*masks, self.reg()])
                )
            )
        return words

    def by_constant(self) -> list[int]:
        """Products, quotients and remainders by constants."""
        words = []
        for _ in range(self.chance.choice([1, 2, 4])):
            by = self.chance.choice(POOL)
            words += constant(
                by, self.chance.choice([self.value(), self.chance.choice([3, 5, 7, 10, 100, 1000, 641, 65537])])
            )
            f3, f7 = self.chance.choice([*MULTIPLY.values()])
            words += [register(OP, f3, f7, self.reg(), self.reg(), by) for _ in range(self.chance.choice([1, 4]))]
        return words

    def selection(self) -> list[int]:
        """A chain of branches over single moves: selections, minima, switches."""
        words = []
        for _ in range(self.chance.choice([1, 2, 4, 8])):
            words.append(branch(self.chance.choice([*BRANCHES.values()]), self.reg(), self.reg(), 8))
            words.append(immediate(ADD, 0, self.reg(), self.reg(), self.chance.choice([0, 1, -1, 100])))
        return words

    def bytes(self) -> list[int]:
        """A word made of bytes, in some order, or bytes of a word, put back elsewhere."""
        place, to, part = 4 * self.chance.randrange(-200, 200), self.chance.choice(POOL), self.chance.choice(POOL)
        order = self.chance.sample(range(4), 4)
        words = [immediate(ADD, 0, to, 0, 0)]
        for index, byte in enumerate(order):
            words.append(immediate(LOAD, self.chance.choice([0, 4]), part, BASE, place + byte))
            words.append(register(ADD, 1, 0, part, part, 8 * index))
            words.append(register(OP, 6, 0, to, to, part))
        target = 4 * self.chance.randrange(-200, 200)
        if self.chance.random() < 0.5:
            return [*words, store(STORE, 2, BASE, to, target)]
        for byte in order:
            words += [store(STORE, 0, BASE, to, target + byte), register(ADD, 5, 0, to, to, 8)]
        return words

    def neighbours(self) -> list[int]:
        """Neighbouring words, half-words or bytes, each updated by the same operation with constants of its own."""
        count, (f3, size) = self.chance.choice([2, 4, 8, 16]), self.chance.choice([(2, 4), (2, 4), (1, 2), (0, 1)])
        start, target = 4 * self.chance.randrange(-200, 100), 4 * self.chance.randrange(-200, 100)
        own = self.chance.random() < 0.3
        kind, f7 = self.chance.choice([(0, None), (4, None), (6, None), (7, None), (1, 0), (5, 0), (5, 0x20)])
        words = []
        for index in range(count):
            part = POOL[index % len(POOL)]
            if own:
                words += constant(part, self.value())
            else:
                words.append(immediate(LOAD, f3, part, BASE, start + index * size))
            if f7 is None:
                words.append(immediate(ADD, kind, part, part, self.chance.choice([1, -1, 3, 255, 0x7FF, index])))
            else:
                words.append(register(ADD, kind, f7, part, part, self.chance.randrange(32)))
            words.append(store(STORE, f3, BASE, part, target + index * size))
        return words

    def reductions(self) -> list[int]:
        """Words of memory, or many registers, put into one."""
        f3, f7 = self.chance.choice([(0, 0), (4, 0), (6, 0), (7, 0), (0, 1)])
        to, part, words = self.chance.choice(POOL), self.chance.choice(POOL), []
        for index in range(self.chance.choice([4, 8, 16])):
            words.append(immediate(LOAD, 2, part, BASE, 4 * index))
            words.append(register(OP, f3, f7, to, to, part))
        return words

    def memory(self) -> list[int]:
        """Loads, stores and atomics, aligned or not, at or near the data."""
        words = []
        for _ in range(self.chance.choice([1, 4])):
            place = self.chance.randrange(-1024, 1020)
            match self.chance.randrange(3):
                case 0:
                    words.append(immediate(LOAD, self.chance.choice([*LOADS.values()]), self.reg(), BASE, place))
                case 1:
                    words.append(store(STORE, self.chance.choice([*STORES.values()]), BASE, self.reg(), place))
                case _:
                    kind = self.chance.choice([*AMOS.values(), 2, 3])
                    source = 0 if kind == 2 else self.reg()
                    words.append(register(AMO, 2, kind << 2 | self.chance.randrange(4), self.reg(), BASE, source))
        return words

    def skip(self) -> list[int]:
        """A jump or a branch forward over some of what follows, or a call there and back."""
        inner = self.chance.choice(self.shapes[:6])()
        over = 4 * len(inner) + 4
        if self.chance.random() < 0.5:
            return [branch(self.chance.choice([*BRANCHES.values()]), self.reg(), self.reg(), over), *inner]
        if self.chance.random() < 0.5:
            return [jump(0, over), *inner]
        return [jump(1, 8), jump(0, over + 4), *inner, immediate(JALR, 0, 0, 1, 0)]

    def hostile(self) -> list[int]:
        """What may end it all: any instruction, any word, an access anywhere, a call."""
        match self.chance.randrange(5):
            case 0:
                row = self.chance.choice(INSTRUCTIONS)
                return [self.chance.getrandbits(32) & ~row.mask | row.match]
            case 1:
                return [self.chance.getrandbits(32)]
            case 2:
                return [immediate(LOAD, 2, self.reg(), self.reg(), 0), store(STORE, 2, self.reg(), self.reg(), 0)]
            case 3:
                return [immediate(JALR, 0, 1, self.reg(), self.chance.choice([0, 1, 2, 4]))]
            case _:
                return [*constant(NUMBER, self.chance.choice(CALLS)), ECALL]

    def part(self, hostility: float) -> tuple[int, ...]:
        """One part."""
        if self.chance.random() < hostility:
            return tuple(self.hostile())
        return tuple(self.chance.choice(self.shapes)())


class Code(Fuzzer):
    """Makes such code, and runs it on both engines."""

    name = "code"
    memory = 64 << 20

    def prepare(self) -> None:
        """Compile the machine."""
        jit.prepare(parts.ALL)
        self.path = scratch("code") / "image"

    def make(self, seed: int) -> Case:
        """The parts of that seed, how often they are run, and the registers at first."""
        writer = Writer(seed)
        chance = writer.chance
        hostility = chance.choice([0.0, 0.0, 0.05, 0.5])
        parts = tuple(writer.part(hostility) for _ in range(chance.choice([1, 2, 5, 15])))
        registers = {number: writer.value() for number in POOL}
        rest = {"rounds": chance.choice([2, 30, 1000]), "registers": registers, "data": chance.randbytes(8192),
                "quantum": chance.choice([7, 1000, 10_000])}  # fmt: skip
        return Case(seed, parts, rest)

    def words(self, case: Case) -> list[int]:
        """The whole program."""
        words = constant(BASE, DATA + 4096) + constant(COUNT, case.settings["rounds"])
        for number, value in case.settings["registers"].items():
            words += constant(number, value)
        body = [word for part in case.parts for word in part]
        end = [immediate(ADD, 0, COUNT, COUNT, -1), branch(0, COUNT, 0, 8), jump(0, -4 * (len(body) + 2))]
        return [*words, *body, *end, *constant(NUMBER, 94), ECALL]

    def image(self, case: Case) -> bytes:
        """The program as an image."""
        words = self.words(case)
        text = struct.pack(f"<{len(words)}I", *(word & 0xFFFF_FFFF for word in words))
        data = case.settings["data"]
        return write_image(
            entry=CODE,
            sections=[
                OutputSection(".text", Protection.READ | Protection.EXEC, CODE, text, align=4),
                OutputSection(".data", Protection.READ | Protection.WRITE, DATA, data, align=4),
            ],
        )

    def attempt(self, case: Case) -> None:
        """Run it on both engines; AssertionError where they differ."""
        expected, found = (self.run(case, engine) for engine in ("interpreter", "translator"))
        for index, (stop, other) in enumerate(zip(expected[0], found[0], strict=False)):
            assert stop == other, f"stop {index}: {stop} and {other}"
        assert expected == found, "the engines end differently"

    def run(self, case: Case, engine: str) -> tuple[object, ...]:
        """Run it on one engine; every stop, the result as text, and a digest of memory."""
        self.path.write_bytes(self.image(case))
        self.path.chmod(0o755)
        run = Machine(**SETTINGS, quantum=case.settings["quantum"]).boot(self.path).start()
        if engine == "translator":
            run.kernel.engine = translate_at_once(run.kernel.memory)
        recorder = Recorder(run.kernel.engine, run.kernel, case.seed)
        run.kernel.engine = recorder
        with limited(SECONDS * self.patience):
            result = run.finish()
        return recorder.stops, without_times(result), zlib.crc32(run.kernel.memory.ram)

    def write(self, case: Case, folder: Path) -> None:
        """Write the image, and its code as statements."""
        from vm.disassembler import listing

        image = self.image(case)
        (folder / "image").write_bytes(image)
        (folder / "image").chmod(0o755)
        (folder / "code.txt").write_text("\n".join(listing(image)) + "\n")


if __name__ == "__main__":
    sys.exit(main(Code()))
