"""Damaged images, with sections, symbols and debugging information, through every command that reads one.

An image comes from a compiler or our assembler; a case changes a few of its bytes, mostly where tables and DWARF are,
and runs commands on it. A command prints what it will and ends with a documented exit status: no exception, no status
125, no more time than it was given.
"""

from __future__ import annotations

import random
import re
import sys
from functools import cache
from pathlib import Path

from asm import Source, assemble
from tests.elf.mutations import mutate_once
from tests.fuzz.harness import GRACE, ROOT, Case, Fuzzer, limited, main, scratch
from vm import toolchain
from vm.elf import read_sections
from vm.native import jit, parts

SECONDS = 1.0
"""What each run may take; a command with several of them, or with a report to make, has more."""
ASSEMBLED = ("hazards/bad/across_symbols", "vfork_return", "vfork_heap", "fork_exec")
PROGRAM = Path(__file__).parent / "damaged.c"
BUILDS = (
    ("-O0",), ("-O2",), ("-Og", "-gdwarf-4"), ("-O1", "-gdwarf-3"), ("-O1", "-Wl,--compress-debug-sections=zlib"),
    ("-Os", "-fdebug-types-section", "-gdwarf-5"), ("-O2", "-Wl,--strip-all"),
)  # fmt: skip
FREESTANDING = ("-nostdlib", "-ffreestanding", "-fno-builtin")
VALUES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF)
COMMANDS = ("run", "check", "compare", "disasm", "inspect")


@cache
def images() -> tuple[bytes, ...]:
    """The images that cases begin with."""
    found = []
    for name in ASSEMBLED:
        path = ROOT / "programs" / f"{name}.s"
        found.append(assemble([Source(path.name, path.read_text())], directory="/src").image)
    if toolchain.is_installed():
        found += [toolchain.build(PROGRAM, [*FREESTANDING, *flags]) for flags in BUILDS]
    return tuple(found)


@cache
def debug_sections(index: int) -> tuple[tuple[str, int, int], ...]:
    """(name, offset, size) of the sections of an image that debuggers and linkers read."""
    return tuple(
        (section.name, section.offset, section.size)
        for section in read_sections(images()[index])
        if section.size and section.name.startswith((".debug", ".eh", ".sym", ".str", ".shstr", ".riscv"))
    )


def damage(image: bytes, base: int, seed: int) -> bytes:
    """``image``, made of the base of that number, with the change of that seed."""
    chance = random.Random(seed)
    if chance.random() < 0.3:
        return mutate_once(image, images()[base], chance)
    sections = debug_sections(base)
    name, offset, size = chance.choice(sections)
    sections = tuple(section for section in sections if section[0] == name) or sections
    data = bytearray(image)
    near = min(size, chance.choice([16, 64, 512, 1 << 30]))  # headers come first
    place = offset + chance.randrange(near)
    match chance.randrange(6):
        case 0:
            width = chance.choice([1, 2, 4, 8])
            data[place : place + width] = (chance.choice(VALUES) % (1 << 8 * width)).to_bytes(width, "little")
        case 1:
            data[place : place + 1] = bytes([chance.getrandbits(8)])
        case 2:
            length = chance.choice([1, 4, 9, 40])
            data[place : place + length] = chance.choice([b"\xff", b"\x80", b"\0", b"\x7f", b"\1"]) * length
        case 3:
            other, length = offset + chance.randrange(size), chance.randrange(32)
            data[place : place + length] = data[other : other + length]
        case 4:
            for _ in range(chance.choice([2, 10, 100])):
                place = offset + chance.randrange(size)
                data[place : place + 1] = bytes([chance.getrandbits(8)])
        case _:
            value = int.from_bytes(data[place : place + 4], "little") + chance.choice([-1, 1, 4, -4, 256, 1 << 16])
            data[place : place + 4] = (value & 0xFFFF_FFFF).to_bytes(4, "little")
    return bytes(data[: len(image)])


class Status(Exception):
    """A command ended with a status that says it is our fault; ``place`` is what it said."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.place = re.sub(r"0x[0-9a-f]+|\d+", "N", message.strip().split("\n")[-1])[:150]


class Images(Fuzzer):
    """Makes such images, and gives them to the commands."""

    name = "images"
    memory = 8 << 20

    def prepare(self) -> None:
        """Compile the machine and the programs, and load what every command needs."""
        from vm.cli import COMMANDS as names
        from vm.cli import forklore

        jit.prepare(parts.ALL)
        self.path = scratch("images") / "image"
        for name in names:
            forklore.get_command(None, name)
        images()

    def make(self, seed: int) -> Case:
        """The changes, as seeds of their own, and the command lines."""
        chance = random.Random(seed)
        base = chance.randrange(len(images()))
        changes = tuple(chance.getrandbits(40) for _ in range(chance.choice([1, 1, 1, 2, 4])))
        commands = tuple(self.options(command, chance) for command in chance.sample(COMMANDS, 2))
        return Case(seed, changes, {"base": base, "commands": commands})

    def options(self, command: str, chance: random.Random) -> list[str]:
        """A command line, but for the image."""
        if command == "inspect":
            return [command]
        if command == "disasm":
            return [command, *chance.choice([[], ["--no-aliases"]])]
        limits = [
            "--memory",
            "2M",
            "--stack",
            "64K",
            "--seconds",
            f"{SECONDS * self.patience:g}",
            "--instructions",
            "100000",
        ]
        if command != "compare":
            limits += ["--fork", chance.choice(["copy", "cow", "on-demand"])]
        more = {
            "run": [[], ["--stats"], ["--trace"], ["--check-vfork"]],
            "check": [["--format", "text", "--notes"], ["--format", "json"], ["--format", "sarif"]],
            "compare": [["--rounds", "0"], ["--rounds", "0", "--format", "json"]],
        }[command]
        return [command, *limits, "--output", "10000", *chance.choice(more)]

    def image(self, case: Case) -> bytes:
        """The damaged image of a case."""
        image = images()[case.settings["base"]]
        for change in case.parts:
            image = damage(image, case.settings["base"], change)
        return image

    def attempt(self, case: Case) -> None:
        """Give the image to the commands; raises what they raise, and Status."""
        for command in case.settings["commands"]:
            runs = 8 if command[0] == "compare" else 2
            with limited((SECONDS * runs + GRACE) * self.patience):
                self.invoke(command, self.image(case))

    def invoke(self, command: list[str], image: bytes) -> None:
        """One command, in this process."""
        from click.testing import CliRunner

        from vm.cli import forklore

        self.path.write_bytes(image)
        self.path.chmod(0o755)
        result = CliRunner().invoke(forklore, [*command, str(self.path)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        if result.exit_code == 125 and "forklore:" in result.output:
            raise Status(f"{command[0]}: {result.output}")

    def write(self, case: Case, folder: Path) -> None:
        """Write the image, and the command lines."""
        (folder / "image").write_bytes(self.image(case))
        (folder / "image").chmod(0o755)
        lines = [f"forklore {' '.join(command)} image" for command in case.settings["commands"]]
        (folder / "commands.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main(Images()))
