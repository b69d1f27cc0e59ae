"""Looking at a machine that stands still: what nobody in it notices."""

from __future__ import annotations

import os
from collections.abc import Sequence

from vm.abi import Errno
from vm.cpu.state import PC
from vm.debug.target import Refused, ThreadLine
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import File, SymbolicLink
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, State, Task
from vm.kernel.signals.state import SignalInfo
from vm.text import printable

FILE_LIMIT = 256 << 20
"""Bytes of a guest's file that are read for a debugger at most."""


def process_of(kernel: Kernel, pid: int) -> Process:
    """Return a process that has memory. Raises Refused (ESRCH) where there is none."""
    thread = kernel.processes.thread(pid)
    if thread is None or thread.process.pid != pid or thread.process.space is None or pid == REAPER:
        raise Refused(Errno.ESRCH, f"there is no process {pid}")
    return thread.process


def thread_of(kernel: Kernel, tid: int) -> Task:
    """Return a thread that lives. Raises Refused (ESRCH) where there is none."""
    task = kernel.processes.thread(tid)
    if task is None or task.tid == REAPER or task.state is State.ZOMBIE or task.process.space is None:
        raise Refused(Errno.ESRCH, f"there is no thread {tid}")
    return task


def threads_of(kernel: Kernel) -> list[Task]:
    """Every thread that lives, in the order in which they came into being."""
    return [
        task
        for task in kernel.processes.threads
        if task.tid != REAPER and task.state is not State.ZOMBIE and task.process.space is not None
    ]


def line_of(kernel: Kernel, task: Task) -> ThreadLine:
    """Describe a thread as a list of threads does."""
    if task.process.stopped:
        state = "stopped by a signal"
    elif task.state is State.BLOCKED:
        state = f"waits for {task.wait.why}" if task.wait is not None else "waits"
    else:
        state = "running" if task is kernel.running else "ready"
    return ThreadLine(task.pid, task.tid, printable(task.name), printable(state))


def registers_of(task: Task) -> Sequence[int]:
    """Return x0 to x31 and pc."""
    values = task.context.tolist()
    return [*values[:32], values[PC]]


def executable_of(process: Process) -> bytes:
    """Return the path of the image that a process runs, in the guest."""
    return os.fsencode(process.path)


def file_at(kernel: Kernel, pid: int, path: bytes) -> bytes:
    """Return what a file of the guest's holds; of one that a process runs the image that it runs.

    Paths are those of process ``pid``; of the machine itself where that is 0. Raises Refused.
    """
    for process in kernel.processes:
        if process.space is not None and executable_of(process) == path:
            try:
                return kernel.loader.image_file(process.path)
            except SystemCallError as error:
                raise Refused(error.errno) from None
    task = kernel.processes.thread(pid or REAPER)
    if task is None:
        raise Refused(Errno.ESRCH)
    try:
        found = kernel.world.tree.find(path, task.place.directory, task.user).inode
        if not isinstance(found, File):
            raise Refused(Errno.EISDIR)
        data = bytes(found.content.read(0, FILE_LIMIT + 1))
    except SystemCallError as error:
        raise Refused(error.errno) from None
    if len(data) > FILE_LIMIT:
        raise Refused(Errno.EFBIG)
    return data


def link_at(kernel: Kernel, pid: int, path: bytes) -> bytes:
    """Return where a symbolic link of the guest's leads, for the process that :func:`file_at` names. Raises Refused."""
    task = kernel.processes.thread(pid or REAPER)
    if task is None:
        raise Refused(Errno.ESRCH)
    try:
        found = kernel.world.tree.find(path, task.place.directory, task.user, follow=False).inode
        if not isinstance(found, SymbolicLink):
            raise Refused(Errno.EINVAL)
        return found.read()
    except SystemCallError as error:
        raise Refused(error.errno) from None


def signal_information_of(task: Task, signal: int) -> bytes:
    """Return the siginfo_t of ``signal``, which waits to act on a thread; 128 bytes."""
    for pending in (task.signals.own, task.signals.shared):
        if pending.signals >> (signal - 1) & 1:
            return next(info for info in pending.queue if info.signal == signal).to_bytes()
    return SignalInfo.of(signal, 0).to_bytes()
