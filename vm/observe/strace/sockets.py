"""Arguments of calls of sockets as strace(1) writes them."""

from __future__ import annotations

from collections.abc import Callable

from vm.abi.layout import word, words
from vm.abi.sockets import (
    AF_INET,
    AF_UNIX,
    IPPROTO_IP,
    IPPROTO_TCP,
    SCM_CREDENTIALS,
    SCM_RIGHTS,
    SOCK_TYPES,
    SOL_SOCKET,
    Cmsghdr,
    Linger,
    Message,
    Mmsghdr,
    Msghdr,
    SockaddrIn,
    SocketOption,
    SockTimeval,
    TcpOption,
    Ucred,
)
from vm.abi.structures import Timeval
from vm.flags import named
from vm.kernel.net.addresses import family_of, inet_address
from vm.observe.strace.call import LATER, Call
from vm.observe.strace.lists import vector_of
from vm.observe.strace.text import address, choice, flags, joined, listed, quote, signed, structure

FAMILIES = {0: "AF_UNSPEC", 1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET"}
TYPES = {1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 4: "SOCK_RDM", 5: "SOCK_SEQPACKET"}
TYPE_FLAGS = {0o2000000: "SOCK_CLOEXEC", 0o4000: "SOCK_NONBLOCK"}
PROTOCOLS = {0: "IPPROTO_IP", 1: "IPPROTO_ICMP", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP", 41: "IPPROTO_IPV6"}
SHUTDOWN = {0: "SHUT_RD", 1: "SHUT_WR", 2: "SHUT_RDWR"}
LEVELS = {0: "SOL_IP", 1: "SOL_SOCKET", 6: "SOL_TCP", 17: "SOL_UDP", 41: "SOL_IPV6"}
OPTIONS = {
    SOL_SOCKET: named(SocketOption) | {66: "SO_RCVTIMEO_NEW", 67: "SO_SNDTIMEO_NEW"},
    IPPROTO_TCP: named(TcpOption), IPPROTO_IP: {1: "IP_TOS", 2: "IP_TTL"},
}  # fmt: skip
MESSAGE = named(Message)
ANCILLARY = {SCM_RIGHTS: "SCM_RIGHTS", SCM_CREDENTIALS: "SCM_CREDENTIALS"}
INET = (2, 10)
LONGEST_ADDRESS = 128


def family(call: Call, value: int, index: int) -> str:
    """The family of a socket."""
    return choice(signed(value), FAMILIES, "AF")


def kind(call: Call, value: int, index: int) -> str:
    """Type and flags of a socket."""
    return joined(choice(value & SOCK_TYPES, TYPES, "SOCK"), flags(value & ~SOCK_TYPES, TYPE_FLAGS, "SOCK"))


def protocol(call: Call, value: int, index: int) -> str:
    """The protocol of a socket, by its name in the families that have some."""
    return choice(signed(value), PROTOCOLS, "IPPROTO") if call.values[0] in INET else str(signed(value))


# --- addresses ----------------------------------------------------------------------------------------------------


def socket_address(data: bytes) -> str:
    """A struct sockaddr of any family."""
    number, rest = family_of(data), data[2:]
    if number == AF_UNIX:
        if not rest:
            return structure(sa_family="AF_UNIX")
        is_abstract = rest.startswith(b"\0")
        name = rest[1:] if is_abstract else rest.split(b"\0")[0]
        return structure(sa_family="AF_UNIX", sun_path="@" * is_abstract + quote(name, len(name)))
    if number == AF_INET and len(data) >= SockaddrIn.SIZE:
        at = inet_address(data)
        host = ".".join(map(str, at.host.to_bytes(4, "big")))
        return structure(sa_family="AF_INET", sin_port=f"htons({at.port})", sin_addr=f'inet_addr("{host}")')
    if number is None:
        return quote(data, len(data))
    return structure(sa_family=choice(number, FAMILIES, "AF"), sa_data=quote(rest, len(rest)))


def given_address(call: Call, value: int, index: int) -> str:
    """An address, whose length is the next argument."""
    size = call.values[index + 1]
    data = call.all(value, size) if value and 0 < size <= LONGEST_ADDRESS else None
    return address(value) if data is None else socket_address(data)


def told_address(call: Call, value: int, index: int) -> str:
    """An address that was told, whose length is where the next argument points to."""
    length = None if call.has_failed or not value else call.all(call.values[index + 1], 4)
    data = None if length is None else call.all(value, min(word(length), LONGEST_ADDRESS))
    return address(value) if data is None else socket_address(data)


def told_length(call: Call, value: int, index: int) -> str:
    """A length that was told."""
    data = call.all(value, 4) if value else None
    return address(value) if data is None else f"[{signed(word(data))}]"


# --- options ------------------------------------------------------------------------------------------------------


def option(call: Call, value: int, index: int) -> str:
    """An option, whose level is the argument before."""
    return choice(signed(value), OPTIONS.get(call.values[index - 1], {}), "SO" if call.values[index - 1] == 1 else "IP")


def _value(call: Call, pointer: int, size: int) -> str:
    """The value of an option."""
    data = call.all(pointer, size) if pointer and 0 < size <= LONGEST_ADDRESS else None
    if data is None:
        return address(pointer)
    level, wanted = call.values[1], call.values[2]
    for numbers, layout in _LAYOUTS:
        if level == SOL_SOCKET and wanted in numbers and size == layout.SIZE:
            return structure(**layout.unpack(data).named())
    return f"[{signed(word(data))}]" if size == 4 else quote(data, call.limit)


_LAYOUTS = (
    ((SocketOption.SO_LINGER,), Linger),
    ((SocketOption.SO_PEERCRED,), Ucred),
    ((SocketOption.SO_RCVTIMEO_OLD, SocketOption.SO_SNDTIMEO_OLD), Timeval),
    ((SocketOption.SO_RCVTIMEO_NEW, SocketOption.SO_SNDTIMEO_NEW), SockTimeval),
)


def given_value(call: Call, value: int, index: int) -> str:
    """The value of an option, whose length is the next argument."""
    return _value(call, value, call.values[index + 1])


def told_value(call: Call, value: int, index: int) -> str:
    """The value of an option that was told, whose length is where the next argument points to."""
    length = None if call.has_failed else call.all(call.values[index + 1], 4)
    return address(value) if length is None else _value(call, value, word(length))


# --- messages -----------------------------------------------------------------------------------------------------


def _ancillary(data: bytes) -> str:
    """What goes with a message."""
    shown: list[str] = []
    at = 0
    while at + Cmsghdr.SIZE <= len(data):
        length, level, kind = Cmsghdr.unpack(data, at)
        content = data[at + Cmsghdr.SIZE : at + length]
        told: dict[str, object] = {
            "cmsg_len": length, "cmsg_level": choice(level, LEVELS, "SOL"),
            "cmsg_type": choice(kind, ANCILLARY, "SCM"),
        }  # fmt: skip
        if level == SOL_SOCKET and kind == SCM_RIGHTS:
            told["cmsg_data"] = listed(signed(number) for number in words(content[: len(content) & ~3]))
        elif level == SOL_SOCKET and kind == SCM_CREDENTIALS and len(content) >= Ucred.SIZE:
            told["cmsg_data"] = structure(**Ucred.unpack(content).named())
        shown.append(structure(**told))
        if length < Cmsghdr.SIZE:
            break
        at += (length + 3) & ~3
    return listed(shown)


def _header(call: Call, place: int, size: int | None) -> str:
    """A struct msghdr; ``size`` bytes were received, None for one that is sent."""
    data = call.all(place, Msghdr.SIZE) if place else None
    if data is None:
        return address(place)
    found = Msghdr.unpack(data)
    name = call.all(found.msg_name, found.msg_namelen) if 0 < found.msg_namelen <= LONGEST_ADDRESS else None
    shown: dict[str, object] = {
        "msg_name": address(found.msg_name) if name is None or not found.msg_name else socket_address(name),
        "msg_namelen": found.msg_namelen,
        "msg_iov": vector_of(call, found.msg_iov, found.msg_iovlen, size), "msg_iovlen": found.msg_iovlen,
    }  # fmt: skip
    control = call.all(found.msg_control, found.msg_controllen) if found.msg_control and found.msg_controllen else None
    if control is not None:
        shown["msg_control"] = _ancillary(control)
    shown |= {"msg_controllen": found.msg_controllen, "msg_flags": flags(found.msg_flags, MESSAGE, "MSG")}
    return structure(**shown)


def message(call: Call, value: int, index: int) -> str:
    """A struct msghdr that is sent."""
    return _header(call, value, None)


def message_told(call: Call, value: int, index: int) -> str:
    """A struct msghdr that was received."""
    return address(value) if call.has_failed else _header(call, value, call.result or 0)


def _several(call: Call, value: int, count: int, size_of: Callable[[int], int | None]) -> str:
    shown: list[str] = []
    for number in range(min(count, call.limit)):
        place = value + Mmsghdr.SIZE * number
        length = call.all(place + Mmsghdr.OFFSETS["msg_len"], 4)
        if length is None:
            return listed([*shown, f"{place:#x}"]) if shown else address(value)
        size = size_of(word(length))
        told = {"msg_hdr": _header(call, place, size)} | ({} if size is None else {"msg_len": size})
        shown.append(structure(**told))
    return listed([*shown, "..."] if count > call.limit else shown)


def messages(call: Call, value: int, index: int) -> str:
    """Several struct mmsghdr, as far as they were sent."""
    if call.result is None:
        return LATER
    if call.has_failed or not value:
        return address(value)
    return _several(call, value, min(call.result, call.values[index + 1]), lambda size: size)


def messages_told(call: Call, value: int, index: int) -> str:
    """Several struct mmsghdr that were received."""
    return messages(call, value, index)
