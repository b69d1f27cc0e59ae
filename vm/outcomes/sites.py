"""From where threads make calls: by which lines of the program, which calls the C library, or a function of its own.

Where a function that makes a call for others is called from several places, these tell steps apart, and it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from vm.abi import PAGE_SIZE
from vm.isa import RA, S0, SP, extract, find
from vm.kernel.errors import SystemCallError
from vm.kernel.exec.loader import Loader
from vm.kernel.process.task import Task
from vm.observe.deaths.backtrace import Place, backtrace
from vm.observe.deaths.remains import STACK_KEPT, Standing, standing
from vm.observe.symbols import Symbols

_STARTING = ("_", "libc_start")
"""How names of functions begin by which the C library calls main, or that are its own affair."""

_MOST_KNOWN = 2_000
"""Stacks that are remembered, which do not have to be unwound again."""

Site = tuple[int, ...]
"""Where a call was made: the address of the innermost instruction in the program's own source, and of those behind it
that called its function, as far as they are sure to be the program's own."""


class Sites:
    """Notes from where calls are made, in numbers; and tells which address is to be shown for each.

    ``loader`` has the images that are executed.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._symbols: dict[str, Symbols] = {}
        self._numbers: dict[tuple[str, Site], int] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def note(self, task: Task) -> int:
        """Return the number of the place from where a thread is about to make a call."""
        where, path = standing(task, STACK_KEPT), task.process.path
        registers, depth = where.registers, where.registers[SP] % PAGE_SIZE
        key = (path, where.pc, registers[RA], registers[SP], registers[S0], where.stack[depth:])
        number = self._known.get(key)
        if number is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            name = (path, self._site(path, where))
            number = self._known[key] = self._numbers.setdefault(name, len(self._numbers))
        return number

    def _site(self, path: str, where: Standing) -> Site:
        """From where a call is made by who stands there.

        Without a line of the program's own, as at the end of main, it is the outermost in a function of the C library
        that has a name for everybody: exit.
        """
        symbols = self._names(path)
        if not symbols.has_lines:
            return (where.pc,)
        places = backtrace(symbols, where)
        own = tuple(_own(symbols, places))
        named = [each.pc for each in places if each.function and not each.function.startswith(_STARTING)]
        return own or (named[-1] if named else places[0].pc,)

    def _names(self, path: str) -> Symbols:
        if path not in self._symbols:
            self._symbols[path] = Symbols(b"")
            with suppress(SystemCallError, OSError):  # a program may have written it, and removed it
                self._symbols[path] = Symbols(self._loader.image_file(path))
        return self._symbols[path]

    def shown(self) -> dict[int, int]:
        """Return the address to show for each number: of the innermost instruction that tells the places apart.

        A function's callers take its place if there are several, unless another instruction would have the same then.
        """
        shown = dict.fromkeys(self._numbers, 0)
        is_done = False
        while not is_done:
            is_done = True
            inner: dict[tuple[str, int], list[tuple[str, Site]]] = {}
            outer: dict[tuple[str, int], set[int]] = {}
            for (path, site), level in shown.items():
                inner.setdefault((path, site[level]), []).append((path, site))
                for at in site[level + 1 : level + 2]:
                    outer.setdefault((path, at), set()).add(site[level])
            for (path, _), found in inner.items():
                callers = {site[shown[path, site] + 1 :][:1] for path, site in found}
                is_apart = len(callers) > 1 and () not in callers
                if is_apart and all(len(outer[path, at]) == 1 and (path, at) not in inner for (at,) in callers):
                    for name in found:
                        shown[name] += 1
                    is_done = False
        return {number: site[shown[path, site]] for (path, site), number in self._numbers.items()}


def _own(symbols: Symbols, places: tuple[Place, ...]) -> Iterator[int]:
    """The instructions in the program's own source, as far as each is sure to have called the function of the last."""
    last = None
    for place in places:
        if not place.is_own:
            if last is not None:
                return
            continue
        if last is not None and not place.is_sure and _target(symbols, place.pc) != symbols.start_of(last):
            return
        last = place.pc
        yield last


def _target(symbols: Symbols, pc: int) -> int | None:
    """Where a call leads: a JAL, or an AUIPC and a JALR."""
    word, before = symbols.word(pc), symbols.word(pc - 4)
    row = find(word) if word is not None else None
    if word is None or row is None:
        return None
    values = extract(row, word)
    if row.name == "jal":
        return (pc + values["imm"]) & 0xFFFF_FFFF
    upper = find(before) if before is not None else None
    if row.name != "jalr" or before is None or upper is None or upper.name != "auipc":
        return None
    first = extract(upper, before)
    same = first["rd"] == values["rs1"]
    return (pc - 4 + (first["imm"] << 12) + values["imm"]) & 0xFFFF_FFFF if same else None
