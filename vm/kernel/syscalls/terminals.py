"""ioctl: the terminal, how many bytes wait, and what sockets tell (ioctl_tty(2), netdevice(7))."""

from __future__ import annotations

import termios

from vm.abi import (
    FIOCLEX,
    FIONBIO,
    FIONCLEX,
    FIONREAD,
    SI_KERNEL,
    SIOCATMARK,
    TCFLSH,
    TCGETS,
    TCSBRK,
    TCSETS,
    TCSETSF,
    TCSETSW,
    TCXONC,
    TIOCGPGRP,
    TIOCGSID,
    TIOCGWINSZ,
    TIOCSCTTY,
    TIOCSPGRP,
    TIOCSWINSZ,
    Errno,
    OpenFlag,
    Signal,
)
from vm.abi.layout import WORD
from vm.abi.structures import Termios
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Endpoint
from vm.kernel.files.opened import OpenFile, RegularFile
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.terminal import ConsoleInput, Terminal, TerminalFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Task, Wait
from vm.kernel.signals import sending
from vm.kernel.signals.state import SignalInfo, bit
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call

FOREGROUND_ONLY = (TCSETS, TCSETSW, TCSETSF, TCFLSH, TCSBRK, TCXONC, TIOCSPGRP)
"""Requests that only the foreground process group may make."""


def has_terminal(kernel: Kernel, task: Task) -> bool:
    """Tell whether the machine's terminal is the controlling terminal of the process's session."""
    return kernel.system.terminal is not None and task.process.session == kernel.system.terminal.session


def wait_for_foreground(kernel: Kernel, task: Task, signal: Signal) -> Wait | None:
    """Background processes that use their terminal are stopped by SIGTTIN or SIGTTOU (credentials(7), termios(3)).

    None when the process may go on. SystemCallError(EIO) where nobody would continue it, and for a SIGTTIN that has
    no effect; a SIGTTOU that has none permits the use.
    """
    if not has_terminal(kernel, task) or task.process.group == kernel.system.foreground:
        return None
    has_effect = not (task.signals.is_ignored(signal) or task.signals.mask & bit(signal))
    if signal == Signal.SIGTTOU and not has_effect:
        return None
    if not has_effect or sending.is_orphaned(kernel, task.process.group):
        raise SystemCallError(Errno.EIO)
    if not task.interrupted:
        for member in kernel.processes:
            if member.group == task.process.group:
                sending.send(kernel, member, SignalInfo.of(signal, SI_KERNEL))
    return Wait((("foreground",),), "its turn at the terminal")


@call(
    "ioctl",
    "EADDRNOTAVAIL EBADF EFAULT EINTR EINVAL EIO ENODEV ENOTTY EPERM ESRCH",
    "settings, window, queues and groups of the terminal, FIONREAD, FIONBIO, FIOCLEX; of a socket SIOCATMARK, and what "
    "SIOCGIF… tells of the loopback, which nobody changes; the rest is ENOTTY",
    fd=Kind.FD,
    request=Kind.IOCTL,
    argument=Kind.IOCTL_ARGUMENT,
)
def ioctl(kernel: Kernel, task: Task, fd: int, request: int, argument: int) -> int | Wait:
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
        task.memory.write(argument, WORD.pack(waiting(file)))
        return 0
    if request == SIOCATMARK and isinstance(file, Endpoint):
        task.memory.write(argument, WORD.pack(file.is_at_mark))
        return 0
    if isinstance(file, Endpoint):
        return file.control(task.memory, request, argument)
    if not isinstance(file, TerminalFile):
        raise SystemCallError(Errno.ENOTTY)
    if request in FOREGROUND_ONLY and (wait := wait_for_foreground(kernel, task, Signal.SIGTTOU)):
        return wait
    try:
        return terminal_control(kernel, task, file.terminal, request, argument)
    except (OSError, termios.error):
        raise SystemCallError(Errno.EIO) from None


def waiting(file: OpenFile) -> int:
    """Return how many bytes can be read without waiting. Raises SystemCallError(ENOTTY) where that is not known."""
    if isinstance(file, PipeEnd):
        return file.pipe.held
    if isinstance(file, RegularFile):
        return max(0, min(file.inode.size - file.offset, 0x7FFF_FFFF))
    if isinstance(file, ConsoleInput | Endpoint):
        return file.waiting
    if isinstance(file, TerminalFile):
        try:
            return file.terminal.waiting
        except OSError:
            raise SystemCallError(Errno.EIO) from None
    raise SystemCallError(Errno.ENOTTY)


def terminal_control(kernel: Kernel, task: Task, terminal: Terminal, request: int, argument: int) -> int:
    """Make a request to the terminal. Raises OSError and termios.error when the host refuses it."""
    memory, host = task.memory, terminal.host
    if request == TCGETS:
        memory.write(argument, host.attributes())
    elif request in (TCSETS, TCSETSW, TCSETSF):
        settings = memory.read(argument, Termios.SIZE)
        host.set_attributes(request, settings)
        terminal.settings = settings
    elif request == TIOCGWINSZ:
        memory.write(argument, host.window())
    elif request in (TIOCGPGRP, TIOCSPGRP, TIOCGSID):
        groups(kernel, task, request, argument)
    elif request == TCFLSH:
        if argument > 2:
            raise SystemCallError(Errno.EINVAL)
        terminal.flush(argument)
    elif request not in (TCSBRK, TCXONC, TIOCSWINSZ, TIOCSCTTY):
        raise SystemCallError(Errno.ENOTTY)
    return 0


def groups(kernel: Kernel, task: Task, request: int, argument: int) -> None:
    """Ask for the terminal's session or foreground process group, or change the latter (tcsetpgrp(3))."""
    if not has_terminal(kernel, task):
        raise SystemCallError(Errno.ENOTTY)
    if request == TIOCSPGRP:
        group = as_signed(task.memory.read_word(argument))
        if group < 0:
            raise SystemCallError(Errno.EINVAL)
        members = [other for other in kernel.processes if other.group == group and other.pid != REAPER]
        if not members:
            raise SystemCallError(Errno.ESRCH)
        if members[0].session != task.process.session:
            raise SystemCallError(Errno.EPERM)
        kernel.system.foreground = group
        kernel.scheduler.wake("foreground")
    else:
        value = kernel.system.foreground if request == TIOCGPGRP else task.process.session
        task.memory.write(argument, WORD.pack(value))
