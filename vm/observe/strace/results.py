"""What a call has returned, as strace(1) writes it: numbers, errors, and what goes with some of them."""

from __future__ import annotations

import os

from vm import flags as names
from vm.abi import ERESTARTSYS, Errno, Fcntl, Option
from vm.abi.structures import Pollfd, Timespec
from vm.observe.strace import structures
from vm.observe.strace.call import Call
from vm.observe.strace.lists import members_of_set
from vm.observe.strace.text import flags, joined, listed, signed, structure

AGAIN = "? ERESTARTSYS (To be restarted if SA_RESTART is set)"
"""The result of a call that a handler interrupts and that is then made again."""
_ERRORS = {error.value: f"-1 {error.name} ({os.strerror(error)})" for error in Errno}


def failure(result: int) -> str:
    """A result below 0."""
    if result == -ERESTARTSYS:
        return AGAIN
    return _ERRORS.get(-result) or f"-1 ERRNO_{-result} (Unknown error {-result})"


def open_flags(value: int) -> str:
    """Flags of an open file."""
    return joined(names.OPEN_ACCESS[value & 3], flags(value & ~3, names.OPEN, "O"))


def fcntl(call: Call, value: int) -> str:
    """The result of fcntl's command."""
    command = signed(call.values[1])
    if command == Fcntl.F_GETFL:
        return f"{value:#x} (flags {open_flags(value)})"
    if command == Fcntl.F_GETFD and value:
        return f"{value:#x} (flags {flags(value, names.OF_DESCRIPTOR, 'FD')})"
    return str(value)


def prctl(call: Call, value: int) -> str:
    """The result of prctl's option."""
    named = names.DUMPABLE.get(value) if call.values[0] == Option.PR_GET_DUMPABLE else None
    return f"{value} ({named})" if named else str(value)


def _left(call: Call, pointer: int) -> list[str]:
    data = call.all(pointer, Timespec.SIZE) if pointer else None
    return [] if data is None else [f"left {structures.timespec(data)}"]


def poll(call: Call, value: int) -> str:
    """Which files are ready for what."""
    if not value:
        return "0 (Timeout)"
    ready: list[str] = []
    for number in range(min(call.values[1], 4 * call.limit)):
        data = call.all(call.values[0] + Pollfd.SIZE * number, Pollfd.SIZE)
        if data is None:
            break
        descriptor, _, found = Pollfd.unpack(data)
        if found:
            ready.append(structure(fd=descriptor, revents=flags(found, names.POLL, "POLL")))
        if len(ready) >= min(value, call.limit):
            break
    told = [listed([*ready, "..."] if value > len(ready) else ready), *_left(call, call.values[2])]
    return f"{value} ({', '.join(told)})"


def select(call: Call, value: int) -> str:
    """Which descriptors are ready."""
    if not value:
        return "0 (Timeout)"
    told = []
    for name, pointer in zip(("in", "out", "except"), call.values[1:4], strict=True):
        members = members_of_set(call, pointer)
        if members:
            cut = len(members) > call.limit
            told.append(f"{name} {listed([*members[: call.limit], '...'] if cut else members, ' ')}")
    told += _left(call, call.values[4])
    return f"{value} ({', '.join(told)})" if told else str(value)
