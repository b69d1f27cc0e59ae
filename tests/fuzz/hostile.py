"""What a hostile guest passes to the kernel: numbers, addresses, structures and sequences of calls, all by chance."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tests.fuzz.guest import SLOT_SIZE, SLOTS, Act, Record, guest
from vm.abi import CALL_NAMES, CALL_NUMBERS, Fcntl, Limit
from vm.kernel.syscalls import TABLE, Kind, Row

Argument = int | tuple[int, int]

NUMBERS = (
    0, 1, 2, 3, 4, 7, 8, 16, 63, 64, 65, 255, 256, 4095, 4096, 4097, 0x1_0000, 0x3F_F000, 0x40_0000, 0x100_0000,
    0x7FFF_EFFF, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0x8000_1000, 0xC000_0000, 0xFFC0_0000,
    0xFFFF_EFFF, 0xFFFF_F000, 0xFFFF_F001, 0xFFFF_FF9C, 0xFFFF_FFFC, 0xFFFF_FFFE, 0xFFFF_FFFF,
)  # fmt: skip
"""Numbers that are small, round, or at an end of some range; 0xFFFFFF9C is AT_FDCWD."""

ARENA = (
    *range(0x6000_0000, 0x6000_8000, 0x1000), 0x603F_E000, 0x603F_F000, 0x6040_0000, 0x6040_1000, 0x607F_F000,
    0x6080_0000, 0x60C0_0000, 0x5FFF_F000, 0x5000_0000, 0x2000_0000,
)  # fmt: skip
"""Pages that mappings contend for: neighbours, and both sides of the borders of page tables."""
EDGES = (
    0, 0x1000, 0x2000, 0xF000, 0x3F_F000, 0x40_0000, 0x7FC0_0000, 0x7F7F_F000, 0x7F00_0000, 0x7EFF_E000, 0x7FEF_0000,
    0x7FFD_0000, 0x7FFE_F000, 0x7FFF_0000, 0x7FFF_E000, 0x7FFF_F000, 0x8000_0000, 0x8000_1000, 0x8040_0000,
    0xC000_0000, 0xFFC0_0000, 0xFFFF_F000,
)  # fmt: skip
"""Pages at the ends of the user's addresses, in and below the stack, the machine's own, and the upper half."""
LENGTHS = (
    0x1000, 0x1000, 0x1000, 0x2000, 0x2000, 0x3000, 0x4000, 0x8000, 0x1_0000, 0x2_8000, 0x8_0000, 0x40_0000,
    0x3F_F000, 0x40_1000,
    0x80_0000,
)  # fmt: skip
TIMES = (0, 0, 0, 1, 1000, 999_999_999, 10**9, -1, 1 << 31, (1 << 62) - 2, (1 << 63) - 1)
PATHS = (
    b"file", b"file", b"new1", b"new2", b"new3", b"new1/inner", b"/", b".", b"..", b"../../../..", b"folder",
    b"folder/", b"folder/../file", b"sparse", b"huge", b"script", b"broken", b"link", b"outside", b"circle", b"pipe1",
    b"prog", b"/prog", b"/proc", b"/proc/self/maps", b"/proc/self/status", b"/proc/self/stat", b"/proc/self/cmdline",
    b"/proc/self/comm", b"/proc/self/exe", b"/proc/self/cwd/file", b"/proc/self/root/..", b"/proc/self/fd",
    b"/proc/self/fd/3", b"/proc/self/fd/4", b"/proc/self/fd/0", b"/proc/1/stat", b"/proc/1/maps", b"/proc/2/cmdline",
    b"/proc/3/maps", b"/proc/meminfo", b"/proc/uptime", b"/proc/mounts", b"/proc/999", b"/dev", b"/dev/null",
    b"/dev/zero", b"/dev/full", b"/dev/random", b"/dev/tty", b"/dev/console", b"", b"a" * 126, b"x/" * 60,
    b"\xff\xfe\x80", b"new\x1b[31m\n", b"/file/", b"//", b"source.s", b"include.s", b"long.s",
)  # fmt: skip

_MEMORY = ("mmap2", "mmap2", "mmap2", "munmap", "munmap", "mremap", "mremap", "mprotect", "mprotect", "brk", "madvise",
           "madvise", "msync", "mlock")  # fmt: skip
_FILES = ("openat", "openat", "openat", "read", "write", "pread64", "pwrite64", "readv", "writev", "ftruncate64",
          "truncate64", "fallocate", "_llseek", "dup", "dup3", "fcntl64", "close", "unlinkat", "renameat2", "linkat",
          "symlinkat", "mknodat", "mkdirat", "sendfile64", "getdents64", "statx", "pipe2", "mmap2", "chdir",
          "ioctl")  # fmt: skip
_PROCESSES = ("fork", "fork", "fork", "vfork", "clone", "execve", "exit", "exit_group", "wait4", "wait4", "waitid",
              "setpgid", "setsid", "kill",
              "prctl", "set_tid_address", "set_robust_list", "sched_yield", "futex_time64", "setuid", "prlimit64",
              "pipe2", "fcntl64")  # fmt: skip
_SIGNALS = ("rt_sigaction", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "kill", "tgkill", "rt_sigqueueinfo",
            "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait_time64", "setitimer", "getitimer", "ppoll_time64",
            "pselect6_time64", "clock_nanosleep_time64", "clock_gettime64", "fork", "futex_time64", "rt_sigpending",
            "times", "getrusage")  # fmt: skip
THEMES: dict[str, tuple[str, ...]] = {
    "memory": (*_MEMORY, *_MEMORY, *_MEMORY, "fork", "fork", "vfork", "execve"),
    "files": _FILES,
    "processes": (*_PROCESSES, *_MEMORY),
    "signals": _SIGNALS,
    "mixed": (*_MEMORY, *_FILES, *_PROCESSES, *_SIGNALS),
    "table": tuple(row.name for row in TABLE.values()),
}
"""What the calls of a case are drawn from."""

_CREATE = {CALL_NUMBERS[name] for name in ("fork", "vfork", "clone")}
_GIVES_ADDRESS = {CALL_NUMBERS[name] for name in ("mmap2", "mremap", "brk")}
_GIVES_DESCRIPTOR = {CALL_NUMBERS[name] for name in ("openat", "dup", "dup3")}

FLAGS: dict[tuple[str, str], tuple[int, ...]] = {
    ("mmap2", "protection"): (0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8),
    ("mmap2", "flags"): (0x22, 0x22, 0x22, 0x32, 0x32, 0x32, 0x21, 0x31, 1, 2, 0x11, 0x12, 3, 0x100022, 0x122, 0, 0x20),
    ("mremap", "flags"): (0, 1, 1, 1, 3, 3, 3, 2, 4, 5, 7),
    ("mprotect", "protection"): (0, 1, 1, 3, 3, 3, 2, 4, 5, 5, 7, 8, 0x0100_0003),
    ("madvise", "advice"): (4, 4, 4, 4, 8, 8, 0, 3, 9, 10, 12, 14, 100),
    ("msync", "flags"): (0, 1, 2, 4, 5, 7),
    ("openat", "flags"): (0, 0, 1, 2, 2, 0x42, 0x42, 0x241, 0x442, 0xC2, 0o4000, 0o200000, 0o400000, 0o10000000,
                          0o20200002, 0o2000002, 0x802),
    ("openat", "mode"): (0o600, 0o777, 0, 0o7777),
    ("clone", "flags"): (17, 0x4111, 0x100, 0x4100, 0x111, 0x0120_0011, 0x8011, 0x811, 0x411, 0x711, 0x30F00,
                         0x0110_0011, 0, 0xFF, 0x0020_4111, 0x8_0011),
    ("fcntl64", "command"): (*map(int, Fcntl), 8, 9, 10, 11, 1024, 1033, 1034),
    ("fcntl64", "argument"): (0x1_5000, 0x1_5080, 0x1_5100, 0x1_5180, 1, 5, 0o2000, 0o4000, 64,
                              4096, 65536, 1 << 20, 1 << 21, 1 << 31),
    ("fallocate", "mode"): (0, 0, 1, 2, 3, 8, 16, 32),
    ("futex_time64", "operation"): (0, 1, 9, 10, 0x80, 0x81, 0x89, 0x109, 0x189, 3, 4, 6),
    ("futex_time64", "value"): (0, 0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF),
    ("wait4", "options"): (0, 1, 1, 2, 8, 3, 11, 0x4000_0001, 0x8000_0001, 0x2000_0001),
    ("waitid", "options"): (4, 5, 5, 7, 15, 0x0100_0005, 2, 8, 1),
    ("waitid", "kind"): (0, 1, 2, 3),
    ("_llseek", "whence"): (0, 1, 2, 3, 4, 5),
    ("prlimit64", "resource"): (*map(int, Limit), 16),
    ("clock_nanosleep_time64", "flags"): (0, 0, 1, 2),
    ("ioctl", "request"): (0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540A, 0x540B, 0x540E, 0x540F, 0x5410, 0x5413,
                           0x5414, 0x541B, 0x5421, 0x5429, 0x5450, 0x5451),
    ("rt_sigaction", "size"): (8, 8, 8, 4, 128),
    ("rt_sigprocmask", "size"): (8, 8, 8, 4),
    ("rt_sigtimedwait_time64", "size"): (8, 8, 4),
    ("rt_sigsuspend", "size"): (8, 8, 4),
    ("ppoll_time64", "size"): (8, 8, 4),
    ("ppoll_time64", "count"): (0, 1, 2, 3, 8, 16, 255, 256, 257, 0x1000_0000, 0x2000_0000),
    ("pselect6_time64", "count"): (0, 1, 8, 16, 32, 33, 64, 1024, 0x7FFF_FFFF),
    ("rt_sigprocmask", "how"): (0, 1, 2, 3),
    ("setitimer", "which"): (0, 1, 2, 3),
    ("unlinkat", "flags"): (0, 0, 0x200, 0x400),
    ("linkat", "flags"): (0, 0x400, 0x1000),
    ("renameat2", "flags"): (0, 0, 1, 2, 3, 4),
    ("mknodat", "mode"): (0o100600, 0o10600, 0o20600, 0o60600, 0o40700, 0o140600, 0),
    ("mknodat", "device"): (0, 0x103, 0x105, 0x107, 0x500, 0x501, 0xFFFF_FFFF),
    ("statx", "flags"): (0, 0x100, 0x1000, 0x800, 0x2000, 0x4000, 0x6000),
    ("prctl", "option"): (1, 2, 3, 4, 15, 16, 36, 38),
    ("flock", "operation"): (1, 2, 8, 5, 6, 3),
    ("set_robust_list", "size"): (12,),
    ("getrandom", "flags"): (0, 1, 2, 3, 4),
}  # fmt: skip
"""Values that mean something, for arguments whose kind does not say which; other arguments are drawn by their kind."""
STRUCTURES = ("path",) * 6 + ("time", "time", "vector", "vector", "action", "poll", "strings", "limit", "lock", "list",
                              "words")  # fmt: skip
"""Kinds of structures, as often as they are wanted."""
POINTERS: dict[tuple[str, str], str] = {
    ("", "vector"): "vector", ("", "timeout"): "time", ("", "time"): "time", ("", "fds"): "poll",
    ("rt_sigaction", "new"): "action", ("sigaltstack", "new"): "list", ("prlimit64", "new"): "limit",
    ("setitimer", "new"): "time", ("utimensat_time64", "times"): "time", ("set_robust_list", "head"): "list",
}  # fmt: skip
"""The kind of structure that an argument points to, by the names of call and argument."""
_CLOCKS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, -2, -6)
_LOW_WORDS = (
    0,
    1,
    5,
    4095,
    4096,
    8192,
    65536,
    1 << 20,
    0x0FFF_F000,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_F000,
    0xFFFF_FFFF,
)
_HIGH_WORDS = (0, 0, 0, 0, 1, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


class Author:
    """Writes the records and the structures of one case."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.guest = guest()
        self.pages = [self.guest.addresses[name] for name in ("buffer", "text", "slots", "results", "records")]
        self.theme = self.chance.choice(list(THEMES))
        self.hostility = self.chance.choice([0.03, 0.1, 0.3, 0.7])
        self.records: list[Record] = []
        self.kinds = [self.chance.choice(STRUCTURES) for _ in range(SLOTS)]
        self.slots = [self._structure(kind) for kind in self.kinds]

    # --- values ---------------------------------------------------------------------------------------------------

    def number(self) -> int:
        """Any number."""
        kind = self.chance.random()
        if kind < 0.7:
            return self.chance.choice(NUMBERS)
        if kind < 0.85:
            return (self.chance.choice(NUMBERS) + self.chance.choice([-4, -1, 1, 4])) & 0xFFFF_FFFF
        return self.chance.getrandbits(32)

    def page(self) -> Argument:
        """Where a page begins."""
        kind = self.chance.random()
        if kind < 0.6:
            return self.chance.choice(ARENA)
        if kind < 0.75:
            return self.chance.choice(EDGES)
        if kind < 0.85:
            return self.chance.choice([*self.pages, 0x1_0000, 0x1_1000, 0x1_E000, 0x2_0000])
        return self.result(_GIVES_ADDRESS, self.chance.choice([0, 0, 0x1000, 0x2000, -0x1000])) or 0x6000_0000

    def address(self) -> Argument:
        """Any address: mapped or not, of code, data, stack, heap, the machine's page, the upper half, misaligned."""
        kind = self.chance.random()
        if kind < 0.5:
            page = self.page()
            offset = self.chance.choice([0, 0, 4, 8, 0x7FC, 0xFF8, 0xFFC, 0xFFF, 1, 2, -4, -1])
            return (page[0], page[1] + offset) if isinstance(page, tuple) else page + offset
        if kind < 0.7:
            return self.slot()
        if kind < 0.9:
            return self.guest.addresses["buffer"] + self.chance.choice([0, 4, 64, 0xFF0, 0xFFC, 0x1000, 0x3FFC])
        return self.chance.choice(
            [self.number(), *[self.guest.addresses[name] for name in ("_start", "constant", "text")]]
        )

    def slot(self, kind: str = "") -> int:
        """The address of a structure, if it may be of that kind, or of something in one."""
        offset = 0 if self.chance.random() < 0.9 else self.chance.choice([1, 2, 4, 8, SLOT_SIZE - 4])
        fitting = [index for index in range(SLOTS) if self.kinds[index] == kind] or range(SLOTS)
        return self.guest.slot(self.chance.choice(fitting)) + offset

    def length(self) -> int:
        """A size in bytes, mostly of a few pages."""
        if self.chance.random() < 0.2:
            return self.number()
        return self.chance.choice(LENGTHS) + self.chance.choice([0, 0, 0, 0, -1, 1, 0x1000])

    def size(self) -> int:
        """How many bytes to read or write."""
        return self.chance.choice([0, 1, 8, 16, 64, 100, 256, 1000, 4096, 5000, 65536, 100_000, self.number()])

    def descriptor(self) -> Argument:
        """Of something open, closed, or never."""
        kind = self.chance.random()
        if kind < 0.3 and (found := self.result(_GIVES_DESCRIPTOR, 0)):
            return found
        if kind < 0.9:
            return self.chance.randrange(14)
        return self.chance.choice([-1, -100, 15, 16, 255, 256, 1024, 0x7FFF_FFFF, self.number()])

    def pid(self) -> Argument:
        """Of a process, a group, nobody."""
        kind = self.chance.random()
        if kind < 0.2 and (found := self.result(_CREATE, 0)):
            return found
        return self.chance.choice([0, 0, 1, 2, 3, 4, 5, -1, -1, -2, -3, -4, 32767, 32768, 0x7FFF_FFFF, -0x8000_0000])

    def signal(self) -> int:
        """A signal's number."""
        common = (1, 2, 9, 10, 11, 12, 13, 14, 17, 17, 18, 19, 20, 21, 22, 23)
        return self.chance.choice([*common, self.chance.randrange(70), -1, self.number()])

    def result(self, numbers: set[int], offset: int) -> tuple[int, int] | None:
        """The result of an earlier call of one of these numbers, if there was one."""
        labels = [record.label for record in self.records if record.number in numbers]
        return (self.chance.choice(labels[-6:]), offset) if labels else None

    # --- structures -----------------------------------------------------------------------------------------------

    def _structure(self, kind: str) -> bytes:
        """A structure of that kind; its members are decent or not."""
        chance, pack = self.chance, struct.pack
        match kind:
            case "path":
                path = chance.choice(PATHS)
                return path if chance.random() < 0.95 else (path * 200)[:SLOT_SIZE] or b"/" * SLOT_SIZE
            case "time":  # timespec, itimerval's halves, 64-bit seconds
                return pack("<8q", *(chance.choice(TIMES) for _ in range(8)))
            case "vector":
                pairs = [(self._place(), chance.choice([0, 1, 16, 100, 4096, self.length()])) for _ in range(8)]
                return b"".join(pack("<II", place & 0xFFFF_FFFF, size & 0xFFFF_FFFF) for place, size in pairs)
            case "action":  # handler, flags, mask
                names = [self.guest.addresses[name] for name in ("ignore", "ignore", "handler")]
                handler = chance.choice([0, 1, 2, *names, self._place()])
                flags = chance.choice([0, 4, 0x0800_0004, 0x1000_0000, 0x4000_0000, 0x8000_0000, 3, self.number()])
                return pack("<IIII", handler & 0xFFFF_FFFF, flags, chance.choice([0, self.number()]), 0)
            case "poll":
                fds = [(chance.choice([*range(8), -1, 999]), chance.choice([1, 2, 4, 0xFFFF])) for _ in range(16)]
                return b"".join(pack("<iHH", fd, events, 0xFFFF) for fd, events in fds)
            case "strings":
                strings = [self.guest.slot(chance.randrange(SLOTS)) for _ in range(chance.randrange(6))]
                return pack(f"<{len(strings)}I", *strings) + bytes(4)
            case "limit":
                limits = [chance.choice([0, 1, 3, 16, 4096, 65536, 1 << 20, (1 << 64) - 1, 1 << 63]) for _ in range(2)]
                return pack("<QQ", *limits)
            case "lock":  # flock64: type, whence, start, length, pid
                ends = [chance.choice([0, 0, 1, 10, -1, 1 << 62, (1 << 63) - 1, -(1 << 63)]) for _ in range(2)]
                return pack("<hh4xqqi", chance.choice([0, 1, 2, 3]), chance.choice([0, 1, 2, 3]), *ends, 0)
            case "list":  # of robust futexes, that leads to itself or nowhere; stack_t
                slot = self.guest.slot(chance.randrange(SLOTS))
                return pack("<III", slot, *(chance.choice([0, 1, 4, 2048, self.number()]) for _ in range(2)))
            case _:
                return pack(f"<{SLOT_SIZE // 4}I", *(self._word() for _ in range(SLOT_SIZE // 4)))

    def _place(self) -> int:
        """An address that is a plain number."""
        address = self.address()
        return address if isinstance(address, int) else self.guest.addresses["buffer"]

    def _word(self) -> int:
        """A word: a number, an address, or a small one."""
        return self.chance.choice([self.number(), self._place() & 0xFFFF_FFFF, self.chance.randrange(20), 0])

    # --- calls ----------------------------------------------------------------------------------------------------

    def argument(self, row: Row, name: str, kind: Kind) -> Argument:
        """What is passed for an argument: mostly what a decent program might, else anything."""
        if self.chance.random() < self.hostility:
            return self.chance.choice([self.number, self.address, self.descriptor])()
        kind = kind.basis
        if (row.name, name) in FLAGS:
            return self.chance.choice(FLAGS[row.name, name])
        if row.name in ("brk", "mmap2", "munmap", "mremap", "mprotect", "madvise", "msync", "mlock", "munlock"):
            if name in ("address", "new_address"):
                return 0 if row.name == "mmap2" and self.chance.random() < 0.3 else self._page_for(row.name)
            if name in ("length", "old_size", "new_size"):
                return self.length()
            if name == "page_offset":
                return self.chance.choice([0, 0, 0, 1, 2, 0xF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF])
        if name in ("directory", "old_directory") and self.chance.random() < 0.8:
            return -100
        if kind is Kind.ADDRESS and (structure := POINTERS.get((row.name, name)) or POINTERS.get(("", name))):
            return self.slot(structure) if self.chance.random() < 0.8 else 0
        if row.name.startswith("clock_") and name == "clock":
            return self.chance.choice(_CLOCKS)
        if "low" in name or "high" in name:
            return self.chance.choice(_LOW_WORDS if "low" in name else _HIGH_WORDS)
        return self._by_kind(kind)

    def _page_for(self, name: str) -> Argument:
        if name == "brk":
            return (
                self.result({CALL_NUMBERS["brk"]}, self.chance.choice([0, 1, 0x1000, 0x5000, -0x1000, 0x40_0000])) or 0
            )
        return self.page()

    def _by_kind(self, kind: Kind) -> Argument:
        makers: dict[Kind, Callable[[], Argument]] = {
            Kind.FD: self.descriptor, Kind.PID: self.pid, Kind.SIGNAL: self.signal, Kind.SIZE: self.size,
            Kind.PATH: lambda: self.slot("path"), Kind.STRINGS: lambda: self.slot("strings"),
        }  # fmt: skip
        if kind in makers:
            return makers[kind]()
        if kind in (Kind.ADDRESS, Kind.SENT, Kind.RECEIVED):
            return self.slot() if self.chance.random() < 0.7 else self.chance.choice([0, self.address()])
        return self.chance.choice([0, 0, 1, 2, 3, 4, 8, self.number()])

    def call(self, name: str) -> None:
        """One call of that name."""
        if name in ("exit", "exit_group", "rt_sigreturn") and self.chance.random() < 0.8:
            name = self.chance.choice(["fork", "getpid", "sched_yield"])
        row = TABLE[CALL_NUMBERS[name]]
        arguments = tuple(self.argument(row, *argument) for argument in row.arguments)
        if name == "mmap2" and self.chance.random() < 0.75 and isinstance(arguments[3], int):
            arguments = (*arguments[:3], arguments[3] | 0x20, *arguments[4:])
        self.add(Act.FORK if row.number in _CREATE else Act.CALL, row.number, arguments)

    def add(self, act: Act, number: int, arguments: tuple[Argument, ...]) -> None:
        """One record; a child, or a jump, goes on somewhere near."""
        label = len(self.records)
        ahead = self.chance.choice([1, 1, 2, 3, 10])
        target = max(label - self.chance.choice([1, 2, 5, 20]), 0) if act is Act.JUMP else label + ahead
        self.records.append(Record(label, act, number, arguments, min(target, 199)))

    def touch(self) -> None:
        """Loads, stores, copies, atomics, a call of what is there."""
        act = self.chance.choice([Act.STORE] * 6 + [Act.LOAD] * 3 + [Act.COPY, Act.ATOMIC, Act.ENTER])
        stride, count = self.chance.choice(
            [(4, 1), (0x1000, 1), (0x1000, 4), (0x1000, 40), (0x1000, 128), (0x40_0000, 3), (4, 100)]
        )
        if act is Act.COPY:
            self.add(act, 0, (self.address(), self.address(), self.chance.choice([1, 16, 2048])))
        else:
            value = self.chance.choice([0x8067, 0x73, self.number(), self.number() << 10 | 0xCF, 0])
            self.add(act, 0, (self.address(), stride, count, value & 0xFFFF_FFFF))

    def write(self, count: int) -> None:
        """The whole case: something to begin with, then so many records by chance."""
        if self.chance.random() < 0.7:
            for _ in range(3):
                self.add(Act.CALL, CALL_NUMBERS["mmap2"], (self.chance.choice(ARENA), self.chance.choice(LENGTHS), 3,
                                                           self.chance.choice([0x32, 0x32, 0x31]), -1, 0))  # fmt: skip
        if self.chance.random() < 0.7:
            for _ in range(4):
                path, flags = self.slot("path"), self.chance.choice([0, 1, 2, 0x42, 0x42, 0o200000])
                self.add(Act.CALL, CALL_NUMBERS["openat"], (-100, path, flags, 0o700))
            self.add(Act.CALL, CALL_NUMBERS["pipe2"], (self.guest.addresses["buffer"], self.chance.choice([0, 0o4000])))
        while len(self.records) < count:
            kind = self.chance.random()
            if kind < 0.25:
                self.touch()
            elif kind < 0.28:
                self.add(Act.JUMP, 0, (self.chance.choice([1, 3, 30]),))
            elif kind < 0.29:
                number = self.chance.choice([*CALL_NAMES, self.chance.randrange(500), self.number()])
                self.add(Act.CALL, number, tuple(self.chance.choice([self.number, self.address])() for _ in range(6)))
            else:
                self.call(self.chance.choice(THEMES[self.theme]))
