"""What a result keeps of a machine that is gone: the memory that processes left, the files that they wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy

from vm.abi import PAGE_SIZE
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import File, SymbolicLink
from vm.kernel.files.vfs.inodes import ROOT
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.memory.resident import contents
from vm.records import FileRecord

MEMORY_LIMIT = 64 << 20
"""Bytes of memory that are kept of all processes together; of one that does not fit any more nothing is."""
PROCESSES_LIMIT = 100
"""Processes whose memory is kept, the first ones that end, beside the program's: one takes as long as a small fork."""
FILES_LIMIT = 64 << 20
"""Bytes of content that are kept of all files together; of one that does not fit any more none are."""


class MemoryKeeper:
    """Keeps the memory of processes as they end, until there is no room."""

    def __init__(self, program: int) -> None:
        self._program = program
        self._left = MEMORY_LIMIT // PAGE_SIZE
        self._processes_left = PROCESSES_LIMIT

    def twin(self) -> MemoryKeeper:
        """Make a keeper with as much room."""
        return copy(self)

    def take(self, task: Task) -> Mapping[int, bytes] | None:
        """The pages of a process, by address; None for one that has given its memory up, or where there is no room."""
        if task.process.space is None:
            return None
        if task.pid != self._program:
            self._processes_left -= 1
            if self._processes_left < 0:
                return None
        pages = contents(task.process.space, self._left)
        self._left -= len(pages or ())
        return pages


def files_written(kernel: Kernel) -> dict[str, FileRecord]:
    """What programs wrote, by the guest's paths. Names of one file share its content."""
    left = FILES_LIMIT
    found: dict[str, FileRecord] = {}
    contents_of: dict[int, bytes] = {}
    for each in kernel.world.written():
        inode = each.inode
        target = os.fsdecode(inode.read()) if isinstance(inode, SymbolicLink) else ""
        if isinstance(inode, File) and id(inode) not in contents_of:
            contents_of[id(inode)] = _content(inode, left) if inode.size <= left else b""
            left -= len(contents_of[id(inode)])
        content = contents_of.get(id(inode), b"")
        found[os.fsdecode(each.path)] = FileRecord(inode.mode, inode.size, content, target)
    return found


def _content(file: File, most: int) -> bytes:
    """The first bytes of a file, at most so many; none of one whose folder on the host is gone."""
    try:
        return file.content.read(0, min(file.size, most))
    except SystemCallError:
        return b""


def content_of(kernel: Kernel, path: str) -> bytes | None:
    """Return what a program of the guest's would read at an absolute path; None where there is no such plain file.

    Of a longer one it is the first FILES_LIMIT bytes.
    """
    tree = kernel.world.tree
    try:
        inode = tree.inode(os.fsencode(path), tree.root, ROOT)
    except SystemCallError:
        return None
    return _content(inode, FILES_LIMIT) if isinstance(inode, File) else None
