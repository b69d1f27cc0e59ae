"""Signals that wait, as an open file (signalfd(2)). Source: Linux's fs/signalfd.c."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import SI_KERNEL, Errno, OpenFlag, Poll, Signal
from vm.abi.notification import SignalRecord
from vm.abi.structures import ChildFields, FaultFields, SentFields
from vm.abi.timers import SI_TIMER, TimerFields
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.process.task import Task
from vm.kernel.signals import taking
from vm.kernel.signals.state import SignalInfo, set_of
from vm.kernel.system import System

_FAULTS = set_of((Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP))


def record(info: SignalInfo) -> bytes:
    """Return what a read gets of a signal: those fields of its siginfo_t that its code gives a meaning."""
    data, code = info.fields.ljust(ChildFields.SIZE, b"\0"), info.code
    sent, given = SentFields.unpack(data), {}
    value = {"ssi_int": sent.si_value - ((sent.si_value & 0x8000_0000) << 1), "ssi_ptr": _extended(sent.si_value)}
    if code == SI_TIMER:
        timer = TimerFields.unpack(data)
        given = {"ssi_tid": timer.si_timerid & 0xFFFF_FFFF, "ssi_overrun": timer.si_overrun & 0xFFFF_FFFF, **value}
    elif 0 < code < SI_KERNEL and info.signal == Signal.SIGCHLD:
        _, _, status, user, system = ChildFields.unpack(data)
        given = {"ssi_status": status, "ssi_utime": user, "ssi_stime": system}
    elif 0 < code < SI_KERNEL and _FAULTS >> info.signal - 1 & 1:
        given = {"ssi_addr": _extended(FaultFields.unpack(data).si_addr)}
    elif code < 0:
        given = value
    if code != SI_TIMER and "ssi_addr" not in given:
        given |= {"ssi_pid": sent.si_pid & 0xFFFF_FFFF, "ssi_uid": sent.si_uid}
    return SignalRecord.pack(ssi_signo=info.signal, ssi_errno=info.error, ssi_code=code, **given)


def _extended(word: int) -> int:
    """A pointer as a number of 64 bits, as C makes it: by way of a long."""
    return word | 0xFFFF_FFFF_0000_0000 if word & 0x8000_0000 else word


class SignalFile(OpenFile):
    """The signals of ``mask`` that wait for whoever reads."""

    _follow: ClassVar[tuple[str, ...]] = ("_system",)

    is_message = True

    def __init__(self, inode: Inode, flags: int, mask: int, system: System) -> None:
        super().__init__(inode, flags | OpenFlag.O_RDWR, b"anon_inode:[signalfd]")
        self.mask = mask
        self._system = system

    @property
    def _reader(self) -> Task:
        task = self._system.running
        assert task is not None, "somebody reads while nobody runs"
        return task

    def peek(self, size: int) -> bytes | WouldBlock:
        """Take the signals that there is room for, and return their records: who cannot store them has lost them."""
        if size < SignalRecord.SIZE:
            raise SystemCallError(Errno.EINVAL)
        taken: list[bytes] = []
        while len(taken) < size // SignalRecord.SIZE:
            info = taking.take(self._system, self._reader, self.mask)
            if info is None:
                break
            taken.append(record(info))
        return b"".join(taken) if taken else WouldBlock(self.channels(0)[0], "a signal of a set")

    def seek(self, offset: int, whence: int) -> int:
        """Stay at 0."""
        return 0

    def poll(self) -> int:
        """Readable while a signal waits."""
        return Poll.POLLIN if self._reader.signals.pending & self.mask else 0

    def channels(self, events: int) -> tuple[Channel, ...]:
        """All signals of the process are announced, to whichever thread they were sent."""
        return (("signalled", self._reader.pid),)
