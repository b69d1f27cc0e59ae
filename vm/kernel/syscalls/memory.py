"""Memory: brk, mmap and what changes mappings.

User addresses end at STACK_TOP, where Linux's would at TASK_SIZE. Memory is never promised twice, so whatever would
need more than there is fails with ENOMEM and changes nothing.
"""

from __future__ import annotations

from vm.abi import (
    MINIMUM_ADDRESS,
    MREMAP_FIXED,
    MREMAP_MAYMOVE,
    MS_ASYNC,
    MS_INVALIDATE,
    MS_SYNC,
    PAGE_SHIFT,
    PAGE_SIZE,
    PROT_SEM,
    STACK_TOP,
    Advice,
    Errno,
    MapFlag,
    Protection,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, RegularFile
from vm.kernel.files.vfs import MappedFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.ranges import end_of_pages
from vm.kernel.syscalls.table import call
from vm.memory import AddressSpace, OutOfMemory, Segment
from vm.memory.segments import FilePages, SharedMemory, name_of, page_round

_PRIVATE, _SHARED, _VALIDATED = int(MapFlag.MAP_PRIVATE), int(MapFlag.MAP_SHARED), int(MapFlag.MAP_SHARED_VALIDATE)
_TYPE, _ANONYMOUS = int(MapFlag.MAP_TYPE), int(MapFlag.MAP_ANONYMOUS)
_FIXED, _NO_REPLACE = int(MapFlag.MAP_FIXED), int(MapFlag.MAP_FIXED_NOREPLACE)
_REFUSED = int(MapFlag.MAP_GROWSDOWN) | int(MapFlag.MAP_HUGETLB)
_KNOWN = 0
for _flag in MapFlag:
    _KNOWN |= int(_flag)
_WRITE, _EXEC = int(Protection.WRITE), int(Protection.EXEC)
_HARMLESS = frozenset(Advice) - {Advice.MADV_DONTNEED, Advice.MADV_FREE}


@call(
    "brk",
    deviation="the heap ends below the next mapping, however far that is from the stack",
    returns=Kind.ADDRESS,
    address=Kind.ADDRESS,
)
def brk(kernel: Kernel, task: Task, address: int) -> int:
    """brk(2), "C library/kernel differences": the new program break, the old one where it cannot be moved."""
    space = task.memory
    if address:
        try:
            space.set_brk(address)
        except (ValueError, OutOfMemory):
            return space.brk
    return space.brk


@call(
    "mmap2",
    "EACCES EBADF EEXIST EINVAL ENODEV ENOMEM ENOTSUP EOVERFLOW EPERM",
    "EACCES for PROT_WRITE with PROT_EXEC and for shared executable memory; a private mapping shows a file as it is "
    "when it is made, or given up (MADV_DONTNEED); writing to a shared one leaves the file's times; MAP_GROWSDOWN and "
    "MAP_HUGETLB are ENOTSUP",
    returns=Kind.ADDRESS,
    address=Kind.ADDRESS,
    length=Kind.SIZE,
    protection=Kind.PROTECTION,
    flags=Kind.MAP_FLAGS,
    fd=Kind.FD,
    page_offset=Kind.PAGES,
)
def mmap2(
    kernel: Kernel, task: Task, address: int, length: int, protection: int, flags: int, fd: int, page: int
) -> int:
    """mmap(2), its offset in pages of 4096 bytes (mmap2(2)): the address of the new mapping."""
    file = None if flags & _ANONYMOUS else task.files.get(fd)
    if length == 0:
        raise SystemCallError(Errno.EINVAL)
    size, kind = end_of_pages(0, length, Errno.ENOMEM, STACK_TOP), flags & _TYPE
    if page + (size >> PAGE_SHIFT) > 1 << 32:
        raise SystemCallError(Errno.EOVERFLOW)
    start = choose_place(task.memory, address, size, flags)
    if kind not in (_PRIVATE, _SHARED) and (kind != _VALIDATED or file is None):
        raise SystemCallError(Errno.EINVAL)
    if flags & _REFUSED or (kind == _VALIDATED and flags & ~_KNOWN):
        raise SystemCallError(Errno.ENOTSUP)
    segment = Segment(start, start + size, Protection(protection & 7), "mapping", shared=kind != _PRIVATE)
    if file is not None and (not file.readable or (segment.shared and protection & _WRITE and not file.writable)):
        raise SystemCallError(Errno.EACCES)
    give_backing(kernel, task.memory, segment, file, page << PAGE_SHIFT, length)
    if (protection & _WRITE or segment.shared) and protection & _EXEC:
        raise SystemCallError(Errno.EACCES)
    try:
        install(kernel, task.memory, segment, is_fixed=bool(flags & (_FIXED | _NO_REPLACE)))
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    if isinstance(segment.backing, MappedFile):
        segment.backing.attach(writable=not segment.sealed)
    return start


def choose_place(space: AddressSpace, address: int, size: int, flags: int) -> int:
    """Return where a mapping of ``size`` bytes, at most STACK_TOP, goes that was asked for at ``address``.

    Raises SystemCallError.
    """
    if not flags & (_FIXED | _NO_REPLACE):
        hint = max(address & -PAGE_SIZE, MINIMUM_ADDRESS) if address else 0
        try:
            return space.place(size, hint)
        except OutOfMemory:
            raise SystemCallError(Errno.ENOMEM) from None
    if address > STACK_TOP - size:
        raise SystemCallError(Errno.ENOMEM)
    if address % PAGE_SIZE:
        raise SystemCallError(Errno.EINVAL)
    if address < MINIMUM_ADDRESS:
        raise SystemCallError(Errno.EPERM)
    first, last = space.segments.span(address, address + size)
    if flags & _NO_REPLACE and first != last:
        raise SystemCallError(Errno.EEXIST)
    return address


def give_backing(
    kernel: Kernel, space: AddressSpace, segment: Segment, file: OpenFile | None, offset: int, length: int
) -> None:
    """Say where the pages of a new mapping come from: of ``file`` from ``offset`` on, if it is one of a file."""
    memory = space.memory
    if isinstance(file, RegularFile) and not file.file.is_mappable:
        raise SystemCallError(Errno.ENODEV)
    segment.paid = segment.is_writable and not segment.shared
    if segment.shared and isinstance(file, RegularFile):
        path = name_of(file.path)
        pages = file.file.content.pages
        segment.backing = (
            pages if isinstance(pages, MappedFile) else MappedFile(memory, file.file, path, kernel.processes)
        )
        segment.offset = offset
        segment.sealed = not file.writable
        return
    content = file.mapped(offset, length) if file is not None else None
    if content is not None:
        inode = file.file if isinstance(file, RegularFile) else None
        segment.backing = FilePages(memory, content, content.pages, inode)
    elif segment.shared:
        segment.backing = SharedMemory(memory, segment.pages)


def install(kernel: Kernel, space: AddressSpace, segment: Segment, *, is_fixed: bool) -> None:
    """Add a new mapping to ``space``, in place of what is there if it is fixed. OutOfMemory changes nothing."""
    if is_fixed:
        space.replace(segment, kernel.check_time)
    else:
        space.add(segment, kernel.check_time)


@call("munmap", "EINVAL ENOMEM", address=Kind.ADDRESS, length=Kind.SIZE)
def munmap(kernel: Kernel, task: Task, address: int, length: int) -> int:
    """munmap(2)."""
    end = end_of_pages(address, length, Errno.EINVAL, STACK_TOP)
    if address % PAGE_SIZE or length == 0:
        raise SystemCallError(Errno.EINVAL)
    try:
        task.memory.unmap(address, end)
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    return 0


@call(
    "mremap",
    "EFAULT EINVAL ENOMEM",
    "MREMAP_DONTUNMAP and an old size of 0 are EINVAL; a private mapping of a file does not grow: ENOMEM",
    returns=Kind.ADDRESS,
    address=Kind.ADDRESS,
    old_size=Kind.SIZE,
    new_size=Kind.SIZE,
    flags=Kind.MREMAP_FLAGS,
    new_address=Kind.MREMAP_ADDRESS,
)
def mremap(kernel: Kernel, task: Task, address: int, old_size: int, new_size: int, flags: int, new_address: int) -> int:
    """mremap(2): the mapping's new address."""
    old_size, new_size = (end_of_pages(0, size, Errno.EINVAL, STACK_TOP) for size in (old_size, new_size))
    if flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) or flags == MREMAP_FIXED or address % PAGE_SIZE:
        raise SystemCallError(Errno.EINVAL)
    if not old_size or not new_size:
        raise SystemCallError(Errno.EINVAL)
    if task.memory.find(address) is None:
        raise SystemCallError(Errno.EFAULT)
    try:
        if flags & MREMAP_FIXED:
            return move_to(task.memory, address, old_size, new_size, new_address)
        return resize(task.memory, address, old_size, new_size, may_move=bool(flags & MREMAP_MAYMOVE))
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None


def movable(space: AddressSpace, address: int, size: int, new_size: int) -> Segment:
    """Return the segment that is to be moved or to grow, checked. Raises SystemCallError."""
    segment = space.find(address)
    if segment is None or size > segment.end - address:
        raise SystemCallError(Errno.EFAULT)
    if new_size > size and segment.is_file:
        raise SystemCallError(Errno.ENOMEM)
    return segment


def move_to(space: AddressSpace, address: int, old_size: int, new_size: int, target: int) -> int:
    """MREMAP_FIXED: move the mapping to ``target``, in place of what is there."""
    end_of_pages(target, new_size, Errno.EINVAL, STACK_TOP)
    if target % PAGE_SIZE or target < MINIMUM_ADDRESS:
        raise SystemCallError(Errno.EINVAL)
    if address < target + new_size and target < address + old_size:
        raise SystemCallError(Errno.EINVAL)
    movable(space, address, min(old_size, new_size), new_size)
    old_end = end_of_pages(address, old_size, Errno.EINVAL, STACK_TOP)
    space.unmap(target, target + new_size)
    if old_size > new_size:
        space.unmap(address + new_size, old_end)
    space.move(address, min(old_size, new_size), target, new_size)
    return target


def resize(space: AddressSpace, address: int, old_size: int, new_size: int, *, may_move: bool) -> int:
    """Shrink the mapping, or let it grow where it is or, if that is allowed, elsewhere; its address."""
    if new_size <= old_size:
        old_end = end_of_pages(address, old_size, Errno.EINVAL, STACK_TOP)
        if new_size < old_size:
            space.unmap(address + new_size, old_end)
        return address
    segment = movable(space, address, old_size, new_size)
    end = address + new_size
    if segment.end == address + old_size and end <= STACK_TOP and space.is_free(segment.end, end):
        space.extend(segment, end)
        return address
    if not may_move:
        raise SystemCallError(Errno.ENOMEM)
    target = choose_place(space, 0, new_size, 0)
    space.move(address, old_size, target, new_size)
    return target


@call(
    "mprotect",
    "EACCES EINVAL ENOMEM",
    "EACCES for PROT_WRITE with PROT_EXEC and for shared executable memory",
    address=Kind.ADDRESS,
    length=Kind.SIZE,
    protection=Kind.PROTECTION,
)
def mprotect(kernel: Kernel, task: Task, address: int, length: int, protection: int) -> int:
    """mprotect(2): up to the first hole in the range, as Linux does before it returns ENOMEM."""
    if address % PAGE_SIZE or (length and protection & ~(7 | PROT_SEM)):
        raise SystemCallError(Errno.EINVAL)
    if length == 0:
        return 0
    end = end_of_pages(address, length, Errno.ENOMEM)
    reached = task.memory.segments.end_of_run(address, end)
    if reached == address:
        raise SystemCallError(Errno.ENOMEM)
    try:
        task.memory.protect(address, reached, Protection(protection & 7))
    except (ValueError, PermissionError):
        raise SystemCallError(Errno.EACCES) from None
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    if reached < end:
        raise SystemCallError(Errno.ENOMEM)
    return 0


def checked_range(task: Task, address: int, length: int, error: Errno = Errno.EINVAL) -> tuple[int, bool]:
    """(end, True if nothing is missing in between) of a range of pages; ``error`` where it wraps around."""
    if address % PAGE_SIZE:
        raise SystemCallError(Errno.EINVAL)
    end = end_of_pages(address, length, error)
    return end, address == end or task.memory.segments.end_of_run(address, end) == end


@call(
    "madvise",
    "EINVAL ENOMEM",
    "advice that changes what a program sees is refused (EINVAL) but for MADV_DONTNEED; other advice changes nothing",
    address=Kind.ADDRESS,
    length=Kind.SIZE,
    advice=Kind.ADVICE,
)
def madvise(kernel: Kernel, task: Task, address: int, length: int, advice: int) -> int:
    """madvise(2)."""
    if advice not in _HARMLESS and advice not in (Advice.MADV_DONTNEED, Advice.MADV_FREE):
        raise SystemCallError(Errno.EINVAL)
    end, is_complete = checked_range(task, address, length)
    if advice == Advice.MADV_DONTNEED:
        task.memory.discard(min(address, STACK_TOP), min(end, STACK_TOP), kernel.check_time)
    elif advice == Advice.MADV_FREE:
        first, last = task.memory.segments.span(address, end)
        if any(segment.backing is not None for segment in task.memory.segments[first:last]):
            raise SystemCallError(Errno.EINVAL)
    if not is_complete:
        raise SystemCallError(Errno.ENOMEM)
    return 0


@call(
    "msync",
    "EINVAL ENOMEM",
    "nothing has to be written back",
    address=Kind.ADDRESS,
    length=Kind.SIZE,
    flags=Kind.MSYNC_FLAGS,
)
def msync(kernel: Kernel, task: Task, address: int, length: int, flags: int) -> int:
    """msync(2)."""
    if flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) or (flags & MS_ASYNC and flags & MS_SYNC):
        raise SystemCallError(Errno.EINVAL)
    _, is_complete = checked_range(task, address, whole_pages(length), Errno.ENOMEM)
    if not is_complete:
        raise SystemCallError(Errno.ENOMEM)
    return 0


def whole_pages(length: int) -> int:
    """``length`` as Linux rounds it in 32 bits: the last page of all is none."""
    return page_round(length) & 0xFFFF_FFFF


def lock(task: Task, address: int, length: int) -> int:
    """Check what mlock(2) and munlock(2) check: every page is there."""
    begin = address & -PAGE_SIZE
    _, is_complete = checked_range(task, begin, whole_pages(address - begin + length))
    if not is_complete:
        raise SystemCallError(Errno.ENOMEM)
    return 0


@call("mlock", "EINVAL ENOMEM", "memory is never swapped out", address=Kind.ADDRESS, length=Kind.SIZE)
def mlock(kernel: Kernel, task: Task, address: int, length: int) -> int:
    """mlock(2)."""
    return lock(task, address, length)


@call("munlock", "EINVAL ENOMEM", "memory is never swapped out", address=Kind.ADDRESS, length=Kind.SIZE)
def munlock(kernel: Kernel, task: Task, address: int, length: int) -> int:
    """munlock(2)."""
    return lock(task, address, length)


@call("mlockall", "EINVAL", "memory is never swapped out", flags=Kind.LOCKALL_FLAGS)
def mlockall(kernel: Kernel, task: Task, flags: int) -> int:
    """mlockall(2)."""
    if not 0 < flags < 8 or flags == 4:
        raise SystemCallError(Errno.EINVAL)
    return 0


@call("munlockall", deviation="memory is never swapped out")
def munlockall(kernel: Kernel, task: Task) -> int:
    """munlockall(2)."""
    return 0
