"""Arguments of calls of sockets as strace(1) writes them: families, types, protocols."""

from __future__ import annotations

from vm.abi.sockets import SOCK_TYPES
from vm.observe.strace.call import Call
from vm.observe.strace.text import choice, flags, joined, signed

FAMILIES = {0: "AF_UNSPEC", 1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET"}
TYPES = {1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 4: "SOCK_RDM", 5: "SOCK_SEQPACKET"}
TYPE_FLAGS = {0o2000000: "SOCK_CLOEXEC", 0o4000: "SOCK_NONBLOCK"}
PROTOCOLS = {0: "IPPROTO_IP", 1: "IPPROTO_ICMP", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP", 41: "IPPROTO_IPV6"}
SHUTDOWN = {0: "SHUT_RD", 1: "SHUT_WR", 2: "SHUT_RDWR"}
INET = (2, 10)


def family(call: Call, value: int, index: int) -> str:
    """The family of a socket."""
    return choice(signed(value), FAMILIES, "AF")


def kind(call: Call, value: int, index: int) -> str:
    """Type and flags of a socket."""
    return joined(choice(value & SOCK_TYPES, TYPES, "SOCK"), flags(value & ~SOCK_TYPES, TYPE_FLAGS, "SOCK"))


def protocol(call: Call, value: int, index: int) -> str:
    """The protocol of a socket, by its name in the families that have some."""
    return choice(signed(value), PROTOCOLS, "IPPROTO") if call.values[0] in INET else str(signed(value))
