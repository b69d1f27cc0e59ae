"""What a hostile submission is, and how one is written down in assembly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from vm.values import dataclass

CALLS = {
    "getcwd": 17, "dup": 23, "fcntl": 25, "ioctl": 29, "mknodat": 33, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36,
    "linkat": 37, "mount": 40, "ftruncate": 46, "chdir": 49, "chroot": 51, "openat": 56, "close": 57, "pipe2": 59,
    "getdents64": 61, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "sendfile": 71,
    "readlinkat": 78, "exit": 93, "exit_group": 94, "waitid": 95, "futex": 98, "sched_yield": 124, "kill": 129,
    "tgkill": 131, "rt_sigaction": 134, "rt_sigprocmask": 135, "reboot": 142, "setuid": 146, "setpgid": 154,
    "setsid": 157, "uname": 160, "sethostname": 161, "prctl": 167, "getpid": 172, "getppid": 173, "shmget": 194,
    "socket": 198, "brk": 214, "munmap": 215, "clone": 220, "execve": 221, "mmap": 222, "mprotect": 226,
    "wait4": 260, "prlimit64": 261, "ptrace": 117, "getrandom": 278, "memfd_create": 279, "execveat": 281,
    "clock_gettime": 403, "nanosleep": 407, "vfork": 1071, "fork": 1079,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hostile:
    """A submission: ``plant`` makes it in a folder of its own, and returns what is handed in."""

    name: str
    plant: Callable[[Path], Path]


def folder(name: str, files: Mapping[str, bytes]) -> Hostile:
    """A submission that is a folder with these files."""

    def plant(top: Path) -> Path:
        own = top / name
        for path, data in files.items():
            (own / path).parent.mkdir(parents=True, exist_ok=True)
            (own / path).write_bytes(data)
        return own

    return Hostile(name, plant)


def call(name: str, *arguments: int | str) -> str:
    """Instructions that make a call: numbers, labels, or registers with a percent sign in front."""
    lines = []
    for index, each in enumerate(arguments):
        if isinstance(each, int):
            lines.append(f"li a{index}, {each}")
        elif each.startswith("%"):
            lines.append(f"mv a{index}, {each[1:]}")
        else:
            lines.append(f"la a{index}, {each}")
    return "\n".join([*lines, f"li a7, {CALLS[name]}", "ecall", ""])


def program(body: str, data: str = "") -> bytes:
    """A source in assembly. It ends well when it comes to its end."""
    text = f'.globl _start\n_start:\n{body}\n{call("exit_group", 0)}\n.data\nself: .asciz "/p"\n{data}\n'
    return f"{text}.bss\n.balign 16\nbuffer: .space 4096\n".encode()


def say(label: str, size: int) -> str:
    """Instructions that write so many bytes of a label."""
    return call("write", 1, label, size)
