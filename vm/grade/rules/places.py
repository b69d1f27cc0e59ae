"""Where the calls of a run stand in the sources of its programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from vm.grade.conduct import Call

if TYPE_CHECKING:
    from vm.observe.symbols import Symbols


class Places:
    """Tells where calls stand: in the program's own source, innermost. ``images`` are the programs by their paths."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        self._images = images
        self._symbols: dict[str, Symbols] = {}

    def __call__(self, call: Call) -> str:
        """Return the line that made a call, as ``tree.c:14``; empty where it is not known."""
        image = self._images.get(call.program)
        if image is None or call.standing is None:
            return ""
        from vm.observe.deaths.backtrace import backtrace, own_place  # bring elftools along
        from vm.observe.symbols import Symbols

        if call.program not in self._symbols:
            self._symbols[call.program] = Symbols(image)
        place = own_place(backtrace(self._symbols[call.program], call.standing))
        if not place.is_own:
            return ""
        path = PurePosixPath(place.file)
        return f"{path.name if path.is_absolute() else path}:{place.line}"
