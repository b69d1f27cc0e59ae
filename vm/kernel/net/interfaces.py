"""The interfaces of the network, which are the loopback alone, as ioctl(2) tells of them (netdevice(7))."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.interfaces import (
    ARPHRD_LOOPBACK,
    IFF_LOOPBACK,
    IFF_RUNNING,
    IFF_UP,
    REQUESTS,
    Ifconf,
    Ifmap,
    Ifreq,
    InterfaceChange,
    InterfaceRequest,
)
from vm.abi.layout import WORD, packed_halves, word
from vm.abi.sockets import AF_INET, SockaddrIn
from vm.kernel.errors import SystemCallError
from vm.memory import AddressSpace

NAME, INDEX = b"lo", 1
"""The loopback's name and number."""
LARGEST = 65536
"""Bytes of the largest packet that it carries (MTU)."""
QUEUE = 1000
"""Packets that may wait to be sent."""


def _address(text: bytes) -> bytes:
    return SockaddrIn.pack(sin_family=AF_INET, sin_port=bytes(2), sin_addr=text)


_TOLD: dict[int, bytes] = {
    InterfaceRequest.SIOCGIFFLAGS: packed_halves(IFF_UP | IFF_LOOPBACK | IFF_RUNNING),
    InterfaceRequest.SIOCGIFMETRIC: WORD.pack(0),
    InterfaceRequest.SIOCGIFMTU: WORD.pack(LARGEST),
    InterfaceRequest.SIOCGIFHWADDR: packed_halves(ARPHRD_LOOPBACK, 0, 0, 0),
    InterfaceRequest.SIOCGIFINDEX: WORD.pack(INDEX),
    InterfaceRequest.SIOCGIFTXQLEN: WORD.pack(QUEUE),
    InterfaceRequest.SIOCGIFMAP: Ifmap.pack(mem_start=0, mem_end=0, rest=bytes(5)),
}
"""The beginning of the union in struct ifreq, by what is asked of any socket."""
_ADDRESSES: dict[int, bytes] = {
    InterfaceRequest.SIOCGIFADDR: _address(b"\x7f\0\0\1"),
    InterfaceRequest.SIOCGIFDSTADDR: _address(b"\x7f\0\0\1"),
    InterfaceRequest.SIOCGIFBRDADDR: _address(bytes(4)),
    InterfaceRequest.SIOCGIFNETMASK: _address(b"\xff\0\0\0"),
}
"""Further requests that AF_INET sockets alone know, with the addresses that they tell."""
_OF_INET = (*range(InterfaceChange.SIOCADDRT, InterfaceChange.SIOCDELRT + 1), InterfaceChange.SIOCSIFADDR,
            InterfaceChange.SIOCSIFDSTADDR, InterfaceChange.SIOCSIFBRDADDR, InterfaceChange.SIOCSIFNETMASK)  # fmt: skip
_CHANGES = frozenset(map(int, InterfaceChange))


def control(family: int, memory: AddressSpace, request: int, argument: int) -> int:
    """Answer a request of ioctl(2) to a socket of ``family`` (net/core/dev_ioctl.c, net/ipv4/devinet.c).

    Nobody may change an interface. SystemCallError(ENOTTY) for what is no request of this kind.
    """
    is_inet = family == AF_INET
    if request == InterfaceRequest.SIOCGIFCONF:
        return _list_all(memory, argument)
    if request >> 8 != REQUESTS:
        raise SystemCallError(Errno.ENOTTY)
    asked = Ifreq.unpack(memory.read(argument, Ifreq.SIZE))
    if request in _CHANGES and (is_inet or request not in _OF_INET):
        raise SystemCallError(Errno.EPERM)
    told = _TOLD.get(request) or (_ADDRESSES.get(request) if is_inet else None)
    if told is None and request != InterfaceRequest.SIOCGIFNAME:
        raise SystemCallError(Errno.ENOTTY)
    if told is None:
        if word(asked.ifr_ifru) != INDEX:
            raise SystemCallError(Errno.ENODEV)
        name, told = NAME.ljust(16, b"\0"), WORD.pack(INDEX)
    else:
        name = asked.ifr_name
        _check_name(name, of_address=request in _ADDRESSES)
    memory.write(argument, Ifreq.pack(ifr_name=name, ifr_ifru=told + asked.ifr_ifru[len(told) :]))
    return 0


def _check_name(field: bytes, *, of_address: bool) -> None:
    """SystemCallError for what is no name of the loopback; behind a colon is the label of a further address."""
    name = field[:15].partition(b"\0")[0]
    if name.partition(b":")[0] != NAME:
        raise SystemCallError(Errno.ENODEV)
    if of_address and name != NAME:
        raise SystemCallError(Errno.EADDRNOTAVAIL)


def _list_all(memory: AddressSpace, argument: int) -> int:
    """SIOCGIFCONF: tell the addresses of interfaces, as many as there is room for, or how much room they need."""
    wanted = Ifconf.unpack(memory.read(argument, Ifconf.SIZE))
    one = Ifreq.pack(ifr_name=NAME.ljust(16, b"\0"), ifr_ifru=_ADDRESSES[InterfaceRequest.SIOCGIFADDR])
    size = len(one)
    if wanted.ifc_buf:
        size = size if wanted.ifc_len >= size else 0
        memory.write(wanted.ifc_buf, one[:size])
    memory.write(argument, Ifconf.pack(ifc_len=size, ifc_buf=wanted.ifc_buf))
    return 0
