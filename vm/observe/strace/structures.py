"""Structures of the guest's memory as strace(1) writes them: each function takes exactly the bytes of one."""

from __future__ import annotations

import struct

from vm import flags as names
from vm.abi import UTIME_NOW, UTIME_OMIT, WAIT_CONTINUED, Signal
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

INFINITY = (1 << 64) - 1
STATX_SIZE, STATFS_SIZE, SYSINFO_SIZE, UTSNAME_SIZE, USAGE_SIZE, SIGINFO_SHOWN = 256, 88, 64, 390, 72, 32
"""Bytes of those structures; of a siginfo_t, the fields that are shown lie in the first 32."""
TERMIOS_SIZE, WINDOW_SIZE = 36, 8
_STATX = struct.Struct("<IIQIIIHHQQ")
_FIELD = 65
"""Bytes of one field of struct utsname."""
CBAUD = 0o10017


def word(data: bytes, at: int = 0) -> int:
    """An unsigned 32-bit word."""
    return int.from_bytes(data[at : at + 4], "little")


def integer(data: bytes, at: int = 0) -> int:
    """A signed 32-bit word."""
    return signed(word(data, at))


# --- time ---------------------------------------------------------------------------------------------------------


def timespec(data: bytes) -> str:
    """struct __kernel_timespec, of whose nanoseconds the low word counts."""
    seconds, nanoseconds = struct.unpack("<qi4x", data)
    return f"{{tv_sec={seconds}, tv_nsec={nanoseconds}}}"


def times_of_file(data: bytes) -> str:
    """Access and modification time for utimensat."""
    special = {UTIME_NOW: "UTIME_NOW", UTIME_OMIT: "UTIME_OMIT"}
    return listed(special.get(word(data, at + 8)) or timespec(data[at : at + 16]) for at in (0, 16))


def timeval(data: bytes) -> str:
    """struct __kernel_old_timeval."""
    return f"{{tv_sec={integer(data)}, tv_usec={integer(data, 4)}}}"


def itimerval(data: bytes) -> str:
    """struct itimerval."""
    return structure(it_interval=timeval(data[:8]), it_value=timeval(data[8:]))


def usage(data: bytes) -> str:
    """struct rusage, by its times."""
    return structure(ru_utime=timeval(data[:8]), ru_stime=timeval(data[8:16]))[:-1] + ", ...}"


def ticks(data: bytes) -> str:
    """struct tms."""
    fields = ("tms_utime", "tms_stime", "tms_cutime", "tms_cstime")
    return structure(**{field: word(data, 4 * index) for index, field in enumerate(fields)})


# --- signals ------------------------------------------------------------------------------------------------------


def set_of_signals(data: bytes) -> str:
    """A signal set of 64 bits."""
    return signal_set(int.from_bytes(data, "little"))


def action(data: bytes) -> str:
    """struct sigaction: handler, flags, mask."""
    handler = word(data)
    return structure(
        sa_handler=names.HANDLERS.get(handler) or address(handler), sa_mask=set_of_signals(data[8:]),
        sa_flags=flags(word(data, 4), names.ACTION, "SA"),
    )  # fmt: skip


def signal_stack(data: bytes) -> str:
    """stack_t."""
    return structure(
        ss_sp=address(word(data)), ss_flags=flags(word(data, 4), names.SIGNAL_STACK, "SS"), ss_size=word(data, 8)
    )


def siginfo(data: bytes) -> str:
    """siginfo_t."""
    return "{}" if not word(data) else describe_signal(integer(data), integer(data, 8), data[12:])


def describe_signal(signal: int, code: int, fields: bytes) -> str:
    """What a siginfo_t says: ``fields`` are the bytes behind si_code, without the zeros at their end."""
    data = fields.ljust(20, b"\0")
    named = names.CODES_OF.get(signal, {})
    told = named.get(code) or names.CODES.get(code) or f"{code & 0xFFFF_FFFF:#x}"
    shown: dict[str, object] = {"si_signo": signal_name(signal), "si_code": told}
    if code > 0 and signal == Signal.SIGCHLD:
        status = integer(data, 8)
        shown |= {
            "si_pid": integer(data), "si_uid": word(data, 4), "si_status": status if code == 1 else signal_name(status),
            "si_utime": word(data, 12), "si_stime": word(data, 16),
        }  # fmt: skip
    elif code > 0 and named:
        shown["si_addr"] = address(word(data))
    elif code <= 0:
        shown |= {"si_pid": integer(data), "si_uid": word(data, 4)}
        if code not in (0, -6):
            shown |= {"si_int": integer(data, 8), "si_ptr": address(word(data, 8))}
    return structure(**shown)


def wait_status(status: int) -> str:
    """A wait status word, by the macros of wait(2)."""
    if status == WAIT_CONTINUED:
        return "{WIFCONTINUED(s)}"
    if status & 0xFF == 0x7F:
        return f"{{WIFSTOPPED(s) && WSTOPSIG(s) == {signal_name(status >> 8 & 0xFF)}}}"
    if status & 0x7F:
        dumped = " && WCOREDUMP(s)" if status & 0x80 else ""
        return f"{{WIFSIGNALED(s) && WTERMSIG(s) == {signal_name(status & 0x7F)}{dumped}}}"
    return f"{{WIFEXITED(s) && WEXITSTATUS(s) == {status >> 8 & 0xFF}}}"


# --- files --------------------------------------------------------------------------------------------------------


def file_mode(mode: int) -> str:
    """Type and permissions of a file."""
    kind = names.FILE_TYPES.get(mode & 0o170000) or (f"{mode & ~0o7777:#o}".replace("0o", "0") if mode >> 12 else "0")
    bits = flags(mode & 0o7000, names.FILE_BITS, "S")
    return joined(kind, bits, octal(mode & 0o777))


def statx(data: bytes) -> str:
    """struct statx, by type, permissions and size."""
    mask, _, attributes, _, _, _, mode, _, _, size = _STATX.unpack_from(data)
    return structure(
        stx_mask=flags(mask, names.STATX_FIELDS, "STATX"), stx_attributes=f"{attributes:#x}" if attributes else "0",
        stx_mode=file_mode(mode), stx_size=size,
    )[:-1] + ", ...}"  # fmt: skip


def statfs(data: bytes) -> str:
    """struct statfs64."""
    kind, block, blocks, free, available, files, free_files, low, high, name, fragment, mount = struct.unpack_from(
        "<IIQQQQQIIIII", data
    )
    return structure(
        f_type=names.FILE_SYSTEMS.get(kind) or f"{kind:#x}", f_bsize=block, f_blocks=blocks, f_bfree=free,
        f_bavail=available, f_files=files, f_ffree=free_files, f_fsid=f"{{val=[{low:#x}, {high:#x}]}}",
        f_namelen=name, f_frsize=fragment, f_flags=flags(mount, names.MOUNT, "ST"),
    )  # fmt: skip


def record_lock(data: bytes, is_answer: bool) -> str:
    """struct flock of 16 bytes or struct flock64 of 32."""
    kind, whence, start, length, pid = struct.unpack_from("<hhiii" if len(data) == 16 else "<hh4xqqi", data)
    shown = structure(
        l_type=choice(kind, names.LOCK_TYPE, "F"), l_whence=choice(whence, names.WHENCE, "SEEK"), l_start=start,
        l_len=length,
    )  # fmt: skip
    return f"{shown[:-1]}, l_pid={pid}}}" if is_answer else shown


def count_entries(data: bytes) -> int:
    """How many struct linux_dirent64 there are."""
    count = at = 0
    while at + 19 <= len(data):
        size = int.from_bytes(data[at + 16 : at + 18], "little")
        if size < 19:
            break
        count, at = count + 1, at + size
    return count


def termios(data: bytes) -> str:
    """struct termios, by its speed and the modes that matter most."""
    output, control, local = word(data, 4), word(data, 8), word(data, 12)
    modes = ((output & 1, "opost"), (local & 1, "isig"), (local & 2, "icanon"), (local & 8, "echo"))
    speed = names.SPEEDS.get(control & CBAUD) or f"{control & CBAUD:#o}"
    return "{" + " ".join([speed, *(("" if on else "-") + name for on, name in modes)]) + " ...}"


def window(data: bytes) -> str:
    """struct winsize."""
    rows, columns, width, height = struct.unpack("<4H", data)
    return structure(ws_row=rows, ws_col=columns, ws_xpixel=width, ws_ypixel=height)


def poll_wanted(data: bytes) -> str:
    """One struct pollfd, by what is asked for."""
    descriptor, events = struct.unpack_from("<iH", data)
    if descriptor < 0:
        return f"{{fd={descriptor}}}"
    return structure(fd=descriptor, events=flags(events, names.POLL, "POLL"))


# --- the machine and its limits -----------------------------------------------------------------------------------


def limit(value: int) -> str:
    """One limit of struct rlimit64."""
    if value == INFINITY:
        return "RLIM64_INFINITY"
    return f"{value // 1024}*1024" if value > 1024 and not value % 1024 else str(value)


def limits(data: bytes) -> str:
    """struct rlimit64."""
    soft, hard = struct.unpack("<QQ", data)
    return structure(rlim_cur=limit(soft), rlim_max=limit(hard))


def utsname(data: bytes) -> str:
    """struct utsname, by its first two fields."""
    system, node = (data[at : at + _FIELD].split(b"\0")[0] for at in (0, _FIELD))
    return f"{{sysname={quote(system, _FIELD)}, nodename={quote(node, _FIELD)}, ...}}"


def sysinfo(data: bytes) -> str:
    """struct sysinfo."""
    uptime, *rest = struct.unpack_from("<i9IH2xIII", data)
    fields = ("totalram", "freeram", "sharedram", "bufferram", "totalswap", "freeswap", "procs", "totalhigh",
              "freehigh", "mem_unit")  # fmt: skip
    return structure(uptime=uptime, loads=listed(rest[:3]), **dict(zip(fields, rest[3:], strict=True)))
