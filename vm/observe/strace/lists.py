"""Strings, and lists of things in the guest's memory, as strace(1) writes them; none is longer than what is shown."""

from __future__ import annotations

from vm.abi import IOV_LIMIT, MOST_ARGUMENTS, SIGSET_SIZE
from vm.abi.layout import bits, word, words
from vm.abi.notification import EpollEvent
from vm.abi.structures import Iovec, Pollfd, SetWithSize
from vm.observe.strace import structures
from vm.observe.strace.call import Call
from vm.observe.strace.text import address, listed, quote, signal_set, structure

DIRECTORY_READ = 32 << 10
"""Bytes of directory entries that are counted."""
MOST_DESCRIPTORS = 65536
"""Descriptors that may be members of a set."""


def string(call: Call, pointer: int, read: tuple[bytes, bool] | None) -> str:
    """A path, in full; the pointer where it cannot be read."""
    if read is None:
        return address(pointer)
    data, is_whole = read
    return quote(data, len(data), is_cut=not is_whole)


def _short(call: Call, pointer: int) -> str:
    read = call.string(pointer, call.limit)
    if read is None:
        return address(pointer)
    data, is_whole = read
    return quote(data, call.limit, is_cut=not is_whole)


def strings(call: Call, value: int, index: int) -> str:
    """The strings of an array of pointers that a null pointer ends."""
    if not value:
        return "NULL"
    shown: list[str] = []
    while len(shown) < call.limit:
        data = call.all(value + 4 * len(shown), 4)
        if data is None:
            return listed([*shown, f"{value + 4 * len(shown):#x}"]) if shown else address(value)
        pointer = word(data)
        if not pointer:
            return listed(shown)
        shown.append(_short(call, pointer))
    return listed([*shown, "..."])


def environment(call: Call, value: int, index: int) -> str:
    """How many variables there are."""
    if not value:
        return "NULL"
    count, step = 0, 256
    while count * 4 < MOST_ARGUMENTS:
        data = call.some(value + 4 * count, step)
        for at in range(0, len(data) - 3, 4):
            if not word(data, at):
                return f"{address(value)} /* {count} var{'s' * (count != 1)} */"
            count += 1
        if len(data) < step:
            return f"{address(value)} /* {count} vars, unterminated */" if count else address(value)
    return address(value)


def vector_of(call: Call, value: int, count: int, size: int | None) -> str:
    """``count`` iovecs: of those that received, ``size`` bytes in all have been stored."""
    if not value or not 0 < count <= IOV_LIMIT:
        return address(value) if count else "[]"
    shown: list[str] = []
    for number in range(min(count, call.limit)):
        place = value + Iovec.SIZE * number
        data = call.all(place, Iovec.SIZE)
        if data is None:
            return listed([*shown, f"{place:#x}"]) if shown else address(value)
        base, length = Iovec.unpack(data)
        there = length if size is None else min(length, size)
        size = None if size is None else size - there
        content = call.some(base, min(there, call.limit))
        is_told = content or not there or not call.limit
        text = quote(content, call.limit, is_cut=there > call.limit) if is_told else address(base)
        shown.append(structure(iov_base=text, iov_len=length))
    return listed([*shown, "..."] if count > call.limit else shown)


def vector_sent(call: Call, value: int, index: int) -> str:
    """iovecs with the bytes that are written."""
    return vector_of(call, value, call.values[index + 1], None)


def vector_received(call: Call, value: int, index: int) -> str:
    """iovecs with the bytes that have been read."""
    return address(value) if call.has_failed else vector_of(call, value, call.values[index + 1], call.result or 0)


def entries(call: Call, value: int, index: int) -> str:
    """How many directory entries have been stored."""
    size = call.result or 0
    data = call.all(value, size) if 0 <= size <= DIRECTORY_READ else None
    if data is None and size:
        return address(value)
    count = structures.count_entries(data or b"")
    return f"{address(value)} /* {count} entr{'y' if count == 1 else 'ies'} */"


def groups(call: Call, value: int, index: int) -> str:
    """Numbers of groups: as many as are given, or as have been told."""
    count = call.values[0] if call.result is None else call.result
    if not call.values[0] or call.has_failed or not value:
        return address(value)
    data = call.all(value, 4 * min(count, call.limit))
    if data is None and count:
        return address(value)
    members = words(data or b"")
    return listed([*members, "..."] if count > call.limit else members)


def processors(call: Call, value: int, index: int) -> str:
    """A set of processors, whose size is the argument before or has been told."""
    size = call.values[index - 1] if call.result is None else call.result
    data = None if call.has_failed or not value else call.all(value, min(size, 128))
    if data is None:
        return address(value)
    mask = bits(data)
    return listed((bit for bit in range(min(mask.bit_length(), call.limit)) if mask >> bit & 1), " ")


def poll_list(call: Call, value: int, index: int) -> str:
    """What a poll asks for."""
    count = call.values[index + 1]
    if not value:
        return "NULL"
    shown: list[str] = []
    for number in range(min(count, call.limit)):
        place = value + Pollfd.SIZE * number
        data = call.all(place, Pollfd.SIZE)
        if data is None:
            return listed([*shown, f"{place:#x}"]) if shown else address(value)
        shown.append(structures.poll_wanted(data))
    return listed([*shown, "..."] if count > call.limit else shown)


def epoll_events(call: Call, value: int, index: int) -> str:
    """The events that a wait has found."""
    count = call.result or 0
    if call.has_failed or not value:
        return address(value)
    shown: list[str] = []
    for number in range(min(count, call.limit)):
        data = call.all(value + EpollEvent.SIZE * number, EpollEvent.SIZE)
        if data is None:
            return address(value)
        shown.append(structures.epoll_event(data))
    return listed([*shown, "..."] if count > call.limit else shown)


def members_of_set(call: Call, value: int) -> list[int] | None:
    """The descriptors of an fd_set, below the first argument; None where it cannot be read."""
    count = min(call.values[0], MOST_DESCRIPTORS)
    if not value or call.values[0] & 0x8000_0000:
        return None
    data = call.all(value, -(-count // 32) * 4) if count else b""
    if data is None:
        return None
    mask = bits(data) & ((1 << count) - 1)
    members: list[int] = []
    while mask and len(members) <= call.limit:
        members.append((mask & -mask).bit_length() - 1)
        mask &= mask - 1
    return members


def descriptor_set(call: Call, value: int, index: int) -> str:
    """An fd_set."""
    members = members_of_set(call, value)
    if members is None:
        return address(value)
    return listed([*members[: call.limit], "..."] if len(members) > call.limit else members, " ")


def set_with_size(call: Call, value: int, index: int) -> str:
    """What pselect6 gets as its last argument: where a signal set is, and its size."""
    data = call.all(value, SetWithSize.SIZE) if value else None
    if data is None:
        return address(value)
    pointer, size = SetWithSize.unpack(data)
    content = call.all(pointer, SIGSET_SIZE) if pointer and size == SIGSET_SIZE else None
    shown = address(pointer) if content is None else signal_set(bits(content))
    return structure(sigmask=shown, sigsetsize=size)
