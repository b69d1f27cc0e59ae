"""LLVM: from IR to position-independent code, and the stubs that translated code is entered and left by."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from vm.engine.translator import layout
from vm.engine.translator.arena import ALIGNMENT, MOST_CODE
from vm.engine.translator.emitter import PARAMETERS

_SYMBOL, _RELOCATION = "<IBBHQQ", "<QQq"
_PROGBITS, _SYMTAB, _RELA = 1, 2, 4
_ALLOC, _CODE, _CONSTANTS = 2, 2 | 4, (2, 2 | 0x10, 2 | 0x10 | 0x20)
"""Flags of sections that are loaded; of code; of constants: plain, mergeable, strings."""
R_X86_64_PC32, R_X86_64_32S = 2, 11


@dataclass(frozen=True, slots=True)
class Code:
    """Machine code, entered at its beginning, and its constants, to be placed at a multiple of :data:`ALIGNMENT`.

    ``links``: (place, guest address): a signed 32-bit displacement to the state block's link for that address.
    """

    data: bytes
    links: tuple[tuple[int, int], ...]


class UnexpectedObject(Exception):
    """LLVM made something that is not placed here, such as a section or a relocation of another kind."""


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


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    kind: int
    flags: int
    content: bytes
    link: int
    info: int
    alignment: int


class _Object:
    """An x86-64 ELF object of LLVM's, and where its sections go: the code, and behind it the constants."""

    def __init__(self, data: bytes) -> None:
        self.sections = list(_read_sections(data))
        self.placed: dict[int, int] = {}
        self.blob = bytearray()
        loaded = [index for index, section in enumerate(self.sections) if section.flags & _ALLOC and section.content]
        for index in sorted(loaded, key=lambda index: self.sections[index].name != ".text"):
            self._place(index)
        if not loaded or self.sections[next(iter(self.placed))].name != ".text":
            raise UnexpectedObject("no code")
        (symbols,) = (section for section in self.sections if section.kind == _SYMTAB)
        strings = self.sections[symbols.link].content
        self.symbols = [
            (_text(strings, name), section, value)
            for name, _, _, section, value, _ in struct.iter_unpack(_SYMBOL, symbols.content)
        ]

    def _place(self, index: int) -> None:
        section = self.sections[index]
        is_code = section.name == ".text" and section.flags == _CODE
        if section.kind != _PROGBITS or not (is_code or section.flags in _CONSTANTS):
            raise UnexpectedObject(f"section {section.name}")
        if section.alignment not in (0, 1, 2, 4, 8, ALIGNMENT):
            raise UnexpectedObject(f"section {section.name} at a multiple of {section.alignment}")
        self.blob += bytes(-len(self.blob) % ALIGNMENT)
        self.placed[index] = len(self.blob)
        self.blob += section.content
        if len(self.blob) > MOST_CODE:
            raise UnexpectedObject(f"{len(self.blob)} bytes")

    def functions(self) -> dict[str, int]:
        """Offsets of the functions."""
        return {
            name: self.placed[section] + value
            for name, section, value in self.symbols
            if name and section in self.placed and self.sections[section].flags == _CODE
        }

    def relocate(self) -> Iterator[tuple[int, int]]:
        """Resolve what refers to constants; (place, guest address) of each link."""
        for section in self.sections:
            if section.kind != _RELA or section.info not in self.placed:
                continue
            base = self.placed[section.info]
            if self.sections[section.info].flags != _CODE:
                raise UnexpectedObject("constants that hold addresses")
            for offset, kind_and_symbol, addend in struct.iter_unpack(_RELOCATION, section.content):
                place, kind = base + offset, kind_and_symbol & 0xFFFF_FFFF
                target, target_section, value = self.symbols[kind_and_symbol >> 32]
                if offset + 4 > len(self.sections[section.info].content):
                    raise UnexpectedObject(f"relocation at {offset}")
                if kind == R_X86_64_32S and not addend and target.startswith("link_"):
                    yield place, int(target[5:], 16)
                elif kind == R_X86_64_PC32 and value < len(self.sections[target_section].content):
                    away = self.placed[target_section] + value + addend - place
                    self.blob[place : place + 4] = struct.pack("<i", away)
                else:
                    raise UnexpectedObject(f"relocation {kind} against {target!r}")


def _read_sections(data: bytes) -> Iterator[_Section]:
    (offset,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + size * index) for index in range(count)]
    _, _, _, _, names_start, names_size, *_ = headers[names]
    for name, kind, flags, _, start, length, link, info, alignment, _ in headers:
        content = data[start : start + length]
        if len(content) != length:
            raise UnexpectedObject("section without content")
        label = _text(data[names_start : names_start + names_size], name)
        yield _Section(label, kind, flags, content, link, info, alignment)


def _text(strings: bytes, start: int) -> str:
    return strings[start : strings.index(b"\0", start)].decode()


def take_object(data: bytes) -> tuple[Code, dict[str, int]]:
    """The code of an x86-64 ELF object, its links, and its functions by name (offsets). UnexpectedObject."""
    try:
        taken = _Object(data)
        links = tuple(taken.relocate())
        return Code(bytes(taken.blob), links), taken.functions()
    except (struct.error, LookupError, ValueError, OverflowError) as error:
        raise UnexpectedObject(f"no object file: {error}") from error


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


@cache
def compiled_stubs() -> tuple[Code, dict[str, int]]:
    """The code of :func:`stubs` and its functions by name (offsets), compiled once for all machines of this process."""
    return take_object(compile_ir(stubs()))
