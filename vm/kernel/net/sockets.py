"""Sockets as open files: what those of all families have in common (socket(7))."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import ClassVar

from vm.abi import Errno, OpenFlag, Poll
from vm.abi.sockets import POLLWRBAND, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_DGRAM, Message
from vm.enums import quick
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Endpoint, Who
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.net import interfaces
from vm.kernel.net.addresses import Address
from vm.kernel.net.packets import BUFFER, SOCKETS_IN_ALL, Buffer, Inbox, Taken, Totals
from vm.kernel.net.rights import Carrier, Rights
from vm.memory import AddressSpace
from vm.values import dataclass

RECEIVES, SENDS = 1, 2
"""Bits of what a socket does no more (shutdown(2))."""
BOTH = RECEIVES | SENDS
LINGER_NOT = 1
"""How SO_LINGER is kept that resets a connection at a close: one more than its seconds; 0 while it is off."""


_ROOM = Poll.POLLOUT | Poll.POLLWRNORM | POLLWRBAND
"""What poll(2) says of room."""


@quick
class State(Enum):
    """What a socket is."""

    ALONE = "neither connected nor listening"
    LISTENING = "listening"
    CONNECTING = "on its way to another"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class Sent:
    """What one call sends: by whom, with which open files, of which its user may have ``limit`` on their way."""

    _follow: ClassVar[tuple[str, ...]] = ("rights",)

    who: Who
    rights: Rights | None = None
    limit: int = 0


class Socket(Endpoint, Carrier):
    """A socket. ``number`` is that of its inode, ``kind`` its type, ``shut`` what it does no more.

    ``error`` is what happened to it since a program was told. ``outgoing`` is its send buffer, ``incoming`` the receive
    buffer. ``receive_patience`` and ``send_patience``: nanoseconds for which a call waits at most, 0 for ever.
    ``least``: bytes that a receive waits for (SO_RCVLOWAT). ``options`` are those that only have a value, by level and
    number.
    """

    _follow: ClassVar[tuple[str, ...]] = ("inbox", "outgoing", "incoming", "options", "totals")

    family: ClassVar[int]

    def __init__(self, inode: Inode, kind: int, protocol: int, totals: Totals) -> None:
        super().__init__(inode, OpenFlag.O_RDWR, b"socket:[%d]" % inode.number)
        if totals.sockets >= SOCKETS_IN_ALL:
            raise SystemCallError(Errno.ENFILE)
        totals.sockets += 1
        self.totals = totals
        self.number = inode.number
        self.kind = kind
        self.protocol = protocol
        self.state = State.ALONE
        self.shut = 0
        self.error = 0
        self.is_dead = False
        self.inbox = Inbox(totals)
        self.outgoing = Buffer(self.number, BUFFER)
        self.incoming = Buffer(self.number, BUFFER)
        self.receive_patience = self.send_patience = 0
        self.least = 1
        self.passes_credentials = False
        self.options: dict[tuple[int, int], int] = {}

    # --- what those of each kind say for themselves ---------------------------------------------------------------

    def name(self) -> Address:
        """Return its own address."""
        raise NotImplementedError

    def peer_name(self) -> Address:
        """Return the address of the one it is connected to. Raises SystemCallError(ENOTCONN)."""
        raise NotImplementedError

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return what a receive of ``size`` bytes gets that is here; nothing at the end. Raises SystemCallError.

        ``flags`` are those of recv(2).
        """
        raise NotImplementedError

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send some of ``data``, or all of a message, to the one it is connected to. Raises SystemCallError."""
        raise NotImplementedError

    def check_size(self, size: int) -> None:
        """SystemCallError(EMSGSIZE) for a message that is too long for the send buffer."""

    def listen(self, backlog: int, who: Who) -> None:
        """listen(2) by ``who``. Raises SystemCallError."""
        raise SystemCallError(Errno.ENOTSUP)

    def accept(self, wake: Wake) -> Socket | WouldBlock:
        """Return the first of the connections that wait. Raises SystemCallError."""
        raise SystemCallError(Errno.ENOTSUP)

    @property
    def has_ended(self) -> bool:
        """True when nothing more comes: an end, or an error."""
        return bool(self.error or self.shut & RECEIVES)

    def must_not_wait(self, flags: int) -> bool:
        """Tell whether a call with these flags of its own gives up where it would have to wait."""
        return bool(flags & Message.MSG_DONTWAIT or self.flags & OpenFlag.O_NONBLOCK)

    # --- what they share ------------------------------------------------------------------------------------------

    def wait(self, what: str, why: str, patience: int) -> WouldBlock:
        """Return a wait for a change of this socket."""
        return WouldBlock(("socket", self.number, what), f"{why} socket {self.number}", patience)

    def take(self, count: int, wake: Wake) -> None:
        """Take the first ``count`` bytes out that wait here, or the first message."""
        if not self.keeps_messages:
            self.inbox.take(count, wake)
        elif self.inbox.packets:
            self.inbox.drop(wake)

    def raise_error(self) -> None:
        """Raise what happened to the socket as SystemCallError, once."""
        error, self.error = self.error, 0
        if error:
            raise SystemCallError(Errno(error))

    def announce(self, wake: Wake) -> None:
        """Whoever waits for anything here has to look again."""
        wake("socket", self.number, "data")
        wake("socket", self.number, "room")

    def fail(self, error: Errno, wake: Wake) -> None:
        """Let the next call that asks fail with ``error``."""
        self.error = error
        self.announce(wake)

    def shut_down(self, how: int, wake: Wake) -> None:
        """shutdown(2), of a direction that is checked. Raises SystemCallError."""
        self.shut |= {SHUT_RD: RECEIVES, SHUT_WR: SENDS, SHUT_RDWR: BOTH}[how]
        self.announce(wake)

    # --- as open files --------------------------------------------------------------------------------------------

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return what a read gets."""
        taken = self.look(size, 0)
        return taken if isinstance(taken, WouldBlock) else taken.data

    def advance(self, size: int, wake: Wake) -> None:
        """Take out what a read got; open files that came with it are closed."""
        self.take(size, wake)

    def sending(self, who: Who, flags: int = 0, sent: Sent | None = None) -> Delivery:
        """Return what a call writes to that sends."""
        return Delivery(self, flags, sent or Sent(who))

    @property
    def waiting(self) -> int:
        """Bytes that wait here, of a datagram alone. Raises SystemCallError(EINVAL) for one that listens."""
        if self.state is State.LISTENING:
            raise SystemCallError(Errno.EINVAL)
        packets = self.inbox.packets
        return self.inbox.held if self.kind != SOCK_DGRAM else len(packets[0].data) if packets else 0

    def control(self, memory: AddressSpace, request: int, argument: int) -> int:
        """Tell of the interfaces. Raises SystemCallError."""
        return interfaces.control(self.family, memory, request, argument)

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Return where data and room are announced, an end or an error on both."""
        kinds = [kind for kind, bits in (("data", ~_ROOM), ("room", _ROOM)) if events & bits] or ["data"]
        return tuple([("socket", self.number, kind) for kind in kinds])

    def carried(self) -> Iterable[OpenFile]:
        """Return the open files in the messages that wait here."""
        return (file for packet in self.inbox.packets if packet.rights for file in packet.rights.files)

    def unload(self, wake: Wake) -> None:
        """Drop every message that waits here."""
        self.inbox.clear(wake)

    def stranded(self, wake: Wake) -> None:
        """Look for sockets that only they themselves refer to."""
        self.totals.flights.note_stranded(wake)

    def closed(self, wake: Wake) -> None:
        """Drop what waits here; those who talk to it are told by those who know them."""
        self.is_dead = True
        self.totals.sockets -= 1
        self.inbox.clear(wake)
        super().closed(wake)


class Delivery:
    """One call that sends through ``socket``, by ``write`` where it says to whom."""

    def __init__(
        self, socket: Socket, flags: int, sent: Sent, write: Callable[[bytes, Wake], int | WouldBlock] | None = None
    ) -> None:
        self._send = write
        self._socket = socket
        self._message_flags = flags
        self._sent = sent
        self.flags = socket.flags | (OpenFlag.O_NONBLOCK if flags & Message.MSG_DONTWAIT else 0)
        self.is_quiet = bool(flags & Message.MSG_NOSIGNAL)

    def check_size(self, size: int) -> None:
        """SystemCallError(EMSGSIZE) for a message that is too long."""
        self._socket.check_size(size)

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Send some of ``data``, or all of a message; open files go with the first byte. Raises SystemCallError."""
        if self._send is not None:
            return self._send(data, wake)
        taken = self._socket.send(data, self._message_flags, self._sent, wake)
        if not isinstance(taken, WouldBlock) and self._sent.rights is not None:
            self._sent = Sent(self._sent.who)
        return taken
