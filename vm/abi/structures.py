"""Structures that programs and the kernel hand each other, as riscv32 Linux lays them out, fields named as in C.

Each docstring names the C type and the header in ``include/uapi`` that declares it; a test compares all of them with
what a compiler makes of those headers.
"""

from __future__ import annotations

from typing import Annotated

from vm.abi.layout import Structure, s16, s32, s64, u8, u16, u32, u64

# --- time -------------------------------------------------------------------------------------------------------


class Timespec(Structure, size=16):
    """``struct __kernel_timespec`` (linux/time_types.h), of whose nanoseconds the kernel reads the low word alone."""

    tv_sec: s64
    tv_nsec: s32


class Timeval(Structure):
    """``struct __kernel_old_timeval`` (linux/time_types.h)."""

    tv_sec: s32
    tv_usec: s32


class Itimerval(Structure):
    """``struct __kernel_old_itimerval`` (linux/time_types.h): the interval, and the time left."""

    it_interval: Annotated[bytes, "8s"]
    it_value: Annotated[bytes, "8s"]


class Tms(Structure):
    """``struct tms`` (linux/times.h)."""

    tms_utime: u32
    tms_stime: u32
    tms_cutime: u32
    tms_cstime: u32


class Rusage(Structure, size=72):
    """``struct rusage`` (linux/resource.h), by its times; fourteen longs follow."""

    ru_utime: Annotated[bytes, "8s"]
    ru_stime: Annotated[bytes, "8s"]


# --- signals ----------------------------------------------------------------------------------------------------


class Sigaction(Structure):
    """``struct sigaction`` (asm-generic/signal.h), without the restorer that RISC-V has not."""

    sa_handler: u32
    sa_flags: u32
    sa_mask: u64


class SignalStack(Structure):
    """``stack_t`` (asm-generic/signal.h)."""

    ss_sp: u32
    ss_flags: u32
    ss_size: u32


class Siginfo(Structure):
    """``siginfo_t`` (asm-generic/siginfo.h): ``fields`` is its union, one of the structures below."""

    si_signo: s32
    si_errno: s32
    si_code: s32
    fields: Annotated[bytes, "116s"]


class SentFields(Structure):
    """The fields of a siginfo_t for a signal that somebody has sent (``_kill`` and ``_rt``)."""

    si_pid: s32
    si_uid: u32
    si_value: u32


class FaultFields(Structure):
    """The field of a siginfo_t for a fault (``_sigfault``)."""

    si_addr: u32


class ChildFields(Structure):
    """The fields of a siginfo_t for SIGCHLD (``_sigchld``)."""

    si_pid: s32
    si_uid: u32
    si_status: s32
    si_utime: u32
    si_stime: u32


class Ucontext(Structure):
    """``struct ucontext`` (asm/ucontext.h, asm/sigcontext.h), with room for the registers of the Q extension.

    ``registers`` are the pc and x1 to x31, ``reserved`` three words that must be zero.
    """

    uc_flags: u32
    uc_link: u32
    uc_stack: Annotated[bytes, "12s"]
    uc_sigmask: u64
    registers: Annotated[bytes, "128s", 160]
    reserved: Annotated[bytes, "12s", 804]


class SignalFrame(Structure):
    """``struct rt_sigframe`` (arch/riscv/kernel/signal.c): what a handler finds on its stack."""

    info: Annotated[bytes, "128s"]
    uc: Annotated[bytes, "816s"]


class SetWithSize(Structure):
    """The last argument of pselect6 (fs/select.c, ``struct sigset_argpack``): where a signal set is, and its size."""

    pointer: u32
    size: u32


# --- files ------------------------------------------------------------------------------------------------------


class StatxTimestamp(Structure, size=16):
    """``struct statx_timestamp`` (linux/stat.h)."""

    tv_sec: s64
    tv_nsec: u32


class Statx(Structure, size=256):
    """``struct statx`` (linux/stat.h), as far as the machine fills it in."""

    stx_mask: u32
    stx_blksize: u32
    stx_attributes: u64
    stx_nlink: u32
    stx_uid: u32
    stx_gid: u32
    stx_mode: u16
    stx_ino: Annotated[u64, 32]
    stx_size: u64
    stx_blocks: u64
    stx_attributes_mask: u64
    stx_atime: Annotated[bytes, "16s"]
    stx_btime: Annotated[bytes, "16s"]
    stx_ctime: Annotated[bytes, "16s"]
    stx_mtime: Annotated[bytes, "16s"]
    stx_rdev_major: u32
    stx_rdev_minor: u32
    stx_dev_major: u32
    stx_dev_minor: u32
    stx_mnt_id: u64


class Statfs64(Structure, size=88):
    """``struct statfs64`` (asm-generic/statfs.h)."""

    f_type: u32
    f_bsize: u32
    f_blocks: u64
    f_bfree: u64
    f_bavail: u64
    f_files: u64
    f_ffree: u64
    f_fsid_low: u32
    f_fsid_high: u32
    f_namelen: u32
    f_frsize: u32
    f_flags: u32


class Dirent64(Structure):
    """``struct linux_dirent64`` (include/linux/dirent.h), before its name; the C library's ``struct dirent``."""

    d_ino: u64
    d_off: s64
    d_reclen: u16
    d_type: u8


class Flock(Structure):
    """``struct flock`` (asm-generic/fcntl.h)."""

    l_type: s16
    l_whence: s16
    l_start: s32
    l_len: s32
    l_pid: s32


class Flock64(Structure, size=32):
    """``struct flock64`` (asm-generic/fcntl.h)."""

    l_type: s16
    l_whence: s16
    l_start: Annotated[s64, 8]
    l_len: s64
    l_pid: s32


class Iovec(Structure):
    """``struct iovec`` (linux/uio.h)."""

    iov_base: u32
    iov_len: u32


class Pollfd(Structure):
    """``struct pollfd`` (asm-generic/poll.h)."""

    fd: s32
    events: u16
    revents: u16


# --- terminals --------------------------------------------------------------------------------------------------


class Termios(Structure):
    """``struct termios`` (asm-generic/termbits.h)."""

    c_iflag: u32
    c_oflag: u32
    c_cflag: u32
    c_lflag: u32
    c_line: u8
    c_cc: Annotated[bytes, "19s"]


class Winsize(Structure):
    """``struct winsize`` (asm-generic/termios.h)."""

    ws_row: u16
    ws_col: u16
    ws_xpixel: u16
    ws_ypixel: u16


class RobustListHead(Structure):
    """``struct robust_list_head`` (linux/futex.h)."""

    list: u32
    futex_offset: u32
    list_op_pending: u32


# --- the machine, its limits, programs ----------------------------------------------------------------------------


class Rlimit64(Structure):
    """``struct rlimit64`` (linux/resource.h)."""

    rlim_cur: u64
    rlim_max: u64


class Sysinfo(Structure, size=64):
    """``struct sysinfo`` (linux/sysinfo.h); ``loads`` are three words."""

    uptime: s32
    loads: Annotated[bytes, "12s"]
    totalram: u32
    freeram: u32
    sharedram: u32
    bufferram: u32
    totalswap: u32
    freeswap: u32
    procs: u16
    totalhigh: Annotated[u32, 44]
    freehigh: u32
    mem_unit: u32


class Utsname(Structure):
    """``struct new_utsname`` (linux/utsname.h)."""

    sysname: Annotated[bytes, "65s"]
    nodename: Annotated[bytes, "65s"]
    release: Annotated[bytes, "65s"]
    version: Annotated[bytes, "65s"]
    machine: Annotated[bytes, "65s"]
    domainname: Annotated[bytes, "65s"]


class AuxiliaryEntry(Structure):
    """An entry of the auxiliary vector: ``Elf32_auxv_t`` of the C library's elf.h, types in linux/auxvec.h."""

    a_type: u32
    a_val: u32
