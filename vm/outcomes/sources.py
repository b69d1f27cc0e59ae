"""Where in a program's source an instruction stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from vm.kernel.errors import SystemCallError
from vm.kernel.exec.loader import Loader
from vm.outcomes.orders import Order, Step
from vm.outcomes.wording import Place

if TYPE_CHECKING:
    from vm.observe.symbols import Symbols


class Sources:
    """Finds source lines by addresses, in ``images`` by their paths. What belongs to a library has none."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        self._images = images
        self._symbols: dict[str, Symbols] = {}

    def __reduce__(self) -> tuple[type[Sources], tuple[Mapping[str, bytes]]]:
        return Sources, (self._images,)

    def place(self, pc: int, image: str) -> Place | None:
        """Return where the instruction at ``pc`` of an image stands, in a file as one opens it from here; or None.

        Of what belongs to a library the function is known alone.
        """
        from vm.observe import snippets  # bring rich and elftools along
        from vm.observe import symbols as naming

        if image not in self._symbols:
            self._symbols[image] = naming.Symbols(self._images.get(image, b""))
        symbols = self._symbols[image]
        found, function = symbols.line(pc), symbols.function(pc)
        if found is None or found.is_library:
            return Place("", 0, "", function) if function else None
        place = snippets.place(found.file, found.line, found.path)
        return Place(place.rpartition(":")[0], found.line, snippets.code(found.path, found.line).strip(), function)

    def place_of(self, step: Step) -> Place | None:
        """Return where the call of a step stands; None if unknown."""
        return self.place(step.pc, step.image)

    def where(self, pc: int, image: str) -> str:
        """Return it as ``file:line``; empty if the line is unknown."""
        found = self.place(pc, image)
        return f"{found.file}:{found.line}" if found is not None and found.line else ""


def sources_of(orders: Iterable[Order], loader: Loader) -> Sources:
    """Return where the steps of these orders stand; ``loader`` is that of a machine which can run them."""
    images: dict[str, bytes] = {}
    for path in {step.image for order in orders for step in order.steps}:
        with suppress(SystemCallError, OSError):  # a program may have written it
            images[path] = loader.image_file(path)
    return Sources(images)
