"""Addresses of sockets, as programs write them and are told them (unix(7), ip(7))."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.layout import HALF
from vm.abi.sockets import AF_INET, AF_UNIX, PATH_SIZE, SockaddrIn, SockaddrUn
from vm.kernel.errors import SystemCallError
from vm.values import dataclass

FAMILY_SIZE = HALF.size
"""Bytes of the family at the beginning of every address."""
ANY, LOOPBACK = 0, 0x7F00_0001
"""INADDR_ANY and INADDR_LOOPBACK."""


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A name in AF_UNIX: a path, an abstract name that begins with a NUL, or nothing for a socket without one."""

    name: bytes = b""

    @property
    def is_abstract(self) -> bool:
        """True for a name that is no path."""
        return self.name.startswith(b"\0")

    def packed(self) -> bytes:
        """Return the struct sockaddr_un, as long as it counts."""
        end = b"\0" if self.name and not self.is_abstract else b""
        return HALF.pack(AF_UNIX) + self.name + end


@dataclass(frozen=True, slots=True)
class InetAddress:
    """A host's address and a port, both as numbers."""

    host: int = ANY
    port: int = 0

    @property
    def is_here(self) -> bool:
        """True for the loopback network, and for "any", which stands for it."""
        return self.host == ANY or self.host >> 24 == 127

    def packed(self) -> bytes:
        """Return the struct sockaddr_in."""
        return SockaddrIn.pack_all(AF_INET, self.port.to_bytes(2, "big"), self.host.to_bytes(4, "big"))


Address = UnixAddress | InetAddress


def family_of(data: bytes) -> int | None:
    """Return the family of an address; None for one that is too short to have one."""
    return int(HALF.unpack_from(data)[0]) if len(data) >= FAMILY_SIZE else None


def unix_address(data: bytes) -> UnixAddress:
    """Return what ``data`` names. Raises SystemCallError(EINVAL) for no AF_UNIX address (unix_validate_addr)."""
    if not FAMILY_SIZE < len(data) <= SockaddrUn.SIZE or family_of(data) != AF_UNIX:
        raise SystemCallError(Errno.EINVAL)
    name = data[FAMILY_SIZE:]
    return UnixAddress(name if name.startswith(b"\0") else name.split(b"\0")[0][:PATH_SIZE])


def inet_address(data: bytes) -> InetAddress:
    """Return what the struct sockaddr_in at the beginning of ``data``, which is as long, names, whatever its family."""
    _, port, host = SockaddrIn.unpack(data)
    return InetAddress(int.from_bytes(host, "big"), int.from_bytes(port, "big"))
