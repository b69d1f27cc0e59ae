"""Structures of the guest's memory as strace(1) writes them: each function takes exactly the bytes of one."""

from __future__ import annotations

from vm import flags as names
from vm.abi import CLD_EXITED, RLIM64_INFINITY, SI_TKILL, SI_USER, UTIME_NOW, UTIME_OMIT, WAIT_CONTINUED, Signal, waits
from vm.abi.layout import bits, word, words
from vm.abi.notification import EpollEvent
from vm.abi.structures import (
    ChildFields,
    Dirent64,
    FaultFields,
    Flock,
    Flock64,
    Itimerval,
    Pollfd,
    Rlimit64,
    Rusage,
    SentFields,
    Sigaction,
    Siginfo,
    SignalStack,
    Statfs64,
    Statx,
    Sysinfo,
    Termios,
    Timespec,
    Timeval,
    Tms,
    Utsname,
    Winsize,
)
from vm.abi.timers import SI_TIMER, Notify, Sigevent, TimerFields
from vm.observe.strace.text import (
    address,
    choice,
    flags,
    joined,
    listed,
    octal,
    quote,
    signal_name,
    signal_set,
    signed,
    structure,
)

SIGINFO_SHOWN = Siginfo.OFFSETS["fields"] + ChildFields.SIZE
"""Bytes at the beginning of a siginfo_t in which the fields lie that are shown."""
CBAUD = 0o10017


def integer(data: bytes, at: int = 0) -> int:
    """A signed 32-bit word."""
    return signed(word(data, at))


# --- time ---------------------------------------------------------------------------------------------------------


def timespec(data: bytes) -> str:
    """struct __kernel_timespec, of whose nanoseconds the low word counts."""
    return structure(**Timespec.unpack(data).named())


def times_of_file(data: bytes) -> str:
    """Access and modification time for utimensat."""
    special = {UTIME_NOW: "UTIME_NOW", UTIME_OMIT: "UTIME_OMIT"}
    parts = (data[: Timespec.SIZE], data[Timespec.SIZE :])
    return listed(special.get(Timespec.unpack(part).tv_nsec) or timespec(part) for part in parts)


def timeval(data: bytes) -> str:
    """struct __kernel_old_timeval."""
    return structure(**Timeval.unpack(data).named())


def itimerval(data: bytes) -> str:
    """struct itimerval."""
    return structure(**{name: timeval(part) for name, part in Itimerval.unpack(data).named().items()})


def itimerspec(data: bytes) -> str:
    """struct __kernel_itimerspec."""
    return structure(it_interval=timespec(data[: Timespec.SIZE]), it_value=timespec(data[Timespec.SIZE :]))


def usage(data: bytes) -> str:
    """struct rusage, by its times."""
    return structure(**{name: timeval(part) for name, part in Rusage.unpack(data).named().items()})[:-1] + ", ...}"


def ticks(data: bytes) -> str:
    """struct tms."""
    return structure(**Tms.unpack(data).named())


# --- signals ------------------------------------------------------------------------------------------------------


def set_of_signals(data: bytes) -> str:
    """A signal set of 64 bits."""
    return signal_set(bits(data))


def action(data: bytes) -> str:
    """struct sigaction: handler, flags, mask."""
    handler, given, mask = Sigaction.unpack(data)
    return structure(
        sa_handler=names.HANDLERS.get(handler) or address(handler), sa_mask=signal_set(mask),
        sa_flags=flags(given, names.ACTION, "SA"),
    )  # fmt: skip


def signal_stack(data: bytes) -> str:
    """stack_t."""
    start, given, size = SignalStack.unpack(data)
    return structure(ss_sp=address(start), ss_flags=flags(given, names.SIGNAL_STACK, "SS"), ss_size=size)


def siginfo(data: bytes) -> str:
    """siginfo_t."""
    signal, _, code, fields = Siginfo.unpack(data.ljust(Siginfo.SIZE, b"\0"))
    return describe_signal(signal, code, fields) if signal else "{}"


def describe_signal(signal: int, code: int, fields: bytes) -> str:
    """What a siginfo_t says: ``fields`` are the bytes behind si_code, without the zeros at their end."""
    data = fields.ljust(ChildFields.SIZE, b"\0")
    child, sent = ChildFields.unpack(data), SentFields.unpack(data)
    named = names.CODES_OF.get(signal, {})
    told = named.get(code) or names.CODES.get(code) or f"{code & 0xFFFF_FFFF:#x}"
    shown: dict[str, object] = {"si_signo": signal_name(signal), "si_code": told}
    if code > 0 and signal == Signal.SIGCHLD:
        status = child.si_status if code == CLD_EXITED else signal_name(child.si_status)
        shown |= child.named() | {"si_status": status}
    elif code > 0 and named:
        shown["si_addr"] = address(FaultFields.unpack(data).si_addr)
    elif code == SI_TIMER:
        timer = TimerFields.unpack(data)
        shown |= {"si_timerid": f"{timer.si_timerid:#x}" if timer.si_timerid else "0", "si_overrun": timer.si_overrun}
        shown |= {"si_int": signed(timer.si_value), "si_ptr": address(timer.si_value)}
    elif code <= 0:
        shown |= {"si_pid": sent.si_pid, "si_uid": sent.si_uid}
        if code not in (SI_USER, SI_TKILL):
            shown |= {"si_int": signed(sent.si_value), "si_ptr": address(sent.si_value)}
    return structure(**shown)


def signal_event(data: bytes) -> str:
    """struct sigevent."""
    value, signal, notify, target = Sigevent.unpack(data)
    told = signal_name(signal) if notify in (0, 2, 4) else signal
    shown: dict[str, object] = {
        "sigev_value": structure(sival_int=signed(value), sival_ptr=address(value)), "sigev_signo": told,
        "sigev_notify": choice(notify, names.NOTIFY, "SIGEV"),
    }  # fmt: skip
    if notify == Notify.SIGEV_THREAD_ID:
        shown["sigev_notify_thread_id"] = target
    elif notify == Notify.SIGEV_THREAD:
        function, attributes = words(data[Sigevent.OFFSETS["sigev_notify_thread_id"] :][:8])
        shown |= {"sigev_notify_function": address(function), "sigev_notify_attributes": address(attributes)}
    return structure(**shown)


def wait_status(status: int) -> str:
    """A wait status word, by the macros of wait(2)."""
    if status == WAIT_CONTINUED:
        return "{WIFCONTINUED(s)}"
    if (signal := waits.stop_signal(status)) is not None:
        return f"{{WIFSTOPPED(s) && WSTOPSIG(s) == {signal_name(signal)}}}"
    if (signal := waits.term_signal(status)) is not None:
        dumped = " && WCOREDUMP(s)" if waits.is_dumped(status) else ""
        return f"{{WIFSIGNALED(s) && WTERMSIG(s) == {signal_name(signal)}{dumped}}}"
    return f"{{WIFEXITED(s) && WEXITSTATUS(s) == {waits.exit_code(status)}}}"


# --- files --------------------------------------------------------------------------------------------------------


def file_mode(mode: int) -> str:
    """Type and permissions of a file."""
    kind = names.FILE_TYPES.get(mode & 0o170000) or (f"{mode & ~0o7777:#o}".replace("0o", "0") if mode >> 12 else "0")
    bits = flags(mode & 0o7000, names.FILE_BITS, "S")
    return joined(kind, bits, octal(mode & 0o777))


def statx(data: bytes) -> str:
    """struct statx, by type, permissions and size."""
    found = Statx.unpack(data)
    attributes = found.stx_attributes
    return structure(
        stx_mask=flags(found.stx_mask, names.STATX_FIELDS, "STATX"),
        stx_attributes=f"{attributes:#x}" if attributes else "0", stx_mode=file_mode(found.stx_mode),
        stx_size=found.stx_size,
    )[:-1] + ", ...}"  # fmt: skip


def statfs(data: bytes) -> str:
    """struct statfs64."""
    found = Statfs64.unpack(data)
    shown = found.named() | {
        "f_type": names.FILE_SYSTEMS.get(found.f_type) or f"{found.f_type:#x}",
        "f_fsid_low": f"{{val=[{found.f_fsid_low:#x}, {found.f_fsid_high:#x}]}}",
        "f_flags": flags(found.f_flags, names.MOUNT, "ST"),
    }
    del shown["f_fsid_high"]
    return structure(**{name.removesuffix("_low"): value for name, value in shown.items()})


def record_lock(data: bytes, is_answer: bool) -> str:
    """struct flock of 16 bytes or struct flock64 of 32."""
    layout: type[Flock | Flock64] = Flock if len(data) == Flock.SIZE else Flock64
    kind, whence, start, length, pid = layout.unpack(data)
    shown = structure(
        l_type=choice(kind, names.LOCK_TYPE, "F"), l_whence=choice(whence, names.WHENCE, "SEEK"), l_start=start,
        l_len=length,
    )  # fmt: skip
    return f"{shown[:-1]}, l_pid={pid}}}" if is_answer else shown


def count_entries(data: bytes) -> int:
    """How many struct linux_dirent64 there are."""
    count = at = 0
    while at + Dirent64.SIZE <= len(data):
        size = Dirent64.unpack(data, at).d_reclen
        if size < Dirent64.SIZE:
            break
        count, at = count + 1, at + size
    return count


def termios(data: bytes) -> str:
    """struct termios, by its speed and the modes that matter most."""
    _, output, control, local, _, _ = Termios.unpack(data)
    modes = ((output & 1, "opost"), (local & 1, "isig"), (local & 2, "icanon"), (local & 8, "echo"))
    speed = names.SPEEDS.get(control & CBAUD) or f"{control & CBAUD:#o}"
    return "{" + " ".join([speed, *(("" if on else "-") + name for on, name in modes)]) + " ...}"


def window(data: bytes) -> str:
    """struct winsize."""
    return structure(**Winsize.unpack(data).named())


def poll_wanted(data: bytes) -> str:
    """One struct pollfd, by what is asked for."""
    descriptor, events, _ = Pollfd.unpack(data)
    if descriptor < 0:
        return f"{{fd={descriptor}}}"
    return structure(fd=descriptor, events=flags(events, names.POLL, "POLL"))


def epoll_event(data: bytes) -> str:
    """struct epoll_event, whose data may be of any kind."""
    events, told = EpollEvent.unpack(data)
    content = structure(u32=told & 0xFFFF_FFFF, u64=told)
    return structure(events=flags(events, names.EPOLL_EVENTS, "EPOLL"), data=content)


# --- the machine and its limits -----------------------------------------------------------------------------------


def limit(value: int) -> str:
    """One limit of struct rlimit64."""
    if value == RLIM64_INFINITY:
        return "RLIM64_INFINITY"
    return f"{value // 1024}*1024" if value > 1024 and not value % 1024 else str(value)


def limits(data: bytes) -> str:
    """struct rlimit64."""
    return structure(**{name: limit(value) for name, value in Rlimit64.unpack(data).named().items()})


def utsname(data: bytes) -> str:
    """struct utsname, by its first two fields."""
    system, node = (field.split(b"\0")[0] for field in Utsname.unpack(data)[:2])
    return structure(sysname=quote(system, len(system)), nodename=quote(node, len(node)))[:-1] + ", ...}"


def sysinfo(data: bytes) -> str:
    """struct sysinfo."""
    found = Sysinfo.unpack(data)
    return structure(**(found.named() | {"loads": listed(words(found.loads))}))
