"""qemu-riscv32 as a judge of single instructions: illegal words, misaligned jumps and atomics, faults, results.

The program in qemu_judge.s is assembled and linked by GNU binutils; it runs each word under signal handlers.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("qemu_judge.s")
TOOLS = ("qemu-riscv32", "riscv64-unknown-elf-as", "riscv64-unknown-elf-ld")
RV32IMA = "rv32,c=false,f=false,d=false,Zicsr=false,Zifencei=false,zba=false,zbb=false,zbc=false,zbs=false"

TEXT, DATA, SLOT = 0x0001_0000, 0x0007_0000, 0x0008_0000
"""Where the judge lies: its own text and variables, the page the words may write to, and the page they run in."""
SIGILL, SIGTRAP, SIGBUS, SIGSEGV = 4, 5, 7, 11


@dataclass(frozen=True, slots=True)
class Verdict:
    """The signal that ended an instruction (or the ebreak after it) and the registers at that moment."""

    signal: int
    address: int
    pc: int
    x: tuple[int, ...]


def missing_tools() -> list[str]:
    """Programs the judge needs and this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def build(directory: Path) -> Path:
    """Assemble and link the judge; returns the executable."""
    object_file, executable = directory / "judge.o", directory / "judge"
    march = ["-march=rv32ima", "-mabi=ilp32", "-mno-relax"]
    subprocess.run(["riscv64-unknown-elf-as", *march, "-o", object_file, SOURCE], check=True)
    places = [f"-Ttext={TEXT:#x}", f"--section-start=.judged={DATA:#x}", f"--section-start=.slot={SLOT:#x}"]
    link = ["riscv64-unknown-elf-ld", "-m", "elf32lriscv", "--no-warn-rwx-segments", *places]
    subprocess.run([*link, "-o", executable, object_file], check=True)
    return executable


def judge(executable: Path, words: Sequence[int], registers: Sequence[int], data: bytes) -> tuple[list[Verdict], bytes]:
    """What each word did, each started with these 32 registers, and the data page after all of them."""
    request = struct.pack("<31I", *registers[1:]) + data + struct.pack(f"<{len(words)}I", *words)
    command = ["qemu-riscv32", "-cpu", RV32IMA, executable]
    answer = subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True).stdout
    assert len(answer) == 136 * len(words) + 4096, f"{len(answer)} bytes for {len(words)} words"
    verdicts = []
    for signal, address, pc, *x in struct.iter_unpack("<34I", answer[:-4096]):
        verdicts.append(Verdict(signal, address, pc, (0, *x)))
    return verdicts, answer[-4096:]


def judge_misaligned_jump(executable: Path, word: int, registers: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """The pc and the registers at a jump that QEMU refuses as misaligned.

    QEMU's user mode has no signal for it: it gives up with "unhandled CPU exception 0" (instruction address
    misaligned) and the state of the processor. Raises AssertionError if it did anything else.
    """
    request = struct.pack("<31I", *registers[1:]) + bytes(4096) + struct.pack("<I", word)
    command = ["qemu-riscv32", "-cpu", RV32IMA, executable]
    process = subprocess.run(command, input=request, capture_output=True, cwd=executable.parent, check=False)
    message = process.stderr.decode()
    assert "unhandled CPU exception 0 " in message, f"{word:#010x}: {message or process.stdout[:8].hex()}"
    pc = re.search(r"^ pc +([0-9a-f]{8})", message, re.MULTILINE)
    x = re.findall(r"x\d+/\w+ +([0-9a-f]{8})", message)
    assert pc is not None, message
    assert len(x) == 32, message
    return int(pc[1], 16), tuple(int(value, 16) for value in x)
