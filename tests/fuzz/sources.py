"""Soup of assembly: tokens, directives, nested blocks, expressions, huge numbers and control bytes.

A source is either an image or errors, in bounded time and memory, whatever it is made of. What is assembled is read
back, listed and linked a second time to the same bytes.
"""

from __future__ import annotations

import random
import re
import sys
from functools import cache
from pathlib import Path

from asm import AssemblyError, Source, assemble, directives, instructions
from tests.fuzz.harness import ROOT, Case, Fuzzer, limited, main
from vm.elf.reader import read_sections, read_symbols

SECONDS = 5.0
"""What one source may take."""
LONGEST = 50_000
"""Characters that a line is made to have at most."""
NUMBERS = (
    "0", "1", "-1", "2", "3", "4", "8", "12", "16", "31", "32", "64", "100", "255", "256", "1000", "2047", "2048",
    "-2048", "4095", "4096", "65535", "65536", "1000000", "0x7fffffff", "0x80000000", "0xffffffff", "0x100000000",
    "-0x80000000", "0x7fffffffffffffff", "0xffffffffffffffff", "1e400", "0b1010", "0777", "08", "0x", "9" * 40, "'a'",
    "'\\n'", "1f", "1b", "99f", ".", "1.5",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "%", "<<", ">>", "|", "&", "^", "!", "~", "&&", "||", "==", "!=", "<>", "<", ">", "<=",
             ">=", "(", ")")  # fmt: skip
NAMES = ("a", "b", "c", "x", "y", "m", "n", "_start", "main", ".L0", "$d", "end", "loop", "data", "a.b", "\\x", "\\@",
         "\\()", "\\x\\()1", "\u00e9t\u00e9", "__very_long_name_" * 8)  # fmt: skip
REGISTERS = ("a0", "a1", "x0", "x31", "x32", "zero", "sp", "t6", "s0", "fp", "f0", "pc")
STRANGE = ("\0", "\x0b", "\x0c", "\r", "\x1b[31m", "\x7f", "\xff", "\u2028", "\ud800", "\U0001f600", "\\", '"', "'",
           "#", "//", "/*", "*/", ";", ":", ",", "%", "@", "{", "}", "`", "\t")  # fmt: skip
RELOCATIONS = ("%hi", "%lo", "%pcrel_hi", "%pcrel_lo", "%tprel_hi", "%got_pcrel_hi", "%foo")
BLOCKS = (
    (".rept {n}", ".endr"), (".irp x, {v}", ".endr"), (".irpc x, {w}", ".endr"), (".macro {m} x, y={n}", ".endm"),
    (".macro {m} x:vararg", ".endm"), (".macro {m} x:req", ".endm"), (".if {e}", ".endif"), (".ifdef {s}", ".endif"),
    (".pushsection .data", ".popsection"),
)  # fmt: skip


@cache
def corpus() -> tuple[str, ...]:
    """Lines that mean something."""
    files = sorted((ROOT / "programs").glob("*.s")) + sorted((ROOT / "tests" / "asm").glob("**/*.s"))
    return tuple(line for path in files for line in path.read_text().splitlines() if line.strip())


@cache
def words() -> tuple[str, ...]:
    """Names of instructions and directives, and tokens of the corpus."""
    found = {word for line in corpus() for word in re.findall(r"[\w.]+|\S+", line)}
    return tuple(sorted({*found, *directives.TABLE, *instructions.TABLE}))


class Writer:
    """Writes the lines of one source."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.lines: list[str] = []

    def expression(self, depth: int = 0) -> str:
        """An expression, mostly well formed."""
        chance = self.chance
        if depth > 4 or chance.random() < 0.4:
            return chance.choice([*NUMBERS, *NAMES])
        kind = chance.random()
        if kind < 0.15:
            return "(" + self.expression(depth + 1) + ")"
        if kind < 0.25:
            return chance.choice("-~!") + self.expression(depth + 1)
        if kind < 0.3:
            return chance.choice(RELOCATIONS) + "(" + self.expression(depth + 1) + ")"
        if kind < 0.32:
            return "(" * chance.choice([10, 100, 1000]) + "1"
        return self.expression(depth + 1) + chance.choice(OPERATORS) + self.expression(depth + 1)

    def operand(self) -> str:
        """What may follow a name."""
        chance = self.chance
        match chance.randrange(6):
            case 0:
                return chance.choice(REGISTERS)
            case 1:
                return f"{self.expression()}({chance.choice(REGISTERS)})"
            case 2:
                return (
                    '"'
                    + "".join(chance.choice(["a", "\\n", "\\0", "\\x41", "\\777", "%", *STRANGE]) for _ in range(5))
                    + '"'
                )
            case 3:
                return chance.choice(words())
            case _:
                return self.expression()

    def statement(self) -> str:
        """One line."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.25:
            return chance.choice(corpus())
        if kind < 0.55:
            name = chance.choice([*directives.TABLE])
        elif kind < 0.75:
            name = chance.choice([*instructions.TABLE])
        elif kind < 0.85:
            return f"{chance.choice([*NAMES, '1', '2'])}: {chance.choice(['', 'nop', '.word 1'])}"
        elif kind < 0.93:
            return " ".join(
                chance.choice([*words()[:50], *STRANGE, *NUMBERS, *OPERATORS]) for _ in range(chance.randrange(12))
            )
        else:
            return f"{chance.choice(NAMES)} {', '.join(self.operand() for _ in range(chance.randrange(3)))}"
        return f"{name} {', '.join(self.operand() for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])))}"

    def begin(self, form: str) -> str:
        """The first line of a block."""
        chance = self.chance
        count = chance.choice([*NUMBERS, self.expression(), "100", "1000", "3000"])
        values = ", ".join(self.operand() for _ in range(chance.choice([0, 1, 3, 30])))
        letters = "".join(chance.choices("abcxyz", k=chance.choice([1, 5, 60])))
        names = {"m": chance.choice(NAMES[:7]), "s": chance.choice(NAMES)}
        return form.format(n=count, v=values, w=letters, e=self.expression(), **names)

    def block(self, depth: int) -> None:
        """Lines, some of them in blocks that are repeated, defined or skipped."""
        chance = self.chance
        for _ in range(chance.choice([1, 2, 3, 8])):
            if depth < 6 and chance.random() < 0.35:
                begin, end = chance.choice(BLOCKS)
                self.lines.append(self.begin(begin))
                self.block(depth + 1)
                if chance.random() < 0.95:
                    self.lines.append(end)
            else:
                self.lines.append(self.statement())

    def damage(self) -> None:
        """Strange characters, and lines cut, doubled and exchanged."""
        chance = self.chance
        for _ in range(chance.choice([0, 0, 1, 4])):
            place = chance.randrange(len(self.lines))
            line = self.lines[place]
            column = chance.randrange(len(line) + 1)
            match chance.randrange(4):
                case 0:
                    self.lines[place] = line[:column] + chance.choice(STRANGE) + line[column:]
                case 1:
                    self.lines[place] = line[:column]
                case 2:
                    self.lines[place] = (line + chance.choice(["", ";", " "])) * min(
                        chance.choice([2, 2, 100, 5000]), LONGEST // (len(line) + 1) + 1
                    )
                case _:
                    self.lines.insert(place, chance.choice(self.lines))


class Sources(Fuzzer):
    """Makes such sources, and assembles them."""

    name = "sources"
    memory = 64 << 20

    def prepare(self) -> None:
        """Read what lines are taken from."""
        words()

    def make(self, seed: int) -> Case:
        """The lines of that seed."""
        writer = Writer(seed)
        for _ in range(writer.chance.choice([1, 1, 3, 10])):
            writer.block(0)
        writer.damage()
        return Case(seed, tuple(writer.lines))

    def attempt(self, case: Case) -> None:
        """Assemble; whatever is neither an image nor errors is raised."""
        text = "\n".join(case.parts)
        with limited(SECONDS * self.patience):
            first = result(text)
        if len(text) < 20_000:
            assert result(text) == first, "the same source, another result"

    def write(self, case: Case, folder: Path) -> None:
        """Write the source."""
        (folder / "source.s").write_bytes("\n".join(case.parts).encode("utf-8", "surrogatepass"))


def result(text: str) -> bytes | str:
    """The image, checked, or the errors."""

    def read_include(name: str) -> str:
        if name in ("a", "x"):
            return text
        raise FileNotFoundError(2, "No such file or directory")

    try:
        assembly = assemble([Source("x.s", text)], read_include=read_include)
    except AssemblyError as error:
        message = str(error)
        assert message, "errors without a word"
        assert len(message) < 4 << 20, f"{len(message)} bytes of errors"
        return message
    read_sections(assembly.image)
    read_symbols(assembly.image)
    assembly.listing()
    return assembly.image


if __name__ == "__main__":
    sys.exit(main(Sources()))
