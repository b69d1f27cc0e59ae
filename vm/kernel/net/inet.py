"""AF_INET sockets: addresses and ports, and datagrams over the loopback (ip(7), udp(7))."""

from __future__ import annotations

from typing import ClassVar

from vm.abi import Errno, Poll
from vm.abi.sockets import (
    AF_INET,
    DATAGRAM_LARGEST,
    IPPROTO_UDP,
    POLLRDHUP,
    SOCK_DGRAM,
    SOL_SOCKET,
    SocketOption,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Wake, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.net.addresses import ANY, LOOPBACK, InetAddress
from vm.kernel.net.packets import DATAGRAM_HEAD, Packet, Taken, Totals, cost_of
from vm.kernel.net.ports import Ports
from vm.kernel.net.sockets import BOTH, RECEIVES, SENDS, Sent, Socket, State
from vm.kernel.net.unix import READABLE, WRITABLE

HEADERS = 44
"""Bytes in front of a datagram's, for IP and UDP and their alignment."""


class InetSocket(Socket):
    """An AF_INET socket: its own address, and that of the one that it is connected to.

    ``bound`` is the address that its program chose, with a port of its own choice.
    """

    family = AF_INET

    def __init__(self, inode: Inode, kind: int, protocol: int, totals: Totals) -> None:
        super().__init__(inode, kind, protocol, totals)
        self.local = InetAddress()
        self.remote: InetAddress | None = None
        self.bound: InetAddress | None = None

    @property
    def shares(self) -> bool:
        """True with SO_REUSEADDR or SO_REUSEPORT."""
        return any(
            self.options.get((SOL_SOCKET, option)) for option in (SocketOption.SO_REUSEADDR, SocketOption.SO_REUSEPORT)
        )

    @property
    def is_exclusive(self) -> bool:
        """True while it listens, and shares its port with nobody."""
        return self.state is State.LISTENING and not self.options.get((SOL_SOCKET, SocketOption.SO_REUSEPORT))

    def name(self) -> InetAddress:
        """Return its own address, of zeros without one."""
        return self.local

    def peer_name(self) -> InetAddress:
        """Return the address of the one it is connected to. Raises SystemCallError(ENOTCONN)."""
        if self.remote is None:
            raise SystemCallError(Errno.ENOTCONN)
        return self.remote

    def bind(self, address: InetAddress) -> None:
        """Take an address. Raises SystemCallError."""
        raise NotImplementedError

    def source(self) -> InetAddress:
        """Return the address that others see."""
        return InetAddress(LOOPBACK if self.local.host == ANY else self.local.host, self.local.port)


class InetDatagrams(InetSocket):
    """A UDP socket."""

    _follow: ClassVar[tuple[str, ...]] = ("_ports",)

    keeps_messages = True

    def __init__(self, inode: Inode, totals: Totals, ports: Ports[InetDatagrams]) -> None:
        super().__init__(inode, SOCK_DGRAM, IPPROTO_UDP, totals)
        self._ports = ports

    def check_size(self, size: int) -> None:
        """SystemCallError(EMSGSIZE) for more than a datagram has room for."""
        if size > DATAGRAM_LARGEST:
            raise SystemCallError(Errno.EMSGSIZE)

    def bind(self, address: InetAddress) -> None:
        """Take an address. Raises SystemCallError."""
        if self.local.port:
            raise SystemCallError(Errno.EINVAL)
        self._ports.take(address, self)
        self.bound = address

    def _bind_any(self) -> None:
        if not self.local.port:
            self._ports.take_any(self.local.host, self, Errno.EAGAIN)

    def connect(self, remote: InetAddress | None) -> None:
        """Choose where messages go, and from where they come; None for nowhere. Raises SystemCallError."""
        if remote is None:
            self.remote, self.state = None, State.ALONE
            self._ports.put_back(self.bound, self)
            return
        self._bind_any()
        self.remote, self.state = remote, State.CONNECTED
        self.local = self.source()

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return the first message."""
        self.raise_error()
        if self.inbox.packets:
            return self.inbox.first(size)
        if self.shut & RECEIVES and not self.must_not_wait(flags):
            return Taken(b"", 0)
        return self.wait("data", "a message at", self.receive_patience)

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send a message to the one it is connected to."""
        if self.remote is None:
            raise SystemCallError(Errno.EDESTADDRREQ)
        return self.send_to(self.remote, data, wake)

    def send_to(self, to: InetAddress, data: bytes, wake: Wake) -> int:
        """Send a message, which is lost where nobody takes it. Raises SystemCallError."""
        self._bind_any()
        self.raise_error()
        if self.shut & SENDS:
            raise SystemCallError(Errno.EPIPE)
        source = self.source()
        receiver = self._receiver(to, source)
        if receiver is None:
            if self.remote == to:
                self.fail(Errno.ECONNREFUSED, wake)
        elif receiver.incoming.used <= receiver.incoming.size:
            cost = cost_of(len(data) + HEADERS, DATAGRAM_HEAD)
            receiver.inbox.put(Packet(data, receiver.incoming, cost, source), 0)
            wake("socket", receiver.number, "data")
        return len(data)

    def _receiver(self, to: InetAddress, source: InetAddress) -> InetDatagrams | None:
        """Return who gets a message: the one that is connected to its sender, or bound to the very address."""
        best, most = None, -1
        for holder in self._ports.at(to.port):
            if holder.local.host not in (ANY, to.host) or holder.remote not in (None, source):
                continue
            score = 2 * (holder.remote is not None) + (holder.local.host != ANY)
            if score >= most:
                best, most = holder, score
        return best

    def shut_down(self, how: int, wake: Wake) -> None:
        """shutdown(2). SystemCallError(ENOTCONN) where it is not connected."""
        super().shut_down(how, wake)
        if self.remote is None:
            raise SystemCallError(Errno.ENOTCONN)

    def poll(self) -> int:
        """What datagram_poll says (net/core/datagram.c)."""
        bits = int(WRITABLE)
        if self.error:
            bits |= Poll.POLLERR
        if self.shut & RECEIVES:
            bits |= READABLE | POLLRDHUP
        if self.shut == BOTH:
            bits |= Poll.POLLHUP
        return bits | READABLE if self.inbox.packets else bits

    def closed(self, wake: Wake) -> None:
        """Give the port back."""
        self._ports.forget(self)
        super().closed(wake)
