"""Buffers of the guest's memory, from and to which a call moves bytes."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi import IOV_LIMIT, TRANSFER_LIMIT, Errno
from vm.abi.structures import Iovec
from vm.kernel.errors import SystemCallError
from vm.kernel.process.task import Task
from vm.kernel.syscalls.ranges import check_buffer
from vm.memory import BadAddress

CHUNK = 65536
"""Bytes moved between guest and file at a time."""

Buffers = Sequence[tuple[int, int]]
"""(address, size) of each buffer of a transfer."""


def read_vector(task: Task, address: int, count: int) -> Buffers:
    """Return the buffers of the iovec array at ``address``.

    Raises SystemCallError(EINVAL) for a bad count or a total that is too large.
    """
    if not 0 <= count <= IOV_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    buffers: Buffers = list(Iovec.unpack_all(task.memory.read(address, Iovec.SIZE * count)))
    if any(size > 0x7FFF_FFFF for _, size in buffers) or sum(size for _, size in buffers) > TRANSFER_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    for buffer in buffers:
        check_buffer(*buffer)
    return buffers


def one_buffer(address: int, count: int) -> Buffers:
    """Return the buffer of a call that has one, as far as it is transferred at once. Raises SystemCallError(EFAULT)."""
    check_buffer(address, count)
    return [(address, min(count, TRANSFER_LIMIT))]


def gather(task: Task, buffers: Buffers, skip: int) -> bytes:
    """At most CHUNK bytes of the guest's buffers from byte ``skip`` on; BadAddress if the first cannot be read."""
    pieces: list[bytes] = []
    room = CHUNK
    for address, size in buffers:
        if skip >= size:
            skip -= size
            continue
        length = min(size - skip, room)
        try:
            pieces.append(task.memory.read(address + skip, length))
        except BadAddress as error:
            good = error.address - (address + skip)
            if not pieces and good == 0:
                raise
            pieces.append(task.memory.read(address + skip, good))
            break
        room -= length
        skip = 0
        if not room:
            break
    return b"".join(pieces)


def scatter(task: Task, buffers: Buffers, skip: int, data: bytes) -> None:
    """Store ``data`` in the buffers from byte ``skip`` of them on, as far as there is room. Raises BadAddress."""
    done = 0
    for address, size in buffers:
        if skip >= size:
            skip -= size
            continue
        piece = data[done : done + size - skip]
        task.memory.write(address + skip, piece)
        done += len(piece)
        skip = 0
        if done == len(data):
            return
