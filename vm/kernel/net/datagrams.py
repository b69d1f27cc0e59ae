"""AF_UNIX sockets that keep messages, and those that send them without a connection (unix(7))."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.sockets import DATAGRAMS_LIMIT, SOCK_SEQPACKET
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, Wake, WouldBlock
from vm.kernel.net.packets import DATAGRAM_HEAD, Packet, Taken, cost_of
from vm.kernel.net.sockets import RECEIVES, SENDS, Sent, State
from vm.kernel.net.unix import WRITABLE, UnixSocket


class UnixMessages(UnixSocket):
    """A socket that keeps messages: of datagrams, or of packets in sequence."""

    keeps_messages = True

    def check_size(self, size: int) -> None:
        """SystemCallError(EMSGSIZE) for a message that is too long for the send buffer."""
        if size > self.outgoing.size - 32:
            raise SystemCallError(Errno.EMSGSIZE)

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return the first message."""
        self.raise_error()
        if self.inbox.packets:
            return self.inbox.first(size)
        if self.shut & RECEIVES and (self.kind == SOCK_SEQPACKET or not self.must_not_wait(flags)):
            return Taken(b"", 0)
        return self.wait("data", "a message at", self.receive_patience)

    def take(self, count: int, wake: Wake) -> None:
        """Take the first message out."""
        super().take(count, wake)
        wake("socket", self.number, "space")

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send a message to the one it is connected to."""
        if self.peer is None:
            raise SystemCallError(Errno.ENOTCONN)
        return self.send_to(self.peer, data, flags, sent, wake)

    def send_to(self, other: UnixSocket, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send a message to ``other``. Raises SystemCallError."""
        self.check_size(len(data))
        self.raise_error()
        if self.shut & SENDS:
            raise SystemCallError(Errno.EPIPE)
        if not self.outgoing.has_room:
            return self.wait("room", "room in", self.send_patience)
        if other.peer is not None and other.peer is not self:
            raise SystemCallError(Errno.EPERM)
        if other.is_dead:
            self.lost(wake)
            raise SystemCallError(Errno.ECONNREFUSED)
        if other.shut & RECEIVES:
            raise SystemCallError(Errno.EPIPE)
        if not self.may_join(other):
            return other.wait("space", "room for a message at", self.send_patience)
        who = self.told_of(other, sent, flags)
        cost = cost_of(len(data), DATAGRAM_HEAD)
        other.inbox.put(Packet(data, self.outgoing, cost, self.address, who, sent.rights), sent.limit)
        wake("socket", other.number, "data")
        return len(data)

    def may_join(self, other: UnixSocket) -> bool:
        """Tell whether a message may wait at ``other``: as many do as one's own partner sends, some of the others."""
        return other is self or other.peer is self or len(other.inbox.packets) <= DATAGRAMS_LIMIT

    def lost(self, wake: Wake) -> None:
        """The one that it is connected to is dead."""


class UnixDatagrams(UnixMessages):
    """A socket of type SOCK_DGRAM."""

    has_new_channels = True

    def connect(self, other: UnixSocket | None, wake: Wake) -> None:
        """Choose where messages go, and from whom they may come; None for nobody. Raises SystemCallError(EPERM)."""
        if other is not None and other.peer is not None and other.peer is not self:
            raise SystemCallError(Errno.EPERM)
        before, self.peer = self.peer, other
        self.state = State.ALONE if other is None else State.CONNECTED
        if before is not None and before is not other:
            self._leave(before, wake)

    def _leave(self, before: UnixSocket, wake: Wake) -> None:
        """Messages that came from another than the new partner are lost, which the old one is told."""
        if self.inbox.packets:
            self.inbox.clear(wake)
            if not before.is_dead and before.peer is self:
                before.fail(Errno.ECONNRESET, wake)
        wake("socket", before.number, "space")

    def lost(self, wake: Wake) -> None:
        """Be connected to nobody."""
        self.connect(None, wake)

    def shut_down(self, how: int, wake: Wake) -> None:
        """shutdown(2): those who wait to send here look again."""
        super().shut_down(how, wake)
        wake("socket", self.number, "space")

    def poll(self) -> int:
        """What unix_dgram_poll says: no room where the partner takes no more."""
        bits = super().poll()
        if bits & WRITABLE and self.peer is not None and not self.may_join(self.peer):
            bits &= ~WRITABLE
        return bits

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Return where changes are announced, room in the partner's queue among them."""
        found = super().channels(events)
        is_asked = self.peer is not None and events & WRITABLE
        return (*found, ("socket", self.peer.number, "space")) if is_asked and self.peer is not None else found
