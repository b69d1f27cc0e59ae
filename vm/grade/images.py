"""The programs of a lab as guests find them."""

from __future__ import annotations

from collections.abc import Mapping

from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Images:
    """Programs that were built: ``paths`` in the guest by a program's name, ``files`` are their bytes by path."""

    paths: Mapping[str, str]
    files: Mapping[str, bytes]

    def __contains__(self, program: object) -> bool:
        return program in self.paths

    def __getitem__(self, program: str) -> bytes:
        """Return the image of a program. Raises KeyError for one that was not built."""
        return self.files[self.paths[program]]
