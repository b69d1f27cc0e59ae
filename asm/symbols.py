"""Symbols and sections of one source: names, and the places and bytes they stand for."""

from __future__ import annotations

from dataclasses import field

from vm import isa
from vm.abi import Protection
from vm.values import dataclass

from .encoder import Field
from .source import Place, Reading


class Symbol:
    """A name and what it stands for, which is one of three things, or nothing yet:

    - a place: ``section``, the ``offset`` in its bytes before layout, and how many of the section's ``items`` precede;
    - a number known when it was set: ``constant``;
    - an expression to be computed once places are known: ``expression``.

    ``common`` is (size, alignment) of a symbol that ``.comm`` declares. ``place`` is where it was defined, ``binding``
    who sees it; ``declared_local`` says that ``.local`` asked for that, ``optional`` that it is 0 if nobody defines it.
    ``used`` says that something refers to it.
    """

    __slots__ = (
        "binding", "common", "constant", "declared_local", "expression", "items", "name", "offset", "optional", "place",
        "section", "size", "size_place", "type", "used",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.section: Section | None = None
        self.offset = 0
        self.items = 0
        self.constant: int | None = None
        self.expression: Expression | None = None
        self.common: tuple[int, int] | None = None
        self.binding = "local"
        self.declared_local = False
        self.optional = False
        self.type = "notype"
        self.size: Expression | int = 0
        self.size_place: Place | None = None
        self.place: Place | None = None
        self.used = False

    @property
    def defined(self) -> bool:
        """Whether this source says what the symbol stands for (``.comm`` declares, and leaves it to the linker)."""
        return self.section is not None or self.constant is not None or self.expression is not None

    @property
    def temporary(self) -> bool:
        """Whether the name is kept out of the image's symbol table: numeric labels, ``.L`` labels and ``.`` itself."""
        return self.name.startswith(".L") or self.name[:1].isdigit() or self.name == "."


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that depends on symbols: numbers, symbols and operators in postfix order."""

    code: tuple[int | Symbol | str, ...]


@dataclass(slots=True, kw_only=True)
class Item:
    """A part of a section whose size only layout knows; ``extra`` is how many bytes it adds to the section's own.

    ``offset`` is its position before layout, in bytes. ``first`` and ``last`` are the tokens of the statement at
    ``place`` to blame for it.
    """

    offset: int
    place: Place
    first: int
    last: int
    extra: int = 0


@dataclass(slots=True, kw_only=True)
class Branch(Item):
    """A branch ``word`` whose offset, in ``field``, is still 0; to reach ``target`` it may become two instructions."""

    target: Expression
    word: int
    field: Field


@dataclass(slots=True, kw_only=True)
class Gap(Item):
    """A gap filled with the byte ``fill``: ``.space`` whose size is ``target``, or ``.org`` when ``origin`` is set,
    which ends at ``target``.
    """

    target: Expression | int
    fill: int
    origin: bool


NOP = isa.encode(isa.BY_NAME["addi"]).to_bytes(4, "little")


@dataclass(slots=True, kw_only=True)
class Alignment(Item):
    """Fills up to a multiple of ``alignment`` bytes, if that takes no more than ``most`` (0: however many).

    ``fill`` is a value of ``unit`` bytes; None stands for zeros, in code for instructions that do nothing.
    """

    alignment: int
    fill: int | None = None
    unit: int = 1
    most: int = 0

    def size_at(self, position: int) -> int:
        """The bytes that it adds at ``position`` in its section."""
        size = -position % self.alignment
        return 0 if self.most and size > self.most else size

    def bytes(self, size: int, executable: bool) -> bytes:
        """What it adds. In code that is zeros up to a word and then nops: LLVM's bytes but for its compressed nop."""
        if self.fill is not None:
            return bytes(size % self.unit) + self.fill.to_bytes(self.unit, "little") * (size // self.unit)
        return bytes(size % 4) + NOP * (size // 4) if executable else bytes(size)


@dataclass(slots=True)
class Fixup:
    """Bytes to be filled in once addresses are known.

    ``field`` is the operand of an instruction word, or None for ``size`` bytes of data; ``relocation`` says what is
    made of the value of ``target``: see :mod:`asm.relocations`. ``first`` and ``last`` are the operand's tokens.
    """

    offset: int
    items: int
    relocation: str
    target: Expression
    place: Place
    first: int
    last: int
    field: Field | None = None
    size: int = 4


ABSOLUTE = "*ABS*"
"""The name of what is no section: labels there are numbers."""


@dataclass(eq=False, slots=True)
class Section:
    """One source's part of a section. ``data`` holds its bytes before layout, ``size`` counts them (also those of a
    section without bytes in the file, ``nobits``); ``contents`` are the final bytes, once it is linked.

    ``items`` grow in layout, ``growth[k]`` being the bytes that the first k of them add. ``marks`` tell which statement
    made the bytes from (offset, items) on: for the listing, and for line tables. ``suspects`` are the marks of the
    first instructions that may turn out to be misaligned, ``misplaced`` is the first instruction of a section where
    none is executed. ``address`` is set by the linker; subsections come in the order of their ``number``.
    """

    name: str
    flags: str
    nobits: bool = False
    alignment: int = 1
    data: bytearray = field(default_factory=bytearray)
    contents: bytes = b""
    reserved: int = 0
    items: list[Item] = field(default_factory=list)
    fixups: list[Fixup] = field(default_factory=list)
    marks: list[tuple[int, int, Reading, int]] = field(default_factory=list)
    growth: list[int] = field(default_factory=lambda: [0])
    address: int = 0
    misplaced: Place | None = None
    number: int = 0
    suspects: list[tuple[int, int, Reading, int]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes before layout."""
        return self.reserved if self.nobits else len(self.data)

    @property
    def final_size(self) -> int:
        """Bytes after layout."""
        return self.size + self.growth[-1]

    @property
    def executable(self) -> bool:
        """Whether the section holds instructions."""
        return "x" in self.flags

    @property
    def allocated(self) -> bool:
        """Whether the section is part of the program's memory; others (comments, debug information) are dropped."""
        return "a" in self.flags

    @property
    def protection(self) -> Protection:
        """What the program may do with it."""
        protection = Protection.READ
        if "w" in self.flags:
            protection |= Protection.WRITE
        if "x" in self.flags:
            protection |= Protection.EXEC
        return protection

    def position(self, offset: int, items: int) -> int:
        """The offset after layout of what was at ``offset`` behind ``items`` items."""
        return offset + self.growth[items]
