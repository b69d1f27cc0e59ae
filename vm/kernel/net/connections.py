"""AF_UNIX sockets that are connected before they talk: streams, and packets in sequence."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import ClassVar

from vm.abi import Errno, Poll
from vm.abi.sockets import SHUT_RD, SHUT_RDWR, SHUT_WR, SOMAXCONN
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.opened import OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.net.datagrams import UnixMessages
from vm.kernel.net.names import Names
from vm.kernel.net.packets import STREAM_HEAD, Packet, Taken, Totals, cost_of
from vm.kernel.net.sockets import BOTH, RECEIVES, SENDS, Sent, State
from vm.kernel.net.unix import READABLE, UnixSocket

PIECE = STREAM_HEAD + (32 << 10)
"""Bytes of a stream that make one packet at most (net/unix/af_unix.c, UNIX_SKB_FRAGS_SZ)."""
_OPPOSITE = {SHUT_RD: SENDS, SHUT_WR: RECEIVES, SHUT_RDWR: BOTH}


class Conversation(UnixSocket):
    """A socket that is connected, or listens. ``pending`` are connections that it has not accepted, ``backlog`` of them
    and one more at most. ``listener`` is where a new end of a connection waits.
    """

    _follow: ClassVar[tuple[str, ...]] = ("pending", "listener")

    def __init__(self, inode: Inode, kind: int, totals: Totals, names: Names[UnixSocket]) -> None:
        super().__init__(inode, kind, totals, names)
        self.backlog = 0
        self.pending: deque[Conversation] = deque()
        self.listener: Conversation | None = None

    @property
    def is_embryo(self) -> bool:
        """True for the end of a connection that nobody has accepted."""
        return self.listener is not None

    def listen(self, backlog: int, who: Who) -> None:
        """listen(2)."""
        if not self.address.name or self.state not in (State.ALONE, State.LISTENING):
            raise SystemCallError(Errno.EINVAL)
        self.backlog = backlog if 0 <= backlog < SOMAXCONN else SOMAXCONN
        self.state, self.who, self.peer_who = State.LISTENING, who, who

    def connect(
        self, other: UnixSocket, who: Who, new: Callable[[], Conversation], wake: Wake
    ) -> WouldBlock | None:  # fmt: skip
        """Connect to ``other``: its end of the connection is a ``new`` one, which waits there to be accepted.

        Raises SystemCallError.
        """
        if not isinstance(other, Conversation) or other.state is not State.LISTENING or other.shut & RECEIVES:
            raise SystemCallError(Errno.ECONNREFUSED)
        if len(other.pending) > other.backlog:
            return other.wait("space", "a connection to", self.send_patience)
        if self.state is not State.ALONE:
            raise SystemCallError(Errno.EISCONN if self.state is State.CONNECTED else Errno.EINVAL)
        end = new()
        end.passes_credentials = other.passes_credentials
        end.peer, end.who, end.peer_who, end.state = self, other.who, who, State.CONNECTED
        end.address, end.listener = other.address, other
        self.peer, self.who, self.peer_who, self.state = end, who, other.who, State.CONNECTED
        other.pending.append(end)
        wake("socket", other.number, "data")
        wake("socket", self.number, "room")
        return None

    def accept(self, wake: Wake) -> Conversation | WouldBlock:
        """Return the first of the connections that wait."""
        if self.state is not State.LISTENING:
            raise SystemCallError(Errno.EINVAL)
        self.raise_error()
        if not self.pending:
            if self.shut & RECEIVES:
                raise SystemCallError(Errno.EINVAL)
            return self.wait("data", "a connection to", self.receive_patience)
        end = self.pending.popleft()
        end.listener = None
        wake("socket", self.number, "space")
        return end

    def shut_down(self, how: int, wake: Wake) -> None:
        """shutdown(2): the other end has the opposite direction shut."""
        super().shut_down(how, wake)
        if self.peer is not None:
            self.peer.shut |= _OPPOSITE[how]
            self.peer.announce(wake)
        wake("socket", self.number, "space")

    def poll(self) -> int:
        """What unix_poll says: a listener is readable while connections wait, one that is alone has hung up."""
        bits = super().poll()
        if self.pending:
            bits |= READABLE
        return bits | Poll.POLLHUP if self.state is State.ALONE else bits

    def carried(self) -> Iterable[OpenFile]:
        """Return the open files in the messages that wait here, and at the connections that nobody has accepted."""
        yield from super().carried()
        for end in self.pending:
            yield from end.carried()

    def unload(self, wake: Wake) -> None:
        """Drop every message that waits here, or at a connection that nobody has accepted."""
        super().unload(wake)
        for end in self.pending:
            end.unload(wake)

    def closed(self, wake: Wake) -> None:
        """Hang up: the other end gets ECONNRESET where something was not read or accepted."""
        peer = self.peer
        if peer is not None and not peer.is_dead:
            if self.inbox.packets or self.is_embryo:
                peer.error = Errno.ECONNRESET
            peer.shut = BOTH
            peer.announce(wake)
        while self.pending:
            self.pending.popleft().closed(wake)
        super().closed(wake)


class UnixStream(Conversation):
    """A socket of type SOCK_STREAM."""

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return bytes that are there, also when the other end is gone."""
        if self.state is not State.CONNECTED:
            raise SystemCallError(Errno.EINVAL)
        if self.inbox.packets:
            return self.inbox.joined(size, by_sender=self.passes_credentials)
        self.raise_error()
        if self.shut & RECEIVES:
            return Taken(b"", 0)
        return self.wait("data", "data at", self.receive_patience)

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send some of ``data``."""
        peer = self.peer
        if peer is None:
            raise SystemCallError(Errno.ENOTCONN)
        if self.shut & SENDS or peer.is_dead or peer.shut & RECEIVES:
            raise SystemCallError(Errno.EPIPE)
        if not data:
            return 0
        self.raise_error()
        if not self.outgoing.has_room:
            return self.wait("room", "room in", self.send_patience)
        piece = data[: min(PIECE, self.outgoing.size // 2 - 64)]
        who = self.told_of(peer, sent, flags)
        cost = cost_of(len(piece), STREAM_HEAD)
        peer.inbox.put(Packet(piece, self.outgoing, cost, self.address, who, sent.rights), sent.limit)
        wake("socket", peer.number, "data")
        return len(piece)


class UnixSequence(Conversation, UnixMessages):
    """A socket of type SOCK_SEQPACKET."""

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return the first message."""
        if self.state is not State.CONNECTED:
            raise SystemCallError(Errno.ENOTCONN)
        return super().look(size, flags)

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send a message."""
        self.raise_error()
        if self.state is not State.CONNECTED:
            raise SystemCallError(Errno.ENOTCONN)
        return super().send(data, flags, sent, wake)
