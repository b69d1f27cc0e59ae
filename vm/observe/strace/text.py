"""How strace(1) writes numbers, flags, strings and structures."""

from __future__ import annotations

from collections.abc import Iterable

from vm.abi import SIGNAL_LIMIT, Signal
from vm.flags import Names

_NAMED = {9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_PLAIN = [_NAMED.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:o}") for byte in range(256)]
_DIGITS = range(48, 58)


def quote(data: bytes, limit: int, is_cut: bool = False) -> str:
    """Bytes as a string of C, cut at ``limit``: escapes are octal, as short as the next byte allows."""
    shown = data[:limit]
    try:
        text = shown.decode("ascii")
    except UnicodeDecodeError:
        text = "\0"
    if not text.isprintable() or '"' in text or "\\" in text:
        text = _escaped(shown)
    return f'"{text}"' + ("..." if is_cut or len(data) > limit else "")


def _escaped(data: bytes) -> str:
    parts = []
    for index, byte in enumerate(data):
        is_octal = byte not in _NAMED and not 32 <= byte < 127
        if is_octal and index + 1 < len(data) and data[index + 1] in _DIGITS:
            parts.append(f"\\{byte:03o}")
        else:
            parts.append(_PLAIN[byte])
    return "".join(parts)


def quote_hex(data: bytes, limit: int, is_cut: bool = False) -> str:
    """Bytes that are no text, each as two digits."""
    text = "".join(f"\\x{byte:02x}" for byte in data[:limit])
    return f'"{text}"' + ("..." if is_cut or len(data) > limit else "")


def address(value: int) -> str:
    """A pointer."""
    return f"{value:#x}" if value else "NULL"


def signed(value: int, bits: int = 32) -> int:
    """An unsigned number of that many bits read as a signed one."""
    return value - ((value >> (bits - 1) & 1) << bits)


def choice(value: int, names: Names, unknown: str) -> str:
    """One of several: its name, or the number and whose name it is not."""
    return names.get(value) or f"{value & 0xFFFF_FFFF:#x} /* {unknown}_??? */"


def flags(value: int, names: Names, unknown: str, none: str = "0") -> str:
    """Names of flags, and what has none as a number; ``none`` where there are no flags at all."""
    if not value:
        return none
    found, left = [], value
    for mask, name in names.items():
        if left & mask == mask:
            found.append(name)
            left &= ~mask
    if not found:
        return f"{value:#x} /* {unknown if '?' in unknown else f'{unknown}_???'} */"
    return "|".join([*found, f"{left:#x}"] if left else found)


def joined(*parts: str) -> str:
    """Names of flags from several tables, each already written: "0" is none."""
    return "|".join(part for part in parts if part != "0") or "0"


def structure(**fields: object) -> str:
    """``{name=value, …}``."""
    return "{" + ", ".join(f"{name}={value}" for name, value in fields.items()) + "}"


def listed(members: Iterable[object], separator: str = ", ") -> str:
    """``[member, …]``."""
    return "[" + separator.join(map(str, members)) + "]"


def octal(value: int) -> str:
    """Permissions: three digits at least."""
    return f"0{value:02o}" if value >= 8 else f"00{value}" if value else "000"


def _signal_names() -> dict[int, str]:
    names = {int(signal): signal.name for signal in Signal}
    names[32] = "SIGRTMIN"
    return names | {number: f"SIGRT_{number - 32}" for number in range(33, SIGNAL_LIMIT + 1)}


SIGNALS = _signal_names()
"""Names of all signals; the real-time ones are counted from the first."""
SIGNAL_NUMBERS = {name: number for number, name in SIGNALS.items()}
_IN_SETS = {number: name.removeprefix("SIG") for number, name in SIGNALS.items()}
_MANY = 2 * SIGNAL_LIMIT // 3


def signal_name(number: int) -> str:
    """A signal by its name, 0 and what is none by its number."""
    return SIGNALS.get(number) or str(number)


def signal_set(members: int) -> str:
    """A set of signals; one that holds most of them by what is missing."""
    inverted = members.bit_count() >= _MANY
    if inverted:
        members = ~members
    shown = (name for number, name in _IN_SETS.items() if members >> (number - 1) & 1)
    return "~" * inverted + listed(shown, " ")
