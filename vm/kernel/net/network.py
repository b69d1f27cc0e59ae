"""What all sockets of a machine have in common: their file system, their names, what they take."""

from __future__ import annotations

import stat
from typing import ClassVar

from vm.abi.sockets import SOCK_DGRAM, SOCK_STREAM, SOCKFS_MAGIC
from vm.kernel.files.vfs import Inode, Special, User
from vm.kernel.net.connections import UnixSequence, UnixStream
from vm.kernel.net.datagrams import UnixDatagrams
from vm.kernel.net.inet import InetDatagrams
from vm.kernel.net.names import Names
from vm.kernel.net.netlink import NetlinkSocket
from vm.kernel.net.packets import Totals
from vm.kernel.net.ports import Ports
from vm.kernel.net.tcp import InetStream
from vm.kernel.net.unix import UnixSocket
from vm.kernel.system import Part, System


class Network(Part):
    """The sockets of a machine. ``filesystem`` has their inodes."""

    _follow: ClassVar[tuple[str, ...]] = ("filesystem", "totals", "names", "tcp", "udp")

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.filesystem = system.world.new_filesystem("sockfs", SOCKFS_MAGIC)
        self.totals = Totals()
        self.names: Names[UnixSocket] = Names()
        self.tcp: Ports[InetStream] = Ports(system.clock)
        self.udp: Ports[InetDatagrams] = Ports(system.clock)

    def _new_inode(self, owner: User) -> Inode:
        return Special(self.filesystem, stat.S_IFSOCK | 0o777, owner)

    def new_unix(self, kind: int, owner: User) -> UnixStream | UnixSequence | UnixDatagrams:
        """Make an AF_UNIX socket. Raises SystemCallError(ENFILE)."""
        if kind == SOCK_DGRAM:
            return UnixDatagrams(self._new_inode(owner), kind, self.totals, self.names)
        made = UnixStream if kind == SOCK_STREAM else UnixSequence
        return made(self._new_inode(owner), kind, self.totals, self.names)

    def new_netlink(self, kind: int, owner: User) -> NetlinkSocket:
        """Make an AF_NETLINK socket. Raises SystemCallError(ENFILE)."""
        return NetlinkSocket(self._new_inode(owner), kind, self.totals, self.names)

    def new_tcp(self, owner: User) -> InetStream:
        """Make a TCP socket. Raises SystemCallError(ENFILE)."""
        return InetStream(self._new_inode(owner), self.totals, self.tcp)

    def new_udp(self, owner: User) -> InetDatagrams:
        """Make a UDP socket. Raises SystemCallError(ENFILE)."""
        return InetDatagrams(self._new_inode(owner), self.totals, self.udp)
