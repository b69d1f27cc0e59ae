"""Arguments whose meaning another argument decides: those of fcntl, ioctl and prctl."""

from __future__ import annotations

from collections.abc import Callable

from vm import flags as names
from vm.abi import (
    FIOCLEX,
    FIONBIO,
    FIONCLEX,
    FIONREAD,
    NAME_SIZE,
    SIOCATMARK,
    TCFLSH,
    TCGETS,
    TCSBRK,
    TCSETS,
    TCSETSF,
    TCSETSW,
    TCXONC,
    TIOCGPGRP,
    TIOCGSID,
    TIOCGWINSZ,
    TIOCSCTTY,
    TIOCSPGRP,
    TIOCSWINSZ,
    Fcntl,
    Option,
)
from vm.abi.layout import word
from vm.abi.structures import Termios, Winsize
from vm.observe.strace import interfaces, structures
from vm.observe.strace.call import LATER, Call
from vm.observe.strace.results import open_flags
from vm.observe.strace.text import address, choice, flags, quote, signal_name, signed

_WITHOUT: tuple[int, ...] = (Fcntl.F_GETFD, Fcntl.F_GETFL, Fcntl.F_GETPIPE_SZ, 9, 11, 1025, 1034)
_NUMBERS: tuple[int, ...] = (Fcntl.F_DUPFD, Fcntl.F_DUPFD_CLOEXEC, Fcntl.F_SETPIPE_SZ, 8)
_LOCKS: dict[int, int] = {
    Fcntl.F_GETLK: 16, Fcntl.F_SETLK: 16, Fcntl.F_SETLKW: 16, Fcntl.F_GETLK64: 32, Fcntl.F_SETLK64: 32,
    Fcntl.F_SETLKW64: 32,
}  # fmt: skip
"""Bytes of the structure that these commands take."""


def fcntl_argument(call: Call, value: int, index: int) -> str | None:
    """The argument of fcntl's command."""
    command = signed(call.values[index - 1])
    if command in _WITHOUT:
        return None
    if command in _NUMBERS:
        return str(signed(value))
    if command == Fcntl.F_SETFD:
        return flags(value, names.OF_DESCRIPTOR, "FD")
    if command == Fcntl.F_SETFL:
        return open_flags(value)
    size = _LOCKS.get(command)
    if size is not None:
        asks = command in (Fcntl.F_GETLK, Fcntl.F_GETLK64)
        if asks and call.result is None:
            return LATER
        data = call.all(value, size) if value else None
        return address(value) if data is None else structures.record_lock(data, is_answer=asks)
    return f"{value:#x}"


def request(call: Call, value: int, index: int) -> str:
    """A request of ioctl; one without a name by its parts."""
    name = names.IOCTL.get(value) or interfaces.NAMES.get(value)
    if name:
        return name
    way = "|".join(name for bit, name in ((2, "_IOC_READ"), (1, "_IOC_WRITE")) if value >> 30 & bit) or "_IOC_NONE"
    size = value >> 16 & 0x3FFF
    return f"_IOC({way}, {value >> 8 & 0xFF:#x}, {value & 0xFF:#x}, {f'{size:#x}' if size else '0'})"


_Layout = tuple[int, Callable[[bytes], str]]


def _bracketed(data: bytes) -> str:
    return f"[{structures.integer(data)}]"


_STORED: dict[int, _Layout] = {
    TCGETS: (Termios.SIZE, structures.termios),
    TIOCGWINSZ: (Winsize.SIZE, structures.window),
    **dict.fromkeys(
        (FIONREAD, SIOCATMARK, TIOCGPGRP, TIOCGSID), (4, _bracketed)
    ),
}  # fmt: skip
_TAKEN: dict[int, _Layout] = {
    **dict.fromkeys(
        (TCSETS, TCSETSW, TCSETSF), (Termios.SIZE, structures.termios)
    ),
    TIOCSWINSZ: (Winsize.SIZE, structures.window),
    **dict.fromkeys((FIONBIO, TIOCSPGRP), (4, _bracketed)),
}  # fmt: skip


def ioctl_argument(call: Call, value: int, index: int) -> str | None:
    """What ioctl's request takes or has stored."""
    wanted = call.values[index - 1]
    if wanted in interfaces.NAMES:
        return interfaces.interface(call, value, wanted)
    if wanted in (FIOCLEX, FIONCLEX):
        return None
    if wanted == TCFLSH:
        return choice(value, names.FLUSH, "TC")
    if wanted == TCXONC:
        return choice(value, names.FLOW, "TC")
    if wanted in (TCSBRK, TIOCSCTTY):
        return str(signed(value))
    if wanted in _STORED and call.result is None:
        return LATER
    layout = _TAKEN.get(wanted) or (None if call.has_failed else _STORED.get(wanted))
    if layout is None:
        return f"{value:#x}" if value else "NULL" if wanted in names.IOCTL else "0"
    size, text = layout
    data = call.all(value, size) if value else None
    return address(value) if data is None else text(data)


_PRCTL_TELLS = (Option.PR_GET_NAME, Option.PR_GET_PDEATHSIG, Option.PR_GET_CHILD_SUBREAPER)


def prctl_argument(call: Call, value: int, index: int) -> str | None:
    """The first argument of prctl's option."""
    option = call.values[index - 1]
    if option in _PRCTL_TELLS and call.result is None:
        return LATER
    match option:
        case Option.PR_SET_NAME:
            read = call.string(value, NAME_SIZE - 1)
            return address(value) if read is None else quote(read[0], NAME_SIZE, is_cut=not read[1])
        case Option.PR_GET_NAME:
            read = None if call.has_failed else call.string(value, NAME_SIZE)
            return address(value) if read is None else quote(read[0], NAME_SIZE)
        case Option.PR_SET_PDEATHSIG:
            return signal_name(value)
        case Option.PR_GET_PDEATHSIG:
            data = None if call.has_failed else call.all(value, 4)
            return address(value) if data is None else f"[{signal_name(word(data))}]"
        case Option.PR_GET_CHILD_SUBREAPER:
            data = None if call.has_failed else call.all(value, 4)
            return address(value) if data is None else _bracketed(data)
        case Option.PR_SET_CHILD_SUBREAPER:
            return str(value)
        case Option.PR_SET_NO_NEW_PRIVS | Option.PR_GET_NO_NEW_PRIVS:
            return str(value)
        case Option.PR_SET_DUMPABLE:
            return choice(value, names.DUMPABLE, "SUID")
        case Option.PR_CAPBSET_READ:
            return choice(value, names.CAPABILITY, "CAP")
        case Option.PR_SET_TIMERSLACK:
            return str(value)
        case Option.PR_GET_DUMPABLE | Option.PR_GET_TIMERSLACK:
            return None
    return f"{value:#x}"


def prctl_rest(call: Call, value: int, index: int) -> str | None:
    """A further argument, which of the options that the machine has only those take that want it to be 0."""
    if call.values[0] in (Option.PR_SET_NO_NEW_PRIVS, Option.PR_GET_NO_NEW_PRIVS):
        return str(value)
    return None if call.values[0] in frozenset(Option) else f"{value:#x}"
