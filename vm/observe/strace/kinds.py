"""How each kind of argument is shown: the table behind every line of a trace, one entry a kind.

``GIVEN`` are shown when the call is made, ``RESULTS`` when it returns, since they point to what it stores; ``RETURNS``
are results themselves, where they are no plain numbers. An argument is shown by a function of the call, of the register
and of its index: None leaves it out, as where flags say that nobody looks at it, and LATER makes it one of the second
sort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct

from vm import flags as names
from vm.abi import (
    AT_FDCWD,
    CSIGNAL,
    FUTEX_COMMAND,
    MREMAP_FIXED,
    PAGE_SIZE,
    SIGSET_SIZE,
    CloneFlag,
    Errno,
    MapFlag,
    OpenFlag,
)
from vm.abi.layout import LONG, WORD, word
from vm.abi.notification import EpollEvent, EpollOperation
from vm.abi.scheduling import SchedParam
from vm.abi.structures import (
    Itimerval,
    Rlimit64,
    Rusage,
    Sigaction,
    SignalStack,
    Statfs64,
    Statx,
    Sysinfo,
    Timespec,
    Tms,
    Utsname,
)
from vm.abi.timers import Sigevent
from vm.kernel.syscalls.kinds import Kind
from vm.observe.strace import ipc, results, scheduling, sockets, structures
from vm.observe.strace.call import LATER, Call
from vm.observe.strace.commands import fcntl_argument, ioctl_argument, prctl_argument, prctl_rest, request
from vm.observe.strace.lists import (
    descriptor_set,
    entries,
    environment,
    epoll_events,
    groups,
    poll_list,
    processors,
    set_with_size,
    string,
    strings,
    vector_received,
    vector_sent,
)
from vm.observe.strace.text import address, choice, flags, joined, octal, quote, quote_hex, signal_name, signed

Show = Callable[[Call, int, int], str | None]

# Plain numbers: operations on members of an IntFlag are slow, and lose bits that have no name.
_MAP_TYPE = int(MapFlag.MAP_TYPE)
_SETS_PARENT, _SETS_TLS = int(CloneFlag.CLONE_PARENT_SETTID), int(CloneFlag.CLONE_SETTLS)
_SETS_CHILD = int(CloneFlag.CLONE_CHILD_SETTID | CloneFlag.CLONE_CHILD_CLEARTID)


def _number(call: Call, value: int, index: int) -> str:
    return str(value - ((value & 0x8000_0000) << 1))


def _unsigned(call: Call, value: int, index: int) -> str:
    return str(value)


def _hex(call: Call, value: int, index: int) -> str:
    return f"{value:#x}" if value else "0"


def _address(call: Call, value: int, index: int) -> str:
    return f"{value:#x}" if value else "NULL"


def _signal(call: Call, value: int, index: int) -> str:
    return signal_name(signed(value))


def _directory(call: Call, value: int, index: int) -> str:
    number = signed(value)
    return "AT_FDCWD" if number == AT_FDCWD else str(number)


def _octal(call: Call, value: int, index: int) -> str:
    return octal(value)


def _path(call: Call, value: int, index: int) -> str:
    return string(call, value, call.path(value))


def _sent(call: Call, value: int, index: int) -> str:
    size = call.values[index + 1]
    data = call.some(value, min(size, call.limit))
    return quote(data, call.limit, is_cut=size > call.limit) if data or not (size and call.limit) else address(value)


def _received(call: Call, value: int, index: int) -> str:
    size = call.result or 0
    if size < 0:
        return address(value)
    data = call.some(value, min(size, call.limit))
    return quote(data, call.limit, is_cut=size > call.limit) if data or not (size and call.limit) else address(value)


def _random(call: Call, value: int, index: int) -> str:
    size = call.result or 0
    data = call.some(value, min(size, call.limit))
    return quote_hex(data, call.limit, is_cut=size > call.limit) if data else address(value)


def _path_told(call: Call, value: int, index: int) -> str:
    return address(value) if call.has_failed else string(call, value, call.path(value))


# --- numbers of which several make one, or that only count with others ------------------------------------------------


def _low(call: Call, value: int, index: int) -> str:
    return str(signed(value | call.values[index + 1] << 32, 64))


def _high(call: Call, value: int, index: int) -> str:
    return str(signed(value << 32 | call.values[index + 1], 64))


def _left_out(call: Call, value: int, index: int) -> None:
    return None


def _pages(call: Call, value: int, index: int) -> str:
    return _hex(call, value * PAGE_SIZE, index)


def _create_mode(call: Call, value: int, index: int) -> str | None:
    opened = call.values[index - 1]
    makes = opened & OpenFlag.O_CREAT or opened & names.TEMPORARY == names.TEMPORARY
    return octal(value) if makes else None


def _device(call: Call, value: int, index: int) -> str | None:
    if call.values[index - 1] & 0o170000 not in (0o020000, 0o060000):
        return None
    major, minor = value >> 8 & 0xFFF, value & 0xFF | value >> 12 & 0xFFF00
    return f"makedev({major:#x}, {minor:#x})"


def _mremap_address(call: Call, value: int, index: int) -> str | None:
    return address(value) if call.values[index - 1] & MREMAP_FIXED else None


# --- flags and choices ------------------------------------------------------------------------------------------------


def _flags(table: names.Names, unknown: str, none: str = "0") -> Show:
    return lambda call, value, index: flags(value, table, unknown, none)


def _choice(table: names.Names, unknown: str) -> Show:
    return lambda call, value, index: choice(signed(value), table, unknown)


def _clock(call: Call, value: int, index: int) -> str:
    number = signed(value)
    if number >= 0:
        return choice(number, names.CLOCK, "CLOCK")
    if number & 7 == 3:
        return f"FD_TO_CLOCKID({~(number >> 3)})"
    kind = "THREAD" if number & 4 else "PROCESS"
    return f"MAKE_{kind}_CPUCLOCK({~(number >> 3)}, {choice(number & 3, names.PROCESSOR_CLOCK, 'CPUCLOCK')})"


def _map_flags(call: Call, value: int, index: int) -> str:
    kind = value & _MAP_TYPE
    shown = names.MAP_TYPES.get(kind) or f"{kind:#x} /* MAP_??? */"
    return joined(shown, flags(value & ~_MAP_TYPE, names.MAP, "MAP"))


def _statx_flags(call: Call, value: int, index: int) -> str:
    sync = value & names.STATX_SYNC_TYPE
    shown = names.STATX_SYNC.get(sync) or f"{sync:#x} /* AT_STATX_??? */"
    return joined(shown, flags(value & ~names.STATX_SYNC_TYPE, names.STATX_WALK, "AT"))


def _futex(call: Call, value: int, index: int) -> str:
    command = value & FUTEX_COMMAND
    shown = choice(command, names.FUTEX, "FUTEX")
    private, clock = "_PRIVATE" * bool(value & 0x80), "|FUTEX_CLOCK_REALTIME" * bool(value & 0x100)
    left = value & ~(FUTEX_COMMAND | 0x180)
    return (
        shown
        + (private if command in names.FUTEX else "|FUTEX_PRIVATE_FLAG" * bool(private))
        + clock
        + (f"|{left:#x}" if left else "")
    )


def _futex_timeout(call: Call, value: int, index: int) -> str | None:
    command = call.values[1] & FUTEX_COMMAND
    if command in (1, 2, 7, 8, 10):
        return None
    return _hex(call, value, index) if command in (3, 4, 5, 12) else _TIMESPEC(call, value, index)


def _futex_other(call: Call, value: int, index: int) -> str | None:
    return address(value) if call.values[1] & FUTEX_COMMAND in (3, 4, 5, 11, 12) else None


def _futex_bits(call: Call, value: int, index: int) -> str | None:
    if call.values[1] & FUTEX_COMMAND not in (4, 5, 9, 10, 12):
        return None
    return "FUTEX_BITSET_MATCH_ANY" if value == 0xFFFF_FFFF else f"{value:#x}"


# --- clone: strace shows the stack first, and only the arguments that its flags ask for -------------------------------


def _clone_stack(call: Call, value: int, index: int) -> str:
    wanted = call.values[0]
    number = wanted & CSIGNAL
    shown = joined(flags(wanted & ~CSIGNAL, names.CLONE, "CLONE"), signal_name(number))
    return f"child_stack={address(value)}, flags={shown}"


def _clone_parent_tid(call: Call, value: int, index: int) -> str | None:
    if not call.values[0] & _SETS_PARENT:
        return None
    if call.result is None:
        return LATER
    data = None if call.has_failed else call.all(value, 4)
    return f"parent_tid={address(value) if data is None else [structures.integer(data)]}"


def _clone_tls(call: Call, value: int, index: int) -> str | None:
    return f"tls={address(value)}" if call.values[0] & _SETS_TLS else None


def _clone_child_tid(call: Call, value: int, index: int) -> str | None:
    return f"child_tidptr={address(value)}" if call.values[0] & _SETS_CHILD else None


# --- structures -------------------------------------------------------------------------------------------------------


def _structure(size: int, text: Callable[[bytes], str]) -> Show:
    """Shows the structure of that size behind a pointer; the pointer where there is none, or none to be read."""

    def show(call: Call, value: int, index: int) -> str:
        data = None if not value or call.has_failed else call.all(value, size)
        return address(value) if data is None else text(data)

    return show


def _in_brackets(number: Struct) -> Show:
    return _structure(number.size, lambda data: f"[{number.unpack(data)[0]}]")


def _wait_status(call: Call, value: int, index: int) -> str:
    data = call.all(value, 4) if value and call.result and call.result > 0 else None
    return address(value) if data is None else f"[{structures.wait_status(word(data))}]"


def _time_left(call: Call, value: int, index: int) -> str:
    """Stored only where the sleep was interrupted (EINTR), and was not until a moment."""
    data = call.all(value, Timespec.SIZE) if value and call.result == -Errno.EINTR and not call.values[1] & 1 else None
    return address(value) if data is None else structures.timespec(data)


def _epoll_event(call: Call, value: int, index: int) -> str:
    """Looked at unless an interest is removed."""
    data = None if call.values[1] == EpollOperation.EPOLL_CTL_DEL else call.all(value, EpollEvent.SIZE)
    return address(value) if data is None else structures.epoll_event(data)


def _pipe_ends(data: bytes) -> str:
    return f"[{structures.integer(data)}, {structures.integer(data, 4)}]"


_TIMESPEC = _structure(Timespec.SIZE, structures.timespec)
_ITIMERVAL = _structure(Itimerval.SIZE, structures.itimerval)
_ITIMERSPEC = _structure(2 * Timespec.SIZE, structures.itimerspec)
_SIGNAL_SET = _structure(SIGSET_SIZE, structures.set_of_signals)
_ACTION = _structure(Sigaction.SIZE, structures.action)
_SIGNAL_STACK = _structure(SignalStack.SIZE, structures.signal_stack)
_SIGINFO = _structure(structures.SIGINFO_SHOWN, structures.siginfo)
_PRIORITY = _structure(SchedParam.SIZE, scheduling.priority)
_LIMITS = _structure(Rlimit64.SIZE, structures.limits)

GIVEN: Mapping[Kind, Show] = {
    Kind.INT: _number, Kind.FD: _number, Kind.PID: _number, Kind.SIGNAL: _signal, Kind.SIZE: _unsigned,
    Kind.FLAGS: _hex, Kind.ADDRESS: _address, Kind.PATH: _path, Kind.STRINGS: strings, Kind.SENT: _sent,
    Kind.DIRECTORY: _directory, Kind.ID: _number, Kind.PERMISSIONS: _octal, Kind.CREATE_MODE: _create_mode,
    Kind.FILE_MODE: lambda call, value, index: structures.file_mode(value), Kind.DEVICE: _device,
    Kind.LOW: _low, Kind.HIGH: _high, Kind.OTHER_HALF: _left_out, Kind.PAGES: _pages,
    Kind.WHENCE: _choice(names.WHENCE, "SEEK"), Kind.FCNTL: _choice(names.FCNTL, "F"), Kind.IOCTL: request,
    Kind.MASK_CHANGE: _choice(names.MASK_CHANGE, "SIG"), Kind.ID_KIND: _choice(names.ID_KIND, "P"),
    Kind.CLOCK: _clock, Kind.TIMER: _choice(names.TIMER, "ITIMER"),
    Kind.USAGE_OF: _choice(names.USAGE_OF, "RUSAGE"), Kind.RESOURCE: _choice(names.RESOURCE, "RLIMIT"),
    Kind.ADVICE: _choice(names.ADVICE, "MADV"), Kind.PRCTL: _choice(names.PRCTL, "PR"), Kind.FUTEX: _futex,
    Kind.OPEN_FLAGS: lambda call, value, index: results.open_flags(value),
    Kind.DESCRIPTOR_FLAGS: _flags(names.DESCRIPTOR, "O"), Kind.ACCESS_MODE: _flags(names.ACCESS, "?_OK", "F_OK"),
    Kind.ACCESS_FLAGS: _flags(names.ACCESS_WALK, "AT"), Kind.PATH_FLAGS: _flags(names.PATH_WALK, "AT"),
    Kind.UNLINK_FLAGS: _flags(names.PATH_WALK, "AT"), Kind.STATX_FLAGS: _statx_flags,
    Kind.STATX_MASK: _flags(names.STATX_FIELDS, "STATX"), Kind.RENAME_FLAGS: _flags(names.RENAME, "RENAME"),
    Kind.LOCK_FLAGS: _flags(names.LOCK, "LOCK"), Kind.ALLOCATE_FLAGS: _flags(names.ALLOCATE, "FALLOC_FL"),
    Kind.PROTECTION: _flags(names.PROTECTION, "PROT", "PROT_NONE"), Kind.MAP_FLAGS: _map_flags,
    Kind.MREMAP_FLAGS: _flags(names.MREMAP, "MREMAP"), Kind.MSYNC_FLAGS: _flags(names.MSYNC, "MS"),
    Kind.LOCKALL_FLAGS: _flags(names.LOCKALL, "MCL"), Kind.CLONE_FLAGS: _left_out,
    Kind.WAIT_OPTIONS: _flags(names.WAIT, "W"), Kind.RANDOM_FLAGS: _flags(names.RANDOM, "GRND"),
    Kind.SOCKET_FAMILY: sockets.family, Kind.SOCKET_TYPE: sockets.kind, Kind.PROTOCOL: sockets.protocol,
    Kind.SHUTDOWN: _choice(sockets.SHUTDOWN, "SHUT"),
    Kind.TIMER_FLAGS: _flags(names.SLEEP, "TIMER"), Kind.EVENT_FLAGS: _flags(names.EVENT, "EFD"),
    Kind.EPOLL_FLAGS: _flags(names.EPOLL, "EPOLL"), Kind.EPOLL_OPERATION: _choice(names.EPOLL_OPERATION, "EPOLL_CTL"),
    Kind.EPOLL_EVENT: _epoll_event,
    Kind.SIGNAL_FILE_FLAGS: _flags(names.SIGNAL_FILE, "SFD"),
    Kind.TIMER_FILE_FLAGS: _flags(names.TIMER_FILE, "TFD"),
    Kind.SHUTDOWN: _choice(sockets.SHUTDOWN, "SHUT"), Kind.SOCKET_FLAGS: _flags(sockets.TYPE_FLAGS, "SOCK"),
    Kind.OPTION_LEVEL: _choice(sockets.LEVELS, "SOL"), Kind.SOCKET_OPTION: sockets.option,
    Kind.MESSAGE_FLAGS: _flags(sockets.MESSAGE, "MSG"), Kind.SOCKET_ADDRESS: sockets.given_address,
    Kind.OPTION_VALUE: sockets.given_value, Kind.MESSAGE: sockets.message, Kind.MESSAGES: sockets.messages,
    Kind.FCNTL_ARGUMENT: fcntl_argument, Kind.IOCTL_ARGUMENT: ioctl_argument, Kind.PRCTL_ARGUMENT: prctl_argument,
    Kind.PRCTL_REST: prctl_rest, Kind.MREMAP_ADDRESS: _mremap_address,
    Kind.CLONE_STACK: _clone_stack, Kind.CLONE_PARENT_TID: _clone_parent_tid,
    Kind.CLONE_TLS: _clone_tls, Kind.CLONE_CHILD_TID: _clone_child_tid,
    Kind.FUTEX_TIMEOUT: _futex_timeout, Kind.FUTEX_OTHER: _futex_other, Kind.FUTEX_BITS: _futex_bits,
    Kind.ENVIRONMENT: environment, Kind.VECTOR_SENT: vector_sent, Kind.TIMESPEC: _TIMESPEC,
    Kind.TIMES_OF_FILE: _structure(2 * Timespec.SIZE, structures.times_of_file), Kind.ITIMERVAL: _ITIMERVAL,
    Kind.ITIMERSPEC: _ITIMERSPEC, Kind.SIGEVENT: _structure(Sigevent.SIZE, structures.signal_event),
    Kind.SIGNAL_SET: _SIGNAL_SET, Kind.SIGNAL_SET_WITH_SIZE: set_with_size, Kind.ACTION: _ACTION,
    Kind.SIGNAL_STACK: _SIGNAL_STACK, Kind.SIGINFO: _SIGINFO, Kind.LIMITS: _LIMITS,
    Kind.DESCRIPTOR_SET: descriptor_set, Kind.POLL_LIST: poll_list, Kind.PROCESSORS: processors,
    Kind.POLICY: lambda call, value, index: scheduling.policy(value),
    Kind.PRIORITY_OF: _choice(names.PRIORITY_OF, "PRIO"), Kind.PRIORITY: _PRIORITY,
    Kind.ATTRIBUTES: scheduling.attributes,
    Kind.GROUPS: groups, Kind.POSITION: _in_brackets(LONG),
    Kind.KEY: ipc.key, Kind.IPC_FLAGS: ipc.making, Kind.SEMAPHORE_COMMAND: ipc.semaphore_command,
    Kind.QUEUE_FLAGS: _flags(names.MESSAGE, "MSG"), Kind.MESSAGE_SENT: ipc.message_sent,
    Kind.MESSAGE_COMMAND: ipc.message_command, Kind.MESSAGE_ARGUMENT: ipc.message_argument,
    Kind.NEW_QUEUE: ipc.new_queue, Kind.QUEUE_ATTRIBUTES: ipc.queue_attributes,
    Kind.MEMORY_FLAGS: ipc.making_memory, Kind.ATTACH_FLAGS: _flags(names.ATTACHING, "SHM"),
    Kind.MEMORY_COMMAND: ipc.memory_command, Kind.MEMORY_ARGUMENT: ipc.memory_argument,
    Kind.SEMAPHORE_ARGUMENT: ipc.semaphore_argument, Kind.SEMAPHORE_OPERATIONS: ipc.semaphore_operations,
}  # fmt: skip
"""What is shown at once."""

RESULTS: Mapping[Kind, Show] = {
    Kind.RECEIVED: _received, Kind.PATH_RESULT: _path_told, Kind.RANDOM_RESULT: _random,
    Kind.VECTOR_RECEIVED: vector_received, Kind.ENTRIES_RESULT: entries, Kind.PIPE_ENDS: _structure(8, _pipe_ends),
    Kind.POSITION_RESULT: _in_brackets(LONG), Kind.NUMBER_RESULT: _in_brackets(WORD),
    Kind.WAIT_STATUS: _wait_status,
    Kind.USAGE: _structure(Rusage.SIZE, structures.usage), Kind.SIGINFO_RESULT: _SIGINFO,
    Kind.TIMESPEC_RESULT: _TIMESPEC, Kind.TIME_LEFT: _time_left, Kind.ITIMERVAL_RESULT: _ITIMERVAL,
    Kind.ITIMERSPEC_RESULT: _ITIMERSPEC, Kind.EPOLL_EVENTS_RESULT: epoll_events,
    Kind.TICKS: _structure(Tms.SIZE, structures.ticks), Kind.SIGNAL_SET_RESULT: _SIGNAL_SET,
    Kind.ACTION_RESULT: _ACTION,
    Kind.SIGNAL_STACK_RESULT: _SIGNAL_STACK, Kind.LIMITS_RESULT: _LIMITS, Kind.GROUPS_RESULT: groups,
    Kind.PRIORITY_RESULT: _PRIORITY, Kind.ATTRIBUTES_RESULT: scheduling.attributes,
    Kind.PROCESSORS_RESULT: processors, Kind.STATX: _structure(Statx.SIZE, structures.statx),
    Kind.STATFS: _structure(Statfs64.SIZE, structures.statfs),
    Kind.SYSINFO: _structure(Sysinfo.SIZE, structures.sysinfo),
    Kind.MESSAGE_RECEIVED: ipc.message_received,
    Kind.QUEUE_ATTRIBUTES_RESULT: ipc.queue_attributes,
    Kind.UTSNAME: _structure(Utsname.SIZE, structures.utsname),
    Kind.ADDRESS_RESULT: sockets.told_address, Kind.LENGTH_RESULT: sockets.told_length,
    Kind.OPTION_RESULT: sockets.told_value, Kind.MESSAGE_RESULT: sockets.message_told,
    Kind.MESSAGES_RESULT: sockets.messages_told,
}  # fmt: skip
"""What is shown when the call returns: it points to what the call has stored."""

RETURNS: Mapping[Kind, Callable[[Call, int], str]] = {
    Kind.ADDRESS: lambda call, value: f"{value & 0xFFFF_FFFF:#x}",
    Kind.PERMISSIONS: lambda call, value: octal(value),
    Kind.FCNTL_RESULT: results.fcntl, Kind.PRCTL_RESULT: results.prctl,
    Kind.POLICY_RESULT: scheduling.policy_told,
    Kind.POLL_RESULT: results.poll, Kind.SELECT_RESULT: results.select,
}  # fmt: skip
"""Results of calls that have not failed; others are numbers."""
