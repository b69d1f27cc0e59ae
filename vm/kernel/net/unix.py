"""AF_UNIX sockets: their names and partners (unix(7); net/unix/af_unix.c)."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import Errno, Poll
from vm.abi.sockets import AF_UNIX, POLLRDHUP, POLLWRBAND
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.opened import Wake
from vm.kernel.files.vfs import Inode
from vm.kernel.net.addresses import UnixAddress
from vm.kernel.net.names import Names
from vm.kernel.net.packets import Totals
from vm.kernel.net.sockets import BOTH, RECEIVES, Sent, Socket, State

READABLE = Poll.POLLIN | Poll.POLLRDNORM
WRITABLE = Poll.POLLOUT | Poll.POLLWRNORM | POLLWRBAND


EXPLICIT = 1 << 32
"""Beside the flags of a send: its credentials were given with the message."""


class UnixSocket(Socket):
    """An AF_UNIX socket. ``peer`` is the one that it is connected to, also once that is dead.

    ``address`` is its name, ``node`` the inode of one in the file system. ``who`` is the process that connected it or
    lets it listen, ``peer_who`` that of its peer.
    """

    _follow: ClassVar[tuple[str, ...]] = ("names", "peer", "node")

    family = AF_UNIX

    def __init__(self, inode: Inode, kind: int, totals: Totals, names: Names[UnixSocket]) -> None:
        super().__init__(inode, kind, 0, totals)
        self.names = names
        self.address = UnixAddress()
        self.node: Inode | None = None
        self.peer: UnixSocket | None = None
        self.who: Who | None = None
        self.peer_who: Who | None = None

    def name(self) -> UnixAddress:
        """Return its name, which may be none."""
        return self.address

    def peer_name(self) -> UnixAddress:
        """Return the name of the one it is connected to. Raises SystemCallError(ENOTCONN)."""
        if self.peer is None:
            raise SystemCallError(Errno.ENOTCONN)
        return self.peer.address

    def bind(self, address: UnixAddress) -> None:
        """Take an abstract name. Raises SystemCallError."""
        self.demand_no_name()
        self.names.take(self.kind, address, self)
        self.address = address

    def bind_node(self, address: UnixAddress, node: Inode) -> None:
        """Take a name in the file system, whose inode was made for it."""
        self.names.settle(node, self)
        self.address, self.node = address, node

    def demand_no_name(self) -> None:
        """SystemCallError(EINVAL) for a socket that has a name already."""
        if self.address.name:
            raise SystemCallError(Errno.EINVAL)

    def bind_any(self) -> None:
        """Take some abstract name, unless it has one. SystemCallError(ENOSPC)."""
        if not self.address.name:
            self.address = self.names.give_any(self.kind, self)

    def pair(self, other: UnixSocket, who: Who) -> None:
        """Connect two new sockets (socketpair(2)), both of ``who``."""
        for one, another in ((self, other), (other, self)):
            one.peer, one.who, one.peer_who, one.state = another, who, who, State.CONNECTED

    def told_of(self, receiver: UnixSocket, sent: Sent, flags: int) -> Who | None:
        """Return whose credentials go with a message: those of its sender, where somebody may want to see them."""
        is_wanted = self.passes_credentials or receiver.passes_credentials or receiver.is_embryo
        return sent.who if is_wanted or flags & EXPLICIT else None

    @property
    def is_embryo(self) -> bool:
        """True for the end of a connection that nobody has accepted."""
        return False

    def poll(self) -> int:
        """What unix_poll says (net/unix/af_unix.c)."""
        bits = int(Poll.POLLERR) if self.error else 0
        if self.shut & RECEIVES:
            bits |= READABLE | POLLRDHUP
        if self.shut == BOTH:
            bits |= Poll.POLLHUP
        if self.inbox.packets:
            bits |= READABLE
        if self.outgoing.is_writable and self.state is not State.LISTENING:
            bits |= WRITABLE
        return bits

    def closed(self, wake: Wake) -> None:
        """Give its name back."""
        self.names.forget(self.kind, self.address, self.node, self)
        super().closed(wake)
        wake("socket", self.number, "space")
