"""How a structure of the guest's memory is declared: a class whose fields are numbers and bytes at fixed offsets.

Everything is little-endian, and a field lies where the C compiler for riscv32 puts it: behind the one before, after a
gap where ``at`` says so. What is unpacked is a tuple in the order of the fields, which also have their names.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Annotated, Any, Self, cast, get_type_hints

WORD, HALF, LONG, LONG_LONG = (struct.Struct(f"<{code}") for code in "IHqQ")
"""Numbers that lie alone: an unsigned word or half-word, and 64 bits with and without a sign."""


def word(data: bytes, at: int = 0) -> int:
    """Return the unsigned word at byte ``at``."""
    return cast(int, WORD.unpack_from(data, at)[0])


def words(data: bytes) -> tuple[int, ...]:
    """Return the unsigned words that follow each other in ``data``."""
    return struct.unpack(f"<{len(data) // 4}I", data)


def packed_words(*values: int) -> bytes:
    """Return unsigned words as they follow each other in memory."""
    return struct.pack(f"<{len(values)}I", *values)


def halves(data: bytes) -> tuple[int, ...]:
    """Return the unsigned half-words that follow each other in ``data``."""
    return struct.unpack(f"<{len(data) // 2}H", data)


def packed_halves(*values: int) -> bytes:
    """Return unsigned half-words as they follow each other in memory."""
    return struct.pack(f"<{len(values)}H", *values)


def bits(data: bytes) -> int:
    """Return the set that ``data`` holds: member n is bit n % 8 of byte n // 8."""
    return int.from_bytes(data, "little")


def packed_bits(members: int, size: int) -> bytes:
    """Return a set as ``size`` bytes."""
    return members.to_bytes(size, "little")


s8 = Annotated[int, "b"]
s16 = Annotated[int, "h"]
s32 = Annotated[int, "i"]
s64 = Annotated[int, "q"]
"""Signed numbers; a long is an s32."""
u8 = Annotated[int, "B"]
u16 = Annotated[int, "H"]
u32 = Annotated[int, "I"]
u64 = Annotated[int, "Q"]
"""Unsigned numbers; a pointer is a u32."""


class _Layout(type):
    """Works out a structure's layout when it is first used: most runs use few."""

    SIZE: int
    """Bytes of the structure in all."""
    OFFSETS: Mapping[str, int]
    """Where each field begins."""
    _codec: struct.Struct
    _zeros: dict[str, int | bytes]
    _codes: dict[str, str]

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], size: int = 0
    ) -> _Layout:  # fmt: skip
        namespace["_least"] = size
        return super().__new__(cls, name, bases, namespace)

    def __getattr__(cls, name: str) -> Any:
        if name not in ("SIZE", "OFFSETS", "_codec", "_zeros", "_codes"):
            raise AttributeError(name)
        cls._settle()
        return vars(cls)[name]

    def _settle(cls) -> None:
        code, end = "<", 0
        offsets: dict[str, int] = {}
        codes: dict[str, str] = {}
        hints = get_type_hints(cls, include_extras=True)
        for name in cls.__annotations__:
            kind, *at = hints[name].__metadata__
            start = at[0] if at else end
            assert start >= end, f"{cls.__name__}.{name} lies over the field before it"
            code += f"{start - end}x{kind}"
            end = start + struct.calcsize(kind)
            setattr(cls, name, property(itemgetter(len(offsets))))
            offsets[name] = start
            codes[name] = f"<{kind}"
        cls.SIZE = max(vars(cls)["_least"], end)
        cls.OFFSETS, cls._codes = offsets, codes
        cls._codec = struct.Struct(f"{code}{cls.SIZE - end}x")
        cls._zeros = {name: 0 if hints[name].__origin__ is int else b"" for name in offsets}


class Structure(tuple[Any, ...], metaclass=_Layout):
    """A structure: a subclass declares its fields. ``size=`` is given where bytes follow the last.

    A field is annotated with one of the numbers above, or with ``Annotated[bytes, "8s"]`` for 8 bytes that are none;
    one that does not follow the field before has its offset behind that: ``Annotated[s64, 8]``.
    """

    @classmethod
    def pack(cls, **fields: int | bytes) -> bytes:
        """Return the bytes of a structure with these fields; the others are zeros.

        A number that does not fit into its field is an error of the caller's (struct.error).
        """
        return cls._codec.pack(*(cls._zeros | fields).values())

    @classmethod
    def pack_all(cls, *values: int | bytes) -> bytes:
        """Return the bytes of a structure with these values of all its fields in order, in a fifth of the time."""
        return cls._codec.pack(*values)

    @classmethod
    def unpack(cls, data: bytes, at: int = 0) -> Self:
        """Return the structure that begins at byte ``at`` and lies in ``data`` as a whole."""
        return cls(cls._codec.unpack_from(data, at))

    def named(self) -> dict[str, Any]:
        """Return the fields by name, in order."""
        return dict(zip(type(self).OFFSETS, self, strict=True))

    @classmethod
    def changed(cls, data: bytes, **fields: int | bytes) -> bytes:
        """Return ``data``, a structure, with these fields changed; the gaps between fields stay what they are."""
        result = bytearray(data)
        for name, value in fields.items():
            struct.pack_into(cls._codes[name], result, cls.OFFSETS[name], value)
        return bytes(result)

    @classmethod
    def unpack_all(cls, data: bytes) -> Iterator[Self]:
        """Yield the structures that follow each other in ``data``."""
        return map(cls, cls._codec.iter_unpack(data))
