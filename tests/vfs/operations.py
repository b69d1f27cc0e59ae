"""File system calls as plain data, and their random sequences: what the machine and the host's kernel both carry out.

An operation is a list: its name and arguments; paths are text, data is Latin-1 text. Standard library only, since the
native side runs it with nothing but Python.
"""

from __future__ import annotations

import random
from typing import Any

Operation = list[Any]

O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK = 1, 2, 0o100, 0o200, 0o1000, 0o2000, 0o4000
O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC, O_PATH = 0o200000, 0o400000, 0o2000000, 0o10000000
AT_FDCWD = -100
S_IFREG, S_IFIFO = 0o100000, 0o010000
AGE = 1000
"""The time, in seconds since 1970, that "age" gives a file: whoever shows another has been touched since."""

NAMES = ("a", "b", "c", "sub", "link", "fifo")
COMMANDS = ((0, 5), (1, 0), (2, 1), (3, 0), (4, O_APPEND | O_NONBLOCK), (4, O_NONBLOCK), (1030, 4))
"""Commands of fcntl with their arguments."""
USERS = (1000, 1001, 0)


class Generator:
    """Random operations. ``users``: also change who one is; ``upwards``: also use "..", "/" and absolute paths."""

    def __init__(self, seed: int, *, users: bool, upwards: bool) -> None:
        self.random = random.Random(seed)
        self.users = users
        self.upwards = upwards

    def path(self) -> str:
        pick = self.random
        parts = [pick.choice(NAMES) for _ in range(pick.choice((1, 1, 1, 2, 2, 3)))]
        if pick.random() < 0.08:
            parts.insert(pick.randrange(len(parts) + 1), ".")
        if self.upwards and pick.random() < 0.12:
            parts.insert(pick.randrange(len(parts) + 1), "..")
        path = "/".join(parts)
        if pick.random() < 0.04:
            path += "/"
        if self.upwards and pick.random() < 0.05:
            path = "/play/" + path
        return path if pick.random() > 0.01 else pick.choice(("", ".", "..", "x" * 256) if self.upwards else ("", "."))

    def flags(self) -> int:
        pick = self.random
        flags = pick.choice((0, 0, O_WRONLY, O_RDWR, O_RDWR, 3)) | O_NONBLOCK
        for flag, chance in (
            (O_CREAT, 0.6), (O_EXCL, 0.15), (O_TRUNC, 0.2), (O_APPEND, 0.2), (O_DIRECTORY, 0.08), (O_NOFOLLOW, 0.1),
            (O_CLOEXEC, 0.1), (O_PATH, 0.05),
        ):  # fmt: skip
            if pick.random() < chance:
                flags |= flag
        return flags

    def mode(self) -> int:
        return self.random.choice((0o644, 0o666, 0o755, 0o777, 0o600, 0o400, 0o444, 0, 0o4755, 0o2755, 0o2771, 0o1777))

    def fd(self) -> int:
        return self.random.choice((3, 3, 3, 4, 4, 5, 6, 7, 99, -1))

    def at(self) -> int:
        return AT_FDCWD if self.random.random() < 0.85 else self.fd()

    def offset(self) -> int:
        return self.random.choice((0, 0, 1, 3, 10, 4095, 4096, 5000, 9000, -1, 1 << 33))

    def data(self) -> str:
        return self.random.choice(("x", "hello", "0123456789" * 3, "q" * 5000))

    def size(self) -> int:
        return self.random.choice((0, 1, 5, 100, 8192))

    def operation(self) -> Operation:
        """One operation with random arguments."""
        pick = self.random
        kinds: dict[str, tuple[int, Any]] = {
            "openat": (14, lambda: [self.at(), self.path(), self.flags(), self.mode()]),
            "close": (5, lambda: [self.fd()]),
            "read": (5, lambda: [self.fd(), self.size()]),
            "write": (7, lambda: [self.fd(), self.data()]),
            "pread": (3, lambda: [self.fd(), self.size(), self.offset()]),
            "pwrite": (3, lambda: [self.fd(), self.data(), self.offset()]),
            "lseek": (3, lambda: [self.fd(), self.offset(), pick.choice((0, 0, 1, 2, 9))]),
            "ftruncate": (3, lambda: [self.fd(), self.offset()]),
            "truncate": (2, lambda: [self.path(), self.offset()]),
            "fallocate": (1, lambda: [self.fd(), 0, pick.choice((0, 5, 4096)), pick.choice((0, 10, 9000))]),
            "mkdirat": (7, lambda: [self.at(), self.path(), self.mode()]),
            "unlinkat": (9, lambda: [self.at(), self.path(), pick.choice((0, 0, 0, 0x200, 0x200, 1))]),
            "renameat2": (9, lambda: [self.at(), self.path(), self.at(), self.path(), pick.choice((0, 0, 0, 0, 1, 2))]),
            "linkat": (5, lambda: [self.at(), self.path(), self.at(), self.path(), pick.choice((0, 0, 0x400))]),
            "symlinkat": (5, lambda: [self.path(), self.at(), self.path()]),
            "readlinkat": (2, lambda: [self.at(), self.path(), pick.choice((256, 3, 0))]),
            "mknodat": (2, lambda: [self.at(), self.path(), pick.choice((S_IFIFO, S_IFREG, 0)) | self.mode(), 0]),
            "fchmodat": (4, lambda: [self.at(), self.path(), self.mode()]),
            "fchmod": (1, lambda: [self.fd(), self.mode()]),
            "stat": (4, lambda: [self.at(), self.path(), pick.choice((0, 0x100))]),
            "fstat": (2, lambda: [self.fd()]),
            "faccessat": (2, lambda: [self.at(), self.path(), pick.randrange(9)]),
            "chdir": (1, lambda: [self.path()]),
            "fchdir": (1, lambda: [self.fd()]),
            "getcwd": (1, list),
            "dup": (1, lambda: [self.fd()]),
            "dup3": (1, lambda: [self.fd(), self.fd(), pick.choice((0, O_CLOEXEC, 1))]),
            "fcntl": (2, lambda: [self.fd(), *pick.choice(COMMANDS)]),
            "list": (3, lambda: [self.fd()]),
            "umask": (1, lambda: [pick.choice((0o022, 0, 0o077, 0o027))]),
            "age": (4, lambda: [self.path()]),
            "utimens": (1, lambda: [self.path(), pick.choice(("now", "omit", "set"))]),
            "sendfile": (1, lambda: [self.fd(), self.fd(), self.size()]),
            "fsync": (1, lambda: [self.fd()]),
            "rewind": (1, lambda: [self.fd()]),
        }  # fmt: skip
        if self.users:
            kinds["become"] = (4, lambda: [pick.choice(USERS)])
            kinds["fchownat"] = (
                3,
                lambda: [AT_FDCWD, self.path(), self.owner(), self.owner(), pick.choice((0, 0x100))],
            )
        name = pick.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        return [name, *kinds[name][1]()]

    def owner(self) -> int:
        return self.random.choice((-1, *USERS))

    def sequence(self, length: int) -> list[Operation]:
        """``length`` operations, the first of which make something to play with."""
        start: list[Operation] = [
            ["mkdirat", AT_FDCWD, "sub", 0o755],
            ["openat", AT_FDCWD, "a", O_RDWR | O_CREAT, 0o644],
        ]
        return start + [self.operation() for _ in range(length)]
