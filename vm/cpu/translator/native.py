"""LLVM: from IR to position-independent code, and the stubs that translated code is entered and left by."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

from vm.cpu.translator import layout
from vm.cpu.translator.emitter import PARAMETERS

SYMBOL_SIZE, RELOCATION_SIZE = 24, 24
R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32S = 2, 4, 11


@dataclass(frozen=True, slots=True)
class Code:
    """Machine code to be placed at a multiple of 16; ``offset`` is where it is entered.

    ``links``: (place, guest address): a signed 32-bit displacement to the state block's link for that address.
    """

    data: bytes
    links: tuple[tuple[int, int], ...]


class UnexpectedObject(Exception):
    """LLVM made something that is not placed here: a section or a relocation of another kind."""


@cache
def _target_machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Loop strength reduction takes minutes on unrolled guest code, and makes it no faster.
    llvm.set_option("", "--disable-lsr")
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, reloc="static", codemodel="small"
    )


@cache
def host_digest() -> str:
    """Names the host's processor and LLVM's version: code made for one must not run on another."""
    import llvmlite
    import llvmlite.binding as llvm

    facts = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_default_triple(),
             llvmlite.__version__, llvm.llvm_version_info)  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def compile_ir(text: str) -> bytes:
    """The ELF object of a module."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    return bytes(_target_machine().emit_object(module))


def take_object(data: bytes) -> tuple[Code, dict[str, int]]:
    """The code of an x86-64 ELF object, its links, and its functions by name (offsets). UnexpectedObject."""
    (section_offset,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, section_offset + size * i) for i in range(count)]

    def name(index: int) -> str:
        start = headers[names][4] + headers[index][0]
        return data[start : data.index(b"\0", start)].decode()

    text, symbols, relocations = None, None, []
    for index, (_, kind, flags, _, _, length, _, info, _, _) in enumerate(headers):
        if kind == 1 and flags & 2 and length:
            if name(index) != ".text":
                raise UnexpectedObject(f"section {name(index)}")
            text = index
        elif kind == 2:
            symbols = index
        elif kind == 4:
            relocations.append((info, index))
    assert text is not None
    assert symbols is not None
    start, length = headers[text][4:6]
    strings = headers[headers[symbols][6]][4]
    table = []
    functions = {}
    for place in range(headers[symbols][4], headers[symbols][4] + headers[symbols][5], SYMBOL_SIZE):
        label, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", data, place)
        text_name = data[strings + label : data.index(b"\0", strings + label)].decode()
        table.append(text_name)
        if section == text and text_name:
            functions[text_name] = value
    links = []
    for info, index in relocations:
        for place in range(headers[index][4], headers[index][4] + headers[index][5], RELOCATION_SIZE):
            offset, kind_and_symbol, addend = struct.unpack_from("<QQq", data, place)
            target = table[kind_and_symbol >> 32]
            if (
                info != text
                or kind_and_symbol & 0xFFFF_FFFF != R_X86_64_32S
                or not target.startswith("link_")
                or addend
            ):
                raise UnexpectedObject(f"relocation {kind_and_symbol & 0xFFFF_FFFF} against {target!r}")
            links.append((offset, int(target[5:], 16)))
    return Code(data[start : start + length], tuple(links)), functions


def _leaving(name: str, why: int) -> str:
    stores = "".join(
        f"%p{register} = getelementptr i8, ptr %state, i64 {8 * layout.REGISTERS + 4 * register}\n"
        f"store i32 %{argument}, ptr %p{register}\n"
        for register, argument in ((33, "pc"), (1, "ra"), (2, "sp"), (10, "a0"), (11, "a1"))
    )
    return (
        f"define preserve_nonecc void @{name}({PARAMETERS}) nounwind {{\n{stores}"
        f"%b = getelementptr i8, ptr %state, i64 {8 * layout.BUDGET}\nstore i64 %budget, ptr %b\n"
        f"%w = getelementptr i8, ptr %state, i64 {8 * layout.WHY}\nstore i64 {why}, ptr %w\nret void\n}}\n"
    )


def stubs() -> str:
    """The module of the functions between the driver, translated code and the page-table walker."""
    loads = "".join(
        f"%p{register} = getelementptr i8, ptr %state, i64 {8 * layout.REGISTERS + 4 * register}\n"
        f"%{argument} = load i32, ptr %p{register}\n"
        for register, argument in ((1, "ra"), (2, "sp"), (10, "a0"), (11, "a1"))
    )
    enter = (
        "define void @enter(ptr %state, ptr %function, i64 %budget, i32 %pc) nounwind {\n" + loads +
        "call preserve_nonecc void %function(ptr %state, i64 %budget, i32 %pc, i32 %ra, i32 %sp, i32 %a0, i32 %a1)\n"
        "ret void\n}\n"
    )  # fmt: skip
    resolve = (
        "define preserve_mostcc i64 @resolve(ptr %state, i32 %address, i32 %kind) nounwind {\n"
        f"%rp = getelementptr i8, ptr %state, i64 {8 * layout.REFILL}\n%refill = load ptr, ptr %rp\n"
        f"%mp = getelementptr i8, ptr %state, i64 {8 * layout.RAM}\n%ram = load ptr, ptr %mp\n"
        "%a = zext i32 %address to i64\n%k = zext i32 %kind to i64\n"
        "%r = call i64 %refill(ptr %state, ptr %ram, i64 %a, i64 %k)\nret i64 %r\n}\n"
    )
    leaving = ((layout.LEFT_UNKNOWN_TARGET, "unknown_target"), (layout.LEFT_SHORT_BUDGET, "short_budget"),
               (layout.LEFT_ONE_STEP, "one_step"))  # fmt: skip
    return enter + resolve + "".join(_leaving(name, why) for why, name in leaving)
