"""What LLVM makes of regions is placed, constants and all, or left to the interpreter; it never ends a run."""

from __future__ import annotations

import io
import random
import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asm import Source, assemble
from vm import Machine
from vm.cpu.decode import FRAME_WORDS, ROW, decode_frame
from vm.elf import load_image
from vm.engine import engines
from vm.native.arena import MOST_CODE

pytestmark = pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host")

CONSTANT_POOL = """
_start: li      t1, 3000
1:      slt     t0, t3, a0
        or      a0, t0, t0
        addi    a2, a2, 1
        add     a3, a3, a0
        addi    t1, t1, -1
        bnez    t1, 1b
        xor     a0, a0, a3
        li      a7, 93
        ecall
"""
"""On processors with GFNI LLVM reverses the bits of a byte with a matrix that it keeps in .rodata.cst16."""

PROCESSORS = ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "nehalem", "haswell", "skylake", "skylake-avx512",
              "icelake-server", "sapphirerapids", "znver1", "znver3", "znver4", "znver5"]  # fmt: skip


def compile_for(processor: str, text: str) -> bytes:
    import llvmlite.binding as llvm

    from vm.engine.translator import native

    native._target_machine()  # which sets LLVM up
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(cpu=processor, opt=2, reloc="static", codemodel="small")
    return bytes(machine.emit_object(llvm.parse_assembly(text)))


def module(source: str) -> str:
    """The IR of the region at the beginning of a source in assembly."""
    from vm.engine.translator.emitter import Emitter
    from vm.engine.translator.regions import discover, take_apart

    (segment, *_) = load_image(assemble([Source("x.s", source)]).image).segments
    words = np.zeros(FRAME_WORDS * 4, np.uint32)
    code = np.frombuffer(segment.data[: len(segment.data) & -4], np.uint32)
    words[: len(code)] = code
    decoded = np.zeros(ROW * 4, np.int64)
    decode_frame(words, decoded, 0)

    def read(address: int) -> Any:
        index = (address - segment.vaddr) >> 2
        return take_apart(int(decoded[index])) if 0 <= index < len(code) else None

    region = discover(segment.vaddr, read, ())
    assert region is not None
    return Emitter(region, read).module("region")


SNIPPETS = [
    "slt {d}, {a}, {b}\n or {c}, {d}, {d}", "sltu {d}, {a}, {b}\n xor {c}, {d}, {a}", "sltiu {d}, {a}, 1",
    "neg {c}, {d}\n and {d}, {c}, {a}", "mul {d}, {a}, {b}\n mulhu {c}, {a}, {b}", "mulh {d}, {a}, {b}",
    "mulhsu {d}, {a}, {b}", "li {c}, 7\n divu {d}, {a}, {c}\n remu {a}, {a}, {c}", "li {c}, -10\n div {d}, {a}, {c}",
    "rem {d}, {a}, {b}", "li {c}, 0x55555555\n xor {d}, {a}, {c}",
    "srli {d}, {a}, 1\n li {c}, 0x33333333\n and {d}, {d}, {c}",
    "slli {d}, {a}, 24\n srli {c}, {a}, 24\n or {d}, {d}, {c}",
    "sll {d}, {a}, {b}\n srl {c}, {a}, {b}\n or {a}, {d}, {c}",
    "sra {d}, {a}, {b}", "blt {a}, {b}, 9f\n mv {a}, {b}\n9:", "bltu {a}, {b}, 9f\n xor {c}, {c}, {d}\n9:",
    "lbu {d}, 0(sp)\n sb {d}, 1(sp)", "lw {a}, 0(sp)\n lw {b}, 4(sp)\n sw {b}, 0(sp)\n sw {a}, 4(sp)",
    "andi {d}, {a}, 1\n slti {c}, {d}, 1\n slli {c}, {c}, 7",
]  # fmt: skip
"""What compilers make of bit tricks, divisions by constants, rotations, minima, byte swaps."""


def soup(seed: int) -> str:
    numbers = random.Random(seed)
    lines = ["_start: addi sp, sp, -16", "1:"]
    for _ in range(12):
        a, b, c, d = (numbers.choice(("a0", "a1", "a2", "a3", "t0", "t1", "s0", "s1")) for _ in range(4))
        lines.append(numbers.choice(SNIPPETS).format(a=a, b=b, c=c, d=d))
    return "\n".join([*lines, " addi a7, a7, -1", " bnez a7, 1b", " ecall"])


@cache
def corpus() -> list[str]:
    return [module(CONSTANT_POOL), *(module(soup(seed)) for seed in range(6))]


@pytest.mark.parametrize("processor", PROCESSORS)
def test_what_llvm_makes_for_a_processor_is_placed(processor: str) -> None:
    from vm.engine.translator import native

    for text in corpus():
        data = compile_for(processor, text)
        code, functions = native.take_code(data)
        assert functions["region"] == 0
        assert_constants_are_found(data, code)


def assert_constants_are_found(data: bytes, code: Any) -> None:
    """Every reference to a constant leads to it, as another reader of ELF finds them."""
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(io.BytesIO(data))
    symbols, text = elf.get_section_by_name(".symtab"), elf.get_section_by_name(".text").data()
    relocations = elf.get_section_by_name(".rela.text")
    links = 0
    for relocation in relocations.iter_relocations() if relocations else ():
        symbol = symbols.get_symbol(relocation["r_info_sym"])
        if symbol.name.startswith("link_"):
            links += 1
            continue
        place = relocation["r_offset"]
        (away,) = struct.unpack_from("<i", code.data, place)
        wanted = elf.get_section(symbol["st_shndx"]).data()[symbol["st_value"] + relocation["r_addend"] + 4 :]
        assert wanted, "a constant"
        assert code.data[place + 4 + away :].startswith(wanted)
    assert code.data.startswith(text) or relocations
    assert links == len(code.links)


def test_a_constant_pool_is_made_by_some_processor() -> None:
    """Otherwise this file tests nothing."""
    assert any(b".rodata.cst16" in compile_for(processor, corpus()[0]) for processor in PROCESSORS)


@pytest.mark.parametrize("engine", ["translator", "auto"])
def test_a_constant_pool_does_not_end_a_run(tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path))
    monkeypatch.setattr("vm.engine.translator.engine.SECONDS_TO_LOAD", 0.0)
    source = tmp_path / "pool.s"
    source.write_text(CONSTANT_POOL.replace("3000", "3000000"))
    expected = Machine(engine="interpreter").run(source)
    for _ in range(2):
        booted = Machine(engine=engine).boot(source).start()
        result = booted.finish()
        assert (result.status, result.retired) == (expected.status, expected.retired)
        assert booted.kernel.engine.statistics.executed > expected.retired // 2
        assert not booted.kernel.engine.statistics.refused


REGION = "define void @region(ptr %state) nounwind {{\n{}ret void\n}}\n"
STRANGE = {
    "variables": "@x = global i32 7\n" + REGION.format("store i32 8, ptr @x\n"),
    "variables without content": "@x = global i32 0\n" + REGION.format("store i32 8, ptr @x\n"),
    "variables of threads": "@x = thread_local global i32 1\n" + REGION.format("store i32 8, ptr @x\n"),
    "a call": "declare void @memset(ptr)\n" + REGION.format("call void @memset(ptr %state)\n"),
    "constants that hold addresses": "@x = constant ptr @region\n" + REGION.format(""),
    "an absolute address": "@x = constant [2 x i32] [i32 1, i32 2]\n"
    + REGION.format(
        "%i = load i64, ptr %state\n%p = getelementptr i32, ptr @x, i64 %i\n%v = load volatile i32, ptr %p\n"
    ),
    "a wide constant": "@x = constant <16 x i32> zeroinitializer, align 64\n" + REGION.format(""),
    "too much": f'@x = constant [{1 << 20} x i8] c"{"a" * (1 << 20)}"\n' + REGION.format(""),
    "a section of its own": REGION.format("").replace("nounwind", 'nounwind section ".other"'),
    "no code": "@x = constant i32 7\n",
    "nothing": "",
    "an unwinding function": REGION.format("").replace("nounwind", "uwtable"),
}


@pytest.mark.parametrize("strange", list(STRANGE))
def test_what_cannot_be_placed_is_refused(strange: str) -> None:
    from vm.engine.translator import native

    data = native.compile_ir(STRANGE[strange])
    with pytest.raises(native.UnexpectedObject):
        native.take_code(data)


def test_damaged_objects_are_refused_or_taken_within_their_bounds() -> None:
    from vm.engine.translator import native

    numbers = random.Random(8)
    whole = compile_for("znver4", corpus()[0])
    native.take_code(whole)
    refused = 0
    for _ in range(3000):
        data = bytearray(whole)
        if numbers.randrange(4) == 0:
            del data[numbers.randrange(len(data)) :]
        for _ in range(numbers.randrange(1, 5)):
            if data:
                start = numbers.randrange(len(data))
                noise = numbers.choice((b"\xff" * 8, b"\0" * 8, numbers.randbytes(1), numbers.randbytes(8)))
                data[start : start + len(noise)] = noise
        try:
            code, _ = native.take_code(bytes(data))
        except native.UnexpectedObject:
            refused += 1
            continue
        assert len(code.data) <= MOST_CODE
        assert all(0 <= place <= len(code.data) - 4 for place, _ in code.links)
    assert 300 < refused < 3000


def test_a_refused_region_is_interpreted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vm.engine.translator import native

    taken, asked = native.take_code, 0

    def refuse(data: bytes) -> Any:
        nonlocal asked
        code, functions = taken(data)
        if "region" not in functions:
            return code, functions
        asked += 1
        raise native.UnexpectedObject("for a test")

    monkeypatch.setenv("FORKLORE_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "take_code", refuse)
    source = tmp_path / "pool.s"
    source.write_text(CONSTANT_POOL.replace("3000", "3000000"))
    expected = Machine(engine="interpreter").run(source)
    booted = Machine(engine="translator").boot(source).start()
    result = booted.finish()
    statistics = booted.kernel.engine.statistics
    assert (result.status, result.retired) == (expected.status, expected.retired)
    assert statistics.regions == statistics.executed == 0
    assert 1 <= statistics.refused == asked <= 10, "each is tried once"
