"""Where in a program's source an instruction stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from vm.kernel.errors import SystemCallError
from vm.kernel.exec.loader import Loader
from vm.observe.symbols import Symbols
from vm.outcomes.orders import Order
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source: ``file`` as one opens it from here, and the ``code`` that stands there, empty if unknown."""

    file: str
    line: int
    code: str


class Sources:
    """Finds source lines by addresses, in ``images`` by their paths. What belongs to a library has none."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        self._images = images
        self._symbols: dict[str, Symbols] = {}

    def __reduce__(self) -> tuple[type[Sources], tuple[Mapping[str, bytes]]]:
        return Sources, (self._images,)

    def line(self, pc: int, image: str) -> SourceLine | None:
        """Return the source line of the instruction at ``pc`` of an image; None if unknown."""
        from vm.observe import snippets  # brings rich along

        if image not in self._symbols:
            self._symbols[image] = Symbols(self._images.get(image, b""))
        found = self._symbols[image].line(pc)
        if found is None or found.is_library:
            return None
        place = snippets.place(found.file, found.line, found.path)
        return SourceLine(place.rpartition(":")[0], found.line, snippets.code(found.path, found.line).strip())

    def where(self, pc: int, image: str) -> str:
        """Return it as ``file:line``; empty if unknown."""
        found = self.line(pc, image)
        return f"{found.file}:{found.line}" if found is not None else ""


def sources_of(orders: Iterable[Order], loader: Loader) -> Sources:
    """Return where the steps of these orders stand; ``loader`` is that of a machine which can run them."""
    images: dict[str, bytes] = {}
    for path in {step.image for order in orders for step in order.steps}:
        with suppress(SystemCallError, OSError):  # a program may have written it
            images[path] = loader.image_file(path)
    return Sources(images)
