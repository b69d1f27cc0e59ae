"""A note in an image that says which dialect's services its program calls (ELF, "Note Section")."""

from __future__ import annotations

import struct

from vm.values import dataclass

OWNER = b"Forklore\0"
DIALECT_NOTE = 1
"""The one type of note of ours."""

_HEAD = struct.Struct("<III")
_DESCRIPTION = struct.Struct("<16sII")


@dataclass(frozen=True, slots=True)
class DialectNote:
    """``dialect`` names whose services the program calls. ``ending`` is the address behind its last instruction, to
    which its first function returns; ``heap`` is the first address that sbrk gives out. 0 stands for none."""

    dialect: str
    ending: int
    heap: int

    def pack(self) -> bytes:
        """The note as it stands in a file."""
        description = _DESCRIPTION.pack(self.dialect.encode(), self.ending, self.heap)
        name = OWNER.ljust(-(-len(OWNER) // 4) * 4, b"\0")
        return _HEAD.pack(len(OWNER), len(description), DIALECT_NOTE) + name + description


def find_note(data: bytes) -> DialectNote | None:
    """The first of our notes among ``data``, the contents of a note segment; None without one, whatever the bytes."""
    at = 0
    while at + _HEAD.size <= len(data):
        name_size, size, kind = _HEAD.unpack_from(data, at)
        name_at = at + _HEAD.size
        start = name_at + -(-name_size // 4) * 4
        if data[name_at : name_at + name_size] == OWNER and kind == DIALECT_NOTE and size == _DESCRIPTION.size:
            if start + size > len(data):
                return None
            name, ending, heap = _DESCRIPTION.unpack_from(data, start)
            return DialectNote(name.rstrip(b"\0").decode("ascii", "replace"), ending, heap)
        at = start + -(-size // 4) * 4
    return None
