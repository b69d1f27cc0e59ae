"""What waits at a socket: packets, in the order in which they were sent, and what they cost.

Costs are Linux's (SKB_TRUESIZE), so that a sender is stopped where it would be there: a packet takes memory for its
description beside its bytes, which are rounded up to what the allocator hands out.
"""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from vm.abi import PAGE_SIZE, Errno
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.opened import Wake
from vm.kernel.net.addresses import Address
from vm.kernel.net.rights import Flights, Rights
from vm.values import dataclass

BUFFER = 212992
"""Bytes of a send or a receive buffer (socket(7), wmem_default, rmem_default), and the most that a program sets."""
DESCRIPTION, SHARED_INFO = 256, 320
"""Bytes that a packet takes for its description and at the end of its data (struct sk_buff, skb_shared_info)."""
STREAM_HEAD, DATAGRAM_HEAD = 4096 - SHARED_INFO, 16384 - SHARED_INFO
"""Bytes of a packet that lie in one piece; those behind lie in pages."""
BYTES_IN_ALL = 64 << 20
"""What the packets of a machine may cost together."""
SOCKETS_IN_ALL = 1 << 16
"""Sockets that there may be in a machine, connections that nobody has accepted among them."""


def cost_of(size: int, head: int) -> int:
    """Return what a packet of ``size`` bytes costs of which ``head`` at most lie in one piece."""
    linear = min(size, head)
    return DESCRIPTION + (1 << (linear + SHARED_INFO - 1).bit_length()) + -(-(size - linear) // PAGE_SIZE) * PAGE_SIZE


class Totals:
    """What all sockets of a machine take together."""

    _follow: ClassVar[tuple[str, ...]] = ("flights",)

    def __init__(self) -> None:
        self.flights = Flights()
        self.sockets = 0
        self.cost = 0

    def pay(self, cost: int) -> None:
        """Take memory for a packet. SystemCallError(ENOBUFS) when all packets together have too much."""
        if self.cost + cost > BYTES_IN_ALL:
            raise SystemCallError(Errno.ENOBUFS)
        self.cost += cost


@dataclass(slots=True, eq=False)
class Buffer:
    """What packets of one socket may cost, and do: ``number`` is the socket's."""

    _follow: ClassVar[tuple[str, ...]] = ()

    number: int
    size: int = BUFFER
    used: int = 0

    @property
    def has_room(self) -> bool:
        """True when one packet more is taken."""
        return self.used < self.size

    @property
    def is_writable(self) -> bool:
        """True when poll(2) says that there is room: most of it is free (unix_writable)."""
        return 4 * self.used <= self.size

    def give(self, cost: int, wake: Wake) -> None:
        """A packet is gone."""
        self.used -= cost
        if self.is_writable:
            wake("socket", self.number, "room")


@dataclass(slots=True, eq=False)
class Packet:
    """Some bytes, ``taken`` of which were received; who sent them from where, and the open files that go with them.

    ``cost`` counts in ``buffer``, which is the sender's in AF_UNIX and the receiver's elsewhere.
    """

    _follow: ClassVar[tuple[str, ...]] = ("sender", "who", "rights", "buffer")

    data: bytes
    buffer: Buffer
    cost: int
    sender: Address | None = None
    who: Who | None = None
    rights: Rights | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one receive gets. ``size`` is how long the message is, of which ``data`` may be the beginning.

    ``is_apart``: what comes behind it is not received with it.
    """

    _follow: ClassVar[tuple[str, ...]] = ("rights",)

    data: bytes
    size: int
    sender: Address | None = None
    who: Who | None = None
    rights: Rights | None = None
    is_apart: bool = False


class Inbox:
    """The packets that wait at one socket; ``held`` are their bytes."""

    _follow: ClassVar[tuple[str, ...]] = ("packets", "_totals")

    def __init__(self, totals: Totals) -> None:
        self.packets: deque[Packet] = deque()
        self.held = 0
        self._totals = totals

    def put(self, packet: Packet, limit: int) -> None:
        """Let a packet wait, its open files be on their way: ``limit`` of them are its sender's. SystemCallError."""
        self._totals.pay(packet.cost)
        if packet.rights is not None:
            try:
                self._totals.flights.launch(packet.rights, limit)
            except SystemCallError:
                self._totals.cost -= packet.cost
                raise
        packet.buffer.used += packet.cost
        self.packets.append(packet)
        self.held += len(packet.data)

    def extend(self, data: bytes, buffer: Buffer) -> None:
        """Let bytes wait that have no bounds, behind those of the last packet. SystemCallError(ENOBUFS)."""
        last = self.packets[-1] if self.packets else None
        if last is None or len(last.data) + len(data) > STREAM_HEAD:
            self.put(Packet(data, buffer, len(data) + DESCRIPTION), 0)
            return
        self._totals.pay(len(data))
        last.data += data
        last.cost += len(data)
        buffer.used += len(data)
        self.held += len(data)

    def first(self, size: int) -> Taken:
        """Return the first packet, as a receive of ``size`` bytes gets it."""
        packet = self.packets[0]
        return Taken(packet.data[:size], len(packet.data), packet.sender, packet.who, packet.rights)

    def joined(self, size: int, *, by_sender: bool) -> Taken:
        """Return up to ``size`` bytes of packets whose bounds do not count, but behind open files.

        ``by_sender``: those of different senders are not joined either.
        """
        first, left, pieces = self.packets[0], size, list[bytes]()
        rights, is_apart = None, False
        for packet in self.packets:
            is_apart = rights is not None or (by_sender and packet.who != first.who)
            if not left or is_apart:
                break
            piece = packet.data[packet.taken : packet.taken + left]
            pieces.append(piece)
            left -= len(piece)
            rights = packet.rights
        data = b"".join(pieces)
        return Taken(data, len(data), first.sender, first.who, rights, is_apart or rights is not None)

    def drop(self, wake: Wake) -> None:
        """Take the first packet out."""
        packet = self.packets.popleft()
        self.held -= len(packet.data) - packet.taken
        self._totals.cost -= packet.cost
        packet.buffer.give(packet.cost, wake)
        self._land(packet, wake)

    def take(self, size: int, wake: Wake) -> None:
        """Take the first ``size`` bytes out."""
        while size:
            packet = self.packets[0]
            count = min(size, len(packet.data) - packet.taken)
            size -= count
            if packet.taken + count == len(packet.data):
                self.drop(wake)
            else:
                packet.taken += count
                self.held -= count
                self._land(packet, wake)

    def clear(self, wake: Wake) -> None:
        """Take everything out."""
        while self.packets:
            self.drop(wake)

    def _land(self, packet: Packet, wake: Wake) -> None:
        rights, packet.rights = packet.rights, None
        if rights is not None:
            self._totals.flights.land(rights, wake)
