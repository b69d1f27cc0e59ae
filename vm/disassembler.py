"""Words to assembly text: operands as objdump writes them, all of it derived from the instruction tables.

Every text assembles again to the word it came from, by GNU's, LLVM's and our assembler: a branch target is written
``.+16``, the address it means follows as a comment, and a word that no instruction encodes, or that uses bits its
instruction ignores, is a ``.word``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from vm.abi import Protection
from vm.elf import ElfError, Section, Symbol, load_image, read_sections, read_symbols
from vm.elf.format import SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS
from vm.elf.index import SymbolIndex
from vm.isa import (
    ABI_NAMES,
    FENCE_SETS,
    GP,
    ORDERINGS,
    PSEUDO_INSTRUCTIONS,
    REGISTERS,
    WORD_MASK,
    Instruction,
    Pseudo,
    encode,
    extract,
    find,
)
from vm.text import printable, shortened
from vm.values import dataclass

_SUFFIXES = {bits: suffix for suffix, bits in ORDERINGS.items()}


@dataclass(frozen=True, slots=True)
class Alias:
    """A second name for an instruction some of whose operands have the values in ``fixed``."""

    name: str
    syntax: str
    instruction: Instruction
    fixed: Mapping[str, int]


_OPERAND = re.compile(r"[a-z]\w*")


def _alias(pseudo: Pseudo) -> Alias:
    """The alias that a pseudo-instruction of one instruction is, its syntax in the names of that row's operands."""
    ((row, written),) = pseudo.expansion
    fixed, names = {}, {}
    for operand, value in zip(_OPERAND.findall(row.syntax), written, strict=True):
        if value in _OPERAND.findall(pseudo.syntax):
            names[value] = operand
        elif operand in ("pred", "succ"):
            fixed[operand] = sum(FENCE_SETS[letter] for letter in value)
        else:
            fixed[operand] = REGISTERS[value] if value in REGISTERS else int(value)
    return Alias(pseudo.name, _OPERAND.sub(lambda match: names[match[0]], pseudo.syntax), row, fixed)


ALIASES: tuple[Alias, ...] = tuple(_alias(pseudo) for pseudo in PSEUDO_INSTRUCTIONS if pseudo.shown)
"""The pseudo-instructions as which an instruction is written, if aliases are asked for: the first that fits."""


class Labels:
    """The symbols of an image by address, for people: no files, sections, mapping symbols or compilers' temporaries."""

    def __init__(self, symbols: Sequence[Symbol], sections: Sequence[Section]) -> None:
        self.global_pointer = next((symbol.value for symbol in symbols if symbol.name == "__global_pointer$"), None)
        """What gp holds once the program has set it up (psABI, "Global-pointer relative addressing")."""
        ends = {
            index: section.address + section.size for index, section in enumerate(sections) if section.flags & SHF_ALLOC
        }
        self._ends = ends
        self._found: dict[int, tuple[tuple[str, ...], int]] = {}
        self._index = SymbolIndex(
            symbol
            for symbol in symbols
            if symbol.is_spoken and symbol.section in ends and symbol.type not in ("section", "file", "tls")
        )

    def at(self, address: int) -> tuple[str, ...]:
        """The names of the symbols whose value is ``address``, the most telling first."""
        return self._at(address)[0]

    def describe(self, address: int) -> str | None:
        """``name`` or ``name+0x10``: the nearest symbol at or below ``address`` in its section; None without one."""
        nearest = next(self._index.up_to(address), None)
        if nearest is None:
            return None
        names, end = self._at(nearest.value)
        name, offset = shortened(names[0]), address - nearest.value
        if offset == 0:
            return name
        # A label without a section around the address, as after the last section, says nothing about it.
        return f"{name}+{offset:#x}" if address < end else None

    def _at(self, address: int) -> tuple[tuple[str, ...], int]:
        """The names at ``address``, and where the section that they are in ends."""
        if address not in self._found:
            symbols = self._index.at(address)
            end = max((self._ends[int(symbol.section)] for symbol in symbols), default=address)
            self._found[address] = _by_importance(symbols), end
        return self._found[address]


def _by_importance(symbols: Sequence[Symbol]) -> tuple[str, ...]:
    """Names of symbols at one address: functions first, what linkers add (``_edata``) last, globals before locals."""
    ranked = sorted(
        symbols, key=lambda symbol: (symbol.type != "func", symbol.name.startswith("_"), symbol.binding == "local")
    )
    return tuple(dict.fromkeys(printable(symbol.name) for symbol in ranked))


def disassemble(word: int, address: int, symbols: Labels | None = None, *, aliases: bool = False) -> str:
    """The assembly statement for the 32-bit ``word`` found at ``address``.

    A branch's target follows as a comment, with its label if ``symbols`` has one. ``aliases`` allows the common
    aliases (li, mv, ret, beqz, ...).
    """
    row = find(word)
    text = _statement(word, row, aliases)
    if row is None or row.format not in ("B", "J"):
        return text
    return _comment(text, address + extract(row, word)["imm"], symbols)


def _statement(word: int, row: Instruction | None, aliases: bool) -> str:
    """The statement alone, without a comment on addresses."""
    if row is None:
        return _join(".word", f"{word:#010x}")
    values = extract(row, word)
    suffix = _SUFFIXES[values.get("aq", 0), values.get("rl", 0)]
    name, syntax = row.name + suffix, row.syntax
    if "pred" in values:
        syntax = "pred, succ"
    if aliases:
        for alias in ALIASES:
            if alias.instruction is row and alias.fixed.items() <= values.items():
                name, syntax = alias.name, alias.syntax
                break
    text = _join(name, _OPERAND.sub(lambda match: _operand(row, match[0], values[match[0]]), syntax))
    if encode(row, **values) != word:
        return f"{_join('.word', f'{word:#010x}')}  # {' '.join(text.split())}; other bits ignored"
    return text


def _operand(row: Instruction, operand: str, value: int) -> str:
    """One operand's value as text."""
    if operand in ("rd", "rs1", "rs2"):
        return ABI_NAMES[value]
    if operand in ("pred", "succ"):
        return "".join(letter for letter, bit in FENCE_SETS.items() if value & bit) or "0"
    if operand == "shamt" or row.format == "U":
        return f"{value:#x}"
    return f".{value:+d}" if row.format in ("B", "J") else str(value)


def _join(name: str, operands: str) -> str:
    return f"{name:<7} {operands}" if operands else name


def _comment(text: str, address: int, symbols: Labels | None) -> str:
    """``text`` with the address it means, and its label if there is one."""
    address &= WORD_MASK
    label = symbols.describe(address) if symbols else None
    return f"{text}  # {address:#x}" + (f" <{label}>" if label else "")


def listing(
    data: bytes,
    *,
    aliases: bool = True,
    ranges: Sequence[tuple[int, int]] = ((0, 1 << 32),),
    above: Callable[[int], Iterable[str]] = lambda address: (),
) -> Iterator[str]:
    """Lines that list the executable sections of the ELF image ``data``: labels, addresses, words and statements.

    Only what lies in one of ``ranges`` (start, end) is listed; ``above`` gives the lines that shall stand above the
    instruction at an address. Without section headers the executable segments are listed. Raises ElfError as
    :func:`load_image` and :func:`read_symbols` do.
    """
    image = load_image(data)
    sections = read_sections(data)
    labels = Labels(read_symbols(data), sections)
    code, total = [], 0
    for section in sorted(sections, key=lambda section: section.address):
        if section.flags & SHF_EXECINSTR and section.flags & SHF_ALLOC and section.type != SHT_NOBITS:
            total += section.size
            if total > len(data):
                raise ElfError(f"executable sections of {total:#x} bytes in a file of {len(data):#x}", section.offset)
            code.append((section.name, section.address, section.contents(data)))
    if not code:
        code = [("", part.vaddr, part.data) for part in image.segments if part.protection & Protection.EXEC]
    parts = []
    for name, address, contents in code:
        for start, end in ranges:
            low, high = max(start, address), min(end, address + len(contents))
            if low < high:
                parts.append((name, low, contents[low - address : high - address]))
    before = None
    for place, (name, address, contents) in enumerate(parts):
        if name != before or not name:
            if place:
                yield ""
            yield f"section {printable(name)}" if name else f"segment at {address:#x}"
        before = name
        yield from _list_code(address, contents, labels, aliases, above)


def _list_code(
    address: int, contents: bytes, labels: Labels, aliases: bool, above: Callable[[int], Iterable[str]]
) -> Iterator[str]:
    """Lines for ``contents``, of one section, at ``address``."""
    bases = _Bases(labels.global_pointer)
    end = address + len(contents)
    first = address
    while address < end:
        names = labels.at(address)
        if names:
            bases.forget()
            yield ""
            yield from (f"{address:08x} <{name}>:" for name in names)
        yield from above(address)
        # A label inside a word, or bytes before and after the aligned words, are data.
        split = address % 4 or end - address < 4 or any(labels.at(address + inside) for inside in (1, 2, 3))
        size = 1 if split else 4
        chunk = contents[address - first : address - first + size]
        if size < 4:
            yield f"{address:8x}:  {chunk.hex():<8}  {_join('.byte', f'{chunk[0]:#04x}')}"
        else:
            word = int.from_bytes(chunk, "little")
            text = disassemble(word, address, labels, aliases=aliases)
            target = bases.follow(word, address)
            if target is not None:
                text = _comment(text, target, labels)
            yield f"{address:8x}:  {word:08x}  {text}"
        address += size


class _Bases:
    """Registers known to hold the upper part of an address along a straight line of code: from lui, auipc, or gp."""

    def __init__(self, global_pointer: int | None) -> None:
        self._lasting = {} if global_pointer is None else {GP: global_pointer}
        self._known = dict(self._lasting)

    def forget(self) -> None:
        """Control may come from elsewhere: only gp is known."""
        self._known = dict(self._lasting)

    def follow(self, word: int, address: int) -> int | None:
        """Take note of the instruction at ``address``; the address it completes, if it adds the lower part to one."""
        row = find(word)
        if row is None:
            self.forget()
            return None
        values = extract(row, word)
        base = self._known.get(values.get("rs1", 0))
        completes = base is not None and (row.name == "addi" or "imm(rs1)" in row.syntax)
        target = base + values["imm"] if base is not None and completes else None
        rd = values.get("rd", 0)
        self._known.pop(rd, None)
        if row.format == "U" and rd:
            self._known[rd] = (values["imm"] << 12) + (address if row.name == "auipc" else 0)
        elif rd in self._lasting:
            self._known[rd] = self._lasting[rd]
        return target
