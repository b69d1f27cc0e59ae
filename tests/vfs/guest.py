"""Operations in the machine: system calls made straight at the table, by a process that does nothing else."""

from __future__ import annotations

import copy
import stat
import struct
from pathlib import Path
from typing import Any, Self

from tests.vfs.operations import AGE, AT_FDCWD, Operation
from vm.abi import CALL_NUMBERS, Errno, Protection
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import DirectoryFile
from vm.kernel.files.vfs import Directory, Fifo, File, Inode, SymbolicLink
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.task import Wait
from vm.kernel.syscalls import TABLE
from vm.machine import Machine
from vm.memory import BadAddress

SCRATCH, SCRATCH_SIZE = 0x0100_0000, 0x10_0000
IDLE = "_start: j _start\n"
S_IFREG_TYPE = 8


class Blocked(Exception):
    """The call waits; the text says for what."""


class Guest:
    """A booted machine whose first process makes the calls it is told to. ``folder`` is its root.

    ``streams``: the arguments of boot for its standard input and outputs.
    """

    def __init__(self, folder: Path, streams: dict[str, Any] | None = None, **settings: Any) -> None:
        (folder / "idle.s").write_text(IDLE)
        (folder / "idle.s").chmod(0o644)
        booted = Machine(root=folder, **settings).boot("/idle.s", **(streams or {})).start()
        self.kernel, self.task = booted.kernel, booted.program
        self.kernel.scheduler.ready.clear()
        self.give_memory(self.task)

    def twin(self) -> Self:
        """The same guest in a copy of its machine."""
        twin = copy.copy(self)
        twin.kernel = self.kernel.copy()
        twin.task = twin.kernel.processes[self.task.pid].leader
        return twin

    def give_memory(self, task: Any) -> None:
        if task.memory.find(SCRATCH) is None:
            task.memory.map(SCRATCH, SCRATCH + SCRATCH_SIZE, Protection.READ | Protection.WRITE, "scratch")

    def call(self, name: str, *arguments: int | str | bytes, task: Any = None) -> int:
        """Make a call; texts and bytes are put into memory. The result or -errno; :class:`Blocked`."""
        task = task or self.task
        at, values = SCRATCH + 0x2_0000, []
        for argument in arguments:
            if isinstance(argument, str):
                argument = argument.encode() + b"\0"
            if isinstance(argument, bytes):
                task.memory.write(at, argument)
                values.append(at)
                at += (len(argument) + 15) & -16
            else:
                values.append(argument & 0xFFFF_FFFF)
        row = TABLE[CALL_NUMBERS[name]]
        values += [0] * (len(row.arguments) - len(values))
        for index in row.signed:
            values[index] -= (values[index] & 0x8000_0000) << 1
        self.kernel.system.clock.now += 1
        try:
            result = row.handler(self.kernel, task, *values)
        except SystemCallError as error:
            result = -error.errno
        except BadAddress:
            result = -Errno.EFAULT
        if isinstance(result, Wait):
            task.call = (row.number, tuple(values))
            task.wait = result
            raise Blocked(result.why)
        task.forget_call()
        task.wait = None
        assert result is not None
        return result

    def peek(self, size: int, offset: int = 0) -> bytes:
        """What a call stored in the scratch memory."""
        return self.task.memory.read(SCRATCH + offset, size)


def halves(value: int) -> tuple[int, int]:
    """(low, high) words of a 64-bit argument."""
    return value & 0xFFFF_FFFF, value >> 32 & 0xFFFF_FFFF


class Machined(Guest):
    """The operations of tests.vfs.operations as system calls."""

    def run(self, operation: Operation) -> Any:
        name, *arguments = operation
        own = getattr(self, "do_" + name, None)
        return self.call(name, *arguments) if own is None else own(*arguments)

    def do_become(self, uid: int) -> int:
        self.task.credentials = Credentials.of(uid, uid)
        return 0

    def bytes_of(self, result: int) -> Any:
        return self.peek(result).decode("latin-1") if result >= 0 else result

    def do_read(self, fd: int, size: int) -> Any:
        return self.bytes_of(self.call("read", fd, SCRATCH, size))

    def do_write(self, fd: int, data: str) -> int:
        return self.call("write", fd, data.encode("latin-1"), len(data))

    def do_pread(self, fd: int, size: int, offset: int) -> Any:
        return self.bytes_of(self.call("pread64", fd, SCRATCH, size, *halves(offset)))

    def do_pwrite(self, fd: int, data: str, offset: int) -> int:
        return self.call("pwrite64", fd, data.encode("latin-1"), len(data), *halves(offset))

    def do_lseek(self, fd: int, offset: int, whence: int) -> int:
        low, high = halves(offset)
        entry = self.task.files._entries.get(fd)
        if whence == 2 and entry and isinstance(entry.file, DirectoryFile):
            low = high = whence = 0
        result = self.call("_llseek", fd, high, low, SCRATCH, whence)
        return result or int.from_bytes(self.peek(8), "little")

    def do_rewind(self, fd: int) -> int:
        return self.do_lseek(fd, 0, 0)

    def do_ftruncate(self, fd: int, size: int) -> int:
        return self.call("ftruncate64", fd, *halves(size))

    def do_truncate(self, path: str, size: int) -> int:
        return self.call("truncate64", path, *halves(size))

    def do_fallocate(self, fd: int, mode: int, offset: int, size: int) -> int:
        return self.call("fallocate", fd, mode, *halves(offset), *halves(size))

    def do_readlinkat(self, at: int, path: str, size: int) -> Any:
        return self.bytes_of(self.call("readlinkat", at, path, SCRATCH, size))

    def do_fchmodat(self, at: int, path: str, mode: int) -> int:
        return self.call("fchmodat", at, path, mode)

    def inode_status(self, inode: Inode) -> list[int]:
        root = inode is self.kernel.world.tree.root
        size = 0 if isinstance(inode, Directory) else inode.size
        return [inode.mode, 0 if root else inode.links, inode.uid, inode.gid, size,
                int(inode.accessed == AGE * 10**9), int(inode.modified == AGE * 10**9)]  # fmt: skip

    def status(self, result: int) -> Any:
        """What of a struct statx is compared."""
        if result < 0:
            return result
        data = self.peek(256)
        links, uid, gid, mode = struct.unpack_from("<IIIH", data, 16)
        number, size = struct.unpack_from("<QQ", data, 32)
        accessed, modified = (struct.unpack_from("<qI", data, at) for at in (64, 112))
        is_folder = stat.S_ISDIR(mode)
        links = 0 if number == self.kernel.world.tree.root.number else links
        return [mode, links, uid, gid, 0 if is_folder else size, int(accessed == (AGE, 0)), int(modified == (AGE, 0))]

    def do_stat(self, at: int, path: str, flags: int) -> Any:
        return self.status(self.call("statx", at, path, flags, 0x7FF, SCRATCH))

    def do_fstat(self, fd: int) -> Any:
        return self.status(self.call("statx", fd, "", 0x1000, 0x7FF, SCRATCH))

    def do_getcwd(self) -> Any:
        result = self.call("getcwd", SCRATCH, 4096)
        return "/play" + self.peek(result - 1).decode().partition("/play")[2] if result > 0 else result

    def do_fcntl(self, fd: int, command: int, argument: int) -> int:
        return self.call("fcntl64", fd, command, argument)

    def names(self, fd: int) -> list[tuple[str, int, int]] | int:
        """(name, type, inode) of every entry of a folder from its position on, or -errno."""
        found: list[tuple[str, int, int]] = []
        while True:
            size = self.call("getdents64", fd, SCRATCH, 100)
            if size <= 0:
                return size or found
            data, at = self.peek(size), 0
            while at < size:
                number, _, length, kind = struct.unpack_from("<QqHB", data, at)
                found.append((data[at + 19 : at + length].split(b"\0")[0].decode(), kind, number))
                at += length

    def do_list(self, fd: int) -> Any:
        result = self.do_rewind(fd)
        entry = self.names(fd) if result == 0 else result
        self.do_rewind(fd)
        if isinstance(entry, int):
            return entry
        if self.task.files.place(fd).inode is self.kernel.world.tree.root:
            return []
        names = [name for name, _, _ in entry]
        assert names[:2] == [".", ".."]
        return names[2:]

    def do_age(self, path: str) -> int:
        return self.utimens(path, AGE, 0)

    def do_utimens(self, path: str, how: str) -> int:
        return self.utimens(path, 12345, {"now": 0x3FFFFFFF, "omit": 0x3FFFFFFE, "set": 5}[how])

    def utimens(self, path: str, seconds: int, nanoseconds: int) -> int:
        return self.call("utimensat_time64", AT_FDCWD, path, struct.pack("<4q", *[seconds, nanoseconds] * 2), 0)

    def do_sendfile(self, output: int, source: int, size: int) -> int:
        inodes = {fd: entry.file.inode for fd, entry in self.task.files._entries.items()}
        if {output, source} <= inodes.keys() and (inodes[output] is inodes[source] or isinstance(inodes[output], Fifo)):
            return 0
        return self.call("sendfile64", output, source, 0, size)

    def do_faccessat(self, at: int, path: str, mode: int) -> int:
        return self.call("faccessat2", at, path, mode, 0x200)

    def tree(self) -> Any:
        """Everything below /play, as tests.vfs.native.Native.tree has it."""
        found: list[tuple[str, Inode]] = []

        def visit(directory: Directory, path: str) -> None:
            for name in directory.names():
                inode = directory.find(name)
                assert inode is not None
                found.append((f"{path}/{name.decode()}", inode))
                if isinstance(inode, Directory):
                    assert inode.parent is directory
                    assert inode.name == name
                    visit(inode, f"{path}/{name.decode()}")

        play = self.kernel.world.tree.root.find(b"play")
        assert isinstance(play, Directory)
        visit(play, "/play")
        numbers: dict[int, int] = {}
        return [
            [path, numbers.setdefault(inode.number, len(numbers)), self.inode_status(inode), content_of(inode)]
            for path, inode in sorted(found, key=lambda pair: pair[0])
        ]


def content_of(inode: Inode) -> str | None:
    if isinstance(inode, SymbolicLink):
        return inode.read().decode()
    if isinstance(inode, File) and inode.size < 1 << 20:
        return inode.content.read(0, inode.size).decode("latin-1")
    return None
