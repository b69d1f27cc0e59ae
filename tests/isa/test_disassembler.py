"""The disassembler's text against GNU objdump's, and back through LLVM's assembler to the same words."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.elf.toolchain import GNU, gnu_image, llvm_image, llvm_words, need, run
from tests.isa.seeds import chooser
from vm.abi import Protection
from vm.disassembler import ALIASES, Labels, disassemble, listing
from vm.elf import OutputSection, Section, Symbol, read_sections, write_image
from vm.isa import BY_NAME, INSTRUCTIONS, encode, find

BASE = 0x10000
COUNTS = [20, pytest.param(2000, marks=pytest.mark.full)]


def legal_words(chance: random.Random, count: int) -> list[int]:
    """For every row, words with all operand bits clear, all set, and ``count`` at random."""
    words = []
    for row in INSTRUCTIONS:
        free = ~row.mask & 0xFFFF_FFFF
        words += [row.match, row.match | free]
        words += [row.match | chance.getrandbits(32) & free for _ in range(count)]
        # Registers 0 and 1 and small immediates choose the aliases.
        words += [row.match | chance.getrandbits(32) & free & 0x0010_8080 for _ in range(count)]
    return words


def illegal_words(chance: random.Random, count: int) -> list[int]:
    """Words near legal ones and anywhere that no row matches."""
    near = [row.match | chance.getrandbits(32) & chance.getrandbits(32) for row in INSTRUCTIONS for _ in range(count)]
    anywhere = [chance.getrandbits(32) for _ in range(59 * count)]
    return [word for word in [0, 0xFFFF_FFFF, *near, *anywhere] if find(word) is None]


def text_image(words: Sequence[int]) -> bytes:
    code = b"".join(word.to_bytes(4, "little") for word in words)
    return write_image(entry=BASE, sections=[OutputSection(".text", Protection(5), BASE, code, align=4)])


@pytest.mark.parametrize("aliases", [False, True], ids=["plain", "aliases"])
@pytest.mark.parametrize("count", COUNTS)
def test_the_text_assembles_to_the_same_words(count: int, aliases: bool, tmp_path: Path) -> None:
    chance = chooser()
    words = legal_words(chance, count) + illegal_words(chance, count)
    texts = [disassemble(word, BASE + 4 * place, aliases=aliases) for place, word in enumerate(words)]
    assert llvm_words(texts, tmp_path) == words
    assert our_words(texts) == words


def our_words(statements: Sequence[str]) -> list[int]:
    """The words that our assembler makes of statements of one word each."""
    image = assemble([Source("words.s", "\n".join([".globl _start", "_start:", *statements, ""]))]).image
    (text,) = [section for section in read_sections(image) if section.name == ".text"]
    code = text.contents(image)
    return [int.from_bytes(code[place : place + 4], "little") for place in range(0, len(code), 4)]


def objdump_lines(path: Path, *options: str) -> Iterator[tuple[int, int, str]]:
    """(address, word, text) of every word that objdump lists."""
    for line in run([need(GNU + "objdump"), "-d", *options, path]).splitlines():
        match = re.fullmatch(r" *([0-9a-f]+):\t([0-9a-f]{8}) +\t(.*)", line)
        if match:
            yield int(match[1], 16), int(match[2], 16), match[3]


def as_objdump_writes(text: str, address: int) -> str:
    """Our text with objdump's spacing and targets: no comment, no space after commas, branch targets in hex."""
    statement = text.partition("  #")[0]
    statement = re.sub(r"\.([+-]\d+)$", lambda target: f"{(address + int(target[1])) & 0xFFFF_FFFF:#x}", statement)
    name, _, operands = statement.partition(" ")
    return f"{name} {operands.replace(' ', '')}".strip()


def as_we_write(text: str) -> str:
    """objdump's text without labels and comments; an empty set of FENCE is "unknown" there."""
    text = re.sub(r"\b(?:0x)?([0-9a-f]+) <.*>$", r"0x\1", text.partition(" #")[0]).replace("unknown", "0")
    return " ".join(text.split())


@pytest.mark.parametrize("count", COUNTS)
def test_the_text_is_objdumps(count: int, tmp_path: Path) -> None:
    chance = chooser()
    # objdump takes a word whose low bits are not 11 for a compressed instruction, and 11111 for a longer one.
    illegal = [word for word in illegal_words(chance, 10 * count) if word & 3 == 3 and word & 31 != 31]
    words = legal_words(chance, count) + illegal
    path = tmp_path / "words.elf"
    path.write_bytes(text_image(words))
    lines = list(objdump_lines(path, "-M", "no-aliases"))
    assert [word for _, word, _ in lines] == words
    compared = refused = 0
    for address, word, text in lines:
        row, ours = find(word), disassemble(word, address)
        theirs = as_we_write(text)
        name = re.sub(r"\.(aq|rl|aqrl)$", "", theirs.split()[0])
        if row is not None and row.name == "fence" and "ignored" in ours:
            assert name in (".4byte", "fence.tso"), (hex(word), text, ours)
        elif name in BY_NAME and not (name in ("slli", "srli", "srai") and word >> 25 & 1):
            assert as_objdump_writes(ours, address) == theirs, (hex(word), text)
            compared += 1
        else:
            assert row is None, (hex(word), text, ours)
            refused += 1
    assert compared > 58 * 2 * count
    assert refused > len(illegal) // 2


@pytest.mark.parametrize("count", COUNTS)
def test_the_aliases_are_objdumps(count: int, tmp_path: Path) -> None:
    chance = chooser()
    words = []
    for alias in ALIASES:
        row = alias.instruction
        fixed, free = encode(row, **alias.fixed), ~row.mask & 0xFFFF_FFFF
        for piece in [piece for operand in alias.fixed for piece in row.fields[operand].runs]:
            free &= ~(piece.mask << piece.place)
        words += [fixed, *(fixed | chance.getrandbits(32) & free for _ in range(count))]
    path = tmp_path / "words.elf"
    path.write_bytes(text_image(words))
    seen: set[str] = set()
    for address, word, text in objdump_lines(path):
        ours = as_objdump_writes(disassemble(word, address, aliases=True), address)
        if "other bits ignored" not in disassemble(word, address):
            assert ours == as_we_write(text), hex(word)
            seen.add(ours.split()[0])
    assert seen >= {alias.name for alias in ALIASES}


SYMBOLS = (
    Symbol("source.s", 0, type="file"),
    Symbol("start", 0x1000, section=1, binding="global"),
    Symbol("$x", 0x1000, section=1),
    Symbol(".L0", 0x1008, section=1),
    Symbol("_edata", 0x1010, section=1, binding="global"),
    Symbol("loop", 0x1010, section=1),
    Symbol("run", 0x1010, section=1, type="func"),
    Symbol("constant", 0x1014),
    Symbol("elsewhere", 0, section="undef"),
    Symbol("data", 0x3000, section=2, type="object"),
)
SECTIONS = (
    Section("", 0, 0, 0, 0, 0, 0, 0, 0, 0),
    Section(".text", 1, 6, 0x1000, 0, 0x100, 0, 0, 4, 0),
    Section(".data", 1, 3, 0x3000, 0, 0x10, 0, 0, 4, 0),
    Section(".comment", 1, 0, 0, 0, 0x10, 0, 0, 1, 0),
)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        (0xFFF, None),
        (0x1000, "start"),
        (0x1008, "start+0x8"),
        (0x1010, "run"),
        (0x10FF, "run+0xef"),
        (0x1100, None),
        (0x2FFF, None),
        (0x3000, "data"),
        (0x300F, "data+0xf"),
        (0xFFFF_FFFF, None),
    ],
)
def test_labels_name_an_address_within_its_section(address: int, label: str | None) -> None:
    assert Labels(SYMBOLS, SECTIONS).describe(address) == label


def test_labels_at_an_address_come_most_telling_first() -> None:
    labels = Labels(SYMBOLS, SECTIONS)
    assert labels.at(0x1010) == ("run", "loop", "_edata")
    assert labels.at(0x1011) == ()


def test_a_target_is_named_after_its_statement() -> None:
    labels = Labels(SYMBOLS, SECTIONS)
    branch = encode(BY_NAME["bne"], rs1=10, rs2=0, imm=-12)
    assert disassemble(branch, 0x1018) == "bne     a0, zero, .-12  # 0x100c"
    assert disassemble(branch, 0x1018, labels, aliases=True) == "bnez    a0, .-12  # 0x100c <start+0xc>"
    assert disassemble(branch, 0x4) == "bne     a0, zero, .-12  # 0xfffffff8"


PROGRAM = """
    .globl _start
    .text
_start:
    la      a0, greeting
    la      sp, stack + 4080
    lui     a1, %hi(number)
    lw      a1, %lo(number)(a1)
    mv      a2, a1
loop:
    addi    a1, a1, -1
    bnez    a1, loop
    beq     a1, a2, done
    call    work
    j       loop
done:
    ret
    .type work, @function
work:
    fence   rw, rw
    lr.w.aq a3, (a0)
    sc.w.rl a3, a1, (a0)
    jr      a5
    .word   0xffffffff, 0
    .section .rodata
greeting:
    .asciz  "hello"
    .data
number:
    .word   5
    .bss
stack:
    .zero   4096
"""


def listed_words(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    matches = (re.fullmatch(r" *([0-9a-f]+):  ([0-9a-f]{8})  (.*)", line) for line in lines)
    return [(int(match[1], 16), int(match[2], 16), match[3]) for match in matches if match]


@pytest.mark.parametrize("link", [gnu_image, llvm_image], ids=["ld", "lld"])
def test_a_linked_program_is_listed_as_objdump_lists_it(link: Callable[[str, Path], Path], tmp_path: Path) -> None:
    path = link(PROGRAM, tmp_path)
    lines = list(listing(path.read_bytes(), aliases=False))
    ours = listed_words(lines)
    theirs = list(objdump_lines(path, "-M", "no-aliases", "-z"))
    assert [(address, word) for address, word, _ in ours] == [(address, word) for address, word, _ in theirs]
    completed = 0
    for (address, word, our_text), (_, _, their_text) in zip(ours, theirs, strict=True):
        if find(word):
            assert as_objdump_writes(our_text, address) == as_we_write(their_text), hex(address)
        comment = re.search(r" # ([0-9a-f]+)", their_text)
        if comment:
            assert f"  # 0x{comment[1]}" in our_text
            completed += 1
    assert completed >= 3


@pytest.mark.parametrize("link", [gnu_image, llvm_image], ids=["ld", "lld"])
def test_a_listing_names_labels_and_what_is_referred_to(link: Callable[[str, Path], Path], tmp_path: Path) -> None:
    text = "\n".join(listing(link(PROGRAM, tmp_path).read_bytes())) + "\n"
    assert text.startswith("section .text\n\n")
    assert re.search(r"\n\n[0-9a-f]{8} <work>:\n +[0-9a-f]+:  0330000f  fence   rw, rw\n", text)
    assert re.search(r"  bnez    a1, \.-4  # 0x[0-9a-f]{5} <loop>\n", text)
    assert "  ret\n" in text
    for label in ("greeting", "stack+0xff0", "number", "loop", "done", "work"):
        assert f" <{label}>\n" in text, label


def test_a_long_label_is_shortened_where_code_refers_to_it() -> None:
    """Every jump does, so that a listing would be much larger than its image; where it stands it is whole."""
    labels = Labels([Symbol("a" * 10_000, 0x1000, 8, "global", "func", 1)], SECTIONS)
    assert labels.describe(0x1004) == "a" * 499 + "…+0x4"
    assert labels.at(0x1000) == ("a" * 10_000,)
