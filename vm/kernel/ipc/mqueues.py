"""POSIX message queues (mq_overview(7)): files of a tree of their own. Source: Linux's ipc/mqueue.c.

A message goes to the first who waits for one, and into the queue if there is nobody. Who receives one makes room, into
which the message goes of the first who waits to send.
"""

from __future__ import annotations

import stat
from collections import deque
from dataclasses import field
from typing import ClassVar

from vm.abi import Errno, Poll
from vm.abi.queues import (
    COOKIE_REMOVED,
    FILE_SIZE,
    HARD_MSG_MAX,
    HARD_MSGSIZE_MAX,
    MESSAGE_SIZE,
    MQ_PRIO_MAX,
    MQUEUE_MAGIC,
    MSG_DEFAULT,
    MSG_MAX,
    MSGSIZE_DEFAULT,
    MSGSIZE_MAX,
    NODE_SIZE,
    QUEUES_MAX,
    MqAttr,
)
from vm.abi.timers import Notify, Sigevent
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, Descriptors, Positioned, Wake
from vm.kernel.files.vfs import Inode, User
from vm.kernel.ipc.storage import MessageStorage
from vm.kernel.net.netlink import NetlinkSocket
from vm.kernel.process.requests import Request
from vm.kernel.process.scheduler import Scheduler
from vm.kernel.process.task import Task
from vm.kernel.system import Part, System
from vm.values import dataclass


@dataclass(slots=True, eq=False)
class Posting(Request):
    """A message with a priority that waits for room."""

    priority: int = field(kw_only=True)
    text: bytes = field(kw_only=True)


@dataclass(slots=True, eq=False)
class Taking(Request):
    """A message that is waited for; its ``priority`` and ``text`` once it is there."""

    priority: int = 0
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Registration:
    """Process ``pid``, which has descriptors ``table``, wants to be told of the next message as ``event`` says.

    With SIGEV_THREAD it has a thread at ``socket``, to which ``cookie`` goes with what has happened.
    """

    _follow: ClassVar[tuple[str, ...]] = ("table", "socket")

    pid: int
    table: Descriptors
    event: Sigevent
    socket: NetlinkSocket | None = None
    cookie: bytes = b""

    def tell_thread(self, what: int, wake: Wake) -> None:
        """Tell the thread, where there is one."""
        if self.socket is not None:
            self.socket.hear(self.cookie[:-1] + bytes([what]), wake)


class QueueFile(Inode):
    """A queue of at most ``most`` messages of at most ``longest`` bytes; ``count`` are in it, by priority.

    ``registration``: who wants to be told of the next message.
    """

    _follow: ClassVar[tuple[str, ...]] = ("messages", "registration", "_queues")

    def __init__(self, queues: PosixQueues, mode: int, who: User, payer: int, most: int, longest: int) -> None:
        super().__init__(queues.filesystem, stat.S_IFREG | mode & 0o7777, who)
        self.most = most
        self.longest = longest
        self.messages: dict[int, deque[bytes]] = {}
        self.count = 0
        self.registration: Registration | None = None
        self._payer = payer
        self._queues = queues

    @property
    def size(self) -> int:
        """Bytes that stat(2) tells of any queue."""
        return FILE_SIZE

    @property
    def stored(self) -> int:
        """Bytes of all messages in it."""
        return sum([len(text) for texts in self.messages.values() for text in texts])

    def channel(self, kind: str) -> Channel:
        """Where those wait who want a "message" or a "place", or for data or room to read or write ("in", "out")."""
        return ("mqueue", self.number, kind)

    def post(self, priority: int, text: bytes) -> bool:
        """Send a message, for which there must be room. Return True when it is the only one in the queue.

        Raises SystemCallError(ENOMEM).
        """
        assert self.count < self.most, "no room for a message"
        self.touch(modified=True)
        for task in self._scheduler.waiting(*self.channel("message")):
            if isinstance(task.request, Taking):
                task.request.priority, task.request.text = priority, text
                self._grant(task, task.request, "message")
                return False
        self._storage.take(len(text))
        self._insert(priority, text)
        self._scheduler.wake(*self.channel("in"))
        return self.count == 1

    def take(self) -> tuple[int, bytes]:
        """Return the priority and the bytes of the first message of the highest priority, which there must be.

        It is out of the queue then.
        """
        assert self.count, "no message"
        priority = max(self.messages)
        text = self.messages[priority].popleft()
        if not self.messages[priority]:
            del self.messages[priority]
        self.count -= 1
        self._storage.give(len(text))
        self.touch(modified=True)
        for task in self._scheduler.waiting(*self.channel("place")):
            if isinstance(task.request, Posting):
                self._storage.keep(len(task.request.text))
                self._insert(task.request.priority, task.request.text)
                self._grant(task, task.request, "place")
                return priority, text
        self._scheduler.wake(*self.channel("out"))
        return priority, text

    def _insert(self, priority: int, text: bytes) -> None:
        self.messages.setdefault(priority, deque()).append(text)
        self.count += 1

    @property
    def _scheduler(self) -> Scheduler:
        return self._queues.system.scheduler

    @property
    def _storage(self) -> MessageStorage:
        return self._queues.system.part(MessageStorage)

    def _grant(self, task: Task, request: Request, kind: str) -> None:
        request.outcome = 0
        self._scheduler.unblock(task, *self.channel(kind))

    def parted_from(self, owner: object) -> None:
        """Tell a process no more of messages: it has closed a descriptor of the queue."""
        if self.registration is not None and self.registration.table is owner:
            registration, self.registration = self.registration, None
            registration.tell_thread(COOKIE_REMOVED, self._scheduler.wake)

    def discard(self) -> None:
        """Give up all messages: no name and no descriptor is left."""
        for texts in self.messages.values():
            for text in texts:
                self._storage.give(len(text))
        self.messages.clear()
        self._queues.forget(self._payer, self.most, self.longest)


class OpenQueue(Positioned):
    """An open queue. What is read from it tells about it; messages come by calls of their own."""

    _follow: ClassVar[tuple[str, ...]] = ("queue",)

    def __init__(self, inode: QueueFile, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.queue = inode

    @property
    def can_poll(self) -> bool:
        """A queue is not always ready."""
        return True

    def peek(self, size: int) -> bytes:
        """Return what is told about it."""
        return self.read_at(self.offset, size)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes of the messages in it, and who is told of the next."""
        who = self.queue.registration
        how, signal, pid = (who.event.sigev_notify, who.event.sigev_signo, who.pid) if who is not None else (0, 0, 0)
        signal = signal if how == Notify.SIGEV_SIGNAL else 0
        text = f"QSIZE:{self.queue.stored:<10} NOTIFY:{how:<5} SIGNO:{signal:<5} NOTIFY_PID:{pid:<6}\n"
        return text.encode()[: FILE_SIZE - 1][offset : offset + size]

    def poll(self) -> int:
        """Readable while there is a message, and writable while there is room for one."""
        bits = Poll.POLLIN | Poll.POLLRDNORM if self.queue.count else 0
        return bits | (Poll.POLLOUT | Poll.POLLWRNORM if self.queue.count < self.queue.most else 0)

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Both are announced."""
        return self.queue.channel("in"), self.queue.channel("out")


class PosixQueues(Part):
    """The queues of a machine by name, and the bytes that count for each user (RLIMIT_MSGQUEUE)."""

    _follow: ClassVar[tuple[str, ...]] = ("filesystem", "names", "charges")

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.filesystem = system.world.new_filesystem("mqueue", MQUEUE_MAGIC)
        self.names: dict[bytes, QueueFile] = {}
        self.charges: dict[int, int] = {}
        self.count = 0

    def make(self, name: bytes, mode: int, task: Task, wanted: MqAttr | None, limit: int) -> QueueFile:
        """Make a queue with these attributes, which ``limit`` bytes at most are for. Raises SystemCallError."""
        who, payer = task.user, task.uid
        if self.count >= QUEUES_MAX and not who.is_privileged:
            raise SystemCallError(Errno.ENOSPC)
        most, longest = (wanted.mq_maxmsg, wanted.mq_msgsize) if wanted is not None else (MSG_DEFAULT, MSGSIZE_DEFAULT)
        highest = (HARD_MSG_MAX, HARD_MSGSIZE_MAX) if who.is_privileged else (MSG_MAX, MSGSIZE_MAX)
        if not 0 < most <= highest[0] or not 0 < longest <= highest[1]:
            raise SystemCallError(Errno.EINVAL)
        if charge_of(most, longest) >> 32:
            raise SystemCallError(Errno.EOVERFLOW)
        charge = self.charges.get(payer, 0) + charge_of(most, longest)
        if charge > limit:
            raise SystemCallError(Errno.EMFILE)
        self.charges[payer] = charge
        self.count += 1
        made = self.names[name] = QueueFile(self, mode, who, payer, most, longest)
        return made

    def remove(self, name: bytes, who: User) -> None:
        """Take a name away (mq_unlink(3)). SystemCallError: ENOENT, EPERM for another's queue."""
        queue = self.names.get(name)
        if queue is None:
            raise SystemCallError(Errno.ENOENT)
        if not queue.is_owned_by(who):
            raise SystemCallError(Errno.EPERM)
        del self.names[name]
        queue.unlinked()

    def forget(self, payer: int, most: int, longest: int) -> None:
        """A queue with these attributes is gone."""
        self.count -= 1
        self.charges[payer] -= charge_of(most, longest)
        if not self.charges[payer]:
            del self.charges[payer]


def charge_of(most: int, longest: int) -> int:
    """Return the bytes that a queue counts for, whatever is in it (mqueue_get_inode in Linux)."""
    return most * longest + most * MESSAGE_SIZE + min(most, MQ_PRIO_MAX) * NODE_SIZE
