"""AF_NETLINK sockets (netlink(7)), as far as the C library needs them: a thread hears of messages in POSIX queues.

Nobody can name one and nothing can be sent through it. Otherwise it is a socket of datagrams as AF_UNIX has them.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi.sockets import AF_NETLINK
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Wake
from vm.kernel.net.datagrams import UnixDatagrams
from vm.kernel.net.packets import DATAGRAM_HEAD, Packet, cost_of


class NetlinkSocket(UnixDatagrams):
    """A socket at which the kernel's messages wait."""

    family = AF_NETLINK

    def hear(self, data: bytes, wake: Wake) -> None:
        """Let a message wait here; it is lost when the socket is closed, or there is no room for it."""
        if not self.is_dead:
            with suppress(SystemCallError):
                self.inbox.put(Packet(data, self.incoming, cost_of(len(data), DATAGRAM_HEAD)), 0)
            wake("socket", self.number, "data")
