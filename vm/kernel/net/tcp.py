"""TCP over the loopback, where nothing is lost or late: what its ends see of each other (tcp(7), net/ipv4/tcp.c).

An end is told of three things: bytes, the end of them (FIN), and that the other end is not there (RST).
"""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from vm.abi import Errno, Poll
from vm.abi.sockets import (
    IPPROTO_TCP,
    POLLRDHUP,
    SHUT_RD,
    SHUT_WR,
    SOCK_STREAM,
    SOL_SOCKET,
    SOMAXCONN,
    Message,
    SocketOption,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.opened import Wake, WouldBlock
from vm.kernel.files.vfs import Inode
from vm.kernel.net.addresses import InetAddress
from vm.kernel.net.inet import InetSocket
from vm.kernel.net.packets import Buffer, Taken, Totals
from vm.kernel.net.ports import Ports
from vm.kernel.net.sockets import BOTH, LINGER_NOT, RECEIVES, SENDS, Sent, State
from vm.kernel.net.unix import READABLE
from vm.kernel.net.urgent import NONE, Mark

WINDOW = 1 << 20
"""Bytes of a connection on their way in one direction, until a program sets the size of a buffer."""
SEND_BUFFER, RECEIVE_BUFFER = 16384, 131072
"""Bytes of buffers that a program is told (tcp(7), tcp_wmem and tcp_rmem)."""
SENDABLE = Poll.POLLOUT | Poll.POLLWRNORM


class InetStream(InetSocket):
    """A TCP socket. ``peer`` is the other end of its connection, also once that is gone; of one that is on its way the
    socket that listens. ``pending`` are connections that it has not accepted, ``backlog`` of them and one more at most;
    ``arriving`` are those for which there is no room, with their new ends.

    ``is_asked``: connect(2) was called, and has not said what came of it. ``is_done``: the other end sends no more.
    ``closed_first``: that was said by this end first. ``is_over``: both have said it, or an end is not there.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_ports", "peer", "pending", "arriving", "listener", "window", "mark")

    def __init__(self, inode: Inode, totals: Totals, ports: Ports[InetStream]) -> None:
        super().__init__(inode, SOCK_STREAM, IPPROTO_TCP, totals)
        self._ports = ports
        self.outgoing.size, self.incoming.size = SEND_BUFFER, RECEIVE_BUFFER
        self.window = Buffer(self.number, WINDOW)
        self.mark = Mark()
        self.peer: InetStream | None = None
        self.backlog = 0
        self.pending: deque[InetStream] = deque()
        self.arriving: deque[tuple[InetStream, InetStream]] = deque()
        self.listener: InetStream | None = None
        self.is_asked = False
        self.is_done = False
        self.closed_first = False
        self.is_over = False

    # --- names ----------------------------------------------------------------------------------------------------

    def bind(self, address: InetAddress) -> None:
        """Take an address. Raises SystemCallError."""
        if self.local.port or self.state is not State.ALONE:
            raise SystemCallError(Errno.EINVAL)
        self._ports.take(address, self)
        self.bound = address

    def peer_name(self) -> InetAddress:
        """Return the address of the other end. Raises SystemCallError(ENOTCONN)."""
        if self.state is not State.CONNECTED or self.is_over:
            raise SystemCallError(Errno.ENOTCONN)
        return super().peer_name()

    # --- connections ----------------------------------------------------------------------------------------------

    def listen(self, backlog: int, who: Who) -> None:
        """listen(2), at some port if it has none."""
        if self.state not in (State.ALONE, State.LISTENING) or self.is_asked:
            raise SystemCallError(Errno.EINVAL)
        if self.state is State.ALONE:
            if self.local.port:
                self._ports.check(self)
            else:
                self._ports.take_any(0, self, Errno.EADDRINUSE)
            self.state, self.shut, self.is_over = State.LISTENING, 0, False
        self.backlog = backlog if 0 <= backlog < SOMAXCONN else SOMAXCONN

    def listener_at(self, to: InetAddress) -> InetStream | None:
        """Return who listens at an address: at the very one, or at any."""
        found = [
            one for one in self._ports.at(to.port)
            if one.state is State.LISTENING and one.local.host in (0, to.host)
        ]  # fmt: skip
        return max(found, key=lambda one: one.local.host, default=None)

    def connect(self, to: InetAddress, listener: InetStream | None, end: InetStream | None, wake: Wake) -> None:
        """Be on the way to ``listener``, None for nobody, whose new ``end`` it is. Raises SystemCallError."""
        self.is_over, self.shut, self.is_done, self.error = False, 0, False, 0
        if not self.local.port:
            self._ports.take_any(self.local.host, self, Errno.EADDRNOTAVAIL)
        self.local, self.remote = self.source(), to
        self.is_asked, self.state = True, State.CONNECTING
        if listener is None or end is None:
            self._refuse(wake)
            return
        end.inherit(listener)
        end.remote, end.peer, end.state, end.listener = self.local, self, State.CONNECTED, listener
        self.peer = listener
        self._ports.hold(to, end)
        if len(listener.pending) > listener.backlog:
            listener.arriving.append((self, end))
        else:
            listener.admit(self, end, wake)

    def admit(self, client: InetStream, end: InetStream, wake: Wake) -> None:
        """Let a connection wait to be accepted."""
        client.peer, client.state = end, State.CONNECTED
        client.meet(end)
        end.meet(client)
        self.pending.append(end)
        wake("socket", self.number, "data")
        client.announce(wake)

    def meet(self, other: InetStream) -> None:
        """Settle how many bytes may be on their way to the ``other`` end."""
        sizes = self.outgoing.size, other.incoming.size
        self.window.size = WINDOW if sizes == (SEND_BUFFER, RECEIVE_BUFFER) else sum(sizes)

    def inherit(self, listener: InetStream) -> None:
        """Take over what a listener's connections have of it."""
        self.options = dict(listener.options)
        self.outgoing.size, self.incoming.size = listener.outgoing.size, listener.incoming.size
        self.receive_patience, self.send_patience = listener.receive_patience, listener.send_patience
        self.least, self.bound = listener.least, listener.bound

    def _refuse(self, wake: Wake) -> None:
        self.state, self.is_over, self.shut = State.ALONE, True, BOTH
        self.fail(Errno.ECONNREFUSED, wake)

    def give_up(self) -> None:
        """Be as before a connect(2) that has failed."""
        self.is_asked, self.shut, self.is_over, self.remote = False, 0, False, None
        self._ports.put_back(self.bound, self)

    def accept(self, wake: Wake) -> InetStream | WouldBlock:
        """Return the first of the connections that wait; one that found no room is let in."""
        if self.state is not State.LISTENING:
            raise SystemCallError(Errno.EINVAL)
        if not self.pending:
            return self.wait("data", "a connection to", self.receive_patience)
        end = self.pending.popleft()
        end.listener = None
        while self.arriving and len(self.pending) <= self.backlog:
            self.admit(*self.arriving.popleft(), wake)
        return end

    def _turn_back(self, wake: Wake) -> None:
        """Be on the way to a listener no more that had no room yet."""
        if self.peer is not None:
            for client, end in [pair for pair in self.peer.arriving if pair[0] is self]:
                self.peer.arriving.remove((client, end))
                end._vanish(wake)

    def _stop_listening(self, wake: Wake) -> None:
        """Connections that nobody accepted are reset, those that found no room refused."""
        self.state = State.ALONE
        while self.arriving:
            client, end = self.arriving.popleft()
            end._vanish(wake)
            client._refuse(wake)
        while self.pending:
            end = self.pending.popleft()
            end.drop_connection(wake)
            end.closed(wake)
        self.announce(wake)

    def _vanish(self, wake: Wake) -> None:
        """Be gone, as the end of a connection that never was."""
        self.peer, self.is_over = None, True
        self.closed(wake)

    # --- bytes ----------------------------------------------------------------------------------------------------

    def look(self, size: int, flags: int) -> Taken | WouldBlock:
        """Return bytes that are there, also when the other end is gone."""
        if self.state is State.LISTENING:
            raise SystemCallError(Errno.ENOTCONN)
        hole = self._hole
        if self.inbox.held > hole:
            size = size + hole if self.mark.ahead <= 0 else min(size, self.mark.ahead)
            data = self.inbox.joined(size, by_sender=False).data[hole:]
            return Taken(data, len(data), is_apart=len(data) == self.mark.ahead)
        if self.is_done:
            return Taken(b"", 0)
        self.raise_error()
        if self.shut & RECEIVES:
            return Taken(b"", 0)
        if self.state is State.ALONE:
            raise SystemCallError(Errno.ENOTCONN)
        return self.wait("data", "data at", self.receive_patience)

    @property
    def _is_in_line(self) -> bool:
        return bool(self.options.get((SOL_SOCKET, SocketOption.SO_OOBINLINE)))

    @property
    def _hole(self) -> int:
        """Bytes at the beginning that are not read in turn: an urgent one, unless it is wanted so (SO_OOBINLINE)."""
        return int(self.mark.is_next and not self._is_in_line)

    def take(self, count: int, wake: Wake) -> None:
        """Take the first ``count`` bytes out, and an urgent one before them."""
        count += self._hole if count else 0
        super().take(count, wake)
        self.mark.move(count)

    @property
    def waiting(self) -> int:
        """Bytes that wait here before the mark. Raises SystemCallError(EINVAL) for one that listens."""
        return super().waiting if self._is_in_line or self.mark.ahead < 0 else self.mark.ahead

    @property
    def is_at_mark(self) -> bool:
        """True when what is read next is the urgent byte."""
        return self.mark.is_next

    def look_urgent(self, *, takes: bool) -> bytes:
        """Return the urgent byte, or nothing at the end. Raises SystemCallError(EINVAL) without one."""
        if self._is_in_line or self.mark.byte < 0:
            raise SystemCallError(Errno.EINVAL)
        byte = bytes([self.mark.byte])
        if takes:
            self.mark.byte = NONE
        return byte

    def send(self, data: bytes, flags: int, sent: Sent, wake: Wake) -> int | WouldBlock:
        """Send some of ``data``. Where the other end is gone it is lost, and this end is told then."""
        if self.state is State.CONNECTING:
            return self.wait("room", "the connection of", self.send_patience)
        peer = self.peer
        if self.error or self.shut & SENDS or self.state is not State.CONNECTED or peer is None:
            self.raise_error()
            raise SystemCallError(Errno.EPIPE)
        if not data:
            return 0
        if peer.is_dead or peer.shut == BOTH:
            self._ports.release(self.remote, self.local)
            self.be_reset(wake)
            return len(data)
        if not self.window.has_room:
            return self.wait("room", "room in", self.send_patience)
        piece = data[: self.window.size - self.window.used]
        peer.inbox.extend(piece, self.window)
        if flags & Message.MSG_OOB and len(piece) == len(data):
            peer.be_urged(piece[-1], wake)
        wake("socket", peer.number, "data")
        return len(piece)

    def be_urged(self, byte: int, wake: Wake) -> None:
        """The last byte that came is urgent. One before it that nobody has read is lost where it is next."""
        if self._hole and self.mark.byte >= 0:
            super().take(1, wake)
        self.mark.put(self.inbox.held - 1, byte)

    # --- ends -----------------------------------------------------------------------------------------------------

    def be_reset(self, wake: Wake) -> None:
        """The other end is not there (tcp_reset)."""
        if self.is_over:
            return
        self.is_over, self.closed_first = True, False
        is_waiting_to_close = self.is_done and not self.shut & SENDS
        self.shut = BOTH
        self.fail(Errno.EPIPE if is_waiting_to_close else Errno.ECONNRESET, wake)

    def drop_connection(self, wake: Wake) -> None:
        """Tell the other end that this one is not there."""
        peer, was_over, self.is_over = self.peer, self.is_over, True
        if peer is None or peer.peer is not self:
            return
        if not peer.is_dead:
            peer.be_reset(wake)
        elif not was_over:
            self._ports.release(self.remote, self.local)

    def _finish(self, wake: Wake) -> None:
        """Tell the other end that nothing more comes."""
        self.closed_first = not self.is_done
        peer = self.peer
        if peer is not None and not self.is_over:
            self.is_over = self.is_done
            if not peer.is_dead:
                peer.is_done, peer.is_over = True, peer.is_over or bool(peer.shut & SENDS)
                peer.shut |= RECEIVES
                peer.announce(wake)

    def shut_down(self, how: int, wake: Wake) -> None:
        """shutdown(2). SystemCallError(ENOTCONN) where it is not connected."""
        if self.state is State.LISTENING:
            if how != SHUT_WR:
                self._stop_listening(wake)
            return
        is_open = self.state is State.CONNECTED and not self.is_over
        sends = not self.shut & SENDS
        super().shut_down(how, wake)
        if not is_open:
            raise SystemCallError(Errno.ENOTCONN)
        if how != SHUT_RD and sends:
            self._finish(wake)

    def disconnect(self, wake: Wake) -> None:
        """connect(2) with AF_UNSPEC: there is no connection any more, which this end is told too (tcp_disconnect)."""
        if self.state is State.ALONE and self.remote is None:
            return
        if self.state is State.LISTENING:
            self._stop_listening(wake)
        elif self.state is State.CONNECTING:
            self._turn_back(wake)
        is_open = self.state in (State.CONNECTING, State.CONNECTED) and not self.is_over
        self.drop_connection(wake)
        self.inbox.clear(wake)
        self.mark = Mark()
        self.state, self.peer, self.is_done, self.closed_first = State.ALONE, None, False, False
        self.give_up()
        if is_open:
            self.fail(Errno.ECONNRESET, wake)

    def closed(self, wake: Wake) -> None:
        """Say that nothing more comes; or, with bytes that nobody has read, that this end is not there."""
        if self.state is State.LISTENING:
            self._stop_listening(wake)
        elif self.state is State.CONNECTING:
            self._turn_back(wake)
        elif self.state is State.CONNECTED:
            if self.inbox.packets or self.options.get((SOL_SOCKET, SocketOption.SO_LINGER)) == LINGER_NOT:
                self.drop_connection(wake)
                self.closed_first = False
            elif not self.shut & SENDS and not self.is_over:
                self._finish(wake)
        self._ports.forget(self, lingers=self.closed_first and self.bound is not None)
        super().closed(wake)

    def poll(self) -> int:
        """What tcp_poll says (net/ipv4/tcp.c)."""
        if self.state is State.LISTENING:
            return READABLE if self.pending else 0
        bits = int(Poll.POLLERR) if self.error else 0
        if self.shut == BOTH or self.state is State.ALONE or self.is_over:
            bits |= Poll.POLLHUP
        if self.shut & RECEIVES:
            bits |= READABLE | POLLRDHUP
        if self.state is State.CONNECTING:
            return bits
        if self.inbox.held - self._hole >= self.least:
            bits |= READABLE
        if self.mark.byte >= 0:
            bits |= Poll.POLLPRI
        if self.shut & SENDS or self.window.is_writable:
            bits |= SENDABLE
        return bits
