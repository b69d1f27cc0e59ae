"""Where each thread stands: its registers, and the line of its source."""

from __future__ import annotations

from pathlib import Path

from vm.cpu.state import PC
from vm.film.reel import Table, Texts
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.observe.deaths.backtrace import Place, backtrace, own_place, place_of
from vm.observe.deaths.remains import STACK_KEPT, standing
from vm.observe.symbols import Symbols, source_lines
from vm.text import printable

REGISTERS = 33
"""x0 to x31, and pc."""
LINES_LIMIT = 20_000
"""Lines of sources that a film holds."""


class Threads:
    """Follows the registers of the threads of ``kernel``, and the places that they stand at."""

    def __init__(self, kernel: Kernel, texts: Texts) -> None:
        self.registers = Table("life", "register", "moment", "value")
        self.standing = Table("life", "moment", "place")
        self.places = Table("function", "file", "line", "inner")
        self.sources: dict[str, list[str]] = {}
        self.left_out: list[str] = []
        self._kernel, self._texts = kernel, texts
        self._known: dict[int, list[int]] = {}
        self._stood: dict[int, int] = {}
        self._numbers: dict[tuple[bytes, int], int] = {}
        self._rows: dict[tuple[int, int, int, int], int] = {}
        self._symbols: dict[bytes, Symbols] = {}
        self._lines = 0

    def look(self, life: int, task: Task, moment: int) -> None:
        """Note what the registers of a thread hold, and where it stands."""
        registers = task.context.tolist()
        values = [*registers[:32], registers[PC]]
        known = self._known.get(life)
        if known is None:
            known = [-1] * REGISTERS
        for register, (old, new) in enumerate(zip(known, values, strict=True)):
            if old != new:
                self.registers.add(life, register, moment, new)
        self._known[life] = values
        place = self._place(task, registers[PC])
        if place != self._stood.get(life):
            self._stood[life] = place
            self.standing.add(life, moment, place)

    def _place(self, task: Task, pc: int) -> int:
        """The number of the place where a thread stands in its program's own source, or else at all."""
        image = self._image(task)
        number = self._numbers.get((image, pc))
        if number is not None:
            return number
        symbols = self._symbols.get(image)
        if symbols is None:
            symbols = self._symbols[image] = Symbols(image)
        inner = own = place_of(symbols, pc)
        is_own = inner.is_own or task.process.space is None
        if not is_own:
            own = own_place(backtrace(symbols, standing(task, STACK_KEPT)))
        number = self._number(inner, own)
        if is_own:  # whatever the stack holds
            self._numbers[image, pc] = number
        return number

    def _number(self, inner: Place, own: Place) -> int:
        file = self._source(own)
        line = own.line if file else 0
        function, within = printable(own.function), printable(inner.function) if own != inner else ""
        row = self._texts.number(function), self._texts.number(file), line, self._texts.number(within)
        number = self._rows.get(row)
        if number is None:
            number = self._rows[row] = len(self.places)
            self.places.add(*row)
        return number

    def _image(self, task: Task) -> bytes:
        try:
            return self._kernel.loader.image_file(task.process.path)
        except SystemCallError:
            return b""

    def _source(self, found: Place) -> str:
        """The name of the file of a place, whose lines are kept where there is room; of a library's its last part."""
        if not found.file:
            return ""
        name = printable(Path(found.file).name if found.is_library else found.file)
        if name not in self.sources and found.path is not None and not found.is_library:
            self.sources[name] = self._read(found.path, name)
        return name

    def _read(self, path: Path, name: str) -> list[str]:
        lines = source_lines(path)
        if self._lines + len(lines) > LINES_LIMIT:
            self.left_out.append(f"the source {name}: a film holds {LINES_LIMIT:,} lines")
            return []
        self._lines += len(lines)
        return lines
