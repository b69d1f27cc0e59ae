"""Ports of the loopback: who has which, and which are free (ip(7), tcp(7), udp(7))."""

from __future__ import annotations

from typing import ClassVar, Generic, Protocol, TypeVar

from vm.abi import NANOSECONDS, Errno
from vm.abi.sockets import EPHEMERAL_PORTS, TIME_WAIT
from vm.kernel.clock import Clock
from vm.kernel.errors import SystemCallError
from vm.kernel.net.addresses import ANY, InetAddress

MOST_LINGERING = 4096
"""Ports that are remembered for a while after a connection."""


class Holder(Protocol):
    """Who has a port. ``shares``: it lets others that do so have it too, unless it ``is_exclusive`` (SO_REUSEADDR)."""

    local: InetAddress
    remote: InetAddress | None

    @property
    def shares(self) -> bool:
        """True when it shares."""

    @property
    def is_exclusive(self) -> bool:
        """True while it does not share after all."""


T = TypeVar("T", bound=Holder)


class Ports(Generic[T]):
    """The ports of one protocol. Ephemeral ones are given in order, so that a run can be repeated.

    Where a connection was closed first, its port stays for a while (TIME_WAIT): ``lingering`` are those connections by
    their addresses, whether they share their ports, and until when.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_holders", "lingering", "_clock")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._holders: dict[int, list[T]] = {}
        self._next = EPHEMERAL_PORTS[0]
        self.lingering: dict[tuple[InetAddress, InetAddress | None], tuple[bool, int]] = {}

    def take(self, address: InetAddress, owner: T) -> None:
        """Give ``owner`` the port of an address, any that is free for port 0. SystemCallError(EADDRINUSE)."""
        if not address.port:
            address = InetAddress(address.host, self._free(Errno.EADDRINUSE))
        elif self._is_taken(address, owner):
            raise SystemCallError(Errno.EADDRINUSE)
        self.hold(address, owner)

    def take_any(self, host: int, owner: T, error: Errno) -> None:
        """Give ``owner`` a free port. SystemCallError(error) without one."""
        self.hold(InetAddress(host, self._free(error)), owner)

    def hold(self, address: InetAddress, owner: T) -> None:
        """Let ``owner`` have an address, whoever else does."""
        owner.local = address
        self._holders.setdefault(address.port, []).append(owner)

    def _free(self, error: Errno) -> int:
        first, last = EPHEMERAL_PORTS
        for _ in range(last - first + 1):
            port, self._next = self._next, self._next + 1 if self._next < last else first
            if port not in self._holders:
                return port
        raise SystemCallError(error)

    def _is_taken(self, address: InetAddress, owner: T) -> bool:
        for other in self._holders.get(address.port, ()):
            is_shared = owner.shares and other.shares and not other.is_exclusive
            if other is not owner and not is_shared and _overlap(other.local.host, address.host):
                return True
        now = self._clock.now
        self.lingering = {place: entry for place, entry in self.lingering.items() if entry[1] > now}
        return any(
            place.port == address.port and _overlap(place.host, address.host) and not (owner.shares and shares)
            for (place, _), (shares, _) in self.lingering.items()
        )

    def check(self, owner: T) -> None:
        """SystemCallError(EADDRINUSE) if ``owner`` cannot have its port any more: another listens there."""
        if self._is_taken(owner.local, owner):
            raise SystemCallError(Errno.EADDRINUSE)

    def forget(self, owner: T, *, lingers: bool = False) -> None:
        """Take its port away from ``owner``; with ``lingers`` it is not free at once."""
        port = owner.local.port
        if not port:
            return
        holders = self._holders[port]
        holders.remove(owner)
        if not holders:
            del self._holders[port]
        if lingers:
            self.lingering[owner.local, owner.remote] = owner.shares, self._clock.now + TIME_WAIT * NANOSECONDS
            if len(self.lingering) > MOST_LINGERING:
                del self.lingering[next(iter(self.lingering))]
        owner.local = InetAddress()

    def put_back(self, bound: InetAddress | None, owner: T) -> None:
        """Let ``owner`` have the address that it was bound to, with no port where it did not choose one."""
        self.forget(owner)
        if bound is not None and bound.port:
            self.hold(bound, owner)
        elif bound is not None:
            owner.local = bound

    def release(self, local: InetAddress | None, remote: InetAddress) -> None:
        """A connection between these is reset: its port is free, although it was closed first."""
        if local is not None:
            self.lingering.pop((local, remote), None)

    def at(self, port: int) -> list[T]:
        """Return who has a port, in the order in which they came to it."""
        return self._holders.get(port, [])


def _overlap(one: int, other: int) -> bool:
    return one == other or ANY in (one, other)
