"""What an illegal word would be on a larger machine; LLVM's assembler, told of all extensions, judges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vm import toolchain
from vm.elf import read_sections
from vm.observe.deaths.words import UNIMP, meaning

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")

STATEMENTS = {
    "csrrw x0, cycle, x0": "unimp, a deliberate trap",
    "c.unimp": "two zero bytes",
    "fadd.s fa0, fa1, fa2": "F extension: floating point, single",
    "flw fa0, 0(a0)": "F extension",
    "fsd fa0, 0(a0)": "D extension: floating point, double",
    "fmadd.d fa0, fa1, fa2, fa3": "D extension",
    "fcvt.h.s fa0, fa1": "Zfh extension",
    "vadd.vv v1, v2, v3": "V extension: vectors",
    "vle32.v v1, (a0)": "V extension: vectors",
    "vsetvli a0, a1, e32, m1": "V extension: vectors",
    "rdcycle a0": "control and status register cycle",
    "csrrw a0, mstatus, a1": "control and status register mstatus",
    "frcsr a0": "control and status register fcsr",
    "csrr a0, 0x7c0": "control and status register 0x7c0",
    "mret": "mret for privileged software",
    "sret": "sret for privileged software",
    "wfi": "wfi for privileged software",
    "sfence.vma": "sfence.vma for privileged software",
    "fence.i": "fence.i, of the Zifencei extension",
    "sh1add a0, a1, a2": "extension of integer arithmetic",
    "clz a0, a1": "extension of integer arithmetic",
    "andn a0, a1, a2": "extension of integer arithmetic",
    "bseti a0, a1, 3": "extension of integer arithmetic",
    "c.li a0, 1": "16-bit instruction of the C extension",
}
OF_64_BITS = (
    "ld a0, 0(a1)", "lwu a0, 0(a1)", "sd a0, 0(a1)", "addw a0, a1, a2", "sraiw a0, a1, 3", "amoadd.d a0, a1, (a2)",
)  # fmt: skip
LARGER = "m+a+c+f+d+v+zfh+zba+zbb+zbs+zicsr+zifencei"


def words(folder: Path, bits: int, statements: list[str]) -> list[int]:
    """What LLVM makes of each statement, as a word."""
    source = folder / f"words{bits}.s"
    compressed = {True: ".option rvc", False: ".option norvc"}
    lines = [(".balign 4", compressed[statement.startswith("c.")], statement) for statement in statements]
    source.write_text("".join(f"{line}\n" for group in lines for line in group))
    target = f"riscv{bits}-freestanding", f"-mcpu=generic_rv{bits}+{LARGER}"
    command = [sys.executable, "-m", "ziglang", "cc", "-target", *target, "-g0", "-c", source.name, "-o", "out.o"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    text = b""
    data = (folder / "out.o").read_bytes()
    if bits == 32:
        text = next(section for section in read_sections(data) if section.name == ".text").contents(data)
    else:  # our reader takes 32-bit files alone: the code of a relocatable file lies behind its header of 64 bytes
        text = data[64:]
    return [int.from_bytes(text[4 * number :][:4], "little") for number in range(len(statements))]


def test_words_of_larger_machines(tmp_path: Path):
    for statement, word in zip(STATEMENTS, words(tmp_path, 32, list(STATEMENTS)), strict=True):
        found = meaning(word).text
        assert STATEMENTS[statement] in found or STATEMENTS[statement] == found, (statement, hex(word), found)
    for word in words(tmp_path, 64, list(OF_64_BITS)):
        assert meaning(word).text == "an instruction of RV64, the 64-bit machine", hex(word)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0, "four zero bytes"),
        (UNIMP, "unimp, a deliberate trap"),
        (0xFFFF_FFFF, "no instruction of 32 bits: its low bits say that it is longer"),
        (0x0000_000B, "an instruction of a custom extension"),
        (0x0000_4501, "a 16-bit instruction of the C extension, 0x4501"),
        (0x0000_006B, "none of RISC-V's instructions"),
    ],
)
def test_other_words(word: int, text: str):
    assert meaning(word).text == text


def test_every_word_has_a_meaning():
    assert all(meaning(opcode | function << 12).text for opcode in range(128) for function in range(8))
