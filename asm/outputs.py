"""The sections of the image: which parts they are made of, and where they go.

Code comes first, then constants, then data, then what has no bytes in the file; each starts on a fresh page, so that
every page has one protection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import field

from vm import abi
from vm.abi import Protection
from vm.values import dataclass

from .diagnostics import Problem
from .symbols import Section

SECTION_LIMIT = 500
"""Most sections an image may have."""

ADDRESS_LIMIT = abi.STACK_TOP - (16 << 20)
"""Images end below this address: the stack is above it."""

_JOINED = (
    ".text", ".data.rel.ro", ".data", ".rodata", ".bss.rel.ro", ".bss", ".gcc_except_table", ".init_array",
    ".fini_array", ".ctors", ".dtors", ".sbss", ".sdata", ".srodata",
)  # fmt: skip
"""Sections that also take in those whose names go on with a dot, as LLVM's linker has it; the first that fits."""

_FIRST = (".text", ".rodata", ".data", ".bss")


@dataclass(slots=True)
class Common:
    """A symbol that ``.comm`` declares in one or more sources and none defines; it gets room in .bss."""

    name: str
    size: int = 0
    alignment: int = 1
    address: int = 0


@dataclass(slots=True)
class Output:
    """A section of the image: the parts and common symbols it is made of, and its place."""

    name: str
    parts: list[Section] = field(default_factory=list)
    commons: list[Common] = field(default_factory=list)
    address: int = 0
    size: int = 0

    @property
    def protection(self) -> Protection:
        """What the program may do with it: what any part needs."""
        protection = Protection.READ | Protection.WRITE if self.commons else Protection.READ
        for part in self.parts:
            protection |= part.protection
        return protection

    @property
    def nobits(self) -> bool:
        """Whether no part has bytes in the image."""
        return all(part.nobits for part in self.parts)

    @property
    def alignment(self) -> int:
        """The largest alignment of its parts, in bytes."""
        return max([part.alignment for part in self.parts] + [common.alignment for common in self.commons])

    def rank(self) -> tuple[int, bool, bool]:
        """Sorts sections as they are laid out: by protection, those without bytes last, the usual names first."""
        protection = self.protection
        kind = 0 if protection & Protection.EXEC else 2 if protection & Protection.WRITE else 1
        return kind, self.nobits, self.name not in _FIRST

    def place(self, address: int) -> int:
        """Put the section at ``address`` or the next that suits it; returns the address after it.

        Common symbols come before the parts, as LLVM's linker has it.
        """
        self.address = address = _round_up(address, self.alignment)
        for common in self.commons:
            common.address = _round_up(address, common.alignment)
            address = common.address + common.size
        for part in self.parts:
            part.address = _round_up(address, part.alignment)
            address = part.address + part.final_size
        self.size = address - self.address
        return address


def _round_up(address: int, alignment: int) -> int:
    return address + -address % alignment


def _output_name(name: str) -> str:
    return next((known for known in _JOINED if f"{name}.".startswith(f"{known}.")), name)


def arrange(
    sections: Iterable[Section], commons: Sequence[Common], named: Collection[Section], base: int, data: int = 0
) -> list[Output]:
    """Join ``sections``, in the order of the sources, and give all parts and ``commons`` their addresses from ``base``.

    What is no code goes to ``data`` at the lowest. Sections without size are left out, unless symbols are in them
    (``named``). Raises :class:`Problem` if the image would not fit into memory, or would need a page that is both
    writable and executable.
    """
    joined: dict[str, Output] = {}
    for section in sections:
        if section.allocated and (section.final_size or section in named):
            name = _output_name(section.name)
            joined.setdefault(name, Output(name)).parts.append(section)
    if commons:
        joined.setdefault(".bss", Output(".bss")).commons += commons
    outputs = sorted(joined.values(), key=Output.rank)
    if len(outputs) > SECTION_LIMIT:
        raise Problem(f"the image would have more than {SECTION_LIMIT} sections")
    address = base
    kind: tuple[Protection, bool] | None = None
    for output in outputs:
        if {Protection.WRITE, Protection.EXEC} <= set(output.protection):
            raise Problem(f"section {output.name} would be both writable and executable")
        if (output.protection, output.nobits) != kind:
            kind = output.protection, output.nobits
            address = _round_up(address, abi.PAGE_SIZE)
        if not output.protection & Protection.EXEC:
            address = max(address, data)
        address = output.place(address)
        if address > ADDRESS_LIMIT:
            raise Problem(f"section {output.name} ends at {address:#x}: images must end below {ADDRESS_LIMIT:#x}")
    return outputs


def boundaries(outputs: Sequence[Output], base: int) -> dict[str, int]:
    """Addresses that programs may refer to without defining them, as linkers give them: ``_end`` and its kin."""
    places = {output.name: output.address for output in outputs}
    code_end = data_end = end = base
    for output in outputs:
        end = output.address + output.size
        if not output.protection & Protection.WRITE:
            code_end = end
        if not output.nobits:
            data_end = end
    return {
        "_etext": code_end, "etext": code_end, "_edata": data_end, "edata": data_end, "_end": end, "end": end,
        "__bss_start": places.get(".bss", data_end),
        "__global_pointer$": places.get(".sdata", places.get(".data", base)) + 0x800,
    }  # fmt: skip
