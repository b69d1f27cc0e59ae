"""ioctl: the terminal, and how many bytes wait (ioctl_tty(2))."""

from __future__ import annotations

import termios
from typing import TYPE_CHECKING

from vm.abi import Errno, OpenFlag
from vm.kernel.console import TCGETS, TERMIOS_SIZE
from vm.kernel.errors import SystemCallError
from vm.kernel.files import OpenFile, RegularFile
from vm.kernel.pipes import PipeEnd
from vm.kernel.process import Task
from vm.kernel.syscalls.table import Kind, call
from vm.kernel.terminal import Terminal, TerminalFile

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel

TCSETS, TCSETSW, TCSETSF, TCSBRK, TCXONC, TCFLSH = 0x5402, 0x5403, 0x5404, 0x5409, 0x540A, 0x540B
TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCGWINSZ, TIOCSWINSZ = 0x540E, 0x540F, 0x5410, 0x5413, 0x5414
FIONREAD, FIONBIO, TIOCGSID, FIONCLEX, FIOCLEX = 0x541B, 0x5421, 0x5429, 0x5450, 0x5451


@call(
    "ioctl",
    "EBADF EFAULT EINVAL EIO ENOTTY EPERM ESRCH",
    "settings, window, queues and groups of the terminal, FIONREAD, FIONBIO, FIOCLEX; the rest is ENOTTY",
    fd=Kind.FD,
    request=Kind.FLAGS,
    argument=Kind.ADDRESS,
)
def ioctl(kernel: Kernel, task: Task, fd: int, request: int, argument: int) -> int:
    """ioctl(2)."""
    file = task.files.get(fd)
    if request in (FIOCLEX, FIONCLEX):
        task.files.set_close_on_exec(fd, request == FIOCLEX)
        return 0
    if request == FIONBIO:
        wanted = task.memory.read_word(argument)
        file.flags = file.flags | OpenFlag.O_NONBLOCK if wanted else file.flags & ~OpenFlag.O_NONBLOCK
        return 0
    if request == FIONREAD:
        task.memory.write(argument, waiting(file).to_bytes(4, "little"))
        return 0
    if not isinstance(file, TerminalFile):
        raise SystemCallError(Errno.ENOTTY)
    try:
        return terminal_control(kernel, task, file.terminal, request, argument)
    except (OSError, termios.error):
        raise SystemCallError(Errno.EIO) from None


def waiting(file: OpenFile) -> int:
    """Bytes that can be read without waiting; SystemCallError(ENOTTY) where that is not known."""
    if isinstance(file, PipeEnd):
        return file.pipe.held
    if isinstance(file, RegularFile):
        return max(0, min(file.inode.size - file.offset, 0x7FFF_FFFF))
    if isinstance(file, TerminalFile):
        return file.terminal.waiting
    raise SystemCallError(Errno.ENOTTY)


def terminal_control(kernel: Kernel, task: Task, terminal: Terminal, request: int, argument: int) -> int:
    """A request to the terminal; OSError and termios.error when the host refuses it."""
    memory, host = task.memory, terminal.host
    if request == TCGETS:
        memory.write(argument, host.attributes())
    elif request in (TCSETS, TCSETSW, TCSETSF):
        host.set_attributes(request, memory.read(argument, TERMIOS_SIZE))
    elif request == TIOCGWINSZ:
        memory.write(argument, host.window())
    elif request == TIOCGPGRP:
        memory.write(argument, terminal.foreground.to_bytes(4, "little"))
    elif request == TIOCSPGRP:
        group = memory.read_word(argument)
        if not any(other.group == group for other in kernel.processes):
            raise SystemCallError(Errno.ESRCH)
        terminal.foreground = group
    elif request == TCFLSH:
        if argument > 2:
            raise SystemCallError(Errno.EINVAL)
        terminal.flush(argument)
    elif request not in (TCSBRK, TCXONC, TIOCSWINSZ, TIOCSCTTY):
        raise SystemCallError(Errno.ENOTTY)
    return 0
