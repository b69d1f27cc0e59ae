"""Words of a packet: numbers, bytes in hexadecimal digits, and who is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from vm.abi.errors import Errno
from vm.debug.packets import unescape
from vm.debug.target import Refused

SPACE = 1 << 32
"""Bytes of an address space."""


def malformed(what: str) -> Refused:
    """What is said of a packet that cannot be read."""
    return Refused(Errno.EINVAL, what)


_DIGITS = re.compile(rb"[0-9a-fA-F]{1,16}")
_BYTES = re.compile(rb"(?:[0-9a-fA-F]{2})*+")


def number(text: bytes) -> int:
    """A number of up to 16 hexadecimal digits. Raises Refused for anything else, as every function here does."""
    if not _DIGITS.fullmatch(text):
        raise malformed("not a number")
    return int(text, 16)


def numbers(text: bytes, separator: bytes, count: int) -> list[int]:
    """So many numbers with a separator between them."""
    parts = text.split(separator)
    if len(parts) != count:
        raise malformed(f"not {count} numbers")
    return [number(part) for part in parts]


def data(text: bytes) -> bytes:
    """Bytes of two digits each."""
    if not _BYTES.fullmatch(text):
        raise malformed("not bytes")
    return bytes.fromhex(text.decode())


def binary(text: bytes) -> bytes:
    """Bytes as they are, some of them escaped."""
    try:
        return unescape(text)
    except ValueError as error:
        raise malformed(str(error)) from error


def halves(text: bytes, separator: bytes) -> tuple[bytes, bytes]:
    """What stands before the first separator, and what behind it."""
    before, found, behind = text.partition(separator)
    if not found:
        raise malformed(f"no {separator.decode()}")
    return before, behind


class ThreadId(NamedTuple):
    """Threads that a packet means: None is every one, or any one, whichever the packet takes."""

    pid: int | None
    tid: int | None


EVERYBODY = ThreadId(None, None)


def thread_id(text: bytes) -> ThreadId:
    """``p2.3`` is thread 3 of process 2, ``p2.-1`` and ``p2`` are all of process 2, ``3`` is thread 3.

    ``0`` stands for any and ``-1`` for all (gdb manual, "Packets", *thread-id*).
    """
    if not text.startswith(b"p"):
        return ThreadId(None, _one(text))
    process, dot, thread = text[1:].partition(b".")
    return ThreadId(_one(process), _one(thread) if dot else None)


def _one(text: bytes) -> int | None:
    return None if text == b"-1" else number(text) or None
