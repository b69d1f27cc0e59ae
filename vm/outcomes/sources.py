"""Where in a program's source an instruction stands."""

from __future__ import annotations

from collections.abc import Callable

from vm.kernel.errors import SystemCallError
from vm.observe.symbols import Symbols
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source: ``file`` as one opens it from here, and the ``code`` that stands there, empty if unknown."""

    file: str
    line: int
    code: str


class Sources:
    """Finds source lines by addresses; ``image_of`` reads the image at a path, as a machine's loader does.

    What belongs to a library has none: nobody looks for it there.
    """

    def __init__(self, image_of: Callable[[str], bytes]) -> None:
        self._image_of = image_of
        self._symbols: dict[str, Symbols] = {}

    def line(self, pc: int, image: str) -> SourceLine | None:
        """Return the source line of the instruction at ``pc`` of an image; None if unknown."""
        from vm.observe import snippets  # brings rich along

        if image not in self._symbols:
            try:
                data = self._image_of(image)
            except (OSError, SystemCallError):
                data = b""
            self._symbols[image] = Symbols(data)
        found = self._symbols[image].line(pc)
        if found is None or found.is_library:
            return None
        place = snippets.place(found.file, found.line, found.path)
        return SourceLine(place.rpartition(":")[0], found.line, snippets.code(found.path, found.line).strip())

    def where(self, pc: int, image: str) -> str:
        """Return it as ``file:line``; empty if unknown."""
        found = self.line(pc, image)
        return f"{found.file}:{found.line}" if found is not None else ""
