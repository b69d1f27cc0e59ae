"""/proc: what the system knows of its processes, as files (proc(5))."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import ClassVar, NoReturn

from vm.abi import NAME_SIZE, NANOSECONDS, PAGE_SIZE, PROC_MAGIC, TICK, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Content, Directory, File, FileSystem, Inode, SymbolicLink, User
from vm.kernel.files.vfs.inodes import ROOT
from vm.kernel.process.limits import describe
from vm.kernel.process.task import REAPER, Process, State, Task
from vm.kernel.system import System
from vm.memory.mappings import Pulse
from vm.memory.segments import Segment

LENGTH_FREE = 4096
"""Bytes of a report that are for nothing."""
OWN_NUMBERS = 256
"""Inode numbers that each process has: its pid times this, and what follows."""
SUBJECT_NUMBERS = 64
"""Where the inode numbers of what is below folders of /proc begin that are no processes."""
DESCRIPTOR_NUMBERS = 1 << 40
"""Where the inode numbers of descriptors begin."""

Report = Callable[["System", Task], bytes]


class ReportText:
    """The text of a report on a process, or on the machine where there is no ``task``: made when it is first read.

    ``file`` pays for it.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task", "file")

    def __init__(self, system: System, name: bytes, task: Task | None = None) -> None:
        self.file: ReportFile | None = None
        self._system = system
        self._name = name
        self._task = task
        self._data: bytes | None = None

    @property
    def length(self) -> int:
        """Bytes of the text, 0 before it is made."""
        return len(self._data or b"")

    @property
    def data(self) -> bytes:
        """The text. SystemCallError(ENOMEM) when there is no room for it."""
        if self._data is None:
            if self._task is None:
                self._data = _machines_report(self._name)(self._system)
            else:
                self._data = _TEXTS[self._name](self._system, self._task)
            if self.file is not None and self.file.opens:
                self.file.pay()
        return self._data

    @property
    def size(self) -> int:
        """Bytes of the text. SystemCallError."""
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``. Raises SystemCallError."""
        return self.data[offset : offset + size]


class ReportFile(File):
    """A file whose text is made when it is read; its size is 0, as all of /proc has it. It cannot be mapped.

    A long text counts as written to a file while somebody has it open, so that they are bounded.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_text",)

    is_mappable = False

    def __init__(self, filesystem: FileSystem, owner: User, text: ReportText) -> None:
        super().__init__(filesystem, 0o444, owner, Content(filesystem.room, text))
        self._text = text
        text.file = self

    def pay(self) -> None:
        """Take room for the text. SystemCallError(ENOMEM) when there is none."""
        length = self._text.length
        if length > LENGTH_FREE and not self.charge:
            if length > self.filesystem.room.free:
                raise SystemCallError(Errno.ENOMEM)
            self.filesystem.room.take(length)
            self.charge = length

    def hold(self) -> None:
        """Somebody has it open. SystemCallError(ENOMEM) when there is no room for its text."""
        self.pay()
        super().hold()

    def let_go(self) -> None:
        """Give back what the text took, when the last who had it open is gone."""
        super().let_go()
        if self.opens == 0:
            self.filesystem.room.give(self.charge)
            self.charge = 0

    @property
    def size(self) -> int:
        """0: nobody knows before it is read."""
        return 0

    def write(self, offset: int, data: bytes) -> int:
        """Nothing here can be written."""
        raise SystemCallError(Errno.EIO)

    def truncate(self, size: int, who: User, pulse: Pulse) -> None:
        """Nothing here can be written."""
        raise SystemCallError(Errno.EPERM)


class NameFile(ReportFile):
    """/proc/PID/comm: the name of a thread, which the threads of its process may write."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task")

    def __init__(self, filesystem: FileSystem, owner: User, system: System, task: Task) -> None:
        super().__init__(filesystem, owner, ReportText(system, b"comm", task))
        self.mode |= stat.S_IWUSR
        self._system = system
        self._task = task

    def write(self, offset: int, data: bytes) -> int:
        """Change the name. Raises SystemCallError(EINVAL) when the writer is not of its process."""
        writer = self._system.running
        if writer is None or writer.process is not self._task.process:
            raise SystemCallError(Errno.EINVAL)
        name = data[: NAME_SIZE - 1].partition(b"\0")[0]
        self._task.name = name.decode(errors="surrogateescape")
        return len(data)

    def truncate(self, size: int, who: User, pulse: Pulse) -> None:
        """Leave it as it is: O_TRUNC has no effect here."""


class ProcessLink(SymbolicLink):
    """A link that leads to an inode straight away; its path is for people. Only for those who may look."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task", "_end")

    def __init__(
        self, system: System, filesystem: FileSystem, task: Task, target: Inode | None, path: bytes, size: int = 0
    ) -> None:
        super().__init__(filesystem, path, task.user)
        self._system = system
        self._task = task
        self._end = target
        self._size = size

    def _check(self) -> None:
        looker = self._system.running
        assert looker is not None, "somebody follows links while nobody runs"
        who = looker.credentials
        if not who.is_privileged and who.euid != self._task.credentials.uid:
            raise SystemCallError(Errno.EACCES)
        if self._end is None:
            raise SystemCallError(Errno.ENOENT)

    @property
    def size(self) -> int:
        """What Linux shows, whatever the path."""
        return self._size

    def read(self) -> bytes:
        """Return the path of where it leads. Raises SystemCallError."""
        self._check()
        return super().read()

    def jump(self) -> Inode | None:
        """Return where it leads. Raises SystemCallError."""
        self._check()
        return self._end


class OwnLink(SymbolicLink):
    """/proc/self: the process that asks; or, with ``thread``, /proc/thread-self."""

    _follow: ClassVar[tuple[str, ...]] = ("_system",)

    def __init__(self, system: System, filesystem: FileSystem, *, thread: bool = False) -> None:
        super().__init__(filesystem, b"", ROOT)
        self._system = system
        self._thread = thread

    @property
    def size(self) -> int:
        """0, as Linux has it."""
        return 0

    def read(self) -> bytes:
        """Return where it is about whoever asks."""
        running = self._system.running
        pid, tid = (running.pid, running.tid) if running else (REAPER, REAPER)
        return b"%d/task/%d" % (pid, tid) if self._thread else b"%d" % pid


class MadeDirectory(Directory):
    """A directory whose entries are made when they are looked at; nobody can change it."""

    is_fixed = True

    def find(self, name: bytes) -> Inode | None:
        """Return the entry of that name."""
        raise NotImplementedError

    def names(self) -> list[bytes]:
        """Return all names, sorted."""
        raise NotImplementedError

    def reserve(self, name: bytes) -> NoReturn:
        """There is no room for another name."""
        raise SystemCallError(Errno.EPERM)


class DescriptorFolder(MadeDirectory):
    """/proc/PID/fd: a link for every descriptor."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task")

    def __init__(self, system: System, task: Task, parent: Directory, owner: User) -> None:
        super().__init__(parent.filesystem, 0o500, owner, parent, b"fd")
        self._system = system
        self._task = task

    def names(self) -> list[bytes]:
        """Return the numbers of its descriptors, in their order as numbers."""
        _demand_there(self._system, self._task)
        return [b"%d" % number for number in self._task.files.numbers]

    def find(self, name: bytes) -> Inode | None:
        """Return the link of a descriptor."""
        file = self._task.files.find(int(name)) if _is_number(name) else None
        if file is None:
            return None
        path = shown_path(file.inode, file.path)
        link = ProcessLink(self._system, self.filesystem, self._task, file.inode, path, size=64)
        link.mode = stat.S_IFLNK | (0o500 if file.readable else 0o100) | (0o200 if file.writable else 0)
        link.number = DESCRIPTOR_NUMBERS + (self._task.pid << 20) + int(name)
        return link


class ThreadFolder(MadeDirectory):
    """/proc/PID/task/TID: what there is about a thread, and what its process shares."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task")

    first_number = 128
    """The first of its inode numbers among those of a thread."""

    def __init__(self, system: System, task: Task, parent: Directory) -> None:
        user = task.user
        super().__init__(parent.filesystem, 0o555, user, parent, b"%d" % task.tid)
        self.number = OWN_NUMBERS * task.tid + self.first_number
        self._system = system
        self._task = task

    def names(self) -> list[bytes]:
        """Return what there is about every thread."""
        _demand_there(self._system, self._task)
        return sorted([*_REPORTS, *_LINKS, b"fd"])

    def find(self, name: bytes) -> Inode | None:
        """Return the entry of that name."""
        if not _is_known(self._system, self._task) or name not in self.names():
            return None
        inode = self._entry(name)
        inode.number = self.number + 1 + self.names().index(name)
        return inode

    def _entry(self, name: bytes) -> Inode:
        system, task = self._system, self._task
        if name == b"comm":
            return NameFile(self.filesystem, self.owner, system, task)
        if name in _REPORTS:
            file = ReportFile(self.filesystem, self.owner, ReportText(system, self._report(name), task))
            if name in _OWN:
                file.mode &= ~0o044
            return file
        if name in _LINKS:
            target, path = _LINKS[name](system, task)
            return ProcessLink(system, self.filesystem, task, target, path)
        return DescriptorFolder(system, task, self, self.owner)

    def _report(self, name: bytes) -> bytes:
        """Return the key of a report's text, where what it counts is this thread's alone."""
        return b"task/" + name if b"task/" + name in _TEXTS else name


class ProcessFolder(ThreadFolder):
    """/proc/PID: about a process by its first thread, or by the one whose number was asked for."""

    first_number = 0

    def names(self) -> list[bytes]:
        """Return what there is about every process."""
        return sorted([*super().names(), b"task"])

    def find(self, name: bytes) -> Inode | None:
        """Return the entry of that name. Raises SystemCallError(ESRCH) when the process is gone."""
        _demand_known(self._system, self._task)
        return super().find(name)

    def _entry(self, name: bytes) -> Inode:
        if name == b"task":
            return TasksFolder(self._system, self._task, self, self.owner)
        return super()._entry(name)

    def _report(self, name: bytes) -> bytes:
        return name


class TasksFolder(MadeDirectory):
    """/proc/PID/task: a folder for every thread of a process."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_task")

    def __init__(self, system: System, task: Task, parent: Directory, owner: User) -> None:
        super().__init__(parent.filesystem, 0o555, owner, parent, b"task")
        self._system = system
        self._task = task

    def names(self) -> list[bytes]:
        """Return the numbers of the threads, in the order in which they came into being."""
        _demand_there(self._system, self._task)
        return [b"%d" % thread.tid for thread in _threads(self._task.process)]

    def find(self, name: bytes) -> Inode | None:
        """Return the folder of a thread."""
        _demand_known(self._system, self._task)
        thread = self._system.processes.thread(int(name)) if _is_number(name) else None
        if thread is None or thread.process is not self._task.process:
            return None
        return ThreadFolder(self._system, thread, self)


class SubjectFolder(MadeDirectory):
    """A folder below /proc with reports on one subject, and folders: ``path`` begins the paths of them all."""

    _follow: ClassVar[tuple[str, ...]] = ("_system",)

    def __init__(self, system: System, path: bytes, parent: Directory) -> None:
        super().__init__(parent.filesystem, 0o555, ROOT, parent, path.rpartition(b"/")[2])
        self._system = system
        self._path = path + b"/"
        self.number = SUBJECT_NUMBERS + _SUBJECTS.index(path)

    def names(self) -> list[bytes]:
        """Return the names of reports and folders."""
        return [path[len(self._path) :] for path in _SUBJECTS if path.rpartition(b"/")[0] + b"/" == self._path]

    def find(self, name: bytes) -> Inode | None:
        """Return the report or folder of that name."""
        path = self._path + name
        if name not in self.names():
            return None
        if path not in _OF_IPC:
            return SubjectFolder(self._system, path, self)
        inode = ReportFile(self.filesystem, ROOT, ReportText(self._system, path))
        inode.number = SUBJECT_NUMBERS + _SUBJECTS.index(path)
        return inode


class ProcFolder(MadeDirectory):
    """/proc itself."""

    _follow: ClassVar[tuple[str, ...]] = ("_system", "_fixed")

    def __init__(self, system: System) -> None:
        super().__init__(system.world.new_filesystem("proc", PROC_MAGIC), 0o555, ROOT, None, b"")
        self._system = system
        self._fixed: dict[bytes, Inode] = {b"self": OwnLink(system, self.filesystem)}
        self._fixed[b"thread-self"] = OwnLink(system, self.filesystem, thread=True)
        self._fixed[b"mounts"] = SymbolicLink(self.filesystem, b"self/mounts", ROOT)

    def names(self) -> list[bytes]:
        """Return the pids and what is about the whole machine."""
        pids = [b"%d" % process.pid for process in self._system.processes]
        return sorted([*self._fixed, *_MACHINE, b"sys", b"sysvipc"]) + pids

    def find(self, name: bytes) -> Inode | None:
        """Return the entry of that name."""
        if name in _MACHINE:
            inode = ReportFile(self.filesystem, ROOT, ReportText(self._system, name))
            inode.number = 2 + len(self._fixed) + sorted(_MACHINE).index(name)
            return inode
        if name in (b"sys", b"sysvipc"):
            return SubjectFolder(self._system, name, self)
        task = self._system.processes.thread(int(name)) if _is_number(name) else None  # of any thread, as in Linux
        return ProcessFolder(self._system, task, self) if task is not None else self._fixed.get(name)


def _is_known(system: System, task: Task) -> bool:
    """Tell whether a thread has its slot still: it runs, or its process has not been collected."""
    return system.processes.thread(task.tid) is task


def _demand_known(system: System, task: Task) -> None:
    """SystemCallError(ESRCH) for a thread that is gone."""
    if not _is_known(system, task):
        raise SystemCallError(Errno.ESRCH)


def _demand_there(system: System, task: Task) -> None:
    """SystemCallError(ENOENT) for the folder of a thread that is gone, which cannot be listed."""
    if not _is_known(system, task):
        raise SystemCallError(Errno.ENOENT)


def _is_number(name: bytes) -> bool:
    return name.isdigit() and len(name) < 10 and (name == b"0" or not name.startswith(b"0"))


def shown_path(inode: Inode, path: bytes) -> bytes:
    """Return where an open inode is now, as far as that is known."""
    if isinstance(inode, Directory):
        path = inode.path()
        return path + b" (deleted)" if inode.is_gone else path
    return path + b" (deleted)" if inode.links == 0 else path


# --- about a process ------------------------------------------------------------------------------------------------

_LETTERS = {State.READY: "R", State.BLOCKED: "S", State.ZOMBIE: "Z"}
_STATES = {"R": "running", "S": "sleeping", "T": "stopped", "Z": "zombie"}


def _letter(task: Task) -> str:
    return "T" if task.process.stopped else _LETTERS[task.state]


def _command(task: Task) -> str:
    return task.name[:15]


def _command_line(system: System, task: Task) -> bytes:
    return b"".join(argument + b"\0" for argument in task.process.arguments) if task.process.space else b""


_MAPS_NAME = 49
"""Where names begin in maps; Linux ends the other lines with a space (fs/proc/task_mmu.c, show_vma_header_prefix)."""


def _maps(system: System, task: Task) -> bytes:
    space = task.process.space
    lines = [segment.describe() for segment in space.segments] if space else []
    return b"".join(line + (b"\n" if len(line) > _MAPS_NAME else b" \n") for line in lines)


def _sizes(task: Task) -> tuple[int, int]:
    """Pages that are mapped, and that are resident."""
    space = task.process.space
    if space is None:
        return 0, 0
    return sum(segment.pages for segment in space.segments), sum(space.resident(segment) for segment in space.segments)


def _kilobytes(task: Task, wanted: Callable[[Segment], bool]) -> int:
    space = task.process.space
    segments = space.segments if space else []
    return sum(segment.pages for segment in segments if wanted(segment)) * PAGE_SIZE // 1024


def _threads(process: Process) -> list[Task]:
    """Return its threads; the first is one of them even when it has ended."""
    return list(dict.fromkeys([process.leader, *process.threads]))


def _stat(task: Task, retired: int) -> bytes:
    """Return the 52 fields of one line, ``retired`` the instructions that count."""
    process, (pages, resident) = task.process, _sizes(task)
    fields: list[object] = [0] * 50
    fields[0] = _letter(task)
    fields[1:4] = process.parent if process.pid != REAPER else 0, process.group, process.session
    fields[11], fields[13] = retired // TICK, process.reaped // TICK
    policy = task.policy
    fields[15], fields[16] = -1 - policy.priority if policy.priority else 20 + policy.nice, policy.nice
    fields[17], fields[20], fields[21] = len(_threads(process)), pages * PAGE_SIZE, resident
    fields[35], fields[37], fields[38] = process.exit_signal, policy.priority, policy.kind
    line = " ".join(str(field) for field in fields)
    return f"{task.tid} ({_command(task)}) {line}\n".encode(errors="surrogateescape")


def _status(system: System, task: Task) -> bytes:
    who, signals = task.credentials, task.signals
    pages, resident = _sizes(task)
    ignored = sum(1 << signal - 1 for signal, how in signals.dispositions.items() if how.handler == 1)
    caught = sum(1 << signal - 1 for signal, how in signals.dispositions.items() if how.handler > 1)
    letter = _letter(task)
    parent = 0 if task.pid == REAPER else task.process.parent
    lines: list[tuple[str, object]] = [
        ("Name", _command(task)), ("Umask", f"{task.place.umask:04o}"), ("State", f"{letter} ({_STATES[letter]})"),
        ("Tgid", task.pid), ("Pid", task.tid), ("PPid", parent),
        ("Uid", f"{who.uid}\t{who.euid}\t{who.suid}\t{who.euid}"),
        ("Gid", f"{who.gid}\t{who.egid}\t{who.sgid}\t{who.egid}"),
        ("FDSize", task.files.limit), ("Groups", " ".join(map(str, who.groups)) + " "),
        ("VmSize", f"{pages * PAGE_SIZE // 1024:8} kB"), ("VmRSS", f"{resident * PAGE_SIZE // 1024:8} kB"),
        ("VmData", f"{_kilobytes(task, lambda it: it.is_data):8} kB"),
        ("VmStk", f"{_kilobytes(task, lambda it: it.name == 'stack'):8} kB"),
        ("Threads", len(_threads(task.process))),
        ("SigPnd", f"{signals.own.signals:016x}"), ("ShdPnd", f"{signals.shared.signals:016x}"),
        ("SigBlk", f"{signals.mask:016x}"), ("SigIgn", f"{ignored:016x}"), ("SigCgt", f"{caught:016x}"),
    ]  # fmt: skip
    return "".join(f"{name}:\t{value}\n" for name, value in lines).encode(errors="surrogateescape")


def _mounts(system: System, task: Task) -> bytes:
    lines = []
    for top in system.world.tree.mounts:
        filesystem, point = top.filesystem, top.covers.path() if top.covers else b"/"
        kind = filesystem.kind.encode()
        lines.append(b"%s %s %s rw,nosuid,relatime 0 0\n" % (os.fsencode(filesystem.name), point, kind))
    return b"".join(lines)


_REPORTS: dict[bytes, Report] = {
    b"auxv": lambda system, task: task.process.auxiliary if task.process.space else b"",
    b"cmdline": _command_line,
    b"limits": lambda system, task: describe(system.settings, task.process),
    b"comm": lambda system, task: _command(task).encode(errors="surrogateescape") + b"\n",
    b"maps": _maps,
    b"mounts": _mounts,
    b"stat": lambda system, task: _stat(task, task.process.retired),
    b"status": _status,
}
_OWN = frozenset((b"auxv",))
"""Reports that nobody but the process's user may read: they tell where things lie in its memory."""
_TEXTS = _REPORTS | {b"task/stat": lambda system, task: _stat(task, task.retired)}


def _executable(system: System, task: Task) -> tuple[Inode | None, bytes]:
    file = task.process.executable
    return file, shown_path(file, os.fsencode(task.process.path)) if file is not None else b""


_LINKS: dict[bytes, Callable[[System, Task], tuple[Inode | None, bytes]]] = {
    b"cwd": lambda system, task: (task.place.directory, shown_path(task.place.directory, b"")),
    b"exe": _executable,
    b"root": lambda system, task: (system.world.tree.root, b"/"),
}


# --- about the machine ----------------------------------------------------------------------------------------------


def _memory(system: System) -> bytes:
    memory = system.memory
    lines = (
        ("MemTotal", memory.count), ("MemFree", memory.count - memory.used),
        ("MemAvailable", memory.count - memory.committed), ("CommitLimit", memory.count),
        ("Committed_AS", memory.committed),
    )  # fmt: skip
    return "".join(f"{name + ':':16}{frames * PAGE_SIZE // 1024:8} kB\n" for name, frames in lines).encode()


def _uptime(system: System) -> bytes:
    return b"%.2f %.2f\n" % (system.clock.now / NANOSECONDS, system.clock.idle / NANOSECONDS)


_MACHINE: dict[bytes, Callable[[System], bytes]] = {b"meminfo": _memory, b"uptime": _uptime}


_OF_IPC = (
    b"sys/fs/mqueue/msg_default sys/fs/mqueue/msg_max sys/fs/mqueue/msgsize_default sys/fs/mqueue/msgsize_max "
    b"sys/fs/mqueue/queues_max sys/kernel/msgmax sys/kernel/msgmnb sys/kernel/msgmni sys/kernel/sem sys/kernel/shmall "
    b"sys/kernel/shmmax sys/kernel/shmmni sysvipc/msg sysvipc/sem sysvipc/shm"
).split()
"""Reports on IPC, whose makers are imported when one is read."""
_SUBJECTS = sorted({b"/".join(path.split(b"/")[:depth]) for path in _OF_IPC for depth in range(1, 5)})
"""Those, and the folders in which they are."""


def _machines_report(name: bytes) -> Callable[[System], bytes]:
    """Return the maker of a report on the machine."""
    if name in _MACHINE:
        return _MACHINE[name]
    from vm.kernel.ipc.reports import REPORTS

    return REPORTS[name]
