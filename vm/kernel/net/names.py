"""Names of AF_UNIX sockets: in the file system, and abstract ones (unix(7))."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from vm.abi import Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Inode
from vm.kernel.net.addresses import UnixAddress

T = TypeVar("T")
MOST_NUMBERED = 1 << 20
"""Names that the machine gives by itself."""


class Names(Generic[T]):
    """Who has which name. Abstract ones are apart for each type of socket, as in Linux."""

    _follow: ClassVar[tuple[str, ...]] = ("_abstract", "_nodes")

    def __init__(self) -> None:
        self._abstract: dict[tuple[int, bytes], T] = {}
        self._nodes: dict[Inode, T] = {}
        self._given = 0

    def take(self, kind: int, address: UnixAddress, owner: T) -> None:
        """Give an abstract name to ``owner``. SystemCallError(EADDRINUSE)."""
        if (kind, address.name) in self._abstract:
            raise SystemCallError(Errno.EADDRINUSE)
        self._abstract[kind, address.name] = owner

    def give_any(self, kind: int, owner: T) -> UnixAddress:
        """Give ``owner`` an abstract name of five digits, and return it. SystemCallError(ENOSPC) without one."""
        for _ in range(MOST_NUMBERED):
            address = UnixAddress(b"\0%05x" % self._given)
            self._given = (self._given + 1) % MOST_NUMBERED
            if (kind, address.name) not in self._abstract:
                self._abstract[kind, address.name] = owner
                return address
        raise SystemCallError(Errno.ENOSPC)

    def settle(self, node: Inode, owner: T) -> None:
        """Let the socket behind an inode be ``owner``."""
        self._nodes[node] = owner

    def forget(self, kind: int, address: UnixAddress, node: Inode | None, owner: T) -> None:
        """Take a name away from ``owner``, if it is its own: both ends of a connection may have the listener's."""
        if node is not None and self._nodes.get(node) is owner:
            del self._nodes[node]
        elif address.is_abstract and self._abstract.get((kind, address.name)) is owner:
            del self._abstract[kind, address.name]

    def find(self, kind: int, address: UnixAddress) -> T | None:
        """Return who has an abstract name."""
        return self._abstract.get((kind, address.name))

    def behind(self, node: Inode) -> T | None:
        """Return who is behind an inode."""
        return self._nodes.get(node)
