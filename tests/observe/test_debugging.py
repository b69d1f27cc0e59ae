"""Debugging information is a guest's input: whatever it says, it is read soon and in little memory, or left out."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.elf.samples import SECTIONS, patch
from tests.forking import forked_command
from tests.isa.seeds import chooser
from vm import toolchain
from vm.abi import Protection
from vm.elf import OutputSection, read_header, read_sections, read_symbols, write_image
from vm.observe import dwarf
from vm.observe.symbols import Symbols, source_lines

PROGRAM = Path(__file__).parents[2] / "programs" / "vfork_global.s"
REGISTERS = (0x2_0000,) * 32
STACK = bytes(range(256)) * 16


def assembled() -> bytes:
    return assemble([Source("first.s", "_start:\nnop\nnop\n")], directory="/somewhere").image


def image(**sections: bytes) -> bytes:
    """The sample image with debugging sections of these contents."""
    found = [OutputSection("." + name, Protection.NONE, 0, data, loaded=False) for name, data in sections.items()]
    return write_image(entry=0x10000, sections=(*SECTIONS[:1], *found))


def contents(data: bytes, name: str) -> bytes:
    return next(section for section in read_sections(data) if section.name == name).contents(data)


def parts(data: bytes) -> dict[str, bytes]:
    """The debugging sections of an image by name, without the dot."""
    found = [section for section in read_sections(data) if section.name.startswith(".debug_")]
    return {section.name[1:]: section.contents(data) for section in found}


def ask(data: bytes, addresses: list[int]) -> Symbols:
    """Ask for all that debugging information tells of these addresses."""
    symbols = Symbols(data)
    for address in addresses:
        symbols.line(address)
        frames = symbols.activations(address, REGISTERS, lambda place: place & 0xFFFF)
        symbols.variable(0x2_0004, frames)
    return symbols


def gnu_packed(data: bytes) -> bytes:
    return b"ZLIB" + len(data).to_bytes(8, "big") + zlib.compress(data)


def test_what_is_packed_is_read() -> None:
    sections = {f"z{name}": gnu_packed(data) for name, data in parts(assembled()).items()}
    for data in (assembled(), image(**sections)):
        symbols = Symbols(data)
        line = symbols.line(0x10004)
        assert line is not None
        assert (line.file, line.line, symbols.problem) == ("first.s", 3, None)


def flag_as_packed(data: bytes, name: str) -> bytes:
    """``data`` with SHF_COMPRESSED set on a section."""
    index = next(index for index, section in enumerate(read_sections(data)) if section.name == name)
    return patch(data, read_header(data).shoff + 40 * index + 8, 0x800)


def test_what_is_packed_as_the_standard_has_it_is_read() -> None:
    sections = parts(assembled())
    lines = sections["debug_line"]
    sections["debug_line"] = struct.pack("<III", 1, len(lines), 1) + zlib.compress(lines)
    line = Symbols(flag_as_packed(image(**sections), ".debug_line")).line(0x10004)
    assert line is not None
    assert line.line == 3


@pytest.mark.parametrize("size", [dwarf.SIZE_LIMIT + 1, 1 << 40, 100])
@pytest.mark.parametrize("standard", [True, False])
def test_a_bomb_is_not_unpacked(size: int, standard: bool) -> None:
    bomb = zlib.compress(bytes(1 << 24), 1)
    if standard:
        head = struct.pack("<III", 1, size & 0xFFFF_FFFF if size < 1 << 32 else 0xFFFF_FFFF, 1)
        data = flag_as_packed(image(debug_info=head + bomb), ".debug_info")
    else:
        data = image(zdebug_info=b"ZLIB" + size.to_bytes(8, "big") + bomb)
    symbols = Symbols(data)
    tracemalloc.start()
    assert symbols.line(0x10000) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert symbols.problem is not None
    if size > 100:
        assert symbols.problem == "it has more than 64 MiB"


def test_other_packings_are_left_out() -> None:
    data = flag_as_packed(image(debug_info=struct.pack("<III", 2, 100, 1) + bytes(100)), ".debug_info")
    symbols = Symbols(data)
    assert symbols.line(0x10000) is None
    assert symbols.problem == "it is packed by other means than zlib"


def unit(entries: bytes, version: int = 4) -> bytes:
    """A compilation unit of these entries."""
    head = struct.pack("<HIB", 4, 0, 4) if version < 5 else struct.pack("<HBBI", 5, 1, 4, 0)
    return struct.pack("<I", len(head) + len(entries)) + head + entries


CODE = struct.pack("<II", 0x10000, 0x10100)
UNIT = bytes((1, 0x11, 1, 0x11, 1, 0x12, 1, 0, 0))
"""Abbreviation 1: a unit with children, DW_AT_low_pc and DW_AT_high_pc as addresses."""
FUNCTION = bytes((2, 0x2E, 1, 0x11, 1, 0x12, 1, 0x40, 0x18, 0, 0))
"""Abbreviation 2: a function with children, likewise, and DW_AT_frame_base as an expression."""
LISTED = bytes((1, 0x11, 1, 0x11, 1, 0x12, 1, 0x10, 0x17, 0, 0, 0))
"""Abbreviation 1: the same with DW_AT_stmt_list."""


def circle_of_siblings() -> bytes:
    """A block in a function says that the next entry is the block itself."""
    block = bytes((3, 0x0B, 1, 0x01, 0x13, 0, 0))
    start = 11 + 1 + 8 + 1 + 8 + 2
    entries = b"\1" + CODE + b"\2" + CODE + b"\1\x9c" + b"\3" + struct.pack("<I", start) + b"\0\0\0"
    return image(debug_info=unit(entries), debug_abbrev=UNIT + FUNCTION + block + b"\0")


def attributes_without_bytes() -> bytes:
    """Each entry is a byte and has ten thousand attributes that take none."""
    flags = bytes((3, 0x0A, 0)) + bytes((0x3F, 0x19)) * 10_000 + b"\0\0"
    entries = b"\1" + CODE + b"\2" + CODE + b"\1\x9c" + b"\3" * 100_000
    return image(debug_info=unit(entries), debug_abbrev=UNIT + FUNCTION + flags + b"\0")


def deep_blocks() -> bytes:
    block = bytes((3, 0x0B, 1, 0, 0))
    entries = b"\1" + CODE + b"\2" + CODE + b"\1\x9c" + b"\3" * 100_000 + bytes(100_002)
    return image(debug_info=unit(entries), debug_abbrev=UNIT + FUNCTION + block + b"\0")


def lines(head: bytes, program: bytes = b"", version: int = 5, line_range: int = 14) -> bytes:
    """An image whose line table has this header, from the format of folders on."""
    fixed = bytes((1, 1, 1, 0xFB, line_range, 13)) + bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
    sizes = struct.pack("<BB", 4, 0) if version >= 5 else b""
    body = struct.pack("<H", version) + sizes + struct.pack("<I", len(fixed + head)) + fixed + head + program
    entries = b"\1" + CODE + struct.pack("<I", 0)
    table = struct.pack("<I", len(body)) + body
    return image(debug_info=unit(entries), debug_abbrev=LISTED, debug_line=table)


def endless_number() -> bytes:
    return lines(b"\0a\0\0\0\0\0", b"\2" + b"\xff" * 2_000_000 + b"\1", 4)


def frame_of_many_registers(count: int = 100_000) -> bytes:
    """A function's frame names a hundred thousand registers, and remembers them as often."""
    common = struct.pack("<IB", 0xFFFF_FFFF, 1) + b"\0\1\1\1"
    rules = b"".join(b"\7" + bytes((n & 127 | 128, n >> 7 & 127 | 128, n >> 14)) + b"\x0a" for n in range(count))
    entry = struct.pack("<III", 0, 0x10000, 0x100) + rules
    frame = b"".join(struct.pack("<I", len(part)) + part for part in (common, entry))
    return image(debug_info=unit(b"\1" + CODE + b"\0"), debug_abbrev=UNIT + b"\0", debug_frame=frame)


TRAPS: dict[str, Callable[[], bytes]] = {
    "siblings in a circle": circle_of_siblings,
    "attributes that take no bytes": attributes_without_bytes,
    "blocks in blocks": deep_blocks,
    "folders without fields": lambda: lines(b"\0" + b"\xff" * 8 + b"\x7f"),
    "files without fields": lambda: lines(b"\1\1\x08\1a\0" + b"\0" + b"\xff" * 8 + b"\x7f"),
    "a number without end": endless_number,
    "a line before the first": lambda: lines(b"\0a\0\0\0\0\0", b"\3\x7b\1\0\1\1", 4),
    "no lines to a step": lambda: lines(b"\0a\0\0\0\0\0", b"\x20" * 9, 4, 0),
    "a frame of many registers": frame_of_many_registers,
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps_are_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded by the accesses that are made, not by the clock; a trap that makes none would not end."""
    monkeypatch.setattr(dwarf, "ACCESS_LIMIT", 100_000)
    symbols = ask(TRAPS[name](), [0x10000, 0x10004])
    assert symbols.variable(0x2_0004, symbols.activations(0x10000, REGISTERS, lambda place: 0)) is None


def test_the_limit_of_accesses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dwarf, "ACCESS_LIMIT", 20)
    symbols = Symbols(assembled())
    assert symbols.line(0x10000) is None
    assert symbols.problem == "reading it takes more than 20 steps"


def mutate(data: bytes, choose: random.Random) -> bytes:
    """Bytes of debugging sections changed, in most cases where a section begins: there are its sizes and versions."""
    changed = bytearray(data)
    sections = [section for section in read_sections(data) if section.name.startswith(".debug_") and section.size]
    for _ in range(choose.choice([1, 1, 2, 8, 64])):
        section = choose.choice(sections)
        place = section.offset + choose.randrange(min(section.size, choose.choice([32, 400, section.size])))
        value = choose.choice([b"\0", b"\xff", bytes([choose.getrandbits(8)]), b"\xff" * 4, choose.randbytes(4)])
        changed[place : place + len(value)] = value
    return bytes(changed[: len(data)])


def compiled(folder: Path) -> list[bytes]:
    """The images of a program in C, in two versions of DWARF; none without a compiler."""
    if not toolchain.is_installed():
        return []
    source = folder / "v.c"
    source.write_text(
        "struct s { int a[4][3]; char *p; };\n"
        "int number; int *__errno_location(void) { return &number; }\n"
        "int f(struct s *x, int n) { int l[8]; for (int i = 0; i < n; i++) { int q = i * i; l[i] = q; }\n"
        "    return l[n] + x->a[1][1]; }\n"
        "void _start(void) { struct s x; x.a[1][1] = 1; volatile int v = f(&x, 3); for (;;) v++; }\n"
    )
    images = []
    for version in (4, 5):
        target = folder / f"v{version}"
        command = toolchain.compiler_command(
            ["-O0", f"-gdwarf-{version}", "-nostdlib", "-ffreestanding", str(source), "-o", str(target)]
        )
        subprocess.run(command, check=True)
        images.append(target.read_bytes())
    return images


def fuzz(bases: list[bytes], count: int, choose: random.Random) -> Counter[bool]:
    """Damage images and ask them; how many were found to be damaged."""
    found: Counter[bool] = Counter()
    for index in range(count):
        data = bases[index % len(bases)]
        addresses = [symbol.value for symbol in read_symbols(data) if symbol.type in ("func", "notype")][:8]
        found[ask(mutate(data, choose), [*addresses, 0x10000]).problem is not None] += 1
    return found


@pytest.mark.parametrize("count", [150, pytest.param(3000, marks=pytest.mark.full)])
def test_damaged_information_raises_nothing(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dwarf, "ACCESS_LIMIT", 100_000)
    found = fuzz([assembled(), *compiled(tmp_path)], count, chooser())
    assert min(found.values()) > count / 10


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A program whose line table divides by zero."""
    data = assemble([Source(PROGRAM.name, PROGRAM.read_text())], directory=str(PROGRAM.parent)).image
    table = next(section for section in read_sections(data) if section.name == ".debug_line")
    path = tmp_path / "damaged"
    path.write_bytes(patch(data, table.offset + 14, 0, 1))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("command", [("check",), ("compare", "--rounds", "0"), ("disasm",), ("inspect",)])
def test_one_note_says_that_it_is_left_out(command: tuple[str, ...], damaged: Path) -> None:
    call = [*forked_command(), *command, str(damaged)]
    done = subprocess.run(call, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    reads_it = command[0] in ("check", "compare")
    note = "forklore: /damaged: debugging information is left out: it is damaged (ZeroDivisionError)\n"
    assert done.stderr.count(note) == (command[0] == "check")
    assert done.returncode == int(reads_it), done.stderr


def test_only_what_is_called_like_a_source_is_shown(tmp_path: Path) -> None:
    """An image may name any file of the host's as its source."""
    for name in ("x.c", "x.S", "passwd", "key.pem"):
        (tmp_path / name).write_text("text\n")
    shown = [path.name for path in sorted(tmp_path.iterdir()) if source_lines(path) == ["text"]]
    assert shown == ["x.S", "x.c"]
    (tmp_path / "large.c").write_bytes(b"x" * ((1 << 20) + 1))
    os.mkfifo(tmp_path / "pipe.c")
    for name in ("large.c", "pipe.c", "none.c"):
        assert source_lines(tmp_path / name) == []


def test_names_cannot_command_the_terminal() -> None:
    data = assemble([Source("first.s", "_start:\nnop\n")], directory="/somewhere").image
    symbols = Symbols(data.replace(b"first.s", b"f\x1b[2J.s").replace(b"_start", b"\x1b[2Jst"))
    line = symbols.line(0x10000)
    assert line is not None
    assert (line.file, symbols.function(0x10000)) == ("f\\x1b[2J.s", "\\x1b[2Jst")
