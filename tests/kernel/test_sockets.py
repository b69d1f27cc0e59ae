"""Sockets in hostile hands: passed to themselves, never read, never accepted; all that there is comes to an end.

What sockets take is recounted after every test (tests/recounting.py).
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.calls import Call, Process, close, fork, raw, store, write
from tests.kernel.puppet import DATA, Puppets, boot
from tests.kernel.test_plain_state import check
from vm import events
from vm.abi import CALL_NUMBERS, Errno
from vm.kernel.net import packets, rights
from vm.kernel.net.network import Network
from vm.kernel.pausing import Pause

UNIX, INET, STREAM, DATAGRAM, SEQUENCE, NONBLOCK = 1, 2, 1, 2, 5, 0o4000
MESSAGE, VECTOR, CONTROL, TEXT, NAME, ENDS = (DATA + 0x100 * number for number in range(6))
TYPES = {"stream": STREAM, "datagram": DATAGRAM, "sequence": SEQUENCE}

Part = Generator[Call, Any, Any]


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *(value & 0xFFFF_FFFF for value in arguments))


def put(address: int, data: bytes) -> Part:
    """Store some bytes, whole words."""
    for at in range(0, len(data), 4):
        yield store(address + at, int.from_bytes(data[at : at + 4], "little"))


def pair(kind: int) -> Part:
    """The two descriptors of a socketpair, the lowest that are free: 3 and 4 at first."""
    assert (yield named("socketpair", UNIX, kind, 0, ENDS)) == 0


def send_files(fd: int, files: list[int]) -> Part:
    """Send descriptors, with a byte; the result."""
    size = 12 + 4 * len(files)
    yield from put(VECTOR, struct.pack("<II", TEXT, 1))
    yield from put(CONTROL, struct.pack(f"<Iii{len(files)}i", size, 1, 1, *files))
    yield from put(MESSAGE, struct.pack("<IiIIIII", 0, 0, VECTOR, 1, CONTROL, size, 0))
    return (yield named("sendmsg", fd, MESSAGE, 0x40))


def abstract(name: bytes) -> Part:
    """Store an address with an abstract name; its size."""
    data = struct.pack("<H", UNIX) + b"\0" + name
    yield from put(NAME, data.ljust(-(-len(data) // 4) * 4, b"\0"))
    return len(data)


def listen(name: bytes, backlog: int) -> Part:
    """A stream that listens; its descriptor."""
    fd = yield named("socket", UNIX, STREAM, 0)
    size = yield from abstract(name)
    assert (yield named("bind", fd, NAME, size)) == 0
    assert (yield named("listen", fd, backlog)) == 0
    return fd


def connect(name: bytes, flags: int = NONBLOCK) -> Part:
    """A stream that is connected, or -errno."""
    fd = yield named("socket", UNIX, STREAM | flags, 0)
    size = yield from abstract(name)
    result = yield named("connect", fd, NAME, size)
    if result < 0:
        yield close(fd)
    return fd if result == 0 else result


def network(puppets: Puppets) -> Network:
    return puppets.kernel.system.part(Network)


def nothing_is_left(puppets: Puppets) -> None:
    assert puppets.finish().status == 0
    totals = network(puppets).totals
    assert (totals.sockets, totals.cost, totals.flights._in_all, totals.flights._sent) == (0, 0, 0, {})


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_sockets_in_their_own_queues_are_closed(kind: int, tmp_path: Path) -> None:
    """One in its own, two in each other's, three in a circle, one that others hold, and one in a pipe's neighbour."""

    def behave() -> Process:
        for sent in [[(3, [3])], [(3, [4]), (4, [3])], [(3, [3, 4]), (4, [3, 4, 4]), (3, [0])]]:
            yield from pair(kind)
            for fd, files in sent:
                assert (yield from send_files(fd, files)) == 1
            yield close(3)
            yield close(4)
            assert count() == 0
        yield from pair(kind)  # 3, 4
        yield from pair(kind)  # 5, 6
        yield from pair(kind)  # 7, 8
        for at, of in ((3, 5), (5, 7), (7, 3), (4, 6), (8, 6)):
            assert (yield from send_files(at, [of])) == 1
        for fd in (3, 5, 7, 4, 8):
            yield close(fd)
        assert count() == 2, "6 is open: 7, which waits there, can still be read"
        yield close(6)
        assert count() == 0

    puppets = boot(tmp_path, behave)

    def count() -> int:
        return network(puppets).totals.sockets

    nothing_is_left(puppets)


def test_connections_that_nobody_accepted_hold_no_listener(tmp_path: Path) -> None:
    def behave() -> Process:
        server = yield from listen(b"self", 5)
        client = yield from connect(b"self")
        assert (yield from send_files(client, [server, client])) == 1
        yield close(client)
        yield close(server)
        assert network(puppets).totals.sockets == 0
        assert (yield from connect(b"self")) == -Errno.ECONNREFUSED

    puppets = boot(tmp_path, behave)
    nothing_is_left(puppets)


def test_a_long_chain_of_queues_is_closed(tmp_path: Path) -> None:
    """Each socket waits in the queue of the next; Python's stack is no bound."""
    length = 250

    def behave() -> Process:
        yield from pair(DATAGRAM)
        yield from pair(DATAGRAM)
        for _ in range(length):
            assert (yield from send_files(3, [5, 6])) == 1  # 3 and 4 go into the queue of the next pair
            yield close(5)
            yield close(6)
            yield from pair(DATAGRAM)
            assert (yield from send_files(5, [3, 4])) == 1
            yield close(3)
            yield close(4)
            assert (yield named("dup3", 5, 3, 0)) == 3
            assert (yield named("dup3", 6, 4, 0)) == 4
            yield close(5)
            yield close(6)
            yield from pair(DATAGRAM)

    puppets = boot(tmp_path, behave, open_files=65536)
    nothing_is_left(puppets)


def test_open_files_in_messages_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def behave() -> Process:
        yield from pair(DATAGRAM)
        sent = 0
        while (result := (yield from send_files(3, [0] * 100))) == 1:
            sent += 100
        assert result == -Errno.ETOOMANYREFS
        assert 256 <= sent <= 512

    nothing_is_left(boot(tmp_path, behave, open_files=256))

    def behave_as_root() -> Process:
        yield from pair(DATAGRAM)
        sent = 0
        while (yield from send_files(3, [0] * 100)) == 1:
            sent += 100
        assert sent == 600

    monkeypatch.setattr(rights, "IN_FLIGHT_LIMIT", 500)
    nothing_is_left(boot(tmp_path, behave_as_root, open_files=256, user=0))


def test_a_backlog_that_is_full_and_a_listener_that_goes(tmp_path: Path) -> None:
    def behave() -> Process:
        server = yield from listen(b"full", 3)
        clients = []
        while (client := (yield from connect(b"full"))) >= 0:
            clients.append(client)
        assert (client, len(clients)) == (-Errno.EAGAIN, 4)

        def waits() -> Process:
            yield close(server)
            assert (yield from connect(b"full", 0)) == -Errno.ECONNREFUSED

        yield fork(waits)
        yield named("sched_yield")
        yield close(server)
        for client in clients:
            assert (yield named("read", client, TEXT, 1)) == -Errno.ECONNRESET
            assert (yield named("read", client, TEXT, 1)) == 0
        yield named("wait4", -1, 0, 0, 0)

    nothing_is_left(boot(tmp_path, behave))


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_bytes_that_nobody_reads_are_bounded(kind: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the buffer of each sender, which counts empty messages too, and by what all sockets may have together."""
    monkeypatch.setattr(packets, "BYTES_IN_ALL", 1 << 20)

    def behave() -> Process:
        results = []
        for number in range(8):
            yield from pair(kind | NONBLOCK)
            sent, size = 0, 4096 if number % 2 or kind == STREAM else 0
            while (result := (yield named("write", 3 + 2 * number, DATA, size))) == size:
                sent += 1
            results.append(result)
            assert (20 if number < 4 else 0) <= sent <= 400
        assert results[0] == -Errno.EAGAIN
        assert results[-1] == -Errno.ENOBUFS

    nothing_is_left(boot(tmp_path, behave))


def test_datagrams_that_nobody_reads_are_lost(tmp_path: Path) -> None:
    def behave() -> Process:
        fd = yield named("socket", INET, DATAGRAM, 0)
        yield from put(NAME, struct.pack("<H2s4s8x", INET, (5000).to_bytes(2, "big"), b"\x7f\0\0\1"))
        assert (yield named("bind", fd, NAME, 16)) == 0
        for _ in range(3000):
            assert (yield named("sendto", fd, DATA, 1000, 0, NAME, 16)) == 1000
        assert network(puppets).totals.cost < 300_000

    puppets = boot(tmp_path, behave)
    nothing_is_left(puppets)


def test_sockets_in_all_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.net.sockets.SOCKETS_IN_ALL", 7)

    def behave() -> Process:
        server = yield from listen(b"many", 100)
        for _ in range(3):
            assert (yield from connect(b"many")) > 0
        assert (yield named("socket", UNIX, STREAM, 0)) == -Errno.ENFILE
        assert (yield named("socketpair", UNIX, STREAM, 0, ENDS)) == -Errno.ENFILE
        assert (yield named("accept", server, 0, 0)) > 0
        assert (yield named("accept", server, 0, 0)) > 0
        yield close(server)
        assert (yield named("socketpair", INET, STREAM, 0, ENDS)) == -Errno.ENOTSUP
        yield from pair(STREAM)
        assert (yield named("socketpair", UNIX, STREAM, 0, ENDS)) == -Errno.ENFILE

    nothing_is_left(boot(tmp_path, behave))


def test_a_descriptor_that_a_message_has_outlives_its_sender(tmp_path: Path) -> None:
    """A child sends a socket and ends; what it wrote there is read from the one that arrives."""

    def behave() -> Process:
        yield from pair(STREAM)

        def sends() -> Process:
            yield from pair(STREAM)  # 5, 6
            yield write(5, b"kept")
            assert (yield from send_files(3, [6])) == 1

        yield fork(sends)
        yield named("wait4", -1, 0, 0, 0)
        yield from put(VECTOR, struct.pack("<II", TEXT, 16))
        yield from put(MESSAGE, struct.pack("<IiIIIII", 0, 0, VECTOR, 1, CONTROL, 16, 0))
        assert (yield named("recvmsg", 4, MESSAGE, 0)) == 1
        assert (yield named("read", 5, TEXT, 16)) == 4
        assert (yield named("read", 5, TEXT, 16)) == 0

    nothing_is_left(boot(tmp_path, behave))


def address(port: int) -> Part:
    """Store an address of the loopback."""
    yield from put(NAME, struct.pack("<H2s4s8x", INET, port.to_bytes(2, "big"), b"\x7f\0\0\1"))


def in_every_state() -> Process:
    """Sockets that wait, carry, listen, are on their way, connected, half closed and reset, until everybody waits."""
    yield from pair(STREAM)
    assert (yield from send_files(3, [3, 4])) == 1
    yield write(4, b"unread")
    server = yield from listen(b"plain", 4)
    client = yield from connect(b"plain")
    assert (yield from send_files(client, [server])) == 1
    fd = yield named("socket", INET, STREAM, 0)
    yield from address(7000)
    assert (yield named("bind", fd, NAME, 16)) == 0
    assert (yield named("listen", fd, 0)) == 0
    clients = []
    for _ in range(3):
        clients.append((yield named("socket", INET, STREAM | NONBLOCK, 0)))
        assert (yield named("connect", clients[-1], NAME, 16)) == -Errno.EINPROGRESS
    yield write(clients[0], b"not accepted")
    assert (yield named("shutdown", clients[0], 1)) == 0
    datagrams = yield named("socket", INET, DATAGRAM, 0)
    assert (yield named("bind", datagrams, NAME, 16)) == 0
    assert (yield named("sendto", datagrams, DATA, 9, 0, NAME, 16)) == 9
    yield named("connect", datagrams, NAME, 16)

    def reads() -> Process:
        yield store(TEXT, 1)
        assert (yield named("setsockopt", 3, 1, 20, TEXT, 8)) == 0
        yield named("read", 3, TEXT, 16)
        assert (yield named("read", 3, TEXT, 16)) == -Errno.EAGAIN
        yield named("connect", (yield named("socket", INET, STREAM, 0)), NAME, 16)

    yield fork(reads)
    yield named("read", clients[1], TEXT, 1)
    yield named("accept", datagrams, 0, 0)
    yield named("wait4", -1, 0, 0, 0)


def test_sockets_are_plain_state_and_have_a_digest(tmp_path: Path) -> None:
    run = boot(tmp_path, in_every_state).booted
    number = 0
    while isinstance(run.advance(events.CallEntered), Pause):
        number += 1
        if number % 20 == 0:
            twin = run.copy()
            assert twin.digest() == run.digest()
    assert number > 60
    met = {kind.__name__ for kind in check(run)}
    assert met >= {"Flights", "InetDatagrams", "InetStream", "Network", "Packet", "Rights", "UnixStream"}
    twin = run.copy()
    assert twin.digest() == run.digest()
