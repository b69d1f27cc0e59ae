"""The layouts of vm.abi.structures against those that a compiler makes of Linux's headers, and what they do."""

from __future__ import annotations

import inspect
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from vm import toolchain
from vm.abi import cores, ipc, notification, queues, sockets, structures, timers
from vm.abi.layout import Structure, bits, packed_bits, packed_words, word, words
from vm.abi.structures import Flock64, Pollfd, Timespec

LAYOUTS = {
    name: value
    for module in (structures, notification, timers, ipc, queues, sockets, cores)
    for name, value in inspect.getmembers(module, inspect.isclass)
    if issubclass(value, Structure) and value is not Structure
}
C_TYPES = {
    "Timespec": "struct __kernel_timespec", "Timeval": "struct __kernel_old_timeval",
    "Itimerval": "struct __kernel_old_itimerval", "Tms": "struct tms", "Rusage": "struct rusage",
    "Sigaction": "struct sigaction", "SignalStack": "stack_t", "Siginfo": "siginfo_t", "Ucontext": "struct ucontext",
    "StatxTimestamp": "struct statx_timestamp", "Statx": "struct statx", "Statfs64": "struct statfs64",
    "Dirent64": "struct dirent", "Flock": "struct flock", "Flock64": "struct flock64", "Iovec": "struct iovec",
    "Pollfd": "struct pollfd", "Termios": "struct termios", "Winsize": "struct winsize",
    "Rlimit64": "struct rlimit64", "Sysinfo": "struct sysinfo", "Utsname": "struct new_utsname",
    "AuxiliaryEntry": "Elf32_auxv_t", "SentFields": "siginfo_t", "FaultFields": "siginfo_t", "ChildFields": "siginfo_t",
    "RobustListHead": "struct robust_list_head",
    "EpollEvent": "struct epoll_event", "SignalRecord": "struct signalfd_siginfo",
    "Itimerspec": "struct __kernel_itimerspec", "Sigevent": "struct sigevent", "TimerFields": "siginfo_t",
    "SockaddrUn": "struct sockaddr_un", "SockaddrIn": "struct sockaddr_in", "Msghdr": "struct msghdr",
    "Mmsghdr": "struct mmsghdr", "Cmsghdr": "struct cmsghdr", "Ucred": "struct ucred", "Linger": "struct linger",
    "SockTimeval": "struct __kernel_sock_timeval",
    "Ipc64Perm": "struct ipc64_perm", "Sembuf": "struct sembuf", "Semid64Ds": "struct semid64_ds",
    "Seminfo": "struct seminfo", "Shmid64Ds": "struct shmid64_ds", "Shminfo64": "struct shminfo64",
    "ShmInfo": "struct shm_info", "Msqid64Ds": "struct msqid64_ds", "Msginfo": "struct msginfo",
    "MqAttr": "struct mq_attr", "Prstatus": "struct elf_prstatus",
}  # fmt: skip
"""What C calls each; SignalFrame and SetWithSize are in no header that programs have. Of Prpsinfo musl's is wrong:
the ids have 32 bits on riscv32."""
FIELDS = {
    ("Siginfo", "fields"): "_sifields", ("Ucontext", "registers"): "uc_mcontext.sc_regs",
    ("Ucontext", "reserved"): "uc_mcontext.sc_fpregs.q.reserved", ("Statfs64", "f_fsid_low"): "f_fsid.val[0]",
    ("Statfs64", "f_fsid_high"): "f_fsid.val[1]", ("TimerFields", "si_timerid"): "_sifields._timer._tid",
    ("TimerFields", "si_overrun"): "_sifields._timer._overrun",
    ("TimerFields", "si_value"): "_sifields._timer._sigval",
    ("Sigevent", "sigev_notify_thread_id"): "_sigev_un._tid", ("AuxiliaryEntry", "a_val"): "a_un.a_val",
} | {("Prstatus", name): f"pr_info.{name}" for name in ("si_signo", "si_code", "si_errno")} | {
    ("Prstatus", f"{which}_{part}"): f"pr_{which}.tv_{name}"
    for which in ("utime", "stime", "cutime", "cstime") for part, name in (("seconds", "sec"), ("micros", "usec"))
}  # fmt: skip
"""Names that differ from C's."""
OUR_OWN_SIGN = ("Tms.", "ChildFields.si_utime", "ChildFields.si_stime", "Pollfd.", "Timespec.tv_nsec", "Siginfo.fields",
                "SignalStack.ss_flags", "Msghdr.", "Statfs64.f_fsid", "RobustListHead.",
                "Sembuf.sem_flg")  # fmt: skip
"""Fields whose C type has a sign and which are read without one, or are of another size than the part that counts."""
NO_NUMBERS = ("sa_handler", "ss_sp", "uc_link", "iov_base", "si_addr", "si_value", "sa_mask", "uc_sigmask",
              "sigev_value", "msg_name", "msg_iov", "msg_control")  # fmt: skip
HEADERS = """
dirent.h elf.h linux/time_types.h linux/times.h linux/resource.h asm-generic/signal.h asm-generic/siginfo.h
asm/sigcontext.h asm/ucontext.h linux/stat.h asm-generic/statfs.h asm-generic/fcntl.h linux/uio.h asm-generic/poll.h
asm-generic/termbits.h asm-generic/termios.h linux/sysinfo.h linux/utsname.h
linux/eventpoll.h linux/futex.h linux/signalfd.h linux/sem.h linux/shm.h linux/msg.h linux/mqueue.h
"""
HEADERS_OF_LIBC = "sys/socket.h sys/un.h netinet/in.h linux/time_types.h sys/procfs.h"
"""The C library's, which do not go together with those of Linux: what goes into a file of its own."""


def claims(name: str, layout: type[Structure]) -> Iterator[str]:
    """What C has to say of each field's offset, size and sign, and of the size of the whole."""
    kind, is_union = C_TYPES[name], name.endswith("Fields")
    hints = get_type_hints(layout, include_extras=True)
    for field, offset in layout.OFFSETS.items():
        where = FIELDS.get((name, field), field)
        there = offset + (structures.Siginfo.OFFSETS["fields"] if is_union else 0)
        yield f"__builtin_offsetof({kind}, {where}) == {there}"
        code = hints[field].__metadata__[0]
        if not f"{name}.{field}".startswith(OUR_OWN_SIGN):
            yield f"sizeof((({kind} *)0)->{where}) == {struct.calcsize(code)}"
            if field not in NO_NUMBERS and code[-1] != "s":
                yield f"((__typeof__((({kind} *)0)->{where}))-1 < 0) == {int(code.islower())}"
    if not is_union and name != "Dirent64":  # which is declared without its name
        yield f"sizeof({kind}) == {layout.SIZE}"


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_layouts_are_those_of_the_headers(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ziglang", "cc", "-target", toolchain.TARGET, "-g0", "-c", "layouts.c"]
    for headers, is_of_libc in ((HEADERS, False), (HEADERS_OF_LIBC, True)):
        source = "#define _GNU_SOURCE\n" * is_of_libc
        source += "".join(f"#include <{header}>\n" for header in headers.split())
        for name in C_TYPES:
            if (LAYOUTS[name].__module__ in (sockets.__name__, cores.__name__)) is is_of_libc:
                source += "".join(f'_Static_assert({claim}, "{name}");\n' for claim in claims(name, LAYOUTS[name]))
        (tmp_path / "layouts.c").write_text(source)
        result = subprocess.run([*command, "-o", "layouts.o"], cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr


def test_every_structure_is_compared() -> None:
    assert LAYOUTS.keys() - C_TYPES.keys() == {"SignalFrame", "SetWithSize", "Prpsinfo"}
    assert structures.SignalFrame.SIZE == 944
    assert structures.SignalFrame.OFFSETS == {"info": 0, "uc": 128}


def test_fields_have_names_and_gaps_are_zeros() -> None:
    data = Flock64.pack(l_start=-1, l_type=2)
    assert data == b"\2\0" + bytes(6) + b"\xff" * 8 + bytes(16)
    assert data == Flock64.pack_all(2, 0, -1, 0, 0)
    assert Flock64.unpack(b"??" + data, 2) == (2, 0, -1, 0, 0)
    assert Flock64.unpack(data).l_start == -1
    polled = [Pollfd.unpack(part) for part in (Pollfd.pack(fd=-1), Pollfd.pack(fd=3, events=1))]
    assert [(one.fd, one.events) for one in polled] == [(-1, 0), (3, 1)]
    assert list(Pollfd.unpack_all(Pollfd.pack(fd=-1) + Pollfd.pack(fd=3, events=1))) == polled


def test_what_does_not_fit_is_refused() -> None:
    for fields in ({"tv_nsec": 1 << 31}, {"tv_sec": b"1"}, {"nanoseconds": 1}):
        with pytest.raises(struct.error):
            Timespec.pack(**fields)
    with pytest.raises(struct.error):
        Timespec.unpack(bytes(15))


def test_words_and_bits() -> None:
    data = packed_words(1, 0xFFFF_FFFF)
    assert (data, words(data), word(data, 4)) == (b"\1\0\0\0\xff\xff\xff\xff", (1, 0xFFFF_FFFF), 0xFFFF_FFFF)
    assert bits(packed_bits(1 << 33 | 1, 8)) == 1 << 33 | 1
