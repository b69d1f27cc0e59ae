"""Memory: pages, the map of an address space, and the numbers of mmap(2), mprotect(2) and madvise(2)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from vm.enums import quick

PAGE_SIZE = 4096
PAGE_SHIFT = 12
TABLE_SPAN = 1 << 22
"""Bytes that one last-level Sv32 page table maps."""

IMAGE_BASE = 0x0001_0000
"""Where our linker puts the first section."""

STACK_TOP = 0x8000_0000
"""One past the highest stack byte; the user address space ends here."""

SIGNAL_PAGE = STACK_TOP
"""Address of the machine's own page in every address space, from which signal handlers return to the kernel."""

SIGNAL_RETURN = bytes.fromhex("9308b008 73000000")
"""What that page holds: ``li a7, 139; ecall``, which is rt_sigreturn."""

MINIMUM_ADDRESS = 0x0000_1000
"""Lowest address that may ever be mapped: page 0 stays unmapped, so a null pointer faults."""

STACK_GUARD = 256 * PAGE_SIZE
"""Bytes below the stack's limit that no other segment may occupy (Linux's stack_guard_gap)."""

STACK_LIMIT = 8 << 20
"""Bytes the stack may grow to unless a setting says otherwise (Linux's RLIMIT_STACK)."""

ARGUMENT_LIMIT, MOST_ARGUMENTS = 128 << 10, 6 << 20
"""Bytes of argv and envp strings and pointers that execve accepts: a quarter of the stack's limit, but no less than the
first and no more than the second; more is E2BIG (execve(2), "Limits on size of arguments and environment")."""

ARGUMENT_STRING_LIMIT = 32 * PAGE_SIZE
"""Bytes of one argv or envp string with its NUL (Linux's MAX_ARG_STRLEN)."""


@quick
class Protection(IntFlag):
    """Access a segment allows; the values of PROT_* in mmap(2)."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXEC = 4

    def __str__(self) -> str:
        return ("---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx")[int(self)]


@quick
class MapFlag(IntFlag):
    """Flags of mmap(2); asm-generic/mman.h."""

    MAP_SHARED = 0x01
    MAP_PRIVATE = 0x02
    MAP_SHARED_VALIDATE = 0x03
    MAP_TYPE = 0x0F
    MAP_FIXED = 0x10
    MAP_ANONYMOUS = 0x20
    MAP_GROWSDOWN = 0x0100
    MAP_DENYWRITE = 0x0800
    MAP_EXECUTABLE = 0x1000
    MAP_LOCKED = 0x2000
    MAP_NORESERVE = 0x4000
    MAP_POPULATE = 0x8000
    MAP_NONBLOCK = 0x0001_0000
    MAP_STACK = 0x0002_0000
    MAP_HUGETLB = 0x0004_0000
    MAP_SYNC = 0x0008_0000
    MAP_FIXED_NOREPLACE = 0x0010_0000


MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP = 1, 2, 4
"""Flags of mremap(2)."""

MS_ASYNC, MS_INVALIDATE, MS_SYNC = 1, 2, 4
"""Flags of msync(2)."""

PROT_SEM, PROT_GROWSDOWN, PROT_GROWSUP = 0x8, 0x0100_0000, 0x0200_0000
"""Bits of mmap's and mprotect's protection beside those of :class:`Protection`."""


@quick
class Advice(IntEnum):
    """Advice of madvise(2)."""

    MADV_NORMAL = 0
    MADV_RANDOM = 1
    MADV_SEQUENTIAL = 2
    MADV_WILLNEED = 3
    MADV_DONTNEED = 4
    MADV_FREE = 8
    MADV_DOFORK = 11
    MADV_MERGEABLE = 12
    MADV_UNMERGEABLE = 13
    MADV_HUGEPAGE = 14
    MADV_NOHUGEPAGE = 15
    MADV_DONTDUMP = 16
    MADV_DODUMP = 17
    MADV_KEEPONFORK = 19
    MADV_COLD = 20
    MADV_PAGEOUT = 21
