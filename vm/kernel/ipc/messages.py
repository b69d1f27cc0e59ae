"""Queues of messages with types (msgget(2), msgop(2)). Source: Linux's ipc/msg.c.

A message goes to the first of those who wait for one of its type, and into the queue if there is nobody. Who waits for
room tries again when there may be some.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from vm.abi import NANOSECONDS, Errno
from vm.abi.ipc import MSGMNB, MSGMNI, MessageFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import User
from vm.kernel.ipc.permissions import Identifiers, Owned
from vm.kernel.ipc.storage import MessageStorage
from vm.kernel.process.requests import Request
from vm.kernel.process.task import Task
from vm.kernel.system import Part, System
from vm.values import dataclass

_NO_ERROR, _EXCEPT = int(MessageFlag.MSG_NOERROR), int(MessageFlag.MSG_EXCEPT)
MOST = 0x7FFF_FFFF
"""The highest type."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: its type, which is positive, and its bytes."""

    type: int
    text: bytes


@dataclass(slots=True, eq=False)
class Sending(Request):
    """A message that waits for room."""

    message: Message = field(kw_only=True)


@dataclass(slots=True, eq=False)
class Reception(Request):
    """A message that is waited for: its type as msgrcv(2) takes it, the bytes there is room for, and flags.

    ``message`` is what was found.
    """

    wanted: int = field(kw_only=True)
    size: int = field(kw_only=True)
    flags: int = field(kw_only=True)
    message: Message | None = None

    def matches(self, message: Message) -> bool:
        """Tell whether the type of a message is one that is wanted."""
        if self.wanted == 0:
            return True
        if self.wanted < 0:
            return message.type <= min(-self.wanted, MOST)
        return (message.type == self.wanted) != bool(self.flags & _EXCEPT)

    def fits(self, message: Message) -> bool:
        """Tell whether there is room for a message, or for as much of it as is wanted."""
        return len(message.text) <= self.size or bool(self.flags & _NO_ERROR)


class MessageQueue(Owned):
    """Messages in the order in which they were sent. ``size`` counts their bytes, of which there is ``room`` for some.

    ``sender`` and ``receiver`` are the processes that sent and received the last. ``sent``, ``received`` and
    ``changed`` are times in seconds since 1970, 0 before the first.
    """

    _follow: ClassVar[tuple[str, ...]] = ("messages", "_system")

    def __init__(self, system: System, key: int, mode: int, who: User) -> None:
        super().__init__(key, mode, who)
        self._system = system
        self.messages: list[Message] = []
        self.size = 0
        self.room = MSGMNB
        self.sender = self.receiver = 0
        self.sent = self.received = 0
        self.changed = self._now

    @property
    def _now(self) -> int:
        return self._system.clock.time_of_day // NANOSECONDS

    @property
    def _storage(self) -> MessageStorage:
        return self._system.part(MessageStorage)

    @property
    def senders(self) -> tuple[object, ...]:
        """Where those wait who have no room."""
        return ("messages", self.identifier, "room")

    @property
    def receivers(self) -> tuple[object, ...]:
        """Where those wait who have no message."""
        return ("messages", self.identifier, "message")

    def has_room(self, message: Message) -> bool:
        """Tell whether a message can be sent."""
        return self.size + len(message.text) <= self.room and len(self.messages) < self.room

    def send(self, message: Message, pid: int) -> bool:
        """Send a message from process ``pid``; False without room. SystemCallError(ENOMEM)."""
        if not self.has_room(message):
            return False
        if not self._hand_over(message):
            self._storage.take(len(message.text))
            self.messages.append(message)
            self.size += len(message.text)
        self.sender, self.sent = pid, self._now
        return True

    def _hand_over(self, message: Message) -> bool:
        """Give a message to the first who waits for such a one; those whose room is too small for it fail."""
        for task, request in self._waiting():
            if request.matches(message):
                fits = request.fits(message)
                if fits:
                    request.message = message
                    self.receiver, self.received = task.pid, self._now
                self._answer(task, request, 0 if fits else -Errno.E2BIG, self.receivers)
                if fits:
                    return True
        return False

    def _waiting(self) -> Iterator[tuple[Task, Reception]]:
        for task in self._system.scheduler.waiting(*self.receivers):
            if isinstance(task.request, Reception):
                yield task, task.request

    def _answer(self, task: Task, request: Request, outcome: int, channel: tuple[object, ...]) -> None:
        request.outcome = outcome
        self._system.scheduler.unblock(task, *channel)

    def receive(self, request: Reception, pid: int) -> bool:
        """Find the message that process ``pid`` wants, and take it out of the queue; False when there is none.

        SystemCallError(E2BIG) when there is not room enough for it.
        """
        found = self._find(request)
        if found is None:
            return False
        if not request.fits(found):
            raise SystemCallError(Errno.E2BIG)
        self.messages.remove(found)
        self._storage.give(len(found.text))
        self.size -= len(found.text)
        request.message = found
        self.receiver, self.received = pid, self._now
        self.wake_senders()
        return True

    def copy_at(self, index: int, request: Reception) -> bool:
        """Find the message at a place of the queue, which stays there (MSG_COPY); False when there is none.

        SystemCallError: E2BIG when there is not room enough for it, EINVAL when a part of it would do.
        """
        if not 0 <= index < len(self.messages):
            return False
        request.message = self.messages[index]
        if len(request.message.text) > request.size:
            raise SystemCallError(Errno.EINVAL if request.flags & _NO_ERROR else Errno.E2BIG)
        return True

    def _find(self, request: Reception) -> Message | None:
        """Return the first message that is wanted: with a negative type the first of the lowest type."""
        matching = (message for message in self.messages if request.matches(message))
        return (
            min(matching, key=lambda message: message.type, default=None)
            if request.wanted < 0
            else next(matching, None)
        )

    def wake_senders(self) -> None:
        """Let those try again for whose message there is room."""
        for task in self._system.scheduler.waiting(*self.senders):
            if isinstance(task.request, Sending) and self.has_room(task.request.message):
                self._system.scheduler.unblock(task, *self.senders)

    def change(self, room: int) -> None:
        """There is other room now, and permissions may be others: who waits has to look again (IPC_SET)."""
        self.room, self.changed = room, self._now
        self._system.scheduler.wake(*self.receivers)
        self.wake_senders()

    def discard(self) -> None:
        """Give up all messages, and let all who wait fail with EIDRM."""
        for channel in (self.receivers, self.senders):
            for task in self._system.scheduler.waiting(*channel):
                if task.request is not None:
                    self._answer(task, task.request, -Errno.EIDRM, channel)
        for message in self.messages:
            self._storage.give(len(message.text))
        self.messages.clear()


class MessageQueues(Part):
    """All queues of a machine."""

    _follow: ClassVar[tuple[str, ...]] = ("queues",)

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.queues: Identifiers[MessageQueue] = Identifiers(MSGMNI)

    def find_or_make(self, key: int, flags: int, who: User) -> int:
        """Return the identifier of a queue (msgget(2)). Raises SystemCallError."""

        def make() -> MessageQueue:
            self.queues.demand_room()
            return MessageQueue(self.system, key, flags, who)

        return self.queues.find_or_make(key, flags, who, make, lambda found: True)

    def remove(self, gone: MessageQueue) -> None:
        """Remove a queue (IPC_RMID)."""
        gone.discard()
        self.queues.remove(gone)
